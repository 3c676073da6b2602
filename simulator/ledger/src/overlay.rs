//! A sketch laid over the books: reads see it first, writes stay in it. A batch is decided on one, and so is each
//! linked run, so that later instructions see earlier ones while nothing is changed underneath.

use hashbrown::{HashMap, HashSet};

use crate::account::{Account, Terms};
use crate::books::{Books, Guess, OpenHold};
use crate::digest::Stable;
use crate::instruction::{Instruction, MOST_IN_A_BATCH};
use crate::keys::{Fate, Found, Key, Unreadable};
use crate::posting::{AccountId, Millis, Opening, PostingId};
use crate::purse::Purse;

pub(crate) struct Overlay<'a, B> {
    base: &'a B,
    /// Accounts and terms of the base; what is opened here is numbered on from there.
    counts: (u32, u32),
    opened: Vec<(Account, Terms)>,
    opened_ids: HashMap<AccountId, u32, Stable>,
    balances: HashMap<u32, i64, Stable>,
    purses: HashMap<u32, Purse, Stable>,
    holds: HashMap<PostingId, OpenHold, Stable>,
    settled: HashSet<PostingId, Stable>,
    keys: HashMap<PostingId, (Key, u64), Stable>,
    fates: HashMap<PostingId, Fate, Stable>,
    sequence: u64,
}

impl<'a, B: Books> Overlay<'a, B> {
    pub(crate) fn new(base: &'a B) -> Self {
        Self::with_room_for(base, 0)
    }

    /// With room for so many transfers.
    pub(crate) fn with_room_for(base: &'a B, transfers: usize) -> Self {
        let transfers = transfers.min(MOST_IN_A_BATCH);
        Self {
            base,
            counts: base.counts(),
            opened: Vec::new(),
            opened_ids: HashMap::default(),
            balances: HashMap::with_capacity_and_hasher(2 * transfers, Stable::default()),
            purses: HashMap::default(),
            holds: HashMap::default(),
            settled: HashSet::default(),
            keys: HashMap::with_capacity_and_hasher(transfers, Stable::default()),
            fates: HashMap::default(),
            sequence: base.sequence(),
        }
    }
}

impl<B: Books> Books for Overlay<'_, B> {
    fn find(&self, id: AccountId) -> Option<u32> {
        self.base.find(id).or_else(|| self.opened_ids.get(&id).copied())
    }

    fn find_near(&self, id: AccountId, guess: u32) -> Option<u32> {
        self.base.find_near(id, guess).or_else(|| self.opened_ids.get(&id).copied())
    }

    fn look_ahead(&self, next: &[Instruction], guesses: &mut [Guess]) {
        self.base.look_ahead(next, guesses);
    }

    fn account(&self, place: u32) -> Account {
        let mut account = match place.checked_sub(self.counts.0) {
            Some(here) => self.opened[here as usize].0,
            None => self.base.account(place),
        };
        if let Some(&balance) = self.balances.get(&place) {
            account.balance = balance;
        }
        if !self.purses.is_empty() {
            account.purse = u32::from(self.purse(place).is_some());
        }
        account
    }

    fn terms(&self, number: u32) -> Terms {
        match number.checked_sub(self.counts.1) {
            Some(here) => self.opened[here as usize].1,
            None => self.base.terms(number),
        }
    }

    fn purse(&self, place: u32) -> Option<&Purse> {
        match self.purses.get(&place) {
            Some(purse) => Some(purse).filter(|purse| !purse.is_empty()),
            None if place >= self.counts.0 => None,
            None => self.base.purse(place),
        }
    }

    fn hold(&self, id: PostingId) -> Option<&OpenHold> {
        if self.settled.contains(&id) {
            return None;
        }
        self.holds.get(&id).or_else(|| self.base.hold(id))
    }

    fn key(&self, id: PostingId) -> Result<Option<Found>, Unreadable> {
        let found = match self.keys.get(&id) {
            Some(&(key, sequence)) => Some(key.found(sequence)),
            None => self.base.key(id)?,
        };
        Ok(found.map(|found| Found { fate: self.fates.get(&id).copied().unwrap_or(found.fate), ..found }))
    }

    fn is_taken(&self, id: PostingId) -> bool {
        self.keys.contains_key(&id) || self.base.is_taken(id)
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn counts(&self) -> (u32, u32) {
        let opened = u32::try_from(self.opened.len()).expect("a batch is small");
        (self.counts.0 + opened, self.counts.1 + opened)
    }

    fn open(&mut self, opening: &Opening) {
        let (place, terms) = self.counts();
        self.opened.push((Account { id: opening.id, balance: 0, terms, purse: 0 }, Terms::of(opening)));
        self.opened_ids.insert(opening.id, place);
    }

    fn set_balance(&mut self, place: u32, balance: i64) {
        self.balances.insert(place, balance);
    }

    fn change_purse<R>(&mut self, place: u32, at: Millis, change: impl FnOnce(&mut Purse) -> R) -> R {
        let (base, known) = (self.base, place < self.counts.0);
        let below = || if known { base.purse(place).cloned() } else { None };
        let purse = self.purses.entry(place).or_insert_with(|| below().unwrap_or_default());
        let result = change(purse);
        purse.tidy(at);
        result
    }

    fn add_hold(&mut self, hold: OpenHold) {
        self.holds.insert(hold.id, hold);
    }

    fn take_hold(&mut self, id: PostingId) -> Option<OpenHold> {
        let hold = self.hold(id)?.clone();
        self.settled.insert(id);
        Some(hold)
    }

    fn add_key(&mut self, key: Key) {
        self.sequence += 1;
        self.keys.insert(key.id(), (key, self.sequence));
    }

    fn set_fate(&mut self, id: PostingId, fate: Fate) {
        self.fates.insert(id, fate);
    }
}
