//! The platform: time, and what it knows. Source: DESIGN, control API.

use super::step;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::waiting::read_span;
use crate::words::Words;
use serde_json::Value;

pub(super) const STEPS: &[Step] = &[
    step!(Platform, Act, "{span} pass(es)", "过了 {span}", such_as "10 min pass", "过了 10 分钟", pass),
    step!(
        Platform, Fact, "the platform has recorded a purchase of {amount} on the card of {customer}", "平台记下一笔 {amount} 的消费，属于{customer}的卡",
        such_as "within 5 s the platform has recorded a purchase of 35.00 on the card of Li Lei", "5 秒内，平台记下一笔 35.00 的消费，属于李雷的卡",
        has_purchase
    ),
];

async fn pass(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let span = read_span(words.text(0)).ok_or_else(|| Trouble::usage(format!("{} is too long", words.text(0))))?;
    stage.pass(span).await
}

async fn has_purchase(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let amount = words.text(0);
    let card = stage.card_of(words.text(1)).await?;
    let mut amounts = Vec::new();
    for event in stage.control.events(stage.began).await? {
        if event["kind"] == "purchase_recorded" && event["body"]["card"] == card.as_str() {
            let record: Value = event["body"]["record"].as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            amounts.push(record["trade_amount"].as_str().unwrap_or("no amount").to_owned());
        }
    }
    if amounts.iter().any(|recorded| recorded == amount) {
        return Ok(());
    }
    let seen =
        if amounts.is_empty() { "the platform recorded none".to_owned() } else { format!("the platform recorded {}", amounts.join(", ")) };
    Err(Trouble::unmet(format!("a purchase of {amount} on card {card}"), seen).behind(&["alipay.marketing.card.consume.sync"], Some(&card)))
}
