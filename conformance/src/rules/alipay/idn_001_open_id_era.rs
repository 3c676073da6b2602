//! # IDN-001: a customer who has an `open_id` and no `user_id` gets the card
//!
//! **Why.** Applications of these years are told `open_id` only. A merchant that waits for `user_id` loses every new customer, or
//! makes all of them one.
//! **Provoked by** `alipay/member/open_id.feature`: an application that gets `open_id` only.
//! **Holds** when customers whose token came with `open_id` alone, after a form, got a card, and no opening was refused for their
//! identity.
//! **Source.** jeequan/jeepay#123; justauth/JustAuth#195; alipay.system.oauth.token.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Looker, Run};
use std::collections::HashSet;

pub(super) const RULE: Rule = Rule {
    id: "IDN-001",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/member/open_id.feature"),
    bites_on: "merchant.needs_user_id",
    judge,
    source: include_str!("idn_001_open_id_era.rs"),
    chinese: include_str!("idn_001_open_id_era.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let joining = run.events_of("token_issued").filter(|token| !token["submission"].is_null());
    let joining: HashSet<&str> = joining.filter_map(|token| token["access"].as_str()).collect();
    let (mut opened, mut silent) = (0, None);
    for exchange in run.calls_of(methods::TOKEN).filter(|call| call.was_believable()) {
        let Some(token) = exchange.told("/access_token").filter(|token| joining.contains(token)) else { continue };
        if exchange.told("/user_id").is_some() || exchange.told("/open_id").is_none() {
            continue;
        }
        let opens = || run.calls_with(token).filter(|call| call.method == methods::OPEN);
        if opens().any(|open| open.succeeded() || open.sub_code == HAS_ONE) {
            opened += 1;
        } else if let Some(open) = opens().find(|open| {
            IDENTITY.contains(&open.sub_code.as_str()) && open.struck.is_none() && open.asked("/card_user_info/open_id").is_none()
        }) {
            return breach(exchange, Some(open)).into();
        } else if run.calls_with(token).next().is_none() && gave_up(run, exchange) {
            silent = silent.or(Some(exchange));
        }
    }
    // whom a restart cut off, or whom the merchant welcomes without a new card, no missing user_id turned away
    let killed = run.sights.iter().any(|sight| sight.by == Looker::Player && sight.asked == "kill");
    let welcomed = run.till("attempt").any(|sight| sight.standing == "joined");
    match silent {
        Some(exchange) if opened == 0 && !killed && !welcomed => breach(exchange, None).into(),
        _ => Verdict::after(opened, "no customer joined with an open_id alone"),
    }
}

/// Whether the merchant said so, or had time enough to go on.
fn gave_up(run: &Run, exchange: &Call) -> bool {
    let said = run.till("attempt").any(|sight| sight.standing == "failed" && sight.real_ms >= exchange.real_ms);
    said || run.left_after(exchange) >= TIME_ENOUGH_MS
}

/// How long a merchant has to go on before it counts as given up.
const TIME_ENOUGH_MS: i64 = 3_000;
/// How the platform refuses an identity that is missing or odd.
const IDENTITY: &[&str] = &["INVALID_PARAMETER", "ILLEGAL_NULL_ARGUMENT", "isv.missing-parameter", "isv.invalid-parameter"];
/// The customer has the card already.
const HAS_ONE: &str = "CARD_HAS_OPENED";

fn breach(exchange: &Call, open: Option<&Call>) -> Breach {
    let observed = match open {
        Some(open) => format!("{} was refused with {}", open.name(), open.sub_code),
        None => format!("nothing came after {}", exchange.name()),
    };
    let breach = Breach::by(exchange, "a card for a customer with open_id and no user_id", observed);
    let breach = open.into_iter().fold(breach, Breach::and);
    breach.fact("user_id", "absent").mend(
        "New applications get open_id and no user_id. Take whichever of the two came as the customer's identity, and leave the other out.",
        "新应用只返回 open_id，不再返回 user_id。请用返回的那一个作为顾客标识，没有的字段不要传。",
    )
}
