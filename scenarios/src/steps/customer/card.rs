//! The card in the customer's wallet: shown, taken out, and what its page says.

use super::step;
use crate::seen::text;
use crate::stage::{Clue, Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::{Value, json};

pub(super) const STEPS: &[Step] = &[
    step!(Customer, Act, "{customer} shows the card", "(顾客){customer}出示会员卡", such_as "Li Lei shows the card", "李雷出示会员卡", show),
    step!(
        Customer, Act, "{customer} deletes the card", "(顾客){customer}删除会员卡",
        such_as "Li Lei deletes the card", "李雷删除会员卡", delete
    ),
    step!(
        Customer, Fact, "{customer} holds a member card", "{customer}持有会员卡",
        such_as "within 5 s Li Lei holds a member card", "5 秒内，李雷持有会员卡", holds
    ),
    step!(
        Customer, Fact, "{customer} holds no member card", "{customer}没有会员卡",
        such_as "Li Lei holds no member card", "李雷没有会员卡", holds_none
    ),
    step!(
        Customer, Fact, "{customer} has been given {number} card(s) in all", "{customer}总共得到过 {number} 张会员卡",
        such_as "Li Lei has been given 1 card in all", "李雷总共得到过 1 张会员卡", given
    ),
    step!(
        Customer, Fact, "the card of {customer} shows {number} points", "{customer}的卡显示 {number} 积分",
        such_as "within 5 s the card of Li Lei shows 35 points", "5 秒内，李雷的卡显示 35 积分", shows_points
    ),
    step!(
        Customer, Fact, "the card of {customer} shows no points", "{customer}的卡不显示积分",
        such_as "the card of Li Lei shows no points", "李雷的卡不显示积分", shows_no_points
    ),
    step!(
        Customer, Fact, "the card of {customer} shows the level {text}", "{customer}的卡显示等级{text}",
        such_as "the card of Li Lei shows the level \"VIP2\"", "李雷的卡显示等级\"VIP2\"", shows_level
    ),
    step!(
        Customer, Fact, "the card of {customer} shows the name {text}", "{customer}的卡显示卡名{text}",
        such_as "the card of Li Lei shows the name \"tea-house\"", "李雷的卡显示卡名\"茶馆\"", shows_name
    ),
    step!(
        Customer, Fact, "the card of {customer} shows a purchase of {amount}", "{customer}的卡显示一笔 {amount} 的消费",
        such_as "within 5 s the card of Li Lei shows a purchase of 35.00", "5 秒内，李雷的卡显示一笔 35.00 的消费", shows_purchase
    ),
    step!(
        Customer, Fact, "the card of {customer} shows another code than before", "{customer}的卡显示的码已经变了",
        such_as "the card of Li Lei shows another code than before", "李雷的卡显示的码已经变了", shows_another_code
    ),
];

/// Calls that write on a card.
const WRITING: &[&str] = &["alipay.marketing.card.update", "alipay.marketing.card.consume.sync", "alipay.marketing.card.open"];

pub(in crate::steps) async fn show(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let mut shown = shown(stage, name).await?;
    // the merchant makes this code: the platform asks for it when the card is opened, and the page looks again
    for _ in 0..CODE_LOOKS {
        if shown["code"] != "" || shown["kind"] == "none" {
            break;
        }
        tokio::time::sleep(CODE_PAUSE).await;
        shown = self::shown(stage, name).await?;
    }
    let code = text(&shown, "/code").to_owned();
    stage.captures.insert(format!("{name}.code"), code.clone());
    stage.on_screen = Some(code);
    Ok(())
}

/// How often and how long apart the page of a card looks for the merchant's code.
const CODE_LOOKS: u32 = 40;
const CODE_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

async fn delete(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let card = stage.card_of(words.text(0)).await?;
    let user = stage.user(words.text(0))?;
    let answer = stage.control.delete(&format!("/customers/{user}/cards/{card}")).await?;
    if answer.status.is_success() { Ok(()) } else { Err(Trouble::refused(format!("card {card} can be deleted"), &answer)) }
}

/// The card's page on that person's phone.
pub(super) async fn shown(stage: &mut Stage, name: &str) -> Result<Value, Trouble> {
    let card = stage.card_of(name).await?;
    let user = stage.user(name)?;
    let answer = stage.control.post(&format!("/customers/{user}/cards/{card}/show"), &json!({})).await?;
    if !answer.status.is_success() {
        return Err(Trouble::unmet(format!("{name} can open card {card} on the phone"), format!("the phone showed {}", answer.refusal())));
    }
    Ok(answer.json()?)
}

async fn holds(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    stage.card_of(words.text(0)).await.map(|_| ())
}

async fn holds_none(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let cards = stage.cards(name).await?;
    match cards.iter().find(|card| card["state"] == "held").map(|card| text(card, "/biz_card_no")) {
        None => Ok(()),
        Some(card) => Err(Trouble::unmet(format!("{name} holds no member card"), format!("{name} holds card {card}"))
            .behind(&["alipay.marketing.card.open"], Some(card))),
    }
}

/// Cards are counted by their numbers: one that was deleted and opened again is the same.
async fn given(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, wanted) = (words.text(0), words.number(1)?);
    let cards = stage.cards(name).await?;
    if i64::try_from(cards.len()) == Ok(wanted) {
        return Ok(());
    }
    let numbers: Vec<&str> = cards.iter().map(|card| text(card, "/biz_card_no")).collect();
    let seen = format!("there were {}: {}", numbers.len(), numbers.join(", "));
    Err(Trouble::unmet(format!("{wanted} cards of {name}"), seen).behind(&["alipay.marketing.card.open"], None))
}

