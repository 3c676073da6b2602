//! Random life, judged by the auditor: every kind of instruction, repeated and reused ids, linked runs, time passing
//! and set back, keys leaving memory. And deliberately broken ledgers, which the auditor must find out.
//!
//! `KABAO_SEED=7` runs that life alone; `KABAO_LONG=1` makes each a million postings long (use `--release`),
//! another number that long.

use std::sync::Arc;

use ledger::{
    AccountId, Answer, Confirm, Done, Hold, Instruction, Ledger, Millis, Moment, Open, Order, PostingId, Release, Reverse, Row, Sequence,
    State, Transfer, Unit, balance_at,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::auditor::Auditor;
use crate::journal::bytes_of;
use crate::old_keys::Table;

const ACCOUNTS: u128 = 40;

/// A ledger as the life sees it.
trait Subject {
    fn execute(&mut self, at: Millis, batch: &[Instruction]) -> (Vec<Answer>, Vec<Row>);

    /// Posts all that is due.
    fn due(&mut self, at: Millis) -> Vec<Row> {
        let mut all = Vec::new();
        loop {
            let rows = self.ledger().due(at, 1_000);
            if rows.is_empty() {
                return all;
            }
            for row in &rows {
                self.ledger().apply(row);
            }
            all.extend(rows);
        }
    }

    fn ledger(&mut self) -> &mut Ledger;
}

struct Sound(Ledger);

impl Subject for Sound {
    fn execute(&mut self, at: Millis, batch: &[Instruction]) -> (Vec<Answer>, Vec<Row>) {
        let mut rows = Vec::new();
        (self.0.execute(at, batch, &mut rows), rows)
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.0
    }
}

/// Decides first and applies the rows afterwards, and keeps few keys in memory.
struct Slow(Ledger, Arc<Table>);

impl Slow {
    fn new() -> Self {
        let table = Arc::new(Table::default());
        Self(Ledger::new().with_keys_beyond(1_500, table.clone()), table)
    }
}

impl Subject for Slow {
    fn execute(&mut self, at: Millis, batch: &[Instruction]) -> (Vec<Answer>, Vec<Row>) {
        let decision = self.0.decide(at, batch);
        decision.rows.iter().for_each(|row| self.0.apply(row));
        let moved = self.0.keys_to_move(0, usize::MAX);
        self.1.store(&moved);
        self.0.forget_keys(&moved);
        (decision.answers, decision.rows)
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.0
    }
}

/// What happens in a random life.
struct Life {
    random: ChaCha8Rng,
    at: Millis,
    /// Instructions asked so far, to be asked again.
    asked: Vec<Instruction>,
    next_id: u128,
}

impl Life {
    fn new(seed: u64) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), at: Millis(1_000_000), asked: Vec::new(), next_id: 1 }
    }

    fn chance(&mut self, of_a_thousand: u32) -> bool {
        self.random.random_range(0..1_000) < of_a_thousand
    }

    fn opening(&mut self, id: u128) -> Instruction {
        let unit = if id.is_multiple_of(5) { Unit::Fen } else { Unit::Point };
        let (floor, ceiling) = match id % 8 {
            0 | 1 => (i64::MIN, i64::MAX),
            2 => (-500, 2_000),
            3 => (0, 3_000),
            4 => (-i64::MAX, i64::MAX - 1),
            _ => (0, i64::MAX),
        };
        let floor = if self.chance(20) { floor / 2 } else { floor };
        Open { id: AccountId(id), unit, floor, ceiling }.into()
    }

    fn account(&mut self) -> AccountId {
        // few are busy, most are not; some do not exist
        let bound = if self.chance(600) { 8 } else { ACCOUNTS };
        AccountId(self.random.random_range(0..bound + u128::from(bound == ACCOUNTS)))
    }

    fn amount(&mut self) -> i64 {
        match self.random.random_range(0..100) {
            0 => self.random.random_range(-2..=0),
            1 => self.random.random_range(i64::MAX / 2..=i64::MAX),
            2..20 => self.random.random_range(1..2_000),
            _ => self.random.random_range(1..60),
        }
    }

    fn until(&mut self, of_a_thousand: u32) -> Option<Millis> {
        if !self.chance(of_a_thousand) {
            return None;
        }
        let ahead = if self.chance(20) { self.random.random_range(-5..=0) } else { self.random.random_range(1..4_000) };
        Some(Millis(self.at.0 + ahead))
    }

    fn earlier(&mut self) -> PostingId {
        // recent ones are likelier to be of interest
        let back = self.random.random_range(0..60_u128);
        let back = if self.chance(50) { self.random.random_range(0..self.next_id) } else { back };
        PostingId(self.next_id.saturating_sub(back))
    }

    fn instruction(&mut self) -> Instruction {
        if self.chance(60) && !self.asked.is_empty() {
            let place = self.random.random_range(0..self.asked.len());
            let mut again = self.asked[place];
            if self.chance(300) {
                match &mut again.order {
                    Order::Transfer(order) => order.amount += 1,
                    Order::Hold(order) => order.code += 1,
                    Order::Confirm(order) => order.amount = None,
                    Order::Release(order) => order.code += 1,
                    Order::Reverse(order) => order.of.0 += 1,
                    Order::State(order) => (order.account, order.contra) = (order.contra, order.account),
                    Order::Open(order) => order.ceiling -= 1,
                }
            }
            return again;
        }
        let id = PostingId(self.next_id);
        self.next_id += 1;
        let code = self.random.random_range(0..5);
        let instruction: Instruction = match self.random.random_range(0..100) {
            0 => {
                let id = self.random.random_range(0..ACCOUNTS);
                self.opening(id)
            }
            1..45 => {
                let (debit, credit) = (self.account(), self.account());
                Transfer { id, debit, credit, amount: self.amount(), code, until: self.until(300) }.into()
            }
            45..58 => {
                let (debit, credit) = (self.account(), self.account());
                Hold { id, debit, credit, amount: self.amount(), code, until: self.until(998) }.into()
            }
            58..72 => {
                let amount = if self.chance(400) { Some(self.amount()) } else { None };
                Confirm { id, hold: self.earlier(), amount, code, until: self.until(200) }.into()
            }
            72..80 => Release { id, hold: self.earlier(), code }.into(),
            80..92 => Reverse { id, of: self.earlier(), code, until: self.until(200) }.into(),
            _ => {
                let (account, contra) = (self.account(), self.account());
                State { id, account, contra, total: self.amount(), code, until: self.until(200) }.into()
            }
        };
        self.asked.push(instruction);
        instruction
    }

    fn batch(&mut self) -> Vec<Instruction> {
        let size = if self.chance(20) { self.random.random_range(1..400) } else { self.random.random_range(1..20) };
        let mut batch = Vec::new();
        for _ in 0..size {
            let instruction = self.instruction();
            batch.push(if self.chance(80) { instruction.linked() } else { instruction });
        }
        batch
    }

    fn pass_time(&mut self) {
        let ahead = self.random.random_range(0..200);
        self.at.0 += if self.chance(10) { -500 } else { ahead };
    }
}

