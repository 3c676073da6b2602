//! # NTF-009: a notice is acknowledged after it is booked
//!
//! **Why.** What was answered `success` never comes again. Who answers first and books afterwards loses the payment with the power.
//! **Provoked by** `alipay/notice/acknowledged_then_killed.feature`: the merchant is killed right after it took the notice, and its
//! questions stay unanswered.
//! **Holds** when after such a kill nobody asks how the trade stands and then cancels it.
//! **Source.** commerce/SEMANTICS 4.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Delivery, Run, Trade};

pub(super) const RULE: Rule = Rule {
    id: "NTF-009",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/notice/acknowledged_then_killed.feature"),
    bites_on: "merchant.acknowledges_first",
    judge,
    source: include_str!("ntf_009_success_after_commit.rs"),
    chinese: include_str!("ntf_009_success_after_commit.zh.md"),
};

/// A cashier who gives up at the very moment of the payment is no loss.
const MOMENT_MS: i64 = 10_000;

fn judge(run: &Run) -> Verdict {
    let mut kept = 0;
    for notice in run.deliveries.iter().filter(|notice| notice.is_about_a_payment() && !notice.is_forged() && notice.was_believed()) {
        let Some((number, trade)) = notice.param("trade_no").and_then(|number| run.state.trades.get_key_value(number)) else { continue };
        let later = |method: &'static str, than: u64| {
            let is_later = move |call: &&Call| call.id > than && call.at_ms - notice.at_ms >= MOMENT_MS && call.method == method;
            about(run, number, trade).filter(is_later).min_by_key(|call| call.id)
        };
        // who knows that it is paid and takes it back on purpose does not ask first
        let Some(killed) = killed_after(run, notice, number, trade) else { continue };
        if let Some(query) = later(methods::QUERY, notice.id).filter(|query| query.real_ms >= killed)
            && let Some(cancel) = later(methods::CANCEL, query.id).or_else(|| later(methods::CLOSE, query.id))
        {
            return breach(notice, query, cancel, trade).into();
        }
        kept += 1;
    }
    Verdict::after(kept, "no merchant ended right after it acknowledged a payment")
}

/// The calls about a trade, by either of its numbers.
fn about<'r>(run: &'r Run, number: &'r str, trade: &'r Trade) -> impl Iterator<Item = &'r Call> {
    run.calls_naming(number).chain(run.calls_naming(&trade.order))
}

/// When the merchant was killed after it took the notice and before it called about that order again, real time.
fn killed_after(run: &Run, notice: &Delivery, number: &str, trade: &Trade) -> Option<i64> {
    let kill_ms = run.outages.iter().map(|outage| outage.began_ms).find(|kill_ms| *kill_ms >= notice.real_ms)?;
    let asked = |call: &Call| call.method == methods::QUERY && call.id > notice.id && call.real_ms < kill_ms;
    (!about(run, number, trade).any(asked)).then_some(kill_ms)
}

fn breach(notice: &Delivery, query: &Call, cancel: &Call, trade: &Trade) -> Breach {
    let observed = format!("{} was acknowledged, and the same order was asked about and cancelled by {}", notice.name(), cancel.name());
    Breach::by(notice, format!("order {} is paid in the book before success is answered", trade.order), observed)
        .and(query)
        .and(cancel)
        .fact("out_trade_no", trade.order.as_str())
        .mend(
            "Acknowledged, then lost. Book what the notice says in one transaction, and answer success only when it is committed to disk.",
            "先应答后入账，断电就丢了。请在一个事务里把通知入账，提交落盘之后再应答 success。",
        )
}
