//! A process that runs, and whatever it started itself: all of it ends when this is dropped, and when the player ends, however
//! that comes about. What it says is read to the end, so that it never waits for us, and the last of it is kept.
//!
//! One that is used again is told so line by line on its standard input (`fixtures/merchants/till-api.md`, "One shop after the other").

use crate::http::begins;
use crate::merchant::description::ProcessPlan;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How much of what a program says is kept.
pub(super) const KEPT: usize = 16 << 10;
/// The longest line in which it says where it listens.
const LINE_LIMIT: u64 = 8 << 10;
/// How long an ended program may take to be gone, and one that is to rest to be done.
const GONE: Duration = Duration::from_secs(5);
/// How many lines may wait to be read.
const LINES: usize = 8;
/// Ends its process group when its own input ends, which it does when whoever holds the other end lets go or dies. What the program
/// tells its group is not meant for it.
const GUARD: &str = r#"trap '' HUP INT QUIT TERM USR1 USR2; read -r _; kill -s KILL -- "-$$""#;

/// What a program said last.
type Said = Arc<Mutex<VecDeque<u8>>>;

/// A program that runs.
pub(super) struct Running {
    child: Child,
    /// Told nothing; it ends the program's group when this is gone.
    guard: Option<Child>,
    /// Where one that is used again is told what comes next.
    input: Option<ChildStdin>,
    /// Its standard output, until its first line was read.
    output: Option<BufReader<ChildStdout>>,
    /// Later lines of it.
    lines: Option<mpsc::Receiver<Value>>,
    said: Said,
    /// How long it may take to start, for a complaint.
    start: Duration,
}

impl Running {
    /// Starts it.
    pub(super) fn start(plan: &ProcessPlan, environment: &[(String, String)]) -> Result<Self, String> {
        let [program, arguments @ ..] = plan.argv.as_slice() else { unreachable!("a plan has a program, its reader says so") };
        let mut command = Command::new(program);
        command.args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
        command.stdin(if plan.reuse { Stdio::piped() } else { Stdio::null() }).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        if !plan.folder.as_os_str().is_empty() {
            command.current_dir(&plan.folder);
        }
        // before the program, because whoever is killed between the two cannot start it any more
        let guard = guard()?;
        #[cfg(unix)]
        if let Some(group) = guard.as_ref().and_then(Child::id) {
            command.process_group(group.cast_signed());
        }
        let mut child = command.spawn().map_err(|error| format!("`{program}` cannot be started: {error}"))?;
        let said = Said::default();
        tokio::spawn(keep(child.stderr.take().expect("piped"), said.clone()));
        let (input, output) = (child.stdin.take(), child.stdout.take().map(BufReader::new));
        Ok(Self { child, guard, input, output, lines: None, said, start: plan.start })
    }

    /// Reads its first line: where it listens.
    pub(super) async fn announced(&mut self, until: Instant) -> Result<String, String> {
        let Some(mut output) = self.output.take() else { return Err("was asked twice where it listens".to_owned()) };
        let mut line = Vec::new();
        let read = timeout_at(until, (&mut output).take(LINE_LIMIT).read_until(b'\n', &mut line)).await;
        read.map_err(|_| self.late())?.map_err(|error| format!("cannot be listened to: {error}"))?;
        if self.input.is_some() {
            let (sender, lines) = mpsc::channel(LINES);
            self.lines = Some(lines);
            tokio::spawn(hear(output, sender, self.said.clone()));
        } else {
            tokio::spawn(keep(output, self.said.clone()));
        }
        let line = String::from_utf8_lossy(&line);
        if line.is_empty() {
            // what it says about it comes over another pipe
            sleep(Duration::from_millis(50)).await;
            return Err("ended before it listened".to_owned());
        }
        address_in(&serde_json::from_str(&line).unwrap_or_default()).ok_or_else(|| {
            format!("said `{}` on its first line, not {{\"event\":\"listening\",\"address\":\"http://…\"}}", begins(line.trim()))
        })
    }

