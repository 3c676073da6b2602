//! An account's postings as JSON: each with a sentence that a person can read and the balance after it.

use engine::world::Moment;
use engine::world::ledger::{Kind, Line};
use serde::Serialize;
use utoipa::ToSchema;

use super::instruction::Text;

/// A posting that touches an account. Figures are in the unit's smallest part.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PostingSheet {
    /// Place of the event it was written with.
    pub(crate) event: u64,
    /// Virtual time, China.
    pub(crate) at: String,
    /// The posting's name.
    id: String,
    /// What it did.
    pub(crate) kind: &'static str,
    /// Who gave.
    pub(crate) debit: String,
    /// Who received.
    pub(crate) credit: String,
    /// How much.
    #[schema(value_type = String)]
    amount: Text<i64>,
    /// The total that was stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    stated: Option<Text<i64>>,
    /// Why, in the caller's numbering.
    code: u16,
    /// The posting it settles, reverses or expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    refers_to: Option<String>,
    /// When what it is about expires, virtual time, China.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// What it did to this account, as a sentence.
    pub(crate) text: String,
    /// The account's balance after it.
    #[schema(value_type = String)]
    balance: Text<i64>,
    /// The same as a person reads it: for our own pages.
    #[serde(skip)]
    pub(crate) shown: String,
}

impl PostingSheet {
    pub(super) fn new(event: u64, line: &Line) -> Self {
        let posting = &line.posting;
        Self {
            event,
            at: Moment(posting.at.0).text(),
            id: posting.id.to_string(),
            kind: word(posting.kind),
            debit: posting.debit.to_string(),
            credit: posting.credit.to_string(),
            amount: Text(posting.amount),
            stated: posting.stated.map(Text),
            code: posting.code,
            refers_to: posting.refers_to.map(|id| id.to_string()),
            until: posting.until.map(|until| Moment(until.0).text()),
            text: line.text.clone(),
            balance: Text(line.after.account.balance),
            shown: line.after.account.unit.show(line.after.account.balance).to_string(),
        }
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Transfer => "transfer",
        Kind::Hold => "hold",
        Kind::Confirm => "confirm",
        Kind::Release => "release",
        Kind::Expire => "expire",
        Kind::Reverse => "reverse",
        Kind::LotExpiry => "lot_expiry",
        Kind::StatedUp => "stated_up",
        Kind::StatedDown => "stated_down",
    }
}
