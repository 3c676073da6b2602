//! `multipart/form-data` over the whole body in memory: text parts become parameters, file parts are kept apart and are
//! never signed (PROTOCOL A4).
//!
//! Our own reader because parts must stay slices of the body and because the official SDKs write what stricter readers
//! refuse: no space after `Content-Disposition:`, a CRLF before the first boundary, a bare number as boundary.

use bytes::Bytes;

use super::WireError;
use super::charset::Charset;
use super::parameters::{Limits, Parameters, Side, check_sizes};

/// One uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePart {
    /// The part's name, e.g. `image_content`.
    pub name: String,
    /// The file name the client gave; PHP sends the path it was called with.
    pub filename: String,
    /// The part's own Content-Type, if it has one.
    pub content_type: Option<String>,
    /// The file, a slice of the request's body.
    pub bytes: Bytes,
}

/// The boundary named by a `multipart/form-data` Content-Type; `None` when the type is another one.
pub(super) fn boundary(content_type: &str) -> Option<Result<&str, WireError>> {
    let mut pieces = content_type.split(';');
    if !pieces.next()?.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let named = pieces
        .filter_map(|piece| piece.split_once('='))
        .find_map(|(name, value)| name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"')));
    Some(named.filter(|boundary| (1..=200).contains(&boundary.len())).ok_or(WireError::NoBoundary))
}

/// Reads `body`, adds its text parts to `into` and returns its files.
pub(super) fn read(body: &Bytes, boundary: &str, into: &mut Parameters, limits: &Limits) -> Result<Vec<FilePart>, WireError> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut rest =
        after_first_boundary(body, &delimiter).ok_or_else(|| WireError::BoundaryNotFound(boundary.chars().take(80).collect()))?;
    let mut files = Vec::new();
    for number in 1.. {
        if rest.starts_with(b"--") {
            break;
        }
        if number > limits.parameters {
            return Err(WireError::TooManyParameters(limits.parameters));
        }
        let bad = |problem| WireError::BadPart { part: number, problem };
        // White space may follow the boundary; the part begins after the line's end.
        let line_end = find(rest, b"\r\n").ok_or(WireError::MultipartCutShort(number))?;
        let part = &rest[line_end..];
        let end = find(part, &delimiter).ok_or(WireError::MultipartCutShort(number))?;
        rest = &part[end + delimiter.len()..];
        // An empty header block leaves only the one line end that is shared with the boundary's.
        let part = &part[..end];
        let header_end = find(part, b"\r\n\r\n").ok_or_else(|| bad("its headers are not ended by an empty line"))?;
        if header_end > limits.part_header_bytes {
            return Err(bad("its headers are too long"));
        }
        let headers = Headers::read(&part[..header_end]);
        let content = body.slice_ref(&part[header_end + 4..]);
        let name = headers.name.ok_or_else(|| bad("it has no Content-Disposition with a name"))?;
        if let Some(filename) = headers.filename {
            if content.len() > limits.file_bytes {
                let (name, limit) = (lossy(name), limits.file_bytes);
                return Err(WireError::FileTooLarge { name, length: content.len(), limit });
            }
            let content_type = headers.content_type.map(lossy);
            files.push(FilePart { name: lossy(name), filename: lossy(filename), content_type, bytes: content });
        } else {
            check_sizes(name, &content, limits)?;
            into.add(body.slice_ref(name), content, Side::Body, limits)?;
        }
    }
    Ok(files)
}

/// What follows the first boundary, which stands at the very start or after a line end.
fn after_first_boundary<'a>(body: &'a [u8], delimiter: &[u8]) -> Option<&'a [u8]> {
    if let Some(rest) = body.strip_prefix(&delimiter[2..]) {
        return Some(rest);
    }
    find(body, delimiter).map(|at| &body[at + delimiter.len()..])
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    let (&first, tail) = what.split_first()?;
    let mut from = 0;
    loop {
        let at = from + text[from..].iter().position(|&byte| byte == first)?;
        if text[at + 1..].starts_with(tail) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[derive(Default)]
struct Headers<'a> {
    name: Option<&'a [u8]>,
    filename: Option<&'a [u8]>,
    content_type: Option<&'a [u8]>,
}

