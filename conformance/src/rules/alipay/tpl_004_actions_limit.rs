//! # TPL-004: a template has at most 4 actions and shows 0 or 2 of them on the list
//!
//! **Why.** One or three entries with `display_on_list` are refused as `INVALID_PARAMETER`, with a text that few find.
//! **Provoked by** a template with actions.
//! **Holds** when every template that is created or changed has at most 4 actions, of which none or two say `display_on_list`.
//! **Source.** card/SEMANTICS 7 "Actions"; `AlipayDocs` 商家会员卡跳转小程序.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::Run;
use serde_json::Value;

pub(super) const RULE: Rule = Rule {
    id: "TPL-004",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.one_listed_action",
    judge,
    source: include_str!("tpl_004_actions_limit.rs"),
    chinese: include_str!("tpl_004_actions_limit.zh.md"),
};

fn judge(run: &Run) -> Verdict {
    let mut looked_at = 0;
    for call in run.calls_of_any(&[methods::TEMPLATE_CREATE, methods::TEMPLATE_MODIFY]) {
        let Some(actions) = call.business.get("card_action_list").and_then(Value::as_array) else { continue };
        looked_at += 1;
        let is_true = |value: Option<&Value>| value.is_some_and(|value| value.as_bool().unwrap_or(value == "true"));
        let listed = |action: &&Value| is_true(action.pointer("/mini_app_url/display_on_list").or_else(|| action.get("display_on_list")));
        let (all, shown) = (actions.len(), actions.iter().filter(listed).count());
        if all > 4 || ![0, 2].contains(&shown) {
            return Breach::by_itself(call, "at most 4 actions, of which 0 or 2 are listed", format!("{all} actions, of which {shown} are listed"))
                .fact("card_action_list", all.to_string())
.fact("display_on_list", shown.to_string())
.mend(
                    format!("{all} actions, {shown} with display_on_list: at most 4 are allowed, and exactly 0 or 2 may be listed, else INVALID_PARAMETER."),
                    format!("共 {all} 个行动点，{shown} 个 display_on_list：最多 4 个，且只能有 0 个或 2 个在列表页展示，否则报 INVALID_PARAMETER。"),
                )
                .into();
        }
    }
    Verdict::after(looked_at, "no template with actions was created or changed")
}
