//! Q25: content that does not decrypt as it should, and the usual wrong ways of encrypting it.
//!
//! A way is named only when it gives JSON. Source: PROTOCOL A8.

use aws_lc_rs::cipher::{AES_128, AES_192, Algorithm, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::{Known, Remark};

/// Bytes of the longest cipher text that is tried.
const LONGEST: usize = 256 << 10;
const BLOCK: usize = 16;

/// Algorithm, key, IV or none for ECB, cipher text, and the words in English and Chinese.
type Way<'a> = (&'static Algorithm, &'a [u8], Option<[u8; BLOCK]>, &'a [u8], &'static str, &'static str);

/// What is wrong with encrypted content.
pub(in crate::alipay) fn undecrypted(path: &str, content: Option<&[u8]>, named: bool, known: &Known<'_>) -> Option<Remark> {
    let remark = |hint: &str, hint_zh: &str| Some(Remark::new("Q25", path, hint, hint_zh));
    let Some(content) = content.map(<[u8]>::trim_ascii).filter(|content| content.len() <= LONGEST) else {
        return named.then(|| {
            Remark::new(
                "Q25",
                path,
                "encrypt_type is set but there is no content to encrypt: leave it out for this API",
                "设置了 encrypt_type 但没有可加密的内容：该接口不应设置",
            )
        });
    };
    if content.starts_with(b"{") {
        return remark(
            "encrypt_type says AES, but the content is plain JSON: encrypt it, or leave encrypt_type out",
            "encrypt_type 为AES，但内容是明文JSON：请加密，或去掉 encrypt_type",
        );
    }
    let Some(key) = known.application.and_then(|application| application.content_key.as_ref()) else {
        return remark("the application has no AES key here: set one in the console first", "本应用未设置AES密钥：请先在控制台设置");
    };
    if !named && key.decrypt(content).is_ok() {
        return remark(
            "the content is encrypted, but encrypt_type=AES was not sent (gopay forgets it)",
            "内容已加密，但未发送 encrypt_type=AES（gopay会遗漏）",
        );
    }
    let Ok(bytes) = STANDARD.decode(content) else {
        return if URL_SAFE.decode(content).is_ok() || is_hexadecimal(content) {
            remark(
                "the cipher text is hexadecimal or URL-safe Base64; standard Base64 is expected",
                "密文为十六进制或URL安全的Base64；应为标准Base64",
            )
        } else {
            remark("the content is not Base64 of a cipher text", "内容不是密文的Base64")
        };
    };
    let text = key.base64();
    let raw = STANDARD.decode(&text).unwrap_or_default();
    let zeros = Some([0; BLOCK]);
    let first = bytes.first_chunk::<BLOCK>().copied();
    let own = <[u8; BLOCK]>::try_from(&raw[..]).ok();
    let from_text = text.as_bytes().first_chunk::<BLOCK>().copied();
    let ways: [Way<'_>; 6] = [
        (
            &AES_192,
            text.as_bytes(),
            zeros,
            &bytes,
            "the key's Base64 text itself was the key; decode it first, it is 16 bytes",
            "直接把密钥的Base64文本当作密钥；应先解码为16字节",
        ),
        (
            &AES_128,
            &raw,
            None,
            &bytes,
            "the mode was ECB; CBC with an IV of sixteen zero bytes is expected",
            "使用了ECB模式；应为CBC，IV为16个零字节",
        ),
        (
            &AES_192,
            text.as_bytes(),
            None,
            &bytes,
            "the mode was ECB and the key's Base64 text was the key",
            "使用了ECB模式，且直接把密钥的Base64文本当作密钥",
        ),
        (
            &AES_128,
            &raw,
            first,
            bytes.get(BLOCK..).unwrap_or_default(),
            "a random IV stands before the cipher text; sixteen zero bytes are the IV here",
            "密文前带有随机IV；此处IV固定为16个零字节",
        ),
        (&AES_128, &raw, own, &bytes, "the key was used as IV; sixteen zero bytes are expected", "以密钥作为IV；应为16个零字节"),
        (
            &AES_128,
            &from_text.unwrap_or_default(),
            zeros,
            &bytes,
            "the first 16 characters of the key's Base64 text were the key; decode it first",
            "以密钥Base64文本的前16个字符作为密钥；应先解码",
        ),
    ];
    let fits = ways.into_iter().find(|(algorithm, key, iv, bytes, ..)| gives_json(algorithm, key, *iv, bytes));
    match fits {
        Some((.., hint, hint_zh)) => remark(hint, hint_zh),
        None => remark("the content is not a cipher text of the application's AES key", "内容不是用本应用AES密钥加密的密文"),
    }
}

fn is_hexadecimal(text: &[u8]) -> bool {
    text.len().is_multiple_of(2 * BLOCK) && text.iter().all(u8::is_ascii_hexdigit)
}

fn gives_json(algorithm: &'static Algorithm, key: &[u8], iv: Option<[u8; BLOCK]>, bytes: &[u8]) -> bool {
    let Ok(unbound) = UnboundCipherKey::new(algorithm, key) else { return false };
    let (key, context) = match iv {
        Some(iv) => (PaddedBlockDecryptingKey::cbc_pkcs7(unbound), DecryptionContext::Iv128(FixedLength::from(iv))),
        None => (PaddedBlockDecryptingKey::ecb_pkcs7(unbound), DecryptionContext::None),
    };
    let mut bytes = bytes.to_vec();
    let Ok(key) = key else { return false };
    key.decrypt(&mut bytes, context)
        .is_ok_and(|text| serde_json::from_slice::<serde_json::Value>(text).is_ok_and(|value| value.is_object()))
}
