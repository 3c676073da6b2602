//! Answers bent by a strike: their object, their signature, their bytes, and how much of them goes out.
//!
//! What is said to be rightly signed is signed over the bytes that are sent; the rest is damaged after signing. An answer that is
//! not signed has no signature to damage. Source: gateway PROTOCOL A6, C.

use bytes::Bytes;
use engine::fault::Strike;
use engine::journal::{AnswerBytes, Sent};
use serde_json::{Map, Value};
use wire::alipay::response::Outcome as Node;
use wire::alipay::{Answering, Charset, ObjectText, Sealed, codes, seal, v3};
use wire::keys::SigningKey;
use wire::pool;
use wire::signer::Signer;
use world::fault::Reply;

/// Seals a classic answer as a strike wants it.
pub(crate) fn classic(strike: &Strike, answering: &Answering, node: Node, object: &ObjectText, sub_code: &str, signer: &Signer) -> Sealed {
    let reply = strike.rule.reply;
    let mut answering = answering.clone();
    if codes::by_sub_code(sub_code).is_some_and(|code| !code.signed) {
        // the platform answers so before it knows whose key to sign with
        (answering.key, answering.alipay_cert_sn, answering.content_key) = (None, None, None);
    }
    match reply {
        Some(Reply::NoSignature) => answering.key = None,
        Some(Reply::OtherKey) => answering.key = answering.key.as_ref().map(stranger),
        Some(Reply::Gbk) => answering.charset.charset = other(answering.charset.charset),
        _ => {}
    }
    let mut sealed = seal(&answering, node, &object_bent(reply, object), signer);
    match reply {
        Some(Reply::WrongSignature) => {
            let place = find_last(&sealed.body, b"\"sign\":\"").map(|at| at + b"\"sign\":\"".len());
            sealed.body = place.map_or(sealed.body.clone(), |place| turned(&sealed.body, place));
        }
        Some(Reply::Garble) => sealed.body = garbled(&sealed.body),
        _ => {}
    }
    sealed
}

/// Seals a success of V3 as a strike wants it.
pub(crate) fn newer(strike: &Strike, answering: &v3::Answering, object: &ObjectText, stamp: v3::Stamp<'_>, signer: &Signer) -> v3::Sealed {
    let reply = strike.rule.reply;
    let mut answering = answering.clone();
    match reply {
        Some(Reply::NoSignature) => answering.key = None,
        Some(Reply::OtherKey) => answering.key = answering.key.as_ref().map(stranger),
        _ => {}
    }
    let object = object_bent(reply, object);
    let charset = if reply == Some(Reply::Gbk) { Charset::Gbk } else { Charset::Utf8 };
    let mut sealed = v3::seal_content(&answering, &charset.encode_json(object.as_str()), stamp, signer);
    match reply {
        Some(Reply::WrongSignature) => {
            for (_, value) in sealed.headers.iter_mut().filter(|(name, _)| *name == "alipay-signature") {
                *value = String::from_utf8_lossy(&turned(&Bytes::copy_from_slice(value.as_bytes()), 0)).into_owned();
            }
        }
        Some(Reply::Garble) => sealed.body = garbled(&sealed.body),
        _ => {}
    }
    sealed
}

/// A refusal of V3, which carries no signature, as a strike wants it.
pub(crate) fn newer_refusal(strike: &Strike, mut sealed: v3::Sealed) -> v3::Sealed {
    let object = ObjectText::verbatim(String::from_utf8_lossy(&sealed.body).into_owned());
    sealed.body = match strike.rule.reply {
        Some(Reply::Garble) => garbled(&sealed.body),
        Some(Reply::Gbk) => Charset::Gbk.encode_json(object.as_str()).into_owned().into(),
        reply => object_bent(reply, &object).as_str().to_owned().into(),
    };
    sealed
}

