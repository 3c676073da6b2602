//! The fields of a call: read from where they stand, judged by the contract, given the types that methods read.
//!
//! Done outside the sandbox's lock. Faults become the platform's refusal, oddities become flags of the journal.
//! Source: gateway PROTOCOL A1, D; QUIRKS Q19, Q20; DESIGN "Contract as data".

use crate::biz_content;
use crate::contract;
use crate::gateway::asked::Asked;
use crate::gateway::flag;
use crate::meant::meant;
use crate::method::{BUSINESS, Entry};
use crate::refused::Refused;
use engine::contract::{Parameter, Place};
use engine::journal::Flag;
use serde_json::{Map, Value};
use wire::alipay::codes::sub_code;

/// The fields, or why they are refused; and remarks.
pub(super) fn read(entry: &Entry, asked: &Asked<'_>) -> (Result<Value, Refused>, Vec<Flag>) {
    let contract = entry.contract();
    let mut flags = Vec::new();
    let biz_content = match asked.biz_content.as_deref().map(biz_content::read).transpose() {
        Ok(read) => read.map(|(value, repeats)| {
            flags.extend(repeats);
            value
        }),
        // beside biz_content nothing of it counts, so it may be anything
        Err(error) if contract.place == Place::Beside => {
            flags.push(flag("biz_content", format!("not JSON ({error}); without effect here")));
            None
        }
        Err(error) => return (Err(Refused::gateway(sub_code::ILLEGAL_JSON).with_hint(&format!("biz_content: {error}"))), flags),
    };
    let texts = asked.parameters.iter().map(|(name, value)| (name.as_ref(), Parameter::Text(value)));
    let files = asked.files.iter().map(|file| (file.name.as_str(), Parameter::File(file.bytes.len())));
    let report = contract.validate_call(texts.chain(files), biz_content.as_ref());
    flags.extend(report.flags.iter().map(|found| flag(&found.path, &found.text)));
    flags.extend(report.faults.iter().map(|fault| flag(&fault.path, fault.to_string())));
    if let Some(mut refused) = contract::refusal(contract, &report) {
        if let (BUSINESS, Some(Value::Object(came))) = (refused.code, &biz_content) {
            refused.beside = Some(Box::new((entry.beside_refusal)(came)));
        }
        return (Err(refused), flags);
    }
    let came = match contract.place {
        Place::BizContent => match biz_content {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        },
        Place::Beside => asked.parameters.iter().map(|(name, value)| (name.to_string(), Value::from(value.as_ref()))).collect(),
    };
    (Ok(Value::Object(meant(contract.request.fields(), came))), flags)
}
