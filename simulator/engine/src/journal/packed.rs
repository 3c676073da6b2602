//! An exchange as the journal keeps it once newer ones have come: one run of bytes. Its some thirty texts, each with a place of
//! its own in memory, take nearly twice of what they say.

use super::exchange::{AnswerBytes, Direction, Exchange, Flag, RequestBytes, Sent, SignatureVerdict};
use super::exchange::{weight_of, weight_of_fault, weight_of_flags};
use crate::fault::Struck;
use bytes::Bytes;
use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::cell::RefCell;
use std::sync::Arc;
use world::Moment;

/// An exchange, packed. Whoever takes it takes a share of its bytes.
#[derive(Clone, Debug)]
pub(super) struct Packed {
    provider: &'static str,
    bytes: Arc<[u8]>,
    /// What few exchanges have.
    rare: Option<Arc<Rare>>,
}

#[derive(Debug, Default)]
struct Rare {
    diagnosis: Option<Value>,
    flags: Vec<Flag>,
    fault: Option<Box<Struck>>,
}

/// What stands in the bytes, borrowed from an exchange or from them; headers are borrowed from an exchange only.
#[derive(Serialize, Deserialize)]
struct Said<'a, Headers> {
    is_out: bool,
    method: &'a str,
    app: Option<&'a str>,
    about: Option<&'a str>,
    trace: &'a str,
    at: i64,
    real: i64,
    took_us: u64,
    #[serde(borrow)]
    request: (&'a str, &'a str, Headers, Raw<'a>),
    #[serde(borrow)]
    answer: (u16, Headers, Raw<'a>, Sent),
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
            request: (&request.method, &request.target, &*request.headers, Raw(&request.body)),
            answer: (answer.status, &*answer.headers, Raw(&answer.body), answer.sent),
            signature,
            code: &exchange.code,
            sub_code: &exchange.sub_code,
            events: exchange.events,
        };
        let is_rare = diagnosis.is_some() || !exchange.flags.is_empty() || exchange.fault.is_some();
        let rare = is_rare.then(|| Arc::new(Rare { diagnosis, flags: exchange.flags.clone(), fault: exchange.fault.clone() }));
        Self { provider: exchange.provider, bytes: bytes_of(&said), rare }
    }

    /// The exchange, as it was, with its number.
    pub(super) fn open(&self, id: u64) -> Exchange {
        let said: Said<'_, Vec<_>> = postcard::from_bytes(&self.bytes).expect("packed by `of`");
        let (method, target, headers, body) = said.request;
        let request = RequestBytes { method: method.to_owned(), target: target.to_owned(), headers, body: Bytes::copy_from_slice(body.0) };
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
            answer: AnswerBytes { status, headers, body: Bytes::copy_from_slice(body.0), sent },
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

/// The most room for a draft that a thread keeps for its next one.
const DRAFT_BYTES: usize = 64 << 10;

thread_local! {
    /// Where an exchange is written while its length is not known: room to spare would stay with the bytes, or be given back by
    /// another copy.
    static DRAFT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A draft being written; `postcard`'s own way to write to a list goes byte by byte.
struct Draft<'a>(&'a mut Vec<u8>);

impl Flavor for Draft<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

fn bytes_of(said: &impl Serialize) -> Arc<[u8]> {
    DRAFT.with_borrow_mut(|draft| {
        postcard::serialize_with_flavor(said, Draft(draft)).expect("an exchange is plain data");
        let bytes = Arc::from(draft.as_slice());
        draft.clear();
        draft.shrink_to(DRAFT_BYTES);
        bytes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_exchange_leaves_no_large_draft_behind() {
        let texts = ["x".repeat(1 << 20), "y".to_owned()];
        let packed = texts.each_ref().map(bytes_of);
        assert_eq!(packed.map(|bytes| bytes.len()), [(1 << 20) + 3, 2]);
        DRAFT.with_borrow(|draft| assert!(draft.is_empty() && draft.capacity() <= DRAFT_BYTES));
    }
}
