//! `kabao explain ID`: what a rule asks for, which rules a profile requires, what a diagnosis means, or how an error code of a payment
//! call is provoked.

use super::terminal::tell;
use crate::exit::{Ended, Exit};
use clap::Args;
use conformance::profile::{self, Profile};
use conformance::{Language, explain, rules};
use wire::alipay::traps;

/// Explain a rule, a profile, a diagnosis or a payment call's error code, or list them
#[derive(Args)]
pub(super) struct Explain {
    /// The id of a rule, such as UPD-004, a profile, such as `till`, a diagnosis, such as Q07, or an error code, such as
    /// `ACQ.TRADE_HAS_CLOSE`; all are listed without one
    id: Option<String>,
    /// In Chinese
    #[arg(long)]
    zh: bool,
}

impl Explain {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        let language = if self.zh { Language::Chinese } else { Language::English };
        let Some(id) = self.id else {
            tell(&list(self.zh));
            return Ok(Exit::Fine);
        };
        let profile = Profile::named(&id.to_ascii_lowercase()).map(|profile| profile.page(language));
        let code = alipay::explain_code(&id, self.zh);
        let id = id.to_ascii_uppercase();
        let trap = || traps::by_id(&id).map(|trap| if self.zh { trap.page_chinese() } else { trap.page() });
        match explain(&id, language).or_else(trap).or(profile).or(code) {
            Some(page) => {
                tell(&page);
                Ok(Exit::Fine)
            }
            None => Err(Ended::usage(format!(
                "there is no rule, no profile, no diagnosis and no payment code {id}; `kabao explain` lists them"
            ))),
        }
    }
}

/// Every rule, every profile, every diagnosis and every payment code, one a line.
fn list(zh: bool) -> String {
    let rules = rules::all().map(|rule| (rule.id.to_owned(), if zh { rule.title_chinese() } else { rule.title() }.to_owned()));
    let profiles =
        profile::ALL.iter().map(|profile| (profile.name.to_owned(), if zh { profile.title_zh } else { profile.title }.to_owned()));
    let traps = traps::all().iter().map(|trap| (trap.id.clone(), if zh { &trap.title_zh } else { &trap.title }.clone()));
    let codes = alipay::codes().into_iter().map(|(code, text)| (code.to_owned(), text.to_owned()));
    rules.chain(profiles).chain(traps).chain(codes).map(|(id, title)| format!("{id}  {title}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_diagnoses_are_listed_together_in_the_language_asked_for() {
        let english = list(false);
        assert!(english.lines().any(|line| line.starts_with("SIG-007  ")) && english.contains("\nQ07  + became a space\n"), "{english}");
        assert!(english.contains("\nACQ.TRADE_HAS_CLOSE  交易已经关闭\n"));
        assert!(english.contains("\ntill  payments and refunds at the counter\n"));
        assert!(list(true).contains("\nQ07  + 变成了空格\n"));
    }

    #[test]
    fn what_there_is_is_explained_and_what_there_is_not_is_refused() {
        let asked = |id: &str, zh| Explain { id: Some(id.to_owned()), zh }.run();
        assert!(matches!(asked("till", false), Ok(Exit::Fine)) && matches!(asked("SPI-3.1", true), Ok(Exit::Fine)));
        assert!(matches!(asked("q07", false), Ok(Exit::Fine)) && matches!(asked("Q41", true), Ok(Exit::Fine)));
        assert!(matches!(asked("acq.system_error", true), Ok(Exit::Fine)) && matches!(asked("isp.bill_not_exist", false), Ok(Exit::Fine)));
        let refused = asked("Q99", false).err().map(|ended| (ended.exit, ended.text));
        assert!(refused.is_some_and(|(exit, text)| exit == Exit::Usage && text.contains("no payment code Q99")));
    }
}
