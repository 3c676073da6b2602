//! # OPN-004: a customer who has the card already is welcomed, not refused
//!
//! **Why.** One template is one card for each customer. The platform's `CARD_HAS_OPENED` says that they have it; shown as an error it sends
//! away a member who did nothing wrong.
//! **Provoked by** `alipay/opening/two_phones.feature`: the customer agreed on two phones, and the second one comes back later.
//! **Holds** when after `CARD_HAS_OPENED`, or after the consent of a customer whom the merchant knew without asking for a second card, the
//! merchant showed the joining as done.
//! **Source.** FAQ-card; alipay.marketing.card.open (`CARD_HAS_OPENED`).

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Card, Run};

pub(super) const RULE: Rule = Rule {
    id: "OPN-004",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/two_phones.feature"),
    bites_on: "merchant.fails_on_second_card",
    judge,
    source: include_str!("opn_004_one_card.rs"),
    chinese: include_str!("opn_004_one_card.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let refused =
        run.calls_of(methods::OPEN).filter(|call| call.sub_code == "CARD_HAS_OPENED" && call.was_heard() && call.struck.is_none());
    let known = run.calls_of(methods::TOKEN).filter(|token| has_the_card(run, token));
    let Some(came) = refused.chain(known).max_by_key(|call| call.id) else {
        return Verdict::not_exercised("no customer who had the card joined again");
    };
    // until somebody else begins to join
    let next = run.calls_of(methods::TOKEN).find(|call| call.id > came.id).map_or(i64::MAX, |call| call.real_ms);
    match run.till("attempt").filter(|sight| (came.real_ms..next).contains(&sight.real_ms)).last() {
        None => Verdict::not_exercised("the merchant shows nobody how a joining went"),
        Some(last) if last.standing == "failed" => Breach::shown(run, last, "the joining is done: the card is there", last.told())
            .and(came)
            .mend(
                "‘Already has card’ was shown as an error. On CARD_HAS_OPENED take the card's number from your books or card.query, bind the customer, and welcome them.",
                "“已领取该卡”被当成了错误。收到 CARD_HAS_OPENED 时，请从自己的库或 card.query 取得卡号，绑定顾客并显示已入会。",
            )
            .into(),
        Some(_) => Verdict::Holds,
    }
}

/// Whether this consent came back from a customer who had the card already, and nothing else went wrong with the joining: a merchant who
/// knows its members asks for no second card, and nobody refuses one.
fn has_the_card(run: &Run, token: &Call) -> bool {
    let told = token.told("/access_token").filter(|_| token.struck.is_none());
    let Some(issued) =
        run.events.iter().find(|event| event.kind == "token_issued" && told.is_some() && event.body["access"].as_str() == told)
    else {
        return false;
    };
    let form = run.events_of("form_submitted").find(|form| form["id"] == issued.body["submission"]);
    let Some(template) = form.and_then(|form| form["programme"].as_str()) else { return false };
    let held = |card: &Card| {
        issued.body["user"] == card.user.as_str() && card.template == template && card.opened < issued.sequence && card.released.is_none()
    };
    let next = run.calls_of(methods::TOKEN).find(|call| call.id > token.id).map_or(u64::MAX, |call| call.id);
    let mut after = run.calls.iter().filter(|call| call.id > token.id && call.id < next);
    run.state.cards.values().any(held) && after.all(|call| call.struck.is_none() && call.sub_code.is_empty())
}
