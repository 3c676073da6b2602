//! `trade_status_sync`: how a trade stands, told to the `notify_url` of the call that made it.
//!
//! What it says is the trade's business; here is how it goes. Sources: spec table `notify.trade_status_sync`; commerce
//! SEMANTICS 4.

use super::kind::{Kind, SentAt, Signs, TRADE_CALENDAR, success};
use super::post;
use engine::Call;
use engine::contract::{ImitatedMethod, Imitates};
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

/// How far it is imitated.
pub(crate) const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
    name: "notify.trade_status_sync",
    request: &[
        Imitates::full(""),
        Imitates::ignored("seller_email", "merchants have no login"),
        Imitates::ignored("discount_goods_detail", "no item vouchers"),
        Imitates::ignored("refund_status", "asynchronous refund products only"),
        Imitates::ignored("refund_reason", "asynchronous refund products only"),
        Imitates::ignored("refund_amount", "asynchronous refund products only"),
        Imitates::partly("point_amount", "always 0.00: nobody has Jifenbao"),
    ],
    response: &[],
    errors: &[],
    differs: &[
        "A payment and what goes back are told; that a trade was made, closed unpaid or finished is not: those notices are off by default for face-to-face trades. Products that push them are not imitated.",
        "Besides ALIPAYACCOUNT, the channels DISCOUNT and MDISCOUNT stand for what the platform and the merchant bear; their names were read in no source.",
        "The members of voucher_detail_list are spelled as those of fund_bill_list are; how the platform does was read nowhere.",
        "A notice goes to the application that called, and names the customer as its answer did.",
    ],
};

/// Tells an address how a trade stands; `own` are the parameters of the trade, in the table's order.
pub(crate) fn tell(call: &mut Call<'_>, app: &AppId, url: String, own: Vec<(String, String)>) -> NoticeId {
    post(call, app, &KIND, KIND.word, url, own)
}
