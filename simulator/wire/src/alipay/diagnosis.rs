//! What was this wrong signature made over? The known mistakes of integrators, tried one after the other (QUIRKS).
//!
//! A mistake is named only when the signature *verifies* over the string that the mistake gives, so a guess is never
//! wrong, and a right client is never blamed. The work is bounded: at most [`trials::BUDGET`] verifications, about 16 µs
//! each, and no value longer than [`trials::LONGEST`] is rewritten.
//!
//! Found here: Q01, Q04 to Q11, Q13 to Q16, Q22, Q28, Q29. Order matters where two mistakes could give the same string:
//! cheap and common ones come first.

mod charset;
mod file;
mod json;
mod key;
mod rule;
mod sign_text;
#[cfg(test)]
mod tests;
mod trials;
mod value;

use super::checks::{FailedSignature, Refused};
use super::request::Opened;
use crate::keys::VerifyingKey;
use trials::Trials;

/// A key that belongs to somebody else than the application that called.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// Whose it is, in words for the developer, e.g. `application 2021…02` or `the Alipay public key`.
    pub owner: String,
    /// The key.
    pub key: VerifyingKey,
}

/// The mistake that explains a wrong signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The trap's number in the catalogue, e.g. `Q05`.
    pub id: &'static str,
    /// The string the gateway built from the request.
    pub gateway_string: Vec<u8>,
    /// The string the client signed.
    pub client_string: Vec<u8>,
    /// The first byte in which the two differ; `None` when they are the same and the fault is elsewhere (key, digest, or
    /// the text of `sign` itself).
    pub first_difference: Option<usize>,
    /// What to change, in English.
    pub hint: String,
    /// What to change, in Chinese.
    pub hint_zh: String,
}

/// What one trial says when it fits.
struct Found {
    id: &'static str,
    client_string: Vec<u8>,
    hint: String,
    hint_zh: String,
}

/// Looks for the mistake behind `failed`. `others` are keys that might have signed by mistake; about 30 at most are tried.
pub fn diagnose(opened: &Opened, failed: &FailedSignature, others: &[KnownKey]) -> Option<Diagnosis> {
    let mut trials = Trials::new(opened, failed)?;
    if trials.is_right() {
        return None;
    }
    let found = sign_text::find(&mut trials)
        .or_else(|| key::find_digest(&mut trials))
        .or_else(|| rule::find(&mut trials))
        .or_else(|| key::find_owner(&mut trials, others))
        .or_else(|| value::find(&mut trials))
        .or_else(|| charset::find(&mut trials))
        .or_else(|| file::find(&mut trials))
        .or_else(|| json::find(&mut trials))?;
    let gateway_string = failed.string_to_sign.clone();
    let first_difference = first_difference(&gateway_string, &found.client_string);
    let Found { id, client_string, hint, hint_zh } = found;
    Some(Diagnosis { id, gateway_string, client_string, first_difference, hint, hint_zh })
}

fn first_difference(one: &[u8], two: &[u8]) -> Option<usize> {
    let same = one.iter().zip(two).take_while(|(one, two)| one == two).count();
    (same < one.len().max(two.len())).then_some(same)
}

impl Refused {
    /// Looks for the mistake behind a wrong signature and adds what it found to the text of the refusal, in Chinese as
    /// that text is. When nothing fits it says so, with the fingerprint of the registered key. Does nothing for other
    /// refusals.
    pub fn explain(&mut self, others: &[KnownKey]) -> Option<Diagnosis> {
        let failed = self.failed_signature.as_ref()?;
        let diagnosis = diagnose(&self.opened, failed, others);
        let hint = match &diagnosis {
            Some(found) => format!("{} {}", found.id, found.hint_zh),
            None => {
                format!("未匹配到已知的签名错误，请核对签名私钥与已登记的应用公钥（指纹 {}）是否配对", failed.registered_key.fingerprint())
            }
        };
        self.refusal = self.refusal.clone().with_hint(&hint);
        diagnosis
    }
}
