//! Reading an answer on the client's side: the object is cut out of the raw bytes and verified as it stands (PROTOCOL A6, A7).
//!
//! Unlike the SDKs this does not search for words: it walks the outer object, so white space, order, a byte order mark,
//! other members and braces in strings do not matter. It does not accept what differs by a single byte inside the object.

use std::ops::Range;

use bytes::Bytes;
use serde_json::{Map, Value};
use thiserror::Error;

use super::charset::{Charset, WrongByte};
use super::encryption::{AesKey, DecryptError};
use super::response::ERROR_RESPONSE;
use super::sign_type::SignType;
use crate::keys::VerifyingKey;

/// Why a body is not an answer to the call.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AnswerError {
    /// A byte that is no text in the charset.
    #[error("the answer is not {charset} text at byte {offset}")]
    NotText {
        /// Name of the charset it was read in.
        charset: &'static str,
        /// Bytes before the wrong one.
        offset: usize,
    },
    /// Not a JSON object.
    #[error("the answer is not a JSON object: {0}")]
    NotJson(String),
    /// An encrypted answer that the key does not open.
    #[error("the answer cannot be decrypted: {0}")]
    NotDecrypted(DecryptError),
    /// Neither the expected node nor `error_response` is there.
    #[error("the answer has neither {expected} nor error_response but {found:?}")]
    NodeMissing {
        /// The node looked for.
        expected: String,
        /// The members that are there.
        found: Vec<String>,
    },
}

/// Why an answer must not be trusted.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Untrusted {
    /// No `sign`, or an empty one.
    #[error("the answer carries no signature")]
    Unsigned,
    /// The signature does not fit.
    #[error("the signature does not verify over the object as received")]
    WrongSignature,
}

/// An answer taken apart.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The node it came under: the method's, or `error_response`.
    pub node: String,
    /// `sign`, if there is one.
    pub sign: Option<String>,
    /// `alipay_cert_sn`, if there is one.
    pub alipay_cert_sn: Option<String>,
    /// The node's value: an object, or a string when the answer is encrypted.
    pub value: Value,
    charset: Charset,
    body: Bytes,
    signed_text: Range<usize>,
}

impl Answer {
    /// Takes apart `body`, the answer to the method whose node is `node` (see [`super::response::node_of`]).
    ///
    /// # Errors
    /// No text, no JSON object, or neither the node nor `error_response`.
    pub fn read(body: &Bytes, charset: Charset, node: &str) -> Result<Self, AnswerError> {
        let not_text = |wrong| not_text(charset, wrong);
        let start = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let text = charset.decode(&body[start..]).map_err(not_text)?;
        // The whole must be JSON before the walk below may trust its shape.
        serde_json::from_str::<Map<String, Value>>(&text).map_err(|error| AnswerError::NotJson(error.to_string()))?;
        let members = members(body, start, charset);
        let first = |name: &str| members.iter().find(|member| member.name == name);
        let Some(found) = first(node).or_else(|| first(ERROR_RESPONSE)) else {
            let found = members.into_iter().map(|member| member.name).collect();
            return Err(AnswerError::NodeMissing { expected: node.to_owned(), found });
        };
        let value_of = |member: &Member| {
            let text = charset.decode(&body[member.value.clone()]).map_err(not_text)?;
            serde_json::from_str::<Value>(&text).map_err(|error| AnswerError::NotJson(error.to_string()))
        };
        let word = |name: &str| match first(name).map(value_of) {
            Some(Ok(Value::String(text))) => Some(text),
            _ => None,
        };
        Ok(Self {
            node: found.name.clone(),
            sign: word("sign"),
            alipay_cert_sn: word("alipay_cert_sn"),
            value: value_of(found)?,
            charset,
            body: body.clone(),
            signed_text: found.value.clone(),
        })
    }

    /// The signed bytes: the node's value exactly as it stands in the body.
    pub fn signed_text(&self) -> &[u8] {
        &self.body[self.signed_text.clone()]
    }

