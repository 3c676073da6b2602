//! Payments at the counter and refunds.

use super::Case;
use super::made::{Made, bundle, call};
use serde_json::{Value, json};

const PAY: &str = "alipay.trade.pay";
const QUERY: &str = "alipay.trade.query";
const CANCEL: &str = "alipay.trade.cancel";
const REFUND: &str = "alipay.trade.refund";

pub(super) fn cases() -> Vec<Case> {
    vec![polling(), numbers(), codes(), amounts(), refunds()]
}

fn about(method: &str, order: &str) -> Made {
    call(method).biz(json!({"out_trade_no": order}))
}

fn polling() -> Case {
    let waiting = || about(PAY, "A1").field("code", json!("10003"));
    let asked = |ms: i64| about(QUERY, "A1").at(ms).told(json!({"trade_status": "WAIT_BUYER_PAY"}));
    let paid = |ms: i64| about(QUERY, "A1").at(ms).told(json!({"trade_status": "TRADE_SUCCESS"}));
    let long: Vec<Made> = std::iter::once(waiting()).chain((1..=20).map(|turn| asked(turn * 5_000))).collect();
    Case {
        id: "TRD-003",
        holds: bundle([waiting(), asked(5_000), asked(10_000), paid(15_000), asked(15_100)]),
        breached: vec![bundle([waiting(), asked(200), asked(400)]), bundle([waiting(), asked(5_000), asked(30_000)]), bundle(long)],
    }
}

fn numbers() -> Case {
    let cancelled = |order: &str| about(CANCEL, order).told(json!({"action": "close"}));
    Case {
        id: "TRD-007",
        holds: bundle([about(PAY, "A1"), cancelled("A1"), about(CANCEL, "A2"), about(PAY, "A2")]),
        breached: vec![
            bundle([cancelled("A1"), about(PAY, "A1").refused("40004", "ACQ.TRADE_HAS_CLOSE")]),
            bundle([about("alipay.trade.close", "A1"), about("alipay.trade.precreate", "A1")]),
        ],
    }
}

fn codes() -> Case {
    let pay = |length: usize, digits: bool, begins: &str, text: bool| {
        about(PAY, "A1").seen("pay_code", json!({"length": length, "digits": digits, "begins": begins, "text": text}))
    };
    Case {
        id: "TRD-009",
        holds: bundle([pay(18, true, "28", true), pay(35, false, "fp", true)]),
        breached: vec![
            bundle([pay(17, false, "KB", true)]),
            bundle([pay(18, true, "31", true)]),
            bundle([pay(12, true, "28", true)]),
            bundle([pay(18, true, "28", false)]),
        ],
    }
}

fn amounts() -> Case {
    let pay = |amount: Value| call(PAY).biz(json!({"total_amount": amount}));
    Case {
        id: "TRD-010",
        holds: bundle([pay(json!("22134.36")), call(REFUND).biz(json!({"refund_amount": "0.01"}))]),
        breached: vec![bundle([pay(json!(19.0))]), bundle([pay(json!("19"))]), bundle([pay(json!("0.30000000000000004"))])],
    }
}

fn refunds() -> Case {
    let paid = || call(PAY).biz(json!({"out_trade_no": "A1", "total_amount": "88.00"}));
    let refund = |amount: &str, number: Option<&str>| {
        let mut content = json!({"out_trade_no": "A1", "refund_amount": amount});
        if let Some(number) = number {
            content["out_request_no"] = json!(number);
        }
        call(REFUND).biz(content)
    };
    let lost = |made: Made| made.field("fault", json!({"action": "drop", "sent_bytes": 0}));
    Case {
        id: "RFD-001",
        holds: bundle([
            paid(),
            lost(refund("10.00", Some("R1"))),
            refund("10.00", Some("R1")),
            refund("10.00", Some("R2")),
            refund("88.00", None),
        ]),
        breached: vec![
            bundle([paid(), refund("10.00", None)]),
            bundle([paid(), refund("10.00", Some("R1")), refund("20.00", Some("R1"))]),
            bundle([paid(), lost(refund("10.00", Some("R1"))), refund("10.00", Some("R2"))]),
        ],
    }
}
