//! `alipay.marketing.card.template.modify`: a template changes, and every card of it follows.
//!
//! Each block that is sent replaces the stored one, absent blocks stay; field rules and numbering cannot be changed; shops
//! can only be added. Sources: spec table of the same name; card SEMANTICS 7, 16.4.

use crate::method::{Call, Method, Outcome};
use crate::template::create::FIELDS;
use crate::template::document::{self, Document};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use world::names::ProgrammeId;
use world::programme::{ChangePutOff, ProgrammeModified};
use world::switch::Switch;

pub(crate) struct TemplateModify;

/// Within how many seconds cards follow a change on the real platform: 1 to 5 minutes.
const SOONEST: i64 = 60;
const LATEST: u64 = 300;

/// Blocks that are taken and have no effect.
const FIXED: [(&str, &str); 3] = [
    ("field_rule_list", "field rules cannot be changed for merchant cards: without effect"),
    ("biz_no_prefix", "numbering is fixed at creation: without effect"),
    ("biz_no_suffix_len", "numbering is fixed at creation: without effect"),
];

const REQUEST: [Imitates; FIELDS.len() + 4] = {
    let mut all = [Imitates::full(""); FIELDS.len() + 4];
    let mut at = 0;
    while at < FIELDS.len() {
        all[at] = FIELDS[at];
        at += 1;
    }
    all[at] = Imitates::ignored("field_rule_list", "without effect on the platform too");
    all[at + 1] = Imitates::ignored("biz_no_prefix", "numbering is fixed at creation");
    all[at + 2] = Imitates::ignored("biz_no_suffix_len", "numbering is fixed at creation");
    all[at + 3] = Imitates::ignored("request_id", "any; nothing makes a modification once-only");
    all
};

#[derive(Deserialize)]
pub(crate) struct Params {
    template_id: String,
    #[serde(flatten)]
    document: Document,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    template_id: String,
}

impl Method for TemplateModify {
    const NAME: &'static str = "alipay.marketing.card.template.modify";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &REQUEST,
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "TEMPLATE_NOT_EXIT"],
        differs: &[
            "Blocks that are sent replace the stored ones, absent blocks stay; sources hint at both a full and a partial change.",
            "Cards and template.query follow at once; with the sandbox's switch delayed_template_changes on, after 1 to 5 minutes of virtual time, as on the real platform.",
            "biz_no_prefix and biz_no_suffix_len have no effect; no source says what a change would do to the sequence.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let Params { template_id, document: mut sent } = params;
        let id = ProgrammeId::from(&template_id);
        let programme = super::own(call, &id)?;
        // a change that is on its way is what this one adds to
        let waiting = call.world().waiting_change(&id);
        let mut document = waiting.map_or_else(|| document::of(programme), |change| document::read(&change.document));
        let terms_before = waiting.map_or(&programme.terms, |change| &change.terms);
        let said_where = call.caller().notify_url.is_some();
        let notify_app = if said_where { call.provider().map(|provider| provider.id.clone()) } else { terms_before.notify_app.clone() };
        let notify_url = call.caller().notify_url.clone().or_else(|| terms_before.notify_url.clone());
        let mut remarks = Vec::new();
        for (block, text) in FIXED {
            let changes = sent.remove(block).is_some_and(|block_sent| document.get(block) != Some(&block_sent));
            if changes {
                remarks.push((block.to_owned(), text.to_owned()));
            }
        }
        sent.remove("request_id");
        if let Some(shops) = sent.remove("shop_ids") {
            document.insert("shop_ids".to_owned(), joined(document.get("shop_ids"), &shops));
        }
        document.extend(sent);
        let mut terms = document::terms(&document, notify_url)?;
        terms.notify_app = notify_app;
        remarks.extend(document::picture_remarks(call, &document));
        let modified = ProgrammeModified { programme: id, document: Value::Object(document).to_string().into(), terms };
        if call.world().is_on(Switch::DelayedTemplateChanges) {
            let delay = SOONEST + i64::try_from(call.chance().below(LATEST - SOONEST.unsigned_abs())).expect("minutes are few seconds");
            let put_off = ChangePutOff { number: call.world().next_change(), due: call.now().plus_seconds(delay), modified };
            call.flag("", format!("customers see it in {delay} s: the switch delayed_template_changes is on"));
            call.record(put_off);
        } else {
            call.record(modified);
        }
        for (path, text) in remarks {
            call.flag(&path, text);
        }
        Ok(Reply { template_id })
    }
}

/// Shops can be added, never removed.
fn joined(stored: Option<&Value>, sent: &Value) -> Value {
    let mut shops: Vec<Value> = stored.and_then(Value::as_array).cloned().unwrap_or_default();
    for shop in sent.as_array().into_iter().flatten() {
        if !shops.contains(shop) {
            shops.push(shop.clone());
        }
    }
    Value::Array(shops)
}

#[cfg(test)]
mod tests;