    /// Checks the signature over [`Self::signed_text`].
    ///
    /// # Errors
    /// There is none, or it does not fit.
    pub fn verify(&self, key: &VerifyingKey, sign_type: SignType) -> Result<(), Untrusted> {
        let sign = self.sign.as_deref().filter(|sign| !sign.is_empty()).ok_or(Untrusted::Unsigned)?;
        let fits = key.verifies_text(sign_type.digest(), self.signed_text(), sign.as_bytes());
        if fits { Ok(()) } else { Err(Untrusted::WrongSignature) }
    }

    /// Opens an encrypted answer: its value becomes the object inside. A plain one, such as an error before decryption, is
    /// left as it is. Verify first: the signature is over the cipher text.
    ///
    /// # Errors
    /// The cipher text is not one of this key, or holds no JSON object.
    pub fn decrypt(&mut self, key: &AesKey) -> Result<(), AnswerError> {
        let Value::String(cipher_text) = &self.value else { return Ok(()) };
        let plain = key.decrypt(cipher_text.as_bytes()).map_err(AnswerError::NotDecrypted)?;
        let text = self.charset.decode(&plain).map_err(|wrong| not_text(self.charset, wrong))?;
        let object: Map<String, Value> = serde_json::from_str(&text).map_err(|error| AnswerError::NotJson(error.to_string()))?;
        self.value = Value::Object(object);
        Ok(())
    }

    /// `code`; absent in a success of alipay.system.oauth.token.
    pub fn code(&self) -> Option<&str> {
        self.field("code")
    }

    /// `msg`.
    pub fn msg(&self) -> Option<&str> {
        self.field("msg")
    }

    /// `sub_code`.
    pub fn sub_code(&self) -> Option<&str> {
        self.field("sub_code")
    }

    /// `sub_msg`.
    pub fn sub_msg(&self) -> Option<&str> {
        self.field("sub_msg")
    }

    /// Whether it is a success as the SDKs see it: no `sub_code`, and a code of 10000 if there is one.
    pub fn is_success(&self) -> bool {
        self.node != ERROR_RESPONSE && self.sub_code().is_none() && self.code().is_none_or(|code| code == "10000")
    }

    /// A text of the object.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.value.get(name)?.as_str()
    }
}

pub(super) fn not_text(charset: Charset, wrong: WrongByte) -> AnswerError {
    AnswerError::NotText { charset: charset.name(), offset: wrong.offset }
}

struct Member {
    name: String,
    value: Range<usize>,
}

/// The members of the outer object of `body`, which is known to be JSON from `start` on.
fn members(body: &[u8], start: usize, charset: Charset) -> Vec<Member> {
    let walk = Walk { body, charset };
    let mut found = Vec::new();
    let mut at = walk.over_space(start) + 1;
    loop {
        at = walk.over_space(at);
        if body.get(at) != Some(&b'"') {
            return found;
        }
        let name_end = walk.over_value(at);
        let name = charset.decode_lossy(&body[at..name_end]);
        let value_start = walk.over_space(walk.over_space(name_end) + 1);
        let value_end = walk.over_value(value_start);
        found.push(Member { name: serde_json::from_str(&name).unwrap_or_default(), value: value_start..value_end });
        at = walk.over_space(value_end);
        if body.get(at) != Some(&b',') {
            return found;
        }
        at += 1;
    }
}

struct Walk<'a> {
    body: &'a [u8],
    charset: Charset,
}

