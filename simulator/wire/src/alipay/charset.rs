//! `charset`: which bytes stand for which text, in requests and answers (PROTOCOL A1, A6).
//!
//! Decoding is strict: a wrong byte is an error with its place. Encoding never loses: a character the charset lacks is
//! written as a JSON `\uXXXX` escape, which is why [`Charset::encode_json`] is for JSON texts only.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, EncoderResult, Encoding, GB18030, GBK, UTF_8};

/// A charset of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Charset {
    /// `utf-8`.
    Utf8,
    /// `gbk`.
    Gbk,
    /// `gb2312`: read as [`Self::Gbk`], of which it is a part, and written without the characters that it lacks.
    Gb2312,
    /// `gb18030`, which holds every character.
    Gb18030,
}

/// A charset with the text the client named it by, which answers repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredCharset {
    /// Which one.
    pub charset: Charset,
    /// As written, e.g. `UTF-8`.
    pub label: String,
}

/// The offset of the first byte that is not text in the charset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongByte {
    /// Bytes before it.
    pub offset: usize,
}

impl Charset {
    /// Reads a name in any letter case.
    pub fn of_label(label: &[u8]) -> Option<Self> {
        let is = |name: &str| label.eq_ignore_ascii_case(name.as_bytes());
        if is("utf-8") || is("utf8") {
            Some(Self::Utf8)
        } else if is("gbk") {
            Some(Self::Gbk)
        } else if is("gb2312") {
            Some(Self::Gb2312)
        } else if is("gb18030") {
            Some(Self::Gb18030)
        } else {
            None
        }
    }

    /// The name the platform writes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Gbk => "gbk",
            Self::Gb2312 => "gb2312",
            Self::Gb18030 => "gb18030",
        }
    }

    /// The text of `bytes`; borrowed when they are UTF-8 or plain ASCII already.
    ///
    /// # Errors
    /// The place of the first byte that cannot be.
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, WrongByte> {
        match std::str::from_utf8(bytes) {
            Ok(text) if self == Self::Utf8 || bytes.is_ascii() => return Ok(Cow::Borrowed(text)),
            Err(error) if self == Self::Utf8 => return Err(WrongByte { offset: error.valid_up_to() }),
            _ => {}
        }
        let mut decoder = self.encoding().new_decoder_without_bom_handling();
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len());
        let mut text = String::with_capacity(room);
        match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
            (DecoderResult::Malformed(wrong, after), read) => {
                Err(WrongByte { offset: read.saturating_sub(usize::from(wrong) + usize::from(after)) })
            }
            _ => Ok(Cow::Owned(text)),
        }
    }

    /// The text of `bytes` with U+FFFD for what cannot be; for showing, never for checking.
    pub fn decode_lossy(self, bytes: &[u8]) -> Cow<'_, str> {
        self.encoding().decode_without_bom_handling(bytes).0
    }

    /// The bytes of `text`, or `None` when the charset lacks one of its characters.
    pub fn encode(self, text: &str) -> Option<Cow<'_, [u8]>> {
        let (bytes, _, lossy) = self.encoding().encode(text);
        let lacking = self == Self::Gb2312 && text.chars().any(beyond_gb2312);
        (!lossy && !lacking).then_some(bytes)
    }

    /// The bytes of a JSON text; characters the charset lacks become `\uXXXX` escapes.
    pub fn encode_json(self, json: &str) -> Cow<'_, [u8]> {
        if self == Self::Utf8 || json.is_ascii() {
            return Cow::Borrowed(json.as_bytes());
        }
        if self == Self::Gb2312 && json.chars().any(beyond_gb2312) {
            // what Gbk has and Gb2312 lacks is escaped first; a backslash never stands before such a character
            let escaped: String = json.chars().map(|one| if beyond_gb2312(one) { escape(one) } else { one.to_string() }).collect();
            return Cow::Owned(self.encode_json(&escaped).into_owned());
        }
        let mut bytes = Vec::with_capacity(json.len() * 2);
        let mut rest = json;
        let mut encoder = self.encoding().new_encoder();
        loop {
            let room = encoder.max_buffer_length_from_utf8_without_replacement(rest.len());
            bytes.reserve(room.unwrap_or(rest.len() * 4));
            let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
            rest = &rest[read..];
            match result {
                EncoderResult::InputEmpty => return Cow::Owned(bytes),
                EncoderResult::OutputFull => {}
                EncoderResult::Unmappable(lacking) => bytes.extend(escape(lacking).as_bytes()),
            }
        }
    }

    /// How many bytes the character that begins with `first` and `second` takes, as far as finding the next one goes.
    pub(super) fn step(self, first: u8, second: Option<u8>) -> usize {
        match (self, first, second) {
            (Self::Utf8, ..) | (_, 0..=0x80 | 0xff, _) => 1,
            (_, _, Some(b'0'..=b'9')) => 4,
            _ => 2,
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Gbk | Self::Gb2312 => GBK,
            Self::Gb18030 => GB18030,
        }
    }
}

