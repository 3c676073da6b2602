//! The rules: an instruction, the books and the time in; a row, the first result or a refusal out. The books are not
//! changed; a row is added to the caller's, where it will stay (a row is 160 bytes, moving it about costs).
//!
//! Order of judgement: the id (a repeated instruction gets its first result whatever holds now), the amount, the
//! accounts, the expiry, the limits of the giver, the limits of the receiver. Source: DESIGN.md, "The ledger".

use crate::account::{Account, Terms};
use crate::books::{Books, Guess, OpenHold};
use crate::digest;
use crate::instruction::{Confirm, Done, Hold, Open, Order, Release, Reverse, State, Transfer};
use crate::keys::{Fate, Found, KEPT_OF_CONTENT};
use crate::posting::{AccountId, Kind, Millis, Opening, Posting, PostingId, Row, Sequence};
use crate::refusal::Refusal;

/// What the rules make of one instruction.
pub(crate) enum Decided {
    /// It was done before, or the account is open already.
    Again(Done),
    /// The opening is the last row.
    Open,
    /// The posting is the last row; the places of its accounts.
    Post(u32, u32),
}

type Decision = Result<Decided, Refusal>;

#[inline]
pub(crate) fn decide<B: Books>(books: &B, at: Millis, order: &Order, guess: Guess, rows: &mut Vec<Row>) -> Decision {
    match order {
        Order::Transfer(order) => transfer(books, at, order, guess, rows),
        Order::Open(order) => open(books, at, order, rows),
        Order::Hold(order) => hold(books, at, order, rows),
        Order::Confirm(order) => confirm(books, at, order, rows),
        Order::Release(order) => release(books, at, order, rows),
        Order::Reverse(order) => reverse(books, at, order, rows),
        Order::State(order) => state(books, at, order, rows),
    }
}

fn open<B: Books>(books: &B, at: Millis, order: &Open, rows: &mut Vec<Row>) -> Decision {
    let Open { id, unit, floor, ceiling } = *order;
    if let Some(place) = books.find(id) {
        let terms = books.terms(books.account(place).terms);
        if terms == (Terms { unit, floor, ceiling }) {
            return Ok(Decided::Again(Done::Opened { first: false }));
        }
        let Terms { unit, floor, ceiling } = terms;
        return Err(Refusal::AccountExists { account: id, unit, floor, ceiling });
    }
    if floor > 0 || ceiling < 0 {
        return Err(Refusal::LimitsExcludeZero { floor, ceiling });
    }
    rows.push(Row::Opening(Opening { id, unit, floor, ceiling, at }));
    Ok(Decided::Open)
}

#[inline]
fn transfer<B: Books>(books: &B, at: Millis, order: &Transfer, guess: Guess, rows: &mut Vec<Row>) -> Decision {
    let Transfer { id, debit, credit, amount, code, until } = *order;
    if let Some(found) = key(books, id)? {
        let same = same_movement(books, &found, Kind::Transfer, debit, credit, amount) && found.content == content(code, None, None, until);
        return again(id, &found, same);
    }
    let (giver, taker) = movement(books, at, [debit, credit], guess, amount, until)?;
    let posting = Posting { id, kind: Kind::Transfer, debit, credit, amount, code, at, refers_to: None, stated: None, until };
    rows.push(Row::Posting(posting));
    Ok(Decided::Post(giver, taker))
}

fn hold<B: Books>(books: &B, at: Millis, order: &Hold, rows: &mut Vec<Row>) -> Decision {
    let Hold { id, debit, credit, amount, code, until } = *order;
    if let Some(found) = key(books, id)? {
        let same = same_movement(books, &found, Kind::Hold, debit, credit, amount) && found.content == content(code, None, None, until);
        return again(id, &found, same);
    }
    let (giver, taker) = movement(books, at, [debit, credit], Guess::default(), amount, until)?;
    // what is held or coming is summed in 64 bits too
    let (held, coming) = (books.purse(giver).map_or(0, |p| p.held), books.purse(taker).map_or(0, |p| p.coming));
    for (account, sum) in [(debit, held), (credit, coming)] {
        if sum.checked_add(amount).is_none() {
            return Err(Refusal::Overflow { account, balance: sum, amount });
        }
    }
    let posting = Posting { id, kind: Kind::Hold, debit, credit, amount, code, at, refers_to: None, stated: None, until };
    rows.push(Row::Posting(posting));
    Ok(Decided::Post(giver, taker))
}

