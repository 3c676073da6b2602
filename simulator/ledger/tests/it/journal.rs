//! A ledger with every row it made kept, as a log would, and short ways to ask it for things.

use ledger::{
    AccountId, Answer, Confirm, Done, Hold, Instruction, Ledger, Millis, Open, PostingId, Refusal, Release, Reverse, Row, Sequence, State,
    Transfer, Unit,
};

pub(crate) const ISSUER: AccountId = AccountId(1);
pub(crate) const LI: AccountId = AccountId(2);
pub(crate) const WANG: AccountId = AccountId(3);
pub(crate) const NO_FLOOR: i64 = i64::MIN;
pub(crate) const NO_CEILING: i64 = i64::MAX;

#[derive(Default, Debug)]
pub(crate) struct Journal {
    pub(crate) ledger: Ledger,
    pub(crate) rows: Vec<Row>,
    pub(crate) at: Millis,
}

impl Journal {
    /// An issuer without floor, and two members who cannot owe points.
    pub(crate) fn with_members() -> Self {
        let mut journal = Self { at: Millis(1000), ..Self::default() };
        journal.open(ISSUER, NO_FLOOR, NO_CEILING).unwrap();
        journal.open(LI, 0, NO_CEILING).unwrap();
        journal.open(WANG, 0, NO_CEILING).unwrap();
        journal
    }

    pub(crate) fn batch(&mut self, batch: &[Instruction]) -> Vec<Answer> {
        let decision = self.ledger.decide(self.at, batch);
        let before: Vec<_> = self.ledger.snapshot().chunks().collect();
        let mut rows = Vec::new();
        let answers = self.ledger.execute(self.at, batch, &mut rows);
        assert_eq!(decision.answers, answers, "deciding and executing must agree");
        assert_eq!(decision.rows, rows, "deciding and executing must agree");
        if rows.is_empty() {
            let after: Vec<_> = self.ledger.snapshot().chunks().collect();
            assert!(before == after, "without a row nothing may change");
        }
        self.rows.extend(rows);
        answers
    }

    pub(crate) fn one(&mut self, instruction: impl Into<Instruction>) -> Answer {
        self.batch(&[instruction.into()])[0]
    }

    pub(crate) fn open(&mut self, id: AccountId, floor: i64, ceiling: i64) -> Answer {
        self.one(Open { id, unit: Unit::Point, floor, ceiling })
    }

    pub(crate) fn transfer(&mut self, id: u128, debit: AccountId, credit: AccountId, amount: i64) -> Answer {
        self.one(transfer(id, debit, credit, amount))
    }

    pub(crate) fn lot(&mut self, id: u128, debit: AccountId, credit: AccountId, amount: i64, until: i64) -> Answer {
        self.one(Transfer { until: Some(Millis(until)), ..transfer(id, debit, credit, amount) })
    }

    pub(crate) fn hold(&mut self, id: u128, debit: AccountId, credit: AccountId, amount: i64, until: Option<i64>) -> Answer {
        self.one(hold(id, debit, credit, amount, until))
    }

    pub(crate) fn confirm(&mut self, id: u128, hold: u128, amount: Option<i64>) -> Answer {
        self.one(confirm(id, hold, amount))
    }

    pub(crate) fn release(&mut self, id: u128, hold: u128) -> Answer {
        self.one(Release { id: PostingId(id), hold: PostingId(hold), code: 4 })
    }

    pub(crate) fn reverse(&mut self, id: u128, of: u128) -> Answer {
        self.one(reverse(id, of))
    }

    pub(crate) fn state(&mut self, id: u128, account: AccountId, contra: AccountId, total: i64) -> Answer {
        self.one(state(id, account, contra, total))
    }

    /// Posts all that is due at a time, and says how many rows it was.
    pub(crate) fn drain(&mut self, at: i64) -> usize {
        self.at = Millis(at);
        let mut count = 0;
        loop {
            let rows = self.ledger.due(self.at, 100);
            if rows.is_empty() {
                return count;
            }
            count += rows.len();
            for row in &rows {
                self.ledger.apply(row);
            }
            self.rows.extend(rows);
        }
    }

    pub(crate) fn balance(&self, account: AccountId) -> i64 {
        self.ledger.balance(account).unwrap()
    }

    pub(crate) fn available(&self, account: AccountId) -> i64 {
        self.ledger.available(account, self.at).unwrap()
    }

    /// The account's lots as `(until, remaining, frozen)`.
    pub(crate) fn lots(&self, account: AccountId) -> Vec<(i64, i64, i64)> {
        self.ledger.lots(account).iter().map(|lot| (lot.until.0, lot.remaining, lot.frozen)).collect()
    }

    /// Rows with the sequences a log would know them by.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (Sequence, &Row)> {
        self.rows.iter().scan(0, |sequence, row| {
            *sequence += u64::from(matches!(row, Row::Posting(_)));
            Some((Sequence(*sequence), row))
        })
    }
}

pub(crate) fn transfer(id: u128, debit: AccountId, credit: AccountId, amount: i64) -> Transfer {
    Transfer { id: PostingId(id), debit, credit, amount, code: 1, until: None }
}

pub(crate) fn hold(id: u128, debit: AccountId, credit: AccountId, amount: i64, until: Option<i64>) -> Hold {
    Hold { id: PostingId(id), debit, credit, amount, code: 2, until: until.map(Millis) }
}

pub(crate) fn confirm(id: u128, hold: u128, amount: Option<i64>) -> Confirm {
    Confirm { id: PostingId(id), hold: PostingId(hold), amount, code: 3, until: None }
}

pub(crate) fn reverse(id: u128, of: u128) -> Reverse {
    Reverse { id: PostingId(id), of: PostingId(of), code: 5, until: None }
}

pub(crate) fn state(id: u128, account: AccountId, contra: AccountId, total: i64) -> State {
    State { id: PostingId(id), account, contra, total, code: 6, until: None }
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with answers")]
pub(crate) fn posted(sequence: u64) -> Answer {
    Ok(Done::Posted { first: true, sequence: Sequence(sequence) })
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with answers")]
pub(crate) fn posted_before(sequence: u64) -> Answer {
    Ok(Done::Posted { first: false, sequence: Sequence(sequence) })
}

pub(crate) fn reused(id: u128, first: u64) -> Answer {
    Err(Refusal::IdReused { id: PostingId(id), first: Sequence(first) })
}

pub(crate) fn bytes_of(ledger: &Ledger) -> Vec<Vec<u8>> {
    ledger.snapshot().chunks().collect()
}
