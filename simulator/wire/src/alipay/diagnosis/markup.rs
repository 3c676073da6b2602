//! Q17: HTML came between signing and sending: a link that a browser or editor decoded, a form value escaped once too often.

use super::Found;
use super::trials::{Trials, shown};
use crate::alipay::canonical::{self, Rule};

/// Entities that browsers decode without their semicolon, and public parameters that begin with such a name.
const SWALLOWED: [(&str, &str); 2] = [("¬ify_url", "notify_url"), ("×tamp", "timestamp")];

pub(super) fn find(trials: &mut Trials<'_>) -> Option<Found> {
    if !trials.is_small() {
        return None;
    }
    swallowed(trials).or_else(|| escaped(trials))
}

/// `&notify_url=…` of a link became `¬ify_url=…`: one parameter sits in the value of another.
fn swallowed(trials: &mut Trials<'_>) -> Option<Found> {
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut names = Vec::new();
    for (name, value) in trials.signed_pairs() {
        let mut rest = String::from_utf8_lossy(value).into_owned();
        for (entity, meant) in SWALLOWED {
            if let Some(at) = rest.find(&format!("{entity}=")) {
                names.push(format!("{entity} ← &{meant}"));
                pairs.push((meant.into(), rest[at + entity.len() + 1..].into()));
                rest.truncate(at);
            }
        }
        pairs.push((name.to_vec(), rest.into_bytes()));
    }
    let client_string = canonical::string_to_sign(pairs.iter().map(|(name, value)| (&name[..], &value[..])), Rule::REQUEST);
    let names = names.join(", ");
    (!names.is_empty() && trials.fits_differently(&client_string)).then(|| Found {
        id: "Q17",
        client_string,
        hint: format!(
            "a browser or editor decoded the link as HTML ({names}); copy the link instead of clicking it, write & as &amp; in HTML"
        ),
        hint_zh: format!("链接被当作HTML解码（{names}）：请复制链接而不要点击，写入HTML时 & 应写为 &amp;"),
    })
}

fn escaped(trials: &mut Trials<'_>) -> Option<Found> {
    for (name, value) in trials.signed_pairs() {
        let text = String::from_utf8_lossy(value);
        let plain = text
            .replace("&quot;", "\"")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#x27;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        let ends = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let quoted = ends.replace('"', "&quot;");
        for (other, sent, sent_zh) in [
            (plain, "sent HTML-escaped, but signed plain", "发送时做了HTML转义，签名时没有"),
            (quoted.clone(), "signed HTML-escaped, but sent plain", "签名时做了HTML转义，发送时没有"),
            (quoted.replace('\'', "&#39;"), "signed HTML-escaped, but sent plain", "签名时做了HTML转义，发送时没有"),
            (ends, "signed HTML-escaped, but sent plain", "签名时做了HTML转义，发送时没有"),
        ] {
            let client_string = trials.with_value(name, other.as_bytes());
            if trials.fits_differently(&client_string) {
                let name = shown(name);
                return Some(Found {
                    id: "Q17",
                    client_string,
                    hint: format!("{name} was {sent}: sign the plain value, and escape it once, in the HTML attribute only"),
                    hint_zh: format!("参数 {name} {sent_zh}：应对原始值签名，只在写入HTML属性时转义一次"),
                });
            }
        }
    }
    None
}