/// What a column of the card's page says, if it is there and says anything.
async fn column(stage: &mut Stage, name: &str, code: &str) -> Result<Option<String>, Trouble> {
    let page = shown(stage, name).await?;
    let columns = page["face"]["columns"].as_array();
    let column = columns.into_iter().flatten().find(|column| text(column, "/code").eq_ignore_ascii_case(code));
    Ok(column.map(|column| text(column, "/value").to_owned()).filter(|value| !value.is_empty()))
}

/// That nothing else is on the card than it should be, and where that came from.
async fn differs(stage: &mut Stage, name: &str, expected: String, seen: Option<&str>) -> Result<(), Trouble> {
    let seen = format!("the card showed {}", seen.unwrap_or("nothing of it"));
    // what the platform refused will not come true by waiting
    let refused = stage.sale.as_ref().filter(|sale| sale["sync"] == "refused");
    let word = |field: &str| refused.map(|sale| text(&sale["reason"], field)).unwrap_or_default();
    let seen = match refused {
        Some(_) => format!("{seen}; the platform refused {}: {} {}", word("/method"), word("/sub_code"), word("/sub_msg")),
        None => seen,
    };
    let last = refused.is_some();
    let clue = Clue { methods: WRITING.to_vec(), holding: Some(stage.card_of(name).await?) };
    Err(Trouble::Unmet { expected, seen, clue: Some(clue), last })
}

async fn shows_points(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    expect_points(stage, words.text(0), words.number(1)?).await
}

pub(super) async fn expect_points(stage: &mut Stage, name: &str, wanted: i64) -> Result<(), Trouble> {
    let seen = column(stage, name, "POINT").await?;
    if seen.as_ref().is_some_and(|text| is_number(text, wanted)) {
        return Ok(());
    }
    differs(stage, name, format!("{wanted} points"), seen.as_deref()).await
}

async fn shows_no_points(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    match column(stage, words.text(0), "POINT").await? {
        None => Ok(()),
        Some(seen) => differs(stage, words.text(0), "no points on the card".to_owned(), Some(&seen)).await,
    }
}

/// By its key, whatever the card's page calls it.
async fn shows_level(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, wanted) = (words.text(0), words.text(1));
    let seen = stage.cards(name).await?.into_iter().rfind(|card| card["state"] == "held");
    let seen = seen.as_ref().map(|card| text(card, "/level"));
    if seen == Some(wanted) { Ok(()) } else { differs(stage, name, format!("the level {wanted}"), seen).await }
}

async fn shows_name(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, wanted) = (words.text(0), words.text(1));
    let page = shown(stage, name).await?;
    let seen = text(&page, "/face/card_show_name");
    if seen == wanted { Ok(()) } else { differs(stage, name, format!("the name {wanted:?}"), Some(seen)).await }
}

async fn shows_purchase(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, wanted) = (words.text(0), words.text(1));
    let page = shown(stage, name).await?;
    let records = page["face"]["records"].as_array();
    let amounts: Vec<&str> = records.into_iter().flatten().map(|record| text(record, "/trade_amount")).collect();
    if amounts.contains(&wanted) {
        Ok(())
    } else {
        differs(stage, name, format!("a purchase of {wanted}"), Some(&amounts.join(", "))).await
    }
}

async fn shows_another_code(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let before = stage.on_screen.clone().ok_or_else(|| Trouble::usage("nobody has shown a code yet"))?;
    let now = shown(stage, words.text(0)).await?;
    match text(&now, "/code") {
        "" => Err(Trouble::unmet("another code", "the card showed none")),
        code if code == before => Err(Trouble::unmet("another code", format!("the card still showed {code}"))),
        _ => Ok(()),
    }
}

/// Whether a figure as a merchant writes it (`35`, `35.00`) is that number.
pub(super) fn is_number(text: &str, wanted: i64) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    whole.parse() == Ok(wanted) && part.bytes().all(|byte| byte == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_compared_as_numbers_without_floats() {
        assert!(is_number("35", 35) && is_number("35.00", 35) && is_number("-4", -4));
        assert!(!is_number("35.01", 35) && !is_number("3.5E1", 35) && !is_number("", 0));
    }
}
