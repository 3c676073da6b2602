//! `kabao ledger`: the books of a data directory, read as they lie there. The platform must not be running over it.
//!
//! `verify` walks the hash chain and folds every row again; `explain` tells one account posting by posting; `export` writes all
//! rows as JSON lines; `bench` measures (`ledger_bench.rs`).

use super::ledger_bench::Bench;
use super::terminal::tell;
use crate::exit::{Ended, Exit};
use ::ledger::{AccountId, Fate, KeyRecord, Ledger as Books, Row};
use clap::{Args, Subcommand};
use log::{Broken, Log, SandboxId, Sequence, Sqlite, Verdict};
use serde_json::json;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Verify, explain, export or measure the ledger
#[derive(Args)]
pub(super) struct Ledger {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Walk the hash chain of every sandbox and check that the books balance
    Verify {
        #[command(flatten)]
        place: Place,
    },
    /// Tell how an account came to its balance
    Explain {
        /// The account's id, 32 hexadecimal digits; `points:CARD` and `balance:CARD` name a card's accounts
        account: String,
        #[command(flatten)]
        place: Place,
    },
    /// Write every account and posting as JSON lines
    Export {
        #[command(flatten)]
        place: Place,
    },
    /// Measure durable postings beside a raw journal, SQLite tables and PostgreSQL
    Bench(Bench),
}

/// Which books.
#[derive(Args)]
struct Place {
    /// The data directory
    #[arg(long, value_name = "DIR", default_value = "kabao-data", env = "KABAO_DATA")]
    data: PathBuf,
    /// The sandbox
    #[arg(long, default_value = "demo")]
    sandbox: String,
}

impl Place {
    fn open(&self) -> Result<Sqlite, Ended> {
        let file = self.data.join("kabao.db");
        if !file.exists() {
            return Err(Ended::usage(format!("{} is not there; name the data directory with --data", file.display())));
        }
        Sqlite::open(&file).map_err(|broken| match broken {
            Broken::Damaged { .. } => damaged(&broken),
            // in use, another's, not ours to write to: the person can set that right
            other => Ended::usage(other),
        })
    }

    fn sandbox(&self, log: &Sqlite) -> Result<SandboxId, Ended> {
        let id = SandboxId::from(self.sandbox.as_str());
        let there = log.sandboxes().map_err(unread)?;
        if there.contains(&id) { Ok(id) } else { Err(Ended::usage(format!("no sandbox `{}`; there are: {}", self.sandbox, names(&there)))) }
    }
}

/// What was found is the result: the books are not as they were written.
fn damaged(broken: &Broken) -> Ended {
    Ended { exit: Exit::Breaches, text: broken.to_string() }
}

/// Why the books could not be read on.
fn unread(broken: Broken) -> Ended {
    if matches!(broken, Broken::Damaged { .. }) { damaged(&broken) } else { Ended::bug(broken) }
}

fn names(ids: &[SandboxId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Ledger {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        match self.what {
            What::Verify { place } => verify(&place),
            What::Explain { account, place } => explain(&account, &place),
            What::Export { place } => export(&place),
            What::Bench(bench) => bench.run(),
        }
    }
}

fn verify(place: &Place) -> Result<Exit, Ended> {
    let log = place.open()?;
    let mut exit = Exit::Fine;
    let there = log.sandboxes().map_err(unread)?;
    if there.is_empty() {
        tell("no sandbox in it: nothing to verify");
    }
    for id in there {
        match log.verify(&id).map_err(unread)? {
            Verdict::Whole { batches, events, rows, chain } => match balanced(&log, &id) {
                Ok(accounts) => tell(&format!(
                    "{id}: whole; {batches} batches, {events} events, {rows} ledger rows; {accounts} accounts, sums exact; chain {chain}"
                )),
                Err(why) => {
                    exit = Exit::Breaches;
                    tell(&format!("{id}: the chain is whole, the books are not: {why}"));
                }
            },
            Verdict::Damaged(damage) => {
                exit = Exit::Breaches;
                tell(&format!("{id}: damaged: {damage}; what stands before is sound"));
            }
        }
    }
    Ok(exit)
}

/// Folds every row again; gives how many accounts there are when all balances of each unit sum up to nothing.
fn balanced(log: &Sqlite, id: &SandboxId) -> Result<usize, String> {
    let (mut books, mut misfit) = (Books::new(), None);
    log.scan(id, Sequence::FIRST, &mut |record| match record.rows.iter().try_for_each(|row| books.replay(row)) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            misfit = Some(format!("event {}: {error}", record.sequence));
            ControlFlow::Break(())
        }
    })
    .map_err(|broken| broken.to_string())?;
    if let Some(misfit) = misfit {
        return Err(misfit);
    }
    old_keys_are_postings(log, id, &books)?;
    let unbalanced: Vec<String> =
        books.totals().into_iter().filter(|(_, total)| *total != 0).map(|(unit, total)| format!("{unit:?}: {total}")).collect();
    if unbalanced.is_empty() {
        Ok(books.accounts().count())
    } else {
        Err(format!("balances do not sum up to nothing: {}", unbalanced.join(", ")))
    }
}

