//! How careless clients sign: the defects of the wire that lie between a request's words and its bytes.
//!
//! Not the right way, which is [`ClientRequest::sign`]. Each defect is a mistake of the catalogue (gateway/QUIRKS) that the platform
//! can name.

use super::defect::Defect;
use std::collections::BTreeSet;
use wire::alipay::canonical::{Rule, string_to_sign};
use wire::alipay::{Carriage, Charset, ClientError, ClientRequest, Outgoing, form};
use wire::keys::SigningKey;

/// What the phone's own browser says of itself.
const BROWSER: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AliApp(AP/10.5.0)";

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

fn string_of(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    string_to_sign(pairs.iter().map(|(name, value)| (&name[..], &value[..])), Rule::REQUEST)
}
