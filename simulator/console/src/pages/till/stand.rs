//! Where a trade stands by one answer that a till heard. Whatever is not certain is unknown, never failed.
//!
//! Source: commerce SEMANTICS 3 (four answers; poll, then cancel; refund).

use engine::provider::Heard;
use serde_json::Value;

/// Where a trade stands, for the cashier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Stand {
    /// The customer has paid.
    Paid,
    /// Paid before this charge, by whom this till does not know: the charge moved nothing.
    PaidBefore,
    /// The customer is asked on the phone.
    Waiting,
    /// The platform knows no such trade (yet).
    NotThere,
    /// There is a code to scan.
    Order {
        /// What the code holds.
        code: String,
    },
    /// Nobody knows; with the reason.
    Unknown(String),
    /// This till never called about it, or has forgotten.
    Forgotten,
    /// Ended without payment, or all was given back.
    Closed,
    /// Cancelled; with what the platform did.
    Cancelled(Done),
    /// Whether it was cancelled is not known; with the reason.
    CancelAgain(String),
    /// The platform said no.
    Refused {
        /// What was refused.
        what: What,
        /// Whether by the method itself, and not before it was reached.
        reached: bool,
        /// The code.
        code: String,
        /// Its words.
        words: String,
    },
    /// Money went back.
    Refunded {
        /// Whether this call moved it.
        moved: bool,
        /// How much went back in all.
        fee: String,
    },
    /// Whether money went back is not known: the same refund is sent again.
    RefundUnknown {
        /// Its number.
        request: String,
        /// Its amount.
        amount: String,
        /// Why.
        why: String,
    },
}

/// What a cancel did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Done {
    /// There was no trade.
    Nothing,
    /// An unpaid trade was closed.
    Closed,
    /// What was paid went back.
    Refunded,
}

/// What a till asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    Payment,
    Order,
    Query,
    Cancel,
    Refund,
}

impl What {
    /// What a method is for.
    pub(super) fn of(method: &str) -> Self {
        match method {
            "alipay.trade.pay" => Self::Payment,
            "alipay.trade.precreate" => Self::Order,
            "alipay.trade.cancel" => Self::Cancel,
            "alipay.trade.refund" => Self::Refund,
            _ => Self::Query,
        }
    }
}

impl Stand {
    /// What an answer says.
    pub(super) fn of(what: What, heard: &Heard) -> Self {
        match &heard.says {
            Err(why) => Self::unknown(what, &heard.asked, why.clone()),
            Ok(says) => Self::told(what, &heard.asked, says),
        }
    }

    fn told(what: What, asked: &Value, says: &Value) -> Self {
        let text = |name: &str| says[name].as_str().unwrap_or_default();
        match (text("code"), text("sub_code")) {
            ("10000", _) => Self::done(what, says),
            ("10003", _) => Self::Waiting,
            ("40004", "ACQ.TRADE_NOT_EXIST") if what == What::Query => Self::NotThere,
            ("40004", "ACQ.TRADE_HAS_SUCCESS") if matches!(what, What::Payment | What::Order) => Self::PaidBefore,
            ("40004", code @ ("ACQ.SYSTEM_ERROR" | "ACQ.TRADE_HAS_SUCCESS")) if what != What::Cancel => {
                Self::unknown(what, asked, format!("{code} {}", text("sub_msg")))
            }
            ("20000" | "", code) => Self::unknown(what, asked, format!("{code} {}", text("sub_msg"))),
            // refused, by the method or before it was reached: nothing was done
            (class, code) => Self::Refused { what, reached: class == "40004", code: code.to_owned(), words: text("sub_msg").to_owned() },
        }
    }

    fn done(what: What, says: &Value) -> Self {
        let text = |name: &str| says[name].as_str().unwrap_or_default();
        match what {
            What::Payment => Self::Paid,
            What::Order => Self::Order { code: text("qr_code").to_owned() },
            What::Query => match text("trade_status") {
                "WAIT_BUYER_PAY" => Self::Waiting,
                "TRADE_SUCCESS" | "TRADE_FINISHED" => Self::Paid,
                "TRADE_CLOSED" => Self::Closed,
                other => Self::Unknown(format!("trade_status {other}")),
            },
            What::Cancel if text("retry_flag") == "Y" => Self::CancelAgain("retry_flag Y".to_owned()),
            What::Cancel => Self::Cancelled(match text("action") {
                "close" => Done::Closed,
                "refund" => Done::Refunded,
                _ => Done::Nothing,
            }),
            What::Refund => Self::Refunded { moved: text("fund_change") == "Y", fee: text("refund_fee").to_owned() },
        }
    }

