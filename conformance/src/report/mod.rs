//! Reports: what the rules said, for a terminal, a program or a pull request. One small file each, behind one trait.
//!
//! A report repeats only what the bundle holds, which the platform redacted on the way out.

mod json;
mod markdown;
mod terminal;

pub use json::Json;
pub use markdown::Markdown;
pub use terminal::Terminal;

use crate::judge::{Judged, Standing};
use crate::rule::Verdict;
use scenarios::Run as Bundle;

/// What is reported.
#[derive(Clone, Copy, Debug)]
pub struct Report<'r> {
    /// The runs that were judged together; none when traffic without a story was judged.
    pub runs: &'r [Bundle],
    /// What the rules said.
    pub judged: &'r Judged,
}

/// A way to tell a report.
pub trait Reporter {
    /// Its name, as `--format` knows it.
    fn name(&self) -> &'static str;

    /// The whole report.
    fn report(&self, report: &Report<'_>) -> String;
}

/// How many rules hold, are breached, were not exercised.
fn counts(judged: &Judged) -> [usize; 3] {
    let count = |wanted: fn(&Verdict) -> bool| judged.judgements.iter().filter(|judgement| wanted(&judgement.verdict)).count();
    [
        count(|verdict| *verdict == Verdict::Holds),
        count(|verdict| matches!(verdict, Verdict::Breached(_))),
        count(|verdict| matches!(verdict, Verdict::NotExercised(_))),
    ]
}

/// The whole in one sentence.
fn sentence(judged: &Judged) -> String {
    let [holds, breached, missing] = counts(judged);
    let open = if missing == 0 { String::new() } else { format!(", {missing} not exercised") };
    let hold = if holds == 1 { "1 holds".to_owned() } else { format!("{holds} hold") };
    match judged.standing() {
        Standing::Green => {
            format!("Every rule was exercised, and {}.", if holds == 1 { "it holds".to_owned() } else { format!("all {holds} hold") })
        }
        Standing::NotProved => format!("{hold}{open}: nothing is wrong that was looked at, and not everything was."),
        Standing::Breached => format!("{breached} breached, {hold}{open}."),
        Standing::Broken => format!("The kit could not do its work: {}.", judged.trouble.as_deref().unwrap_or("no reason is known")),
    }
}

#[cfg(test)]
mod tests;
