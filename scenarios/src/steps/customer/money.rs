//! What the customer's money did, as the platform knows it: trades and the wallet.

use super::step;
use crate::seen::{fen, number, text, yuan};
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::Value;

pub(super) const STEPS: &[Step] = &[
    step!(
        Customer, Fact, "{customer} has paid {amount} once", "{customer}只付了一次 {amount}",
        such_as "within 60 s Li Lei has paid 35.00 once", "60 秒内，李雷只付了一次 35.00", paid_once
    ),
    step!(
        Customer, Fact, "{customer} has paid {amount} in all", "{customer}总共付了 {amount}",
        such_as "Li Lei has paid 25.00 in all", "李雷总共付了 25.00", paid_in_all
    ),
    step!(
        Customer, Fact, "{customer} has paid nothing", "{customer}没有付钱",
        such_as "Han Meimei has paid nothing", "韩梅梅没有付钱", paid_nothing
    ),
    step!(
        Customer, Fact, "{customer} has got back {amount}", "{customer}收到退款 {amount}",
        such_as "within 10 s Li Lei has got back 10.00", "10 秒内，李雷收到退款 10.00", got_back
    ),
    step!(
        Customer, Fact, "the wallet of {customer} holds {amount}", "{customer}的钱包里有 {amount}",
        such_as "the wallet of Li Lei holds 165.00", "李雷的钱包里有 165.00", wallet_holds
    ),
    step!(
        Customer, Fact, "the platform knows {number} trade(s) of {customer}", "平台上有 {number} 笔交易属于{customer}",
        such_as "the platform knows 1 trade of Li Lei", "平台上有 1 笔交易属于李雷", knows_trades
    ),
    step!(
        Customer, Fact, "the platform knows at most {number} trade(s) of {customer}", "平台上最多有 {number} 笔交易属于{customer}",
        such_as "the platform knows at most 1 trade of Li Lei", "平台上最多有 1 笔交易属于李雷", knows_at_most
    ),
    step!(
        Customer, Fact, "the till and the platform agree about the money", "收银台与平台的账一致",
        such_as "within 10 s the till and the platform agree about the money", "10 秒内，收银台与平台的账一致", agree
    ),
    step!(
        Customer, Fact, "the points on the card of {customer} fit the money that was kept", "积分与实收金额相符，见{customer}的卡",
        such_as "within 5 s the points on the card of Li Lei fit the money that was kept", "5 秒内，积分与实收金额相符，见李雷的卡", points_fit
    ),
];

const MONEY: &[&str] = &["alipay.trade.pay", "alipay.trade.refund", "alipay.trade.cancel"];

fn told(trades: &[Value]) -> String {
    let one = |trade: &Value| {
        let back = number(trade, "/refunded_fen");
        let back = if back > 0 { format!(", {} given back", yuan(back)) } else { String::new() };
        format!("{} {} ({}{back})", text(trade, "/out_trade_no"), text(trade, "/total"), text(trade, "/status"))
    };
    if trades.is_empty() { "there was no trade".to_owned() } else { trades.iter().map(one).collect::<Vec<_>>().join("; ") }
}

/// What trades took from the wallet and was not given back.
fn kept(trades: &[Value]) -> i64 {
    let paid = |trade: &&Value| trade["paid"].is_string();
    trades.iter().filter(paid).map(|trade| number(trade, "/total_fen") - number(trade, "/refunded_fen")).sum()
}

async fn paid_once(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, wanted) = (words.text(0), fen(words.text(1))?);
    let trades = stage.trades(name).await?;
    let paid: Vec<&Value> = trades.iter().filter(|trade| trade["paid"].is_string()).collect();
    match paid[..] {
        [only] if number(only, "/total_fen") == wanted => Ok(()),
        _ => Err(Trouble::unmet(format!("{name} has paid {} once", words.text(1)), told(&trades)).behind(MONEY, None)),
    }
}

