//! `alipay.marketing.card.template.create`: a template that cards are issued from.
//!
//! The same `request_id` with the same content gives the template of the first time. Sources: spec table of the same name;
//! card SEMANTICS 7, 16.2.

use crate::ids;
use crate::method::{Call, Method, Outcome};
use crate::template::document::{self, DIGEST, Document};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use world::Refusal;
use world::programme::ProgrammeCreated;

pub(crate) struct TemplateCreate;

/// Templates of one merchant; the platform's number is not published.
pub(crate) const LIMIT: usize = 1_000;

#[derive(Deserialize)]
pub(crate) struct Params {
    request_id: String,
    #[serde(flatten)]
    document: Document,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    pub(super) template_id: String,
}

/// What templates carry without effect, in `create` and `modify` alike.
pub(super) const FIELDS: &[Imitates] = &[
    Imitates::full(""),
    Imitates::partly("template_style_info", "shown on the customer's pages; pictures are not checked when they are named"),
    Imitates::ignored("template_style_info.color", "deprecated on the platform too"),
    Imitates::stored("open_card_conf"),
    Imitates::partly("shop_ids", "kept and echoed; which shops a merchant has is not modelled, so any id is taken"),
    Imitates::stored("pub_channels"),
    Imitates::stored("card_spec_tag"),
    Imitates::stored("access_version"),
    Imitates::partly("template_form_config", "open_card_mini_app_id is kept and echoed only"),
    Imitates::stored("paid_outer_card_conf"),
];

impl Method for TemplateCreate {
    const NAME: &'static str = "alipay.marketing.card.template.create";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: FIELDS,
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER", "NO_CARD_TYPE", "TEMPLATE_OVER_LIMIT"],
        differs: &[
            "The same request_id with the same content returns the first template_id; with other content it is INVALID_PARAMETER.",
            "A card_type other than OUT_MEMBER_CARD is NO_CARD_TYPE.",
            "A merchant may have 1000 templates; the real limit is not published.",
            "Column codes, levels and field rules that stand twice, a TELEPHONE column that is not static, and rule values that cannot be read are refused.",
            "biz_no_prefix may have up to 16 characters while the number stays within 32.",
            "What messages to notify_url carry is not published: notify_type card_open or card_delete, template_id, biz_card_no, external_card_no and the customer. Every application has the card products bound.",
            "mdcode_notify_conf.url may be a plain http address of this machine.",
        ],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let Params { request_id, mut document } = params;
        let digest = ids::drawn(0, "template", &[sorted(&document).as_bytes()]);
        if let Some(first) = call.world().programme_by_request(call.merchant(), &request_id) {
            if document::of(first).get(DIGEST).and_then(Value::as_u64) == Some(digest) {
                return Ok(Reply { template_id: first.id.to_string() });
            }
            return Err(Refusal::RequestIdReused { request_id, programme: first.id.clone() }.into());
        }
        let mut terms = document::terms(&document, call.caller().notify_url.clone())?;
        terms.notify_app = call.provider().map(|provider| provider.id.clone());
        call.world().check_room(call.merchant(), LIMIT)?;
        for (path, text) in document::picture_remarks(call, &document) {
            call.flag(&path, text);
        }
        let sequence = call.world().programmes().len() as u64 + 1;
        let id = ids::template_id(call.now(), sequence, call.chance());
        document.insert(DIGEST.to_owned(), Value::from(digest));
        let document = Value::Object(document).to_string().into();
        let (merchant, app) = (call.merchant().clone(), call.app().id.clone());
        call.record(ProgrammeCreated { programme: id.clone(), merchant, app, request_id, document, terms });
        Ok(Reply { template_id: id.to_string() })
    }
}

/// One text for the same content, whatever the order of its members.
fn sorted(document: &Document) -> String {
    fn in_order(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let mut names: Vec<_> = members.iter().collect();
                names.sort_unstable_by_key(|(name, _)| *name);
                Value::Object(names.into_iter().map(|(name, value)| (name.clone(), in_order(value))).collect())
            }
            Value::Array(items) => Value::Array(items.iter().map(in_order).collect()),
            other => other.clone(),
        }
    }
    in_order(&Value::Object(document.clone())).to_string()
}

#[cfg(test)]
mod tests;
