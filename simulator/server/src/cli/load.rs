//! `kabao load`: planned load against a platform, and reports of such runs put together or held against each other. What is called,
//! and how it is proved, is `benches`'.

use super::terminal::{talk, tell};
use crate::exit::{Ended, Exit};
use benches::load::{Address, Mode, NoLoad, Order, Part, Profile, Rate, Report, compare, merge, page, run, tell as told};
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
    /// What to call; the profiles are listed below
    #[arg(value_name = "PROFILE", required = true, value_parser = profile)]
    profile: Option<Profile>,
    /// The platform
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8600")]
    target: String,
    /// Calls planned a second, or `max`: the next one as soon as a connection is free
    #[arg(long, value_name = "N", default_value = "100", value_parser = rate)]
    rate: Rate,
    /// How long, such as `60s`, `10m`, `1h`; where every card comes once, the rate says it
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = span)]
    duration: Duration,
    /// How many cards, or customers where cards are opened or charged
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    cards: u32,
    /// How many connections
    #[arg(long, value_name = "N", default_value_t = 64)]
    connections: usize,
    /// Sign all requests before the run, on all processors; needs about a kilobyte a call
    #[arg(long)]
    presigned: bool,
    /// The plan is drawn from this; the same seed plans the same
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A sandbox that is there; one is made for the run, and dropped after it, when none is named
    #[arg(long, value_name = "NAME")]
    sandbox: Option<String>,
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
    #[arg(long, value_name = "PERCENT", default_value = "10%", value_parser = percent)]
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
        let Planned { profile, target, rate, duration, cards, connections, presigned, seed, sandbox, keep, token, part, start_at, told } =
            self.plan;
        let order = Order {
            address: Address { target, token, sandbox },
            profile: profile.expect("clap asks for it"),
            rate,
            span: duration,
            subjects: cards,
            connections,
            mode: if presigned { Mode::PreSigned } else { Mode::Live },
            seed,
            part: part.unwrap_or(Part::WHOLE),
            start_at,
            keep,
        };
        told.check()?;
        told.tell(&run(&order).map_err(ended)?)
    }
}

impl Told {
    /// Before anything is called: whether the one from before can be read.
    fn check(&self) -> Result<(), Ended> {
        self.compare.as_deref().map(read).transpose().map(drop)
    }

    fn tell(&self, report: &Report) -> Result<Exit, Ended> {
        for (file, text) in [(&self.json, Report::json as fn(&Report) -> String), (&self.html, page)] {
            if let Some(file) = file {
                std::fs::write(file, text(report)).map_err(|error| Ended::usage(format!("{}: {error}", file.display())))?;
                talk(&format!("written: {}", file.display()));
            }
        }
        tell(told(report).trim_end());
        if !report.holds() {
            return Ok(Exit::Breaches);
        }
        if !report.invalid.is_empty() {
            return Ok(Exit::NotProved);
        }
        let Some(before) = &self.compare else { return Ok(Exit::Fine) };
        let compared = compare(report, &read(before)?, self.tolerance);
        let compared = compared.map_err(|why| Ended::usage(format!("{} says nothing about this run: {why}", before.display())))?;
        tell(&format!("\n{}", compared.lines.join("\n")));
        Ok(if compared.worse == 0 { Exit::Fine } else { Exit::Breaches })
    }
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
    }
}

fn profiles() -> String {
    let mut text = "Profiles:\n".to_owned();
    for profile in Profile::ALL {
        // writing into a text cannot fail
        let _ = writeln!(text, "  {:<15} {}", profile.name, profile.tells);
    }
    text + "\nExit codes: 1 what was acknowledged is not there, or it became slower; 4 the generator did not keep up."
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
}
