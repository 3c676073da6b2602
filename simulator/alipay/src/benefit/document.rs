//! A benefit's document: what it must be beyond the table, and how it is read back and shown.
//!
//! Kept as sent; a query joins the lines of `benefit_desc` into one text, which is how its table has it (the line feed
//! between them is inferred). Source: card SEMANTICS 7 (Benefits).

use crate::method::{Outcome, moment};
use crate::refused::Refused;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use world::benefit::Benefit;
use world::names::{BenefitId, ProgrammeId};

/// A benefit as merchants send it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Document {
    pub(super) template_id: String,
    title: String,
    benefit_desc: Vec<String>,
    start_date: String,
    end_date: Option<String>,
    ext_info: Option<String>,
}

impl Document {
    /// The benefit under this number.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for dates in the wrong order and `ext_info` that is not JSON.
    pub(super) fn benefit(&self, id: BenefitId) -> Outcome<Benefit> {
        let from = moment("mcard_template_benefit.start_date", &self.start_date)?;
        let until = self.end_date.as_deref().map(|text| moment("mcard_template_benefit.end_date", text)).transpose()?;
        if until.is_some_and(|until| until <= from) {
            return Err(Refused::parameter("mcard_template_benefit的end_date必须晚于start_date").into());
        }
        if self.ext_info.as_ref().is_some_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_err()) {
            return Err(Refused::parameter("mcard_template_benefit.ext_info不是正确的JSON").into());
        }
        let document = serde_json::to_string(self).expect("a document is plain data").into();
        Ok(Benefit { id, programme: ProgrammeId::from(&self.template_id), document, from, until })
    }
}

fn members(benefit: &Benefit) -> Map<String, Value> {
    let mut members: Map<String, Value> = serde_json::from_str(&benefit.document).unwrap_or_default();
    members.retain(|_, value| !value.is_null());
    members
}

/// A benefit as `benefit.query` has it.
pub(super) fn queried(benefit: &Benefit) -> Map<String, Value> {
    let mut members = members(benefit);
    let lines: Vec<&str> = members.get("benefit_desc").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let text = lines.join("\n");
    members.insert("benefit_desc".to_owned(), json!(text));
    members.insert("benefit_id".to_owned(), json!(benefit.id.as_str()));
    members
}

/// A benefit as the card's page shows it.
pub(crate) fn shown(benefit: &Benefit) -> Value {
    let mut members = members(benefit);
    members.remove("template_id");
    Value::Object(members)
}
