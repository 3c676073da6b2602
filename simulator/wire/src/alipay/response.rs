//! Writing an answer on the platform's side (PROTOCOL A6, A9).
//!
//! The layout is the compact one that every SDK takes: the object, then `alipay_cert_sn` in certificate mode, then `sign`,
//! no white space outside the object. HTTP status is always 200; the `trace_id` header is the gateway's business.

use bytes::Bytes;

use super::charset::DeclaredCharset;
use super::codes::GatewayRefusal;
use super::encryption::AesKey;
use super::object::ObjectText;
use super::sign_type::SignType;
use crate::keys::SigningKey;
use crate::signer::Signer;

/// The node of errors that have no node of their own.
pub const ERROR_RESPONSE: &str = "error_response";

/// What a method's own node ends with.
const NODE_END: &str = "_response";

/// Methods whose errors come under `error_response`. Recorded for these two only (A9 and the note of
/// isv.missing-signature); that every error of the second one does so is inferred.
const ERRORS_ELSEWHERE: [&str; 2] = ["alipay.system.oauth.token", "alipay.open.auth.token.app"];

/// How one request is to be answered: everything but the object.
#[derive(Clone, Debug)]
pub struct Answering {
    /// Node name of a success, e.g. `alipay_trade_query_response`.
    pub node: String,
    /// Node name of a failure: the same, or `error_response`.
    pub error_node: String,
    /// The charset of the request, in which the answer is written.
    pub charset: DeclaredCharset,
    /// The algorithm of the request, with which the answer is signed.
    pub sign_type: SignType,
    /// The platform's key for this application; without one the answer has no `sign` at all.
    pub key: Option<SigningKey>,
    /// In certificate mode the serial of the certificate whose key signs.
    pub alipay_cert_sn: Option<String>,
    /// Set for an encrypted request once it was decrypted: then the object is written as cipher text in quotes (A8).
    pub content_key: Option<AesKey>,
}

/// Which node an object goes under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The method's own node.
    Success,
    /// The node of failures.
    Failure,
}

/// A finished answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The body, in the request's charset.
    pub body: Bytes,
    /// The header `Content-Type`.
    pub content_type: String,
    /// Whether it carries a signature.
    pub signed: bool,
}

impl Answering {
    /// An unsigned UTF-8 answer to `method`; `None` or a text that cannot be a node name gives `error_response`.
    pub fn to_method(method: Option<&str>) -> Self {
        let node = method.and_then(node_of).unwrap_or_else(|| ERROR_RESPONSE.to_owned());
        let elsewhere = method.is_some_and(|method| ERRORS_ELSEWHERE.contains(&method));
        let error_node = if elsewhere { ERROR_RESPONSE.to_owned() } else { node.clone() };
        Self {
            node,
            error_node,
            charset: DeclaredCharset::default(),
            sign_type: SignType::Rsa2,
            key: None,
            alipay_cert_sn: None,
            content_key: None,
        }
    }
}

/// `alipay.trade.query` → `alipay_trade_query_response`; `None` for a text that is not made like a method name.
pub fn node_of(method: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let named = (1..=128).contains(&method.len()) && method.bytes().all(plain);
    named.then(|| {
        let mut node = String::with_capacity(method.len() + NODE_END.len());
        node.extend(method.chars().map(|letter| if letter == '.' { '_' } else { letter }));
        node.push_str(NODE_END);
        node
    })
}

/// Writes the answer around `object`, signed over the object's bytes if there is a key.
pub fn seal(answering: &Answering, outcome: Outcome, object: &ObjectText, signer: &Signer) -> Sealed {
    let node = match outcome {
        Outcome::Success => &answering.node,
        Outcome::Failure => &answering.error_node,
    };
    let mut object = answering.charset.charset.encode_json(object.as_str());
    if let Some(key) = &answering.content_key {
        // what is signed is the cipher text with both its quotes
        object = format!("\"{}\"", key.encrypt(&object)).into_bytes().into();
    }
    let sign = answering.key.as_ref().map(|key| signer.sign(key, answering.sign_type.digest(), &object));
    let mut body = Vec::with_capacity(object.len() + node.len() + 450);
    body.extend_from_slice(b"{\"");
    body.extend_from_slice(node.as_bytes());
    body.extend_from_slice(b"\":");
    body.extend_from_slice(&object);
    if let Some(sn) = answering.alipay_cert_sn.as_ref().filter(|_| sign.is_some()) {
        member(&mut body, "alipay_cert_sn", sn);
    }
    if let Some(sign) = &sign {
        member(&mut body, "sign", sign);
    }
    body.push(b'}');
    let content_type = format!("text/html;charset={}", answering.charset.label);
    Sealed { body: body.into(), content_type, signed: sign.is_some() }
}

