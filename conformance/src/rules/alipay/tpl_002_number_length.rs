//! # TPL-002: card numbers of a template have room: suffix 8 to 32, prefix and suffix 32 together
//!
//! **Why.** A prefix of 10 and a suffix of 32 make 42: the template is refused, in a test or on the day of the opening.
//! **Provoked by** a template that is created.
//! **Holds** when every `template.create` asks for a suffix of 8 to 32 digits and for at most 32 characters with the prefix.
//! **Source.** card/SEMANTICS 6, 14; alipay.marketing.card.template.create.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "TPL-002",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.suffix_too_long",
    judge,
    source: include_str!("tpl_002_number_length.rs"),
    chinese: include_str!("tpl_002_number_length.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut looked_at = 0;
    for call in run.calls_of(methods::TEMPLATE_CREATE) {
        let suffix = match call.business.get("biz_no_suffix_len") {
            Some(Value::String(text)) => text.trim().parse::<usize>().ok(),
            Some(Value::Number(number)) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
            _ => None,
        };
        let Some(suffix) = suffix else { continue };
        looked_at += 1;
        let prefix = call.asked("/biz_no_prefix").unwrap_or_default().chars().count();
        let total = prefix.saturating_add(suffix);
        if !(8..=32).contains(&suffix) || total > 32 {
            return Breach::by_itself(call, "a suffix of 8 to 32, and at most 32 with the prefix", format!("prefix {prefix} + suffix {suffix} = {total}"))
                .fact("biz_no_prefix", call.asked("/biz_no_prefix").unwrap_or_default())
                .fact("biz_no_suffix_len", suffix.to_string())
                .mend(
                    format!("prefix {prefix} + suffix {suffix} = {total}. Choose biz_no_suffix_len from 8 so that both together have at most 32 characters."),
                    format!("前缀 {prefix} + 后缀 {suffix} = {total}。请让 biz_no_suffix_len 不小于 8，且与前缀合计不超过 32 位。"),
                )
                .into();
        }
    }
    Verdict::after(looked_at, "no template was created in this run")
}
