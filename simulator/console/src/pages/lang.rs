//! The two languages of our pages, and which one a reader wants: `?lang=`, else the cookie, else `Accept-Language`, else Chinese.

use axum::http::{HeaderMap, header};

use super::messages::Message;
use crate::guard::cookie;

/// Name of the cookie that keeps the choice.
pub(super) const COOKIE: &str = "kabao_lang";

/// A language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lang {
    Zh,
    En,
}

impl Lang {
    fn named(name: &str) -> Option<Self> {
        match name {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    pub(super) fn wanted(asked: Option<&str>, headers: &HeaderMap) -> Self {
        asked
            .and_then(Self::named)
            .or_else(|| Self::named(&cookie(headers, COOKIE)?))
            .or_else(|| accepted(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?))
            .unwrap_or(Self::Zh)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The value of a page's `lang`.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    pub(crate) fn say(self, message: Message) -> &'static str {
        match self {
            Self::Zh => message.zh,
            Self::En => message.en,
        }
    }

    /// A sentence with its open places filled.
    pub(crate) fn fill(self, message: Message, places: &[(&str, &str)]) -> String {
        let mut text = self.say(message).to_owned();
        for (place, value) in places {
            text = text.replace(&format!("{{{place}}}"), value);
        }
        text
    }
}

/// The first of the two that a browser's list names, by weight.
fn accepted(list: &str) -> Option<Lang> {
    let weighed = list.split(',').take(20).filter_map(|entry| {
        let (tag, weight) = entry.trim().split_once(";q=").unwrap_or((entry.trim(), "1"));
        let lang = Lang::named(&tag.split('-').next()?.to_ascii_lowercase())?;
        // weights have at most three decimals; as text of equal length they compare like numbers
        Some((lang, format!("{weight:0<5.5}")))
    });
    weighed
        .fold(None::<(Lang, String)>, |best, next| if best.as_ref().is_none_or(|best| next.1 > best.1) { Some(next) } else { best })
        .map(|(lang, _)| lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(asked: Option<&str>, cookie: &str, list: &str) -> Lang {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, cookie.parse().unwrap());
        headers.insert(header::ACCEPT_LANGUAGE, list.parse().unwrap());
        Lang::wanted(asked, &headers)
    }

    #[test]
    fn the_address_wins_then_the_cookie_then_the_browser_then_chinese() {
        assert_eq!(wanted(Some("en"), "kabao_lang=zh", "zh"), Lang::En);
        assert_eq!(wanted(None, "a=b; kabao_lang=en", "zh"), Lang::En);
        assert_eq!(wanted(Some("fr"), "", "de,en-GB;q=0.8,zh-CN;q=0.7"), Lang::En);
        assert_eq!(wanted(None, "", "en;q=0.35,zh;q=0.4"), Lang::Zh);
        assert_eq!(wanted(None, "", "fr"), Lang::Zh);
    }
}
