//! A merchant's program that the player starts, kills and starts again. What it says on standard error is kept, within bounds,
//! for failures; it never outlives its play.

use super::account::Account;
use super::description::ProcessPlan;
use super::service::{Doing, Service};
use super::template::{self, Filling};
use serde_json::Value;
use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// What a program can be told through its environment, as templates name it.
pub(crate) const SETTINGS: &[&str] =
    &["gateway", "app_id", "app_private_key", "alipay_public_key", "seller_id", "listen", "books", "state", "role"];
/// The configuration of the till API, which every program is given.
const GIVEN: &[(&str, &str)] = &[
    ("ALIPAY_GATEWAY", "{gateway}"),
    ("ALIPAY_APP_ID", "{app_id}"),
    ("ALIPAY_APP_PRIVATE_KEY", "{app_private_key}"),
    ("ALIPAY_PUBLIC_KEY", "{alipay_public_key}"),
    ("ALIPAY_SELLER_ID", "{seller_id}"),
    ("ALIPAY_ROLE", "{role}"),
    ("MERCHANT_LISTEN", "{listen}"),
    ("MERCHANT_BOOKS", "{books}"),
    ("MERCHANT_STATE", "{state}"),
];
/// How much of what a program says is kept.
const KEPT: usize = 16 << 10;
/// The longest first line.
const LINE_LIMIT: u64 = 8 << 10;
/// How long an ended program may take to be gone.
const GONE: Duration = Duration::from_secs(5);

/// A merchant's program with the folder of its books.
pub(crate) struct Program {
    plan: ProcessPlan,
    account: Mutex<Account>,
    /// Where its till is when that is not announced.
    fixed: Option<String>,
    books: TempDir,
    state: Mutex<State>,
    said: Arc<Mutex<VecDeque<u8>>>,
}

#[derive(Default)]
struct State {
    child: Option<Running>,
    address: String,
}

/// A program that runs, and whatever it started itself: all of it ends when this is dropped.
struct Running(Child);

