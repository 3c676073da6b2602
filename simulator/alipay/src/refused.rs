//! What a merchant is told when a call is refused: class, code and text, in the platform's own words.
//!
//! `No` is what a method's `run` returns: either words of its own or a refusal of the world, which
//! `refusal_codes` turns into words. Source: card SEMANTICS 15, gateway errors.toml.

use serde_json::{Map, Value, json};
use wire::alipay::codes::{self, SubCode};
use wire::alipay::{GatewayRefusal, ObjectText, Slashes, ordered};
use world::Refusal;

/// A refusal in the platform's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Class: `40004` for a business error, others for the gateway's.
    pub code: &'static str,
    /// Code.
    pub sub_code: &'static str,
    /// Text shown to the merchant.
    pub sub_msg: String,
    /// Further members of the answer, which some calls give beside the four.
    pub beside: Option<Box<Map<String, Value>>>,
}

/// Why a method says no.
#[derive(Clone, Debug)]
pub(crate) enum No {
    /// Words of the method itself.
    Refused(Refused),
    /// The world's reason, put into words for the method that asked.
    World(Refusal),
}

impl From<Refused> for No {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self::World(refusal)
    }
}

impl From<&GatewayRefusal> for Refused {
    fn from(refusal: &GatewayRefusal) -> Self {
        Self::of(&refusal.code.code, &refusal.code.sub_code, refusal.sub_msg.clone())
    }
}

impl Refused {
    /// A refusal with these words and nothing beside them.
    pub(crate) fn of(code: &'static str, sub_code: &'static str, sub_msg: impl Into<String>) -> Self {
        Self { code, sub_code, sub_msg: sub_msg.into(), beside: None }
    }

    /// A business error.
    pub(crate) fn business(sub_code: &'static str, sub_msg: impl Into<String>) -> Self {
        Self::of("40004", sub_code, sub_msg)
    }

    /// `INVALID_PARAMETER` with a detail after the full stop (SEMANTICS 15).
    pub(crate) fn parameter(detail: impl AsRef<str>) -> Self {
        Self::business("INVALID_PARAMETER", format!("参数有误。{}", detail.as_ref()))
    }

    /// A code of the gateway, with its own text.
    pub(crate) fn gateway(sub_code: SubCode) -> Self {
        (&GatewayRefusal::of(sub_code)).into()
    }

    /// Adds a remark of the simulator to the text, marked as such.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.sub_msg = format!("{} [kabao: {hint}]", self.sub_msg);
        self
    }

    /// The object of the answer: `code`, `msg`, `sub_code`, `sub_msg`, and what stands beside them by name.
    pub(crate) fn object(&self) -> ObjectText {
        let msg = codes::class(self.code).map_or("Business Failed", |class| class.msg.as_str());
        let members = [("code", self.code), ("msg", msg), ("sub_code", self.sub_code), ("sub_msg", &self.sub_msg)];
        let mut object: Map<String, Value> = members.into_iter().map(|(name, text)| (name.to_owned(), json!(text))).collect();
        object.extend(self.beside.iter().flat_map(|beside| (**beside).clone()));
        let object = ordered(object);
        // texts of the gateway are recorded with plain slashes, those of APIs with escaped ones (PROTOCOL A6)
        let slashes = if codes::by_sub_code(self.sub_code).is_some() { Slashes::Plain } else { Slashes::Escaped };
        ObjectText::of(&object, slashes)
    }
}
