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
];

/// Amounts of the purchases on a card, in the order in which they were recorded.
async fn purchases(stage: &Stage, card: &str) -> Result<Vec<String>, Trouble> {
    let mut amounts = Vec::new();
    for event in stage.control.events(stage.began).await? {
        if event["kind"] == "purchase_recorded" && event["body"]["card"] == card {
            let record: Value = event["body"]["record"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            amounts.push(record["trade_amount"].as_str().unwrap_or("no amount").to_owned());
        }
    }
    Ok(amounts)
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
