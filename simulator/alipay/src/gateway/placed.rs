//! A call with `app_auth_token`: signed by a provider's application, made in the place of a merchant's.
//!
//! Asked behind the signature and before decryption, and once more where the call runs, because a merchant may withdraw between
//! the two. Source: commerce SEMANTICS 11; errors.toml 70 to 74.

use crate::delegation::YEAR_SECONDS;
use engine::Sandbox;
use std::sync::Arc;
use wire::alipay::GatewayRefusal;
use wire::alipay::codes::sub_code;
use world::consent::TokenEnd;
use world::delegation::Delegation;
use world::merchant::App;
use world::names::AppId;
use world::switch::Switch;
use world::{Moment, World};

/// What a provider calls for itself only (inferred).
const ITS_OWN: [&str; 2] = ["alipay.open.auth.token.app", "alipay.open.auth.token.app.query"];

/// Whether a method can be called in a merchant's place.
pub(crate) fn is_for_merchants(method: &str) -> bool {
    !ITS_OWN.contains(&method)
}

/// Whether a token that came with a call lets it be made in a merchant's place.
///
/// # Errors
/// As [`app`].
pub(super) fn check(sandbox: &Sandbox, token: Option<&str>, signer: &str, method: &str) -> Result<(), GatewayRefusal> {
    let Some(token) = token else { return Ok(()) };
    sandbox.look(|world, now| app(world, &signer.into(), token, method, now).map(|_| ()))
}

/// The application in whose place `signer` calls `method` with this token.
///
/// # Errors
/// The platform's codes about such tokens, with the reason.
pub(super) fn app<'w>(world: &'w World, signer: &AppId, token: &str, method: &str, now: Moment) -> Result<&'w Arc<App>, GatewayRefusal> {
    let invalid = |why: &str| GatewayRefusal::of(sub_code::INVALID_APP_AUTH_TOKEN).with_hint(why);
    let delegation = world.delegations().get(&token.into()).ok_or_else(|| invalid("no merchant's authorisation has this token"))?;
    if delegation.provider != *signer {
        return Err(invalid(&format!("it was issued to application {}, and application {signer} signed", delegation.provider)));
    }
    match delegation.ended {
        Some((at, TokenEnd::Replaced)) => return Err(invalid(&format!("a newer one replaced it at {}", at.text()))),
        Some((at, TokenEnd::Withdrawn)) => return Err(invalid(&format!("the merchant withdrew it at {}", at.text()))),
        None if has_run_out(world, delegation, now) => return Err(GatewayRefusal::of(sub_code::APP_AUTH_TOKEN_TIME_OUT)),
        None => {}
    }
    if !delegation.covers(method) {
        return Err(
            GatewayRefusal::of(sub_code::INVALID_APP_AUTH_TOKEN_NO_API).with_hint("alipay.open.auth.token.app.query tells which are")
        );
    }
    if world.is_on(Switch::DelegatedWithoutProduct) {
        let why = "the sandbox's switch delegated_without_product is on";
        return Err(GatewayRefusal::of(sub_code::NO_PRODUCT_REG_BY_PARTNER).with_hint(why));
    }
    if !is_for_merchants(method) {
        return Err(
            GatewayRefusal::of(sub_code::NOT_SUPPORT_APP_AUTH).with_hint("leave app_auth_token out: the provider calls this for itself")
        );
    }
    Ok(world.apps().get(&delegation.app).expect("applications are never taken away while their sandbox lives"))
}

/// Whether a token's year is over, where that is still asked.
pub(crate) fn has_run_out(world: &World, delegation: &Delegation, now: Moment) -> bool {
    world.is_on(Switch::DelegationsRunOut) && now >= delegation.from.plus_seconds(YEAR_SECONDS)
}

#[cfg(test)]
mod tests;
