//! # TRD-005: a cancel of unknown outcome is repeated until it is known
//!
//! **Why.** `retry_flag` Y, 20000 and a lost answer all mean that the trade may still be payable, or that the money has not come
//! back yet. Whoever gives up here tells the customer something that nobody knows.
//! **Provoked by** `alipay/cancel/lost_reply.feature`: answers to cancels are lost, or ask to be repeated.
//! **Holds** when every `trade.cancel` without a known outcome is followed by another, or by an answer or notice that says how the
//! trade ended, before the till shows that it came to nothing, and within 60 seconds.
//! **Source.** commerce/SEMANTICS 3 (Poll, then cancel).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Delivery, Order, Run, shown_ms};

pub(super) const RULE: Rule = Rule {
    id: "TRD-005",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/cancel/lost_reply.feature"),
    bites_on: "merchant.gives_up_on_cancel",
    judge,
    source: include_str!("trd_005_cancel_retry.rs"),
    chinese: include_str!("trd_005_cancel_retry.zh.md"),
};

/// How long a cancel may stay in doubt.
const PATIENCE_MS: i64 = 60_000;

fn judge(run: &Run) -> Verdict {
    let mut repeated = 0;
    for order in run.orders() {
        // one clear answer says how it ended, whichever of several cancels got it
        let clear = order.calls_of(methods::CANCEL).any(|call| call.succeeded() && !is_open(call));
        for cancel in order.calls_of(methods::CANCEL).filter(|call| is_open(call)) {
            if clear {
                repeated += 1;
                continue;
            }
            let known = [order.ended_after(cancel), order.settled_after(cancel)].into_iter().flatten().map(|call| call.real_ms);
            let known_ms = known
                .chain(order.notices.iter().filter(|notice| notice.id > cancel.id && is_an_end(notice)).map(|notice| notice.real_ms))
                .min();
            let shown = order.shown_as_failed_after(cancel).filter(|sight| known_ms.is_none_or(|known| known > shown_ms(sight)));
            if let Some(sight) = shown {
                return breach(cancel, &order, &format!("the till showed {} as {}", order.number, sight.standing)).into();
            }
            if known_ms.is_none() && run.left_after(cancel) >= PATIENCE_MS {
                return breach(cancel, &order, "nobody asked again").into();
            }
            repeated += usize::from(known_ms.is_some());
        }
    }
    Verdict::after(repeated, "every cancel of this run was answered clearly at once")
}

/// Whether nobody knows what came of it.
fn is_open(cancel: &Call) -> bool {
    cancel.unknown() || cancel.told("/retry_flag") == Some("Y")
}

/// Whether a notice says that a trade was closed or its money given back.
fn is_an_end(notice: &Delivery) -> bool {
    notice.param("trade_status") == Some("TRADE_CLOSED") || notice.param("refund_fee").is_some()
}

fn breach(cancel: &Call, order: &Order<'_>, observed: &str) -> Breach {
    let answered = if cancel.was_believable() {
        format!("{} {} retry_flag={}", cancel.code, cancel.sub_code, cancel.told("/retry_flag").unwrap_or("none"))
    } else {
        "nothing that could be believed".to_owned()
    };
    Breach::by(cancel, "the same trade.cancel again, until its outcome is known", format!("{observed} after a cancel in doubt"))
        .fact("out_trade_no", order.number)
        .fact("answered", answered)
        .mend(
            "Gave up on a cancel whose outcome nobody knew. Repeat trade.cancel with the same out_trade_no while retry_flag is Y, the answer is 20000 or missing.",
            "撤销结果未知就放弃了。retry_flag 为 Y、返回 20000 或没有应答时，请用同一个 out_trade_no 重复 trade.cancel，直到结果明确。",
        )
}
