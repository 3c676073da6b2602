//! A template's document: what its blocks must be beyond the table, and the facts that the world decides by.
//!
//! The document is kept as sent (known fields only) and echoed; `Terms` is read from it here and nowhere else.
//! Source: card SEMANTICS 7, 14 and 16; refusing where the sources only describe is inferred.

use crate::activation::form_codes;
use crate::customer::callback::Callback;
use crate::method::{Call, Outcome, moment};
use crate::refused::Refused;
use serde_json::{Map, Value};
use world::Figure;
use world::Moment;
use world::programme::{Attribute, CodeKind, Numbering, Programme, Source, Terms};

/// A template's fields by name.
pub(crate) type Document = Map<String, Value>;

/// Where the digest of the creating request is kept, to tell a repeat from a reuse of its id. Never shown.
pub(crate) const DIGEST: &str = "kabao_request_digest";

/// Longest card number, and the least and most digits of its generated part.
const NUMBER_LIMIT: usize = 32;
const SUFFIX: std::ops::RangeInclusive<u8> = 8..=32;

/// The document of a programme.
pub(crate) fn of(programme: &Programme) -> Document {
    read(&programme.document)
}

/// A document from its text.
pub(crate) fn read(text: &str) -> Document {
    serde_json::from_str(text).unwrap_or_default()
}

fn wrong<T>(detail: impl AsRef<str>) -> Outcome<T> {
    Err(Refused::parameter(detail).into())
}

fn items<'d>(document: &'d Document, list: &str) -> impl Iterator<Item = &'d Document> + use<'d> {
    document.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn text<'d>(members: &'d Document, name: &str) -> Option<&'d str> {
    members.get(name).and_then(Value::as_str)
}

/// The first value that stands twice.
fn repeated(mut values: Vec<String>) -> Option<String> {
    values.sort_unstable();
    let pair = values.windows(2).find(|pair| pair[0] == pair[1])?;
    Some(pair[0].clone())
}

/// Checks the blocks of a document against each other and reads its terms.
///
/// # Errors
/// `INVALID_PARAMETER` with the detail.
pub(crate) fn terms(document: &Document, notify_url: Option<String>) -> Outcome<Terms> {
    let levels: Vec<String> = items(document, "card_level_conf").filter_map(|level| text(level, "level").map(str::to_owned)).collect();
    if let Some(level) = repeated(levels.clone()) {
        return wrong(format!("会员等级{level}重复"));
    }
    check_actions(document)?;
    check_benefits(document)?;
    check_form(document)?;
    check_code_address(document)?;
    Ok(Terms {
        numbering: numbering(document)?,
        columns: columns(document)?,
        levels,
        rules: rules(document)?,
        code: code(document)?,
        notify_url,
        notify_app: None,
    })
}

fn numbering(document: &Document) -> Outcome<Numbering> {
    let prefix = text(document, "biz_no_prefix").unwrap_or_default().to_owned();
    let digits = text(document, "biz_no_suffix_len").and_then(|digits| digits.parse::<u8>().ok()).filter(|digits| SUFFIX.contains(digits));
    let Some(digits) = digits else { return wrong("biz_no_suffix_len取值范围为[8,32]") };
    if prefix.len() + usize::from(digits) > NUMBER_LIMIT {
        return wrong(format!("biz_no_prefix与biz_no_suffix_len之和不能超过{NUMBER_LIMIT}"));
    }
    Ok(Numbering { prefix, digits })
}

fn code(document: &Document) -> Outcome<CodeKind> {
    Ok(match text(document, "write_off_type") {
        Some("qrcode") => CodeKind::StaticQr,
        Some("barcode") => CodeKind::StaticBar,
        Some("dqrcode") => CodeKind::PlatformQr,
        Some("dbarcode") => CodeKind::PlatformBar,
        Some("mdqrcode") => CodeKind::MerchantQr,
        Some("mdbarcode") => CodeKind::MerchantBar,
        Some("text") => CodeKind::Text,
        Some("none") => CodeKind::None,
        _ => return wrong("write_off_type取值不正确"),
    })
}

/// The declared columns by code in capitals: an official sample writes `Point` beside `BALANCE`.
fn columns(document: &Document) -> Outcome<Vec<String>> {
    let codes: Vec<String> = items(document, "column_info_list").filter_map(|column| text(column, "code").map(str::to_uppercase)).collect();
    if let Some(code) = repeated(codes.clone()) {
        return wrong(format!("栏位code重复：{code}"));
    }
    let telephone =
        items(document, "column_info_list").find(|column| text(column, "code").is_some_and(|code| code.eq_ignore_ascii_case("TELEPHONE")));
    if telephone.and_then(|column| text(column, "operate_type")).is_some_and(|kind| kind != "staticinfo") {
        return wrong("TELEPHONE栏位的operate_type只能为staticinfo");
    }
    Ok(codes)
}

fn attribute(name: &str) -> Option<Attribute> {
    Some(match name {
        "Balance" => Attribute::Balance,
        "Point" => Attribute::Point,
        "Level" => Attribute::Level,
        "OpenDate" => Attribute::OpenDate,
        "ValidDate" => Attribute::ValidDate,
        _ => return None,
    })
}

