//! What became of the merchant's trades, as the platform knows them.

use super::step;
use crate::seen::text;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;
use serde_json::Value;

const PAY: &str = "alipay.trade.pay";

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

/// All payments with one payment code carry one order number, and whoever asks or cancels names an order that was paid for: of
/// one payment alone nothing is said. A payment of which a notice told the outcome needs no retry: a story that wants one loses
/// the notices.
async fn same_order(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let mut calls = Vec::new();
    for method in [PAY, "alipay.trade.query", "alipay.trade.cancel"] {
        let traffic = stage.control.exchanges(stage.began, Some(method)).await?;
        calls.extend(traffic.exchanges.into_iter().filter(|exchange| exchange["method"] == method));
    }
    one_order(&calls)
}

fn one_order(calls: &[Value]) -> Result<(), Trouble> {
    let no = |expected: &str, seen: String, order: &str| {
        Err(Trouble::unmet(expected, seen).behind(&[PAY], Some(order).filter(|order| !order.is_empty())).for_good())
    };
    let mut paid: Vec<(&str, &str, &Value)> = Vec::new();
    for call in calls {
        let (code, order, id) = (text(call, "/view/biz_content/auth_code"), text(call, "/view/biz_content/out_trade_no"), &call["id"]);
        if call["method"] != PAY {
            // asking by the platform's own number is right, too
            if !order.is_empty() && !paid.iter().any(|(_, known, _)| *known == order) {
                return no("one order number for all tries", format!("call #{id} asked about {order:?}, which no payment carried"), order);
            }
            continue;
        }
        if order.is_empty() {
            return no("an order number in every payment", format!("call #{id} carried none"), order);
        }
        if let Some((_, first, earlier)) = paid.iter().find(|(other, first, _)| *other == code && *first != order) {
            let seen = format!("call #{earlier} carried {first:?} and call #{id} {order:?} for the same payment code");
            return no("one order number for all tries", seen, order);
        }
        paid.push((code, order, id));
    }
    if paid.is_empty() {
        return Err(Trouble::unmet("a payment", "alipay.trade.pay was not called"));
    }
    if calls.len() < 2 {
        return Err(Trouble::unmet("a retry, or a query", "alipay.trade.pay was called once, and nobody asked what came of it"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_retry_carries_the_number_of_the_payment() {
        let call = |method: &str, code: &str, order: &str| json!({"id": 1, "method": format!("alipay.trade.{method}"), "view": {"biz_content": {"auth_code": code, "out_trade_no": order}}});
        let holds = |calls: &[(&str, &str, &str)]| {
            one_order(&calls.iter().map(|(method, code, order)| call(method, code, order)).collect::<Vec<_>>()).is_ok()
        };
        assert!(holds(&[("pay", "28", "A"), ("pay", "28", "A")]) && holds(&[("pay", "28", "A"), ("query", "", "A"), ("cancel", "", "A")]));
        assert!(holds(&[("pay", "28", "A"), ("query", "", "")]), "asked by trade_no");
        assert!(!holds(&[]) && !holds(&[("pay", "28", "A")]) && !holds(&[("query", "", "A"), ("query", "", "A")]));
        assert!(!holds(&[("pay", "28", "A"), ("pay", "28", "B")]) && !holds(&[("pay", "28", ""), ("pay", "28", "")]));
        assert!(!holds(&[("pay", "28", "A"), ("query", "", "B")]));
    }
}
