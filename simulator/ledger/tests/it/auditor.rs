//! An independent, naive auditor: it knows the rules, not the ledger's code, keeps everything in plain maps, and says
//! for every instruction what the answer and the row must be. Of the crate it uses the row and instruction types alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use ledger::{
    AccountId, Answer, Confirm, Done, Hold, Instruction, Kind, Ledger, Millis, Open, Opening, Order, Posting, PostingId, Refusal, Release,
    Reverse, Row, Sequence, State, Transfer, Unit,
};

#[derive(Clone, Debug)]
struct Account {
    unit: Unit,
    floor: i128,
    ceiling: i128,
    balance: i128,
    lots: Vec<Lot>,
}

#[derive(Clone, Debug)]
struct Lot {
    made_by: PostingId,
    sequence: u64,
    issuer: AccountId,
    until: Millis,
    left: i128,
    frozen: i128,
    takers: BTreeMap<PostingId, i128>,
}

#[derive(Clone, Debug)]
struct OpenHold {
    posting: Posting,
    sequence: u64,
    from_lots: Vec<(PostingId, i128)>,
}

/// All that a refused linked run must leave as it was.
#[derive(Clone, Debug, Default)]
struct Books {
    accounts: BTreeMap<AccountId, Account>,
    holds: BTreeMap<PostingId, OpenHold>,
}

#[derive(Clone, Debug)]
struct Past {
    posting: Posting,
    sequence: u64,
    /// What a later posting did to it.
    fate: Option<Kind>,
}

#[derive(Debug, Default)]
pub(crate) struct Auditor {
    books: Books,
    past: BTreeMap<PostingId, Past>,
    sequence: u64,
}

/// What an instruction must lead to.
enum Expected {
    Known(Done),
    Row(Row),
}

#[expect(clippy::needless_pass_by_value, reason = "it reads as a sentence")]
fn must<T: PartialEq + Debug>(what: &str, is: T, must_be: T) -> Result<(), String> {
    if is == must_be { Ok(()) } else { Err(format!("{what}: is {is:?}, must be {must_be:?}")) }
}

impl Auditor {
    /// Judges a batch by its answers and rows.
    pub(crate) fn batch(&mut self, at: Millis, batch: &[Instruction], answers: &[Answer], rows: &[Row]) -> Result<(), String> {
        must("number of answers", answers.len(), batch.len())?;
        let mut rows = rows.iter();
        let mut place = 0;
        while place < batch.len() {
            let end = (place..batch.len()).find(|&member| !batch[member].linked);
            let Some(end) = end else {
                let last = batch.len() - 1;
                for (member, answer) in answers.iter().enumerate().skip(place) {
                    let refusal = if member == last { Refusal::LinkedToNothing } else { Refusal::LinkedFailed { culprit: last } };
                    must("answer of an open run", *answer, Err(refusal))?;
                }
                break;
            };
            self.run(at, batch, place..end + 1, answers, &mut rows)?;
            place = end + 1;
        }
        must("rows left over", rows.next(), None)
    }

