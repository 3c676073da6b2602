//! A merchant is asked to let a provider call in its place, and decides: on the platform's page `appToAppAuth` or through the
//! control API.
//!
//! Source: gateway PROTOCOL E; commerce SEMANTICS 11.

use crate::activation::link;
use crate::customer::callback::{self, Callback};
use crate::customer::join::CODE_SECONDS;
use crate::customer::{BUSY, stopped};
use crate::notice::app_auth;
use crate::{ids, methods};
use engine::Call;
use engine::provider::{Decide, Delegating, Joined, Stopped};
use std::sync::Arc;
use world::World;
use world::delegation::{DelegationOffer, DelegationWithdrawn};
use world::merchant::{App, AppKind};
use world::names::{AppId, MerchantId};

/// The page's real path.
pub(crate) const PATH: &str = "/oauth2/appToAppAuth.htm";

/// What kinds of applications the link may ask for; `WEBAPP` when it does not say.
const TYPES: [&str; 5] = ["WEBAPP", "MOBILEAPP", "TINYAPP", "PUBLICAPP", "BASEAPP"];
/// Longest state, characters.
const STATE: usize = 100;
/// Applications one offer may name.
const APPS: usize = 20;

/// A request that may be put to a merchant.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) provider: Arc<App>,
    pub(crate) callback: Callback,
    application_type: String,
    state: Option<String>,
}

/// Checks what a provider asks for.
///
/// # Errors
/// The page that says nothing, or ERR010, with the reason.
pub(crate) fn ask(world: &World, asking: &Delegating) -> Result<Wanted, Stopped> {
    let provider = world.apps().get(&AppId::from(&asking.provider));
    let provider = provider.ok_or_else(|| stopped("UNKNOWN_APP", BUSY, format!("no application `{}` in this sandbox", asking.provider)))?;
    if provider.kind != AppKind::Provider {
        return Err(stopped("APP_NOT_ISV", BUSY, format!("application {} is no provider's: only those can be authorised", provider.id)));
    }
    let kinds = if asking.application_type.is_empty() { "WEBAPP" } else { asking.application_type.as_str() };
    if let Some(stranger) = kinds.split(',').find(|kind| !TYPES.contains(kind)) {
        return Err(stopped("INVALID_APPLICATION_TYPE", BUSY, format!("no application_type `{stranger}`; there are {}", TYPES.join(", "))));
    }
    if asking.state.as_ref().is_some_and(|state| state.chars().count() > STATE || !state.is_ascii()) {
        return Err(stopped("INVALID_STATE", BUSY, format!("state may have {STATE} characters, none of them Chinese")));
    }
    let callback = callback::allowed(provider, asking.redirect_uri.as_deref())?;
    Ok(Wanted { provider: provider.clone(), callback, application_type: kinds.to_owned(), state: asking.state.clone() })
}

/// The merchant agrees for these applications: the browser goes back with a code.
///
/// # Errors
/// When the applications are none, too many, not of one merchant, or the provider's own; or a call does not exist.
pub(crate) fn agree(call: &mut Call<'_>, wanted: &Wanted, apps: &[String], calls: &[String]) -> Result<Joined, Stopped> {
    let (merchant, apps) = of_one_merchant(call.world(), wanted, apps)?;
    if let Some(stranger) = calls.iter().find(|name| methods::by_name(name).is_none()) {
        return Err(stopped("UNKNOWN_METHOD", BUSY, format!("no method `{stranger}` is imitated, so it cannot be allowed")));
    }
    let code = ids::app_auth_code(&merchant, call.chance());
    let expires = call.now().plus_seconds(CODE_SECONDS);
    let (provider, calls) = (wanted.provider.id.clone(), calls.to_vec());
    call.record(DelegationOffer { code: code.clone(), provider, merchant, apps, calls, expires, spent: None });
    let mut parameters = vec![
        ("app_id", wanted.provider.id.to_string()),
        ("source", "alipay_app_auth".to_owned()),
        ("application_type", link::value(&wanted.application_type)),
        ("app_auth_code", code.to_string()),
    ];
    parameters.extend(wanted.state.as_ref().map(|state| ("state", link::value(state))));
    Ok(Joined { redirect_url: Some(wanted.callback.with(&parameters)), auth_code: Some(code.to_string()), ..Joined::default() })
}

fn of_one_merchant(world: &World, wanted: &Wanted, apps: &[String]) -> Result<(MerchantId, Vec<AppId>), Stopped> {
    let no = |reason: String| stopped("NO_SUCH_CHOICE", BUSY, reason);
    let mut chosen: Vec<&App> = Vec::new();
    for id in apps {
        let app = world.apps().get(&AppId::from(id)).ok_or_else(|| no(format!("no application `{id}` in this sandbox")))?;
        if app.kind != AppKind::Merchant {
            return Err(no(format!("application {id} is a provider's: only merchants' own applications can be delegated")));
        }
        if chosen.iter().all(|known| known.id != app.id) {
            chosen.push(app);
        }
    }
    let Some(first) = chosen.first().filter(|_| chosen.len() <= APPS) else {
        return Err(no(format!("between 1 and {APPS} applications are chosen, not {}", chosen.len())));
    };
    if let Some(other) = chosen.iter().find(|app| app.merchant != first.merchant) {
        return Err(no(format!("applications {} and {} belong to two merchants", first.id, other.id)));
    }
    if first.merchant == wanted.provider.merchant {
        return Err(no("the applications are the provider's own: it needs no authorisation for them".to_owned()));
    }
    Ok((first.merchant.clone(), chosen.iter().map(|app| app.id.clone()).collect()))
}

/// The whole step at once, for the control API.
pub(crate) fn decide(call: &mut Call<'_>, asking: &Delegating) -> Result<Joined, Stopped> {
    let wanted = ask(call.world(), asking)?;
    if asking.decide == Decide::Agree { agree(call, &wanted, &asking.apps, &asking.calls) } else { Ok(Joined::default()) }
}

/// The merchant takes it back.
///
/// # Errors
/// When nothing stands between the two.
pub(crate) fn withdraw(call: &mut Call<'_>, provider: &AppId, app: &AppId) -> Result<(), Stopped> {
    let Some(delegation) = call.world().delegation_between(provider, app).cloned() else {
        let reason = format!("application {app} has not delegated to {provider}");
        return Err(stopped("NOT_AUTHORISED", "没有授权", reason));
    };
    call.record(DelegationWithdrawn { provider: provider.clone(), app: app.clone() });
    app_auth::withdrawn(call, &delegation);
    Ok(())
}

/// The address a browser would have come with.
pub(crate) fn target(asking: &Delegating) -> String {
    let mut target = format!("{PATH}?app_id={}", link::value(&asking.provider));
    for (name, value) in [
        ("application_type", Some(&asking.application_type).filter(|kinds| !kinds.is_empty())),
        ("redirect_uri", asking.redirect_uri.as_ref()),
        ("state", asking.state.as_ref()),
    ] {
        if let Some(value) = value {
            target.extend(["&", name, "=", &link::value(value)]);
        }
    }
    target
}

/// Such an address read.
pub(crate) fn read(query: &str) -> Delegating {
    let mut asking = Delegating::default();
    for (name, value) in link::pairs(query) {
        match name.as_str() {
            "app_id" => asking.provider = value,
            "application_type" => asking.application_type = value,
            "redirect_uri" => asking.redirect_uri = Some(value),
            "state" => asking.state = Some(value),
            _ => {}
        }
    }
    asking
}