    /// Waits until somebody takes connections at the address.
    pub(super) async fn answers(&mut self, address: &str, until: Instant) -> Result<(), String> {
        if let Some(output) = self.output.take() {
            tokio::spawn(keep(output, self.said.clone()));
        }
        let url = reqwest::Url::parse(address).map_err(|error| error.to_string())?;
        let place = (url.host_str().unwrap_or_default().to_owned(), url.port_or_known_default().unwrap_or(80));
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                sleep(Duration::from_millis(50)).await;
                return Err(format!("ended before it listened ({status})"));
            }
            if tokio::net::TcpStream::connect((place.0.as_str(), place.1)).await.is_ok() {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(format!("did not listen at {address} within {}", crate::time::spoken(self.start)));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Begins another shop with this environment; gives where it listens.
    pub(super) async fn begin_again(&mut self, environment: &[(String, String)], until: Instant) -> Result<String, String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let environment: serde_json::Map<String, Value> =
            environment.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        let told = timeout_at(until, self.tell(&json!({"environment": environment}), "listening")).await.map_err(|_| self.late())?;
        told.as_ref().and_then(address_in).ok_or_else(|| "did not begin another shop".to_owned())
    }

    /// Ends its shop and waits for the next; gives whether it does.
    pub(super) async fn rest(&mut self) -> bool {
        matches!(timeout(GONE, self.tell(&json!({"leave": true}), "left")).await, Ok(Some(_)))
    }

    /// Tells it a line and gives what it says to that.
    async fn tell(&mut self, line: &Value, event: &str) -> Option<Value> {
        let input = self.input.as_mut()?;
        input.write_all(format!("{line}\n").as_bytes()).await.ok()?;
        input.flush().await.ok()?;
        let lines = self.lines.as_mut()?;
        loop {
            let heard = lines.recv().await?;
            if heard["event"].as_str() == Some(event) {
                return Some(heard);
            }
        }
    }

    /// Ends it and what it started, at once, and waits until it is gone.
    pub(super) async fn ended(&mut self) -> Result<(), String> {
        self.end();
        let gone = timeout(GONE, self.child.wait()).await;
        gone.map_or_else(|_| Err("the merchant's program cannot be ended".to_owned()), |_| Ok(()))
    }

    /// Whether it runs.
    pub(super) fn is_there(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// This, unless it has ended.
    pub(super) fn still_there(mut self) -> Option<Self> {
        self.is_there().then_some(self)
    }

    /// What it said lately on standard error.
    pub(super) fn said(&self) -> String {
        let kept = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept.iter().copied().collect::<Vec<u8>>()).trim().to_owned()
    }

    fn late(&self) -> String {
        format!("did not say within {} where it listens", crate::time::spoken(self.start))
    }

    fn end(&mut self) {
        // the guard ends the group: what the program started shares it
        drop(self.guard.take());
        let _ = self.child.start_kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Somebody who outlives us for the moment it takes to end the program's group, which is its own: a player that is killed cannot.
fn guard() -> Result<Option<Child>, String> {
    #[cfg(not(unix))]
    return Ok(None);
    #[cfg(unix)]
    {
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        guard.spawn().map(Some).map_err(|error| format!("`sh` cannot be started: {error}"))
    }
}

fn address_in(told: &Value) -> Option<String> {
    let address = told["address"].as_str()?;
    reqwest::Url::parse(address).ok().map(|_| address.trim_end_matches('/').to_owned())
}

/// Reads lines to the end: those that tell of an event are handed on, the others are kept.
async fn hear(mut output: BufReader<ChildStdout>, sender: mpsc::Sender<Value>, said: Said) {
    loop {
        let mut line = Vec::new();
        let Ok(1..) = (&mut output).take(LINE_LIMIT).read_until(b'\n', &mut line).await else { return };
        match serde_json::from_slice::<Value>(&line) {
            // whoever says more than is asked is not waited for
            Ok(event) if event["event"].is_string() => drop(sender.try_send(event)),
            _ => add(&said, &line),
        }
    }
}

/// Reads to the end so that the writer never waits, and keeps the last of it.
async fn keep(mut from: impl AsyncRead + Unpin, said: Said) {
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut piece).await {
        add(&said, &piece[..count]);
    }
}

fn add(said: &Said, piece: &[u8]) {
    let mut kept = said.lock().unwrap_or_else(PoisonError::into_inner);
    kept.extend(piece);
    let excess = kept.len().saturating_sub(KEPT);
    kept.drain(..excess);
}
