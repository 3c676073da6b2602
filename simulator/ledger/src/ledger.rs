//! The ledger in memory: accounts, what few of them have beside a balance, open holds, keys, and the queue of what
//! will fall due. All of it is a fold of the rows; only the fold writes.
//!
//! Rules are in `rules.rs`, effects in `fold.rs`; this file holds the state and is the door to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::account::{Account, Terms, TermsList};
use crate::batch::{self, AHEAD};
use crate::books::{Books, Guess, OpenHold};
use crate::digest;
use crate::fold::{self, Misfit};
use crate::index::Index;
use crate::instruction::{Answer, Instruction, Order};
use crate::keys::{Fate, Found, Key, KeyIndex, Keys, KeysToMove, Unreadable};
use crate::overlay::Overlay;
use crate::pages::Pages;
use crate::posting::{AccountId, Millis, Opening, PostingId, Row, Sequence};
use crate::purse::Purse;
use crate::slab::Slab;

/// What a batch would do: nothing has happened yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// One answer an instruction, in order.
    pub answers: Vec<Answer>,
    /// The rows to be kept and then applied, in order.
    pub rows: Vec<Row>,
}

/// The queue's order: by time, then by age.
pub(crate) type Waiting = (Millis, u64, What);

/// What waits for its time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum What {
    /// The hold in this slot expires.
    Hold(u32),
    /// The lot made by the posting of this sequence expires; the place is its owner's.
    Lot(u32),
}

/// The core ledger. Cloning it copies its indexes; for a point in time use [`Ledger::snapshot`].
#[derive(Clone, Default, Debug)]
pub struct Ledger {
    pub(crate) accounts: Pages<Account>,
    places: Index,
    pub(crate) terms: TermsList,
    pub(crate) purses: Slab<Purse>,
    pub(crate) holds: Slab<OpenHold>,
    hold_slots: Index,
    pub(crate) keys: Keys,
    pub(crate) waiting: BTreeSet<Waiting>,
}

impl Ledger {
    /// An empty ledger that keeps every idempotency key in memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps about `limit` keys in memory; those that [`Ledger::keys_to_move`] handed out are asked of `index`.
    #[must_use]
    pub fn with_keys_beyond(mut self, limit: usize, index: Arc<dyn KeyIndex>) -> Self {
        self.keys.keep_at_most(limit, index);
        self
    }

    /// Judges a batch at a time and changes nothing. Later instructions see what earlier ones would do.
    pub fn decide(&self, at: Millis, batch: &[Instruction]) -> Decision {
        let mut rows = Vec::with_capacity(batch.len());
        let mut sketch = Overlay::with_room_for(self, batch.len());
        let answers = batch::run(&mut sketch, at, batch, &mut rows);
        Decision { answers, rows }
    }

    /// Writes a row that was decided on this ledger as it stands, or that followed these very rows in a log.
    ///
    /// # Panics
    /// When the row does not fit; [`Ledger::replay`] says so instead.
    pub fn apply(&mut self, row: &Row) {
        if let Err(misfit) = self.replay(row) {
            panic!("a row that was never decided here: {misfit}");
        }
    }

    /// Writes a row read from a log.
    ///
    /// # Errors
    /// [`Misfit`] when it cannot follow the rows before it. The ledger is then of no use any more.
    pub fn replay(&mut self, row: &Row) -> Result<(), Misfit> {
        self.replay_near(row, Guess::default())
    }

    #[inline]
    fn replay_near(&mut self, row: &Row, guess: Guess) -> Result<(), Misfit> {
        match row {
            Row::Opening(opening) => {
                if self.find(opening.id).is_some() {
                    return Err(Misfit::OpenTwice(opening.id));
                }
                self.open(opening);
                Ok(())
            }
            Row::Posting(posting) => {
                let debit = self.find_near(posting.debit, guess[0]).ok_or(Misfit::NeverOpened(posting.debit))?;
                let credit = self.find_near(posting.credit, guess[1]).ok_or(Misfit::NeverOpened(posting.credit))?;
                if self.is_taken(posting.id) {
                    return Err(Misfit::MadeTwice(posting.id));
                }
                fold::post(self, posting, debit, credit)
            }
        }
    }