async fn has_kept(stage: &Stage, name: &str, wanted: i64) -> Result<(), Trouble> {
    let trades = stage.trades(name).await?;
    if kept(&trades) == wanted {
        return Ok(());
    }
    Err(Trouble::unmet(format!("{name} has paid {} in all", yuan(wanted)), told(&trades)).behind(MONEY, None))
}

async fn paid_in_all(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    has_kept(stage, words.text(0), fen(words.text(1))?).await
}

async fn paid_nothing(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    has_kept(stage, words.text(0), 0).await
}

async fn got_back(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, wanted) = (words.text(0), fen(words.text(1))?);
    let trades = stage.trades(name).await?;
    let back: i64 = trades.iter().map(|trade| number(trade, "/refunded_fen")).sum();
    if back == wanted {
        return Ok(());
    }
    Err(Trouble::unmet(format!("{name} has got back {}", words.text(1)), format!("{name} got back {}: {}", yuan(back), told(&trades)))
        .behind(MONEY, None))
}

async fn wallet_holds(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (name, wanted) = (words.text(0), fen(words.text(1))?);
    let wallet = stage.control.get(&format!("/customers/{}/wallet", stage.user(name)?)).await?;
    if number(&wallet, "/balance_fen") == wanted {
        return Ok(());
    }
    Err(Trouble::unmet(format!("{} in the wallet", words.text(1)), format!("it held {}", text(&wallet, "/balance"))).behind(MONEY, None))
}

async fn knows_trades(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let (wanted, name) = (words.number(0)?, words.text(1));
    let trades = stage.trades(name).await?;
    if i64::try_from(trades.len()) == Ok(wanted) {
        return Ok(());
    }
    Err(Trouble::unmet(format!("{wanted} trades of {name}"), told(&trades)).behind(&["alipay.trade.pay", "alipay.trade.precreate"], None))
}

/// None is right when the payment never took effect; that there was one is the least.
async fn knows_at_most(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    const PAYING: &[&str] = &["alipay.trade.pay", "alipay.trade.precreate"];
    let (most, name) = (words.number(0)?, words.text(1));
    let trades = stage.trades(name).await?;
    if i64::try_from(trades.len()).is_ok_and(|trades| trades > most) {
        return Err(Trouble::unmet(format!("at most {most} trades of {name}"), told(&trades)).behind(PAYING, None));
    }
    for method in PAYING {
        if !stage.calls(method).await?.is_empty() {
            return Ok(());
        }
    }
    Err(Trouble::unmet("a payment", "the merchant asked for none"))
}

/// Whatever came of a race: a sale that the till calls paid is paid, and one that it calls cancelled cost nobody anything.
async fn agree(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let sale = super::super::cashier::sale_now(stage).await?;
    let trade = stage.trade().await?;
    let kept = kept(trade.as_slice());
    let says = match text(&sale, "/status") {
        "paid" | "refunded" => fen(text(&sale, "/paid"))? - fen(text(&sale, "/refunded"))?,
        _ => 0,
    };
    if says == kept && ["paid", "refunded", "cancelled", "refused"].contains(&text(&sale, "/status")) {
        return Ok(());
    }
    let seen = format!("the till showed {} and {}, the platform kept {}", text(&sale, "/status"), yuan(says), yuan(kept));
    Err(Trouble::unmet("till and platform agree about the money", seen).behind(MONEY, None))
}

/// One point for each yuan that the customer paid and did not get back.
async fn points_fit(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let name = words.text(0);
    let points = kept(&stage.trades(name).await?) / 100;
    super::card::expect_points(stage, name, points).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_given_back_and_what_was_never_paid_is_not_counted() {
        let trades = [
            json!({"paid": "2026-11-21 12:00:00", "total_fen": 3500, "refunded_fen": 1000}),
            json!({"paid": null, "total_fen": 9900, "refunded_fen": 0}),
            json!({"paid": "2026-11-21 12:00:00", "total_fen": 500, "refunded_fen": 500}),
        ];
        assert_eq!(kept(&trades), 2_500);
    }
}