/// The whole answer as it goes out.
pub(crate) fn whole(strike: &Strike, answer: &mut AnswerBytes) {
    match strike.rule.reply {
        Some(Reply::Drop) => answer.sent = Sent::Nothing,
        Some(Reply::Cut) => answer.sent = Sent::First(answer.body.len() / 2),
        Some(Reply::Http502) => *answer = proxys(502, "Bad Gateway"),
        Some(Reply::Http504) => *answer = proxys(504, "Gateway Time-out"),
        _ => {}
    }
}

/// The page of a proxy that got no answer from the gateway.
fn proxys(status: u16, words: &str) -> AnswerBytes {
    let page = format!(
        "<html>\r\n<head><title>{status} {words}</title></head>\r\n<body>\r\n<center><h1>{status} {words}</h1></center>\r\n<hr><center>kabao fault</center>\r\n</body>\r\n</html>\r\n"
    );
    AnswerBytes { status, headers: vec![("content-type".to_owned(), "text/html".to_owned())], body: page.into(), sent: Sent::Whole }
}

fn object_bent(reply: Option<Reply>, object: &ObjectText) -> ObjectText {
    match reply {
        Some(Reply::Spaced) => ObjectText::verbatim(spaced(object.as_str())),
        Some(Reply::Slashes) if object.as_str().contains(r"\/") => ObjectText::verbatim(object.as_str().replace(r"\/", "/")),
        Some(Reply::Slashes) => ObjectText::verbatim(object.as_str().replace('/', r"\/")),
        Some(Reply::ExtraFields) => ObjectText::verbatim(extended(object.as_str())),
        _ => object.clone(),
    }
}

/// White space wherever JSON takes it, of all four kinds.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(2 * text.len());
    let (mut inside, mut escaped) = (false, false);
    for letter in text.chars() {
        let structural = !inside && matches!(letter, '{' | '}' | '[' | ']' | ',' | ':');
        match letter {
            '}' | ']' if structural => spaced.push_str(" \n"),
            ':' if structural => spaced.push(' '),
            _ => {}
        }
        spaced.push(letter);
        match letter {
            ',' if structural => spaced.push_str("\r\n\t"),
            '{' | '[' | ':' if structural => spaced.push_str("  "),
            _ => {}
        }
        inside ^= letter == '"' && !escaped;
        escaped = inside && letter == '\\' && !escaped;
    }
    spaced
}

/// Members that no document names, of every JSON type.
fn extended(text: &str) -> String {
    let Ok(mut object) = serde_json::from_str::<Map<String, Value>>(text) else { return text.to_owned() };
    let more = serde_json::json!({
        "kabao_extra_text": "未来的字段", "kabao_extra_number": 1, "kabao_extra_null": null, "kabao_extra_flag": true,
        "kabao_extra_list": [{"deep": []}], "kabao_extra_object": {"sign": "not the signature", "code": "40004"},
    });
    object.extend(more.as_object().cloned().unwrap_or_default());
    serde_json::to_string(&object).expect("a map of JSON values has a JSON text")
}

/// The first published key that is not this one.
pub(crate) fn stranger(own: &SigningKey) -> SigningKey {
    let other = (0..pool::SIZE).map(pool::signing_key).rev().find(|key| key.verifying() != own.verifying());
    other.expect("the pool has several keys")
}

/// The other of the two charsets.
pub(crate) fn other(charset: Charset) -> Charset {
    if charset == Charset::Utf8 { Charset::Gbk } else { Charset::Utf8 }
}

/// The bytes with one letter of Base64 replaced.
fn turned(bytes: &Bytes, place: usize) -> Bytes {
    let mut bytes = bytes.to_vec();
    if let Some(letter) = bytes.get_mut(place) {
        *letter = if *letter == b'A' { b'B' } else { b'A' };
    }
    bytes.into()
}

/// The bytes with noise from their middle on: always the same, and never UTF-8.
fn garbled(bytes: &Bytes) -> Bytes {
    let middle = bytes.len() / 2;
    bytes.iter().enumerate().map(|(place, byte)| if place < middle { *byte } else { byte ^ 0xa5 | 0x80 }).collect::<Vec<u8>>().into()
}

fn find_last(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|window| window == wanted)
}