    fn unknown(what: What, asked: &Value, why: String) -> Self {
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
        match what {
            What::Cancel => Self::CancelAgain(why),
            What::Refund => Self::RefundUnknown { request: text("out_request_no"), amount: text("refund_amount"), why },
            What::Payment | What::Order | What::Query => Self::Unknown(why),
        }
    }

    /// Whether the till asks again by itself.
    pub(super) fn goes_on(&self) -> bool {
        matches!(self, Self::Waiting | Self::NotThere | Self::Order { .. } | Self::Unknown(_))
    }

    /// Whether money of it can be given back.
    pub(super) fn is_paid(&self) -> bool {
        matches!(self, Self::Paid | Self::PaidBefore | Self::Refunded { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stand(method: &str, says: Result<Value, &str>) -> Stand {
        let asked = json!({"out_trade_no": "T1", "out_request_no": "R1", "refund_amount": "5.00"});
        Stand::of(What::of(&format!("alipay.trade.{method}")), &Heard { asked, says: says.map_err(str::to_owned) })
    }

    #[test]
    fn whatever_is_not_certain_is_unknown_and_never_failed() {
        for says in [
            Err("no answer came"),
            Ok(json!({"code": "20000", "sub_code": "aop.ACQ.SYSTEM_ERROR"})),
            Ok(json!({})),
            Ok(json!({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"})),
        ] {
            assert!(matches!(stand("pay", says.clone()), Stand::Unknown(_)), "{says:?}");
            assert!(matches!(stand("query", says.clone()), Stand::Unknown(_)), "{says:?}");
            let refund = stand("refund", says.clone());
            assert!(matches!(&refund, Stand::RefundUnknown { request, amount, .. } if request == "R1" && amount == "5.00"), "{refund:?}");
            assert!(!refund.is_paid(), "nothing else is refunded until it is known");
        }
        for says in [Err("no answer came"), Ok(json!({"code": "20000"})), Ok(json!({"code": "10000", "retry_flag": "Y"}))] {
            assert!(matches!(stand("cancel", says.clone()), Stand::CancelAgain(_)), "{says:?}");
        }
        assert_eq!(stand("pay", Ok(json!({"code": "40004", "sub_code": "ACQ.TRADE_HAS_SUCCESS"}))), Stand::PaidBefore);
        assert!(matches!(stand("query", Ok(json!({"code": "10000", "trade_status": "NEW"}))), Stand::Unknown(_)));
    }

    #[test]
    fn what_is_certain_is_told_as_it_is() {
        let query = |status: &str| stand("query", Ok(json!({"code": "10000", "trade_status": status})));
        assert_eq!(stand("pay", Ok(json!({"code": "10000"}))), Stand::Paid);
        assert_eq!(stand("pay", Ok(json!({"code": "10003"}))), Stand::Waiting);
        assert_eq!((query("WAIT_BUYER_PAY"), query("TRADE_SUCCESS")), (Stand::Waiting, Stand::Paid));
        assert_eq!((query("TRADE_FINISHED"), query("TRADE_CLOSED")), (Stand::Paid, Stand::Closed));
        assert_eq!(stand("query", Ok(json!({"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}))), Stand::NotThere);
        let refused = Stand::Refused { what: What::Payment, reached: true, code: "ACQ.X".to_owned(), words: "余额不足".to_owned() };
        assert_eq!(stand("pay", Ok(json!({"code": "40004", "sub_code": "ACQ.X", "sub_msg": "余额不足"}))), refused);
        for (action, done) in [(json!("close"), Done::Closed), (json!("refund"), Done::Refunded), (Value::Null, Done::Nothing)] {
            let says = json!({"code": "10000", "retry_flag": "N", "action": action});
            assert_eq!(stand("cancel", Ok(says)), Stand::Cancelled(done));
        }
        for (change, moved) in [("Y", true), ("N", false)] {
            let says = json!({"code": "10000", "fund_change": change, "refund_fee": "5.00"});
            assert_eq!(stand("refund", Ok(says)), Stand::Refunded { moved, fee: "5.00".to_owned() });
        }
    }
}
