//! `application/x-www-form-urlencoded`, on bytes: which charset the bytes are in is decided later (PROTOCOL A2, A3).
//!
//! Decoding is what servers do: `+` is a space, `%XX` a byte, and a `%` that no two hex digits follow stays as it is,
//! so that a broken escape shows up in the string to sign instead of vanishing.

use bytes::Bytes;
use memchr::{memchr, memchr2};

/// How a space is written when encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// `+`, as forms do.
    Plus,
    /// `%20`, as Node's links do.
    Percent20,
}

/// Letter case of the hex digits in `%XX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hex {
    /// `%2F`, what every library writes.
    Upper,
    /// `%2f`, what .NET's old encoder writes.
    Lower,
}

/// Decodes one name or value. A text without escapes is a slice of the input, not a copy.
pub fn decode(text: &Bytes) -> Bytes {
    if memchr2(b'+', b'%', text).is_none() {
        return text.clone();
    }
    decode_slice(text).into()
}

/// [`decode`] into a new vector.
pub fn decode_slice(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = memchr2(b'+', b'%', rest) {
        decoded.extend_from_slice(&rest[..place]);
        let (escape, after) = (rest[place], &rest[place + 1..]);
        rest = after;
        match (escape, after) {
            (b'+', _) => decoded.push(b' '),
            (_, [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                decoded.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            _ => decoded.push(b'%'),
        }
    }
    decoded.extend_from_slice(rest);
    decoded
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        b'a'..=b'f' => hex - b'a' + 10,
        _ => hex - b'A' + 10,
    }
}

/// Appends the encoding of `value` to `out`, leaving letters, digits and `-._*` as they are.
pub fn encode_into(out: &mut Vec<u8>, value: &[u8], space: Space, hex: Hex) {
    let digits: &[u8; 16] = match hex {
        Hex::Upper => b"0123456789ABCDEF",
        Hex::Lower => b"0123456789abcdef",
    };
    for &byte in value {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => out.push(byte),
            b' ' if space == Space::Plus => out.push(b'+'),
            _ => out.extend([b'%', digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]),
        }
    }
}

/// `name=value` pairs joined by `&`, encoded as forms do.
pub fn encode_pairs<'a>(pairs: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push(b'&');
        }
        encode_into(&mut out, name, Space::Plus, Hex::Upper);
        out.push(b'=');
        encode_into(&mut out, value, Space::Plus, Hex::Upper);
    }
    out
}

/// The raw `name`, `value` pairs of a query string or form body, still encoded. Empty pieces are skipped, a piece
/// without `=` has an empty value.
pub(super) fn split(text: &Bytes) -> impl Iterator<Item = (Bytes, Bytes)> + '_ {
    let mut next = 0;
    let pieces = std::iter::from_fn(move || {
        let rest = text.get(next..)?;
        let piece = &rest[..memchr(b'&', rest).unwrap_or(rest.len())];
        next += piece.len() + 1;
        Some(piece)
    });
    pieces.filter(|piece| !piece.is_empty()).map(|piece| {
        let name_end = memchr(b'=', piece).unwrap_or(piece.len());
        let value_start = (name_end + 1).min(piece.len());
        (text.slice_ref(&piece[..name_end]), text.slice_ref(&piece[value_start..]))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plus_is_a_space_and_percent_a_byte() {
        assert_eq!(decode_slice(b"a+b%20c%2Bd%e4%BC%9a"), "a b c+d会".as_bytes());
    }

    #[test]
    fn a_broken_escape_stays_as_it_is() {
        assert_eq!(decode_slice(b"50%&%4&%zz%"), b"50%&%4&%zz%");
    }

    #[test]
    fn a_value_without_escapes_is_not_copied() {
        let body = Bytes::from_static(b"name=plain");
        let (_, value) = split(&body).next().unwrap();
        assert_eq!(decode(&value).as_ptr(), body[5..].as_ptr());
    }

    #[test]
    fn odd_pieces_are_read_as_servers_read_them() {
        let body = Bytes::from_static(b"&a&b=&=c&&d=e=f&");
        let pairs: Vec<_> = split(&body).collect();
        let expected: [(&[u8], &[u8]); 4] = [(b"a", b""), (b"b", b""), (b"", b"c"), (b"d", b"e=f")];
        assert_eq!(pairs.iter().map(|(name, value)| (&name[..], &value[..])).collect::<Vec<_>>(), expected);
    }

    proptest! {
        #[test]
        fn what_was_encoded_decodes_to_itself(value in proptest::collection::vec(any::<u8>(), 0..200)) {
            for (space, hex) in [(Space::Plus, Hex::Upper), (Space::Percent20, Hex::Lower)] {
                let mut encoded = Vec::new();
                encode_into(&mut encoded, &value, space, hex);
                prop_assert_eq!(decode_slice(&encoded), value.clone());
            }
        }
    }
}
