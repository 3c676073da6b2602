//! Merchants' links as a type: what an address is decides whether and how it may be followed. Anything else is only text.
//!
//! Source: UI.md §4 "Links are a type".

use axum::http::Uri;

/// What a merchant's address is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Link {
    /// A web page; opened through a page that says where it leads.
    Web {
        /// The whole address.
        address: String,
        /// The host it leads to.
        host: String,
    },
    /// A page inside the platform's own app: shown taken apart, never followed.
    App {
        /// Names and values of its query.
        parts: Vec<(String, String)>,
    },
    /// A telephone number.
    Tel(String),
    /// Nothing that may be followed.
    No,
}

impl Link {
    /// Reads an address.
    pub(crate) fn read(text: &str) -> Self {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once(':') else { return Self::No };
        match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => web(text).unwrap_or(Self::No),
            "alipays" | "alipay" => Self::App { parts: parts(rest) },
            "tel" if !rest.is_empty() && rest.len() <= 24 && rest.bytes().all(|byte| byte.is_ascii_digit() || b"+-".contains(&byte)) => {
                Self::Tel(rest.to_owned())
            }
            _ => Self::No,
        }
    }
}

fn web(text: &str) -> Option<Link> {
    // what is not plain ASCII in an address could look like another host
    if text.len() > 2_000 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let uri: Uri = text.parse().ok()?;
    let authority = uri.authority()?.as_str();
    // "user@host" reads as a host that it is not
    (!authority.contains('@') && uri.host().is_some_and(|host| !host.is_empty()))
        .then(|| Link::Web { address: text.to_owned(), host: authority.to_owned() })
}

fn parts(rest: &str) -> Vec<(String, String)> {
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .take(20)
        .map(|pair| pair.split_once('=').map_or((decoded(pair), String::new()), |(name, value)| (decoded(name), decoded(value))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_web_addresses_can_be_followed() {
        assert_eq!(
            Link::read("https://shop.example/a?b=c"),
            Link::Web { address: "https://shop.example/a?b=c".to_owned(), host: "shop.example".to_owned() }
        );
        for text in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "http:///x",
            "https://good.example@evil.example/",
            "http://\u{202e}x.example",
            "file:///etc/passwd",
            "http://a b/",
            "",
            "x",
        ] {
            assert_eq!(Link::read(text), Link::No, "{text} was taken for a link");
        }
    }

    #[test]
    fn a_page_of_the_app_is_taken_apart() {
        let Link::App { parts } = Link::read("alipays://platformapi/startapp?appId=20000056&query=a%3Db") else { panic!("it is one") };
        assert_eq!(parts, [("appId".to_owned(), "20000056".to_owned()), ("query".to_owned(), "a=b".to_owned())]);
        assert_eq!(Link::read("tel:400-820-0000"), Link::Tel("400-820-0000".to_owned()));
        assert_eq!(Link::read("tel:<script>"), Link::No);
    }
}