impl<'a> Headers<'a> {
    fn read(block: &'a [u8]) -> Self {
        let mut headers = Self::default();
        for line in block.split(|&byte| byte == b'\n') {
            let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
            let (field, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
            if field.eq_ignore_ascii_case(b"content-disposition") {
                headers.name = disposition(value, b"name");
                headers.filename = disposition(value, b"filename");
            } else if field.eq_ignore_ascii_case(b"content-type") {
                headers.content_type = Some(value);
            }
        }
        headers
    }
}

/// The parameter `wanted` of a Content-Disposition value, quotes taken off. Nothing inside is unescaped: no SDK escapes.
fn disposition<'a>(value: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let mut rest = value;
    loop {
        let semicolon = rest.iter().position(|&byte| byte == b';')?;
        rest = rest[semicolon + 1..].trim_ascii_start();
        let equals = rest.iter().position(|&byte| matches!(byte, b'=' | b';'))?;
        if rest[equals] == b';' {
            continue;
        }
        let field = rest[..equals].trim_ascii();
        let after = rest[equals + 1..].trim_ascii_start();
        let (text, after) = if let Some(quoted) = after.strip_prefix(b"\"") {
            let end = quoted.iter().position(|&byte| byte == b'"').unwrap_or(quoted.len());
            (&quoted[..end], &quoted[end..])
        } else {
            let end = after.iter().position(|&byte| byte == b';').unwrap_or(after.len());
            (after[..end].trim_ascii_end(), &after[end..])
        };
        if field.eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = after;
    }
}

/// Text of a header: UTF-8 if it is that, else GBK, which Windows clients write.
fn lossy(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| Charset::Gbk.decode_lossy(bytes).into_owned(), str::to_owned)
}

/// A text part to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextPart<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
    pub(super) content_type: Option<&'a str>,
}

