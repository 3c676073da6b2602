//! The activation link: written for merchants, read when a customer opens it.
//!
//! The answer carries the whole link percent-encoded once more; merchants decode it once before they publish it. A link that
//! was published undecoded is understood all the same, and said to be. Source: card SEMANTICS 5.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The form's real path.
pub(crate) const PATH: &str = "/account/openform/activecard.htm";

/// What must not stand bare in a value of the link; slashes and colons do in captured links.
const VALUE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'+').add(b'<').add(b'>').add(b'`').add(b'\'').add(b'=');
/// What `encodeURIComponent` leaves.
const WHOLE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a link says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) app_id: String,
    pub(crate) template_id: String,
    pub(crate) out_string: Option<String>,
    pub(crate) callback: Option<String>,
    pub(crate) follow_app_id: Option<String>,
    /// The provider's application, when it made the link in the merchant's place.
    pub(crate) isv_app_id: Option<String>,
}

/// A link as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) link: Link,
    /// Whether it still stood in its encoded form.
    pub(crate) was_encoded: bool,
}

impl Link {
    /// Path and query, in the captured order of parameters. `follow_app_id` and `isv_app_id` come last; no capture has them.
    pub(crate) fn written(&self) -> String {
        let mut text = format!(
            "{PATH}?app_id={}&template_id={}&__webview_options__=canPullDown%3dNO%26transparentTitle%3dauto",
            self.app_id, self.template_id
        );
        let more = [
            ("out_string", &self.out_string),
            ("callback", &self.callback),
            ("follow_app_id", &self.follow_app_id),
            ("isv_app_id", &self.isv_app_id),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                text.extend(["&", name, "="]);
                text.extend(utf8_percent_encode(value, VALUE));
            }
        }
        text
    }

    /// Reads a link, whole or from its path on; nothing when it is no activation link.
    pub(crate) fn read(text: &str) -> Option<Read> {
        let text = text.trim();
        let was_encoded = !text.contains('?') && text.to_ascii_lowercase().contains("%3f");
        let decoded = if was_encoded { percent_decode_str(text).decode_utf8().ok()?.into_owned() } else { text.to_owned() };
        let (before, query) = decoded.split_once('?')?;
        if !before.ends_with(PATH) {
            return None;
        }
        let mut link = Self::default();
        for (name, value) in pairs(query.split('#').next().unwrap_or_default()) {
            match name.as_str() {
                "app_id" => link.app_id = value,
                "template_id" => link.template_id = value,
                "out_string" => link.out_string = Some(value),
                "callback" => link.callback = Some(value),
                "follow_app_id" => link.follow_app_id = Some(value),
                "isv_app_id" => link.isv_app_id = Some(value),
                _ => {}
            }
        }
        Some(Read { link, was_encoded })
    }
}

/// The link as the answer carries it.
pub(crate) fn encoded(link: &str) -> String {
    utf8_percent_encode(link, WHOLE).to_string()
}

/// A value inside a redirect's query.
pub(crate) fn value(text: &str) -> String {
    utf8_percent_encode(text, WHOLE).to_string()
}

/// Names and values of a query or form body, decoded.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link() -> Link {
        Link {
            app_id: "9021000100020003".to_owned(),
            template_id: "20170911000000000515841000300417".to_owned(),
            out_string: Some("a&b=c 会".to_owned()),
            callback: Some("https://abc.com/open".to_owned()),
            follow_app_id: None,
            isv_app_id: None,
        }
    }

    #[test]
    fn the_inner_options_are_encoded_twice_in_the_answer_as_captured() {
        let written = link().written();
        assert!(written.contains("&__webview_options__=canPullDown%3dNO%26transparentTitle%3dauto&out_string="), "{written}");
        let encoded = encoded(&written);
        assert!(encoded.contains("__webview_options__%3DcanPullDown%253dNO%2526transparentTitle%253dauto"), "{encoded}");
        assert!(encoded.ends_with("callback%3Dhttps%3A%2F%2Fabc.com%2Fopen"), "{encoded}");
    }

    #[test]
    fn a_link_is_read_decoded_or_still_encoded() {
        let written = format!("http://127.0.0.1:8600{}", link().written());
        assert_eq!(Link::read(&written), Some(Read { link: link(), was_encoded: false }));
        assert_eq!(Link::read(&encoded(&written)), Some(Read { link: link(), was_encoded: true }));
        assert_eq!(Link::read("https://example.com/?app_id=1"), None);
        assert_eq!(Link::read("%"), None);
    }
}
