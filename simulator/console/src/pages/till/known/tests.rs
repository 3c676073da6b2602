//! Checks of what a till makes of all its calls about an order.

use super::*;
use serde_json::{Value, json};

/// A call: its method, what it asked besides the order, what was answered (nothing: no answer).
type Made = (&'static str, Value, Value);

fn known(calls: &[Made]) -> Known {
    let heard: Vec<(String, Heard)> = calls
        .iter()
        .map(|(method, asked, says)| {
            let says = if says.is_null() { Err("no answer came".to_owned()) } else { Ok(says.clone()) };
            (format!("alipay.trade.{method}"), Heard { asked: asked.clone(), says })
        })
        .collect();
    Known::of(heard.iter().map(|(method, heard)| (method.as_str(), heard)))
}

fn pay(code: &str, says: Value) -> Made {
    ("pay", json!({"auth_code": code}), says)
}

fn query(status: &str) -> Made {
    ("query", json!({}), json!({"code": "10000", "trade_status": status}))
}

fn refund(request: &str, amount: &str, says: Value) -> Made {
    ("refund", json!({"out_request_no": request, "refund_amount": amount}), says)
}

fn cancel(says: Value) -> Made {
    ("cancel", json!({}), says)
}

fn paid() -> Value {
    json!({"code": "10000"})
}

fn no(code: &str) -> Value {
    json!({"code": "40004", "sub_code": code})
}

fn limited() -> Value {
    json!({"code": "40006", "sub_code": "isv.app-call-limited"})
}

fn refunded(fee: &str) -> Value {
    json!({"code": "10000", "fund_change": "Y", "refund_fee": fee})
}

#[test]
fn what_is_not_certain_never_erases_what_is_known() {
    let waits = json!({"code": "10003"});
    for after in [
        pay("1", limited()),
        pay("2", no("ACQ.CONTEXT_INCONSISTENT")),
        pay("1", Value::Null),
        ("precreate", json!({}), limited()),
        ("query", json!({}), limited()),
        ("query", json!({}), Value::Null),
        ("query", json!({}), json!({"code": "20000"})),
        cancel(limited()),
    ] {
        let found = known(&[pay("1", waits.clone()), after.clone()]);
        assert_eq!(found.stand, Stand::Waiting, "{after:?}");
        assert!(!found.is_free(), "{after:?}");
        let lost = known(&[pay("1", Value::Null), after.clone()]);
        assert!(matches!(lost.stand, Stand::Unknown(_)) && !lost.is_free(), "{after:?}: {lost:?}");
        assert_eq!(known(&[pay("1", paid()), after.clone()]).stand, Stand::Paid, "{after:?}");
    }
    assert!(known(&[pay("1", waits), ("query", json!({}), limited())]).refused.is_some(), "but it is said");
    assert!(known(&[pay("1", limited())]).is_free(), "nothing came of it");
    assert_eq!(known(&[pay("1", Value::Null), query("TRADE_SUCCESS")]).stand, Stand::Paid);
    assert_eq!(known(&[pay("1", Value::Null), query("TRADE_CLOSED")]).stand, Stand::Closed);
    assert!(matches!(known(&[pay("1", paid()), cancel(Value::Null)]).stand, Stand::CancelAgain(_)));
}

#[test]
fn only_the_answer_to_a_refund_says_what_became_of_it() {
    let lost = [pay("1", paid()), refund("R1", "5.00", Value::Null)];
    let after = |more: &[Made]| known(&[&lost[..], more].concat());
    for more in [vec![], vec![query("TRADE_SUCCESS")], vec![refund("R1", "5.00", limited())], vec![refund("R2", "5.00", refunded("5.00"))]]
    {
        let found = after(&more);
        assert!(matches!(&found.stand, Stand::RefundUnknown { request, .. } if request == "R1"), "{more:?}: {found:?}");
        assert!(!found.stand.is_paid() && found.admits("R1", 500) && !found.admits("R1", 600) && !found.admits("R3", 500), "{more:?}");
    }
    assert!(matches!(after(&[refund("R1", "6.00", no("ACQ.X"))]).stand, Stand::RefundUnknown { .. }), "refused because it was made");
    let known = after(&[refund("R1", "5.00", refunded("5.00")), refund("R1", "5.00", Value::Null)]);
    assert!(matches!(known.stand, Stand::Refunded { .. }) && known.given == 500 && known.admits("R2", 500), "{known:?}");
    let refused = after(&[refund("R1", "5.00", no("ACQ.SELLER_BALANCE_NOT_ENOUGH"))]);
    assert!(refused.stand == Stand::Paid && refused.refused.is_some(), "{refused:?}");
    assert_eq!(after(&[query("TRADE_CLOSED")]).stand, Stand::Closed, "nothing is left to move");
}

#[test]
fn a_charge_of_what_was_paid_before_is_nobodys_payment() {
    let success = || no("ACQ.TRADE_HAS_SUCCESS");
    for calls in [
        vec![pay("2", success())],
        vec![pay("1", paid()), pay("2", success())],
        vec![pay("1", Value::Null), pay("2", success())],
        vec![pay("2", success()), query("TRADE_SUCCESS")],
        vec![pay("2", limited()), pay("2", success())],
    ] {
        assert_eq!(known(&calls).stand, Stand::PaidBefore, "{calls:?}");
    }
    // the very code without answer may be what paid
    let repeat = [pay("1", Value::Null), pay("1", success())];
    assert!(matches!(known(&repeat).stand, Stand::Unknown(_)) && known(&repeat).has_code("1"));
    assert_eq!(known(&[&repeat[..], &[query("TRADE_SUCCESS")]].concat()).stand, Stand::Paid);
    assert_eq!(known(&[pay("1", paid()), pay("1", success())]).stand, Stand::Paid);
}

#[test]
fn a_payment_that_outlived_a_cancel_is_looked_at_again() {
    let nothing = json!({"code": "10000", "retry_flag": "N"});
    assert_eq!(known(&[cancel(nothing.clone())]).stand, Stand::Cancelled(Done::Nothing));
    assert!(matches!(known(&[pay("1", paid()), cancel(nothing.clone())]).stand, Stand::Unknown(_)));
    assert!(matches!(known(&[cancel(nothing), pay("1", Value::Null)]).stand, Stand::Unknown(_)));
}
