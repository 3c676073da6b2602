//! # LED-006: points that were set aside for a payment come back when it comes to nothing
//!
//! **Why.** A customer spends points, then walks away from the phone. What stays set aside is neither spent nor there: nobody sees the
//! loss until the customer asks.
//! **Provoked by** `alipay/points/given_back.feature`: a payment with points off that is never confirmed, and a look an hour later.
//! **Holds** when the till, asked for the member half an hour or more after such a sale was cancelled or refused, no longer shows
//! fewer points by just what the sale had spent. Points that are taken at payment only need not come back.
//! **Source.** card/SEMANTICS 11 (points are the merchant's own ledger).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Looker, Run, Sight, figure, shown_ms};

pub(super) const RULE: Rule = Rule {
    id: "LED-006",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/points/given_back.feature"),
    bites_on: "merchant.keeps_held_points",
    judge,
    source: include_str!("led_006_held_points.rs"),
    chinese: include_str!("led_006_held_points.zh.md"),
};

/// What a till shows when a payment came to nothing.
const FAILED: &[&str] = &["cancelled", "refused"];
/// How long points may stay set aside after that.
const SETTLED_MS: i64 = 30 * 60_000;

fn judge(run: &Run) -> Verdict {
    let till: Vec<&Sight> = run.sights.iter().filter(|sight| sight.by == Looker::Till).collect();
    let mut settled = 0;
    for (began, first) in till.iter().enumerate() {
        let Some(number) = text(first, "sale_no").filter(|_| first.asked == "sale") else { continue };
        let of_sale = |sight: &&&Sight| text(sight, "sale_no") == Some(number) && sight.asked != "refund";
        let Some(ended) = till[began..].iter().filter(of_sale).find(|sight| FAILED.contains(&sight.standing.as_str())) else { continue };
        let spent = till[began..].iter().filter(of_sale).filter_map(|sight| figure(sight, "points_spent")).max().unwrap_or_default();
        let Some(member) = text(first, "member_no").filter(|_| spent > 0) else { continue };
        let looks_up = |sight: &&&Sight| sight.asked == "lookup" && text(sight, "member_no") == Some(member);
        // by their places: a quick till answers twice within one millisecond
        let looked = till[..began].iter().rposition(|sight| looks_up(&sight));
        let looks_again = (began..till.len()).find(|place| looks_up(&&till[*place]) && since(ended, till[*place]) >= SETTLED_MS);
        let (Some(looked), Some(looks_again)) = (looked, looks_again) else { continue };
        if moved_between(&till[looked..=looks_again], member, number) {
            continue;
        }
        let (Some(before), Some(points)) = (figure(till[looked], "points"), figure(till[looks_again], "points")) else { continue };
        if points == before - spent {
            return breach(run, first, till[looks_again], &Held { number, before, spent, points }).into();
        }
        settled += 1;
    }
    Verdict::after(settled, "no sale with points off came to nothing between two looks at its member")
}

struct Held<'r> {
    number: &'r str,
    before: i64,
    spent: i64,
    points: i64,
}

/// Whether something else of the member's was sold or given back in between.
fn moved_between(till: &[&Sight], member: &str, number: &str) -> bool {
    till.iter().any(|sight| {
        let other = text(sight, "sale_no").is_some_and(|sale| sale != number) || sight.asked == "refund";
        let whose = text(sight, "member_no").is_none_or(|whose| whose == member);
        other && whose && sight.asked != "sale_now"
    })
}

/// How long after one sight another came: virtual time where the story has it.
fn since(one: &Sight, other: &Sight) -> i64 {
    match (one.at_ms, other.at_ms) {
        (Some(one), Some(other)) => other - one,
        _ => other.real_ms - shown_ms(one),
    }
}

fn text<'r>(sight: &'r Sight, name: &str) -> Option<&'r str> {
    sight.shown.get(name).and_then(|value| value.as_str())
}

fn breach(run: &Run, sale: &Sight, after: &Sight, held: &Held<'_>) -> Breach {
    let Held { number, before, spent, points } = held;
    let expected = format!("{before} points again after sale {number} came to nothing");
    let observed = format!("the till still shows {points}: the {spent} points that were set aside did not come back");
    let order = text(sale, "out_trade_no");
    let of_order = |method: &str| run.calls_of(method).filter(|call| order.is_some() && call.asked("/out_trade_no") == order).last();
    let call = [methods::CANCEL, methods::CLOSE, methods::QUERY, methods::PAY].into_iter().find_map(of_order);
    call.map_or_else(|| Breach::shown(run, after, &expected, &observed), |call| Breach::by(call, &expected, &observed))
        .fact("points before", before.to_string())
        .fact("points spent on it", spent.to_string())
        .fact("points after", points.to_string())
        .mend(
            "Points set aside for a sale stayed away when it was cancelled. End every hold: confirm it with the payment, release it with the cancel, in the same transaction, once.",
            "销售取消后，预扣的积分没有退回。每笔预扣都要有结果：付款成功就确认，撤销就在同一事务里释放，且只释放一次。",
        )
}
