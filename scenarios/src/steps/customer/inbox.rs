//! What the customer reads among the messages about a card. Source: simulator/alipay/METHODS.md, `alipay.marketing.card.update`.

use super::card::{is_number, shown};
use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;

pub(super) const STEPS: &[Step] = &[
    step!(
        Customer, Fact, "{customer} reads that {number} points were added", "{customer}读到消息：增加了 {number} 积分",
        such_as "within 5 s Li Lei reads that 35 points were added", "5 秒内，李雷读到消息：增加了 35 积分", reads_added
    ),
    step!(
        Customer, Fact, "{customer} reads that {number} points were taken", "{customer}读到消息：减少了 {number} 积分",
        such_as "within 5 s Li Lei reads that 10 points were taken", "5 秒内，李雷读到消息：减少了 10 积分", reads_taken
    ),
];

async fn reads_added(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    reads(stage, words.text(0), words.number(1)?).await
}

async fn reads_taken(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    reads(stage, words.text(0), -words.number(1)?).await
}

async fn reads(stage: &mut Stage, name: &str, change: i64) -> Result<(), Trouble> {
    let page = shown(stage, name).await?;
    let messages = page["face"]["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    if messages.iter().any(|message| is_number(text(message, "/changed_point"), change)) {
        return Ok(());
    }
    let read: Vec<&str> = messages.iter().map(|message| text(message, "/text")).collect();
    let seen = if read.is_empty() { "there was no message".to_owned() } else { format!("the messages were: {}", read.join("; ")) };
    let card = stage.card_of(name).await?;
    Err(Trouble::unmet(format!("a message to {name} about {change:+} points"), seen).behind(&["alipay.marketing.card.update"], Some(&card)))
}
