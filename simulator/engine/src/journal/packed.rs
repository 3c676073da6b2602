//! An exchange as the journal keeps it once newer ones have come: one run of bytes. Its some thirty texts, each with a place of
//! its own in memory, take nearly twice of what they say.

use super::{AnswerBytes, Direction, ENTRY, Exchange, Flag, RequestBytes, Sent, SignatureVerdict, weight_of};
use crate::fault::Struck;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use world::Moment;

/// An exchange, packed.
#[derive(Debug)]
pub(super) struct Packed {
    provider: &'static str,
    bytes: Box<[u8]>,
    /// What few exchanges have.
    rare: Option<Box<Rare>>,
}

#[derive(Debug, Default)]
struct Rare {
    diagnosis: Option<Value>,
    flags: Vec<Flag>,
    fault: Option<Box<Struck>>,
}

type Headers<'a> = Vec<(&'a str, &'a str)>;

/// What stands in the bytes, borrowed from an exchange or from them.
#[derive(Serialize, Deserialize)]
struct Said<'a> {
    is_out: bool,
    method: &'a str,
    app: Option<&'a str>,
    about: Option<&'a str>,
    trace: &'a str,
    at: i64,
    real: i64,
    took_us: u64,
    #[serde(borrow)]
    request: (&'a str, &'a str, Headers<'a>, Raw<'a>),
    #[serde(borrow)]
    answer: (u16, Headers<'a>, Raw<'a>, Sent),
    /// Not looked at, fits, does not fit.
    signature: u8,
    code: &'a str,
    sub_code: &'a str,
    events: Option<(u64, u64)>,
}

/// Bytes in one piece.
struct Raw<'a>(&'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(Self)
    }
}

fn borrowed(headers: &[(String, String)]) -> Headers<'_> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn owned(headers: Headers<'_>) -> Vec<(String, String)> {
    headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Packed {
    pub(super) fn of(exchange: &Exchange) -> Self {
        let (signature, diagnosis) = match &exchange.signature {
            SignatureVerdict::NotChecked => (0, None),
            SignatureVerdict::Valid => (1, None),
            SignatureVerdict::Invalid(diagnosis) => (2, diagnosis.clone()),
        };
        let (request, answer) = (&exchange.request, &exchange.answer);
        let said = Said {
            is_out: exchange.direction == Direction::Out,
            method: &exchange.method,
            app: exchange.app.as_deref(),
            about: exchange.about.as_deref(),
            trace: &exchange.trace,
            at: exchange.at.0,
            real: exchange.real.0,
            took_us: exchange.took_us,
            request: (&request.method, &request.target, borrowed(&request.headers), Raw(&request.body)),
            answer: (answer.status, borrowed(&answer.headers), Raw(&answer.body), answer.sent),
            signature,
            code: &exchange.code,
            sub_code: &exchange.sub_code,
            events: exchange.events,
        };
        let is_rare = diagnosis.is_some() || !exchange.flags.is_empty() || exchange.fault.is_some();
        let rare = is_rare.then(|| Box::new(Rare { diagnosis, flags: exchange.flags.clone(), fault: exchange.fault.clone() }));
        // room for all of it at once: texts and bodies as they are, and little beside
        let room = Vec::with_capacity(exchange.weight());
        let bytes = postcard::to_extend(&said, room).expect("an exchange is plain data").into_boxed_slice();
        Self { provider: exchange.provider, bytes, rare }
    }

    /// The exchange, as it was, with its number.
    pub(super) fn open(&self, id: u64) -> Exchange {
        let said: Said<'_> = postcard::from_bytes(&self.bytes).expect("packed by `of`");
        let (method, target, headers, body) = said.request;
        let request = RequestBytes {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: owned(headers),
            body: Bytes::copy_from_slice(body.0),
        };
        let (status, headers, body, sent) = said.answer;
        let rare = self.rare.as_deref();
        Exchange {
            id,
            direction: if said.is_out { Direction::Out } else { Direction::In },
            provider: self.provider,
            method: said.method.to_owned(),
            app: said.app.map(str::to_owned),
            about: said.about.map(str::to_owned),
            trace: said.trace.to_owned(),
            at: Moment(said.at),
            real: Moment(said.real),
            took_us: said.took_us,
            request,
            answer: AnswerBytes { status, headers: owned(headers), body: Bytes::copy_from_slice(body.0), sent },
            signature: match said.signature {
                0 => SignatureVerdict::NotChecked,
                1 => SignatureVerdict::Valid,
                _ => SignatureVerdict::Invalid(rare.and_then(|rare| rare.diagnosis.clone())),
            },
            code: said.code.to_owned(),
            sub_code: said.sub_code.to_owned(),
            flags: rare.map(|rare| rare.flags.clone()).unwrap_or_default(),
            events: said.events,
            fault: rare.and_then(|rare| rare.fault.clone()),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let rare = self.rare.as_deref().map_or(0, |rare| {
            size_of::<Rare>()
                + rare.diagnosis.as_ref().map_or(0, weight_of)
                + weight_of_flags(&rare.flags)
                + weight_of_fault(rare.fault.as_deref())
        });
        size_of::<Self>() + self.bytes.len() + rare
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