impl Running {
    /// Ends the program and what it started: they share a process group.
    fn end(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.0.id() {
            let _ = std::process::Command::new("kill").args(["-KILL", "--", &format!("-{id}")]).stderr(Stdio::null()).status();
        }
        let _ = self.0.start_kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

impl Program {
    /// Starts it.
    pub(crate) async fn open(plan: &ProcessPlan, fixed: Option<String>, account: &Account) -> Result<Self, String> {
        let books = tempfile::tempdir().map_err(|error| format!("no folder for its books: {error}"))?;
        let (said, state) = (Arc::default(), Mutex::default());
        let program = Self { plan: plan.clone(), account: Mutex::new(account.clone()), fixed, books, state, said };
        program.run().await?;
        Ok(program)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // a panic leaves nothing half-written here
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self) -> Result<(), String> {
        let before = self.state().address.clone();
        let mut command = self.command(&before);
        let name = self.plan.argv.first().cloned().unwrap_or_default();
        let mut child = command.spawn().map_err(|error| format!("`{name}` cannot be started: {error}"))?;
        let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let mut running = Running(child);
        tokio::spawn(keep(err, self.said.clone()));
        let until = Instant::now() + self.plan.start;
        let started = match (&self.fixed, self.plan.announces) {
            (Some(address), false) => {
                tokio::spawn(keep(out, self.said.clone()));
                self.answers(&mut running, address, until).await.map(|()| address.clone())
            }
            _ => self.announced(out, until).await,
        };
        match started {
            Ok(address) => {
                let mut state = self.state();
                state.address = self.fixed.clone().unwrap_or(address);
                state.child = Some(running);
                Ok(())
            }
            Err(why) => {
                running.end();
                let _ = timeout(GONE, running.0.wait()).await;
                Err(format!("`{name}` {why}{}", self.tail()))
            }
        }
    }

    fn command(&self, before: &str) -> Command {
        let [program, arguments @ ..] = self.plan.argv.as_slice() else { unreachable!("a plan has a program, its reader says so") };
        let text = |value: &str| Value::String(value.to_owned());
        let path = |name: &str| text(&self.books.path().join(name).to_string_lossy());
        // posters carry the address of the first start
        let listen = before.strip_prefix("http://").unwrap_or("127.0.0.1:0");
        let account = self.account.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let filling = Filling::from([
            ("gateway", text(&account.gateway)),
            ("app_id", text(&account.app_id)),
            ("app_private_key", text(&account.app_private_key)),
            ("alipay_public_key", text(&account.alipay_public_key)),
            ("seller_id", text(&account.seller_id)),
            ("role", text(account.role.word())),
            ("listen", text(listen)),
            ("books", path("books.db")),
            ("state", path("state.json")),
        ]);
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        if !self.plan.folder.as_os_str().is_empty() {
            command.current_dir(&self.plan.folder);
        }
        let own = self.plan.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in GIVEN.iter().copied().chain(own) {
            command.env(name, template::text(value, &filling, str::to_owned));
        }
        #[cfg(unix)]
        command.process_group(0);
        command
    }

    /// Reads the first line: where it listens.
    async fn announced(&self, out: tokio::process::ChildStdout, until: Instant) -> Result<String, String> {
        use tokio::io::AsyncBufReadExt;
        let mut lines = BufReader::new(out);
        let mut line = Vec::new();
        let read = timeout_at(until, (&mut lines).take(LINE_LIMIT).read_until(b'\n', &mut line)).await;
        read.map_err(|_| format!("did not say within {} where it listens", crate::time::spoken(self.plan.start)))?
            .map_err(|error| format!("cannot be listened to: {error}"))?;
        tokio::spawn(keep(lines, self.said.clone()));
        let line = String::from_utf8_lossy(&line);
        if line.is_empty() {
            // what it says about it comes over another pipe
            sleep(Duration::from_millis(50)).await;
            return Err("ended before it listened".to_owned());
        }
        let told: Value = serde_json::from_str(&line).unwrap_or_default();
        match told["address"].as_str().and_then(|address| reqwest::Url::parse(address).ok().map(|_| address)) {
            Some(address) => Ok(address.trim_end_matches('/').to_owned()),
            None => Err(format!(
                "said `{}` on its first line, not {{\"event\":\"listening\",\"address\":\"http://…\"}}",
                crate::http::begins(line.trim())
            )),
        }
    }

    /// Waits until somebody takes connections at the address.
    async fn answers(&self, running: &mut Running, address: &str, until: Instant) -> Result<(), String> {
        let url = reqwest::Url::parse(address).map_err(|error| error.to_string())?;
        let place = (url.host_str().unwrap_or_default().to_owned(), url.port_or_known_default().unwrap_or(80));
        loop {
            if let Ok(Some(status)) = running.0.try_wait() {
                sleep(Duration::from_millis(50)).await;
                return Err(format!("ended before it listened ({status})"));
            }
            if tokio::net::TcpStream::connect((place.0.as_str(), place.1)).await.is_ok() {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(format!("did not listen at {address} within {}", crate::time::spoken(self.plan.start)));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// What it said last, for a failure.
    fn tail(&self) -> String {
        let said = self.said();
        if said.is_empty() { String::new() } else { format!("; it said: {}", last_words(&said)) }
    }
}

impl Service for Program {
    fn address(&self) -> String {
        self.state().address.clone()
    }

    fn kill(&self) -> Doing<'_> {
        Box::pin(async {
            let child = self.state().child.take();
            let Some(mut running) = child else { return Ok(()) };
            running.end();
            let gone = timeout(GONE, running.0.wait()).await;
            gone.map_or_else(|_| Err("the merchant's program cannot be ended".to_owned()), |_| Ok(()))
        })
    }

    fn start(&self) -> Doing<'_> {
        Box::pin(async {
            self.kill().await?;
            self.run().await
        })
    }

    fn give_key(&self, alipay_public_key: String) -> Doing<'_> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner).alipay_public_key = alipay_public_key;
        Box::pin(async { Ok(()) })
    }

    fn is_running(&self) -> bool {
        self.state().child.as_mut().is_some_and(|running| matches!(running.0.try_wait(), Ok(None)))
    }

    fn said(&self) -> String {
        let kept = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept.iter().copied().collect::<Vec<u8>>()).trim().to_owned()
    }
}

/// The last lines of what a program said, fit for one line of a terminal: no control characters, nothing endless.
pub(crate) fn last_words(said: &str) -> String {
    let lines: Vec<&str> = said.lines().rev().filter(|line| !line.trim().is_empty()).take(LAST_WORDS).collect();
    lines.into_iter().rev().map(crate::http::begins).collect::<Vec<_>>().join(" / ")
}

/// How many lines of what a merchant said a failure repeats.
const LAST_WORDS: usize = 5;

/// Reads to the end so that the writer never waits, and keeps the last of it.
async fn keep(mut from: impl AsyncRead + Unpin, kept: Arc<Mutex<VecDeque<u8>>>) {
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(&piece[..count]);
        let excess = kept.len().saturating_sub(KEPT);
        kept.drain(..excess);
    }
}

#[cfg(test)]
mod tests;
