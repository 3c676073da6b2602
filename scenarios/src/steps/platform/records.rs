//! What the platform has recorded about purchases with a card.

use super::step;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::Value;

pub(super) const STEPS: &[Step] = &[
    step!(
        Platform, Fact, "the platform has recorded a purchase of {amount} on the card of {customer}", "平台记下一笔 {amount} 的消费，属于{customer}的卡",
        such_as "within 5 s the platform has recorded a purchase of 35.00 on the card of Li Lei", "5 秒内，平台记下一笔 35.00 的消费，属于李雷的卡",
        has_purchase
    ),
    step!(
        Platform, Fact, "the platform has recorded {number} purchase(s) on the card of {customer}", "平台记下 {number} 笔消费，属于{customer}的卡",
        such_as "the platform has recorded 1 purchase on the card of Li Lei", "平台记下 1 笔消费，属于李雷的卡", has_purchases
    ),
    step!(
        Platform, Fact, "every purchase on the card of {customer} was recorded with the time it was made", "每笔消费记下的都是当时的时间，属于{customer}的卡",
        such_as "every purchase on the card of Li Lei was recorded with the time it was made", "每笔消费记下的都是当时的时间，属于李雷的卡", has_times
    ),
];

/// How far a purchase's time may be from when the platform heard of it: less than any story puts between two purchases.
const NEAR_MS: i64 = 9_000;

/// The purchases on a card as events, in the order in which they were recorded.
async fn recorded(stage: &Stage, card: &str) -> Result<Vec<Value>, Trouble> {
    let mut events = stage.control.events(stage.began).await?;
    events.retain(|event| event["kind"] == "purchase_recorded" && event["body"]["card"] == card);
    Ok(events)
}

/// Their amounts.
async fn purchases(stage: &Stage, card: &str) -> Result<Vec<String>, Trouble> {
    let amount = |event: &Value| {
        let record: Value = event["body"]["record"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        record["trade_amount"].as_str().unwrap_or("no amount").to_owned()
    };
    Ok(recorded(stage, card).await?.iter().map(amount).collect())
}

fn unmet(expected: String, card: &str, amounts: &[String]) -> Trouble {
    let seen =
        if amounts.is_empty() { "the platform recorded none".to_owned() } else { format!("the platform recorded {}", amounts.join(", ")) };
    Trouble::unmet(expected, seen).behind(&["alipay.marketing.card.consume.sync"], Some(card))
}

async fn has_purchase(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let amount = words.text(0);
    let card = stage.card_of(words.text(1)).await?;
    let amounts = purchases(stage, &card).await?;
    if amounts.iter().any(|recorded| recorded == amount) {
        return Ok(());
    }
    Err(unmet(format!("a purchase of {amount} on card {card}"), &card, &amounts))
}

async fn has_purchases(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let wanted = words.number(0)?;
    let card = stage.card_of(words.text(1)).await?;
    let amounts = purchases(stage, &card).await?;
    if i64::try_from(amounts.len()) == Ok(wanted) {
        return Ok(());
    }
    Err(unmet(format!("{wanted} purchases on card {card}"), &card, &amounts))
}

async fn has_times(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let card = stage.card_of(words.text(0)).await?;
    timely(&recorded(stage, &card).await?)
        .map_err(|seen| Trouble::unmet("purchases with their times", seen).behind(&["alipay.marketing.card.consume.sync"], Some(&card)))
}

fn timely(purchases: &[Value]) -> Result<(), String> {
    if purchases.is_empty() {
        return Err("the platform recorded none".to_owned());
    }
    let off = purchases.iter().find_map(|event| {
        let (said, heard) = (event["body"]["at"].as_i64()?, event["at_ms"].as_i64()?);
        ((said - heard).abs() > NEAR_MS).then(|| format!("one recorded at {} was said to be {} s off", event["at"], (said - heard) / 1_000))
    });
    off.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_purchase_of_another_hour_or_day_has_not_the_time_it_was_made() {
        let purchase =
            |said: i64| json!({"at": "2026-11-21 23:59:50", "at_ms": 1_000_000_000_i64, "body": {"at": 1_000_000_000_i64 + said}});
        assert_eq!(timely(&[purchase(0), purchase(-3_000)]), Ok(()));
        for off in [-20_000, 20_000, -8 * 3_600_000, -86_400_000] {
            assert!(timely(&[purchase(0), purchase(off)]).is_err(), "{off}");
        }
        assert!(timely(&[]).is_err());
    }
}
