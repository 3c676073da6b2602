//! # RSP-008: an answer that does not come is no failure
//!
//! **Why.** The platform may have done it: the card is open, the money is back. Taken for a failure, the customer holds a card that the
//! shop does not know, and the next try asks for a second one.
//! **Provoked by** `alipay/opening/lost_reply.feature`: the card is opened and the answer is lost.
//! **Holds** when every opening and refund of unknown outcome is made again under its number, or asked about, within 60 seconds and
//! before the customer is shown that it failed. Payments have a rule of their own (TRD-002).
//! **Source.** gateway/PROTOCOL A9; card/SEMANTICS 16.1; casdoor/casdoor#4111.

use super::{attempts, methods, under_a_number};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, shown_ms};

pub(super) const RULE: Rule = Rule {
    id: "RSP-008",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/lost_reply.feature"),
    bites_on: "merchant.timeout_is_failure",
    judge,
    source: include_str!("rsp_008_timeout_not_failure.rs"),
    chinese: include_str!("rsp_008_timeout_not_failure.zh.md"),
};

/// How long the merchant may take to ask.
const PATIENCE_MS: i64 = 60_000;

fn judge(run: &Run) -> Verdict {
    let mut asked_again = 0;
    for call in run.calls_of_any(&[methods::OPEN, methods::REFUND]).into_iter().filter(|call| call.unknown()) {
        let known_ms = known_ms(run, call);
        // of several customers who join nobody knows whose attempt it is
        let alone = attempts(run) == 1;
        let mut shown =
            run.till("attempt").filter(|sight| alone && call.method == methods::OPEN && sight.standing == "failed").map(shown_ms);
        if shown.any(|at_ms| at_ms >= call.real_ms && known_ms.is_none_or(|known| known > at_ms)) {
            return breach(call, "the customer was shown that it failed, and nobody had asked".to_owned()).into();
        }
        if known_ms.is_none() && run.left_after(call) >= PATIENCE_MS {
            return breach(call, format!("nobody asked again for {} s", run.left_after(call) / 1_000)).into();
        }
        asked_again += usize::from(known_ms.is_some());
    }
    Verdict::after(asked_again, "no opening and no refund was left without an answer in this run")
}

/// When the merchant asked again, real time: the same call for the same, or the question how it stands.
fn known_ms(run: &Run, call: &Call) -> Option<i64> {
    let again = if call.method == methods::OPEN {
        let same = call
            .param("auth_token")
            .and_then(|token| run.calls_with(token).find(|later| later.id > call.id && later.method == call.method));
        run.calls_of_after(methods::CARD_QUERY, call.id).next().into_iter().chain(same).min_by_key(|later| later.id)
    } else {
        let number = call.asked("/out_request_no").or(under_a_number(call)).unwrap_or_default();
        let asks = |later: &&Call| later.id > call.id && [methods::REFUND, methods::REFUND_QUERY].contains(&later.method.as_str());
        run.calls_naming(number).filter(|later| later.asked("/out_request_no") == call.asked("/out_request_no")).find(asks)
    };
    again.map(|later| later.real_ms)
}

fn breach(call: &Call, observed: String) -> Breach {
    Breach::by(call, format!("{} again under its number, or a question how it stands", call.method), observed)
        .fact("number", under_a_number(call).unwrap_or_default())
        .fact("answered", if call.was_believable() { call.code.as_str() } else { "nothing that could be believed" })
        .mend(
            "No answer was taken for no: the platform had done it. Repeat the call under the same number, or ask how it stands, until you know.",
            "没有应答被当成了失败，而平台其实已经办成。请用同一单号重复调用，或查询结果，直到明确为止。",
        )
}
