//! A customer is asked by an application for consent, on the page that every application uses: `publicAppAuthorize`.
//!
//! `auth_base` alone is silent: it asks nothing. Source: gateway PROTOCOL E; card SEMANTICS 3, 12.

use crate::activation::link;
use crate::customer::callback::{self, Callback};
use crate::customer::join::CODE_SECONDS;
use crate::customer::{BUSY, stopped};
use crate::ids;
use engine::Call;
use engine::provider::{Asking, Decide, Joined, Stopped};
use std::sync::Arc;
use world::World;
use world::consent::Grant;
use world::merchant::App;
use world::names::{AppId, UserId};

/// The consent page's real path.
pub(crate) const PATH: &str = "/oauth2/publicAppAuthorize.htm";

/// The scopes there are.
const SCOPES: [&str; 5] = ["auth_base", "auth_user", "auth_ecard", "auth_invoice_info", "auth_puc_charge"];
/// Longest state, characters.
const STATE: usize = 100;

/// A request for consent that may be put to the customer.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    pub(crate) app: Arc<App>,
    pub(crate) scopes: Vec<String>,
    pub(crate) callback: Callback,
    state: Option<String>,
}

impl Consent {
    /// Whether nothing needs to be asked.
    pub(crate) fn is_silent(&self) -> bool {
        self.scopes.iter().all(|scope| scope == "auth_base")
    }
}

/// Checks what an application asks for.
///
/// # Errors
/// The page that says nothing, or ERR010, with the reason.
pub(crate) fn ask(world: &World, user: &UserId, asking: &Asking) -> Result<Consent, Stopped> {
    world.customer(user).map_err(|refusal| stopped("UNKNOWN_CUSTOMER", BUSY, refusal.to_string()))?;
    let app = world.apps().get(&AppId::from(&asking.app));
    let app = app.ok_or_else(|| stopped("UNKNOWN_APP", BUSY, format!("no application `{}` in this sandbox", asking.app)))?;
    let mut scopes: Vec<String> = Vec::new();
    for scope in &asking.scopes {
        if !SCOPES.contains(&scope.as_str()) {
            return Err(stopped("INVALID_SCOPE", BUSY, format!("no scope `{scope}`; there are {}", SCOPES.join(", "))));
        }
        if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    if scopes.is_empty() {
        return Err(stopped("INVALID_SCOPE", BUSY, "no scope was asked for"));
    }
    if asking.state.as_ref().is_some_and(|state| state.chars().count() > STATE || !state.is_ascii()) {
        return Err(stopped("INVALID_STATE", BUSY, format!("state may have {STATE} characters, none of them Chinese")));
    }
    let callback = callback::allowed(app, asking.redirect_uri.as_deref())?;
    Ok(Consent { app: app.clone(), scopes, callback, state: asking.state.clone() })
}

/// The customer agrees: the browser goes back with a code.
pub(crate) fn agree(call: &mut Call<'_>, user: &UserId, consent: &Consent) -> Joined {
    let now = call.now();
    let code = ids::auth_code(user, call.chance());
    call.record(Grant {
        code: code.clone(),
        user: user.clone(),
        app: consent.app.id.clone(),
        scopes: consent.scopes.clone(),
        submission: None,
        at: now,
        expires: now.plus_seconds(CODE_SECONDS),
        spent: None,
        ran_out: false,
    });
    let mut parameters = vec![
        ("app_id", consent.app.id.to_string()),
        ("source", "alipay_wallet".to_owned()),
        ("scope", link::value(&consent.scopes.join(","))),
    ];
    parameters.extend(consent.state.as_ref().map(|state| ("state", link::value(state))));
    parameters.push(("auth_code", code.to_string()));
    Joined { redirect_url: Some(consent.callback.with(&parameters)), auth_code: Some(code.to_string()), ..Joined::default() }
}

/// The whole step at once, for the control API.
pub(crate) fn decide(call: &mut Call<'_>, user: &UserId, asking: &Asking) -> Result<Joined, Stopped> {
    let consent = ask(call.world(), user, asking)?;
    if asking.decide == Decide::Agree || consent.is_silent() { Ok(agree(call, user, &consent)) } else { Ok(Joined::default()) }
}

/// The address a browser would have come with.
pub(crate) fn target(asking: &Asking) -> String {
    let mut target = format!("{PATH}?app_id={}&scope={}", link::value(&asking.app), link::value(&asking.scopes.join(",")));
    for (name, value) in [("redirect_uri", &asking.redirect_uri), ("state", &asking.state)] {
        if let Some(value) = value {
            target.extend(["&", name, "=", &link::value(value)]);
        }
    }
    target
}

/// Such an address read.
pub(crate) fn read(query: &str) -> Asking {
    let mut asking = Asking::default();
    for (name, value) in link::pairs(query) {
        match name.as_str() {
            "app_id" => asking.app = value,
            "scope" => asking.scopes = value.split([',', ' ']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            "redirect_uri" => asking.redirect_uri = Some(value),
            "state" => asking.state = Some(value),
            _ => {}
        }
    }
    asking
}

#[cfg(test)]
mod tests;
