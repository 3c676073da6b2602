//! A call of the merchant to the platform, taken apart.

use super::sheet::{Flag, PayCode, Sheet, Signature, Struck, View};
use serde_json::{Map, Value};

/// What can become of an answer that then proves nothing.
const UNBELIEVABLE: &[&str] = &["drop", "cut", "garble", "wrong_signature", "no_signature", "other_key", "http_502", "http_504"];

/// Parameters that the classic dialect has beside `biz_content`, and the newer one wherever its table says.
const BESIDE: &[&str] = &["app_auth_token", "auth_token", "code", "grant_type", "notify_url", "refresh_token", "return_url"];

/// One call of the merchant to the platform.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Call {
    /// Its number in the journal.
    pub id: u64,
    /// The platform's method.
    pub method: String,
    /// The application it named.
    pub app_id: Option<String>,
    /// Virtual time of arrival, China.
    pub at: String,
    /// Virtual time of arrival, milliseconds since 1970.
    pub at_ms: i64,
    /// Real time of arrival, milliseconds since 1970.
    pub real_ms: i64,
    /// When its answer was ready, real time, milliseconds since 1970.
    pub answered_ms: i64,
    /// HTTP status of the answer.
    pub status: u16,
    /// What the platform made of its signature.
    pub signature: Signature,
    /// Which mistake explains a wrong signature, when one was found.
    pub diagnosis: Option<Value>,
    /// Class code of the answer.
    pub code: String,
    /// Sub code of the answer, when refused.
    pub sub_code: String,
    /// Remarks of the platform.
    pub flags: Vec<Flag>,
    /// The fault that struck it.
    pub struck: Option<Struck>,
    /// HTTP method and path.
    pub line: String,
    /// Headers of the request.
    pub headers: Vec<(String, String)>,
    /// Parameters beside `biz_content`.
    pub params: Map<String, Value>,
    /// The signature that came with it.
    pub sign: Option<String>,
    /// `biz_content`; a text when it is no JSON, null when there is none.
    pub business: Value,
    /// `biz_content` as it was written, when it can be told.
    pub written: Option<String>,
    /// What can be told of the payment code in it.
    pub pay_code: Option<PayCode>,
    /// The answer's object.
    pub response: Value,
}

impl Call {
    pub(super) fn of(sheet: Sheet) -> Self {
        let View { mut params, mut biz_content, string_to_sign, sign, response, pay_code, .. } = sheet.view;
        let written = written(&params, &biz_content, &string_to_sign);
        if is_v3(&sheet.request.line) {
            sort_out(&mut params, &mut biz_content);
        }
        Self {
            id: sheet.id,
            method: sheet.method,
            app_id: sheet.app_id,
            at: sheet.at,
            at_ms: sheet.at_ms,
            real_ms: sheet.real_ms,
            answered_ms: sheet.real_ms.saturating_add(i64::try_from(sheet.took_us / 1_000).unwrap_or(i64::MAX)),
            status: sheet.http_status,
            signature: sheet.signature,
            diagnosis: sheet.diagnosis.filter(|found| !found.is_null()),
            code: sheet.code,
            sub_code: sheet.sub_code,
            flags: sheet.flags,
            struck: sheet.fault,
            line: sheet.request.line,
            headers: sheet.request.headers,
            params,
            sign: sign.as_str().map(str::to_owned),
            business: biz_content,
            written,
            pay_code,
            response,
        }
    }

    /// Whether it came in the newer dialect: its parameters travelled in the address, the body and headers, and stand here where the
    /// classic dialect has them.
    pub fn is_v3(&self) -> bool {
        is_v3(&self.line)
    }

    /// A parameter beside `biz_content`.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Value::as_str)
    }

    /// A text in `biz_content`, by JSON pointer.
    pub fn asked(&self, pointer: &str) -> Option<&str> {
        self.business.pointer(pointer).and_then(Value::as_str)
    }

    /// A text in the answer, by JSON pointer.
    pub fn told(&self, pointer: &str) -> Option<&str> {
        self.response.pointer(pointer).and_then(Value::as_str)
    }

    /// A header of the request; letter case does not matter.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the platform did what was asked.
    pub fn succeeded(&self) -> bool {
        self.sub_code.is_empty() && self.code == "10000"
    }

    /// Whether nobody can tell from the answer what happened: neither done nor refused.
    pub fn unknown(&self) -> bool {
        self.code.is_empty() || self.code == "20000" || self.sub_code.ends_with("SYSTEM_ERROR") || !self.was_believable()
    }

    /// Whether the merchant got an answer that proves to be the platform's.
    pub fn was_believable(&self) -> bool {
        self.was_heard() && self.struck.as_ref().is_none_or(|struck| !UNBELIEVABLE.contains(&struck.action.as_str()))
    }

    /// Whether the whole answer went out to the merchant.
    pub fn was_heard(&self) -> bool {
        self.struck.as_ref().is_none_or(|struck| struck.sent_bytes.is_none())
    }

    /// A remark of the platform with this trap's number, such as `Q24`.
    pub fn remark(&self, trap: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.text.strip_prefix(trap).is_some_and(|rest| rest.starts_with(':')))
    }

    /// The number of the trap that explains its wrong signature.
    pub fn trap(&self) -> Option<&str> {
        self.diagnosis.as_ref()?.get("id")?.as_str()
    }

    /// As evidence names it.
    pub fn name(&self) -> String {
        format!("#{} {}", self.id, self.method)
    }
}

fn is_v3(line: &str) -> bool {
    line.split(' ').nth(1).is_some_and(|path| path.starts_with("/v3/"))
}

/// Puts what came in the newer dialect where the classic one has it.
fn sort_out(params: &mut Map<String, Value>, business: &mut Value) {
    if business.as_str().is_some_and(str::is_empty) {
        *business = Value::Null;
    }
    if business.is_null() && params.keys().any(|name| !BESIDE.contains(&name.as_str())) {
        *business = Value::Object(Map::new());
    }
    let Value::Object(business) = business else { return };
    for name in BESIDE {
        if let Some(value) = business.remove(*name) {
            params.entry(*name).or_insert(value);
        }
    }
    for (name, value) in std::mem::take(params) {
        if BESIDE.contains(&name.as_str()) {
            params.insert(name, value);
        } else {
            business.entry(name).or_insert(value);
        }
    }
}

/// `biz_content` as it was written: cut out of the string to sign, in which it stands between its neighbours by name.
fn written(params: &Map<String, Value>, business: &Value, string_to_sign: &str) -> Option<String> {
    if let Value::String(text) = business {
        return Some(text.clone());
    }
    let begins = if string_to_sign.starts_with("biz_content=") { 0 } else { string_to_sign.find("&biz_content=")? + 1 };
    let text = &string_to_sign[begins + "biz_content=".len()..];
    let mut later: Vec<(&String, &str)> = params
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_str()?)))
        .filter(|(name, value)| name.as_str() > "biz_content" && !value.is_empty())
        .collect();
    later.sort_unstable();
    let end = match later.first() {
        Some((name, value)) => text.rfind(&format!("&{name}={value}"))?,
        None => text.len(),
    };
    Some(text[..end].to_owned())
}
