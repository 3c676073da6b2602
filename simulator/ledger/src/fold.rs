//! What each row does to the books. No judgement here: rows were judged when they were made (`rules.rs`), and the
//! same rows give the same books for ever.

use std::fmt;

use crate::books::{Books, OpenHold};
use crate::keys::{Fate, Key};
use crate::posting::{AccountId, Kind, Millis, Posting, PostingId};
use crate::purse::{Lot, Purse};

/// A row that cannot follow the rows before it: the rows are not one ledger's, or some are missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// The account was opened before.
    OpenTwice(AccountId),
    /// The account was never opened.
    NeverOpened(AccountId),
    /// The posting was made before.
    MadeTwice(PostingId),
    /// It settles a hold that is not open.
    NoOpenHold(PostingId),
    /// A confirmation, release, expiry or reversal that does not say of what.
    RefersToNothing(PostingId),
    /// The balance would not fit in 64 bits.
    Overflow(AccountId),
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenTwice(account) => write!(f, "account {account} is opened twice"),
            Self::NeverOpened(account) => write!(f, "account {account} is used but was never opened"),
            Self::MadeTwice(posting) => write!(f, "posting {posting} is there twice"),
            Self::NoOpenHold(posting) => write!(f, "posting {posting} settles a hold that is not open"),
            Self::RefersToNothing(posting) => write!(f, "posting {posting} does not say what it refers to"),
            Self::Overflow(account) => write!(f, "the balance of account {account} leaves 64 bits"),
        }
    }
}

impl std::error::Error for Misfit {}

/// Writes a posting into the books; `debit` and `credit` are the places of its accounts.
#[inline]
pub(crate) fn post<B: Books>(books: &mut B, posting: &Posting, debit: u32, credit: u32) -> Result<(), Misfit> {
    let (giver, taker) = (books.account(debit), books.account(credit));
    let alone = posting.kind == Kind::Transfer && posting.until.is_none() && giver.purse == 0 && taker.purse == 0;
    if posting.kind.moves() {
        let less = giver.balance.checked_sub(posting.amount).ok_or(Misfit::Overflow(giver.id))?;
        let more = taker.balance.checked_add(posting.amount).ok_or(Misfit::Overflow(taker.id))?;
        books.set_balance(debit, less);
        books.set_balance(credit, more);
    }
    if !alone {
        beside_the_balances(books, posting, debit, credit)?;
    }
    books.add_key(Key::new(posting, debit, credit));
    Ok(())
}

/// Holds, lots and fates.
#[inline(never)]
fn beside_the_balances<B: Books>(books: &mut B, posting: &Posting, debit: u32, credit: u32) -> Result<(), Misfit> {
    let Posting { id, kind, amount, at, .. } = *posting;
    let referred = || posting.refers_to.ok_or(Misfit::RefersToNothing(id));
    match kind {
        Kind::Transfer => {
            if books.purse(debit).is_some() {
                books.change_purse(debit, at, |purse| purse.spend(at, amount, Some(id)));
            }
            receive(books, posting, debit, credit, amount);
        }
        Kind::StatedUp | Kind::StatedDown => {
            if books.purse(debit).is_some() {
                books.change_purse(debit, at, |purse| purse.spend(at, amount, None));
            }
            receive(books, posting, debit, credit, if kind == Kind::StatedUp { amount } else { 0 });
        }
        Kind::Hold => freeze(books, posting, debit, credit)?,
        Kind::Confirm | Kind::Release | Kind::Expire => {
            let hold = books.take_hold(referred()?).ok_or(Misfit::NoOpenHold(id))?;
            let used = if kind == Kind::Confirm { amount } else { 0 };
            books.change_purse(debit, at, |purse| unfreeze(purse, &hold, used, id));
            books.change_purse(credit, at, |purse| purse.coming -= hold.amount);
            books.set_fate(hold.id, Fate::made_by(kind).unwrap_or(Fate::Standing));
            receive(books, posting, debit, credit, used);
        }
        Kind::Reverse => {
            let of = referred()?;
            if books.purse(debit).is_some() {
                books.change_purse(debit, at, |purse| purse.take_back(at, amount, of));
            }
            let mut rest = amount;
            if books.purse(credit).is_some() {
                rest -= books.change_purse(credit, at, |purse| purse.give_back(at, of));
            }
            receive(books, posting, debit, credit, rest);
            books.set_fate(of, Fate::Reversed);
        }
        Kind::LotExpiry => {
            let made_by = referred()?;
            books.change_purse(debit, at, |purse| purse.expire(made_by));
        }
    }
    Ok(())
}

fn freeze<B: Books>(books: &mut B, posting: &Posting, debit: u32, credit: u32) -> Result<(), Misfit> {
    let Posting { id, amount, at, code, until, .. } = *posting;
    let held = books.change_purse(debit, at, |purse| {
        purse.held = purse.held.checked_add(amount)?;
        Some(purse.freeze(at, amount))
    });
    let parts = held.ok_or(Misfit::Overflow(posting.debit))?;
    let coming = books.change_purse(credit, at, |purse| {
        purse.coming = purse.coming.checked_add(amount)?;
        Some(())
    });
    coming.ok_or(Misfit::Overflow(posting.credit))?;
    let sequence = books.sequence() + 1;
    books.add_hold(OpenHold { id, sequence, debit, credit, amount, code, until, parts });
    Ok(())
}

fn unfreeze(purse: &mut Purse, hold: &OpenHold, used: i64, by: PostingId) {
    purse.held -= hold.amount;
    purse.settle(&hold.parts, used, by);
}

/// What arrives with an expiry becomes a lot; otherwise the balance says it all.
#[inline]
fn receive<B: Books>(books: &mut B, posting: &Posting, issuer: u32, place: u32, amount: i64) {
    if let (Some(until), 1..) = (posting.until, amount) {
        let sequence = books.sequence() + 1;
        let lot = Lot { made_by: posting.id, sequence, until, issuer, queued: false, remaining: amount, frozen: 0, spent: Vec::new() };
        books.change_purse(place, posting.at, |purse| purse.add(lot));
    } else if books.purse(place).is_some() {
        tidy(books, place, posting.at);
    }
}

/// A purse is tidied by every row that touches its account, so that it depends on those rows alone.
#[cold]
fn tidy<B: Books>(books: &mut B, place: u32, at: Millis) {
    books.change_purse(place, at, |_| ());
}
