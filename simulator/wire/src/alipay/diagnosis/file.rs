//! Q28: an uploaded file was signed, in one form or another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Found;
use super::trials::Trials;
use crate::alipay::canonical::{self, Rule};

/// Bytes of the largest file that is tried as a part of the string.
const LARGEST: usize = 1 << 20;

pub(super) fn find(trials: &mut Trials<'_>) -> Option<Found> {
    let opened = trials.opened;
    for file in opened.files.iter().take(2) {
        let mut forms: Vec<(Vec<u8>, &str, &str)> = vec![
            (file.filename.clone().into_bytes(), "its file name", "文件名"),
            (format!("@{}", file.filename).into_bytes(), "its file name after @", "@文件名"),
        ];
        if file.bytes.len() <= LARGEST {
            forms.push((file.bytes.to_vec(), "its bytes", "文件内容"));
            forms.push((STANDARD.encode(&file.bytes).into_bytes(), "its bytes in Base64", "文件内容的Base64"));
        }
        for (value, what, what_zh) in forms {
            let mut pairs = trials.signed_pairs();
            pairs.push((file.name.as_bytes(), &value));
            let client_string = canonical::string_to_sign(pairs, Rule::REQUEST);
            if trials.fits_differently(&client_string) {
                return Some(Found {
                    id: "Q28",
                    client_string,
                    hint: format!("the file part {} was signed ({what}); files are never part of the string", file.name),
                    hint_zh: format!("文件参数 {} 参与了签名（{what_zh}）：文件不参与签名", file.name),
                });
            }
        }
    }
    None
}
