//! # IDN-001: a customer who has an `open_id` and no `user_id` gets the card
//!
//! **Why.** Applications of these years are told `open_id` only. A merchant that waits for `user_id` loses every new customer, or
//! makes all of them one.
//! **Provoked by** `alipay/member/open_id.feature`: an application that gets `open_id` only.
//! **Holds** when every customer whose token came with `open_id` alone, after a form, got a card.
//! **Source.** jeequan/jeepay#123; justauth/JustAuth#195; alipay.system.oauth.token.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};

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
    let joining = |token: &str| run.events_of("token_issued").any(|body| body["access"] == token && !body["submission"].is_null());
    let mut opened = 0;
    for exchange in run.calls_of(methods::TOKEN).filter(|call| call.was_heard()) {
        let Some(token) = exchange.told("/access_token").filter(|token| joining(token)) else { continue };
        if exchange.told("/user_id").is_some() || exchange.told("/open_id").is_none() {
            continue;
        }
        let later: Vec<&Call> = run.calls.iter().filter(|call| call.param("auth_token") == Some(token)).collect();
        let opens = || later.iter().filter(|call| call.method == methods::OPEN);
        if opens().any(|open| open.succeeded() || open.sub_code == HAS_ONE) {
            opened += 1;
            continue;
        }
        // whom a fault or another refusal stopped, the missing user_id did not
        let stopped = later.iter().any(|call| call.struck.is_some() || (call.method != methods::OPEN && !call.succeeded()));
        if !stopped {
            return breach(exchange, opens().next_back()).into();
        }
    }
    Verdict::after(opened, "no customer joined with an open_id alone")
}

/// The customer has the card already.
const HAS_ONE: &str = "CARD_HAS_OPENED";

fn breach(exchange: &Call, open: Option<&&Call>) -> Breach {
    let observed = match open {
        Some(open) => format!("{} was refused with {}", open.name(), open.sub_code),
        None => format!("nothing came after {}", exchange.name()),
    };
    let breach = Breach::by(exchange, "a card for a customer with open_id and no user_id", observed);
    let breach = open.into_iter().fold(breach, |breach, open| breach.and(*open));
    breach.fact("user_id", "absent").mend(
        "New applications get open_id and no user_id. Take whichever of the two came as the customer's identity, and leave the other out.",
        "新应用只返回 open_id，不再返回 user_id。请用返回的那一个作为顾客标识，没有的字段不要传。",
    )
}