    /// Writes many rows read from a log: [`Ledger::replay`] one after the other, faster.
    ///
    /// # Errors
    /// As [`Ledger::replay`], at the first row that does not fit.
    pub fn replay_all(&mut self, rows: &[Row]) -> Result<(), Misfit> {
        let mut guesses = [Guess::default(); AHEAD];
        for rows in rows.chunks(AHEAD) {
            let postings = rows.iter().map(|row| match row {
                Row::Posting(posting) => Some((posting.id, [posting.debit, posting.credit])),
                Row::Opening(_) => None,
            });
            self.read_ahead(postings, &mut guesses);
            for (row, guess) in rows.iter().zip(guesses) {
                self.replay_near(row, guess)?;
            }
        }
        Ok(())
    }

    /// Decides and applies, one instruction after the other: the same answers and rows as [`Ledger::decide`] followed
    /// by [`Ledger::apply`], faster. Rows are added to `rows`.
    pub fn execute(&mut self, at: Millis, batch: &[Instruction], rows: &mut Vec<Row>) -> Vec<Answer> {
        rows.reserve(batch.len());
        batch::run(self, at, batch, rows)
    }

    /// The sequence of the last posting; 0 before the first.
    pub fn sequence(&self) -> Sequence {
        Sequence(self.keys.sequence())
    }

    /// How many keys are in memory.
    pub fn keys_in_memory(&self) -> usize {
        self.keys.in_memory().len()
    }

    /// How many keys are in memory beyond the declared count.
    pub fn keys_over(&self) -> usize {
        self.keys.over()
    }

    /// The oldest keys over the limit, at most `most` (in whole pages of 1 024), and fates of keys that left before; `skip`
    /// passes over keys that an earlier call gave, so that many can be taken a few at a time (fates come with the first).
    /// Store them in the index, durably, then call [`Ledger::forget_keys`] with the same, all at once or from the front.
    pub fn keys_to_move(&self, skip: usize, most: usize) -> KeysToMove {
        self.keys.to_move(skip, most, |place| self.id_of(place))
    }

    /// Drops keys that are in the index now. What changed meanwhile is handed out again by [`Ledger::keys_to_move`].
    pub fn forget_keys(&mut self, moved: &KeysToMove) {
        self.keys.forget(moved);
    }

    /// First the lines of the indexes, then the accounts they name are read for all postings ahead (at most
    /// [`AHEAD`]), so that no read waits for the one before, as it would if each posting were finished first.
    fn read_ahead(&self, next: impl Iterator<Item = Option<(PostingId, [AccountId; 2])>>, guesses: &mut [Guess]) {
        let mut seen = 0;
        let mut hashes = [[0; 2]; AHEAD];
        for (posting, hashes) in next.zip(&mut hashes) {
            if let Some((id, [debit, credit])) = posting {
                *hashes = [digest::of_id(debit.0), digest::of_id(credit.0)];
                seen ^= self.places.touch(hashes[0]) ^ self.places.touch(hashes[1]) ^ self.keys.touch(id);
            }
        }
        for (guess, [debit, credit]) in guesses.iter_mut().zip(hashes) {
            *guess = [self.places.guess(debit).unwrap_or(0), self.places.guess(credit).unwrap_or(0)];
        }
        for place in guesses.iter().flatten() {
            seen ^= self.accounts.get(*place as usize).map_or(0, |account| u64::from(account.terms));
        }
        std::hint::black_box(seen);
    }

    pub(crate) fn restored(accounts: Pages<Account>, terms: TermsList, purses: Slab<Purse>, holds: Slab<OpenHold>, keys: Keys) -> Self {
        let mut ledger = Self { terms, purses, holds, keys, ..Self::default() };
        ledger.places = Index::with_room_for(accounts.len());
        for (place, account) in (0..).zip(accounts.iter()) {
            ledger.places.insert(digest::of_id(account.id.0), place);
        }
        for (slot, hold) in ledger.holds.iter() {
            ledger.hold_slots.insert(digest::of_id(hold.id.0), slot);
            if let Some(until) = hold.until {
                ledger.waiting.insert((until, hold.sequence, What::Hold(slot)));
            }
        }
        for (place, account) in (0_u32..).zip(accounts.iter()) {
            if let Some(slot) = account.purse.checked_sub(1) {
                let purse = ledger.purses.get_mut(slot).expect("a purse was restored for the account");
                queue(&mut ledger.waiting, place, purse);
            }
        }
        ledger.accounts = accounts;
        ledger
    }

    /// The place of an account id among the accounts given, for restoring.
    pub(crate) fn slot_of_hold(&self, id: PostingId) -> Option<u32> {
        let is_it = |slot| self.holds.get(slot).is_some_and(|hold: &OpenHold| hold.id == id);
        self.hold_slots.find(digest::of_id(id.0), is_it)
    }
}

