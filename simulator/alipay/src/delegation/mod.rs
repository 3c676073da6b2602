//! Third-party mode: merchants let a service provider's application call in the place of their own.
//!
//! The offer is made on a page of the platform or through the control API; the provider takes it up with a call of its own.
//! What a call with `app_auth_token` may do is decided at the gateway (`gateway::placed`). Source: commerce SEMANTICS 11.

pub(crate) mod offer;
mod token_app;
mod token_app_query;

use crate::method::{Call, Entry};
use crate::refused::Refused;
use world::merchant::AppKind;

pub(crate) const METHODS: &[Entry] = &[Entry::of::<token_app::TokenApp>(), Entry::of::<token_app_query::TokenAppQuery>()];

/// How long a token would stand, seconds: said in answers, and not enforced any more.
pub(crate) const YEAR_SECONDS: i64 = 31_536_000;

/// Only a provider's application may ask.
fn provider_only(call: &Call<'_, '_>) -> Result<(), Refused> {
    if call.app().kind == AppKind::Provider {
        return Ok(());
    }
    let refused = Refused::business("APP_NOT_ISV", "应用不是第三方应用");
    Err(refused.with_hint("make one with POST /_kabao/v1/apps {\"kind\":\"provider\"}"))
}
