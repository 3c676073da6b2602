//! `alipay.marketing.card.activateform.query`: what the customer typed into the activation form.
//!
//! Read with the token of the code that came with the same redirect. Sources: spec table of the same name; card
//! SEMANTICS 3, 5.

use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use world::Refusal;
use world::names::{ProgrammeId, SubmissionId};

pub(crate) struct ActivateformQuery;

/// How long a submission can be read, seconds; the platform's span is not published.
const READABLE_SECONDS: i64 = 86_400;

#[derive(Deserialize)]
pub(crate) struct Params {
    template_id: String,
    request_id: String,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    infos: String,
}

impl Method for ActivateformQuery {
    const NAME: &'static str = "alipay.marketing.card.activateform.query";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "ILLEGAL_NULL_ARGUMENT", "REQUEST_ID_INVALID", "REQUEST_ID_EXPIRE", "aop.invalid-auth-token"],
        differs: &[
            "A submission can be read for 24 hours; the real span is not published.",
            "An unknown template_id is REQUEST_ID_INVALID: the table has no code for it.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let token = call.token()?;
        let programme = ProgrammeId::from(&params.template_id);
        call.world().programme_of(call.merchant(), &programme)?;
        let id = SubmissionId::from(&params.request_id);
        let submission = call
            .world()
            .submissions()
            .get(&id)
            .filter(|form| form.programme == programme && form.user == token.user && form.app == token.app);
        let submission = submission.ok_or_else(|| Refusal::UnknownSubmission(params.request_id.clone()))?;
        if call.now() >= submission.at.plus_seconds(READABLE_SECONDS) {
            return Err(Refusal::SubmissionExpired(params.request_id).into());
        }
        let one = |(code, value): &(String, String)| Value::Object(Map::from_iter([(code.clone(), Value::from(value.as_str()))]));
        let infos = Value::Array(submission.answers.iter().map(one).collect());
        Ok(Reply { infos: infos.to_string() })
    }
}

#[cfg(test)]
mod tests;