fn confirm<B: Books>(books: &B, at: Millis, order: &Confirm, rows: &mut Vec<Row>) -> Decision {
    let Confirm { id, hold, amount, code, until } = *order;
    if let Some(found) = key(books, id)? {
        let mut same = found.kind == Kind::Confirm && found.content == content(code, Some(hold), None, until);
        if same {
            // asked without an amount, it was for all of the hold
            let whole = || Ok(key(books, hold)?.map(|hold| hold.amount));
            same = Some(found.amount) == amount.map_or_else(whole, |amount| Ok(Some(amount)))?;
        }
        return again(id, &found, same);
    }
    let open = open_hold(books, at, hold)?;
    let amount = amount.unwrap_or(open.amount);
    positive(amount)?;
    if amount > open.amount {
        return Err(Refusal::MoreThanHeld { hold, held: open.amount, asked: amount });
    }
    not_over(at, until)?;
    Ok(settle(books, at, open, Kind::Confirm, id, code, amount, until, rows))
}

fn release<B: Books>(books: &B, at: Millis, order: &Release, rows: &mut Vec<Row>) -> Decision {
    let Release { id, hold, code } = *order;
    if let Some(found) = key(books, id)? {
        let same = found.kind == Kind::Release && found.content == content(code, Some(hold), None, None);
        return again(id, &found, same);
    }
    let open = open_hold(books, at, hold)?;
    Ok(settle(books, at, open, Kind::Release, id, code, open.amount, None, rows))
}

#[expect(clippy::too_many_arguments, reason = "the fields of one row")]
fn settle<B: Books>(
    books: &B,
    at: Millis,
    open: &OpenHold,
    kind: Kind,
    id: PostingId,
    code: u16,
    amount: i64,
    until: Option<Millis>,
    rows: &mut Vec<Row>,
) -> Decided {
    let (debit, credit) = (books.id_of(open.debit), books.id_of(open.credit));
    let refers_to = Some(open.id);
    let posting = Posting { id, kind, debit, credit, amount, code, at, refers_to, stated: None, until };
    rows.push(Row::Posting(posting));
    Decided::Post(open.debit, open.credit)
}

fn reverse<B: Books>(books: &B, at: Millis, order: &Reverse, rows: &mut Vec<Row>) -> Decision {
    let Reverse { id, of, code, until } = *order;
    if let Some(found) = key(books, id)? {
        let same = found.kind == Kind::Reverse && found.content == content(code, Some(of), None, until);
        return again(id, &found, same);
    }
    let undone = key(books, of)?.ok_or(Refusal::UnknownPosting { posting: of })?;
    if !matches!(undone.kind, Kind::Transfer | Kind::Confirm) {
        return Err(Refusal::NotReversible { posting: of, kind: undone.kind });
    }
    if undone.fate == Fate::Reversed {
        return Err(Refusal::AlreadyReversed { posting: of });
    }
    not_over(at, until)?;
    let (giver, taker, amount) = (undone.credit, undone.debit, undone.amount);
    can_give(books, at, giver, &books.account(giver), amount)?;
    can_take(books, taker, &books.account(taker), amount)?;
    let posting = Posting {
        id,
        kind: Kind::Reverse,
        debit: books.id_of(giver),
        credit: books.id_of(taker),
        amount,
        code,
        at,
        refers_to: Some(of),
        stated: None,
        until,
    };
    rows.push(Row::Posting(posting));
    Ok(Decided::Post(giver, taker))
}

fn state<B: Books>(books: &B, at: Millis, order: &State, rows: &mut Vec<Row>) -> Decision {
    let State { id, account, contra, total, code, until } = *order;
    if let Some(found) = key(books, id)? {
        let pair = match found.kind {
            Kind::StatedUp => Some((found.credit, found.debit)),
            Kind::StatedDown => Some((found.debit, found.credit)),
            _ => None,
        };
        let same = pair.is_some_and(|pair| books.find(account) == Some(pair.0) && books.find(contra) == Some(pair.1))
            && found.content == content(code, None, Some(total), until);
        return again(id, &found, same);
    }
    let [(stated, stated_now), (other, other_now)] = pair(books, [account, contra], Guess::default())?;
    not_over(at, until)?;
    let balance = stated_now.balance;
    let too_far = Refusal::Overflow { account, balance, amount: total };
    let difference = total.checked_sub(balance).ok_or(too_far)?;
    let amount = difference.checked_abs().ok_or(too_far)?;
    let up = difference >= 0;
    let (giver, taker) = if up { (other, stated) } else { (stated, other) };
    if amount > 0 {
        let (giver_now, taker_now) = if up { (&other_now, &stated_now) } else { (&stated_now, &other_now) };
        can_give(books, at, giver, giver_now, amount)?;
        can_take(books, taker, taker_now, amount)?;
    }
    let posting = Posting {
        id,
        kind: if up { Kind::StatedUp } else { Kind::StatedDown },
        debit: if up { contra } else { account },
        credit: if up { account } else { contra },
        amount,
        code,
        at,
        refers_to: None,
        stated: Some(total),
        until,
    };
    rows.push(Row::Posting(posting));
    Ok(Decided::Post(giver, taker))
}

