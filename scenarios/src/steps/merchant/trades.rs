//! What became of the merchant's trades, as the platform knows them.

use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;

pub(super) const STEPS: &[Step] = &[
    step!(
        Merchant, Fact, "the merchant has cancelled the trade", "商户已撤销交易",
        such_as "within 75 s the merchant has cancelled the trade", "75 秒内，商户已撤销交易", has_cancelled
    ),
    step!(
        Merchant, Fact, "the trade is {text} at the platform", "平台上这笔交易是{text}",
        such_as "the trade is \"paid\" at the platform", "平台上这笔交易是\"paid\"", is_at_the_platform
    ),
    step!(
        Merchant, Fact, "every retry of the merchant carried the same order number", "商户的每次重试都使用同一个订单号",
        such_as "every retry of the merchant carried the same order number", "商户的每次重试都使用同一个订单号", same_order
    ),
];

/// Closed by a cancel; or, when the platform never made it, cancelled by its number.
async fn has_cancelled(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    const CLUE: &[&str] = &["alipay.trade.cancel", "alipay.trade.query", "alipay.trade.pay"];
    let seen = match stage.trade().await? {
        Some(trade) if trade["end"] == "cancel" => return Ok(()),
        Some(trade) => format!("trade {} was {}", text(&trade, "/out_trade_no"), text(&trade, "/status")),
        None => {
            let cancels = stage.calls("alipay.trade.cancel").await?;
            if cancels.iter().any(|call| call["code"] == "10000") {
                return Ok(());
            }
            "the platform knew no trade, and none was cancelled".to_owned()
        }
    };
    Err(Trouble::unmet("the trade is cancelled", seen).behind(CLUE, None))
}

async fn is_at_the_platform(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    let wanted = words.text(0);
    if !["waiting", "paid", "finished", "closed"].contains(&wanted) {
        return Err(Trouble::usage(format!("a trade is waiting, paid, finished or closed, not {wanted:?}")));
    }
    let trade = stage.trade().await?;
    let seen = trade.as_ref().map_or("unknown", |trade| text(trade, "/status"));
    if seen == wanted {
        Ok(())
    } else {
        Err(Trouble::unmet(format!("the trade is {wanted}"), format!("it was {seen}")).behind(&["alipay.trade.pay"], None))
    }
}

/// All payments with one payment code carry one order number.
async fn same_order(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let traffic = stage.control.exchanges(stage.began, Some("alipay.trade.pay")).await?;
    let mut seen: Vec<(String, String, u64)> = Vec::new();
    for exchange in traffic.exchanges.iter().filter(|exchange| exchange["method"] == "alipay.trade.pay") {
        let word = |pointer: &str| text(exchange, pointer).to_owned();
        let (code, order, id) =
            (word("/view/biz_content/auth_code"), word("/view/biz_content/out_trade_no"), exchange["id"].as_u64().unwrap_or_default());
        if let Some((_, first, earlier)) = seen.iter().find(|(other, first, _)| *other == code && *first != order) {
            let seen = format!("call #{earlier} carried {first:?} and call #{id} {order:?} for the same payment code");
            return Err(Trouble::unmet("one order number for all tries", seen).behind(&["alipay.trade.pay"], Some(&order)).for_good());
        }
        seen.push((code, order, id));
    }
    if seen.is_empty() { Err(Trouble::unmet("a payment", "alipay.trade.pay was not called")) } else { Ok(()) }
}
