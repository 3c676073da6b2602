//! What every page knows of its reader: language, theme, which sandbox, whose phone. And the addresses it links to, which carry on
//! what stood in its own.

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use engine::Sandbox;
use engine::world::clock::Clock;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::convert::Infallible;
use std::sync::Arc;

use super::lang::{self, Lang};
use super::messages::{self as m, Message};
use super::{PHONE_COOKIE, trouble::Trouble};
use crate::guard::{SameSite, cookie, set_cookie};
use crate::house::{DEFAULT_SANDBOX, House, aside};

const THEME_COOKIE: &str = "kabao_theme";
/// What need not be encoded in a part of a path or a value of a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b':');

/// What a page knows of its reader.
pub(crate) struct View {
    pub(super) house: House,
    pub(super) lang: Lang,
    /// `light` or `dark`, when chosen.
    pub(super) theme: Option<&'static str>,
    /// Whose phone this browser is.
    pub(super) phone: Option<String>,
    /// The clock of the sandbox that is meant, as far as it is durable.
    pub(super) now: Option<Now>,
    /// What does not answer: the store, or sandboxes.
    pub(super) stopped: Vec<(Message, String)>,
    path: String,
    pairs: Vec<(String, String)>,
}

/// A sandbox's clock as the pages show it.
pub(super) struct Now {
    pub(super) text: String,
    pub(super) state: Message,
}

impl FromRequestParts<House> for View {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Infallible> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default();
        let asked = |name: &str| pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
        let theme = |name: &str| ["light", "dark"].into_iter().find(|theme| *theme == name);
        let now = match house.sandbox(asked("sandbox")) {
            Ok(sandbox) => now(&sandbox).await,
            Err(_) => None,
        };
        Ok(Self {
            house: house.clone(),
            lang: Lang::wanted(asked("lang"), &parts.headers),
            theme: asked("theme").and_then(theme).or_else(|| theme(&cookie(&parts.headers, THEME_COOKIE)?)),
            phone: cookie(&parts.headers, PHONE_COOKIE),
            now,
            stopped: stopped(house).await,
            path: parts.uri.path().to_owned(),
            pairs,
        })
    }
}

impl View {
    /// What the address asks for under a name.
    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The number under a name.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.asked(name)?.parse().ok()
    }

    pub(super) fn say(&self, message: Message) -> &'static str {
        self.lang.say(message)
    }

    /// The name of the sandbox that is meant.
    pub(super) fn sandbox_name(&self) -> &str {
        self.asked("sandbox").unwrap_or(DEFAULT_SANDBOX)
    }

    /// The sandbox that is meant.
    pub(super) fn sandbox(&self) -> Result<Arc<Sandbox>, Trouble> {
        self.house.engine().sandbox(self.sandbox_name()).map_err(|_| Trouble::new(self, m::NO_SANDBOX, self.sandbox_name()))
    }

    /// An address of ours, in the same sandbox.
    pub(super) fn to(&self, path: &str, pairs: &[(&str, &str)]) -> String {
        let sandbox = self.asked("sandbox").filter(|name| *name != DEFAULT_SANDBOX).map(|name| ("sandbox", name));
        address(path, sandbox.into_iter().chain(pairs.iter().copied()))
    }

    /// This very address with one thing changed.
    pub(super) fn here_with(&self, name: &str, value: &str) -> String {
        let others = self.pairs.iter().filter(|(other, _)| other != name).map(|(name, value)| (name.as_str(), value.as_str()));
        address(&self.path, others.chain([(name, value)]))
    }

    /// Whether this page, or one below it, has this path.
    pub(super) fn is_under(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Cookies that keep what was chosen in the address.
    pub(super) fn kept(&self) -> impl Iterator<Item = HeaderValue> {
        let lang = self.asked("lang").map(|_| set_cookie(lang::COOKIE, self.lang.name(), SameSite::Strict));
        let theme = self.asked("theme").and(self.theme).map(|theme| set_cookie(THEME_COOKIE, theme, SameSite::Strict));
        lang.into_iter().chain(theme)
    }
}

/// A part of a path, or a value of a query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

fn address<'a>(path: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut address = path.to_owned();
    for (at, (name, value)) in pairs.enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        address.push_str(&encoded(name));
        address.push('=');
        address.push_str(&encoded(value));
    }
    address
}

/// A sandbox's clock as it stands; nothing while the sandbox does not answer.
async fn now(sandbox: &Sandbox) -> Option<Now> {
    let ran = sandbox.run(|call| Now {
        text: call.now().text(),
        state: match call.world().clock() {
            Clock::Stopped { .. } => m::CLOCK_STOPPED,
            Clock::Running { offset_ms: 0 } => m::CLOCK_LIVE,
            Clock::Running { .. } => m::CLOCK_OFFSET,
        },
    });
    ran.ok()?.settled().await.ok()
}

/// The store and the sandboxes that do not answer, with the reason.
async fn stopped(house: &House) -> Vec<(Message, String)> {
    let engine = house.engine().clone();
    aside(move || {
        let store = engine.stopped().map(|broken| (m::STORE_STOPPED, broken.to_string()));
        let sandboxes = engine.stopped_sandboxes().into_iter().map(|one| (m::SANDBOX_STOPPED, format!("{}: {}", one.sandbox, one.why)));
        store.into_iter().chain(sandboxes).collect()
    })
    .await
}
