//! `kabao explain ID`: what a rule asks for, why, and where that comes from.

use super::terminal::tell;
use crate::exit::{Ended, Exit};
use clap::Args;
use conformance::{Language, explain, rules};

/// Explain a rule, or list the rules
#[derive(Args)]
pub(super) struct Explain {
    /// The rule's id, such as UPD-004; all rules are listed without one
    id: Option<String>,
    /// In Chinese
    #[arg(long)]
    zh: bool,
}

impl Explain {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        let language = if self.zh { Language::Chinese } else { Language::English };
        let Some(id) = self.id else {
            let title = |rule: &conformance::Rule| if self.zh { rule.title_chinese() } else { rule.title() };
            let lines: Vec<String> = rules::all().map(|rule| format!("{}  {}", rule.id, title(rule))).collect();
            tell(&lines.join("\n"));
            return Ok(Exit::Fine);
        };
        let id = id.to_ascii_uppercase();
        match explain(&id, language) {
            Some(page) => {
                tell(&page);
                Ok(Exit::Fine)
            }
            None => Err(Ended::usage(format!("there is no rule {id}; `kabao explain` lists them"))),
        }
    }
}
