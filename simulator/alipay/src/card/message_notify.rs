//! `alipay.marketing.card.message.notify`: the holder is reminded of points that will expire.
//!
//! `notify_no` makes a message once-only. Sources: spec table of the same name; card SEMANTICS 11.

use crate::card::info::kept;
use crate::method::{Call, Method, Outcome, moment};
use crate::refused::Refused;
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use world::Figure;
use world::message::{MessageKey, MessageSent};
use world::names::CardNumber;

pub(crate) struct MessageNotify;

#[derive(Deserialize)]
pub(crate) struct Params {
    target_card_no: String,
    notify_type: String,
    notify_no: String,
    occur_time: String,
    notify_info: String,
}

/// The keys of a reminder.
#[derive(Deserialize)]
struct Reminder {
    expired_point: Option<Value>,
    expired_time: Option<Value>,
}

#[derive(Serialize)]
pub(crate) struct Reply {}

impl Method for MessageNotify {
    const NAME: &'static str = "alipay.marketing.card.message.notify";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::ignored("result_code", "empty on success")],
        errors: &["INVALID_PARAMETER", "CARD_NOT_EXIT"],
        differs: &[
            "The message shows on the card's page at once; its text is ours.",
            "The same notify_no with the same content succeeds without a second message; with other content it is INVALID_PARAMETER.",
            "notify_info must have expired_point, a figure, and expired_time, a time.",
            "A card that was deleted is CARD_NOT_EXIT.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let occurred = moment("occur_time", &params.occur_time)?;
        let wrong = |what: &str| Refused::parameter(format!("notify_info{what}"));
        let reminder: Reminder = serde_json::from_str(&params.notify_info).map_err(|_| wrong("不是正确的JSON"))?;
        let text = |value: Option<Value>| match value {
            Some(Value::String(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let (point, time) = (text(reminder.expired_point), text(reminder.expired_time));
        if Figure::parse(&point).is_err() {
            return Err(wrong(".expired_point格式不正确").into());
        }
        moment("notify_info.expired_time", &time)?;
        let sent = call.world().decide_message(MessageSent {
            key: MessageKey { merchant: call.merchant().clone(), number: params.notify_no },
            card: CardNumber::from(&params.target_card_no),
            kind: params.notify_type,
            content: kept(&json!({"expired_point": point, "expired_time": time})),
            occurred,
        })?;
        match sent {
            Some(sent) => call.record(sent),
            None => call.flag("notify_no", "sent before; no second message"),
        }
        Ok(Reply {})
    }
}

#[cfg(test)]
mod tests;