/// Writes a refusal of the gateway, under the node of failures. It is signed only if its code is one that the platform
/// signs and there is a key.
pub fn seal_refusal(answering: &Answering, refusal: &GatewayRefusal, signer: &Signer) -> Sealed {
    let object = refusal.object();
    if refusal.code.signed {
        return seal(answering, Outcome::Failure, &object, signer);
    }
    let unsigned = Answering { key: None, alipay_cert_sn: None, content_key: None, ..answering.clone() };
    seal(&unsigned, Outcome::Failure, &object, signer)
}

fn member(body: &mut Vec<u8>, name: &str, plain: &str) {
    body.extend_from_slice(b",\"");
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(b"\":\"");
    body.extend_from_slice(plain.as_bytes());
    body.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alipay::codes::sub_code;
    use crate::pool;

    fn to(method: &str) -> Answering {
        Answering { key: Some(pool::signing_key(1)), ..Answering::to_method(Some(method)) }
    }

    #[test]
    fn an_answer_is_compact_and_signed_over_the_bytes_of_its_object() {
        let object = ObjectText::verbatim(r#"{"code":"10000","msg":"Success","qr":"https:\/\/a"}"#);
        let sealed = seal(&to("alipay.trade.query"), Outcome::Success, &object, &Signer::new(0));
        let sign = pool::signing_key(1).sign_text(crate::keys::Digest::Sha256, object.as_str().as_bytes());
        let expected = format!(r#"{{"alipay_trade_query_response":{},"sign":"{sign}"}}"#, object.as_str());
        assert_eq!(sealed.body, expected);
        assert_eq!(sealed.content_type, "text/html;charset=utf-8");
    }

    #[test]
    fn without_a_key_there_is_no_sign_member() {
        let answering = Answering { key: None, ..to("a.b") };
        let sealed = seal(&answering, Outcome::Success, &ObjectText::verbatim("{}"), &Signer::new(0));
        assert_eq!(sealed.body, r#"{"a_b_response":{}}"#);
        assert!(!sealed.signed);
    }

    #[test]
    fn an_unsigned_code_stays_unsigned_although_there_is_a_key() {
        let refusal = GatewayRefusal::of(sub_code::INVALID_APP_ID);
        let sealed = seal_refusal(&to("alipay.trade.query"), &refusal, &Signer::new(0));
        assert_eq!(
            sealed.body,
            r#"{"alipay_trade_query_response":{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-app-id","sub_msg":"无效的AppID参数"}}"#
        );
        let refusal = GatewayRefusal::of(sub_code::CODE_INVALID);
        assert!(seal_refusal(&to("alipay.trade.query"), &refusal, &Signer::new(0)).signed);
    }

    #[test]
    fn the_token_method_fails_under_error_response() {
        let answering = to("alipay.system.oauth.token");
        assert_eq!(answering.node, "alipay_system_oauth_token_response");
        assert_eq!(answering.error_node, ERROR_RESPONSE);
        assert_eq!(to("alipay.trade.query").error_node, "alipay_trade_query_response");
    }

    #[test]
    fn what_cannot_be_a_node_name_is_answered_under_error_response() {
        for method in ["", "a\"b", "a b", "方法", &"x".repeat(200)] {
            assert_eq!(Answering::to_method(Some(method)).node, ERROR_RESPONSE);
        }
    }

    #[test]
    fn a_gbk_request_is_answered_in_gbk_and_signed_over_gbk() {
        let charset = DeclaredCharset::of(b"GBK").unwrap();
        let answering = Answering { charset, ..to("a.b") };
        let sealed = seal(&answering, Outcome::Success, &ObjectText::verbatim(r#"{"n":"会😀"}"#), &Signer::new(0));
        let object = b"{\"n\":\"\xbb\xe1\\ud83d\\ude00\"}";
        assert!(sealed.body.starts_with(&[&b"{\"a_b_response\":"[..], object].concat()));
        let sign = pool::signing_key(1).sign_text(crate::keys::Digest::Sha256, object);
        assert!(sealed.body.ends_with(format!(",\"sign\":\"{sign}\"}}").as_bytes()));
        assert_eq!(sealed.content_type, "text/html;charset=GBK");
    }
}