/// Lets a subject live until it has made so many postings, under the auditor's eyes.
fn live(seed: u64, postings: u64, subject: &mut impl Subject) -> Result<(), String> {
    let mut life = Life::new(seed);
    let mut auditor = Auditor::default();
    let mut rows: Vec<Row> = Vec::new();
    let mut remembered: Vec<(AccountId, Sequence, i64)> = Vec::new();
    let mut halfway = None;
    let opens: Vec<Instruction> = (0..ACCOUNTS).map(|id| life.opening(id)).collect();
    let (answers, made) = subject.execute(life.at, &opens);
    auditor.batch(life.at, &opens, &answers, &made)?;
    rows.extend(made);
    let mut batches = 0_u64;
    while subject.ledger().sequence().0 < postings {
        batches += 1;
        life.pass_time();
        if life.chance(150) {
            let due = subject.due(life.at);
            auditor.due(life.at, &due)?;
            rows.extend(due);
        }
        let batch = life.batch();
        let (answers, made) = subject.execute(life.at, &batch);
        auditor.batch(life.at, &batch, &answers, &made)?;
        rows.extend(made);
        if batches.is_multiple_of(512) {
            auditor.compare(subject.ledger())?;
        }
        if remembered.len() < 200 && life.chance(100) {
            let account = AccountId(life.random.random_range(0..ACCOUNTS));
            let ledger = subject.ledger();
            remembered.push((account, ledger.sequence(), ledger.balance(account).ok_or("an account is gone")?));
        }
        if halfway.is_none() && subject.ledger().sequence().0 > postings / 2 {
            halfway = Some((bytes_of(subject.ledger()), rows.len()));
        }
    }
    auditor.compare(subject.ledger())?;
    replayed(subject.ledger(), &rows, halfway)?;
    past_balances(&rows, &remembered)
}

