//! `kabao record`: what a person did in a sandbox, written as a story that does it again.

use super::play::Where;
use super::terminal::{talk, tell};
use crate::exit::{Ended, Exit};
use clap::Args;
use scenarios::control::Control;
use scenarios::record::{Tongue, record};
use std::path::PathBuf;

/// Write what was done in a sandbox as a story
#[derive(Args)]
pub(super) struct Record {
    #[command(flatten)]
    place: Where,
    /// Only what came after this event
    #[arg(long, value_name = "SEQUENCE", default_value_t = 0)]
    after: u64,
    /// The story in Chinese
    #[arg(long)]
    zh: bool,
    /// Write it here instead of to standard output
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Record {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        let control = Control::new(self.place.platform(), &self.place.sandbox);
        let tongue = if self.zh { Tongue::Chinese } else { Tongue::English };
        let recorded = super::runtime()?.block_on(record(&control, self.after, tongue)).map_err(Ended::unreachable)?;
        if !recorded.untold.is_empty() {
            let all = recorded.untold.iter().fold(String::new(), |all, what| format!("{all}\n  {what}"));
            talk(&format!(
                "{} things have no sentence, each is a comment in the story, which may play another way for it:{all}",
                recorded.untold.len()
            ));
        }
        match &self.out {
            None => tell(recorded.story.trim_end()),
            Some(path) => {
                std::fs::write(path, &recorded.story).map_err(|error| Ended::usage(format!("{}: {error}", path.display())))?;
                talk(&format!("written to {}; kabao play {} plays it", path.display(), scenarios::in_shell(&path.to_string_lossy())));
            }
        }
        Ok(Exit::Fine)
    }
}
