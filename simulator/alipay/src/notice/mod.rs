//! What the platform tells merchants by itself: how a trade stands, a card was opened or left the wallet, how a fast opening
//! ended, a code is wanted, messages to an application's gateway.
//!
//! Each kind says what it carries, how it is signed and what takes it; keeping, sending and trying again is the engine's
//! outbox. Source: gateway PROTOCOL F; card SEMANTICS 4, 7, 10, 16.10; commerce SEMANTICS 4, 5.

pub(crate) mod app_auth;
pub(crate) mod card_changed;
pub(crate) mod gateway_check;
pub(crate) mod kind;
pub(crate) mod merchant_code;
pub(crate) mod message;
pub(crate) mod opencard_result;
pub(crate) mod own;
mod sealing;
pub(crate) mod trade_status;
pub(crate) mod user_auth;

use crate::ids;
use engine::Call;
use kind::Kind;
pub(crate) use sealing::{Form, seal};
use wire::keys::SigningKey;
use wire::pool;
use world::Moment;
use world::merchant::{App, Era};
use world::names::{AppId, NoticeId, UserId};
use world::notice::{Notice, NoticeMade};

/// Keeps a notice that is due at once.
fn make(call: &mut Call<'_>, app: &AppId, kind: &str, url: String, parameters: Vec<(String, String)>, notice: NoticeId) {
    let due = call.now();
    call.record(NoticeMade { notice, app: app.clone(), kind: kind.to_owned(), url, parameters, due });
}

/// Keeps a notice of the usual form, due at once: the envelope's parameters, then its own.
pub(crate) fn post(call: &mut Call<'_>, app: &AppId, kind: &Kind, notify_type: &str, url: String, own: Vec<(String, String)>) -> NoticeId {
    let notice = number(call);
    let envelope = [
        ("notify_id", notice.to_string()),
        ("notify_time", call.now().text()),
        ("notify_type", notify_type.to_owned()),
        ("app_id", app.to_string()),
        ("charset", kind.charset.to_owned()),
        ("version", "1.0".to_owned()),
    ];
    let parameters = envelope.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(own).collect();
    make(call, app, kind.word, url, parameters, notice.clone());
    notice
}

/// A new notice's number: the day and 26 more digits and letters, as in samples.
fn number(call: &mut Call<'_>) -> NoticeId {
    let now: Moment = call.now();
    ids::notice_id(now, call.chance())
}

/// The customer, as an application names them.
fn named(seed: u64, app: &App, user: &UserId) -> Vec<(String, String)> {
    let by_user_id = (app.era != Era::OpenId).then(|| ("user_id".to_owned(), user.to_string()));
    let by_open_id = (app.era != Era::UserId).then(|| ("open_id".to_owned(), ids::open_id(seed, &app.id, user)));
    by_user_id.into_iter().chain(by_open_id).collect()
}

/// The key that requests for merchants' codes are signed with: one for all applications, and not theirs (SEMANTICS 10).
pub(crate) fn code_key() -> SigningKey {
    pool::signing_key(pool::SIZE - 1)
}

/// In how many seconds a notice is tried again.
pub(crate) fn again_after(notice: &Notice, tried: usize) -> Option<i64> {
    Kind::of(&notice.made.kind)?.calendar.get(tried.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests;
