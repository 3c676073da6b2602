//! # NTF-014: a notice needs no session, no token and no login
//!
//! **Why.** The platform is no browser: it has no cookie and no hidden field. A guard against forged forms turns every notice away.
//! **Provoked by** any notice.
//! **Holds** when a notice is taken. Turning all of them away with 401, 403, 405 or 419, those about cards too, is the breach.
//! **Source.** gateway/PROTOCOL F; yansongda/pay#93.

use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "NTF-014",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/pay/counter.feature"),
    bites_on: "merchant.guards_notices",
    judge,
    source: include_str!("ntf_014_no_session.rs"),
    chinese: include_str!("ntf_014_no_session.zh.md"),
};

/// Statuses by which guards turn somebody away who has no session.
const TURNED_AWAY: &[u16] = &[401, 403, 405, 419];

fn judge(run: &Run) -> Verdict {
    let answered: Vec<&Delivery> = run.notices().filter(|notice| !notice.is_forged() && notice.status.is_some()).collect();
    let away = answered.iter().find(|notice| notice.status.is_some_and(|status| TURNED_AWAY.contains(&status)));
    let believed = answered.iter().filter(|notice| notice.was_believed()).count();
    let Some(first) = away.filter(|_| believed == 0 && answered.iter().any(|notice| !notice.is_about_a_trade())) else {
        return Verdict::after(believed, "no notice was taken or turned away in this run");
    };
    let status = first.status.unwrap_or_default();
    Breach::by(
        *first,
        "a plain POST without cookie or token is let through",
        format!("all {} notices were turned away, {} with {status}", answered.len(), first.name()),
    )
    .fact("status", status.to_string())
    .fact("answer", first.text().unwrap_or_default())
    .mend(
        format!("{status} from your login or CSRF guard: take the address of notices out of it. The signature is what protects it."),
        format!("登录或 CSRF 防护返回了 {status}：请把通知地址排除在外，保护它的是签名。"),
    )
    .into()
}
