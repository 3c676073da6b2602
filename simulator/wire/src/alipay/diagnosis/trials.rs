//! The bench on which strings are tried against one signature.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::alipay::canonical::{self, Rule};
use crate::alipay::checks::FailedSignature;
use crate::alipay::request::Opened;
use crate::alipay::{form, sign_type::SignType};
use crate::keys::VerifyingKey;

/// Verifications one diagnosis may cost.
pub(super) const BUDGET: usize = 300;
/// Bytes of the longest string to sign that is rewritten.
pub(super) const LONGEST: usize = 32 << 10;

/// How the text of `sign` had to be mended before it was Base64 at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mended {
    No,
    SpacesForPlus,
    EncodedTwice,
}

pub(super) struct Trials<'a> {
    pub(super) opened: &'a Opened,
    pub(super) failed: &'a FailedSignature,
    pub(super) mended: Mended,
    signature: Vec<u8>,
    left: usize,
}

impl<'a> Trials<'a> {
    /// `None` when there is no signature that could be tried.
    pub(super) fn new(opened: &'a Opened, failed: &'a FailedSignature) -> Option<Self> {
        let sign = opened.parameters.value("sign")?;
        let plus = |text: &[u8]| text.iter().map(|&byte| if byte == b' ' { b'+' } else { byte }).collect::<Vec<_>>();
        let twice = form::decode_slice(sign);
        let forms = [(Mended::No, sign.to_vec()), (Mended::SpacesForPlus, plus(sign)), (Mended::EncodedTwice, plus(&twice))];
        let (mended, signature) = forms.into_iter().find_map(|(mended, text)| Some((mended, STANDARD.decode(text).ok()?)))?;
        Some(Self { opened, failed, mended, signature, left: BUDGET })
    }

    /// Whether the request is right as it stands.
    pub(super) fn is_right(&mut self) -> bool {
        self.mended == Mended::No && self.fits(&self.failed.string_to_sign)
    }

    /// Whether the signature was made over `string`.
    pub(super) fn fits(&mut self, string: &[u8]) -> bool {
        let failed = self.failed;
        self.fits_with(&failed.registered_key, failed.sign_type, string)
    }

    /// [`Self::fits`] for another key or digest.
    pub(super) fn fits_with(&mut self, key: &VerifyingKey, sign_type: SignType, string: &[u8]) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        key.verifies(sign_type.digest(), string, &self.signature)
    }

    /// [`Self::fits`], for a string that a mistake gave: one that changes nothing is not tried.
    pub(super) fn fits_differently(&mut self, string: &[u8]) -> bool {
        string != self.failed.string_to_sign && self.fits(string)
    }

    /// Whether the request is small enough to be rewritten many times.
    pub(super) fn is_small(&self) -> bool {
        self.failed.string_to_sign.len() <= LONGEST
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
        let changed: Vec<_> = self.signed_pairs().into_iter().map(|(name, value)| (name, change(name, value))).collect();
        canonical::string_to_sign(changed.iter().map(|(name, value)| (*name, &value[..])), Rule::REQUEST)
    }

    /// The string to sign with the value of `name` replaced.
    pub(super) fn with_value(&self, name: &[u8], value: &[u8]) -> Vec<u8> {
        let pairs = self.signed_pairs();
        canonical::string_to_sign(pairs.into_iter().map(|(known, old)| (known, if known == name { value } else { old })), Rule::REQUEST)
    }
}

/// A parameter's name for a hint.
pub(super) fn shown(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}