/// The end of a lot as a row; nothing when none of it remains or the issuer's ceiling leaves no room now.
pub(crate) fn lot_expiry<B: Books>(books: &B, at: Millis, owner: u32, sequence: u64) -> Option<(Posting, u32, u32)> {
    let lot = books.purse(owner)?.lots.iter().find(|lot| lot.sequence == sequence)?;
    if lot.remaining == 0 || lot.until > at || !has_room(books, lot.issuer, lot.remaining) {
        return None;
    }
    let posting = Posting {
        id: own_id(books, lot.made_by),
        kind: Kind::LotExpiry,
        debit: books.id_of(owner),
        credit: books.id_of(lot.issuer),
        amount: lot.remaining,
        code: 0,
        at,
        refers_to: Some(lot.made_by),
        stated: None,
        until: Some(lot.until),
    };
    Some((posting, owner, lot.issuer))
}

/// The end of a hold that nobody settled, as a row.
pub(crate) fn hold_expiry<B: Books>(books: &B, at: Millis, hold: &OpenHold) -> (Posting, u32, u32) {
    let posting = Posting {
        id: own_id(books, hold.id),
        kind: Kind::Expire,
        debit: books.id_of(hold.debit),
        credit: books.id_of(hold.credit),
        amount: hold.amount,
        code: hold.code,
        at,
        refers_to: Some(hold.id),
        stated: None,
        until: None,
    };
    (posting, hold.debit, hold.credit)
}

fn has_room<B: Books>(books: &B, place: u32, amount: i64) -> bool {
    can_take(books, place, &books.account(place), amount).is_ok()
}

fn own_id<B: Books>(books: &B, of: PostingId) -> PostingId {
    let ids = (0..).map(|again| digest::derived_id(of, books.sequence() + 1, again));
    ids.into_iter().find(|&id| !books.is_taken(id)).expect("not every id is taken")
}

#[inline]
fn key<B: Books>(books: &B, id: PostingId) -> Result<Option<Found>, Refusal> {
    books.key(id).map_err(|_| Refusal::KeysUnreadable)
}

fn again(id: PostingId, found: &Found, same: bool) -> Decision {
    let sequence = Sequence(found.sequence);
    if same { Ok(Decided::Again(Done::Posted { first: false, sequence })) } else { Err(Refusal::IdReused { id, first: sequence }) }
}

fn content(code: u16, refers_to: Option<PostingId>, stated: Option<i64>, until: Option<Millis>) -> u64 {
    digest::of_content(code, refers_to, stated, until) & KEPT_OF_CONTENT
}

fn same_movement<B: Books>(books: &B, found: &Found, kind: Kind, debit: AccountId, credit: AccountId, amount: i64) -> bool {
    found.kind == kind && found.amount == amount && books.find(debit) == Some(found.debit) && books.find(credit) == Some(found.credit)
}

/// All that a transfer and a hold must satisfy alike.
#[inline]
fn movement<B: Books>(
    books: &B,
    at: Millis,
    ids: [AccountId; 2],
    guess: Guess,
    amount: i64,
    until: Option<Millis>,
) -> Result<(u32, u32), Refusal> {
    positive(amount)?;
    let [(giver, giver_now), (taker, taker_now)] = pair(books, ids, guess)?;
    not_over(at, until)?;
    can_give(books, at, giver, &giver_now, amount)?;
    can_take(books, taker, &taker_now, amount)?;
    Ok((giver, taker))
}

#[inline]
fn positive(amount: i64) -> Result<(), Refusal> {
    if amount > 0 { Ok(()) } else { Err(Refusal::AmountNotPositive { amount }) }
}