/// A character as a JSON escape.
fn escape(one: char) -> String {
    one.encode_utf16(&mut [0; 2]).iter().fold(String::new(), |text, unit| text + &format!("\\u{unit:04x}"))
}

/// Whether GBK has the character and GB2312 has not: one byte of it below A1, a row beyond F7, or one of the three places
/// in its rows that GBK filled later.
fn beyond_gb2312(one: char) -> bool {
    if one.is_ascii() {
        return false;
    }
    let text = one.to_string();
    let (bytes, _, lossy) = GBK.encode(&text);
    match (lossy, &bytes[..]) {
        (false, &[lead, trail]) => {
            let later = [(0xa2, 0xa1..=0xaa), (0xa6, 0xe0..=0xf5), (0xa8, 0xbb..=0xc0)];
            !(0xa1..=0xf7).contains(&lead)
                || trail < 0xa1
                || (0xaa..=0xaf).contains(&lead)
                || later.iter().any(|(row, places)| *row == lead && places.contains(&trail))
        }
        // what GBK lacks as well is the encoder's to find
        _ => false,
    }
}

impl DeclaredCharset {
    /// Reads the value of the parameter `charset`.
    pub fn of(label: &[u8]) -> Option<Self> {
        let charset = Charset::of_label(label)?;
        Some(Self { charset, label: String::from_utf8_lossy(label).into_owned() })
    }
}

impl Default for DeclaredCharset {
    fn default() -> Self {
        Self { charset: Charset::Utf8, label: "utf-8".into() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_platforms_names_are_known_in_any_letter_case() {
        for (label, charset) in [
            ("utf-8", Charset::Utf8),
            ("UTF-8", Charset::Utf8),
            ("GBK", Charset::Gbk),
            ("gb2312", Charset::Gb2312),
            ("GB18030", Charset::Gb18030),
        ] {
            assert_eq!(Charset::of_label(label.as_bytes()), Some(charset));
        }
        assert_eq!(Charset::of_label(b"latin1"), None);
    }

    #[test]
    fn gbk_bytes_are_the_text_they_stand_for() {
        let bytes = [0xbb, 0xe1, 0xd4, 0xb1, 0xbf, 0xa8];
        assert_eq!(Charset::Gbk.decode(&bytes).unwrap(), "会员卡");
        assert_eq!(Charset::Gbk.encode("会员卡").unwrap(), &bytes[..]);
        assert_eq!(Charset::Gbk.encode("😀"), None);
    }

    #[test]
    fn gb2312_is_read_as_gbk_and_written_without_what_it_lacks() {
        // 镕 and 囍 came with GBK; a reader of GB2312 alone has neither
        let bytes = Charset::Gbk.encode("会员镕").unwrap();
        assert_eq!(Charset::Gb2312.decode(&bytes).unwrap(), "会员镕");
        assert_eq!(Charset::Gb2312.encode("会员").unwrap(), Charset::Gbk.encode("会员").unwrap());
        assert_eq!(Charset::Gb2312.encode("会员镕"), None);
        assert_eq!(Charset::Gb2312.encode("ⅰ"), None);
        let written = Charset::Gb2312.encode_json(r#"{"a":"会镕囍😀"}"#);
        assert_eq!(Charset::Gb2312.decode(&written).unwrap(), r#"{"a":"会\u9555\u56cd\ud83d\ude00"}"#);
    }

    #[test]
    fn a_wrong_byte_is_found_where_it_stands() {
        assert_eq!(Charset::Utf8.decode(b"ab\xbb\xe1"), Err(WrongByte { offset: 2 }));
        assert_eq!(Charset::Gbk.decode(b"ab\xbb\xe1\xff"), Err(WrongByte { offset: 4 }));
        assert_eq!(Charset::Gbk.decode(b"ab\xbb"), Err(WrongByte { offset: 2 }), "cut in the middle of a character");
    }

    #[test]
    fn what_gbk_lacks_is_escaped_and_not_lost() {
        let json = r#"{"a":"会😀€ê"}"#;
        let bytes = Charset::Gbk.encode_json(json);
        let text = Charset::Gbk.decode(&bytes).unwrap();
        assert!(text.contains("会\\ud83d\\ude00"), "{text}");
        let (sent, read): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(json).unwrap(), serde_json::from_str(&text).unwrap());
        assert_eq!(sent, read);
    }

    proptest! {
        #[test]
        fn no_bytes_upset_decoding_and_text_survives_both_ways(
            bytes in proptest::collection::vec(any::<u8>(), 0..60), text in "\\PC{0,30}",
        ) {
            for charset in [Charset::Utf8, Charset::Gbk, Charset::Gb2312, Charset::Gb18030] {
                if let Err(wrong) = charset.decode(&bytes) {
                    prop_assert!(wrong.offset <= bytes.len());
                }
                let json = serde_json::to_string(&text).unwrap();
                let encoded = charset.encode_json(&json);
                let decoded = charset.decode(&encoded).unwrap();
                prop_assert_eq!(serde_json::from_str::<String>(&decoded).unwrap(), text.clone());
            }
        }
    }
}
