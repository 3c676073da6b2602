//! A merchant's program that the player starts, kills and starts again. What it says on standard error is kept, within bounds,
//! for failures; it never outlives its play, but for one that can serve another play, which waits for it.

mod environment;
mod running;

use super::account::Account;
use super::description::{Description, ProcessPlan};
use super::service::{Doing, Service, Shops};
use environment::environment;
pub(crate) use environment::{CERTIFICATES, SETTINGS};
use running::Running;
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;
use tokio::time::Instant;

/// How many lines of what a merchant said a failure repeats.
const LAST_WORDS: usize = 5;
/// How a package that is missing is mended.
const INSTALL: &str = "; install what it imports first, in its own folder: for Node `npm ci`, for Python `pip install -r requirements.txt`";

/// Starts a merchant's program for each play, as its description says. One that can serve one play after the other is used again.
pub struct Programs {
    description: Description,
    rested: Rested,
}

/// Programs that have served a play and wait for the next.
type Rested = Arc<Mutex<Vec<Running>>>;

impl Programs {
    /// The merchant's that is described so.
    pub fn new(description: Description) -> Self {
        Self { description, rested: Rested::default() }
    }
}

impl Shops for Programs {
    fn description(&self) -> Description {
        self.description.clone()
    }

    fn open<'a>(&'a self, account: &'a Account) -> Doing<'a, Arc<dyn Service>> {
        Box::pin(async {
            let plan = self.description.process.as_ref().ok_or("this merchant is not started by the player: it has no [process]")?;
            let program = Program::open(plan, self.description.till.address.clone(), account, self.rested.clone()).await?;
            Ok(Arc::new(program) as Arc<dyn Service>)
        })
    }
}

/// A merchant's program with the folder of its books.
struct Program {
    plan: ProcessPlan,
    account: Mutex<Account>,
    /// Where its till is when that is not announced.
    fixed: Option<String>,
    books: TempDir,
    state: Mutex<State>,
    rested: Rested,
}

#[derive(Default)]
struct State {
    running: Option<Running>,
    address: String,
    /// What the last one said that was ended.
    said: String,
}

impl Program {
    /// Starts it, or lets one that waits begin anew.
    async fn open(plan: &ProcessPlan, fixed: Option<String>, account: &Account, rested: Rested) -> Result<Self, String> {
        let books = tempfile::tempdir().map_err(|error| format!("no folder for its books: {error}"))?;
        let program = Self { plan: plan.clone(), account: Mutex::new(account.clone()), fixed, books, state: Mutex::default(), rested };
        let waiting = lock(&program.rested).pop();
        let Some(mut running) = waiting.and_then(Running::still_there) else {
            program.run().await?;
            return Ok(program);
        };
        let begun = running.begin_again(&program.environment(""), Instant::now() + plan.start).await;
        let address = begun.map_err(|why| program.failed(&why, &running))?;
        program.stands(running, address);
        Ok(program)
    }

    fn environment(&self, before: &str) -> Vec<(String, String)> {
        environment(&self.plan, &lock(&self.account), self.books.path(), before)
    }

    async fn run(&self) -> Result<(), String> {
        let before = lock(&self.state).address.clone();
        let until = Instant::now() + self.plan.start;
        let mut running = Running::start(&self.plan, &self.environment(&before))?;
        let started = match (&self.fixed, self.plan.announces) {
            (Some(address), false) => running.answers(address, until).await.map(|()| address.clone()),
            _ => running.announced(until).await,
        };
        match started {
            Ok(address) => {
                self.stands(running, address);
                Ok(())
            }
            Err(why) => {
                let _ = running.ended().await;
                Err(self.failed(&why, &running))
            }
        }
    }

    fn stands(&self, running: Running, address: String) {
        let mut state = lock(&self.state);
        state.address = self.fixed.clone().unwrap_or(address);
        state.running = Some(running);
    }

    /// What went wrong, with what it said last.
    fn failed(&self, why: &str, running: &Running) -> String {
        let name = self.plan.argv.first().map(String::as_str).unwrap_or_default();
        let said = running.said();
        let hint = if lacks_a_package(&said) { INSTALL } else { "" };
        let said = if said.is_empty() { said } else { format!("; it said: {}", last_words(&said)) };
        format!("`{name}` {why}{said}{hint}")
    }

    async fn end(&self, mut running: Running) -> Result<(), String> {
        let ended = running.ended().await;
        lock(&self.state).said = running.said();
        ended
    }
}

impl Service for Program {
    fn address(&self) -> String {
        lock(&self.state).address.clone()
    }

    fn kill(&self) -> Doing<'_> {
        Box::pin(async {
            let running = lock(&self.state).running.take();
            if let Some(running) = running { self.end(running).await } else { Ok(()) }
        })
    }

    fn start(&self) -> Doing<'_> {
        Box::pin(async {
            self.kill().await?;
            self.run().await
        })
    }

    fn leave(&self) -> Doing<'_> {
        Box::pin(async {
            let running = lock(&self.state).running.take();
            let Some(mut running) = running else { return Ok(()) };
            if self.plan.reuse && running.rest().await {
                lock(&self.rested).push(running);
                return Ok(());
            }
            self.end(running).await
        })
    }

    fn give_key(&self, alipay_public_key: String) -> Doing<'_> {
        lock(&self.account).alipay_public_key = alipay_public_key;
        Box::pin(async { Ok(()) })
    }

    fn is_running(&self) -> bool {
        lock(&self.state).running.as_mut().is_some_and(Running::is_there)
    }

    fn said(&self) -> String {
        let state = lock(&self.state);
        state.running.as_ref().map_or_else(|| state.said.clone(), Running::said)
    }
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // a panic leaves nothing half-written here
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The last lines of what a program said, fit for one line of a terminal: no control characters, nothing endless. A line before them
/// that names an error comes first: some languages print where they were behind it.
pub(crate) fn last_words(said: &str) -> String {
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let (before, last) = lines.split_at(lines.len().saturating_sub(LAST_WORDS));
    let named = before.iter().rfind(|line| names_an_error(line)).filter(|_| !last.iter().any(|line| names_an_error(line)));
    named.into_iter().chain(last).map(|line| crate::http::begins(line)).collect::<Vec<_>>().join(" / ")
}

/// Whether a line begins with an error and says what it is about, such as `TypeError: …` or `Error [CODE]: …`.
fn names_an_error(line: &str) -> bool {
    let Some((kind, about)) = line.split_once(": ") else { return false };
    let kind = kind.split(' ').next().unwrap_or_default();
    (kind.ends_with("Error") || kind.ends_with("Exception")) && !about.trim().is_empty()
}

/// Whether a program ended because something that it imports is not there, in the words of Node and Python.
fn lacks_a_package(said: &str) -> bool {
    ["Cannot find package '", "Cannot find module '", "No module named '"].iter().any(|words| said.contains(words))
}

#[cfg(test)]
mod tests;
