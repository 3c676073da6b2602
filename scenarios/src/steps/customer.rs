//! The customer: a person with a phone, played through the control API and, where the platform sends the browser to the
//! merchant, on the merchant's own pages.

use super::step;
use crate::stage::{Clue, Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) const STEPS: &[Step] = &[
    step!(Customer, Act, "the customer {text}", "顾客{text}", such_as "the customer \"Li Lei\"", "顾客\"李雷\"", enter),
    step!(
        Customer, Act, "the customer {text} with mobile {text}", "顾客{text}，手机号{text}",
        such_as "the customer \"Li Lei\" with mobile \"13800138000\"", "顾客\"李雷\"，手机号\"13800138000\"", enter
    ),
    step!(
        Customer, Act, "{customer} scans the join poster and agrees", "(顾客){customer}扫描门店海报并同意",
        such_as "Li Lei scans the join poster and agrees", "顾客\"李雷\"扫描门店海报并同意", join
    ),
    step!(
        Customer, Act, "{customer} scans the join poster and fills in", "(顾客){customer}扫描门店海报并填写",
        such_as "Li Lei scans the join poster and fills in", "顾客\"李雷\"扫描门店海报并填写", join_with_form
    ),
    step!(
        Customer, Act, "{customer} scans the join poster and closes the page", "(顾客){customer}扫描门店海报后关闭页面",
        such_as "Li Lei scans the join poster and closes the page", "顾客\"李雷\"扫描门店海报后关闭页面", leave
    ),
    step!(
        Customer, Act, "{customer} shows the card", "(顾客){customer}出示会员卡",
        such_as "Li Lei shows the card", "李雷出示会员卡", show
    ),
    step!(
        Customer, Fact, "{customer} holds a member card", "{customer}持有会员卡",
        such_as "within 5 s Li Lei holds a member card", "5 秒内，李雷持有会员卡", holds
    ),
    step!(
        Customer, Fact, "{customer} holds no member card", "{customer}没有会员卡",
        such_as "Li Lei holds no member card", "李雷没有会员卡", holds_none
    ),
    step!(
        Customer, Fact, "the card of {customer} shows {number} points", "{customer}的卡显示 {number} 积分",
        such_as "within 5 s the card of Li Lei shows 35 points", "5 秒内，李雷的卡显示 35 积分", shows_points
    ),
    step!(
        Customer, Fact, "the card of {customer} shows no points", "{customer}的卡不显示积分",
        such_as "the card of Li Lei shows no points", "李雷的卡不显示积分", shows_no_points
    ),
];

/// What stories call the fields of a joining form, and what the platform calls them.
const FIELDS: &[(&str, &[&str])] = &[
    ("OPEN_FORM_FIELD_MOBILE", &["mobile", "手机", "手机号"]),
    ("OPEN_FORM_FIELD_NAME", &["name", "姓名"]),
    ("OPEN_FORM_FIELD_GENDER", &["gender", "性别"]),
    ("OPEN_FORM_FIELD_BIRTHDAY", &["birthday", "生日"]),
    ("OPEN_FORM_FIELD_BIRTHDAY_WITH_YEAR", &["date of birth", "出生日期"]),
    ("OPEN_FORM_FIELD_EMAIL", &["email", "邮箱"]),
    ("OPEN_FORM_FIELD_ADDRESS", &["address", "地址"]),
    ("OPEN_FORM_FIELD_CITY", &["city", "城市"]),
];

async fn enter(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let mut particulars = BTreeMap::from([("name", words.text(0))]);
    if let Some(mobile) = words.values.get(1) {
        particulars.insert("mobile", mobile);
    }
    let user = stage.control.customer(&particulars).await?;
    stage.enter(words.text(0), user);
    Ok(())
}

async fn join(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    scan_poster(stage, words.text(0), &BTreeMap::new(), "agree").await
}

async fn leave(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    scan_poster(stage, words.text(0), &BTreeMap::new(), "cancel").await
}

async fn join_with_form(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let mut form = BTreeMap::new();
    for (field, value) in words.pairs()? {
        form.insert(code_of(field)?, value);
    }
    scan_poster(stage, words.text(0), &form, "agree").await
}

fn code_of(field: &str) -> Result<&str, Trouble> {
    if field.starts_with("OPEN_FORM_FIELD_") {
        return Ok(field);
    }
    let known = FIELDS.iter().find(|(_, names)| names.contains(&field.to_lowercase().as_str()));
    known.map(|(code, _)| *code).ok_or_else(|| {
        let names: Vec<&str> = FIELDS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        Trouble::usage(format!("no form has a field {field:?}; known: {}", names.join(", ")))
    })
}

