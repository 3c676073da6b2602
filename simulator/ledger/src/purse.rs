//! What few accounts have beside a balance: amounts frozen by holds, amounts on hold for them, and lots, which are
//! parts of the balance that expire. Spending takes the lot that expires first; what no lot holds is spent last.
//!
//! A spent lot stays, empty, until its day, with the names of the postings that took from it, so that a reversal gives
//! the value back to the lots it came from. The rules are told in `why-does-a-refund-keep-its-expiry.md`.

use crate::posting::{Millis, PostingId};

/// A part taken from a lot: the posting that made the lot, and how much.
pub(crate) type Part = (PostingId, i64);

#[derive(Clone, Default, Debug)]
pub(crate) struct Purse {
    /// Frozen by open holds; still in the balance, not to be spent.
    pub(crate) held: i64,
    /// On hold for this account by others; not in the balance, but its ceiling keeps room for it.
    pub(crate) coming: i64,
    /// By expiry, then by age.
    pub(crate) lots: Vec<Lot>,
}

#[derive(Clone, Debug)]
pub(crate) struct Lot {
    pub(crate) made_by: PostingId,
    pub(crate) sequence: u64,
    pub(crate) until: Millis,
    /// The place of the account it goes back to.
    pub(crate) issuer: u32,
    /// Whether the ledger's queue of due work has it; no part of the state.
    pub(crate) queued: bool,
    pub(crate) remaining: i64,
    /// Set aside by open holds. Such a part does not expire before its hold is settled.
    pub(crate) frozen: i64,
    /// Which postings took how much.
    pub(crate) spent: Vec<Part>,
}

impl Lot {
    fn lives(&self, at: Millis) -> bool {
        self.until > at
    }

    /// Takes up to `wanted` and says how much it was.
    fn take(&mut self, wanted: i64) -> i64 {
        let part = self.remaining.min(wanted);
        self.remaining -= part;
        part
    }
}

impl Purse {
    pub(crate) fn is_empty(&self) -> bool {
        self.held == 0 && self.coming == 0 && self.lots.is_empty()
    }

    /// What the balance still counts although its time is over at `at`: not to be spent any more.
    pub(crate) fn expired(&self, at: Millis) -> i128 {
        let over = self.lots.iter().take_while(|lot| !lot.lives(at));
        over.map(|lot| i128::from(lot.remaining)).sum()
    }

    pub(crate) fn add(&mut self, lot: Lot) {
        let place = self.lots.partition_point(|other| (other.until, other.sequence) <= (lot.until, lot.sequence));
        self.lots.insert(place, lot);
    }

    /// Takes `amount` from the living lots, oldest expiry first, as far as they reach. `by` is remembered when that
    /// posting can be reversed.
    pub(crate) fn spend(&mut self, at: Millis, mut amount: i64, by: Option<PostingId>) {
        for lot in self.lots.iter_mut().filter(|lot| lot.lives(at)) {
            if amount == 0 {
                break;
            }
            let part = lot.take(amount);
            amount -= part;
            if let (Some(by), 1..) = (by, part) {
                lot.spent.push((by, part));
            }
        }
    }

    /// Takes `amount` back from what `made_by` brought in: its own lot first, then as spending does.
    pub(crate) fn take_back(&mut self, at: Millis, amount: i64, made_by: PostingId) {
        let own = self.lots.iter_mut().find(|lot| lot.made_by == made_by && lot.lives(at));
        let part = own.map_or(0, |lot| lot.take(amount));
        self.spend(at, amount - part, None);
    }

    /// Gives back to the lots that still live what `posting` took from them, and says how much that was.
    pub(crate) fn give_back(&mut self, at: Millis, posting: PostingId) -> i64 {
        let mut given = 0;
        for lot in self.lots.iter_mut().filter(|lot| lot.lives(at)) {
            if let Some(place) = lot.spent.iter().position(|&(by, _)| by == posting) {
                let (_, part) = lot.spent.remove(place);
                lot.remaining += part;
                given += part;
            }
        }
        given
    }

    /// Sets `amount` aside for a hold and says which lots it came from.
    pub(crate) fn freeze(&mut self, at: Millis, mut amount: i64) -> Vec<Part> {
        let mut parts = Vec::new();
        for lot in self.lots.iter_mut().filter(|lot| lot.lives(at)) {
            let part = lot.take(amount);
            amount -= part;
            if part > 0 {
                lot.frozen += part;
                parts.push((lot.made_by, part));
            }
        }
        parts
    }

    /// Ends a hold: the first `used` of the set-aside parts are spent by `by`, the rest goes back to its lots.
    pub(crate) fn settle(&mut self, parts: &[Part], mut used: i64, by: PostingId) {
        for &(made_by, part) in parts {
            let lot = self.lots.iter_mut().find(|lot| lot.made_by == made_by);
            let lot = lot.expect("a lot with a frozen part is never tidied away");
            let gone = part.min(used);
            used -= gone;
            lot.frozen -= part;
            lot.remaining += part - gone;
            if gone > 0 {
                lot.spent.push((by, gone));
            }
        }
    }

    /// The lot that `made_by` made is over: nothing of it remains.
    pub(crate) fn expire(&mut self, made_by: PostingId) {
        if let Some(lot) = self.lots.iter_mut().find(|lot| lot.made_by == made_by) {
            lot.remaining = 0;
        }
    }

    /// Drops the lots of which nothing can come back any more.
    pub(crate) fn tidy(&mut self, at: Millis) {
        self.lots.retain(|lot| lot.remaining > 0 || lot.frozen > 0 || (lot.lives(at) && !lot.spent.is_empty()));
    }
}
