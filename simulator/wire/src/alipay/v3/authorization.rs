//! The header `Authorization`: `ALIPAY-SHA256withRSA <authString>,sign=<Base64>` (PROTOCOL C).
//!
//! The auth string is kept as it stands, since it is signed; its pairs may come in any order.

use std::fmt;

/// The one scheme that SDKs send.
pub const SCHEME: &str = "ALIPAY-SHA256withRSA";

/// Bytes of a header beyond which it is cut: nothing right is that long.
const LONGEST: usize = 8 << 10;

/// The header taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorization {
    /// What stands before the first space, e.g. [`SCHEME`].
    pub scheme: String,
    /// Everything up to `,sign=`, verbatim: the first line of what is signed.
    pub auth_string: String,
    /// The Base64 signature, if there is one.
    pub sign: Option<String>,
}

impl Authorization {
    /// Takes the header's value apart; whatever is missing shows up as missing when it is asked for.
    pub fn read(value: &str) -> Self {
        let end = (0..=LONGEST.min(value.len())).rev().find(|&end| value.is_char_boundary(end)).unwrap_or_default();
        let value = value[..end].trim();
        // without a scheme the pairs begin at once
        let (scheme, rest) = match value.split_once(' ') {
            Some((scheme, rest)) if !scheme.contains('=') => (scheme, rest.trim_start()),
            None if !value.contains('=') => (value, ""),
            _ => ("", value),
        };
        let (auth_string, sign) = match rest.split_once(",sign=") {
            Some((before, sign)) => (before, Some(sign)),
            None => rest.strip_prefix("sign=").map_or((rest, None), |sign| ("", Some(sign))),
        };
        let sign = sign.filter(|sign| !sign.is_empty()).map(str::to_owned);
        Self { scheme: scheme.to_owned(), auth_string: auth_string.to_owned(), sign }
    }

    /// The value of `name` in the auth string: `None` when absent or empty; the first one counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        let pairs = self.auth_string.split(',').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(known, _)| known.trim() == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// `app_id`.
    pub fn app_id(&self) -> Option<&str> {
        self.get("app_id")
    }

    /// `app_cert_sn`, in certificate mode.
    pub fn app_cert_sn(&self) -> Option<&str> {
        self.get("app_cert_sn")
    }

    /// `nonce`.
    pub fn nonce(&self) -> Option<&str> {
        self.get("nonce")
    }

    /// `timestamp`: milliseconds since 1970, as text.
    pub fn timestamp(&self) -> Option<&str> {
        self.get("timestamp")
    }
}

impl fmt::Display for Authorization {
    /// The header's value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.scheme, self.auth_string)?;
        self.sign.as_ref().map_or(Ok(()), |sign| write!(f, ",sign={sign}"))
    }
}