/// The phone reads the poster, opens the link it holds, and goes where the platform sends it.
async fn scan_poster(stage: &mut Stage, name: &str, form: &BTreeMap<&str, &str>, decide: &str) -> Result<(), Trouble> {
    let user = stage.person(name)?.user.clone();
    let poster = stage.till.poster().await?.agreed("the shop has a join poster")?;
    let link = poster.text("link").unwrap_or_default().to_owned();
    let asked = json!({"link": link, "form": form, "decide": decide});
    let phone = stage.control.post(&format!("/customers/{user}/activate"), &asked).await?;
    if !phone.status.is_success() {
        return Err(
            Trouble::unmet(format!("{name} can join with the poster's link"), format!("the phone showed {}", phone.refusal())).for_good()
        );
    }
    let told = phone.json()?;
    if let Some(card) = told["already_holds"].as_str() {
        stage.captures.insert(format!("{name}.biz_card_no"), card.to_owned());
        stage.person_mut(name)?.card = Some(card.to_owned());
    }
    let Some(address) = told["redirect_url"].as_str() else { return Ok(()) };
    let page = stage.browser.visit(address).await?;
    if !page.status.is_success() {
        let expected = "the merchant's page takes the customer in";
        return Err(Trouble::unmet(expected, format!("its callback answered {}", page.refusal())).for_good());
    }
    if let Some(attempt) = page.attempt {
        stage.captures.insert(format!("{name}.attempt"), attempt.clone());
        stage.person_mut(name)?.attempt = Some(attempt);
    }
    Ok(())
}

async fn show(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let shown = shown(stage, words.text(0)).await?;
    let code = shown["code"].as_str().unwrap_or_default().to_owned();
    stage.captures.insert(format!("{}.code", words.text(0)), code.clone());
    stage.on_screen = Some(code);
    Ok(())
}

/// The card's page on that person's phone.
async fn shown(stage: &mut Stage, name: &str) -> Result<Value, Trouble> {
    let card = stage.card_of(name).await?;
    let user = stage.person(name)?.user.clone();
    let answer = stage.control.post(&format!("/customers/{user}/cards/{card}/show"), &json!({})).await?;
    if !answer.status.is_success() {
        return Err(Trouble::unmet(format!("{name} can open card {card} on the phone"), format!("the phone showed {}", answer.refusal())));
    }
    Ok(answer.json()?)
}

async fn holds(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    shown(stage, words.text(0)).await.map(|_| ())
}

async fn holds_none(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let user = stage.person(name)?.user.clone();
    let cards = stage.control.get(&format!("/customers/{user}/cards")).await?;
    let held = cards["cards"].as_array().into_iter().flatten().find(|card| card["state"] == "held");
    match held.and_then(|card| card["biz_card_no"].as_str()) {
        None => Ok(()),
        Some(card) => Err(Trouble::unmet(format!("{name} holds no member card"), format!("{name} holds card {card}"))
            .behind(&["alipay.marketing.card.open"], Some(card))),
    }
}

/// Points as the card's page writes them, if it shows any.
async fn points(stage: &mut Stage, name: &str) -> Result<(Option<String>, Clue), Trouble> {
    const WRITING: &[&str] = &["alipay.marketing.card.update", "alipay.marketing.card.consume.sync", "alipay.marketing.card.open"];
    let face = shown(stage, name).await?;
    let card = stage.card_of(name).await?;
    let columns = face["face"]["columns"].as_array();
    let column =
        columns.into_iter().flatten().find(|column| column["code"].as_str().is_some_and(|code| code.eq_ignore_ascii_case("POINT")));
    let value = column.and_then(|column| column["value"].as_str()).filter(|value| !value.is_empty()).map(str::to_owned);
    Ok((value, Clue { methods: WRITING.to_vec(), holding: Some(card) }))
}

async fn shows_points(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let wanted = words.number(1)?;
    let (seen, clue) = points(stage, words.text(0)).await?;
    if seen.as_ref().is_some_and(|text| is_number(text, wanted)) {
        return Ok(());
    }
    let seen = format!("the card showed {}", seen.as_deref().unwrap_or("no points"));
    // what the platform refused will not come true by waiting
    let refused = stage.sale.as_ref().filter(|sale| sale.text("sync") == Some("refused"));
    let seen = match refused {
        Some(sale) => format!("{seen}; the platform refused {}", sale.reason()),
        None => seen,
    };
    Err(Trouble::Unmet { expected: format!("{wanted} points"), seen, clue: Some(clue), last: refused.is_some() })
}

async fn shows_no_points(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    match points(stage, words.text(0)).await? {
        (None, _) => Ok(()),
        (Some(text), clue) => {
            let (expected, seen) = ("no points on the card".to_owned(), format!("the card showed {text}"));
            Err(Trouble::Unmet { expected, seen, clue: Some(clue), last: false })
        }
    }
}

/// Whether a figure as a merchant writes it (`35`, `35.00`) is that number.
fn is_number(text: &str, wanted: i64) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    whole.parse() == Ok(wanted) && part.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_compared_as_numbers_without_floats() {
        assert!(is_number("35", 35) && is_number("35.00", 35) && is_number("-4", -4));
        assert!(!is_number("35.01", 35) && !is_number("3.5E1", 35) && !is_number("", 0));
    }

    #[test]
    fn form_fields_are_known_by_their_names_in_both_languages() {
        assert_eq!(code_of("生日").unwrap(), "OPEN_FORM_FIELD_BIRTHDAY");
        assert_eq!(code_of("Mobile").unwrap(), "OPEN_FORM_FIELD_MOBILE");
        assert_eq!(code_of("OPEN_FORM_FIELD_IDCARD").unwrap(), "OPEN_FORM_FIELD_IDCARD");
        assert!(matches!(code_of("shoe size"), Err(Trouble::Broken(text)) if text.contains("birthday")));
    }
}
