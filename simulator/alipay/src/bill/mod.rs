//! Bills: what a merchant was paid and gave back in a day or a month, as a file behind a link that dies soon.
//!
//! `period` reads which span and when its bill is there, `statement` writes the files, `download` hands them out. All of it is
//! made from the trades when it is fetched; nothing is kept. Sources: spec table of the method; commerce SEMANTICS 3 (bill).

pub(crate) mod download;
mod downloadurl_query;
mod period;
mod statement;

use crate::method::Entry;

pub(crate) const METHODS: &[Entry] = &[Entry::of::<downloadurl_query::BillDownloadurlQuery>()];

/// Which of the two statements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// `trade`: orders and refunds.
    Trade,
    /// `signcustomer`: what came into the account and left it.
    Account,
}

impl Kind {
    const ALL: [(Self, &'static str); 2] = [(Self::Trade, "trade"), (Self::Account, "signcustomer")];

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find_map(|(kind, known)| (known == word).then_some(kind))
    }

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find_map(|(kind, word)| (kind == self).then_some(word)).expect("every kind has a word")
    }
}
