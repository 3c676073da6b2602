//! A house as a process: started on a free port, killed when it goes out of scope.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
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
    /// What it said on its standard error so far.
    said: Arc<Mutex<String>>,
}

fn serving(mut command: Command, arguments: &[&str]) -> Command {
    command.arg("serve").args(arguments);
    if arguments.first() != Some(&"--listen") {
        command.args(["--listen", "127.0.0.1:0"]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// No request and no crash may bring out a bug: a panic is said on standard error.
#[track_caller]
fn no_bug(said: &str) {
    assert!(!said.contains("panicked at"), "{said}");
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

    /// Starts one over a data directory at an address of its own choice.
    pub(crate) fn over_at(data: &Path, listen: &str, more: &[&str]) -> Self {
        let data = data.to_str().expect("temporary directories have plain names");
        let since = Instant::now();
        loop {
            // the port may be in use for a moment by a connection of somebody else's
            match Self::start(&[&["--listen", listen, "--data", data], more].concat()) {
                Ok(place) => return place,
                Err(said) => assert!(since.elapsed() < START_LIMIT && said.contains("cannot listen"), "{said}"),
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Starts one over a data directory whose files may not grow beyond so many KiB.
    pub(crate) fn cramped(data: &Path, kib: u64) -> Result<Self, String> {
        let mut shell = Command::new("bash");
        // the shell becomes the house
        shell.args(["-c", "ulimit -f \"$1\"; shift; exec \"$@\"", "bash", &kib.to_string(), env!("CARGO_BIN_EXE_kabao")]);
        Self::greeted(shell, &["--data", data.to_str().expect("temporary directories have plain names")])
    }

    /// Starts one; the error is what it said before it ended.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, String> {
        Self::greeted(Command::new(env!("CARGO_BIN_EXE_kabao")), arguments)
    }

    /// Begins to start one over a data directory and ends it after a while as a power cut would, wherever it has come to.
    pub(crate) fn cut_short(data: &Path, after: Duration) {
        let data = data.to_str().expect("temporary directories have plain names");
        let mut child = serving(Command::new(env!("CARGO_BIN_EXE_kabao")), &["--data", data]).spawn().expect("the binary can be started");
        std::thread::sleep(after);
        child.kill().expect("it runs");
        let ended = child.wait_with_output().expect("it ends");
        no_bug(&String::from_utf8_lossy(&ended.stderr));
    }

    fn greeted(command: Command, arguments: &[&str]) -> Result<Self, String> {
        let begun = Instant::now();
        let mut child = serving(command, arguments).spawn().expect("the binary can be started");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (line, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for text in output.lines().map_while(Result::ok) {
                if line.send(text).is_err() {
                    return;
                }
            }
        });
        // what it says must not fill the pipe
        let (said, errors) = (Arc::<Mutex<String>>::default(), BufReader::new(child.stderr.take().expect("piped")));
        let heard = said.clone();
        let hearing = std::thread::spawn(move || {
            for text in errors.lines().map_while(Result::ok) {
                let mut heard = heard.lock().expect("no test panics here");
                heard.push_str(&text);
                heard.push('\n');
            }
        });
        let mut gateway = None;
        while gateway.is_none() {
            let Ok(text) = lines.recv_timeout(START_LIMIT.saturating_sub(begun.elapsed())) else {
                let _ = child.kill();
                let _ = child.wait();
                let _ = hearing.join();
                let said = said.lock().expect("no test panics here").clone();
                return Err(said);
            };
            gateway = text.strip_prefix("gateway").map(|rest| rest.trim().trim_end_matches("/gateway.do").to_owned());
        }
        Ok(Self { base: gateway.expect("just found"), greeted_after: begun.elapsed(), child, said })
    }

    /// Asks it to end and ends it a while later as a power cut would, wherever it has come to.
    pub(crate) fn stop_cut_short(mut self, after: Duration) {
        self.ask_to_end();
        std::thread::sleep(after);
        let _ = self.child.kill();
        self.child.wait().expect("it ends");
    }

    fn ask_to_end(&self) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(asked.success());
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to end and waits.
    pub(crate) fn stop(mut self) {
        self.ask_to_end();
        let ended = self.child.wait().expect("it ends");
        assert!(ended.success(), "it ended with {ended}");
    }

    /// What it has said on its standard error.
    pub(crate) fn said(&self) -> String {
        self.said.lock().expect("no test panics here").clone()
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
        if !std::thread::panicking() {
            no_bug(&self.said.lock().expect("no test panics here"));
        }
    }
}
