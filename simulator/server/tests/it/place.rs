//! A house as a process: started on a free port, killed when it goes out of scope.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a start may take before the test fails.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running `kabao serve`.
pub(crate) struct Place {
    child: Child,
    /// Its address, `http://127.0.0.1:port`.
    pub(crate) base: String,
    /// How long it took from the start of the process to its greeting.
    pub(crate) greeted_after: Duration,
}

impl Place {
    /// Starts one in memory.
    pub(crate) fn in_memory(more: &[&str]) -> Self {
        Self::start(&[&["--memory"], more].concat()).expect("a house in memory starts")
    }

    /// Starts one over a data directory.
    pub(crate) fn over(data: &Path, more: &[&str]) -> Self {
        let data = data.to_str().expect("temporary directories have plain names");
        Self::start(&[&["--data", data], more].concat()).expect("a house over its data starts")
    }

    /// Starts one; the error is what it said before it ended.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, String> {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_kabao"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (line, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for text in output.lines().map_while(Result::ok) {
                if line.send(text).is_err() {
                    return;
                }
            }
        });
        let mut gateway = None;
        while gateway.is_none() {
            let Ok(text) = lines.recv_timeout(START_LIMIT.saturating_sub(begun.elapsed())) else {
                let _ = child.kill();
                let mut said = String::new();
                let _ = child.stderr.take().expect("piped").read_to_string(&mut said);
                let _ = child.wait();
                return Err(said);
            };
            gateway = text.strip_prefix("gateway").map(|rest| rest.trim().trim_end_matches("/gateway.do").to_owned());
        }
        // what it says later must not fill the pipe
        let errors = child.stderr.take().expect("piped");
        std::thread::spawn(move || BufReader::new(errors).lines().map_while(Result::ok).for_each(drop));
        Ok(Self { base: gateway.expect("just found"), greeted_after: begun.elapsed(), child })
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to end and waits.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(asked.success());
        let ended = self.child.wait().expect("it ends");
        assert!(ended.success(), "it ended with {ended}");
    }

    /// Resident memory in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux reports it");
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
