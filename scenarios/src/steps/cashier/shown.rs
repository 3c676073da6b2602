//! What the till shows: members, sales, refusals. The one place where facts ask the till and not the platform.

use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::steps::at_till::Said;
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::{Value, json};

pub(super) const STEPS: &[Step] = &[
    step!(
        Cashier, Fact, "the till shows the member {customer} with {number} points", "收银台显示会员{customer}，积分 {number}",
        such_as "the till shows the member \"Li Lei\" with 0 points", "收银台显示会员\"李雷\"，积分 0", shows_member
    ),
    step!(Cashier, Fact, "the till shows no member", "收银台显示查无此会员", such_as "the till shows no member", "收银台显示查无此会员", shows_nobody),
    step!(
        Cashier, Fact, "the till shows {number} new points", "收银台显示新增 {number} 积分",
        such_as "the till shows 35 new points", "收银台显示新增 35 积分", shows_new_points
    ),
    step!(
        Cashier, Fact, "the till shows {amount} to pay", "收银台显示应付 {amount}",
        such_as "the till shows 30.00 to pay", "收银台显示应付 30.00", shows_payable
    ),
    step!(
        Cashier, Fact, "{number} of the tills showed {text}", "有 {number} 个收银台显示了{text}",
        such_as "2 of the tills showed \"not enough points\"", "有 2 个收银台显示了\"积分不足\"", tills_showed
    ),
    step!(
        Cashier, Fact, "the till shows {text}", "收银台显示{text}",
        such_as "within 60 s the till shows \"paid\"", "60 秒内，收银台显示\"已付\"", shows
    ),
];

/// What a till can show of a sale, in the words of stories.
const STATUS: &[(&str, &str)] = &[
    ("paid", "已付"),
    ("waiting", "等待付款"),
    ("unknown", "结果未知"),
    ("cancelled", "已撤销"),
    ("refused", "未成功"),
    ("refunded", "已退款"),
];
/// What a till can refuse with, in the words of stories.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("no payment code", "不是付款码", "NOT_A_PAY_CODE"),
    ("no member", "查无此会员", "MEMBER_NOT_FOUND"),
    ("not enough points", "积分不足", "NOT_ENOUGH_POINTS"),
];

/// The member the till shows; `Null` when it shows that there is none.
fn member(stage: &Stage) -> Result<&Value, Trouble> {
    stage.member.as_ref().ok_or_else(|| Trouble::usage("the cashier has not looked anybody up yet"))
}

async fn shows_member(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, points) = (words.text(0), words.number(1)?);
    let member = member(stage)?;
    let expected = format!("{name} with {points} points");
    if member.is_null() {
        return Err(Trouble::unmet(expected, "the till showed no member").behind(&["alipay.marketing.card.query"], None).for_good());
    }
    if member["name"] == name && member["points"] == points {
        return Ok(());
    }
    let seen = format!("the till showed {} with {} points", member["name"].as_str().unwrap_or("a member without a name"), member["points"]);
    Err(Trouble::unmet(expected, seen).behind(&["alipay.marketing.card.query"], None).for_good())
}

async fn shows_nobody(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    match member(stage)? {
        Value::Null => Ok(()),
        member => Err(Trouble::unmet("no member", format!("the till showed {}", member["name"])).for_good()),
    }
}

/// The sale as the till shows it now.
pub(in crate::steps) async fn sale_now(stage: &mut Stage) -> Result<Value, Trouble> {
    if let Some(code) = &stage.refusal {
        let words = REFUSALS.iter().find(|(.., known)| known == code);
        let said = words.map_or(code.as_str(), |(word, ..)| *word);
        return Ok(json!({"status": said, "refusal": code}));
    }
    let sale = stage.sale.clone().ok_or_else(|| Trouble::usage("the cashier has not charged anything yet"))?;
    if let Said::Shows(mut now) = stage.till.sale_now(text(&sale, "/sale_no")).await?.into() {
        // the code of an order is told once
        if now["qr_code"].is_null() {
            now["qr_code"] = sale["qr_code"].clone();
        }
        stage.sale = Some(now);
    }
    Ok(stage.sale.clone().unwrap_or(sale))
}

/// The reason that a sale carries, in a line.
fn reason(sale: &Value) -> String {
    let parts = ["/reason/method", "/reason/sub_code", "/reason/sub_msg"].map(|pointer| text(sale, pointer));
    parts.join(" ").trim().to_owned()
}

/// What a story's word for what a till shows means.
fn meant(wanted: &str) -> Result<&'static str, Trouble> {
    let english = STATUS.iter().find(|(english, chinese)| [*english, *chinese].contains(&wanted)).map(|(english, _)| *english);
    let refused = REFUSALS.iter().find(|(english, chinese, _)| [*english, *chinese].contains(&wanted)).map(|(english, ..)| *english);
    english.or(refused).ok_or_else(|| {
        let known: Vec<&str> = STATUS.iter().map(|(word, _)| *word).chain(REFUSALS.iter().map(|(word, ..)| *word)).collect();
        Trouble::usage(format!("a till shows no {wanted:?}; known: {}", known.join(", ")))
    })
}

/// Of the tills that charged at the same moment.
async fn tills_showed(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (wanted, meant) = (words.number(0)?, meant(words.text(1))?);
    let count = stage.at_once.iter().filter(|shown| *shown == meant).count();
    if i64::try_from(count) == Ok(wanted) && !stage.at_once.is_empty() {
        return Ok(());
    }
    let seen = if stage.at_once.is_empty() { "no tills charged at the same moment".to_owned() } else { stage.at_once.join(", ") };
    Err(Trouble::unmet(format!("{wanted} of the tills show {meant:?}"), seen).for_good())
}

async fn shows(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let meant = meant(words.text(0))?;
    let sale = sale_now(stage).await?;
    if text(&sale, "/status") == meant {
        return Ok(());
    }
    let seen = format!("the till showed {} {}", text(&sale, "/status"), reason(&sale));
    Err(Trouble::unmet(format!("{meant:?}"), seen.trim_end())
        .behind(&["alipay.trade.pay", "alipay.trade.query", "alipay.trade.cancel"], None))
}

async fn shows_new_points(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let wanted = words.number(0)?;
    let sale = sale_now(stage).await?;
    if sale["points_added"] == wanted {
        return Ok(());
    }
    Err(Trouble::unmet(format!("{wanted} new points"), format!("the till showed {}", sale["points_added"])))
}

async fn shows_payable(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let wanted = words.text(0);
    let sale = sale_now(stage).await?;
    if sale["payable"] == wanted {
        return Ok(());
    }
    Err(Trouble::unmet(format!("{wanted} to pay"), format!("the till showed {}", sale["payable"])))
}
