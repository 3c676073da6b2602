//! Looking at the ledger as it stands: for queries, for pages, for auditors. Nothing here decides or changes.

use crate::books::Books;
use crate::keys::{KeyRecord, Unreadable};
use crate::ledger::Ledger;
use crate::posting::{AccountId, Millis, PostingId, Sequence};
use crate::unit::Unit;

/// An account as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccountView {
    /// Its name.
    pub id: AccountId,
    /// What it counts.
    pub unit: Unit,
    /// The lowest balance it may reach.
    pub floor: i64,
    /// The highest balance it may reach.
    pub ceiling: i64,
    /// Credits minus debits.
    pub balance: i64,
    /// What open holds have frozen; still in the balance.
    pub held: i64,
    /// What open holds will bring; not in the balance.
    pub coming: i64,
}

/// A part of a balance that expires.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LotView {
    /// The posting that made it.
    pub made_by: PostingId,
    /// When it expires.
    pub until: Millis,
    /// What is left to spend.
    pub remaining: i64,
    /// What open holds have set aside of it.
    pub frozen: i64,
}

/// A hold that is neither settled nor expired.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HoldView {
    /// The posting that made it.
    pub id: PostingId,
    /// Where that stands.
    pub sequence: Sequence,
    /// Who will give.
    pub debit: AccountId,
    /// Who will receive.
    pub credit: AccountId,
    /// How much is frozen.
    pub amount: i64,
    /// When it expires.
    pub until: Option<Millis>,
}

impl Ledger {
    /// All accounts, in the order of their opening.
    pub fn accounts(&self) -> impl Iterator<Item = AccountView> {
        let (count, _) = self.counts();
        (0..count).map(|place| self.seen(place))
    }

    /// The account as it stands.
    pub fn view(&self, id: AccountId) -> Option<AccountView> {
        self.find(id).map(|place| self.seen(place))
    }

    /// The account's balance, in its unit's smallest part.
    pub fn balance(&self, id: AccountId) -> Option<i64> {
        self.find(id).map(|place| self.account(place).balance)
    }

    /// The balance without what is frozen by holds or past its expiry at `at`.
    pub fn available(&self, id: AccountId, at: Millis) -> Option<i64> {
        let place = self.find(id)?;
        let frozen = self.purse(place).map_or(0, |purse| i128::from(purse.held) + purse.expired(at));
        let available = i128::from(self.account(place).balance) - frozen;
        Some(i64::try_from(available).unwrap_or(i64::MIN))
    }

    /// The account's lots of which something is left, oldest expiry first.
    pub fn lots(&self, id: AccountId) -> Vec<LotView> {
        let purse = self.find(id).and_then(|place| self.purse(place));
        let lots = purse.map_or(&[][..], |purse| &purse.lots).iter();
        let left = lots.filter(|lot| lot.remaining > 0 || lot.frozen > 0);
        left.map(|lot| LotView { made_by: lot.made_by, until: lot.until, remaining: lot.remaining, frozen: lot.frozen }).collect()
    }

    /// All open holds, oldest first.
    pub fn open_holds(&self) -> Vec<HoldView> {
        let holds = self.holds.iter().map(|(_, hold)| HoldView {
            id: hold.id,
            sequence: Sequence(hold.sequence),
            debit: self.id_of(hold.debit),
            credit: self.id_of(hold.credit),
            amount: hold.amount,
            until: hold.until,
        });
        let mut holds: Vec<_> = holds.collect();
        holds.sort_unstable_by_key(|hold| hold.sequence);
        holds
    }

    /// What is known of a posting by its id.
    ///
    /// # Errors
    /// [`Unreadable`] when its key may be out of memory and the index does not answer.
    pub fn posting(&self, id: PostingId) -> Result<Option<KeyRecord>, Unreadable> {
        let found = self.key(id)?;
        Ok(found.map(|found| KeyRecord {
            id,
            sequence: Sequence(found.sequence),
            kind: found.kind,
            debit: self.id_of(found.debit),
            credit: self.id_of(found.credit),
            amount: found.amount,
            content: found.content,
            fate: found.fate,
        }))
    }

    /// The sum of all balances of each unit: double entry makes it 0.
    pub fn totals(&self) -> [(Unit, i128); Unit::ALL.len()] {
        let mut totals = Unit::ALL.map(|unit| (unit, 0));
        for account in self.accounts() {
            totals[usize::from(account.unit.code() - 1)].1 += i128::from(account.balance);
        }
        totals
    }

    fn seen(&self, place: u32) -> AccountView {
        let account = self.account(place);
        let terms = self.terms(account.terms);
        let (held, coming) = self.purse(place).map_or((0, 0), |purse| (purse.held, purse.coming));
        AccountView { id: account.id, unit: terms.unit, floor: terms.floor, ceiling: terms.ceiling, balance: account.balance, held, coming }
    }
}