/// The rows alone, and a snapshot with the rows after it, must give the very ledger.
fn replayed(ledger: &Ledger, rows: &[Row], halfway: Option<(Vec<Vec<u8>>, usize)>) -> Result<(), String> {
    let all_keys_here = ledger.keys_in_memory() as u64 == ledger.sequence().0;
    let now = bytes_of(ledger);
    let mut from_rows = Ledger::new();
    from_rows.replay_all(rows).map_err(|misfit| misfit.to_string())?;
    if all_keys_here && bytes_of(&from_rows) != now {
        return Err("the rows replayed give another ledger".into());
    }
    if !from_rows.accounts().eq(ledger.accounts()) || from_rows.open_holds() != ledger.open_holds() {
        return Err("the rows replayed give other accounts".into());
    }
    if let Some((chunks, place)) = halfway.filter(|_| all_keys_here) {
        let mut from_snapshot = Ledger::restore(chunks).map_err(|corrupt| corrupt.to_string())?;
        rows[place..].iter().for_each(|row| from_snapshot.apply(row));
        if bytes_of(&from_snapshot) != now {
            return Err("a snapshot and the rows after it give another ledger".into());
        }
    }
    Ok(())
}

fn past_balances(rows: &[Row], remembered: &[(AccountId, Sequence, i64)]) -> Result<(), String> {
    for &(account, sequence, balance) in remembered.iter().take(40) {
        let numbered = rows.iter().scan(0, |sequence, row| {
            *sequence += u64::from(matches!(row, Row::Posting(_)));
            Some((Sequence(*sequence), row))
        });
        let told = balance_at(account, Moment::After(sequence), numbered).map_err(|misfit| misfit.to_string())?;
        if told != balance {
            return Err(format!("{account} stood at {balance} after {sequence:?}, now it is told as {told}"));
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a person chooses the seed and the length of a test run")]
fn chosen(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn lives(make: impl Fn() -> Box<dyn FnOnce(u64, u64) -> Result<(), String>>, default: std::ops::Range<u64>) {
    let postings = match chosen("KABAO_LONG") {
        None => 5_000,
        Some(1) => 1_000_000,
        Some(postings) => postings,
    };
    let seeds = chosen("KABAO_SEED").map_or(default, |seed| seed..seed + 1);
    for seed in seeds {
        if let Err(verdict) = make()(seed, postings) {
            panic!("KABAO_SEED={seed} replays it: {verdict}");
        }
    }
}

#[test]
fn a_random_life_satisfies_the_auditor() {
    lives(|| Box::new(|seed, postings| live(seed, postings, &mut Sound(Ledger::new()))), 1..5);
}

#[test]
fn a_random_life_with_few_keys_in_memory_satisfies_the_auditor() {
    lives(|| Box::new(|seed, postings| live(seed, postings, &mut Slow::new())), 11..13);
}

/// A ledger with a defect around it.
struct Broken {
    ledger: Ledger,
    defect: Defect,
    calls: u64,
}

#[derive(Clone, Copy, Debug)]
enum Defect {
    LosesAPosting,
    DoublesAPosting,
    IgnoresFloors,
    IgnoresCeilings,
    ForgetsIds,
    AcceptsReusedIds,
    TearsLinkedRuns,
    LetsPointsLiveLonger,
    ForgetsAnExpiry,
    RoundsAStatement,
    SaysYesToARefusal,
    WritesAnotherRow,
}

impl Subject for Broken {
    fn execute(&mut self, at: Millis, batch: &[Instruction]) -> (Vec<Answer>, Vec<Row>) {
        self.calls += 1;
        let mut batch = batch.to_vec();
        let now_and_then = self.calls.is_multiple_of(50);
        let first = batch.iter().position(|one| matches!(one.order, Order::Transfer(_)) && !one.linked);
        for instruction in &mut batch {
            match (self.defect, &mut instruction.order) {
                (Defect::IgnoresFloors, Order::Open(order)) => order.floor = i64::MIN,
                (Defect::IgnoresCeilings, Order::Open(order)) => order.ceiling = i64::MAX,
                (Defect::LetsPointsLiveLonger, Order::Transfer(order)) => {
                    order.until = order.until.map(|until| Millis(until.0 + 1));
                }
                (Defect::RoundsAStatement, Order::State(order)) => order.total -= order.total % 2,
                (Defect::ForgetsIds, Order::Transfer(order)) if self.calls.is_multiple_of(2) => order.id.0 |= 1 << 100,
                (Defect::AcceptsReusedIds, Order::Transfer(order)) => order.code = 0,
                (Defect::TearsLinkedRuns, _) => instruction.linked = false,
                _ => {}
            }
        }
        let mut rows = Vec::new();
        let mut answers = match (self.defect, first) {
            (Defect::LosesAPosting, Some(lost)) if now_and_then => {
                let mut others = batch.clone();
                others.remove(lost);
                let mut answers = self.ledger.execute(at, &others, &mut rows);
                let decision = self.ledger.decide(at, &batch[lost..=lost]);
                rows.extend(decision.rows);
                answers.insert(lost.min(answers.len()), decision.answers[0]);
                answers
            }
            _ => self.ledger.execute(at, &batch, &mut rows),
        };
        match (self.defect, first) {
            (Defect::DoublesAPosting, Some(doubled)) if now_and_then => {
                if let Order::Transfer(order) = batch[doubled].order {
                    let again = Transfer { id: PostingId(order.id.0 | 1 << 101), ..order };
                    self.ledger.execute(at, &[again.into()], &mut Vec::new());
                }
            }
            (Defect::SaysYesToARefusal, _) if now_and_then => {
                let sequence = self.ledger.sequence();
                answers.iter_mut().filter(|answer| answer.is_err()).for_each(|answer| {
                    *answer = Ok(Done::Posted { first: true, sequence });
                });
            }
            (Defect::WritesAnotherRow, _) if now_and_then => {
                if let Some(Row::Posting(posting)) = rows.last_mut() {
                    posting.amount += 1;
                }
            }
            _ => {}
        }
        // it shows the world what was asked, not what it did
        for row in &mut rows {
            match (self.defect, row) {
                (Defect::IgnoresFloors | Defect::IgnoresCeilings, Row::Opening(opening)) => {
                    let asked = Life::new(0).opening(opening.id.0);
                    if let Order::Open(asked) = asked.order {
                        (opening.floor, opening.ceiling) = (asked.floor, asked.ceiling);
                    }
                }
                (Defect::LetsPointsLiveLonger, Row::Posting(posting)) if posting.kind == ledger::Kind::Transfer => {
                    posting.until = posting.until.map(|until| Millis(until.0 - 1));
                }
                _ => {}
            }
        }
        (answers, rows)
    }

    fn due(&mut self, at: Millis) -> Vec<Row> {
        let mut rows = self.ledger.due(at, usize::MAX);
        if let Defect::ForgetsAnExpiry = self.defect {
            rows.pop();
        }
        for row in &rows {
            self.ledger.apply(row);
        }
        rows
    }

    fn ledger(&mut self) -> &mut Ledger {
        &mut self.ledger
    }
}

#[test]
fn the_auditor_finds_out_every_broken_ledger() {
    let defects = [
        Defect::LosesAPosting,
        Defect::DoublesAPosting,
        Defect::IgnoresFloors,
        Defect::IgnoresCeilings,
        Defect::ForgetsIds,
        Defect::AcceptsReusedIds,
        Defect::TearsLinkedRuns,
        Defect::LetsPointsLiveLonger,
        Defect::ForgetsAnExpiry,
        Defect::RoundsAStatement,
        Defect::SaysYesToARefusal,
        Defect::WritesAnotherRow,
    ];
    for defect in defects {
        let verdict = live(21, 3_000, &mut Broken { ledger: Ledger::new(), defect, calls: 0 });
        assert!(verdict.is_err(), "{defect:?} was not found out");
    }
}
