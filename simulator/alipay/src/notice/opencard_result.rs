//! `alipay.user.opencard.result.notify`: how a fast opening ended, told to the application's gateway.
//!
//! Sources: spec table of the same name; card SEMANTICS 4.

use crate::notice::kind::{Kind, MESSAGE_CALENDAR, SentAt, Signs, success};
use crate::notice::{make, named, number};
use engine::Call;
use engine::contract::{ImitatedMethod, Imitates};
use serde_json::{Map, Value, json};
use wire::alipay::NoticeRule;
use world::joining::OpeningAsked;

/// How it goes.
pub(crate) const KIND: Kind = Kind {
    word: "opencard_result",
    method: Some(METHOD),
    rule: NoticeRule::V1,
    charset: "UTF-8",
    signs: Signs::ForTheApp,
    verdict: success,
    calendar: MESSAGE_CALENDAR,
    sent_at: Some(SentAt::UtcTimestamp),
    encrypts: true,
};
/// The platform's name for it.
pub(crate) const METHOD: &str = "alipay.user.opencard.result.notify";

/// How far it is imitated.
pub(crate) const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
    name: METHOD,
    request: &[Imitates::full("")],
    response: &[],
    errors: &[],
    differs: &[
        "Sent to the application's gateway address (PUT /_kabao/v1/apps/{app_id}/gateway); without one nothing is sent.",
        "version is 1.1; external_card_no is empty when an opening failed before the merchant named one.",
        "Signed without sign_type in the string and tried again after 2 m, 10 m, 10 m, 1 h, 2 h, 6 h, 15 h, as the message service says of all its messages; another source keeps sign_type in.",
    ],
};

/// Tells the merchant's application how it ended.
pub(crate) fn tell(call: &mut Call<'_>, asked: &OpeningAsked, external: &str, success: bool) {
    let world = call.world();
    let Some((url, app)) = world.gateway_of(&asked.app).map(str::to_owned).zip(world.apps().get(&asked.app).cloned()) else { return };
    let seed = world.origin().map_or(0, |origin| origin.seed);
    let mut content: Map<String, Value> = [
        ("template_id", asked.programme.to_string()),
        ("biz_card_no", asked.card.to_string()),
        ("external_card_no", external.to_owned()),
        ("success", success.to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), json!(value)))
    .collect();
    content.extend(named(seed, &app, &asked.user).into_iter().map(|(name, value)| (name, json!(value))));
    let notice = number(call);
    let parameters = [
        ("notify_id", notice.to_string()),
        ("utc_timestamp", call.now().0.to_string()),
        ("msg_method", METHOD.to_owned()),
        ("app_id", app.id.to_string()),
        ("version", "1.1".to_owned()),
        ("biz_content", Value::Object(content).to_string()),
        ("charset", "UTF-8".to_owned()),
    ];
    let parameters = parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    make(call, &app.id, KIND.word, url, parameters, notice);
}