/// Brings the queue into line with what remains of the owner's lots.
fn queue(waiting: &mut BTreeSet<Waiting>, owner: u32, purse: &mut Purse) {
    for lot in &mut purse.lots {
        let due = lot.remaining > 0;
        if due != lot.queued {
            lot.queued = due;
            let entry = (lot.until, lot.sequence, What::Lot(owner));
            let _ = if due { waiting.insert(entry) } else { waiting.remove(&entry) };
        }
    }
}

impl Books for Ledger {
    #[inline]
    fn find(&self, id: AccountId) -> Option<u32> {
        self.places.find(digest::of_id(id.0), |place| self.accounts[place as usize].id == id)
    }

    #[inline]
    fn find_near(&self, id: AccountId, guess: u32) -> Option<u32> {
        match self.accounts.get(guess as usize) {
            Some(account) if account.id == id => Some(guess),
            _ => self.find(id),
        }
    }

    #[inline]
    fn account(&self, place: u32) -> Account {
        self.accounts[place as usize]
    }

    #[inline]
    fn terms(&self, number: u32) -> Terms {
        self.terms.get(number)
    }

    #[inline]
    fn purse(&self, place: u32) -> Option<&Purse> {
        let slot = self.accounts[place as usize].purse.checked_sub(1)?;
        self.purses.get(slot)
    }

    fn hold(&self, id: PostingId) -> Option<&OpenHold> {
        self.slot_of_hold(id).and_then(|slot| self.holds.get(slot))
    }

    #[inline]
    fn key(&self, id: PostingId) -> Result<Option<Found>, Unreadable> {
        self.keys.get(id, |account| self.find(account))
    }

    fn is_taken(&self, id: PostingId) -> bool {
        self.keys.in_memory_key(id).is_some()
    }

    #[inline]
    fn sequence(&self) -> u64 {
        self.keys.sequence()
    }

    fn counts(&self) -> (u32, u32) {
        let count = |len| u32::try_from(len).expect("places have 32 bits");
        (count(self.accounts.len()), count(self.terms.list().len()))
    }

    fn open(&mut self, opening: &Opening) {
        let terms = self.terms.number_of(Terms::of(opening));
        let account = Account { id: opening.id, balance: 0, terms, purse: 0 };
        let place = u32::try_from(self.accounts.push(account)).expect("fewer than four billion accounts");
        self.places.insert(digest::of_id(opening.id.0), place);
    }

    #[inline]
    fn set_balance(&mut self, place: u32, balance: i64) {
        self.accounts[place as usize].balance = balance;
    }

    fn change_purse<R>(&mut self, place: u32, at: Millis, change: impl FnOnce(&mut Purse) -> R) -> R {
        let account = place as usize;
        if self.accounts[account].purse == 0 {
            self.accounts[account].purse = self.purses.add(Purse::default()) + 1;
        }
        let slot = self.accounts[account].purse - 1;
        let purse = self.purses.get_mut(slot).expect("the account's purse is in its slot");
        let result = change(purse);
        queue(&mut self.waiting, place, purse);
        purse.tidy(at);
        if purse.is_empty() {
            self.purses.take(slot);
            self.accounts[account].purse = 0;
        }
        result
    }

    fn add_hold(&mut self, hold: OpenHold) {
        let (id, until, sequence) = (hold.id, hold.until, hold.sequence);
        let slot = self.holds.add(hold);
        self.hold_slots.insert(digest::of_id(id.0), slot);
        if let Some(until) = until {
            self.waiting.insert((until, sequence, What::Hold(slot)));
        }
    }

    fn take_hold(&mut self, id: PostingId) -> Option<OpenHold> {
        let slot = self.slot_of_hold(id)?;
        self.hold_slots.remove(digest::of_id(id.0), slot);
        let hold = self.holds.take(slot)?;
        if let Some(until) = hold.until {
            self.waiting.remove(&(until, hold.sequence, What::Hold(slot)));
        }
        Some(hold)
    }

    #[inline]
    fn add_key(&mut self, key: Key) {
        self.keys.add(key);
    }

    fn set_fate(&mut self, id: PostingId, fate: Fate) {
        self.keys.set_fate(id, fate);
    }

    fn look_ahead(&self, next: &[Instruction], guesses: &mut [Guess]) {
        let transfers = next.iter().map(|instruction| match &instruction.order {
            Order::Transfer(transfer) => Some((transfer.id, [transfer.debit, transfer.credit])),
            _ => None,
        });
        self.read_ahead(transfers, guesses);
    }
}
