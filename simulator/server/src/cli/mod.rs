//! The command line: one file a verb. Results go to standard output, talk to standard error.
//!
//! A flag wins over an environment variable, which wins over the default.

mod check;
mod demo;
mod doctor;
mod explain;
mod init;
mod ledger;
mod ledger_bench;
mod load;
mod play;
mod practice;
mod record;
mod serve;
mod terminal;

use crate::exit::{Ended, Exit};
use clap::{Parser, Subcommand};
use std::ffi::OsString;

/// A platform for member cards on your own machine: simulator, stories, conformance kit, load.
#[derive(Parser)]
#[command(name = "kabao", version, arg_required_else_help = true, after_help = format!("{}\nLogs: set KABAO_LOG (for example KABAO_LOG=debug).", Exit::help()))]
struct Line {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Serve(serve::Serve),
    Init(init::Init),
    Demo(demo::Demo),
    Play(play::Play),
    Record(record::Record),
    Practice(practice::Open),
    Check(check::Check),
    Explain(explain::Explain),
    Doctor(Box<doctor::Doctor>),
    Ledger(ledger::Ledger),
    Load(Box<load::Load>),
}

/// Runs the verb of a command line.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let line = match Line::try_parse_from(arguments) {
        Ok(line) => line,
        Err(help) => {
            // help and version are results, mistakes are talk: clap knows which is which
            let _ = help.print();
            return if help.use_stderr() { Exit::Usage } else { Exit::Fine };
        }
    };
    // of a platform that is there for a play, the play tells what somebody has to know
    let usual = if matches!(line.verb, Verb::Check(_) | Verb::Play(_) | Verb::Demo(_)) { "error" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("KABAO_LOG").unwrap_or_else(|_| usual.into());
    // a second house in one process (in tests) keeps the first one's log
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    let ended = match line.verb {
        Verb::Serve(verb) => verb.run(),
        Verb::Init(verb) => verb.run(),
        Verb::Demo(verb) => verb.run(),
        Verb::Play(verb) => verb.run(),
        Verb::Record(verb) => verb.run(),
        Verb::Practice(verb) => verb.run(),
        Verb::Check(verb) => verb.run(),
        Verb::Explain(verb) => verb.run(),
        Verb::Doctor(verb) => verb.run(),
        Verb::Ledger(verb) => verb.run(),
        Verb::Load(verb) => verb.run(),
    };
    match ended {
        Ok(exit) => exit,
        Err(Ended { exit, text }) => {
            terminal::talk(&format!("kabao: {text}"));
            exit
        }
    }
}

/// A runtime for a verb that talks over the network.
fn runtime() -> Result<tokio::runtime::Runtime, Ended> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Ended::bug)
}
