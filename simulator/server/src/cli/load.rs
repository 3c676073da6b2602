//! `kabao load`: planned load against a platform, and reports of such runs put together or held against each other. What is called,
//! and how it is proved, is `benches`'; a story that is begun again and again is `story`'s.

mod story;

use super::terminal::{talk, tell};
use crate::exit::{Ended, Exit};
use benches::load::{Address, Mode, NoLoad, Order, Part, Profile, Rate, Report, comparable, compare, merge, page, run, tell as told};
use clap::{Args, Subcommand};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Call a platform by a plan, prove what came of it, and tell how long it took
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, after_help = profiles())]
pub(super) struct Load {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    plan: Planned,
}

#[derive(Subcommand)]
enum What {
    /// Put the reports of processes that shared one plan together
    Merge {
        /// Their JSON files
        #[arg(required = true, value_name = "JSON")]
        reports: Vec<PathBuf>,
        #[command(flatten)]
        told: Told,
    },
}

/// The plan.
#[derive(Args)]
struct Planned {
    /// What to call: a profile, listed below, or a story tagged `@load(rate=…,duration=…)`
    #[arg(value_name = "PROFILE", required = true, value_parser = known)]
    profile: Option<String>,
    /// The platform; port 8600 of this machine when absent, for a story one that is started
    #[arg(long, value_name = "URL")]
    target: Option<String>,
    /// Who the merchant of a story is: a `merchant.toml`; the built-in practice merchant when absent
    #[arg(long, value_name = "FILE")]
    merchant: Option<String>,
    /// Calls planned a second, or `max`: the next one as soon as a connection is free [default: 100, or what the story says]
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<Rate>,
    /// How long, such as `60s`, `10m`, `1h`; where every card comes once, the rate says it [default: 60s, or what the story says]
    #[arg(long, value_name = "TIME", value_parser = span)]
    duration: Option<Duration>,
    /// How many cards, or customers where cards are opened or charged
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    cards: u32,
    /// How many connections; of a story, how many are played at once [default: 64; stories: 16]
    #[arg(long, value_name = "N")]
    connections: Option<usize>,
    /// Sign all requests before the run, on all processors; needs about a kilobyte a call
    #[arg(long)]
    presigned: bool,
    /// The plan is drawn from this; the same seed plans the same
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A sandbox that is there; one is made for the run, and dropped after it, when none is named
    #[arg(long, value_name = "NAME")]
    sandbox: Option<String>,
    /// The merchant's till API, to see in its own books what it made of a storm of notices (profile `notices`)
    #[arg(long, value_name = "URL")]
    till: Option<String>,
    /// Leave the run's own sandbox there
    #[arg(long)]
    keep: bool,
    /// What the platform wants to be shown from another machine
    #[arg(long, env = "KABAO_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Do this part of the plan; other processes do the others
    #[arg(long, value_name = "K/N", requires_all = ["start_at", "sandbox"])]
    part: Option<Part>,
    /// When the plan begins, such as `2026-11-22T14:00:00Z`
    #[arg(long, value_name = "TIME", value_parser = moment)]
    start_at: Option<SystemTime>,
    #[command(flatten)]
    told: Told,
}

/// How it is told.
#[derive(Args)]
struct Told {
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report as one page for a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Hold it against a report from before; worse by more than is tolerated ends with 1
    #[arg(long, value_name = "JSON")]
    compare: Option<PathBuf>,
    /// How much worse is tolerated
    #[arg(long, value_name = "PERCENT", default_value = "10%", value_parser = percent, requires = "compare")]
    tolerance: u64,
}

