//! The bench on which texts are tried against one signature.
//!
//! RSA is asked once for each key, what the key signed; from then on a trial is a digest and a comparison. Who has not the
//! registered private key cannot buy a single trial, and who has it buys at most [`TRIES`] texts of [`BYTES`] bytes in all.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::{Known, KnownKey};
use crate::alipay::canonical::{self, Rule};
use crate::alipay::checks::FailedSignature;
use crate::alipay::form;
use crate::alipay::request::Opened;
use crate::keys::{Digest, SignedDigest};

/// Texts one diagnosis may try.
pub const TRIES: usize = 5_000;
/// Bytes of these texts together.
pub const BYTES: usize = 4 << 20;
/// Other people's keys one diagnosis may ask.
pub const KEYS: usize = 30;
/// Bytes of the longest string to sign that is rewritten.
const LONGEST: usize = 64 << 10;
/// Bytes of the longest `sign` that is looked at: 8192 bits as Base64, percent-encoded.
const LONGEST_SIGN: usize = 4 << 10;

/// How the text of `sign` had to be mended before it was Base64 at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::alipay) enum Mended {
    No,
    SpacesForPlus,
    EncodedTwice,
    LineBreaks,
    UrlSafe,
}

/// Who signed.
#[derive(Clone, Debug)]
pub(in crate::alipay) enum Signer {
    Registered,
    /// Somebody else, perhaps of another environment.
    Other {
        known: KnownKey,
        elsewhere: bool,
    },
}

/// One signature, opened.
pub(in crate::alipay) struct Bench {
    pub(in crate::alipay) mended: Mended,
    pub(in crate::alipay) signer: Signer,
    signed: SignedDigest,
    gateway_string: Vec<u8>,
    tries: usize,
    bytes: usize,
    exhausted: bool,
}

/// Why a signature cannot even be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::alipay) enum NotTried {
    NoBase64,
    NoKnownKey,
}

impl Bench {
    pub(in crate::alipay) fn new(sign: &[u8], failed: &FailedSignature, known: &Known<'_>) -> Result<Self, NotTried> {
        let (mended, signature) = read(sign).ok_or(NotTried::NoBase64)?;
        let asked = |signer, signed| Self {
            mended,
            signer,
            signed,
            gateway_string: failed.string_to_sign.clone(),
            tries: TRIES,
            bytes: BYTES,
            exhausted: false,
        };
        if let Some(signed) = failed.registered_key.signed_digest(&signature) {
            return Ok(asked(Signer::Registered, signed));
        }
        let here = known.keys.iter().map(|known| (known, false));
        let others = here.chain(known.elsewhere.iter().map(|known| (known, true)));
        let mut others = others.filter(|(other, _)| other.key != failed.registered_key).take(KEYS);
        let signed = |(other, elsewhere): (&KnownKey, bool)| Some((other.clone(), elsewhere, other.key.signed_digest(&signature)?));
        let other = others.find_map(signed);
        other.map(|(known, elsewhere, signed)| asked(Signer::Other { known, elsewhere }, signed)).ok_or(NotTried::NoKnownKey)
    }

    /// The digest that was signed.
    pub(in crate::alipay) fn algorithm(&self) -> Digest {
        self.signed.algorithm
    }

    /// Whether the signature was made over the gateway's own string.
    pub(in crate::alipay) fn fits_the_gateway(&self) -> bool {
        self.signed.is_of(&self.gateway_string)
    }

    /// Whether the signature was made over `string`, which a mistake gave: one that changes nothing is not tried.
    pub(in crate::alipay) fn fits_differently(&mut self, string: &[u8]) -> bool {
        if self.exhausted || string == self.gateway_string {
            return false;
        }
        if self.tries == 0 || string.len() > self.bytes {
            self.exhausted = true;
            return false;
        }
        self.tries -= 1;
        self.bytes -= string.len();
        self.signed.is_of(string)
    }