#[inline]
fn not_over(at: Millis, until: Option<Millis>) -> Result<(), Refusal> {
    match until {
        Some(until) if until <= at => Err(Refusal::AlreadyOver { until, at }),
        _ => Ok(()),
    }
}

/// Two different known accounts of one unit, as they stand.
#[inline]
fn pair<B: Books>(books: &B, ids: [AccountId; 2], guess: Guess) -> Result<[(u32, Account); 2], Refusal> {
    let [debit, credit] = ids;
    let giver = books.find_near(debit, guess[0]).ok_or(Refusal::UnknownAccount { account: debit })?;
    let taker = books.find_near(credit, guess[1]).ok_or(Refusal::UnknownAccount { account: credit })?;
    if giver == taker {
        return Err(Refusal::SameAccount { account: debit });
    }
    let (giver_now, taker_now) = (books.account(giver), books.account(taker));
    if giver_now.terms != taker_now.terms {
        let (debit, credit) = (books.terms(giver_now.terms).unit, books.terms(taker_now.terms).unit);
        if debit != credit {
            return Err(Refusal::UnitMismatch { debit, credit });
        }
    }
    Ok([(giver, giver_now), (taker, taker_now)])
}

/// The floor: what is frozen, and what is past its expiry though not yet posted back, is not there to be given.
#[inline]
fn can_give<B: Books>(books: &B, at: Millis, place: u32, now: &Account, amount: i64) -> Result<(), Refusal> {
    let terms = books.terms(now.terms);
    if now.purse == 0 && now.balance.checked_sub(amount).is_some_and(|after| after >= terms.floor) {
        return Ok(());
    }
    can_give_beside_a_purse(books, at, place, now, terms, amount)
}

#[inline(never)]
fn can_give_beside_a_purse<B: Books>(
    books: &B,
    at: Millis,
    place: u32,
    &Account { id: account, balance, .. }: &Account,
    Terms { unit, floor, .. }: Terms,
    amount: i64,
) -> Result<(), Refusal> {
    let frozen = books.purse(place).map_or(0, |purse| i128::from(purse.held) + purse.expired(at));
    if i128::from(balance) - frozen - i128::from(amount) >= i128::from(floor) {
        return Ok(());
    }
    if floor == i64::MIN {
        return Err(Refusal::Overflow { account, balance, amount });
    }
    let frozen = i64::try_from(frozen).unwrap_or(i64::MAX);
    Err(Refusal::BelowFloor { account, unit, balance, frozen, floor, amount })
}

/// The ceiling: what is on hold for the account has its room already.
#[inline]
fn can_take<B: Books>(books: &B, place: u32, now: &Account, amount: i64) -> Result<(), Refusal> {
    let terms = books.terms(now.terms);
    if now.purse == 0 && now.balance.checked_add(amount).is_some_and(|after| after <= terms.ceiling) {
        return Ok(());
    }
    can_take_beside_a_purse(books, place, now, terms, amount)
}

#[inline(never)]
fn can_take_beside_a_purse<B: Books>(
    books: &B,
    place: u32,
    &Account { id: account, balance, .. }: &Account,
    Terms { unit, ceiling, .. }: Terms,
    amount: i64,
) -> Result<(), Refusal> {
    let coming = books.purse(place).map_or(0, |purse| purse.coming);
    if i128::from(balance) + i128::from(coming) + i128::from(amount) <= i128::from(ceiling) {
        return Ok(());
    }
    if ceiling == i64::MAX {
        return Err(Refusal::Overflow { account, balance, amount });
    }
    Err(Refusal::AboveCeiling { account, unit, balance, coming, ceiling, amount })
}

/// The hold, if it can still be settled.
fn open_hold<B: Books>(books: &B, at: Millis, hold: PostingId) -> Result<&OpenHold, Refusal> {
    if let Some(open) = books.hold(hold) {
        return if open.is_over(at) { Err(Refusal::HoldExpired { hold, at }) } else { Ok(open) };
    }
    match key(books, hold)? {
        Some(Found { kind: Kind::Hold, fate, .. }) => Err(match fate {
            Fate::Confirmed => Refusal::HoldSettled { hold, by: Kind::Confirm },
            Fate::Released => Refusal::HoldSettled { hold, by: Kind::Release },
            Fate::Expired | Fate::Standing | Fate::Reversed => Refusal::HoldExpired { hold, at },
        }),
        _ => Err(Refusal::UnknownHold { hold }),
    }
}
