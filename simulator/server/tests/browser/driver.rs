//! The chromedriver process, one for all tests that run at the same time: started by the first, ended by the last.

use crate::chromium::{self, Programs};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::time::Duration;

/// How long it may take to start, and to answer.
const LIMIT: Duration = Duration::from_secs(30);
/// What it says when it listens.
const LISTENS: &str = "was started successfully on port ";
/// Settings that would send requests for this machine elsewhere.
const PROXIES: [&str; 6] = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// A running chromedriver.
pub(crate) struct Driver {
    child: Child,
    port: u16,
    pub(crate) programs: &'static Programs,
}

impl Driver {
    /// The one that runs, or a new one. Blocks, for minutes when a browser must be fetched first.
    pub(crate) fn shared() -> Arc<Self> {
        static RUNNING: Mutex<Weak<Driver>> = Mutex::new(Weak::new());
        // a test that failed to start it must not stop the others from saying why
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let driver = Arc::new(Self::start(chromium::programs().unwrap_or_else(|trouble| panic!("{trouble}"))));
            *running = Arc::downgrade(&driver);
            driver
        })
    }

    fn start(programs: &'static Programs) -> Self {
        let mut command = Command::new(&programs.chromedriver);
        command.arg("--port=0").envs(programs.variables.iter().cloned());
        // whatever a browser keeps for its user is kept in the build folder
        command.env("HOME", chromium::build_folder());
        for name in PROXIES {
            command.env_remove(name);
        }
        let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = started.unwrap_or_else(|error| panic!("{} does not start: {error}", programs.chromedriver.display()));
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (found, port) = mpsc::channel();
        // reads to the end, so that what it says later does not fill the pipe
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some((_, port)) = line.split_once(LISTENS) {
                    let _ = found.send(port.trim_end_matches('.').parse().expect("it says its port"));
                }
            }
        });
        let Ok(port) = port.recv_timeout(LIMIT) else {
            let _ = child.kill();
            panic!("{} did not listen within {} s", programs.chromedriver.display(), LIMIT.as_secs());
        };
        Self { child, port, programs }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Sends it a command without a body and waits for its answer, whichever it is.
    pub(crate) fn tell(&self, method: &str, path: &str) -> std::io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(LIMIT))?;
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", self.port)?;
        // it answers when it is done, and keeps the connection open whatever it is asked
        stream.read(&mut [0; 256]).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // browsers that failed tests left behind end with it
        let _ = self.tell("GET", "/shutdown");
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
