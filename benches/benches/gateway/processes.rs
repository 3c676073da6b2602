//! Servers in processes of their own, this very program with other arguments, so that what each uses can be told apart.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// What a server says once it listens.
pub(crate) fn say_ready(address: SocketAddr) {
    println!("{address}");
}

/// A server in a process of its own, ended with the value.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::begun(Command::new(std::env::current_exe().unwrap()).args(arguments))
    }

    /// On a core that this process leaves alone from now on.
    pub(crate) fn start_on_last_core(arguments: &[&str]) -> Self {
        let cores = std::thread::available_parallelism().unwrap().get();
        assert!(cores > 1, "one core for the platform and one for who calls it");
        let own = std::process::id().to_string();
        let others = format!("0-{}", cores - 2);
        assert!(Command::new("taskset").args(["-a", "-c", "-p", &others, &own]).stdout(Stdio::null()).status().unwrap().success());
        let last = (cores - 1).to_string();
        Self::begun(Command::new("taskset").args(["-c", &last]).arg(std::env::current_exe().unwrap()).args(arguments))
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    fn begun(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, address: line.trim().parse().unwrap() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
