//! The little the log knows of ledger rows: which accounts one touches, and which comes first.
//!
//! Everything else about them is the ledger's. Source: DESIGN "The ledger".

use ledger::{AccountId, Row};

use crate::{RowPlace, Sequence};

/// Whether a row belongs to the story of an account.
pub(crate) fn touches(row: &Row, account: AccountId) -> bool {
    match row {
        Row::Opening(opening) => opening.id == account,
        Row::Posting(posting) => posting.debit == account || posting.credit == account,
    }
}

/// Where postings begin in the numbering of [`RowPlace::row`]: of one event's rows that touch an account, its opening comes
/// before its postings.
pub(crate) const POSTINGS: u64 = 1 << 62;

/// The place of a row, given its number among its event's rows or in its table.
pub(crate) fn place(sequence: Sequence, row: &Row, number: u64) -> RowPlace {
    let row = match row {
        Row::Opening(_) => number,
        Row::Posting(_) => POSTINGS + number,
    };
    RowPlace { sequence, row }
}
