//! Acting as a service provider: a merchant authorises, every call carries the token, and a withdrawal stops the calls.
//!
//! What waits for the platform then waits for the next authorisation; nothing is lost. A state that comes back is the one of
//! the link, or the merchant did not come from here. Sources: commerce SEMANTICS 11; gateway PROTOCOL E.

use super::Defect;
use super::books::{Booked, keep, setting};
use super::gateway::{Ask, Said, text};
use super::notice::{Effect, Judged, Message};
use super::problem::Problem;
use super::shop::Shop;
use axum::http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Whose application the shop acts with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Role {
    /// A merchant's own.
    #[default]
    Merchant,
    /// A provider's, who acts for the merchant that authorised it.
    Provider,
}

/// Under which names the books keep the merchant's token and application, and the state of the link.
pub(super) const TOKEN: &str = "app_auth_token";
const APP: &str = "merchant_app";
/// When the merchant authorised, milliseconds.
const SINCE: &str = "authorised_ms";
const STATE: &str = "provider_state";

/// What the platform puts into the address when a merchant comes back.
#[derive(Deserialize)]
pub(super) struct Authorised {
    app_auth_code: Option<String>,
    app_id: Option<String>,
    state: Option<String>,
}

impl Shop {
    /// The merchant's application: the one that authorised, or the shop's own.
    pub(super) fn merchant_app(&self) -> String {
        let stored = self.books.setting(APP).ok().flatten();
        stored.filter(|_| self.role == Role::Provider).unwrap_or_else(|| self.app_id.clone())
    }

    /// Whether a message is about this shop's application, and the merchant it acts for.
    pub(super) fn is_for_this_shop(&self, books: &Transaction<'_>, message: &Message) -> rusqlite::Result<Result<(), &'static str>> {
        if !message.says("app_id", &self.app_id) {
            return Ok(Err("another application's"));
        }
        let others =
            self.role == Role::Provider && message.text("auth_app_id").is_some() && message.text("auth_app_id") != setting(books, APP)?;
        Ok(if others { Err("another merchant's") } else { Ok(()) })
    }

    /// Whether calls are possible.
    pub(super) fn may_call(&self) -> Result<(), Problem> {
        let token = self.books.setting(TOKEN)?.filter(|token| !token.is_empty());
        if self.role == Role::Provider && token.is_none() {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "NOT_AUTHORISED",
                "no merchant has authorised this provider: GET /provider/link",
            ));
        }
        Ok(())
    }

    /// Where a merchant authorises this provider.
    pub(super) fn provider_link(&self) -> Result<String, Problem> {
        self.is_provider()?;
        let state = self.books.write(|books| {
            if let Some(state) = setting(books, STATE)? {
                return Ok(state);
            }
            let state: String = books.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))?;
            keep(books, STATE, &state)?;
            Ok(state)
        })?;
        let platform = self.gateway.origin();
        let callback = format!("{}/provider/callback", self.public_url);
        let callback = utf8_percent_encode(&callback, NON_ALPHANUMERIC);
        Ok(format!(
            "{platform}/oauth2/appToAppAuth.htm?app_id={}&application_type=WEBAPP&redirect_uri={callback}&state={state}",
            self.app_id
        ))
    }

    /// A merchant comes back with a code, which is good for once.
    pub(super) async fn authorised(self: &Arc<Self>, came: Authorised) -> Result<Value, Problem> {
        self.is_provider()?;
        let Some(code) = came.app_auth_code else { return Err(Problem::bad("app_auth_code is needed")) };
        if came.app_id.is_some_and(|app| app != self.app_id) {
            return Err(Problem::bad("the code is for another application").at(Some("app_id".to_owned())));
        }
        // the platform may start the way itself, without a state; whoever brings one brings ours
        let unchecked = self.does(Defect::IgnoresState);
        if !unchecked && came.state.is_some() && came.state != self.books.setting(STATE)? {
            return Err(Problem::bad("state is not the one of GET /provider/link").at(Some("state".to_owned())));
        }
        let exchanged = json!({"grant_type": "authorization_code", "code": code});
        let said = if self.does(Defect::CrossesAuthCodes) {
            let ask = Ask::new("alipay.system.oauth.token").word("grant_type", "authorization_code").word("code", &code);
            self.gateway.alone(ask).await
        } else {
            self.gateway.once(Ask::new("alipay.open.auth.token.app").business(&|_| exchanged.clone())).await
        };
        let Said::Done(object) = said else { return Err(Problem::of(said)) };
        let (Some(token), Some(app)) = (text(&object, "app_auth_token"), text(&object, "auth_app_id")) else {
            return Err(Problem::of(Said::Done(object)));
        };
        let now_ms = self.clock.now_ms();
        self.books.write(|books| {
            keep(books, TOKEN, token)?;
            keep(books, SINCE, &now_ms.to_string())?;
            keep(books, APP, app)
        })?;
        // whatever waited for an authorisation goes on
        self.take_up_everything()?;
        self.clock.wake_everybody();
        self.provider_shown().map_err(Problem::from)
    }

    /// Whether somebody authorised, and who.
    pub(super) fn provider_shown(&self) -> Booked<Value> {
        let authorised = self.books.setting(TOKEN)?.is_some_and(|token| !token.is_empty());
        Ok(json!({"authorised": authorised, "app_id": self.books.setting(APP)?}))
    }

    fn is_provider(&self) -> Result<(), Problem> {
        let no = || Problem::new(StatusCode::CONFLICT, "NOT_A_PROVIDER", "this shop acts with a merchant's own application");
        (self.role == Role::Provider).then_some(()).ok_or_else(no)
    }
}

/// The merchant withdrew: the token is dead. News that came before, or is older than the authorisation that stands, ended another.
pub(super) fn withdrawn(shop: &Shop, books: &Transaction<'_>, message: &Message, first: bool) -> rusqlite::Result<Judged> {
    if !message.says("app_id", &shop.app_id) {
        return Ok(Err("another application's"));
    }
    let since = setting(books, SINCE)?.and_then(|since| since.parse::<i64>().ok()).unwrap_or_default();
    let sent = message.text("utc_timestamp").and_then(|sent| sent.parse::<i64>().ok());
    if !first || sent.is_some_and(|sent| sent < since) {
        return Ok(Ok(Effect::new()));
    }
    let told = message.content();
    let merchant = setting(books, APP)?;
    if shop.role == Role::Provider && told["auth_app_id"].as_str() == merchant.as_deref() {
        keep(books, TOKEN, "")?;
    }
    Ok(Ok(Effect::new()))
}
