//! The message service: the envelope of every push to an application's gateway, in its two versions.
//!
//! Sources: spec tables `notify.message_service` and `notify.open_app_auth_notify`; commerce SEMANTICS 5.

use super::kind::{Kind, MESSAGE_CALENDAR, SentAt, Signs, success};
use super::{make, number};
use engine::Call;
use serde_json::Value;
use wire::alipay::NoticeRule;
use world::names::{AppId, NoticeId};

/// Version 1.1: the outbox knows each by its `msg_method`.
pub(crate) const KIND: Kind = Kind {
    word: "message",
    method: None,
    rule: NoticeRule::V1,
    charset: "UTF-8",
    signs: Signs::ForTheApp,
    verdict: success,
    calendar: MESSAGE_CALENDAR,
    sent_at: Some(SentAt::UtcTimestamp),
    encrypts: true,
};

/// Version 1.0, of which one event is known.
pub(crate) const OLDER: Kind =
    Kind { word: "open_app_auth_notify", method: Some("notify.open_app_auth_notify"), sent_at: Some(SentAt::NotifyTime), ..KIND };

/// Tells an application's gateway something; nothing without a gateway.
pub(crate) fn tell(call: &mut Call<'_>, app: &AppId, msg_method: &str, biz_content: &Value) -> Option<NoticeId> {
    let url = call.world().gateway_of(app)?.to_owned();
    let notice = number(call);
    let parameters = [
        ("notify_id", notice.to_string()),
        ("utc_timestamp", call.now().0.to_string()),
        ("msg_method", msg_method.to_owned()),
        ("app_id", app.to_string()),
        ("version", "1.1".to_owned()),
        ("biz_content", biz_content.to_string()),
        ("charset", KIND.charset.to_owned()),
    ];
    let parameters = parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    make(call, app, msg_method, url, parameters, notice.clone());
    Some(notice)
}

/// The same in the older envelope, with `own` parameters between those of the envelope and the content.
pub(crate) fn tell_older(call: &mut Call<'_>, app: &AppId, own: Vec<(String, String)>, biz_content: &Value) -> Option<NoticeId> {
    let url = call.world().gateway_of(app)?.to_owned();
    let content = ("biz_content".to_owned(), biz_content.to_string());
    let own = own.into_iter().chain([content]).collect();
    Some(super::post(call, app, &OLDER, OLDER.word, url, own))
}