    /// Judges instructions that stand or fall together.
    fn run<'a>(
        &mut self,
        at: Millis,
        batch: &[Instruction],
        members: std::ops::Range<usize>,
        answers: &[Answer],
        rows: &mut impl Iterator<Item = &'a Row>,
    ) -> Result<(), String> {
        let kept = if members.len() > 1 { Some((self.books.clone(), self.sequence)) } else { None };
        let mut made: Vec<(Row, usize)> = Vec::new();
        let mut expected: Vec<Answer> = Vec::new();
        let mut fates: Vec<(PostingId, Option<Kind>)> = Vec::new();
        for member in members.clone() {
            match self.expect(at, &batch[member].order) {
                Ok(Expected::Known(done)) => expected.push(Ok(done)),
                Ok(Expected::Row(row)) => {
                    if let Row::Posting(posting) = row {
                        fates.extend(posting.refers_to.and_then(|of| Some((of, self.past.get(&of)?.fate))));
                    }
                    expected.push(Ok(self.write(&row)));
                    made.push((row, member));
                }
                Err(refusal) => {
                    if let Some((books, sequence)) = kept {
                        (self.books, self.sequence) = (books, sequence);
                        for (id, fate) in fates.into_iter().rev() {
                            self.past.get_mut(&id).expect("it was there").fate = fate;
                        }
                        for (row, _) in &made {
                            if let Row::Posting(posting) = row {
                                self.past.remove(&posting.id);
                            }
                        }
                    }
                    for other in members.clone() {
                        let expected = if other == member { refusal } else { Refusal::LinkedFailed { culprit: member } };
                        must(&format!("answer to {:?}", batch[other]), answers[other], Err(expected))?;
                    }
                    return Ok(());
                }
            }
        }
        for (member, expected) in members.zip(expected) {
            must(&format!("answer to {:?}", batch[member]), answers[member], expected)?;
        }
        for (row, member) in made {
            must(&format!("row of {:?}", batch[member]), rows.next(), Some(&row))?;
        }
        Ok(())
    }

    /// Judges rows made by time passing; nothing that is over may be left but lots their issuer has no room for.
    pub(crate) fn due(&mut self, at: Millis, rows: &[Row]) -> Result<(), String> {
        let mut before = Millis(i64::MIN);
        // what comes late may be older: a lot freed by its hold's expiry, or one whose issuer has room only now
        let mut freed = false;
        let mut has_room_now: BTreeSet<AccountId> = BTreeSet::new();
        for row in rows {
            let Row::Posting(posting) = row else { return Err(format!("{row:?} by itself")) };
            must("time of an expiry", posting.at, at)?;
            must("a new id", self.past.contains_key(&posting.id), false)?;
            let of = posting.refers_to.ok_or("an expiry of nothing")?;
            let (must_be, until) = match posting.kind {
                Kind::Expire => {
                    let hold = self.books.holds.get(&of).ok_or("an expiry of no open hold")?.posting;
                    let until = hold.until.ok_or("an expiry of a hold without end")?;
                    (Posting { id: posting.id, kind: Kind::Expire, at, refers_to: Some(of), until: None, ..hold }, until)
                }
                Kind::LotExpiry => {
                    let owner = self.books.accounts.get(&posting.debit).ok_or("unknown owner")?;
                    let lot = owner.lots.iter().find(|lot| lot.made_by == of).ok_or("an expiry of no lot")?;
                    let amount = small(lot.left);
                    let issuer = lot.issuer;
                    let made = Posting {
                        kind: Kind::LotExpiry,
                        credit: issuer,
                        amount,
                        code: 0,
                        stated: None,
                        until: Some(lot.until),
                        ..*posting
                    };
                    must("room at the issuer", self.room(issuer) >= lot.left, true)?;
                    (made, lot.until)
                }
                other => return Err(format!("{other:?} by itself")),
            };
            must("expiry", *posting, must_be)?;
            must("its time is over", until <= at && posting.amount > 0, true)?;
            let late = freed || has_room_now.contains(&posting.credit);
            must("oldest first", before <= until || late, true)?;
            has_room_now.insert(if posting.kind == Kind::Expire { posting.credit } else { posting.debit });
            before = until;
            freed |= posting.kind == Kind::Expire;
            self.write(row);
        }
        for hold in self.books.holds.values() {
            must("a hold left over", hold.posting.until.is_some_and(|until| until <= at), false)?;
        }
        for (id, account) in &self.books.accounts {
            for lot in account.lots.iter().filter(|lot| lot.until <= at && lot.left > 0) {
                must(&format!("a lot of {id} left over"), self.room(lot.issuer) >= lot.left, false)?;
            }
        }
        Ok(())
    }

    /// Compares all accounts, lots and holds with the ledger's.
    pub(crate) fn compare(&self, ledger: &Ledger) -> Result<(), String> {
        must("sequence", ledger.sequence().0, self.sequence)?;
        must("number of accounts", ledger.accounts().count(), self.books.accounts.len())?;
        for (&id, account) in &self.books.accounts {
            let view = ledger.view(id).ok_or(format!("{id} is missing"))?;
            must(&format!("balance of {id}"), i128::from(view.balance), account.balance)?;
            must(&format!("held of {id}"), i128::from(view.held), self.held(id))?;
            must(&format!("coming of {id}"), i128::from(view.coming), self.coming(id))?;
            must(&format!("floor of {id}"), account.balance - self.held(id) >= account.floor, true)?;
            must(&format!("ceiling of {id}"), account.balance + self.coming(id) <= account.ceiling, true)?;
            let lots = ledger.lots(id).into_iter();
            let lots: Vec<_> = lots.map(|lot| (lot.made_by, lot.until, i128::from(lot.remaining), i128::from(lot.frozen))).collect();
            let own = account.lots.iter().filter(|lot| lot.left > 0 || lot.frozen > 0);
            let own: Vec<_> = own.map(|lot| (lot.made_by, lot.until, lot.left, lot.frozen)).collect();
            must(&format!("lots of {id}"), lots, own)?;
        }
        for (unit, total) in ledger.totals() {
            must(&format!("sum of all {unit:?}"), total, 0)?;
        }
        let holds: Vec<_> = ledger.open_holds().iter().map(|hold| (hold.id, hold.amount, hold.until)).collect();
        let mut own: Vec<_> = self.books.holds.values().collect();
        own.sort_by_key(|hold| hold.sequence);
        let own: Vec<_> = own.iter().map(|hold| (hold.posting.id, hold.posting.amount, hold.posting.until)).collect();
        must("open holds", holds, own)
    }

    fn held(&self, id: AccountId) -> i128 {
        self.books.holds.values().filter(|hold| hold.posting.debit == id).map(|hold| i128::from(hold.posting.amount)).sum()
    }

    fn coming(&self, id: AccountId) -> i128 {
        self.books.holds.values().filter(|hold| hold.posting.credit == id).map(|hold| i128::from(hold.posting.amount)).sum()
    }

    fn room(&self, id: AccountId) -> i128 {
        let account = &self.books.accounts[&id];
        account.ceiling - account.balance - self.coming(id)
    }

    fn expect(&self, at: Millis, order: &Order) -> Result<Expected, Refusal> {
        match *order {
            Order::Open(Open { id, unit, floor, ceiling }) => {
                if let Some(account) = self.books.accounts.get(&id) {
                    let same = (account.unit, account.floor, account.ceiling) == (unit, floor.into(), ceiling.into());
                    let (floor, ceiling) = (small(account.floor), small(account.ceiling));
                    return if same {
                        Ok(Expected::Known(Done::Opened { first: false }))
                    } else {
                        Err(Refusal::AccountExists { account: id, unit: account.unit, floor, ceiling })
                    };
                }
                if floor > 0 || ceiling < 0 {
                    return Err(Refusal::LimitsExcludeZero { floor, ceiling });
                }
                Ok(Expected::Row(Row::Opening(Opening { id, unit, floor, ceiling, at })))
            }
            Order::Transfer(Transfer { id, debit, credit, amount, code, until }) => {
                let posting = plain(id, Kind::Transfer, debit, credit, amount, code, at, until);
                self.known(posting, |old| old == posting)?.map_or_else(|| self.movement(at, posting), |done| Ok(Expected::Known(done)))
            }
            Order::Hold(Hold { id, debit, credit, amount, code, until }) => {
                let posting = plain(id, Kind::Hold, debit, credit, amount, code, at, until);
                self.known(posting, |old| old == posting)?.map_or_else(|| self.movement(at, posting), |done| Ok(Expected::Known(done)))
            }
            Order::Confirm(Confirm { id, hold, amount, code, until }) => {
                let mut posting = plain(id, Kind::Confirm, AccountId(0), AccountId(0), 0, code, at, until);
                posting.refers_to = Some(hold);
                let whole = self.past.get(&hold).map_or(0, |past| past.posting.amount);
                posting.amount = amount.unwrap_or(whole);
                if let Some(done) = self.known(posting, |old| old == Posting { debit: old.debit, credit: old.credit, ..posting })? {
                    return Ok(Expected::Known(done));
                }
                let open = self.open_hold(at, hold)?;
                if posting.amount <= 0 {
                    return Err(Refusal::AmountNotPositive { amount: posting.amount });
                }
                if posting.amount > open.amount {
                    return Err(Refusal::MoreThanHeld { hold, held: open.amount, asked: posting.amount });
                }
                in_future(at, until)?;
                Ok(Expected::Row(Row::Posting(Posting { debit: open.debit, credit: open.credit, ..posting })))
            }
            Order::Release(Release { id, hold, code }) => {
                let mut posting = plain(id, Kind::Release, AccountId(0), AccountId(0), 0, code, at, None);
                posting.refers_to = Some(hold);
                let same = |old: Posting| old == Posting { debit: old.debit, credit: old.credit, amount: old.amount, ..posting };
                if let Some(done) = self.known(posting, same)? {
                    return Ok(Expected::Known(done));
                }
                let open = self.open_hold(at, hold)?;
                let (debit, credit, amount) = (open.debit, open.credit, open.amount);
                Ok(Expected::Row(Row::Posting(Posting { debit, credit, amount, ..posting })))
            }
            Order::Reverse(Reverse { id, of, code, until }) => {
                let mut posting = plain(id, Kind::Reverse, AccountId(0), AccountId(0), 0, code, at, until);
                posting.refers_to = Some(of);
                let same = |old: Posting| old == Posting { debit: old.debit, credit: old.credit, amount: old.amount, ..posting };
                if let Some(done) = self.known(posting, same)? {
                    return Ok(Expected::Known(done));
                }
                let Some(past) = self.past.get(&of) else { return Err(Refusal::UnknownPosting { posting: of }) };
                if ![Kind::Transfer, Kind::Confirm].contains(&past.posting.kind) {
                    return Err(Refusal::NotReversible { posting: of, kind: past.posting.kind });
                }
                if past.fate.is_some() {
                    return Err(Refusal::AlreadyReversed { posting: of });
                }
                in_future(at, until)?;
                let Posting { debit, credit, amount, .. } = past.posting;
                self.limits(at, credit, debit, amount)?;
                Ok(Expected::Row(Row::Posting(Posting { debit: credit, credit: debit, amount, ..posting })))
            }
            Order::State(State { id, account, contra, total, code, until }) => {
                let mut posting = plain(id, Kind::StatedUp, contra, account, 0, code, at, until);
                posting.stated = Some(total);
                let same = |old: Posting| {
                    let up = Posting { amount: old.amount, ..posting };
                    old == up || old == Posting { kind: Kind::StatedDown, debit: account, credit: contra, ..up }
                };
                if let Some(done) = self.known(posting, same)? {
                    return Ok(Expected::Known(done));
                }
                self.two_accounts(account, contra)?;
                in_future(at, until)?;
                let balance = self.books.accounts[&account].balance;
                let difference = i128::from(total) - balance;
                if i64::try_from(difference).is_err() || i64::try_from(difference.abs()).is_err() {
                    return Err(Refusal::Overflow { account, balance: small(balance), amount: total });
                }
                if difference < 0 {
                    (posting.kind, posting.debit, posting.credit) = (Kind::StatedDown, account, contra);
                }
                posting.amount = small(difference.abs());
                if posting.amount > 0 {
                    self.limits(at, posting.debit, posting.credit, posting.amount)?;
                }
                Ok(Expected::Row(Row::Posting(posting)))
            }
        }
    }

    /// The first result if the id is there with the same content, whenever that was.
    fn known(&self, posting: Posting, same: impl Fn(Posting) -> bool) -> Result<Option<Done>, Refusal> {
        let Some(past) = self.past.get(&posting.id) else { return Ok(None) };
        let sequence = Sequence(past.sequence);
        if same(Posting { at: posting.at, ..past.posting }) {
            Ok(Some(Done::Posted { first: false, sequence }))
        } else {
            Err(Refusal::IdReused { id: posting.id, first: sequence })
        }
    }

    fn movement(&self, at: Millis, posting: Posting) -> Result<Expected, Refusal> {
        let Posting { debit, credit, amount, .. } = posting;
        if amount <= 0 {
            return Err(Refusal::AmountNotPositive { amount });
        }
        self.two_accounts(debit, credit)?;
        in_future(at, posting.until)?;
        self.limits(at, debit, credit, amount)?;
        if posting.kind == Kind::Hold {
            for (account, sum) in [(debit, self.held(debit)), (credit, self.coming(credit))] {
                if sum + i128::from(amount) > i128::from(i64::MAX) {
                    return Err(Refusal::Overflow { account, balance: small(sum), amount });
                }
            }
        }
        Ok(Expected::Row(Row::Posting(posting)))
    }

    fn two_accounts(&self, debit: AccountId, credit: AccountId) -> Result<(), Refusal> {
        let unit = |id| self.books.accounts.get(&id).map(|account| account.unit).ok_or(Refusal::UnknownAccount { account: id });
        let (debit_unit, credit_unit) = (unit(debit)?, unit(credit)?);
        if debit == credit {
            return Err(Refusal::SameAccount { account: debit });
        }
        if debit_unit != credit_unit {
            return Err(Refusal::UnitMismatch { debit: debit_unit, credit: credit_unit });
        }
        Ok(())
    }

    fn limits(&self, at: Millis, debit: AccountId, credit: AccountId, amount: i64) -> Result<(), Refusal> {
        let account = &self.books.accounts[&debit];
        let (unit, balance) = (account.unit, small(account.balance));
        let over: i128 = account.lots.iter().filter(|lot| lot.until <= at).map(|lot| lot.left).sum();
        let frozen = self.held(debit) + over;
        if account.balance - frozen - i128::from(amount) < account.floor {
            return Err(if account.floor == i128::from(i64::MIN) {
                Refusal::Overflow { account: debit, balance, amount }
            } else {
                let (frozen, floor) = (small(frozen.min(i64::MAX.into())), small(account.floor));
                Refusal::BelowFloor { account: debit, unit, balance, frozen, floor, amount }
            });
        }
        let account = &self.books.accounts[&credit];
        let (unit, balance) = (account.unit, small(account.balance));
        let coming = self.coming(credit);
        if account.balance + coming + i128::from(amount) > account.ceiling {
            return Err(if account.ceiling == i128::from(i64::MAX) {
                Refusal::Overflow { account: credit, balance, amount }
            } else {
                let (coming, ceiling) = (small(coming), small(account.ceiling));
                Refusal::AboveCeiling { account: credit, unit, balance, coming, ceiling, amount }
            });
        }
        Ok(())
    }

    fn open_hold(&self, at: Millis, hold: PostingId) -> Result<Posting, Refusal> {
        match (self.books.holds.get(&hold), self.past.get(&hold)) {
            (Some(open), _) if open.posting.until.is_some_and(|until| until <= at) => Err(Refusal::HoldExpired { hold, at }),
            (Some(open), _) => Ok(open.posting),
            (None, Some(Past { posting: Posting { kind: Kind::Hold, .. }, fate: Some(by), .. })) => Err(match by {
                Kind::Expire => Refusal::HoldExpired { hold, at },
                by => Refusal::HoldSettled { hold, by: *by },
            }),
            _ => Err(Refusal::UnknownHold { hold }),
        }
    }

    /// Does what a row says.
    fn write(&mut self, row: &Row) -> Done {
        let posting = match *row {
            Row::Opening(Opening { id, unit, floor, ceiling, .. }) => {
                let (floor, ceiling) = (floor.into(), ceiling.into());
                self.books.accounts.insert(id, Account { unit, floor, ceiling, balance: 0, lots: Vec::new() });
                return Done::Opened { first: true };
            }
            Row::Posting(posting) => posting,
        };
        self.sequence += 1;
        let Posting { id, debit, credit, at, .. } = posting;
        let amount = i128::from(posting.amount);
        if !matches!(posting.kind, Kind::Hold | Kind::Release | Kind::Expire) {
            self.account(debit).balance -= amount;
            self.account(credit).balance += amount;
        }
        let of = posting.refers_to;
        let mut becomes_lot = if posting.kind == Kind::StatedDown || posting.kind == Kind::LotExpiry { 0 } else { amount };
        match posting.kind {
            Kind::Transfer => {
                take(self.account(debit), at, amount, |lot, part| *lot.takers.entry(id).or_default() += part);
            }
            Kind::StatedUp | Kind::StatedDown => take(self.account(debit), at, amount, |_, _| ()),
            Kind::Hold => {
                let mut from_lots = Vec::new();
                take(self.account(debit), at, amount, |lot, part| {
                    lot.frozen += part;
                    from_lots.push((lot.made_by, part));
                });
                self.books.holds.insert(id, OpenHold { posting, sequence: self.sequence, from_lots });
                becomes_lot = 0;
            }
            Kind::Confirm | Kind::Release | Kind::Expire => {
                let hold = self.books.holds.remove(&of.expect("it settles a hold")).expect("it is open");
                let mut used = if posting.kind == Kind::Confirm { amount } else { 0 };
                for (made_by, part) in hold.from_lots {
                    let lot = self.account(debit).lots.iter_mut().find(|lot| lot.made_by == made_by).expect("a frozen lot stays");
                    let spent = part.min(used);
                    used -= spent;
                    lot.frozen -= part;
                    lot.left += part - spent;
                    if spent > 0 {
                        lot.takers.insert(id, spent);
                    }
                }
                if posting.kind != Kind::Confirm {
                    becomes_lot = 0;
                }
            }
            Kind::Reverse => {
                let of = of.expect("it reverses something");
                let giver = self.account(debit);
                let mut left = amount;
                for lot in giver.lots.iter_mut().filter(|lot| lot.made_by == of && lot.until > at) {
                    let part = lot.left.min(left);
                    lot.left -= part;
                    left -= part;
                }
                take(giver, at, left, |_, _| ());
                for lot in self.account(credit).lots.iter_mut().filter(|lot| lot.until > at) {
                    let back = lot.takers.remove(&of).unwrap_or(0);
                    lot.left += back;
                    becomes_lot -= back;
                }
            }
            Kind::LotExpiry => {
                let lots = &mut self.account(debit).lots;
                lots.iter_mut().find(|lot| Some(lot.made_by) == of).expect("the lot is there").left = 0;
            }
        }
        if let (Some(until), true) = (posting.until, becomes_lot > 0) {
            let lot =
                Lot { made_by: id, sequence: self.sequence, issuer: debit, until, left: becomes_lot, frozen: 0, takers: BTreeMap::new() };
            let lots = &mut self.account(credit).lots;
            lots.push(lot);
            lots.sort_by_key(|lot| (lot.until, lot.sequence));
        }
        // a posting forgets the lots of its accounts that are empty and past their day: nothing comes back to them,
        // even if the clock is set back
        let touched = if posting.kind == Kind::LotExpiry { vec![debit] } else { vec![debit, credit] };
        for account in touched {
            self.account(account).lots.retain(|lot| lot.left > 0 || lot.frozen > 0 || lot.until > at);
        }
        if let Some(past) = of.filter(|_| posting.kind != Kind::LotExpiry).and_then(|of| self.past.get_mut(&of)) {
            past.fate = Some(posting.kind);
        }
        self.past.insert(id, Past { posting, sequence: self.sequence, fate: None });
        Done::Posted { first: true, sequence: Sequence(self.sequence) }
    }

    fn account(&mut self, id: AccountId) -> &mut Account {
        self.books.accounts.get_mut(&id).expect("it was looked up before")
    }
}

/// Takes from the lots that live, the one that expires first before the others, as far as they go.
fn take(account: &mut Account, at: Millis, mut amount: i128, mut note: impl FnMut(&mut Lot, i128)) {
    for lot in account.lots.iter_mut().filter(|lot| lot.until > at) {
        let part = lot.left.min(amount);
        if part > 0 {
            amount -= part;
            lot.left -= part;
            note(lot, part);
        }
    }
}

fn in_future(at: Millis, until: Option<Millis>) -> Result<(), Refusal> {
    match until {
        Some(until) if until <= at => Err(Refusal::AlreadyOver { until, at }),
        _ => Ok(()),
    }
}

fn small(amount: i128) -> i64 {
    i64::try_from(amount).expect("it was in 64 bits before")
}

#[expect(clippy::too_many_arguments, reason = "the fields of a row")]
fn plain(
    id: PostingId,
    kind: Kind,
    debit: AccountId,
    credit: AccountId,
    amount: i64,
    code: u16,
    at: Millis,
    until: Option<Millis>,
) -> Posting {
    Posting { id, kind, debit, credit, amount, code, at, refers_to: None, stated: None, until }
}
