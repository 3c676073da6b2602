//! One exchange: what was asked and answered, byte for byte, what was made of it, and about how much room it takes.

use crate::fault::Struck;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use world::Moment;

/// Who called whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// A merchant (or a customer's browser) called the platform.
    In,
    /// The platform called a merchant.
    Out,
}

/// A request as it came over the wire.
#[derive(Clone, Debug, Default)]
pub struct RequestBytes {
    /// HTTP method.
    pub method: String,
    /// Request target as on the request line.
    pub target: String,
    /// Header names and values in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// How much of an answer went out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Sent {
    /// All of it.
    #[default]
    Whole,
    /// Head and so many bytes of the body; then the connection was closed.
    First(usize),
    /// Nothing: the connection was closed.
    Nothing,
}

/// An answer as it went over the wire.
#[derive(Clone, Debug, Default)]
pub struct AnswerBytes {
    /// HTTP status.
    pub status: u16,
    /// Header names and values in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How much of it went out.
    pub sent: Sent,
}

/// What was made of a signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignatureVerdict {
    /// It was not looked at: the call was refused before, or the path has none.
    NotChecked,
    /// It fits.
    Valid,
    /// It does not fit; with the diagnosis, JSON, when one was found.
    Invalid(Option<serde_json::Value>),
}

/// A remark about a call that was served all the same: an unknown or misplaced field, an odd type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flag {
    /// The field, or empty.
    pub path: String,
    /// What is odd about it, in plain words.
    pub text: String,
}

/// One exchange.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its number in the sandbox, from 1.
    pub id: u64,
    /// Who called whom.
    pub direction: Direction,
    /// Which provider's dialect it is in, or what part of the house it belongs to.
    pub provider: &'static str,
    /// The platform's method, or the page's address.
    pub method: String,
    /// The application that called, if it said.
    pub app: Option<String>,
    /// The notice that it carried, if it did.
    pub about: Option<String>,
    /// Trace id given in the answer.
    pub trace: String,
    /// Virtual time of arrival.
    pub at: Moment,
    /// Real time of arrival.
    pub real: Moment,
    /// How long it took, microseconds.
    pub took_us: u64,
    /// The request.
    pub request: RequestBytes,
    /// The answer.
    pub answer: AnswerBytes,
    /// What was made of the signature.
    pub signature: SignatureVerdict,
    /// The platform's class code, such as `10000`; empty for pages.
    pub code: String,
    /// The platform's sub code, when refused.
    pub sub_code: String,
    /// Remarks.
    pub flags: Vec<Flag>,
    /// Places of the first event it caused and the one after the last.
    pub events: Option<(u64, u64)>,
    /// The fault that struck it.
    pub fault: Option<Box<Struck>>,
}

impl Exchange {
    /// About how many bytes it takes: all its texts, and a flat rate for what they hang on.
    pub(super) fn weight(&self) -> usize {
        let headers = |headers: &[(String, String)]| headers.iter().map(|(name, value)| ENTRY + name.len() + value.len()).sum::<usize>();
        let diagnosis = match &self.signature {
            SignatureVerdict::Invalid(Some(found)) => weight_of(found),
            SignatureVerdict::Invalid(None) | SignatureVerdict::NotChecked | SignatureVerdict::Valid => 0,
        };
        let texts = [
            &self.method,
            &self.trace,
            &self.code,
            &self.sub_code,
            &self.request.method,
            &self.request.target,
            self.app.as_ref().unwrap_or(&String::new()),
            self.about.as_ref().unwrap_or(&String::new()),
        ]
        .map(String::len);
        size_of::<Self>()
            + texts.iter().sum::<usize>()
            + self.request.body.len()
            + self.answer.body.len()
            + headers(&self.request.headers)
            + headers(&self.answer.headers)
            + weight_of_flags(&self.flags)
            + diagnosis
            + weight_of_fault(self.fault.as_deref())
    }
}

/// What two short strings, or one JSON value, take beside their text.
const ENTRY: usize = 64;

pub(super) fn weight_of(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    ENTRY
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight_of).sum(),
            Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + weight_of(value)).sum(),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

/// About how many bytes remarks take.
pub(super) fn weight_of_flags(flags: &[Flag]) -> usize {
    flags.iter().map(|flag| ENTRY + flag.path.len() + flag.text.len()).sum()
}

/// About how many bytes the fault that struck takes.
pub(super) fn weight_of_fault(fault: Option<&Struck>) -> usize {
    fault.map_or(0, |fault| size_of::<Struck>() + 2 * fault.replay.len())
}
