//! `alipay.user.info.share`: the profile that the customer agreed to share.
//!
//! Needs a token that covers `auth_user`. Which fields an application was granted is not modelled: it gets the basic ones.
//! Sources: spec table of the same name; gateway PROTOCOL E.

use crate::ids;
use crate::method::{Call, Method, Outcome, covering};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use world::customer::Gender;
use world::merchant::Era;

pub(crate) struct InfoShare;

#[derive(Deserialize)]
pub(crate) struct Params {}

#[derive(Serialize)]
pub(crate) struct Reply {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_id: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    nick_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    province: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    city: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<&'static str>,
}

impl Method for InfoShare {
    const NAME: &'static str = "alipay.user.info.share";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[],
        response: &[
            Imitates::full("user_id"),
            Imitates::full("open_id"),
            Imitates::full("nick_name"),
            Imitates::full("province"),
            Imitates::full("city"),
            Imitates::full("gender"),
        ],
        errors: &["aop.invalid-auth-token"],
        differs: &[
            "Fields that need a grant beyond the basic profile (name, mobile, certificate …) are never returned: grants are not modelled.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, _: Params) -> Outcome<Reply> {
        let token = covering(call.token()?, "auth_user")?;
        let (app, seed) = (call.app(), call.caller().seed);
        let profile = call.world().customer(&token.user)?.profile.get();
        Ok(Reply {
            user_id: (app.era != Era::OpenId).then(|| token.user.to_string()),
            open_id: (app.era != Era::UserId).then(|| ids::open_id(seed, &app.id, &token.user)),
            nick_name: profile.nick,
            province: profile.province,
            city: profile.city,
            gender: profile.gender.map(|gender| if gender == Gender::Female { "F" } else { "M" }),
        })
    }
}

#[cfg(test)]
mod tests;
