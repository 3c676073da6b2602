//! # RFD-003: no more is given back than was paid
//!
//! **Why.** Two tills refund the same sale at the same moment, or one a second time after lunch. What is more than was paid comes out
//! of the shop's own drawer, or stands in its books for ever.
//! **Provoked by** `alipay/refund/too_much.feature`: one refund after the other, and two at once, larger together than the payment.
//! **Holds** when the till refused a refund, and the refunds that it shows as done are together no more than was paid. Who leaves the
//! limit to the platform and takes its refusal for what it is, is right.
//! **Source.** commerce/SEMANTICS 3 (refund).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Order, Run, Shown, Sight, amount};

pub(super) const RULE: Rule = Rule {
    id: "RFD-003",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/refund/too_much.feature"),
    bites_on: "merchant.refunds_without_a_limit",
    judge,
    source: include_str!("rfd_003_cap.rs"),
    chinese: include_str!("rfd_003_cap.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut done = 0;
    let orders = run.orders();
    // a refusal that names no sale is that of the only one of which something was given back
    let only = orders.iter().filter(|order| order.calls_of(methods::REFUND).next().is_some()).count() == 1;
    let nameless = run.till("refund").any(|sight| is_refused(sight) && !sight.shown.contains_key("sale_no"));
    for order in &orders {
        let (Some(trade), Some(call)) = (order.trade, order.calls_of(methods::REFUND).last()) else { continue };
        let sum: i64 = order.refunds_done().iter().filter_map(|refund| amount(refund, "amount")).sum();
        let shown = sum.max(order.shown_refunded().unwrap_or_default());
        if shown > trade.total {
            return breach(call, order, shown, trade.total).into();
        }
        let refused = order.refunds.iter().any(|sight| is_refused(sight)) || (only && nameless);
        done += usize::from(sum > 0 && refused);
    }
    Verdict::after(done, "nobody asked the till to give back more than was paid")
}

fn is_refused(sight: &Sight) -> bool {
    sight.answered == Shown::No || sight.standing == "refused"
}

fn breach(call: &Call, order: &Order<'_>, shown: i64, paid: i64) -> Breach {
    let sum = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
    Breach::by_then(call, format!("at most {} given back of {}", sum(paid), order.number), format!("the till showed {} given back", sum(shown)))
        .fact("out_trade_no", order.number)
        .fact("answered", format!("{} {}", call.code, call.sub_code))
        .mend(
            format!("Gave back {} of {}. Add up what was given back and what is on its way in one transaction with the new refund, and book it as done by the platform's word only.", sum(shown), sum(paid)),
            format!("付 {}，退了 {}。请在同一事务里累计已退和在途金额后再新建退款，并且只凭平台的结果记为完成。", sum(paid), sum(shown)),
        )
}