impl Walk<'_> {
    fn over_space(&self, mut at: usize) -> usize {
        while self.body.get(at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at.min(self.body.len())
    }

    /// The end of the value that begins at `at`. Steps over characters, because the second byte of a GBK character can
    /// be a backslash or a brace.
    fn over_value(&self, mut at: usize) -> usize {
        let (mut depth, mut in_string, begin) = (0_usize, false, at);
        while let Some(&byte) = self.body.get(at) {
            if byte >= 0x80 {
                at += self.charset.step(byte, self.body.get(at + 1).copied());
                continue;
            }
            match byte {
                b'\\' if in_string => at += 1,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return at,
                b'}' | b']' => depth -= 1,
                b',' | b' ' | b'\t' | b'\n' | b'\r' | b':' if depth == 0 && at > begin => return at,
                _ => {}
            }
            at += 1;
            let closed = !in_string && depth == 0 && matches!(byte, b'"' | b'}' | b']');
            if closed {
                return at.min(self.body.len());
            }
        }
        self.body.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(body: &str) -> Result<Answer, AnswerError> {
        Answer::read(&Bytes::copy_from_slice(body.as_bytes()), Charset::Utf8, "a_response")
    }

    #[test]
    fn the_object_is_cut_out_wherever_it_stands() {
        let object = r#"{"code":"10000","memo":"}{\"\\","deep":[{"x":"]"}],"sign":"inner"}"#;
        for body in [
            format!(r#"{{"a_response":{object},"sign":"s"}}"#),
            format!("\u{feff} {{\r\n\"sign\" : \"s\" ,\n\"n\":1.5 ,\"b\":true,\t\"a_response\" : {object}\n}} \n"),
            format!(r#"{{"x":{{"a_response":1}},"y":"a_response","\u0061_response":{object},"sign":"s"}}"#),
        ] {
            let answer = read(&body).unwrap();
            assert_eq!(answer.signed_text(), object.as_bytes(), "{body}");
            assert_eq!(answer.sign.as_deref(), Some("s"));
            assert_eq!(answer.code(), Some("10000"));
            assert!(answer.is_success());
        }
    }

    #[test]
    fn an_encrypted_answer_is_signed_with_its_quotes() {
        let answer = read(r#"{"a_response":"qQvI/w==","sign":"s"}"#).unwrap();
        assert_eq!(answer.signed_text(), br#""qQvI/w==""#);
    }

    #[test]
    fn a_gbk_character_whose_second_byte_is_a_backslash_ends_nothing() {
        let json = r#"{"a_response":{"n":"俓","m":"亄"},"sign":"s"}"#;
        let body = Charset::Gbk.encode(json).unwrap();
        assert!(body.contains(&0x5c), "a second byte that is a backslash");
        assert!(body.windows(2).any(|two| two[0] > 0x80 && two[1] == b'{'), "a second byte that is a brace");
        let answer = Answer::read(&Bytes::copy_from_slice(&body), Charset::Gbk, "a_response").unwrap();
        assert_eq!(answer.field("n"), Some("俓"));
        assert_eq!(answer.field("m"), Some("亄"));
        assert_eq!(answer.sign.as_deref(), Some("s"));
    }

    #[test]
    fn an_error_response_stands_in_for_the_node() {
        let answer = read(r#"{"error_response":{"code":"40002","sub_code":"isv.code-invalid"}}"#).unwrap();
        assert_eq!((answer.sub_code(), answer.is_success()), (Some("isv.code-invalid"), false));
        assert_eq!(answer.verify(crate::pool::signing_key(0).verifying(), SignType::Rsa2), Err(Untrusted::Unsigned));
        let missing = read(r#"{"b_response":{}}"#).unwrap_err();
        assert_eq!(missing.to_string(), r#"the answer has neither a_response nor error_response but ["b_response"]"#);
        assert!(matches!(read("<html>"), Err(AnswerError::NotJson(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_reader(
            bytes in proptest::collection::vec(any::<u8>(), 0..100),
            text in "(\\{\"a_response\":)?[\\[\\]{}\",:\\\\ a0-9]{0,40}",
        ) {
            for charset in [Charset::Utf8, Charset::Gbk, Charset::Gb18030] {
                let _ = Answer::read(&Bytes::from(bytes.clone()), charset, "a_response");
                let _ = Answer::read(&Bytes::from(text.clone()), charset, "a_response");
                let _ = members(&bytes, 0, charset);
                let _ = members(text.as_bytes(), 0, charset);
            }
        }
    }
}
