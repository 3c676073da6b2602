//! The binary `kabao`: reads the command line, runs one verb, ends with a documented code.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::run(std::env::args_os()).into()
}
