//! Q08, Q09 and Q16: values that were encoded, decoded or trimmed between signing and arrival.

use std::borrow::Cow;

use super::Found;
use super::trials::{Trials, shown};
use crate::alipay::form;

pub(super) fn find(trials: &mut Trials<'_>) -> Option<Found> {
    if !trials.is_small() {
        return None;
    }
    encoded_twice(trials).or_else(|| signed_encoded(trials)).or_else(|| trimmed(trials))
}

fn encoded_twice(trials: &mut Trials<'_>) -> Option<Found> {
    let encoded: Vec<_> = trials.signed_pairs().into_iter().filter(|(_, value)| value.contains(&b'%')).collect();
    let mut candidates: Vec<_> =
        encoded.iter().take(8).map(|(name, value)| (shown(name), trials.with_value(name, &form::decode_slice(value)))).collect();
    if encoded.len() > 1 {
        let names = encoded.iter().map(|(name, _)| shown(name)).collect::<Vec<_>>().join(", ");
        candidates.push((names, trials.with_values(|_, value| Cow::Owned(form::decode_slice(value)))));
    }
    let (names, client_string) = candidates.into_iter().find(|(_, string)| trials.fits_differently(string))?;
    Some(Found {
        id: "Q08",
        client_string,
        hint: format!("{names} was percent-encoded twice; encode once, or leave the encoding to the HTTP library"),
        hint_zh: format!("参数 {names} 被URL编码了两次，只需编码一次（或交给HTTP库编码）"),
    })
}

/// An encoding function of some language.
struct Encoder {
    name: &'static str,
    keeps: &'static [u8],
    space: &'static [u8],
}

const ENCODERS: [Encoder; 6] = [
    Encoder { name: "URLEncoder.encode", keeps: b"-_.*", space: b"+" },
    Encoder { name: "encodeURIComponent", keeps: b"-_.!~*'()", space: b"%20" },
    Encoder { name: "rawurlencode / quote(safe='')", keeps: b"-_.~", space: b"%20" },
    Encoder { name: "urllib quote", keeps: b"-_.~/", space: b"%20" },
    Encoder { name: "urlencode", keeps: b"-_.", space: b"+" },
    Encoder { name: "quote_plus / QueryEscape", keeps: b"-_.~", space: b"+" },
];

fn signed_encoded(trials: &mut Trials<'_>) -> Option<Found> {
    for encoder in &ENCODERS {
        for digits in [b"0123456789ABCDEF", b"0123456789abcdef"] {
            let all = trials.with_values(|_, value| Cow::Owned(encoder.encode(value, digits)));
            if trials.fits_differently(&all) {
                return Some(encoder.found("every value", "所有参数值", all));
            }
            for (name, value) in trials.signed_pairs() {
                let changed = encoder.encode(value, digits);
                if changed == value || !matches!(name, b"biz_content" | b"notify_url" | b"return_url" | b"timestamp") {
                    continue;
                }
                let one = trials.with_value(name, &changed);
                if trials.fits_differently(&one) {
                    let name = shown(name);
                    return Some(encoder.found(&name, &format!("参数 {name}"), one));
                }
            }
        }
    }
    None
}

impl Encoder {
    fn encode(&self, value: &[u8], digits: &[u8; 16]) -> Vec<u8> {
        let mut out = Vec::with_capacity(value.len() * 2);
        for &byte in value {
            if byte.is_ascii_alphanumeric() || self.keeps.contains(&byte) {
                out.push(byte);
            } else if byte == b' ' {
                out.extend_from_slice(self.space);
            } else {
                out.extend([b'%', digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
            }
        }
        out
    }

    fn found(&self, what: &str, what_zh: &str, client_string: Vec<u8>) -> Found {
        Found {
            id: "Q09",
            client_string,
            hint: format!("{what} was percent-encoded before signing ({}); sign the plain values, encode afterwards", self.name),
            hint_zh: format!("{what_zh}在签名前做了URL编码（{}）：应先用原始值签名，再编码发送", self.name),
        }
    }
}

fn trimmed(trials: &mut Trials<'_>) -> Option<Found> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let plain = |value: &[u8]| -> Vec<u8> {
        let value = value.strip_prefix(BYTE_ORDER_MARK).unwrap_or(value);
        value.trim_ascii().to_vec()
    };
    let unix = |value: &[u8]| value.iter().copied().filter(|&byte| byte != b'\r').collect::<Vec<_>>();
    let replaced = |value: &[u8], what: &str, by: &str| match std::str::from_utf8(value) {
        Ok(text) => text.replace(what, by).into_bytes(),
        Err(_) => value.to_vec(),
    };
    let one_line = |value: &[u8]| value.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n' | b'\t')).collect::<Vec<_>>();
    let candidates = [
        trials.with_values(|_, value| Cow::Owned(plain(value))),
        trials.with_values(|_, value| Cow::Owned(unix(value))),
        trials.with_values(|_, value| Cow::Owned(one_line(value))),
        trials.with_values(|_, value| Cow::Owned(replaced(value, "\u{a0}", " "))),
        trials.with_values(|_, value| Cow::Owned(replaced(value, "\u{feff}", ""))),
        trials.with_values(|_, value| Cow::Owned(replaced(value, "\u{200b}", ""))),
    ];
    let client_string = candidates.into_iter().find(|string| trials.fits_differently(string))?;
    Some(Found {
        id: "Q16",
        client_string,
        hint: "a value was sent with white space, line breaks, a byte order mark or other invisible characters that were not signed".into(),
        hint_zh: "发送的参数值多出了未参与签名的空白、换行、BOM或其他不可见字符".into(),
    })
}
