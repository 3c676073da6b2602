//! The activation form: which fields it has, what the platform fills in, and whether what was typed will do.
//!
//! The page and the control API both go through here. The platform fills in what the account knows of its owner; that every
//! application was granted every field is ours. Source: card SEMANTICS 5; UI 8.

use crate::activation::form_codes::{self, PREFIX};
use std::collections::BTreeMap;
use world::customer::{Gender, Profile};
use world::programme::Form;

/// One field of a form, for one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) code: String,
    pub(crate) required: bool,
    /// What the platform fills in.
    pub(crate) from_account: Option<String>,
}

/// What is wrong with a field, in the form's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) code: String,
    pub(crate) text: &'static str,
}

/// The fields of a form as this customer sees them, required ones first.
pub(crate) fn fields(form: &Form, profile: &Profile) -> Vec<Field> {
    let of = |codes: &[String], required| -> Vec<Field> {
        codes.iter().map(|code| Field { code: code.clone(), required, from_account: from_account(code, profile) }).collect()
    };
    [of(&form.required, true), of(&form.optional, false)].concat()
}

fn from_account(code: &str, profile: &Profile) -> Option<String> {
    let value = match code.strip_prefix(PREFIX)? {
        "NAME" => profile.name.clone(),
        "MOBILE" => profile.mobile.clone(),
        "GENDER" => match profile.gender? {
            Gender::Female => "女".to_owned(),
            Gender::Male => "男".to_owned(),
        },
        "BIRTHDAY" => profile.birthday?.to_string().get(5..)?.to_owned(),
        "BIRTHDAY_WITH_YEAR" => profile.birthday?.to_string(),
        "EMAIL" => profile.email.clone(),
        "CITY" => profile.city.clone(),
        "ADDRESS" => profile.address.clone(),
        "IDCARD" => profile.identity_card.clone(),
        _ => return None,
    };
    // what an account holds in another shape than the form wants is left to be typed
    (!value.is_empty() && form_codes::complaint(code, &value).is_none()).then_some(value)
}

/// The values to hand over, in the alphabetical order of captured answers.
///
/// # Errors
/// Everything that is missing or of the wrong shape.
pub(crate) fn answers(fields: &[Field], typed: &BTreeMap<String, String>) -> Result<Vec<(String, String)>, Vec<Complaint>> {
    let mut complaints = Vec::new();
    let mut answers = Vec::new();
    for field in fields {
        // what was filled in and then cleared is not handed over
        let value = match typed.get(&field.code).map(|text| text.trim()) {
            Some(text) => (!text.is_empty()).then_some(text),
            None => field.from_account.as_deref(),
        };
        match value.map(|value| (value, form_codes::complaint(&field.code, value))) {
            None if field.required => complaints.push(Complaint { code: field.code.clone(), text: "请填写" }),
            None => {}
            Some((_, Some(text))) => complaints.push(Complaint { code: field.code.clone(), text }),
            Some((value, None)) => answers.push((field.code.clone(), value.to_owned())),
        }
    }
    answers.sort_unstable();
    if complaints.is_empty() { Ok(answers) } else { Err(complaints) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(word: &str) -> String {
        format!("{PREFIX}{word}")
    }

    fn of(required: &[&str], optional: &[&str]) -> Vec<Field> {
        let list = |words: &[&str]| words.iter().map(|word| code(word)).collect();
        let profile = Profile {
            name: "李四".into(),
            mobile: "13800138000".into(),
            birthday: world::Day::parse("1990-03-07").ok(),
            ..Profile::default()
        };
        fields(&Form { required: list(required), optional: list(optional) }, &profile)
    }

    #[test]
    fn the_account_fills_in_what_it_knows_and_what_was_typed_wins() {
        let fields = of(&["NAME", "MOBILE", "BIRTHDAY"], &["CITY"]);
        let typed = BTreeMap::from([(code("NAME"), " 李小四 ".to_owned()), (code("CITY"), String::new())]);
        let expected =
            [(code("BIRTHDAY"), "03-07".to_owned()), (code("MOBILE"), "13800138000".to_owned()), (code("NAME"), "李小四".to_owned())];
        assert_eq!(answers(&fields, &typed), Ok(expected.to_vec()));
    }

    #[test]
    fn what_the_customer_cleared_is_not_handed_over() {
        let typed = BTreeMap::from([(code("NAME"), " ".to_owned()), (code("MOBILE"), String::new())]);
        let complaints = answers(&of(&["MOBILE"], &["NAME"]), &typed).unwrap_err();
        assert_eq!(
            complaints.into_iter().map(|complaint| (complaint.code, complaint.text)).collect::<Vec<_>>(),
            [(code("MOBILE"), "请填写")]
        );
        assert_eq!(answers(&of(&[], &["NAME"]), &typed), Ok(Vec::new()));
    }

    #[test]
    fn what_is_missing_or_misshapen_is_complained_about_all_at_once() {
        let fields = of(&["GENDER", "MOBILE"], &["EMAIL"]);
        let typed = BTreeMap::from([(code("MOBILE"), "138".to_owned()), (code("EMAIL"), "x".to_owned())]);
        let texts: Vec<_> = answers(&fields, &typed).unwrap_err().into_iter().map(|complaint| (complaint.code, complaint.text)).collect();
        assert_eq!(texts, [(code("GENDER"), "请填写"), (code("MOBILE"), "格式不正确"), (code("EMAIL"), "格式不正确")]);
    }
}
