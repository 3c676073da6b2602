//! Just enough DER to tell the shapes of key files apart and to take the PKCS#1 key out of a PKCS#8 one.
//!
//! Not a parser of keys: the numbers inside are read by aws-lc. Source: RFC 5280, RFC 5958, RFC 8017.

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;

/// Which key file structure a DER text is, judged by its outer tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Spki,
    Pkcs1Public,
    Pkcs1Private,
    Pkcs8,
    EncryptedPkcs8,
    Certificate,
    Unknown,
}

struct Element<'a> {
    tag: u8,
    content: &'a [u8],
}

/// The first element of `input` and what follows it.
fn element(input: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let digits = usize::from(first & 0x7f);
        if digits == 0 || digits > 4 || rest.len() < digits {
            return None;
        }
        let (head, rest) = rest.split_at(digits);
        (head.iter().fold(0_usize, |length, &digit| length << 8 | usize::from(digit)), rest)
    };
    (rest.len() >= length).then(|| {
        let (content, rest) = rest.split_at(length);
        (Element { tag, content }, rest)
    })
}

fn elements(mut input: &[u8]) -> Vec<Element<'_>> {
    let mut found = Vec::new();
    while let Some((one, rest)) = element(input) {
        found.push(one);
        input = rest;
        if found.len() > 16 {
            break;
        }
    }
    found
}

pub(super) fn shape(der: &[u8]) -> Shape {
    let Some((outer, _)) = element(der) else {
        return Shape::Unknown;
    };
    if outer.tag != SEQUENCE {
        return Shape::Unknown;
    }
    let inner = elements(outer.content);
    let tags: Vec<u8> = inner.iter().map(|one| one.tag).collect();
    let leads_with = |tag| inner.first().and_then(|one| element(one.content)).is_some_and(|(one, _)| one.tag == tag);
    match tags.as_slice() {
        [SEQUENCE, BIT_STRING] if leads_with(OBJECT_IDENTIFIER) => Shape::Spki,
        [SEQUENCE, SEQUENCE, BIT_STRING] if leads_with(CONTEXT_0) || leads_with(INTEGER) => Shape::Certificate,
        [SEQUENCE, OCTET_STRING] if leads_with(OBJECT_IDENTIFIER) => Shape::EncryptedPkcs8,
        [INTEGER, INTEGER] => Shape::Pkcs1Public,
        [INTEGER, SEQUENCE, OCTET_STRING, ..] => Shape::Pkcs8,
        [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, ..] => Shape::Pkcs1Private,
        _ => Shape::Unknown,
    }
}

/// The PKCS#1 `RSAPrivateKey` inside a PKCS#8 `PrivateKeyInfo`.
pub(super) fn pkcs1_inside_pkcs8(der: &[u8]) -> Option<&[u8]> {
    let (outer, _) = element(der)?;
    elements(outer.content).into_iter().find(|one| one.tag == OCTET_STRING).map(|one| one.content)
}

/// The PKCS#1 `RSAPublicKey` inside a `SubjectPublicKeyInfo`: the bit string after its count of unused bits.
pub(super) fn pkcs1_inside_spki(der: &[u8]) -> Option<&[u8]> {
    let (outer, _) = element(der)?;
    let bits = elements(outer.content).into_iter().find(|one| one.tag == BIT_STRING)?;
    bits.content.strip_prefix(&[0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_upset_the_shape_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = shape(&bytes);
            let _ = pkcs1_inside_pkcs8(&bytes);
        }
    }
}
