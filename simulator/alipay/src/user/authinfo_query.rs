//! `alipay.marketing.card.authinfo.query`: what the customer let the merchant read when joining.
//!
//! With a form behind the token, the fields of that form; without one, what the account has. Source: spec table of the same
//! name; which fields come and how a birthday is written is inferred.

use crate::activation::form_codes::PREFIX;
use crate::method::{Call, Method, Outcome, covering};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::customer::Gender;

pub(crate) struct AuthinfoQuery;

#[derive(Deserialize)]
pub(crate) struct Params {}

#[derive(Default, Serialize)]
pub(crate) struct Reply {
    #[serde(skip_serializing_if = "String::is_empty")]
    address: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    cert_no: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    cert_type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    city: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    gender: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    is_student_certified: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    member_grade: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    mobile: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    person_birthday: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    person_birthday_without_year: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    user_name: String,
}

impl Method for AuthinfoQuery {
    const NAME: &'static str = "alipay.marketing.card.authinfo.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[],
        response: &[
            Imitates::full(""),
            Imitates::partly("is_student_certified", "students are not modelled: F for everybody"),
            Imitates::partly("member_grade", "grades are not modelled: unknown for everybody"),
            Imitates::partly("cert_type", "identity cards only"),
        ],
        errors: &[],
        differs: &[
            "A token that covers neither auth_ecard nor auth_user is aop.invalid-auth-token.",
            "With a form behind the token only the form's fields come, as the account has them; without one all that the account has.",
            "person_birthday is written yyyyMMdd; no source shows it.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, _: Params) -> Outcome<Reply> {
        let token = call.token()?;
        let token = if token.covers("auth_user") { token } else { covering(token, "auth_ecard")? };
        let world = call.world();
        let asked = token.submission.as_ref().and_then(|id| world.submissions().get(id));
        let form = asked.and_then(|submission| world.programmes().get(&submission.programme)?.form.as_ref());
        let may = |word: &str| {
            let listed = |codes: &[String]| codes.iter().any(|code| code.strip_prefix(PREFIX) == Some(word));
            form.is_none_or(|form| listed(&form.required) || listed(&form.optional))
        };
        let given = |word: &str, value: String| if may(word) { value } else { String::new() };
        let profile = world.customer(&token.user)?.profile.get();
        let birthday = profile.birthday.map(|day| day.to_string().replace('-', "")).unwrap_or_default();
        let day = birthday.get(4..).unwrap_or_default().to_owned();
        let mobile = profile.mobile;
        let cert_no = if may("CERT_NO") { profile.identity_card.clone() } else { given("IDCARD", profile.identity_card.clone()) };
        Ok(Reply {
            address: given("ADDRESS", profile.address),
            cert_type: if cert_no.is_empty() { String::new() } else { "0".to_owned() },
            cert_no,
            city: given("CITY", profile.city),
            // the name under which the account is logged in: an e-mail, else the mobile number
            email: given("EMAIL", if profile.email.is_empty() { mobile.clone() } else { profile.email }),
            gender: given("GENDER", profile.gender.map_or("", |gender| if gender == Gender::Female { "F" } else { "M" }).to_owned()),
            is_student_certified: given("IS_STUDENT", "F".to_owned()),
            member_grade: given("MEMBER_GRADE", "unknown".to_owned()),
            mobile: given("MOBILE", mobile),
            person_birthday: given("BIRTHDAY_WITH_YEAR", birthday),
            person_birthday_without_year: given("BIRTHDAY", day),
            user_name: given("NAME", profile.name),
        })
    }
}

#[cfg(test)]
mod tests;
