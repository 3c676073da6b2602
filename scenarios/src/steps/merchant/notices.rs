//! How the merchant answers notices: what the platform notes of each delivery.

use super::step;
use crate::seen::{Notice, text};
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::Value;

pub(super) const STEPS: &[Step] = &[
    step!(
        Merchant, Fact, "the merchant has answered every notice with success", "商户对每个通知都回答 success",
        such_as "within 5 s the merchant has answered every notice with success", "5 秒内，商户对每个通知都回答 success", took_all
    ),
    step!(
        Merchant, Fact, "the merchant has taken the {notice} notice", "商户收下了{notice}通知",
        such_as "within 5 s the merchant has taken the payment notice", "5 秒内，商户收下了支付通知", took
    ),
    step!(
        Merchant, Fact, "the merchant has not taken the {notice} notice", "商户没有收下{notice}通知",
        such_as "the merchant has not taken the payment notice", "商户没有收下支付通知", did_not_take
    ),
    step!(
        Merchant, Fact, "the merchant has taken what was sent", "商户收下了发来的内容",
        such_as "the merchant has taken what was sent", "商户收下了发来的内容", took_it
    ),
    step!(
        Merchant, Fact, "the merchant has not taken what was sent", "商户没有收下发来的内容",
        such_as "the merchant has not taken what was sent", "商户没有收下发来的内容", did_not_take_it
    ),
    step!(
        Merchant, Fact, "the merchant has refused the request for a card", "商户拒绝了开卡请求",
        such_as "the merchant has refused the request for a card", "商户拒绝了开卡请求", refused_card
    ),
];

/// Attempts of a notice that reached the merchant, each with what came of it.
fn reached(notice: &Value) -> impl Iterator<Item = &str> {
    let attempts = notice["attempts"].as_array().into_iter().flatten();
    attempts.map(|attempt| text(attempt, "/came")).filter(|came| *came != "lost")
}

fn told(notice: &Value) -> String {
    let came: Vec<&str> = notice["attempts"].as_array().into_iter().flatten().map(|attempt| text(attempt, "/came")).collect();
    let came = if came.is_empty() { "not tried".to_owned() } else { came.join(", ") };
    format!("notice {} ({}) was {came}", text(notice, "/notify_id"), text(notice, "/kind"))
}

async fn took_all(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    const ALL: Notice = Notice::ALL;
    let notices = stage.notices(ALL).await?;
    let open = notices.iter().find(|notice| reached(notice).next().is_none() || reached(notice).any(|came| came != "taken"));
    match open {
        Some(notice) => Err(Trouble::unmet("every notice is answered with success", told(notice))),
        None if notices.is_empty() => Err(Trouble::unmet("a notice", "the platform has sent none")),
        None => Ok(()),
    }
}

async fn newest(stage: &Stage, kind: &str) -> Result<Value, Trouble> {
    let newest = stage.notices(Notice::named(kind)).await?.pop();
    newest.ok_or_else(|| Trouble::unmet(format!("a {kind} notice"), "the platform has made none"))
}

async fn took(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let notice = newest(stage, words.text(0)).await?;
    let taken = reached(&notice).any(|came| came == "taken");
    if taken { Ok(()) } else { Err(Trouble::unmet("the notice is answered with success", told(&notice))) }
}

async fn did_not_take(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let notice = newest(stage, words.text(0)).await?;
    if reached(&notice).next().is_none() {
        return Err(Trouble::unmet("the notice was tried", told(&notice)));
    }
    let taken = reached(&notice).any(|came| came == "taken");
    if taken { Err(Trouble::unmet("the notice is not answered with success", told(&notice)).for_good()) } else { Ok(()) }
}

fn was_taken(stage: &Stage, wanted: bool) -> Result<(), Trouble> {
    match stage.took {
        None => Err(Trouble::usage("nothing was sent to the merchant out of the ordinary yet")),
        Some(took) if took == wanted => Ok(()),
        Some(took) => {
            let word = |took| if took { "answered with success" } else { "not answered with success" };
            Err(Trouble::unmet(word(wanted), format!("it was {}", word(took))).for_good())
        }
    }
}

async fn took_it(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    was_taken(stage, true)
}

async fn did_not_take_it(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    was_taken(stage, false)
}

/// Refused is what was answered as such: silence, an error page and a door that is not there are no refusals.
async fn refused_card(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    if stage.took.is_none() {
        return Err(Trouble::usage("nothing was sent to the merchant out of the ordinary yet"));
    }
    refusal_of_card(stage.answered.as_ref()).map_err(|seen| Trouble::unmet("a signed answer whose code is a refusal", seen).for_good())
}

fn refusal_of_card(answered: Option<&Value>) -> Result<(), String> {
    let Some(response) = answered.and_then(|answer| answer["response"].as_object()) else {
        return Err("the merchant did not answer with a `response`".to_owned());
    };
    match response.get("code").and_then(Value::as_str) {
        Some(code) if code != "10000" && !response.contains_key("card_info") => Ok(()),
        Some(code) => Err(format!("it answered code {code}{}", if response.contains_key("card_info") { " and a card" } else { "" })),
        None => Err(format!("its response has no code{}", if response.contains_key("card_info") { ", and a card" } else { "" })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_an_answer_that_says_so_is_a_refusal_of_a_card() {
        let refused = json!({"response": {"code": "40004", "sub_code": "isv.invalid-signature"}, "sign": "s"});
        assert_eq!(refusal_of_card(Some(&refused)), Ok(()));
        for other in [
            None,
            Some(json!("success")),
            Some(json!({"error": "no such page"})),
            Some(json!({"response": {"card_info": {}}})),
            Some(json!({"response": {"code": "10000", "card_info": {}}})),
            Some(json!({"response": {"code": "40004", "card_info": {}}})),
        ] {
            assert!(refusal_of_card(other.as_ref()).is_err(), "{other:?}");
        }
    }
}
