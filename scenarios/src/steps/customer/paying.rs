//! The customer pays: shows the payment code, confirms what is above the limit or does not, scans the code of an order.

use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::{Value, json};

pub(super) const STEPS: &[Step] = &[
    step!(
        Customer, Act, "{customer} taps 去付款 and shows the payment code", "(顾客){customer}点击去付款，出示付款码",
        such_as "Li Lei taps 去付款 and shows the payment code", "李雷点击去付款，出示付款码", show_code
    ),
    step!(
        Customer, Act, "{customer} confirms the payment", "(顾客){customer}确认付款",
        such_as "Han Meimei confirms the payment", "韩梅梅确认付款", confirm
    ),
    step!(
        Customer, Act, "{customer} refuses the payment", "(顾客){customer}拒绝付款",
        such_as "Han Meimei refuses the payment", "韩梅梅拒绝付款", refuse
    ),
    step!(
        Customer, Act, "{customer} tries to confirm the payment too late", "(顾客){customer}想确认付款，但已经太晚",
        such_as "Han Meimei tries to confirm the payment too late", "韩梅梅想确认付款，但已经太晚", confirm_too_late
    ),
    step!(
        Customer, Act, "{customer} scans the order and pays", "(顾客){customer}扫订单码并付款",
        such_as "Li Lei scans the order and pays", "李雷扫订单码并付款", scan_and_pay
    ),
    step!(
        Customer, Act, "{customer} scans the order and leaves it", "(顾客){customer}扫订单码但不付款",
        such_as "Li Lei scans the order and leaves it", "李雷扫订单码但不付款", scan_and_leave
    ),
    step!(
        Customer, Act, "{customer} scans the order too late", "(顾客){customer}扫订单码，但已经太晚",
        such_as "Li Lei scans the order too late", "李雷扫订单码，但已经太晚", scan_too_late
    ),
];

/// What customers do when asked to confirm, as a pattern.
pub(crate) const HABITS: &str = "confirms|refuses|walks away|确认|拒绝|走开";

/// The platform's word for it.
pub(super) fn habit(word: &str) -> &'static str {
    match word {
        "confirms" | "确认" => "pay",
        "refuses" | "拒绝" => "refuse",
        _ => "ignore",
    }
}

/// A new payment code of that person.
pub(crate) async fn code_of(stage: &mut Stage, name: &str) -> Result<String, Trouble> {
    let user = stage.user(name)?;
    let told = stage.control.post(&format!("/customers/{user}/paycode"), &json!({})).await?.yes()?;
    let code = text(&told, "/auth_code").to_owned();
    stage.person_mut(name)?.pay_code = Some(code.clone());
    stage.on_screen = Some(code.clone());
    Ok(code)
}

async fn show_code(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    code_of(stage, words.text(0)).await.map(|_| ())
}

/// The newest trade of that person that waits.
async fn waiting(stage: &Stage, name: &str) -> Result<Option<String>, Trouble> {
    let trades = stage.trades(name).await?;
    Ok(trades.iter().rfind(|trade| trade["status"] == "waiting").map(|trade| text(trade, "/trade_no").to_owned()))
}

/// What that person always does when a payment waits for an answer.
pub(crate) async fn answer_habitually(stage: &Stage, name: &str) -> Result<(), Trouble> {
    let Some(habit) = stage.person(name)?.habit else { return Ok(()) };
    let Some(trade) = waiting(stage, name).await? else { return Ok(()) };
    answer(stage, name, &trade, habit).await?.yes().map(|_| ()).map_err(Trouble::from)
}

async fn answer(stage: &Stage, name: &str, trade: &str, decide: &str) -> Result<crate::http::Answer, Trouble> {
    let user = stage.user(name)?;
    Ok(stage.control.post(&format!("/customers/{user}/confirm"), &json!({"trade_no": trade, "decide": decide})).await?)
}

async fn decide(stage: &Stage, name: &str, decide: &str) -> Result<(), Trouble> {
    let Some(trade) = waiting(stage, name).await? else {
        return Err(Trouble::unmet(format!("a payment that waits for {name}"), "none waited")
            .behind(&["alipay.trade.pay"], None)
            .for_good());
    };
    let phone = answer(stage, name, &trade, decide).await?;
    if phone.status.is_success() { Ok(()) } else { Err(Trouble::refused(format!("{name} can answer trade {trade}"), &phone)) }
}

async fn confirm(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    decide(stage, words.text(0), "pay").await
}

async fn refuse(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    decide(stage, words.text(0), "refuse").await
}

/// The phone must say no: what could still be paid then would be paid now.
fn too_late(name: &str, phone: &crate::http::Answer) -> Result<(), Trouble> {
    if phone.status.is_success() {
        let clue = &["alipay.trade.cancel", "alipay.trade.close", "alipay.trade.pay", "alipay.trade.precreate"];
        return Err(Trouble::unmet(format!("it is too late for {name} to pay"), "it was paid").behind(clue, None).for_good());
    }
    Ok(())
}

async fn confirm_too_late(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let trades = stage.trades(name).await?;
    let Some(trade) = trades.last().map(|trade| text(trade, "/trade_no").to_owned()) else { return Ok(()) };
    too_late(name, &answer(stage, name, &trade, "pay").await?)
}

async fn scan(stage: &Stage, name: &str, decide: &str) -> Result<crate::http::Answer, Trouble> {
    let user = stage.user(name)?;
    let code = stage.sale.as_ref().map(|sale: &Value| text(sale, "/qr_code")).unwrap_or_default();
    if code.is_empty() {
        return Err(Trouble::usage("the till shows no order yet"));
    }
    Ok(stage.control.post(&format!("/customers/{user}/scan"), &json!({"qr_code": code, "decide": decide})).await?)
}

async fn scan_and_pay(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let phone = scan(stage, words.text(0), "pay").await?;
    if phone.status.is_success() { Ok(()) } else { Err(Trouble::refused("the order can be paid", &phone)) }
}

async fn scan_and_leave(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let phone = scan(stage, words.text(0), "ignore").await?;
    if phone.status.is_success() { Ok(()) } else { Err(Trouble::refused("the order can be opened", &phone)) }
}

async fn scan_too_late(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    too_late(words.text(0), &scan(stage, words.text(0), "pay").await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_habit_of_the_wording_has_the_same_meaning_in_both_languages() {
        let meanings: Vec<&str> = HABITS.split('|').map(habit).collect();
        assert_eq!(meanings, ["pay", "refuse", "ignore", "pay", "refuse", "ignore"]);
    }
}
