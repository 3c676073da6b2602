//! The text around a key: PEM armour, or Base64 without any, as the platform's console shows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::KeyError;

/// DER bytes of `text`, which is PEM (the first block counts) or bare Base64 with any white space in it.
pub(super) fn strip(text: &str) -> Result<Vec<u8>, KeyError> {
    let text = text.trim().trim_start_matches('\u{feff}');
    if text.is_empty() {
        return Err(KeyError::Empty);
    }
    let Some((_, after)) = text.split_once("-----BEGIN ") else {
        return decode(text);
    };
    let cut_short = |label: &str| KeyError::CutShort(label.chars().take(40).collect());
    let Some((label, after)) = after.split_once("-----") else {
        return Err(cut_short("…"));
    };
    let Some((body, _)) = after.split_once(&format!("-----END {label}-----")) else {
        return Err(cut_short(label));
    };
    match label {
        "CERTIFICATE" | "TRUSTED CERTIFICATE" => Err(KeyError::Certificate),
        "ENCRYPTED PRIVATE KEY" => Err(KeyError::Encrypted),
        _ if body.contains("Proc-Type:") => Err(KeyError::Encrypted),
        _ => decode(body),
    }
}

fn decode(body: &str) -> Result<Vec<u8>, KeyError> {
    let dense: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if dense.is_empty() {
        return Err(KeyError::Empty);
    }
    STANDARD.decode(dense).map_err(|error| KeyError::NotBase64(error.to_string()))
}

/// `der` as PEM with lines of 64 characters.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = bare(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
    pem
}

/// `der` as Base64 on one line.
pub(super) fn bare(der: &[u8]) -> String {
    STANDARD.encode(der)
}
