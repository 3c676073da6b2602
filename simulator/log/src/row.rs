//! The little the log knows of ledger rows: which accounts one touches.
//!
//! Everything else about them is the ledger's. Source: DESIGN "The ledger".

use ledger::{AccountId, Row};

/// Whether a row belongs to the story of an account.
pub(crate) fn touches(row: &Row, account: AccountId) -> bool {
    match row {
        Row::Opening(opening) => opening.id == account,
        Row::Posting(posting) => posting.debit == account || posting.credit == account,
    }
}
