//! What was this wrong signature made over? The known mistakes of integrators, tried one after the other (QUIRKS).
//!
//! RSA tells first which key signed and with which digest; a mistake in the text is named only when the signature was made
//! over the text that the mistake gives. So a guess is never wrong, and a right client is never blamed. The work is bounded: at
//! most [`KEYS`] keys are asked, some 20 µs each; only who holds one of them buys trials, at most [`TRIES`] texts and [`BYTES`]
//! bytes. Order matters where two mistakes give the same text: common ones come first. What shows without the signature is
//! in [`remarks`]; what each number means, in [`crate::alipay::traps`].

mod charset;
mod cipher;
mod file;
pub(super) mod json;
pub(super) mod key;
mod markup;
mod numbers;
mod plus;
pub mod remarks;
mod rule;
pub(super) mod sign_text;
#[cfg(test)]
mod tests;
pub(super) mod trials;
mod value;

use std::fmt::Write as _;

use super::checks::{FailedSignature, Refused};
use super::request::Opened;
use crate::keys::VerifyingKey;
pub use remarks::{Known, Remark};
pub use trials::{BYTES, KEYS, TRIES};
use trials::{Bench, NotTried, Trials};

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
    /// The trap's number in the catalogue, e.g. `Q05`; of the first mistake when there are two.
    pub id: &'static str,
    /// The string the gateway built from the request.
    pub gateway_string: Vec<u8>,
    /// The string the client signed; the gateway's own when the text is not what was wrong, or not found.
    pub client_string: Vec<u8>,
    /// The first byte in which the two differ; `None` when they are the same and the fault is elsewhere (key, digest, or
    /// the text of `sign` itself).
    pub first_difference: Option<usize>,
    /// What to change, in English.
    pub hint: String,
    /// What to change, in Chinese.
    pub hint_zh: String,
}

/// A mistake beside the text that was signed.
pub(super) struct Fault {
    pub(super) id: &'static str,
    pub(super) hint: String,
    pub(super) hint_zh: String,
}

/// What one trial says when it fits.
pub(super) struct Found {
    pub(super) id: &'static str,
    pub(super) client_string: Vec<u8>,
    pub(super) hint: String,
    pub(super) hint_zh: String,
}

/// What the signature itself says, before any text is tried.
pub(super) enum Looked {
    /// It was made over the gateway's own string.
    Text(Vec<Fault>),
    /// It was made over another text.
    OtherText(Vec<Fault>, Box<Bench>),
    /// By no key that is known here, or it is no signature.
    Not(NotTried),
}

pub(super) fn look(sign: &[u8], failed: &FailedSignature, known: &Known<'_>) -> Looked {
    let bench = match Bench::new(sign, failed, known) {
        Ok(bench) => bench,
        Err(why) => return Looked::Not(why),
    };
    let faults = [key::owner_fault(&bench, failed), key::digest_fault(&bench, failed), sign_text::fault(bench.mended)];
    let faults = faults.into_iter().flatten().collect();
    if bench.fits_the_gateway() { Looked::Text(faults) } else { Looked::OtherText(faults, Box::new(bench)) }
}

/// Puts the faults beside the text and the one in the text together.
pub(super) fn together(failed: &FailedSignature, faults: Vec<Fault>, found: Option<Found>) -> Option<Diagnosis> {
    let gateway_string = failed.string_to_sign.clone();
    let (text, client_string) = match found {
        Some(Found { id, client_string, hint, hint_zh }) => (Some(Fault { id, hint, hint_zh }), client_string),
        None => (None, gateway_string.clone()),
    };
    let mut faults = faults.into_iter().chain(text);
    let Fault { id, mut hint, mut hint_zh } = faults.next()?;
    for more in faults {
        let _ = write!(hint, "; and {}: {}", more.id, more.hint);
        let _ = write!(hint_zh, "；另有 {}：{}", more.id, more.hint_zh);
    }
    let first_difference = first_difference(&gateway_string, &client_string);
    Some(Diagnosis { id, gateway_string, client_string, first_difference, hint, hint_zh })
}

/// Looks for the mistake behind `failed`. Of the known keys [`KEYS`] are asked.
pub fn diagnose(opened: &Opened, failed: &FailedSignature, known: &Known<'_>) -> Option<Diagnosis> {
    examine(opened, failed, known).ok()
}

