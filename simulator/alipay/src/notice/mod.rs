//! What the platform tells merchants by itself: a card was opened or left the wallet, how a fast opening ended, a code is wanted.
//!
//! Each kind says what it carries, how it is signed and what takes it; keeping, sending and trying again is the engine's
//! outbox. Source: gateway PROTOCOL F; card SEMANTICS 4, 7, 10, 16.10.

pub(crate) mod card_changed;
pub(crate) mod merchant_code;
pub(crate) mod opencard_result;

use crate::{Alipay, ids};
use engine::journal::{AnswerBytes, RequestBytes};
use engine::{Call, Sandbox, Sealed};
use wire::alipay::notification::{TAKEN, USER_AGENT};
use wire::alipay::{DeclaredCharset, NoticeRule, SignType, seal_notice};
use wire::keys::SigningKey;
use wire::pool;
use world::Moment;
use world::merchant::{App, Era};
use world::names::{AppId, NoticeId, UserId};
use world::notice::{Notice, NoticeMade};

/// Seconds after each attempt in vain: 4 m, 10 m, 10 m, 1 h, 2 h, 6 h, 15 h (PROTOCOL F).
const AGAIN: [i64; 7] = [240, 600, 600, 3_600, 7_200, 21_600, 54_000];

/// Keeps a notice that is due at once.
fn make(call: &mut Call<'_>, app: &AppId, kind: &str, url: String, parameters: Vec<(String, String)>, notice: NoticeId) {
    let due = call.now();
    call.record(NoticeMade { notice, app: app.clone(), kind: kind.to_owned(), url, parameters, due });
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
    // a customer who waits for a code opens the card again
    if notice.made.kind == merchant_code::KIND { None } else { AGAIN.get(tried.checked_sub(1)?).copied() }
}

fn is_success(answer: &AnswerBytes) -> bool {
    (200..300).contains(&answer.status) && answer.body.trim_ascii() == TAKEN
}

/// What a receipt looks like that no source describes: any answer without an error.
fn is_receipt(answer: &AnswerBytes) -> bool {
    (200..300).contains(&answer.status)
}

/// A notice as it goes over the wire.
///
/// # Errors
/// An application that is gone, a key that is not there, a letter that the charset lacks.
pub(crate) fn seal(platform: &Alipay, sandbox: &Sandbox, notice: &Notice) -> Result<Sealed, String> {
    let made = &notice.made;
    let app = sandbox.look(|world, _| world.apps().get(&made.app).cloned()).ok_or_else(|| format!("no application {}", made.app))?;
    let of_app = || platform.engine.keys().signing(&app.platform_key).ok_or("the platform's key for this application is not there");
    let (method, rule, label, key, is_taken): (_, _, _, _, fn(&AnswerBytes) -> bool) = match made.kind.as_str() {
        card_changed::KIND => (card_changed::METHOD, NoticeRule::V1, "UTF-8", of_app()?, is_success),
        opencard_result::KIND => (opencard_result::METHOD, NoticeRule::V2, "UTF-8", of_app()?, is_success),
        merchant_code::KIND => (merchant_code::METHOD, NoticeRule::V1, "GBK", code_key(), is_receipt),
        other => return Err(format!("no notice of kind `{other}`")),
    };
    let charset = DeclaredCharset::of(label.as_bytes()).ok_or("a charset of our own")?;
    let parameters = made.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let sealed = seal_notice(parameters, &charset, SignType::Rsa2, rule, &key, &platform.signer).map_err(|error| error.to_string())?;
    let headers = vec![("content-type".to_owned(), sealed.content_type), ("user-agent".to_owned(), USER_AGENT.to_owned())];
    let request = RequestBytes { method: "POST".to_owned(), target: made.url.clone(), headers, body: sealed.body };
    Ok(Sealed { provider: Alipay::NAME, method: method.to_owned(), request, is_taken })
}

#[cfg(test)]
mod tests;
