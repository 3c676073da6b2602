//! The merchant: the service under test. Stories set the scene and say what it shows, calls and answers, never how.

use super::step;
use crate::merchant::{Operation, Verdict};
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::Value;

pub(super) const STEPS: &[Step] = &[
    step!(
        Merchant, Act, "the merchant {text} with a member card template", "商户{text}已发布会员卡模板",
        such_as "the merchant \"tea-house\" with a member card template", "商户\"茶馆\"已发布会员卡模板", set_up
    ),
    step!(
        Merchant, Act, "the merchant already has the member {text} with mobile {text} and {number} points", "商户已有会员{text}，手机号{text}，积分 {number}",
        such_as "the merchant already has the member \"Li Lei\" with mobile \"13800138000\" and 120 points", "商户已有会员\"李雷\"，手机号\"13800138000\"，积分 120",
        has_member
    ),
    step!(
        Merchant, Act, "the merchant will lose the answer to its next {text}", "商户将收不到下一个{text}的应答",
        such_as "the merchant will lose the answer to its next \"alipay.marketing.card.open\"", "商户将收不到下一个\"alipay.marketing.card.open\"的应答",
        will_lose
    ),
    step!(
        Merchant, Fact, "the merchant has opened a member card for {customer}", "商户为{customer}开出一张会员卡",
        such_as "within 5 s the merchant has opened a member card for Li Lei", "商户在 5 秒内为李雷开出一张会员卡", has_opened
    ),
    step!(
        Merchant, Fact, "the merchant has {number} member(s)", "商户共有 {number} 位会员",
        such_as "the merchant has 1 member", "商户共有 1 位会员", has_members
    ),
    step!(
        Merchant, Fact, "every retry of {text} carried the same serial number", "{text}的每次重试都使用同一个流水号",
        such_as "every retry of \"alipay.marketing.card.open\" carried the same serial number", "\"alipay.marketing.card.open\"的每次重试都使用同一个流水号",
        same_serial
    ),
];

/// The most characters of a card's name.
const CARD_NAME: usize = 10;

async fn set_up(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = Some(words.text(0)).filter(|name| name.chars().count() <= CARD_NAME);
    let told = stage.till.set_up(name, None, None).await?.agreed("the merchant has a template, a form and a link");
    let told = told.map_err(|trouble| trouble.behind(&[], None))?;
    stage.captures.insert("template_id".to_owned(), told.text("template_id").unwrap_or_default().to_owned());
    Ok(())
}

async fn has_member(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, mobile) = (words.text(0), words.text(1));
    stage.till.add_member(name, mobile, words.number(2)?).await?.agreed("the merchant takes over a member of old").map(|_| ())
}

/// Only the built-in practice merchant can be told to lose an answer; another one needs a fault of the platform.
async fn will_lose(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let told = stage.till.lose(words.text(0)).await?;
    match told.verdict {
        Verdict::Yes => Ok(()),
        Verdict::Absent => {
            Err(Trouble::NotPlayable("this merchant cannot be told to lose an answer; only the built-in practice merchant can".to_owned()))
        }
        Verdict::No => Err(told.refused("the practice merchant loses the next answer")),
    }
}

async fn has_opened(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    stage.card_of(words.text(0)).await.map(|_| ())
}

async fn has_members(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let wanted = words.number(0)?;
    let told = stage.till.show(Operation::Members).await?.agreed("the merchant shows its member book")?;
    match told.count() {
        Some(count) if count == wanted => Ok(()),
        count => Err(Trouble::unmet(format!("{wanted} members"), format!("the merchant had {}", count.unwrap_or_default()))),
    }
}

/// All calls of a method for one user token carry one serial number.
async fn same_serial(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let method = words.text(0);
    let traffic = stage.control.exchanges(stage.began, Some(method)).await?;
    let mut seen: Vec<(String, String, u64)> = Vec::new();
    for exchange in traffic.exchanges.iter().filter(|exchange| exchange["method"] == method) {
        let word = |pointer: &str| exchange.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        seen.push((word("/view/params/auth_token"), word("/view/biz_content/out_serial_no"), exchange["id"].as_u64().unwrap_or_default()));
    }
    if seen.len() < 2 {
        return Err(Trouble::unmet(format!("a retry of {method}"), format!("it was called {} times", seen.len())));
    }
    for (place, (token, serial, id)) in seen.iter().enumerate() {
        if let Some((_, first, earlier)) = seen[..place].iter().find(|(other, first, _)| other == token && first != serial) {
            let seen = format!("call #{earlier} carried {first:?} and call #{id} {serial:?}");
            return Err(Trouble::unmet("one serial number for all tries", seen).for_good());
        }
    }
    Ok(())
}