/// Whether the keys that left memory say of each posting what its row says; a fate may lag behind.
fn old_keys_are_postings(log: &Sqlite, id: &SandboxId, books: &Books) -> Result<(), String> {
    let Some(index) = log.old_keys(id).map_err(|broken| broken.to_string())? else { return Ok(()) };
    let (mut wrong, mut there) = (None, 0);
    let seen = index.visit(&mut |key| match books.posting(key.id) {
        Ok(Some(posting)) if posting == *key || posting == (KeyRecord { fate: posting.fate, ..*key }) && key.fate == Fate::Standing => {
            there += 1;
            ControlFlow::Continue(())
        }
        found => {
            wrong = Some(format!("table key says of posting {} what its row does not: {key:?}, not {found:?}", key.id));
            ControlFlow::Break(())
        }
    });
    seen.map_err(|broken| broken.to_string())?;
    if wrong.is_none() && there != index.end().0 {
        return Err(format!("table key has {there} postings where it says it has the first {}", index.end().0));
    }
    wrong.map_or(Ok(()), Err)
}

fn account(text: &str) -> Result<AccountId, Ended> {
    if let Some(card) = text.strip_prefix("points:") {
        return Ok(world::accounts::points_of(&card.into()));
    }
    if let Some(card) = text.strip_prefix("balance:") {
        return Ok(world::accounts::balance_of(&card.into()));
    }
    text.parse().map_err(|_| Ended::usage(format!("`{text}` is no account: 32 hexadecimal digits, points:CARD or balance:CARD")))
}

fn explain(text: &str, place: &Place) -> Result<Exit, Ended> {
    let account = account(text)?;
    let log = place.open()?;
    let id = place.sandbox(&log)?;
    let mut rows: Vec<(::ledger::Sequence, Row)> = Vec::new();
    log.account(&id, account, None, &mut |at, row| {
        rows.push((::ledger::Sequence(at.row), *row));
        ControlFlow::Continue(())
    })
    .map_err(unread)?;
    if rows.is_empty() {
        return Err(Ended::usage(format!("account {account} was never opened in sandbox `{id}`")));
    }
    let mut told = format!("account {account} in sandbox `{id}`\n");
    for line in ::ledger::explain(account, rows.iter().map(|(sequence, row)| (*sequence, row))) {
        let line = line.map_err(Ended::bug)?;
        let balance = line.after.account.unit.show(line.after.account.balance);
        let at = world::Moment(line.posting.at.0).text();
        // writing into a text cannot fail
        let _ = writeln!(told, "{at}  {:<60} → {balance}", line.text);
    }
    tell(told.trim_end());
    Ok(Exit::Fine)
}

fn export(place: &Place) -> Result<Exit, Ended> {
    let log = place.open()?;
    let id = place.sandbox(&log)?;
    log.scan(&id, Sequence::FIRST, &mut |record| {
        for row in record.rows {
            let line = match row {
                Row::Opening(opening) => json!({"row": "account", "event": record.sequence.0, "id": opening.id.to_string(), "unit": format!("{:?}", opening.unit), "floor": opening.floor, "ceiling": opening.ceiling, "at": opening.at.0}),
                Row::Posting(posting) => json!({
                    "row": "posting", "event": record.sequence.0, "id": posting.id.to_string(), "kind": format!("{:?}", posting.kind),
                    "debit": posting.debit.to_string(), "credit": posting.credit.to_string(), "amount": posting.amount, "code": posting.code, "at": posting.at.0,
                    "refers_to": posting.refers_to.map(|id| id.to_string()), "stated": posting.stated, "until": posting.until.map(|until| until.0),
                }),
            };
            tell(&line.to_string());
        }
        ControlFlow::Continue(())
    })
    .map_err(unread)?;
    Ok(Exit::Fine)
}
