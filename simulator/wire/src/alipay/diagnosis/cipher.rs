//! Q25 in a signature: the text was signed before it was encrypted, or encrypted for the signature only.

use super::Found;
use super::remarks::Known;
use super::trials::Trials;

pub(super) fn find(trials: &mut Trials<'_>, known: &Known<'_>) -> Option<Found> {
    let key = known.application.as_ref()?.content_key.as_ref()?;
    let sent = trials.opened.parameters.value("biz_content").filter(|_| trials.is_small())?;
    let (other, hint, hint_zh) = match key.decrypt(sent) {
        Ok(plain) => (
            plain,
            "the plain text of biz_content was signed: encrypt first, then sign the cipher text",
            "签名用的是 biz_content 明文：应先加密，再对密文签名",
        ),
        Err(_) => (
            key.encrypt(sent).into_bytes(),
            "the cipher text of biz_content was signed, but the plain text was sent",
            "签名用的是 biz_content 密文，发送的却是明文",
        ),
    };
    let mut pairs = trials.signed_pairs();
    let named = pairs.iter().any(|(name, _)| *name == b"encrypt_type");
    let client_string = trials.with_value(b"biz_content", &other);
    if trials.fits_differently(&client_string) {
        return Some(Found { id: "Q25", client_string, hint: hint.to_owned(), hint_zh: hint_zh.to_owned() });
    }
    // signed before encrypt_type was set
    pairs.retain(|(name, _)| *name != b"encrypt_type");
    for value in [&other[..], &sent[..]] {
        let pairs = pairs.iter().map(|(name, old)| (*name, if *name == b"biz_content" { value } else { *old }));
        let client_string = crate::alipay::canonical::string_to_sign(pairs, crate::alipay::canonical::Rule::REQUEST);
        if named && trials.fits_differently(&client_string) {
            return Some(Found {
                id: "Q25",
                client_string,
                hint: "encrypt_type was set after signing: set it, encrypt, then sign all of it".to_owned(),
                hint_zh: "encrypt_type 在签名之后才设置：应先设置并加密，再对全部参数签名".to_owned(),
            });
        }
    }
    None
}
