//! What a picture is, by its first bytes; never by its name or by what its sender calls it.

/// The formats the platform takes, by the bytes they begin with.
const BEGINNINGS: [(&str, &[u8]); 5] =
    [("png", b"\x89PNG\r\n\x1a\n"), ("jpeg", b"\xff\xd8\xff"), ("gif", b"GIF87a"), ("gif", b"GIF89a"), ("bmp", b"BM")];

/// The words merchants may call them by.
const WORDS: [(&str, &str); 5] = [("bmp", "bmp"), ("png", "png"), ("jpeg", "jpeg"), ("jpg", "jpeg"), ("gif", "gif")];

/// The format of these bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> Option<&'static str> {
    BEGINNINGS.iter().find(|(_, beginning)| bytes.starts_with(beginning)).map(|(format, _)| *format)
}

/// The format that a merchant's word means.
pub(crate) fn of_word(word: &str) -> Option<&'static str> {
    let word = word.trim_start_matches('.').to_ascii_lowercase();
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, format)| *format)
}

/// The format as a media type.
pub(crate) fn media_type(format: &str) -> &'static str {
    match format {
        "png" => "image/png",
        "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        _ => "application/octet-stream",
    }
}
