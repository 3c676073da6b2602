//! An exchange as the platform's control API hands it out, read leniently: what is missing is empty.
//!
//! Not what rules look at: [`super::Call`], [`super::Delivery`] and [`super::Page`] are made from it. Source: the control API's
//! `GET /_kabao/v1/journal/{id}`.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What the platform made of a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// It was not looked at.
    #[default]
    NotChecked,
    /// It fits.
    Valid,
    /// It does not fit.
    Invalid,
}

/// A remark of the platform about an exchange that went on all the same.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Flag {
    /// The field, or empty.
    pub path: String,
    /// What is odd about it.
    pub text: String,
}

/// A fault that somebody wanted and that struck an exchange.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Struck {
    /// What went wrong, such as `drop` or `other_key`.
    pub action: String,
    /// How many bytes of the answer went out; absent when all did.
    pub sent_bytes: Option<usize>,
}

#[derive(Deserialize)]
pub(super) struct Sheet {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) direction: String,
    #[serde(default)]
    pub(super) method: String,
    pub(super) app_id: Option<String>,
    #[serde(default)]
    pub(super) at: String,
    #[serde(default)]
    pub(super) at_ms: i64,
    #[serde(default)]
    pub(super) real_ms: i64,
    #[serde(default)]
    pub(super) took_us: u64,
    #[serde(default)]
    pub(super) http_status: u16,
    #[serde(default)]
    pub(super) signature: Signature,
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) sub_code: String,
    #[serde(default)]
    pub(super) flags: Vec<Flag>,
    pub(super) fault: Option<Struck>,
    pub(super) diagnosis: Option<Value>,
    #[serde(default)]
    pub(super) view: View,
    #[serde(default)]
    pub(super) request: Side,
    #[serde(default)]
    pub(super) answer: Side,
}

impl Sheet {
    /// Why the platform shows nothing of it, when it does not: what could not be redacted is left out whole.
    pub(super) fn hidden(&self) -> Option<String> {
        let why = self.view.unreadable.as_ref().filter(|_| self.view.signature.is_null())?;
        Some(format!("of exchange #{} nothing is shown: {why}", self.id))
    }

    /// Whether a fault kept a call of the platform from leaving: the merchant knows nothing of it.
    pub(super) fn never_left(&self) -> bool {
        self.fault.is_some() && self.http_status == 0 && self.flags.iter().any(|flag| flag.text == "nothing was sent")
    }
}

#[derive(Default, Deserialize)]
pub(super) struct View {
    #[serde(default)]
    pub(super) params: Map<String, Value>,
    #[serde(default)]
    pub(super) biz_content: Value,
    #[serde(default)]
    pub(super) string_to_sign: String,
    #[serde(default)]
    pub(super) sign: Value,
    #[serde(default)]
    pub(super) response: Value,
    #[serde(default)]
    pub(super) pay_code: Option<PayCode>,
    #[serde(default)]
    pub(super) answered: Option<Answered>,
    #[serde(default)]
    pub(super) form: Map<String, Value>,
    #[serde(default)]
    pub(super) redirect: Option<Redirect>,
    /// Why nothing is shown, when nothing is.
    #[serde(default)]
    unreadable: Option<String>,
    /// What stands beside whatever was understood.
    #[serde(default)]
    signature: Value,
}

/// What can be told of a payment code without saying it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct PayCode {
    /// How many characters it has.
    pub length: usize,
    /// Whether all of them are digits.
    pub digits: bool,
    /// Its first two characters.
    pub begins: String,
    /// Whether it came as a text, and not as a number.
    pub text: bool,
}

/// What a merchant answered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
pub struct Answered {
    /// The beginning of the body.
    pub text: String,
    /// Where it sends the caller on, when it does.
    pub location: Option<String>,
}

/// Where a page led.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
pub struct Redirect {
    /// The whole address.
    pub address: String,
    /// What its query says.
    #[serde(default)]
    pub params: Map<String, Value>,
}

#[derive(Default, Deserialize)]
pub(super) struct Side {
    #[serde(default)]
    pub(super) line: String,
    #[serde(default)]
    pub(super) headers: Vec<(String, String)>,
    #[serde(default)]
    pub(super) bytes: usize,
}
