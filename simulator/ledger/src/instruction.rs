//! What a client may ask of the ledger, and the good answers. Refusals are in `refusal.rs`.
//!
//! Each order but the opening carries a client-made id: sent again with the same content it gets the first result,
//! whatever happened since; with other content it is refused. The time is the batch's and no part of the content.

use crate::posting::{AccountId, Millis, PostingId, Sequence};
use crate::refusal::Refusal;
use crate::unit::Unit;

/// The most instructions a batch may have.
pub const MOST_IN_A_BATCH: usize = 8192;

/// One entry of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// What is asked.
    pub order: Order,
    /// It stands or falls with the next one. A run of linked instructions and the one after it happen all or none.
    pub linked: bool,
}

impl Instruction {
    /// The same, standing or falling with the next one.
    #[must_use]
    pub fn linked(self) -> Self {
        Self { linked: true, ..self }
    }
}

/// What may be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Open an account.
    Open(Open),
    /// Move an amount.
    Transfer(Transfer),
    /// Freeze an amount, to be confirmed or released.
    Hold(Hold),
    /// Move what a hold froze, or a part.
    Confirm(Confirm),
    /// Free what a hold froze.
    Release(Release),
    /// Move back what a posting moved, once.
    Reverse(Reverse),
    /// Make a balance what the merchant says it is.
    State(State),
}

/// Opens an account with balance 0. Opening it again with the same unit and limits changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Open {
    /// Its name.
    pub id: AccountId,
    /// What it counts.
    pub unit: Unit,
    /// The lowest balance, at most 0; `i64::MIN` for none.
    pub floor: i64,
    /// The highest balance, at least 0; `i64::MAX` for none.
    pub ceiling: i64,
}

/// Moves `amount` from `debit` to `credit`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transfer {
    /// The posting's name.
    pub id: PostingId,
    /// Who gives.
    pub debit: AccountId,
    /// Who receives.
    pub credit: AccountId,
    /// How much, above 0.
    pub amount: i64,
    /// Why, in the caller's numbering.
    pub code: u16,
    /// When what is received expires: it becomes a lot, which then goes back to `debit`.
    pub until: Option<Millis>,
}

/// Freezes `amount` on `debit` for `credit`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hold {
    /// The posting's name; settling refers to it.
    pub id: PostingId,
    /// Who will give. The amount counts against its floor from now on.
    pub debit: AccountId,
    /// Who will receive. Its ceiling keeps room from now on, so that a confirmation is never refused for limits.
    pub credit: AccountId,
    /// How much, above 0.
    pub amount: i64,
    /// Why, in the caller's numbering.
    pub code: u16,
    /// From when on it can no longer be settled and expires; nothing for never.
    pub until: Option<Millis>,
}

/// Settles a hold by moving what it froze.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Confirm {
    /// The posting's name.
    pub id: PostingId,
    /// The hold.
    pub hold: PostingId,
    /// How much of it, above 0; nothing for all. The rest is freed.
    pub amount: Option<i64>,
    /// Why, in the caller's numbering.
    pub code: u16,
    /// When what is received expires: it becomes a lot of the receiver.
    pub until: Option<Millis>,
}

/// Settles a hold by freeing what it froze.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Release {
    /// The posting's name.
    pub id: PostingId,
    /// The hold.
    pub hold: PostingId,
    /// Why, in the caller's numbering.
    pub code: u16,
}

/// Moves back, whole and once, what a transfer or a confirmation moved. A refund of a part is a transfer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reverse {
    /// The posting's name.
    pub id: PostingId,
    /// The transfer or confirmation to undo.
    pub of: PostingId,
    /// Why, in the caller's numbering.
    pub code: u16,
    /// Value goes back to the lots it was taken from while they live. This is when the rest of it expires;
    /// nothing for never.
    pub until: Option<Millis>,
}

/// "The total is 35": posts the difference between that and the balance against `contra`. A difference of 0 is
/// posted too, because the statement itself is a fact to keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    /// The posting's name.
    pub id: PostingId,
    /// The account whose total is stated.
    pub account: AccountId,
    /// Where the difference comes from or goes to.
    pub contra: AccountId,
    /// The balance it shall have, frozen amounts included.
    pub total: i64,
    /// Why, in the caller's numbering.
    pub code: u16,
    /// When what is added expires, if something is.
    pub until: Option<Millis>,
}

macro_rules! instruction_from {
    ($($order:ident($payload:ident)),*) => {$(
        impl From<$payload> for Instruction {
            fn from(payload: $payload) -> Self {
                Self { order: Order::$order(payload), linked: false }
            }
        }
    )*};
}

instruction_from!(Open(Open), Transfer(Transfer), Hold(Hold), Confirm(Confirm), Release(Release), Reverse(Reverse), State(State));

/// What an instruction that was not refused did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    /// The account is open.
    Opened {
        /// Whether this instruction opened it; otherwise it was open already, with these very terms.
        first: bool,
    },
    /// The posting is made.
    Posted {
        /// Whether this instruction made it; otherwise it was made earlier, with this very content.
        first: bool,
        /// Where it stands among all postings.
        sequence: Sequence,
    },
}

/// One instruction's answer. After a refusal nothing of the instruction has happened.
pub type Answer = Result<Done, Refusal>;