    /// Whether the request is small enough to be rewritten many times, and the budget lasts.
    pub(in crate::alipay) fn is_small(&self) -> bool {
        self.gateway_string.len() <= LONGEST && !self.exhausted
    }

    /// Whether the budget is gone: nothing fits from now on, and nothing need be built.
    pub(in crate::alipay) fn is_exhausted(&self) -> bool {
        self.exhausted
    }

    /// How much of the budget is gone: texts and bytes.
    #[cfg(test)]
    pub(in crate::alipay) fn spent(&self) -> (usize, usize) {
        (TRIES - self.tries, BYTES - self.bytes)
    }
}

fn read(sign: &[u8]) -> Option<(Mended, Vec<u8>)> {
    if sign.len() > LONGEST_SIGN {
        return None;
    }
    let plus = |text: &[u8]| text.iter().map(|&byte| if byte == b' ' { b'+' } else { byte }).collect::<Vec<_>>();
    let broken = |text: &[u8]| text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect::<Vec<_>>();
    let standard = |text: &[u8]| {
        let ends = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
        let letters = text[..ends].iter().map(|&byte| {
            if byte == b'-' {
                b'+'
            } else if byte == b'_' {
                b'/'
            } else {
                byte
            }
        });
        letters.collect::<Vec<_>>()
    };
    let decoded = STANDARD.decode(sign).ok();
    decoded
        .map(|bytes| (Mended::No, bytes))
        .or_else(|| Some((Mended::LineBreaks, STANDARD.decode(broken(sign)).ok()?)))
        .or_else(|| Some((Mended::SpacesForPlus, STANDARD.decode(plus(sign)).ok()?)))
        .or_else(|| Some((Mended::EncodedTwice, STANDARD.decode(plus(&form::decode_slice(sign))).ok()?)))
        .or_else(|| Some((Mended::UrlSafe, STANDARD_NO_PAD.decode(standard(sign)).ok()?)))
}

/// A bench with the parameters of a classic request beside it.
pub(super) struct Trials<'a> {
    pub(super) opened: &'a Opened,
    pub(super) failed: &'a FailedSignature,
    pub(super) bench: Bench,
}

impl<'a> Trials<'a> {
    /// [`Bench::fits_differently`].
    pub(super) fn fits_differently(&mut self, string: &[u8]) -> bool {
        self.bench.fits_differently(string)
    }

    /// [`Bench::is_small`].
    pub(super) fn is_small(&self) -> bool {
        self.bench.is_small()
    }

    /// Names and values in order of arrival, `sign` among them.
    pub(super) fn pairs(&self) -> Vec<(&'a [u8], &'a [u8])> {
        let opened = self.opened;
        opened.parameters.iter().map(|one| (&one.name[..], &one.value[..])).collect()
    }

    /// Names and values that are signed by the right rule.
    pub(super) fn signed_pairs(&self) -> Vec<(&'a [u8], &'a [u8])> {
        self.pairs().into_iter().filter(|(name, value)| Rule::REQUEST.takes(name, value)).collect()
    }

    /// The string to sign with every value passed through `change`.
    pub(super) fn with_values(&self, change: impl Fn(&'a [u8], &'a [u8]) -> Cow<'a, [u8]>) -> Vec<u8> {
        if self.bench.is_exhausted() {
            return Vec::new();
        }
        let changed: Vec<_> = self.signed_pairs().into_iter().map(|(name, value)| (name, change(name, value))).collect();
        canonical::string_to_sign(changed.iter().map(|(name, value)| (*name, &value[..])), Rule::REQUEST)
    }

    /// The string to sign with the value of `name` replaced.
    pub(super) fn with_value(&self, name: &[u8], value: &[u8]) -> Vec<u8> {
        if self.bench.is_exhausted() {
            return Vec::new();
        }
        let pairs = self.signed_pairs();
        canonical::string_to_sign(pairs.into_iter().map(|(known, old)| (known, if known == name { value } else { old })), Rule::REQUEST)
    }
}

/// A parameter's name for a hint.
pub(super) fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
