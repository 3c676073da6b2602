//! `alipay.marketing.card.template.batchquery`: the merchant's templates, page by page.
//!
//! Oldest first; the order is inferred. Source: spec table of the same name.

use crate::meant::shown;
use crate::method::{Call, Method, Outcome};
use crate::newer::is_newer;
use crate::refused::Refused;
use crate::template::document::{self, Document};
use engine::contract::{ImitatedMethod, Imitates};
use serde::{Deserialize, Serialize};
use serde_json::json;
use world::programme::Programme;

pub(crate) struct TemplateBatchquery;

/// Templates on a page, at most and by default.
const PAGE: usize = 20;

#[derive(Deserialize)]
pub(crate) struct Params {
    page_no: i64,
    page_size: Option<i64>,
}

#[derive(Serialize)]
pub(crate) struct Reply {
    mcard_template: Vec<Document>,
    template_total: usize,
}

impl Method for TemplateBatchquery {
    const NAME: &'static str = "alipay.marketing.card.template.batchquery";
    const IMITATES: ImitatedMethod<'static> = ImitatedMethod {
        name: Self::NAME,
        request: &[Imitates::full("")],
        response: &[Imitates::full("")],
        errors: &["INVALID_PARAMETER"],
        differs: &["Templates come oldest first; a page_no below 1 or a page_size outside 1 to 20 is INVALID_PARAMETER."],
    };
    type Params = Params;
    type Reply = Reply;

    fn run(call: &mut Call<'_, '_>, params: Params) -> Outcome<Reply> {
        let page = usize::try_from(params.page_no).ok().filter(|page| *page > 0).ok_or_else(|| Refused::parameter("page_no必须大于0"))?;
        let size = params.page_size.map_or(Ok(PAGE), usize::try_from).ok().filter(|size| (1..=PAGE).contains(size));
        let size = size.ok_or_else(|| Refused::parameter(format!("page_size取值范围为[1,{PAGE}]")))?;
        let classic = |programme: &&Programme| programme.merchant == *call.merchant() && !is_newer(programme);
        let own: Vec<&Programme> = call.world().programmes().iter().filter(classic).collect();
        let of_page = own.iter().skip((page - 1).saturating_mul(size)).take(size);
        Ok(Reply { mcard_template: of_page.map(|programme| line(programme)).collect(), template_total: own.len() })
    }
}

fn line(programme: &Programme) -> Document {
    let contract = crate::contract::CONTRACTS.get(TemplateBatchquery::NAME).expect("its table is compiled in");
    let field = contract.response.field("mcard_template").and_then(|list| list.item.as_deref()).expect("a test reads the row");
    let mut document = document::of(programme);
    document.insert("template_id".to_owned(), json!(programme.id.as_str()));
    document.insert("gmt_create".to_owned(), json!(programme.created.text()));
    document.insert("gmt_modified".to_owned(), json!(programme.modified.text()));
    shown(&field.fields, &document)
}

#[cfg(test)]
mod tests;
