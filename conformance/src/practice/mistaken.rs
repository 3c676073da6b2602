//! How careless clients sign and verify: the defects of the wire that lie between words and bytes.
//!
//! Not the right way, which is [`ClientRequest::sign`]. Each defect is a mistake of the catalogue (gateway/QUIRKS) that the platform
//! can name.

use super::defect::Defect;
use std::collections::BTreeSet;
use wire::alipay::canonical::{Rule, string_to_sign};
use wire::alipay::{Answer, Carriage, Charset, ClientError, ClientRequest, Outgoing, SignType, Untrusted, form};
use wire::keys::{SigningKey, VerifyingKey};

/// What the phone's own browser says of itself.
const BROWSER: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AliApp(AP/10.5.0)";

/// The parameters that name certificates.
const SERIALS: [&[u8]; 2] = [b"app_cert_sn", b"alipay_root_cert_sn"];

/// The fields of an opening's answer, as a schema has them.
const OPENED: &[&str] = &["code", "msg", "sub_code", "sub_msg", "card_info"];

/// Signs a request rightly, or as these defects do. One that carries a file keeps its form.
pub(super) fn sign(request: ClientRequest, has_file: bool, key: &SigningKey, defects: &BTreeSet<Defect>) -> Result<Outgoing, ClientError> {
    let does = |defect: Defect| defects.contains(&defect);
    if does(Defect::DropsSignType) {
        return request.rule(Rule::NOTICE_V1).sign(key);
    }
    if does(Defect::SignsWithRsa1) {
        return request.parameter("sign_type", "RSA").sign(key);
    }
    if does(Defect::SortsAfterEncoding) {
        let encode = |value: Vec<u8>| {
            let mut encoded = Vec::new();
            form::encode_into(&mut encoded, &value, form::Space::Plus, form::Hex::Upper);
            encoded
        };
        let encoded: Vec<_> = request.pairs()?.into_iter().map(|(name, value)| (name, encode(value))).collect();
        return request.sign_over(key, string_of(&encoded));
    }
    if does(Defect::DeclaresAnotherCharset) {
        let request = request.parameter("charset", "GBK");
        let text = Charset::Gbk.decode(&string_of(&request.pairs()?)).map(std::borrow::Cow::into_owned).unwrap_or_default();
        return request.sign_over(key, text.into_bytes());
    }
    if does(Defect::UnsignedCertSn) {
        let signed: Vec<_> = request.pairs()?.into_iter().filter(|(name, _)| !SERIALS.contains(&name.as_slice())).collect();
        return request.sign_over(key, string_of(&signed));
    }
    if does(Defect::CharsetInBodyOnly) && !has_file {
        let signed = request.carriage(Carriage::PostBody).sign(key)?;
        return Ok(Outgoing { query: String::new(), content_type: Some("application/x-www-form-urlencoded".to_owned()), ..signed });
    }
    request.sign(key)
}

/// Headers that a call carries only where a browser or phone makes it.
pub(super) fn headers(defects: &BTreeSet<Defect>) -> &'static [(&'static str, &'static str)] {
    if defects.contains(&Defect::SignsInTheBrowser) { &[("user-agent", BROWSER), ("origin", "https://render.alipay.com")] } else { &[] }
}

/// Looks at an answer's signature rightly, or as these defects do.
pub(super) fn verify(answer: &Answer, key: &VerifyingKey, defects: &BTreeSet<Defect>) -> Result<(), Untrusted> {
    if defects.contains(&Defect::SkipsVerification) {
        return Ok(());
    }
    if defects.contains(&Defect::PrintsAnswersAgain) {
        // the slash as the platform is known to write it
        let printed = answer.value.to_string().replace('/', r"\/");
        let sign = answer.sign.as_deref().ok_or(Untrusted::Unsigned)?;
        let fits = key.verifies_text(SignType::Rsa2.digest(), printed.as_bytes(), sign.as_bytes());
        return if fits { Ok(()) } else { Err(Untrusted::WrongSignature) };
    }
    answer.verify(key, SignType::Rsa2)
}

/// Whether an answer is refused because of fields that this client's schema of an opening does not have.
pub(super) fn refuses(method: &str, answer: &Answer, defects: &BTreeSet<Defect>) -> bool {
    let strict = defects.contains(&Defect::RefusesUnknownFields) && method == "alipay.marketing.card.open";
    strict && answer.value.as_object().is_some_and(|fields| fields.keys().any(|name| !OPENED.contains(&name.as_str())))
}

fn string_of(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    string_to_sign(pairs.iter().map(|(name, value)| (&name[..], &value[..])), Rule::REQUEST)
}
