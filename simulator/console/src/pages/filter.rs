//! The journal's filter words. The filter's text is the page's address, so every view of the journal can be kept and sent on.

use engine::journal::{Direction, Exchange, SignatureVerdict};

/// The most words that are read.
const WORDS: usize = 16;

/// What an exchange must be like to be shown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Filter {
    wanted: Vec<Wanted>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Wanted {
    Method(String),
    Code(String),
    App(String),
    Sign(&'static str),
    Direction(Direction),
    Notice(String),
    NotOk,
    Text(String),
}

impl Filter {
    /// Reads filter words; what is no filter word is searched for as text.
    pub(super) fn read(text: &str) -> Self {
        Self { wanted: text.split_whitespace().take(WORDS).map(Wanted::read).collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    pub(super) fn lets(&self, exchange: &Exchange) -> bool {
        self.wanted.iter().all(|wanted| wanted.lets(exchange))
    }
}

impl Wanted {
    fn read(word: &str) -> Self {
        let (name, value) = word.split_once(':').unwrap_or(("", word));
        match (name, value) {
            ("method", _) => Self::Method(value.to_owned()),
            ("code", _) => Self::Code(value.to_owned()),
            ("app", _) => Self::App(value.to_owned()),
            ("sign", "ok") => Self::Sign("ok"),
            ("sign", "bad") => Self::Sign("bad"),
            ("sign", "none") => Self::Sign("none"),
            ("dir", "in") => Self::Direction(Direction::In),
            ("dir", "out") => Self::Direction(Direction::Out),
            ("notice", _) => Self::Notice(value.to_owned()),
            ("", "-ok") => Self::NotOk,
            _ => Self::Text(word.to_lowercase()),
        }
    }

    fn lets(&self, exchange: &Exchange) -> bool {
        match self {
            Self::Method(part) => exchange.method.contains(part),
            Self::Code(part) => exchange.code.starts_with(part) || exchange.sub_code.contains(part),
            Self::App(part) => exchange.app.as_deref().is_some_and(|app| app.contains(part)),
            Self::Sign(word) => *word == sign(exchange),
            Self::Direction(direction) => exchange.direction == *direction,
            Self::Notice(part) => exchange.about.as_deref().is_some_and(|notice| notice.contains(part)),
            Self::NotOk => !is_ok(exchange),
            Self::Text(part) => {
                [exchange.method.as_str(), &exchange.trace, &exchange.code, &exchange.sub_code, exchange.app.as_deref().unwrap_or_default()]
                    .iter()
                    .any(|field| field.to_lowercase().contains(part))
            }
        }
    }
}

fn sign(exchange: &Exchange) -> &'static str {
    match exchange.signature {
        SignatureVerdict::Valid => "ok",
        SignatureVerdict::Invalid(_) => "bad",
        SignatureVerdict::NotChecked => "none",
    }
}

/// Whether the platform said yes, or a merchant to the platform; for pages, whether a page was shown.
pub(super) fn is_ok(exchange: &Exchange) -> bool {
    if exchange.code.is_empty() {
        exchange.answer.status < 400 && exchange.sub_code.is_empty()
    } else {
        matches!(exchange.code.as_str(), "10000" | "success")
    }
}
