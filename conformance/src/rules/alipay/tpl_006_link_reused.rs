//! # TPL-006: form and link are asked for once for a change, not for a visit
//!
//! **Why.** After form or link were set anew, members who open the link see the form again instead of their card. Who asks at
//! every visit makes that the rule.
//! **Provoked by** a second customer who joins.
//! **Holds** when no successful `formtemplate.set` or `activateurl.apply` is repeated with the same content in the run.
//! **Source.** card/SEMANTICS 3; FAQ-card.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use std::collections::HashMap;

pub(super) const RULE: Rule = Rule {
    id: "TPL-006",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: Some("alipay/opening/carded_already.feature"),
    bites_on: "merchant.link_for_every_visit",
    judge,
    source: include_str!("tpl_006_link_reused.rs"),
    chinese: include_str!("tpl_006_link_reused.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut asked: HashMap<(&str, String), Vec<&Call>> = HashMap::new();
    for call in run.calls_of_any(&[methods::FORM_SET, methods::LINK]) {
        // an answer that was lost is asked for again, and rightly
        if call.succeeded() && call.was_heard() {
            asked.entry((&call.method, call.business.to_string())).or_default().push(call);
        }
    }
    let mut repeated: Vec<&Vec<&Call>> = asked.values().filter(|calls| calls.len() > 1).collect();
    repeated.sort_by_key(|calls| calls[0].id);
    match repeated.first().map(|calls| calls.as_slice()) {
        Some([first, second, ..]) => breach(first, second, repeated[0].len()).into(),
        _ => Verdict::after(asked.len(), "neither form nor link was asked for in this run"),
    }
}

fn breach(first: &Call, second: &Call, times: usize) -> Breach {
    Breach::by_then(first, format!("{} once for each change", first.method), format!("it came {times} times with the same content")).and(second).mend(
        format!("Called {times} times unchanged; members will see the form again. Keep apply_card_url with the template and ask anew only after a change."),
        format!("内容不变却调用了 {times} 次，老会员会再次看到表单。请把 apply_card_url 和模板一起保存，变更后才重新获取。"),
    )
}
