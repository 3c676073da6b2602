//! Q11 and Q15: the right characters, but other bytes for them.

use std::borrow::Cow;

use super::Found;
use super::trials::Trials;
use crate::alipay::charset::Charset;

pub(super) fn find(trials: &mut Trials<'_>) -> Option<Found> {
    if trials.failed.string_to_sign.is_ascii() || !trials.is_small() {
        return None;
    }
    transcoded(trials).or_else(|| beyond_the_basic_plane(trials))
}

fn transcoded(trials: &mut Trials<'_>) -> Option<Found> {
    let sent = &trials.failed.string_to_sign;
    let mut candidates: Vec<(Vec<u8>, &str, &str)> = Vec::new();
    for (from, to) in [(Charset::Utf8, Charset::Gbk), (Charset::Gbk, Charset::Utf8)] {
        if let Some(bytes) = from.decode(sent).ok().and_then(|text| to.encode(&text).map(Cow::into_owned)) {
            candidates.push((bytes, from.name(), to.name()));
        }
    }
    if let Ok(text) = std::str::from_utf8(sent) {
        let question_marks = text.chars().map(|one| if one.is_ascii() { one } else { '?' }).collect::<String>();
        candidates.push((question_marks.into_bytes(), "utf-8", "ASCII (every other character as ?)"));
        if let Ok(bytes) = text.chars().map(|one| u8::try_from(u32::from(one))).collect() {
            candidates.push((bytes, "utf-8 read as ISO-8859-1", "utf-8"));
        }
    }
    let latin: String = sent.iter().map(|&byte| char::from(byte)).collect();
    candidates.push((latin.into_bytes(), "utf-8", "utf-8 read as ISO-8859-1"));
    let (client_string, sent, signed) = candidates.into_iter().find(|(string, ..)| trials.fits_differently(string))?;
    let declared = trials.opened.word("charset").unwrap_or_default();
    Some(Found {
        id: "Q11",
        client_string,
        hint: format!("signed over {signed} bytes, but sent as {sent}; charset says {declared}: use that one for both"),
        hint_zh: format!("签名使用的字节编码为 {signed}，发送的却是 {sent}，charset 声明为 {declared}：三者必须一致"),
    })
}

fn beyond_the_basic_plane(trials: &mut Trials<'_>) -> Option<Found> {
    let text = std::str::from_utf8(&trials.failed.string_to_sign).ok()?;
    if text.chars().all(|one| u32::from(one) < 0x1_0000) {
        return None;
    }
    let replaced = |with: &str| -> Vec<u8> {
        let mut out = String::with_capacity(text.len());
        for one in text.chars() {
            if u32::from(one) < 0x1_0000 { out.push(one) } else { out.push_str(with) }
        }
        out.into_bytes()
    };
    let candidates = [
        (surrogates_apart(text), "as two surrogates (CESU-8)", "代理对（CESU-8）"),
        (replaced(""), "without them", "丢弃了这些字符"),
        (replaced("?"), "with ? for them", "以 ? 代替"),
        (replaced("??"), "with ?? for them", "以 ?? 代替"),
        (replaced("\u{fffd}"), "with U+FFFD for them", "以 U+FFFD 代替"),
    ];
    let (client_string, how, how_zh) = candidates.into_iter().find(|(string, ..)| trials.fits_differently(string))?;
    Some(Found {
        id: "Q15",
        client_string,
        hint: format!("characters of four bytes (emoji) were signed {how}; sign the same UTF-8 bytes that are sent"),
        hint_zh: format!("四字节字符（如表情）签名时被处理为{how_zh}：须对实际发送的UTF-8字节签名"),
    })
}

fn surrogates_apart(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    for one in text.chars() {
        if u32::from(one) < 0x1_0000 {
            out.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        for unit in one.encode_utf16(&mut [0; 2]) {
            let [high, low] = unit.to_be_bytes();
            out.extend([0xe0 | high >> 4, 0x80 | (high & 0x0f) << 2 | low >> 6, 0x80 | low & 0x3f]);
        }
    }
    out
}