fn rules(document: &Document) -> Outcome<Vec<(Attribute, Source)>> {
    let mut rules: Vec<(Attribute, Source)> = Vec::new();
    for rule in items(document, "field_rule_list") {
        let (name, value) = (text(rule, "field_name").unwrap_or_default(), text(rule, "rule_value").unwrap_or_default());
        let Some(filled) = attribute(name) else { return wrong("field_rule_list.field_name取值不正确") };
        if rules.iter().any(|(other, _)| *other == filled) {
            return wrong(format!("字段规则{name}重复"));
        }
        rules.push((filled, source(filled, text(rule, "rule_name").unwrap_or_default(), value)?));
    }
    Ok(rules)
}

fn source(filled: Attribute, rule: &str, value: &str) -> Outcome<Source> {
    let is_date = matches!(filled, Attribute::OpenDate | Attribute::ValidDate);
    match rule {
        "ASSIGN_FROM_REQUEST" => match attribute(value) {
            Some(attribute) => Ok(Source::Request(attribute)),
            None => wrong(format!("ASSIGN_FROM_REQUEST的rule_value不正确：{value}")),
        },
        "DATE_IN_FUTURE" if !is_date => wrong("DATE_IN_FUTURE只能用于OpenDate和ValidDate"),
        "DATE_IN_FUTURE" => match value.split_at_checked(value.len().saturating_sub(1)).map(|(number, unit)| (number.parse::<u32>(), unit))
        {
            Some((Ok(days), "d")) => Ok(Source::DaysAfter(days)),
            Some((Ok(months), "m")) => Ok(Source::MonthsAfter(months)),
            _ => wrong(format!("DATE_IN_FUTURE的rule_value不正确：{value}")),
        },
        _ => {
            let fits = match filled {
                Attribute::Balance | Attribute::Point => Figure::parse(value).is_ok(),
                Attribute::OpenDate | Attribute::ValidDate => Moment::parse(value).is_ok(),
                Attribute::Level => true,
            };
            if fits { Ok(Source::Constant(value.to_owned())) } else { wrong(format!("CONST的rule_value不正确：{value}")) }
        }
    }
}

/// Buttons on the list page: two or none, in the recorded words. Identical entries count once.
fn check_actions(document: &Document) -> Outcome<()> {
    let mut seen: Vec<&Document> = Vec::new();
    for action in items(document, "card_action_list") {
        if !seen.contains(&action) {
            seen.push(action);
        }
    }
    let on_list = |action: &&&Document| {
        action.get("mini_app_url").and_then(Value::as_object).and_then(|app| text(app, "display_on_list")) == Some("true")
    };
    match seen.iter().filter(on_list).count() {
        0 | 2 => Ok(()),
        count => wrong(format!("卡行动点 display_on_list 只能配置 2 项或 0 项，而当前配置了 {count} 项")),
    }
}

fn check_benefits(document: &Document) -> Outcome<()> {
    for benefit in items(document, "template_benefit_info") {
        let date = |name: &str| moment(&format!("template_benefit_info.{name}"), text(benefit, name).unwrap_or_default());
        if date("end_date")? <= date("start_date")? {
            return wrong("template_benefit_info的end_date必须晚于start_date");
        }
    }
    Ok(())
}

/// The fast flow's form: the same codes as the classic one's, none twice.
fn check_form(document: &Document) -> Outcome<()> {
    let fields = document.get("template_form_config").and_then(|form| form.get("fields")).and_then(Value::as_object);
    let listed =
        |name: &str| fields.and_then(|fields| fields.get(name)).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let codes: Vec<String> = listed("required").chain(listed("optional")).map(str::to_owned).collect();
    if let Some(unknown) = codes.iter().find(|code| !form_codes::is_known(code)) {
        return wrong(format!("template_form_config中的字段{unknown}不正确"));
    }
    match repeated(codes) {
        Some(code) => wrong(format!("template_form_config中的字段{code}重复")),
        None => Ok(()),
    }
}

/// Where the merchant is asked for codes: https, or an address of this machine.
fn check_code_address(document: &Document) -> Outcome<()> {
    let url = document.get("mdcode_notify_conf").and_then(|conf| conf.get("url")).and_then(Value::as_str);
    match url.map(|url| (url, Callback::parse(url))) {
        Some((url, Some(address))) if !url.starts_with("https://") && !address.is_on_this_machine() => {
            wrong("mdcode_notify_conf.url必须以https://开头")
        }
        Some((_, None)) => wrong("mdcode_notify_conf.url格式不正确"),
        _ => Ok(()),
    }
}

/// Limits by what a picture is used for; the platform takes any text at creation, so these are remarks (SEMANTICS 14).
const PICTURES: [(&str, u64); 3] = [("logo_id", 1 << 20), ("background_id", 2 << 20), ("banner_img_id", 5 << 20)];

/// Remarks on pictures that are not there or larger than their use allows.
pub(crate) fn picture_remarks(call: &Call<'_, '_>, document: &Document) -> Vec<(String, String)> {
    let style = document.get("template_style_info").and_then(Value::as_object);
    let used = PICTURES.iter().filter_map(|(name, most)| Some((*name, *most, text(style?, name)?)));
    used.filter_map(|(name, most, id)| {
        let remark = match call.world().images().get(&id.into()) {
            None => "no picture with this id was uploaded; the card will show a grey tile".to_owned(),
            Some(image) if image.size > most => format!("{} bytes, the documents allow {most} for this use", image.size),
            Some(_) => return None,
        };
        Some((format!("template_style_info.{name}"), remark))
    })
    .collect()
}