/// [`diagnose`], or what can be said when no known mistake fits.
fn examine(opened: &Opened, failed: &FailedSignature, known: &Known<'_>) -> Result<Diagnosis, Unexplained> {
    let sign = opened.parameters.value("sign").map_or(&b""[..], |sign| sign);
    let (faults, found, unexplained) = match look(sign, failed, known) {
        Looked::Not(NotTried::NoBase64) => return Err(Unexplained::NoSignature),
        Looked::Not(NotTried::NoKnownKey) => return Err(Unexplained::OtherKey),
        Looked::Text(faults) => (faults, None, Unexplained::Right),
        Looked::OtherText(faults, bench) => {
            let mut trials = Trials { opened, failed, bench: *bench };
            let found = find(&mut trials, known);
            (faults, found, Unexplained::OtherText)
        }
    };
    together(failed, faults, found).ok_or(unexplained)
}

fn find(trials: &mut Trials<'_>, known: &Known<'_>) -> Option<Found> {
    rule::find(trials)
        .or_else(|| plus::find(trials))
        .or_else(|| value::find(trials))
        .or_else(|| markup::find(trials))
        .or_else(|| charset::find(trials))
        .or_else(|| file::find(trials))
        .or_else(|| cipher::find(trials, known))
        .or_else(|| json::find(trials))
}

/// What is known of a wrong signature that no mistake of the catalogue explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unexplained {
    /// The request is right.
    Right,
    /// `sign` is no Base64.
    NoSignature,
    /// No key that is known here signed, or the signature was damaged.
    OtherKey,
    /// The registered key signed, but another text.
    OtherText,
}

impl Unexplained {
    /// In Chinese and English, with the fingerprint of the registered key.
    pub(super) fn words(self, failed: &FailedSignature) -> String {
        let fingerprint = failed.registered_key.fingerprint();
        match self {
            Self::Right => "签名正确 / the signature is right".to_owned(),
            Self::NoSignature => "sign 不是标准Base64（一行、含 + 与 /、以 = 补齐） / sign is not standard Base64 on one line".to_owned(),
            Self::OtherKey => format!(
                "未匹配到已知的签名错误：签名不是由已登记公钥（指纹 {fingerprint}）对应的私钥生成，或 sign 已损坏，请核对密钥 / \
                 no known mistake fits: the private half of the registered key (fingerprint {fingerprint}) did not make this signature"
            ),
            Self::OtherText => format!(
                "未匹配到已知的签名错误：密钥正确（指纹 {fingerprint}），但签名的内容与网关拼接的字符串不同，请逐字节比较 / \
                 no known mistake fits: the right key signed (fingerprint {fingerprint}), but another text than the one above"
            ),
        }
    }
}

fn first_difference(one: &[u8], two: &[u8]) -> Option<usize> {
    let same = one.iter().zip(two).take_while(|(one, two)| one == two).count();
    (same < one.len().max(two.len())).then_some(same)
}

/// Bytes of context shown on either side of the first difference.
const CONTEXT: usize = 24;

impl Diagnosis {
    /// For the text of an answer: what to change in both languages, and where the two strings part. The gateway's whole
    /// string stands in that text already, both whole strings in the journal.
    pub fn in_words(&self) -> String {
        let mut text = format!("{} {} / {}", self.id, self.hint_zh, self.hint);
        if let Some(at) = self.first_difference {
            let (gateway, client) = (around(&self.gateway_string, at), around(&self.client_string, at));
            let _ = write!(text, "；首个不同字节 / first different byte {at}: 网关 / gateway «{gateway}», 签名 / signed «{client}»");
        }
        text
    }

    /// For a header, in visible ASCII: number, first different byte, and what to change in English.
    pub fn header(&self) -> String {
        let place = self.first_difference.map_or("same string".to_owned(), |at| format!("first difference at byte {at}"));
        format!("{}; {place}; {}", self.id, ascii(&self.hint))
    }
}

fn around(text: &[u8], at: usize) -> String {
    let (from, to) = (at.saturating_sub(CONTEXT), (at + CONTEXT).min(text.len()));
    String::from_utf8_lossy(text.get(from..to).unwrap_or_default()).into_owned()
}

/// A text as a header may hold it: what is no visible ASCII as `?`, and not endless.
pub(super) fn ascii(text: &str) -> String {
    text.chars().take(400).map(|one| if one == ' ' || one.is_ascii_graphic() { one } else { '?' }).collect()
}

impl Refused {
    /// Looks for the mistake behind a wrong signature and adds what it found to the text of the refusal, in Chinese and
    /// English. When nothing fits it says so, and whether it was the registered key that signed. Does nothing for other
    /// refusals; [`remarks::of`] is for those.
    pub fn explain<'k>(&mut self, known: impl Into<Known<'k>>) -> Option<Diagnosis> {
        let failed = self.failed_signature.as_ref()?;
        let examined = examine(&self.opened, failed, &known.into());
        let hint = match &examined {
            Ok(found) => found.in_words(),
            Err(unexplained) => unexplained.words(failed),
        };
        self.refusal = self.refusal.clone().with_hint(&hint);
        examined.ok()
    }
}
