//! # TPL-001: points, balance and level used on cards are columns of the template
//!
//! **Why.** The platform takes the values, answers Success and shows nothing: a card displays points, balance and level only when
//! the template lists the column. Merchants look for the fault in their updates.
//! **Provoked by** any card whose template was created or changed within the run.
//! **Holds** when every one of `point`, `balance` and `level` that is stated in `card.open`, `card.update` or `consume.sync` has its
//! column in `column_info_list` of the card's template. Letter case does not count.
//! **Source.** card/SEMANTICS 7 "Columns"; FAQ-card of AlipayDocs/open-docs.

use super::methods;
use crate::rule::{Breach, Level, Rule, Verdict};
use crate::run::{Call, Run};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    id: "TPL-001",
    level: Level::Should,
    since: "0.1.0",
    provoked_by: None,
    bites_on: "merchant.no_point_column",
    judge,
    source: include_str!("tpl_001_columns_declared.rs"),
    chinese: include_str!("tpl_001_columns_declared.zh.md"),
};

/// Attributes of a card and the columns that show them.
const COLUMNS: &[(&str, &str)] = &[("point", "POINT"), ("balance", "BALANCE"), ("level", "LEVEL")];

fn judge(run: &Run) -> Verdict {
    let mut columns: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut template_of: BTreeMap<&str, &str> = BTreeMap::new();
    let mut stated = 0;
    for call in &run.calls {
        let (template, info) = match call.method.as_str() {
            methods::TEMPLATE_CREATE | methods::TEMPLATE_MODIFY if call.succeeded() => {
                let template = call.told("/template_id").or_else(|| call.asked("/template_id"));
                if let (Some(template), Some(declared)) = (template, declared(call)) {
                    columns.insert(template, declared);
                }
                continue;
            }
            methods::OPEN => {
                let template = call.asked("/card_template_id");
                if let (Some(template), Some(card)) = (template, call.told("/card_info/biz_card_no")) {
                    template_of.insert(card, template);
                }
                (template, "card_ext_info")
            }
            methods::UPDATE | methods::CONSUME_SYNC => {
                (call.asked("/target_card_no").and_then(|card| template_of.get(card).copied()), "card_info")
            }
            _ => continue,
        };
        let Some((template, declared)) = template.and_then(|template| columns.get_key_value(template)) else { continue };
        for (attribute, column) in COLUMNS {
            let Some(value) = call.business.pointer(&format!("/{info}/{attribute}")).filter(|value| !value.is_null()) else { continue };
            stated += 1;
            if !declared.iter().any(|code| code == column) {
                return breach(call, template, attribute, column, value, declared).into();
            }
        }
    }
    if stated == 0 {
        Verdict::not_exercised("no points, balance or level were stated on a card whose template was set up within this run")
    } else {
        Verdict::Holds
    }
}

/// Codes of the columns in capitals; nothing when the call leaves the columns as they are.
fn declared(call: &Call) -> Option<Vec<String>> {
    let list = call.business.get("column_info_list")?.as_array()?;
    Some(list.iter().filter_map(|column| column["code"].as_str()).map(str::to_uppercase).collect())
}

fn breach(call: &Call, template: &str, attribute: &str, column: &str, value: &Value, declared: &[String]) -> Breach {
    Breach::by_then(
        call,
        format!("template {template} has a column {column}"),
        format!("{} states {attribute} {value}, the template has {declared:?}", call.name()),
    )
    .fact("column_info_list", declared.join(", "))
    .mend(
        format!("{attribute} was sent but the template has no {column} column; the customer sees nothing. Add it with template.modify."),
        format!("传了 {attribute}，但模板没有 {column} 栏位，顾客什么也看不到。请用 template.modify 在 column_info_list 中补上。"),
    )
}
