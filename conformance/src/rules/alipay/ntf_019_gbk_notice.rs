//! # NTF-019: a notice in GBK is verified on its bytes and decoded afterwards
//!
//! **Why.** The signature stands over the bytes that came. Who turns them into UTF-8 first verifies another text and refuses every
//! message with a Chinese letter in it.
//! **Provoked by** `alipay/code/own.feature`: the request for a code comes in GBK, with a Chinese remark in it.
//! **Holds** when a rightly signed GBK message with letters beyond ASCII is taken. A refusal is a breach when one of the same kind
//! without such letters was taken.
//! **Source.** card/SEMANTICS 10; gateway/PROTOCOL F; smartwalle/alipay#257, dedemao/alipay#7.

use super::{methods, was_handed_over};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Delivery, Run};

pub(super) const RULE: Rule = Rule {
    id: "NTF-019",
    level: Level::Must,
    since: "0.1.0",
    provoked_by: Some("alipay/code/own.feature"),
    bites_on: "merchant.converts_before_verify",
    judge,
    source: include_str!("ntf_019_gbk_notice.rs"),
    chinese: include_str!("ntf_019_gbk_notice.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let in_gbk = || run.deliveries.iter().filter(|message| is_gbk(message) && !message.is_forged() && message.status.is_some());
    let mut taken = 0;
    for message in in_gbk().filter(|message| !is_ascii(message)) {
        if was_taken(run, message) {
            taken += 1;
            continue;
        }
        let plain = in_gbk().find(|other| other.method == message.method && is_ascii(other) && was_taken(run, other));
        if let Some(plain) = plain.filter(|_| !message.was_believed()) {
            let observed = format!("{} with Chinese letters was refused, {} without was taken", message.name(), plain.name());
            return Breach::by(message, "success: the signature is right over the bytes that came", observed)
                .and(plain)
                .fact("answer", message.text().unwrap_or_default())
                .mend(
                    "Verified after converting. Take the form apart as bytes, verify these bytes, and decode them from GBK only then.",
                    "先转码后验签了。请把表单按字节拆开，用原始字节验签，之后再从 GBK 解码。",
                )
                .into();
        }
    }
    Verdict::after(taken, "no message in GBK with letters beyond ASCII was taken or refused")
}

/// Whether a message was taken: a request for a code is when a code comes, any other when it is acknowledged.
fn was_taken(run: &Run, message: &Delivery) -> bool {
    if message.method == methods::CODE_NOTICE { was_handed_over(run, message) } else { message.was_believed() }
}

/// Whether a message came in GBK: the codes' kind always does.
fn is_gbk(message: &Delivery) -> bool {
    message.method == methods::CODE_NOTICE || message.param("charset").is_some_and(|charset| charset.eq_ignore_ascii_case("gbk"))
}

fn is_ascii(message: &Delivery) -> bool {
    message.params.values().all(|value| value.as_str().is_none_or(str::is_ascii))
}
