//! Any balance at any past moment, explained by the rows that made it.
//!
//! The rows come from the log (those of the account are enough, all of them do as well). They are folded by the very
//! code that made the balance, in a ledger of their own, so the explanation cannot drift from the truth.

use crate::books::Books;
use crate::fold::{self, Misfit};
use crate::ledger::Ledger;
use crate::posting::{AccountId, Kind, Millis, Opening, Posting, Row, Sequence};
use crate::unit::Unit;
use crate::view::{AccountView, LotView};

/// A moment of the past.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// After the posting of this sequence.
    After(Sequence),
    /// At the end of this millisecond: just before the account's first posting that is later. So an answer about
    /// a moment that has passed never changes, even if the clock is set back and postings with earlier times follow.
    At(Millis),
}

/// An account as it stood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Its last posting until then; 0 for none.
    pub sequence: Sequence,
    /// Balance, frozen and coming amounts, limits.
    pub account: AccountView,
    /// Its lots, oldest expiry first.
    pub lots: Vec<LotView>,
}

/// One posting in the life of an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The posting.
    pub posting: Posting,
    /// What it did to this account, as a sentence.
    pub text: String,
    /// How the account stood after it.
    pub after: Standing,
}

/// Explains an account: a line for each of its postings, in order. Rows of other accounts are passed over.
/// The sequence beside an opening is not looked at.
///
/// A line is an error when the rows are not those of one ledger from its beginning; nothing after it is of use.
pub fn explain<'a>(account: AccountId, rows: impl IntoIterator<Item = (Sequence, &'a Row)>) -> impl Iterator<Item = Result<Line, Misfit>> {
    let mut past = Past::of(account);
    rows.into_iter().filter_map(move |(sequence, row)| {
        let before = past.standing().ok();
        match past.fold(sequence, row) {
            Ok(None) => None,
            Ok(Some(posting)) => Some(past.standing().map(|after| {
                let freed = before.map_or(0, |before| before.account.held - after.account.held);
                let text = sentence(account, after.account.unit, &posting, freed);
                Line { posting, text, after }
            })),
            Err(misfit) => Some(Err(misfit)),
        }
    })
}

/// How an account stood at a moment. Rows after that moment may be among `rows`; they are not folded.
///
/// # Errors
/// [`Misfit`] when the rows are not those of one ledger from its beginning, the account's opening among them.
pub fn standing_at<'a>(
    account: AccountId,
    moment: Moment,
    rows: impl IntoIterator<Item = (Sequence, &'a Row)>,
) -> Result<Standing, Misfit> {
    let mut past = Past::of(account);
    for (sequence, row) in rows {
        if let Row::Posting(posting) = row {
            let touches = posting.debit == account || posting.credit == account;
            let later = match moment {
                Moment::After(last) => sequence > last,
                Moment::At(at) => touches && posting.at > at,
            };
            if later {
                break;
            }
        }
        past.fold(sequence, row)?;
    }
    past.standing()
}

/// One account's balance at a moment; see [`standing_at`].
///
/// # Errors
/// As [`standing_at`].
pub fn balance_at<'a>(account: AccountId, moment: Moment, rows: impl IntoIterator<Item = (Sequence, &'a Row)>) -> Result<i64, Misfit> {
    standing_at(account, moment, rows).map(|standing| standing.account.balance)
}

/// A ledger of which only one account matters.
struct Past {
    account: AccountId,
    ledger: Ledger,
    last: Sequence,
}

impl Past {
    fn of(account: AccountId) -> Self {
        Self { account, ledger: Ledger::new(), last: Sequence(0) }
    }

    /// Folds the row if it is about the account, and gives its posting.
    fn fold(&mut self, sequence: Sequence, row: &Row) -> Result<Option<Posting>, Misfit> {
        match row {
            Row::Opening(opening) if opening.id == self.account => {
                self.ledger.replay(row)?;
                Ok(None)
            }
            Row::Posting(posting) if posting.debit == self.account || posting.credit == self.account => {
                let unit = self.ledger.view(self.account).ok_or(Misfit::NeverOpened(self.account))?.unit;
                let debit = self.place(posting.debit, unit);
                let credit = self.place(posting.credit, unit);
                fold::post(&mut self.ledger, posting, debit, credit)?;
                self.last = sequence;
                Ok(Some(*posting))
            }
            Row::Opening(_) | Row::Posting(_) => Ok(None),
        }
    }

    /// The place of an account; another than ours counts from 0 each time, since most of its rows are not here.
    fn place(&mut self, id: AccountId, unit: Unit) -> u32 {
        let Some(place) = self.ledger.find(id) else {
            self.ledger.open(&Opening { id, unit, floor: i64::MIN, ceiling: i64::MAX, at: Millis(0) });
            return self.ledger.find(id).expect("it was just opened");
        };
        if id != self.account {
            self.ledger.set_balance(place, 0);
        }
        place
    }

    fn standing(&self) -> Result<Standing, Misfit> {
        let account = self.ledger.view(self.account).ok_or(Misfit::NeverOpened(self.account))?;
        Ok(Standing { sequence: self.last, account, lots: self.ledger.lots(self.account) })
    }
}

fn sentence(account: AccountId, unit: Unit, posting: &Posting, freed: i64) -> String {
    let gives = posting.debit == account;
    let (sign, way, other) = if gives { ("-", "to", posting.credit) } else { ("+", "from", posting.debit) };
    let amount = unit.show(posting.amount);
    let moved = format!("{sign}{amount} {way} {other}");
    let of = posting.refers_to.unwrap_or_default();
    let mut text = match posting.kind {
        Kind::Transfer => moved,
        Kind::Hold if gives => format!("{amount} frozen for {other}"),
        Kind::Hold => format!("{amount} on hold from {other}"),
        Kind::Confirm if gives && freed > posting.amount => {
            format!("{moved}: hold {of} confirmed, {} freed", unit.show(freed - posting.amount))
        }
        Kind::Confirm => format!("{moved}: hold {of} confirmed"),
        Kind::Release | Kind::Expire => {
            let what = if gives { "freed" } else { "no longer on hold" };
            let how = if posting.kind == Kind::Release { "released" } else { "expired" };
            format!("{amount} {what}: hold {of} {how}")
        }
        Kind::Reverse => format!("{moved}: posting {of} reversed"),
        Kind::LotExpiry => format!("{moved}: what was left of lot {of} expired"),
        Kind::StatedUp | Kind::StatedDown => {
            let total = unit.show(posting.stated.unwrap_or_default());
            let ours = gives == (posting.kind == Kind::StatedDown);
            let whose = if ours { "stated" } else { "stated of the other account" };
            if posting.amount == 0 {
                format!("no change: a total of {total} was {whose}")
            } else {
                format!("{moved}: a total of {total} was {whose}")
            }
        }
    };
    let expires = match posting.kind {
        Kind::Hold => true,
        Kind::Transfer | Kind::Confirm | Kind::Reverse | Kind::StatedUp => !gives,
        Kind::Release | Kind::Expire | Kind::LotExpiry | Kind::StatedDown => false,
    };
    if let (true, Some(until)) = (expires, posting.until) {
        text = format!("{text}, until {until}");
    }
    if posting.code > 0 {
        text = format!("{text} (code {})", posting.code);
    }
    text
}
