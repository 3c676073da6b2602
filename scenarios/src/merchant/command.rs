//! A till that is a command: run within its time, JSON on standard output, its standard error in the failure.

use crate::http::{Unanswered, begins};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

/// The most bytes that are read of each output.
const OUTPUT_LIMIT: u64 = 1 << 20;

/// What a command said.
pub(crate) struct Said {
    pub(crate) asked: String,
    pub(crate) code: u64,
    pub(crate) out: String,
    /// Exit code and standard error in one line.
    pub(crate) refusal: String,
}

/// Runs a command.
pub(crate) async fn run(argv: &[String], folder: &Path, limit: Duration) -> Result<Said, Unanswered> {
    let asked = argv.join(" ");
    let failed = |why: String| Unanswered { asked: asked.clone(), why };
    let [program, arguments @ ..] = argv else { return Err(failed("no command".to_owned())) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    if !folder.as_os_str().is_empty() {
        command.current_dir(folder);
    }
    let mut child = command.spawn().map_err(|error| failed(format!("cannot be started: {error}")))?;
    let (out, err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let work = async { tokio::join!(read(out), read(err), child.wait()) };
    let Ok((out, err, status)) = timeout(limit, work).await else {
        return Err(failed(format!("did not end within {}", crate::time::spoken(limit))));
    };
    let status = status.map_err(|error| failed(error.to_string()))?;
    if out.len() as u64 > OUTPUT_LIMIT {
        return Err(failed(format!("said more than {} MiB", OUTPUT_LIMIT >> 20)));
    }
    // ended by a signal: a code no program gives
    let code = status.code().and_then(|code| u64::try_from(code).ok()).unwrap_or(u64::MAX);
    Ok(Said { refusal: format!("{status}: {}", begins(err.trim())), asked, code, out })
}

/// Reads to the end, so that the writer never waits, and keeps the beginning.
async fn read(mut from: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    let _ = (&mut from).take(OUTPUT_LIMIT + 1).read_to_end(&mut kept).await;
    let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&kept).into_owned()
}
