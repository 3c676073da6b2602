//! `alipay.user.info.auth`: a page call; the browser that makes it is sent to the consent page.
//!
//! `return_url` is where the customer comes back to. Sources: spec table of the same name; gateway PROTOCOL E.

use crate::customer::authorize;
use crate::method::{Call, Method, Outcome};
use engine::contract::{ImitatedMethod, Imitates};
use engine::provider::Asking;
use serde::{Deserialize, Serialize};

pub(crate) struct InfoAuth;

#[derive(Deserialize)]
pub(crate) struct Params {
    scopes: Vec<String>,
    state: String,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    location: String,
}

impl Method for InfoAuth {
    const NAME: &'static str = "alipay.user.info.auth";
    const PAGE: bool = true;
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::ignored("pageRedirectionData", "made by client libraries; the gateway answers with a redirect")],
        errors: &[],
        differs: &[
            "The answer is a redirect (302) to the consent page of this server; a refusal is the usual JSON, where the platform shows a page.",
            "The public parameter return_url is where the customer comes back to; without it the registered callback.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let asking = Asking {
            app: call.app().id.to_string(),
            scopes: params.scopes,
            redirect_uri: call.caller().return_url.clone(),
            state: Some(params.state),
            ..Asking::default()
        };
        Ok(Reply { location: format!("{}{}", call.caller().address, authorize::target(&asking)) })
    }
}

#[cfg(test)]
mod tests;
