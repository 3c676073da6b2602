//! `alipay.marketing.card.formtemplate.set`: which data the activation form asks for.
//!
//! The lists come as JSON text or as nested objects. Setting the form again shows it to holders once more. Sources: spec table
//! of the same name; card SEMANTICS 3, 5, 16.14.

use crate::activation::form_codes::{self, PREFIX};
use crate::method::{Call, Method, Outcome};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use world::names::ProgrammeId;
use world::programme::{Form, FormSet};

pub(crate) struct FormtemplateSet;

/// Codes in both lists together.
const MOST: usize = 20;

#[derive(Deserialize)]
pub(crate) struct Params {
    template_id: String,
    fields: Fields,
}

#[derive(Deserialize)]
struct Fields {
    required: String,
    optional: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Reply {}

impl Method for FormtemplateSet {
    const NAME: &'static str = "alipay.marketing.card.formtemplate.set";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[],
        errors: &[
            "INVALID_PARAMETER",
            "ILLEGAL_NULL_ARGUMENT",
            "CARD_TEMPLATE_NOT_EXIST",
            "FORM_FIELD_INVALID",
            "DUPLICATE_FORM_FIELD",
            "DUPLICATE_BIRTHDAY_FIELD",
            "DUPLICATE_CERT_NO",
            "INVALID_CERT_TYPE_AND_NO",
        ],
        differs: &[
            "All known codes may be required; a FAQ page narrows the list to five.",
            "Which fields an application was granted is not modelled: all are.",
            "Only common_fields is read from the lists.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let programme = ProgrammeId::from(&params.template_id);
        call.world().programme_of(call.merchant(), &programme)?;
        let required = codes("fields.required", &params.fields.required)?;
        let optional = params.fields.optional.as_deref().map_or(Ok(Vec::new()), |text| codes("fields.optional", text))?;
        if required.is_empty() {
            return Err(Refused::business("ILLEGAL_NULL_ARGUMENT", "fields.required不能为空").into());
        }
        check(&[required.as_slice(), optional.as_slice()].concat())?;
        call.record(FormSet { programme, form: Form { required, optional } });
        Ok(Reply {})
    }
}

/// The codes of one list: `{"common_fields":[…]}`.
fn codes(path: &str, text: &str) -> Outcome<Vec<String>> {
    let wrong = || Refused::parameter(format!("{path}格式不正确"));
    let list: Value = serde_json::from_str(text).map_err(|_| wrong())?;
    let Some(list) = list.get("common_fields") else { return if list.is_object() { Ok(Vec::new()) } else { Err(wrong().into()) } };
    let list = list.as_array().ok_or_else(wrong)?;
    list.iter().map(|code| code.as_str().map(str::to_owned).ok_or_else(|| wrong().into())).collect()
}

fn check(codes: &[String]) -> Outcome<()> {
    if codes.len() > MOST {
        return Err(Refused::parameter(format!("表单字段不能超过{MOST}个")).into());
    }
    if let Some(unknown) = codes.iter().find(|code| !form_codes::is_known(code)) {
        return Err(Refused::business("FORM_FIELD_INVALID", format!("表单字段不合法：{unknown}")).into());
    }
    if let Some(twice) = codes.iter().enumerate().find(|(at, code)| codes[..*at].contains(code)) {
        return Err(Refused::business("DUPLICATE_FORM_FIELD", format!("表单字段重复：{}", twice.1)).into());
    }
    let has = |word: &str| codes.iter().any(|code| code.strip_prefix(PREFIX) == Some(word));
    if has("BIRTHDAY") && has("BIRTHDAY_WITH_YEAR") {
        return Err(Refused::business("DUPLICATE_BIRTHDAY_FIELD", "生日字段重复").into());
    }
    if has("IDCARD") && has("CERT_NO") {
        return Err(Refused::business("DUPLICATE_CERT_NO", "证件号码字段重复").into());
    }
    if has("CERT_TYPE") != has("CERT_NO") {
        return Err(Refused::business("INVALID_CERT_TYPE_AND_NO", "证件类型和证件号码必须同时设置").into());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
