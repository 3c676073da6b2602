//! `trade_status_sync`: how a trade stands, told to the `notify_url` of the call that made it.
//!
//! What it says is the trade's business; here is how it goes. Sources: spec table `notify.trade_status_sync`; commerce
//! SEMANTICS 4.

use super::kind::{Kind, SentAt, Signs, TRADE_CALENDAR, success};
use super::post;
use engine::Call;
use wire::alipay::NoticeRule;
use world::names::{AppId, NoticeId};

/// How it goes.
pub(crate) const KIND: Kind = Kind {
    word: "trade_status_sync",
    method: Some("notify.trade_status_sync"),
    rule: NoticeRule::V1,
    charset: "utf-8",
    signs: Signs::ForTheApp,
    verdict: success,
    calendar: TRADE_CALENDAR,
    sent_at: Some(SentAt::NotifyTime),
    encrypts: false,
};

/// Tells an address how a trade stands; `own` are the parameters of the trade, in the table's order.
pub(crate) fn tell(call: &mut Call<'_>, app: &AppId, url: String, own: Vec<(String, String)>) -> NoticeId {
    post(call, app, &KIND, KIND.word, url, own)
}
