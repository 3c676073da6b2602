//! Why the ledger says no. Refusals are data: each has the figures that explain it, and a sentence in plain words.
//!
//! They are neutral; a provider maps them to its platform's codes.

use std::fmt;

use crate::instruction::MOST_IN_A_BATCH;
use crate::posting::{AccountId, Kind, Millis, PostingId, Sequence};
use crate::unit::Unit;

/// Why an instruction was refused. Nothing of it has happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The batch has more than 8 192 instructions; none was looked at.
    BatchTooLarge {
        /// How many it has.
        size: usize,
    },
    /// Another instruction of the same linked run was refused.
    LinkedFailed {
        /// That instruction's place in the batch, from 0.
        culprit: usize,
    },
    /// The last instruction of the batch is linked to a next one that is not there.
    LinkedToNothing,
    /// The account is open, with another unit or other limits.
    AccountExists {
        /// The account.
        account: AccountId,
        /// Its unit.
        unit: Unit,
        /// Its floor.
        floor: i64,
        /// Its ceiling.
        ceiling: i64,
    },
    /// A new account's balance of 0 would be outside its limits.
    LimitsExcludeZero {
        /// The floor asked for.
        floor: i64,
        /// The ceiling asked for.
        ceiling: i64,
    },
    /// No such account was opened.
    UnknownAccount {
        /// The account.
        account: AccountId,
    },
    /// Giver and receiver are the same account.
    SameAccount {
        /// The account.
        account: AccountId,
    },
    /// The two accounts count different things.
    UnitMismatch {
        /// What the giver counts.
        debit: Unit,
        /// What the receiver counts.
        credit: Unit,
    },
    /// The amount is 0 or less.
    AmountNotPositive {
        /// The amount.
        amount: i64,
    },
    /// The result would not fit in 64 bits.
    Overflow {
        /// The account.
        account: AccountId,
        /// Its balance.
        balance: i64,
        /// What should have been added or taken; for a statement the stated total.
        amount: i64,
    },
    /// The account would fall below its floor.
    BelowFloor {
        /// The account.
        account: AccountId,
        /// Its unit.
        unit: Unit,
        /// Its balance.
        balance: i64,
        /// How much of the balance is frozen by holds or past its expiry.
        frozen: i64,
        /// Its floor.
        floor: i64,
        /// What should have been taken.
        amount: i64,
    },
    /// The account would rise above its ceiling.
    AboveCeiling {
        /// The account.
        account: AccountId,
        /// Its unit.
        unit: Unit,
        /// Its balance.
        balance: i64,
        /// How much is on hold for it.
        coming: i64,
        /// Its ceiling.
        ceiling: i64,
        /// What should have been added.
        amount: i64,
    },
    /// The expiry asked for is not after the time of the batch.
    AlreadyOver {
        /// The expiry asked for.
        until: Millis,
        /// The time of the batch.
        at: Millis,
    },
    /// The id belongs to a posting with other content.
    IdReused {
        /// The id.
        id: PostingId,
        /// Where that posting stands.
        first: Sequence,
    },
    /// No hold has this id.
    UnknownHold {
        /// The id.
        hold: PostingId,
    },
    /// The hold was confirmed or released before.
    HoldSettled {
        /// The hold.
        hold: PostingId,
        /// How: `Confirm` or `Release`.
        by: Kind,
    },
    /// The hold's time is over.
    HoldExpired {
        /// The hold.
        hold: PostingId,
        /// The time of the batch.
        at: Millis,
    },
    /// More should be confirmed than the hold froze.
    MoreThanHeld {
        /// The hold.
        hold: PostingId,
        /// What it froze.
        held: i64,
        /// What should be confirmed.
        asked: i64,
    },
    /// No posting has this id.
    UnknownPosting {
        /// The id.
        posting: PostingId,
    },
    /// The posting was reversed before.
    AlreadyReversed {
        /// The posting.
        posting: PostingId,
    },
    /// Only transfers and confirmations can be reversed.
    NotReversible {
        /// The posting.
        posting: PostingId,
        /// What it is.
        kind: Kind,
    },
    /// Whether the id was used before cannot be told now, because the index of older keys did not answer. Unknown is
    /// neither yes nor no: send the same again.
    KeysUnreadable,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::BatchTooLarge { size } => {
                write!(f, "a batch has at most {MOST_IN_A_BATCH} instructions, this one has {size}")
            }
            Self::LinkedFailed { culprit } => {
                write!(f, "linked with instruction {culprit} of the batch, which was refused")
            }
            Self::LinkedToNothing => f.write_str("linked to a next instruction, but the batch ends here"),
            Self::AccountExists { account, unit, floor, ceiling } => {
                write!(f, "account {account} is open with other terms: {unit:?}, floor {floor}, ceiling {ceiling}")
            }
            Self::LimitsExcludeZero { floor, ceiling } => {
                write!(f, "a new account stands at 0, which is not between {floor} and {ceiling}")
            }
            Self::UnknownAccount { account } => write!(f, "no account {account} was opened"),
            Self::SameAccount { account } => write!(f, "account {account} cannot give to itself"),
            Self::UnitMismatch { debit, credit } => {
                write!(f, "the giver counts {debit:?}, the receiver {credit:?}")
            }
            Self::AmountNotPositive { amount } => write!(f, "the amount must be above 0, it is {amount}"),
            Self::Overflow { account, balance, amount } => {
                write!(f, "account {account} stands at {balance}; with {amount} it would not fit in 64 bits")
            }
            Self::BelowFloor { account, unit, balance, frozen, floor, amount } => {
                let show = |amount| unit.show(amount);
                write!(f, "account {account} has {}", show(balance))?;
                if frozen > 0 {
                    write!(f, ", {} of it frozen or past expiry", show(frozen))?;
                }
                write!(f, "; taking {} would leave less than its floor of {}", show(amount), show(floor))
            }
            Self::AboveCeiling { account, unit, balance, coming, ceiling, amount } => {
                let show = |amount| unit.show(amount);
                write!(f, "account {account} has {}", show(balance))?;
                if coming > 0 {
                    write!(f, " and {} on hold for it", show(coming))?;
                }
                write!(f, "; adding {} would pass its ceiling of {}", show(amount), show(ceiling))
            }
            Self::AlreadyOver { until, at } => {
                write!(f, "it would expire at {until}, and it is {at} already")
            }
            Self::IdReused { id, first } => {
                write!(f, "id {id} belongs to posting {} with other content", first.0)
            }
            Self::UnknownHold { hold } => write!(f, "no hold {hold} was made"),
            Self::HoldSettled { hold, by } => {
                let how = if by == Kind::Confirm { "confirmed" } else { "released" };
                write!(f, "hold {hold} was {how} before")
            }
            Self::HoldExpired { hold, at } => write!(f, "hold {hold} is over, it is {at}"),
            Self::MoreThanHeld { hold, held, asked } => {
                write!(f, "hold {hold} froze {held}, so {asked} cannot be confirmed")
            }
            Self::UnknownPosting { posting } => write!(f, "no posting {posting} was made"),
            Self::AlreadyReversed { posting } => write!(f, "posting {posting} was reversed before"),
            Self::NotReversible { posting, kind } => {
                write!(f, "posting {posting} is a {kind:?}; only transfers and confirmations can be reversed")
            }
            Self::KeysUnreadable => f.write_str("whether this id was used cannot be told now; send the same again"),
        }
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_explains_itself_with_its_figures() {
        let below =
            Refusal::BelowFloor { account: AccountId(0xc4), unit: Unit::Point, balance: 3500, frozen: 1000, floor: 0, amount: 4000 };
        assert_eq!(
            below.to_string(),
            "account 000000000000000000000000000000c4 has 35 points, 10 points of it frozen or past expiry; \
             taking 40 points would leave less than its floor of 0 points"
        );
    }

    #[test]
    fn an_answer_stays_small_enough_to_hand_out_by_the_thousand() {
        assert!(size_of::<crate::Answer>() <= 64);
    }
}
