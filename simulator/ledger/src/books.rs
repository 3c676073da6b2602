//! What the rules read and write, so that they are written once: the ledger itself is one set of books, the
//! sketch laid over it while a batch is being decided is another.
//!
//! Accounts are named by their *place* here; looking an id up is done once an instruction.

use crate::account::{Account, Terms};
use crate::instruction::Instruction;
use crate::keys::{Fate, Found, Key, Unreadable};
use crate::posting::{AccountId, Millis, Opening, PostingId};
use crate::purse::{Part, Purse};

/// A hold that is neither settled nor expired.
#[derive(Clone, Debug)]
pub(crate) struct OpenHold {
    pub(crate) id: PostingId,
    pub(crate) sequence: u64,
    pub(crate) debit: u32,
    pub(crate) credit: u32,
    pub(crate) amount: i64,
    pub(crate) code: u16,
    pub(crate) until: Option<Millis>,
    /// What of the amount was taken from lots.
    pub(crate) parts: Vec<Part>,
}

impl OpenHold {
    pub(crate) fn is_over(&self, at: Millis) -> bool {
        self.until.is_some_and(|until| until <= at)
    }
}

/// Where the two accounts of an instruction probably are.
pub(crate) type Guess = [u32; 2];

pub(crate) trait Books: Sized {
    fn find(&self, id: AccountId) -> Option<u32>;
    /// The same, when it is likely to be at `guess`.
    fn find_near(&self, id: AccountId, _guess: u32) -> Option<u32> {
        self.find(id)
    }
    /// The account as it stands. Its `purse` is 0 exactly when it has none.
    fn account(&self, place: u32) -> Account;
    fn terms(&self, number: u32) -> Terms;
    fn purse(&self, place: u32) -> Option<&Purse>;
    fn hold(&self, id: PostingId) -> Option<&OpenHold>;
    fn key(&self, id: PostingId) -> Result<Option<Found>, Unreadable>;
    /// The key of an id as far as memory reaches: for the ledger's own ids.
    fn is_taken(&self, id: PostingId) -> bool;
    /// The sequence of the last posting.
    fn sequence(&self) -> u64;
    /// How many accounts and how many terms there are.
    fn counts(&self) -> (u32, u32);

    fn open(&mut self, opening: &Opening);
    fn set_balance(&mut self, place: u32, balance: i64);
    /// Changes the account's purse (an empty one if it has none), then tidies it as of `at`.
    fn change_purse<R>(&mut self, place: u32, at: Millis, change: impl FnOnce(&mut Purse) -> R) -> R;
    fn add_hold(&mut self, hold: OpenHold);
    fn take_hold(&mut self, id: PostingId) -> Option<OpenHold>;
    fn add_key(&mut self, key: Key);
    fn set_fate(&mut self, id: PostingId, fate: Fate);

    /// Reads ahead what instructions will need, so that the machine fetches it all at once, and notes where their
    /// accounts probably are.
    fn look_ahead(&self, _next: &[Instruction], _guesses: &mut [Guess]) {}

    /// The id of an account's place.
    fn id_of(&self, place: u32) -> AccountId {
        self.account(place).id
    }
}
