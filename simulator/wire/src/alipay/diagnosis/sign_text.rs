//! Q07, Q08 and Q16 on `sign` itself: the signature may be right, its text was damaged on the way.

use super::Fault;
use super::trials::Mended;

pub(in crate::alipay) fn fault(mended: Mended) -> Option<Fault> {
    let (id, hint, hint_zh) = match mended {
        Mended::No => return None,
        Mended::EncodedTwice => (
            "Q08",
            "sign was percent-encoded twice; encode it once, or leave the encoding to the HTTP library",
            "sign 被URL编码了两次，只需编码一次（或交给HTTP库编码）",
        ),
        Mended::SpacesForPlus => (
            "Q07",
            "sign arrived with spaces where it had +: percent-encode it, + as %2B",
            "sign 中的 + 变成了空格：发送前须做URL编码，+ 应编码为 %2B",
        ),
        Mended::UrlSafe => (
            "Q07",
            "sign is URL-safe Base64, with - and _ for + and / or without its =: write standard Base64 and percent-encode it",
            "sign 使用了URL安全的Base64（以 - 和 _ 代替 + 和 /，或缺少 =）：请使用标准Base64，并做URL编码",
        ),
        Mended::LineBreaks => (
            "Q16",
            "sign has line breaks in its Base64: take an encoder that writes one line",
            "sign 的Base64中含有换行：请使用不换行的Base64编码",
        ),
    };
    Some(Fault { id, hint: hint.to_owned(), hint_zh: hint_zh.to_owned() })
}
