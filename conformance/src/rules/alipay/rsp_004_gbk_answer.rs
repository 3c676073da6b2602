//! # RSP-004: an answer in GBK is survived
//!
//! **Why.** UTF-8 is asked for, and a busy machine of the platform's answers in GBK all the same. Who decodes before verifying loses the
//! text to U+FFFD and the signature with it; who takes that for a refusal loses the customer.
//! **Provoked by** `alipay/answer/gbk.feature`: a form and an update that are answered in GBK.
//! **Holds** when what was answered so is asked again until it took effect, or is gone on with: an update reaches the card within half an
//! hour, and after a form a card is opened, or the form read again.
//! **Source.** gateway/PROTOCOL A7; smartwalle/alipay#257.

use super::{Unfinished, methods, unfinished};
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run, Sight};

pub(super) const RULE: Rule = Rule {
    id: "RSP-004",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/answer/gbk.feature"),
    bites_on: "client.gives_up_on_gbk",
    judge,
    source: include_str!("rsp_004_gbk_answer.rs"),
    chinese: include_str!("rsp_004_gbk_answer.zh.md"),
};

/// How long a customer waits for a card, when nobody tells the merchant the time.
const JOINING_MS: i64 = 60_000;

fn judge(run: &Run) -> Verdict {
    let open = |call: &Call| is_gbk(call) && !call.succeeded();
    let healed = match unfinished(run, &[methods::UPDATE, methods::CONSUME_SYNC], open) {
        Unfinished::Left(call, minutes) => return breach(call, &format!("nobody asked again for {minutes} min")).into(),
        Unfinished::Healed(healed) => healed,
    };
    let mut read = 0;
    for call in run.calls_of(methods::FORM_QUERY).filter(|call| is_gbk(call)) {
        let Some(token) = call.param("auth_token") else { continue };
        let goes_on = |later: &&Call| later.id > call.id && [methods::FORM_QUERY, methods::OPEN].contains(&later.method.as_str());
        if run.calls_with(token).any(|later| goes_on(&later)) {
            read += 1;
        } else if run.left_after(call) >= JOINING_MS || run.till("attempt").any(|sight| gave_up_after(call, sight)) {
            return breach(call, "the form was not read again, and no card was opened").into();
        }
    }
    Verdict::after(healed + read, "no answer came in GBK that said anything")
}

/// Whether a customer was told after this call that there is no card.
fn gave_up_after(call: &Call, sight: &Sight) -> bool {
    sight.standing == "failed" && sight.real_ms >= call.real_ms
}

fn is_gbk(call: &Call) -> bool {
    call.struck.as_ref().is_some_and(|struck| struck.action.contains("gbk"))
}

fn breach(call: &Call, observed: &str) -> Breach {
    Breach::by(call, "the same once more, or the next step", format!("{} was answered in GBK: {observed}", call.name()))
        .fact("declared charset", call.param("charset").unwrap_or_default())
        .fact("answered", format!("{} {}", call.code, call.sub_code))
        .mend(
            "An answer in GBK ended the matter. Verify the bytes first, then decode; what cannot be read is an unknown outcome: ask again under the same number.",
            "一个 GBK 编码的应答让事情中断了。请先对原始字节验签再解码；读不懂的应答按结果未知处理，用同一单号重试。",
        )
}