impl Load {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        if let Some(What::Merge { reports, told }) = self.what {
            let reports: Result<Vec<Report>, Ended> = reports.iter().map(|file| read(file)).collect();
            return told.tell(&merge(reports?).map_err(Ended::usage)?);
        }
        if cfg!(debug_assertions) {
            talk("this is a debug build: what it measures is no measurement");
        }
        let plan = self.plan;
        let name = plan.profile.as_deref().expect("clap asks for it");
        let before = plan.told.check()?;
        if story::is_meant(name) {
            return plan.told.tell(&story::run(name, &plan)?);
        }
        let order = Order {
            address: Address {
                target: plan.target.unwrap_or_else(|| "http://127.0.0.1:8600".to_owned()),
                token: plan.token,
                sandbox: plan.sandbox,
            },
            profile: profile(name).map_err(Ended::usage)?,
            rate: plan.rate.unwrap_or(Rate::PerSecond(100.0)),
            span: plan.duration.unwrap_or(Duration::from_mins(1)),
            subjects: plan.cards,
            connections: plan.connections.unwrap_or(64),
            mode: if plan.presigned { Mode::PreSigned } else { Mode::Live },
            seed: plan.seed,
            part: plan.part.unwrap_or(Part::WHOLE),
            start_at: plan.start_at,
            till: plan.till,
            keep: plan.keep,
        };
        if let (Some(before), Some(file)) = (before, &plan.told.compare) {
            comparable(&before, &order).map_err(|why| nothing_about(file, &why))?;
        }
        if plan.duration.is_some() && !order.profile.is_endless() && order.rate != Rate::AsAnswered {
            talk("in this profile each comes once: the rate says how long it takes, not --duration");
        }
        plan.told.tell(&run(&order).map_err(ended)?)
    }
}

impl Told {
    /// Before anything is called: the one from before, and whether there is room for what is to be written.
    fn check(&self) -> Result<Option<Report>, Ended> {
        for file in [&self.json, &self.html].into_iter().flatten() {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            if !folder.is_dir() || file.is_dir() {
                return Err(Ended::usage(format!("{} cannot be written: its folder is not there, or it is one itself", file.display())));
            }
        }
        self.compare.as_deref().map(read).transpose()
    }

    fn tell(&self, report: &Report) -> Result<Exit, Ended> {
        tell(told(report).trim_end());
        for (file, text) in [(&self.json, Report::json as fn(&Report) -> String), (&self.html, page)] {
            if let Some(file) = file {
                std::fs::write(file, text(report)).map_err(|error| Ended::usage(format!("{}: {error}", file.display())))?;
                talk(&format!("written: {}", file.display()));
            }
        }
        let otherwise = match report {
            _ if !report.holds() => Some(Exit::Breaches),
            _ if report.ended_by_hand => Some(Exit::Interrupted),
            _ if !report.invalid.is_empty() => Some(Exit::NotProved),
            _ => None,
        };
        let Some(file) = &self.compare else { return Ok(otherwise.unwrap_or(Exit::Fine)) };
        if let Some(exit) = otherwise {
            talk(&format!("not compared with {}: this run is no measurement", file.display()));
            return Ok(exit);
        }
        let compared = compare(report, &read(file)?, self.tolerance).map_err(|why| nothing_about(file, &why))?;
        tell(&format!("\n{}", compared.lines.join("\n")));
        Ok(if compared.worse == 0 { Exit::Fine } else { Exit::Breaches })
    }
}

fn nothing_about(before: &Path, why: &str) -> Ended {
    Ended::usage(format!("{} says nothing about this run: {why}", before.display()))
}

fn read(file: &Path) -> Result<Report, Ended> {
    let said = |why: String| Ended::usage(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| said(error.to_string()))?;
    Report::read(&text).map_err(said)
}

fn ended(why: NoLoad) -> Ended {
    match why {
        NoLoad::Plan(_) => Ended::usage(why),
        NoLoad::Target(_) => Ended::unreachable(why),
        NoLoad::ByHand => Ended { exit: Exit::Interrupted, text: why.to_string() },
    }
}

fn profiles() -> String {
    let mut text = "Profiles:\n".to_owned();
    for profile in Profile::ALL {
        // writing into a text cannot fail
        let _ = writeln!(text, "  {:<15} {}", profile.name, profile.tells);
    }
    text + "\nExit codes: 1 what was acknowledged is not there, or it became slower; 3 the platform is not there, or was lost; 4 the generator did not keep up; 130 it was ended by hand."
}

/// The name of a profile or story.
fn known(name: &str) -> Result<String, String> {
    if story::is_meant(name) { Ok(name.to_owned()) } else { profile(name).map(|profile| profile.name.to_owned()) }
}

fn profile(name: &str) -> Result<Profile, String> {
    let names = || Profile::ALL.iter().map(|profile| profile.name).collect::<Vec<_>>().join(", ");
    Profile::named(name).ok_or_else(|| format!("there is no such profile; there are: {}", names()))
}