/// Writes a multipart body as the official SDKs do, for the client side.
pub(super) fn write<'a>(boundary: &str, texts: impl IntoIterator<Item = TextPart<'a>>, files: &[FilePart]) -> Vec<u8> {
    let mut body = Vec::new();
    for TextPart { name, value, content_type } in texts {
        body.extend(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"").as_bytes());
        body.extend(name);
        body.extend(b"\"\r\n");
        if let Some(content_type) = content_type {
            body.extend(format!("Content-Type: {content_type}\r\n").as_bytes());
        }
        body.extend(b"\r\n");
        body.extend(value);
        body.extend(b"\r\n");
    }
    for file in files {
        let content_type = file.content_type.as_deref().unwrap_or("application/octet-stream");
        body.extend(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {content_type}\r\n\r\n",
                file.name, file.filename
            )
            .as_bytes(),
        );
        body.extend(&file.bytes[..]);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").as_bytes());
    body
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = (Vec<(String, String)>, Vec<FilePart>);

    fn opened(body: &[u8], boundary: &str) -> Result<Read, WireError> {
        let mut parameters = Parameters::default();
        let limits = Limits { parameters: 10, file_bytes: 100, part_header_bytes: 300, ..Limits::default() };
        let files = read(&Bytes::copy_from_slice(body), boundary, &mut parameters, &limits)?;
        Ok((parameters.pairs().map(|(name, value)| (lossy(name), lossy(value))).collect(), files))
    }

    #[test]
    fn the_layout_of_the_java_sdk_is_read() {
        let body = "\r\n--1732191103\r\nContent-Disposition:form-data;name=\"image_name\"\r\nContent-Type:text/plain\r\n\r\n卡面\
                    \r\n--1732191103\r\nContent-Disposition:form-data;name=\"image_content\";filename=\"card.png\"\r\nContent-Type:image/png\r\n\r\n\
                    \u{1}\r\n--173\u{2}\r\n--1732191103--\r\n";
        let (texts, files) = opened(body.as_bytes(), "1732191103").unwrap();
        assert_eq!(texts, [("image_name".into(), "卡面".into())]);
        assert_eq!(files[0].filename, "card.png");
        assert_eq!(files[0].content_type.as_deref(), Some("image/png"));
        assert_eq!(files[0].bytes, "\u{1}\r\n--173\u{2}", "something like the boundary inside a file stays in the file");
    }

    #[test]
    fn a_file_is_a_slice_of_the_body_and_not_a_copy() {
        let body = Bytes::from(write(
            "b",
            [],
            &[FilePart { name: "f".into(), filename: "x".into(), content_type: None, bytes: Bytes::from_static(b"content") }],
        ));
        let files = read(&body, "b", &mut Parameters::default(), &Limits::default()).unwrap();
        assert!(body.as_ptr_range().contains(&files[0].bytes.as_ptr()));
    }

    #[test]
    fn what_is_wrong_with_a_body_is_named() {
        assert_eq!(opened(b"hello", "b").unwrap_err(), WireError::BoundaryNotFound("b".into()));
        assert_eq!(opened(b"--b\r\nContent-", "b").unwrap_err(), WireError::MultipartCutShort(1));
        let no_name = opened(b"--b\r\nContent-Type: x\r\n\r\n1\r\n--b--", "b").unwrap_err();
        assert_eq!(no_name.to_string(), "part 1 of the multipart body: it has no Content-Disposition with a name");
        let no_end = opened(b"--b\r\nContent-Disposition: form-data; name=a\r\n1\r\n--b--", "b").unwrap_err();
        assert!(matches!(no_end, WireError::BadPart { part: 1, .. }));
        let mut many = b"--b".to_vec();
        for _ in 0..11 {
            many.extend(b"\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b");
        }
        assert_eq!(opened(&many, "b").unwrap_err(), WireError::TooManyParameters(10));
        let large = write("b", [], &[FilePart { name: "f".into(), filename: "x".into(), content_type: None, bytes: vec![0; 101].into() }]);
        assert!(matches!(opened(&large, "b").unwrap_err(), WireError::FileTooLarge { length: 101, limit: 100, .. }));
    }

    #[test]
    fn a_content_type_without_a_boundary_is_refused_and_another_type_is_not_multipart() {
        assert_eq!(boundary("application/x-www-form-urlencoded"), None);
        assert_eq!(boundary("multipart/form-data"), Some(Err(WireError::NoBoundary)));
        assert_eq!(boundary("Multipart/Form-Data;charset=utf-8; Boundary=\"x y\""), Some(Ok("x y")));
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_reader(
            pieces in proptest::collection::vec(prop_oneof![
                Just(b"--b".to_vec()), Just(b"\r\n".to_vec()), Just(b"Content-Disposition:form-data;name=a".to_vec()),
                Just(b";filename=\"".to_vec()), Just(b"--".to_vec()), proptest::collection::vec(any::<u8>(), 0..8),
            ], 0..30),
        ) {
            let _ = opened(&pieces.concat(), "b");
        }

        #[test]
        fn what_was_written_reads_back(value in "\\PC{0,30}", content in proptest::collection::vec(any::<u8>(), 0..90)) {
            let file = FilePart { name: "f".into(), filename: "卡.png".into(), content_type: Some("image/png".into()), bytes: content.into() };
            let body = write("the-boundary", [TextPart { name: b"text", value: value.as_bytes(), content_type: None }], std::slice::from_ref(&file));
            let (texts, files) = opened(&body, "the-boundary").unwrap();
            prop_assert_eq!(texts, [("text".to_owned(), value)]);
            prop_assert_eq!(files, [file]);
        }
    }
}