fn rate(text: &str) -> Result<Rate, String> {
    if text == "max" {
        return Ok(Rate::AsAnswered);
    }
    text.parse().map(Rate::PerSecond).map_err(|_| "it is calls a second, or `max`".to_owned())
}

fn span(text: &str) -> Result<Duration, String> {
    let wrong = || "it is a whole number with `s`, `m` or `h`, such as `60s`".to_owned();
    let (number, unit) = text.split_at(text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len()));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    // a day is the longest that anyone plans
    number.checked_mul(seconds).filter(|seconds| (1..=86_400).contains(seconds)).map(Duration::from_secs).ok_or_else(wrong)
}

fn percent(text: &str) -> Result<u64, String> {
    text.strip_suffix('%').unwrap_or(text).parse().map_err(|_| "it is a whole number of percent, such as `10%`".to_owned())
}

fn moment(text: &str) -> Result<SystemTime, String> {
    let moment: Result<jiff::Timestamp, _> = text.parse();
    moment.map(SystemTime::from).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use benches::load::{Pieces, pieces};

    #[test]
    fn times_rates_and_parts_are_read_as_people_write_them() {
        assert_eq!(span("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(span("2h"), Ok(Duration::from_hours(2)));
        for wrong in ["90", "s", "0s", "-1s", "25h", "1.5m", "99999999999999999999s"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
        assert_eq!(rate("max"), Ok(Rate::AsAnswered));
        assert_eq!(rate("2.5"), Ok(Rate::PerSecond(2.5)));
        assert!(rate("fast").is_err());
        assert_eq!((percent("15%"), percent("15")), (Ok(15), Ok(15)));
        assert!(moment("2026-11-22T14:00:00Z").is_ok() && moment("soon").is_err());
        assert!(profile("unheard-of").unwrap_err().contains("steady"));
    }

    /// A command line as clap reads it.
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        load: Load,
    }

    /// What stands behind `kabao load` on it.
    pub(super) fn planned(words: &str) -> Planned {
        <Line as clap::Parser>::parse_from(std::iter::once("load").chain(words.split(' '))).load.plan
    }

    /// A report of something that comes true or does not, whatever the machine's speed.
    fn report(comes_true: bool) -> Report {
        let order = Pieces { name: "nothing".to_owned(), rate: 500.0, span: Duration::from_millis(100), at_once: 4, seed: 1 };
        let nothing = move |_| async move { if comes_true { Ok(Vec::new()) } else { Err("it did not".to_owned()) } };
        let mut report = super::super::runtime().unwrap().block_on(pieces(&order, nothing)).unwrap();
        report.invalid.clear();
        report
    }

    fn exit(told: &Told, report: &Report) -> Option<Exit> {
        told.tell(report).ok()
    }

    #[test]
    fn how_it_ends_says_whether_it_holds_was_a_measurement_and_became_slower() {
        let told = |words: &str| planned(&format!("steady{words}")).told;
        let good = report(true);
        assert_eq!(exit(&told(""), &good), Some(Exit::Fine));
        assert_eq!(exit(&told(""), &report(false)), Some(Exit::Breaches));
        let late = Report { invalid: vec!["it did not keep up".to_owned()], ..good.clone() };
        assert_eq!(exit(&told(""), &late), Some(Exit::NotProved));
        let ended = Report { ended_by_hand: true, ..late.clone() };
        assert_eq!(exit(&told(""), &ended), Some(Exit::Interrupted));
        assert_eq!(exit(&told(""), &Report { proof: report(false).proof, ..ended }), Some(Exit::Breaches), "what is wrong comes first");

        let folder = tempfile::tempdir().unwrap();
        let kept = |name: &str, report: &Report| {
            let file = folder.path().join(name);
            std::fs::write(&file, report.json()).unwrap();
            file.display().to_string()
        };
        let before = kept("before", &good);
        assert_eq!(exit(&told(&format!(" --compare {before}")), &good), Some(Exit::Fine));
        let slower = Report { took_us: good.took_us * 100 / 85, ..good.clone() };
        assert_eq!(exit(&told(&format!(" --compare {before}")), &slower), Some(Exit::Breaches), "15 % are more than 10 %");
        assert_eq!(exit(&told(&format!(" --compare {before} --tolerance 20%")), &slower), Some(Exit::Fine));
        assert_eq!(exit(&told(&format!(" --compare {}", kept("late", &late))), &good), None, "what is no measurement says nothing");
    }
}
