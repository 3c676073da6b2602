//! The report for a terminal. The proof comes first: where it does not hold, or the run is no measurement, no figure is told.

use super::Report;
use crate::load::act::Kind;
use crate::load::figures::shown;
use crate::load::plan::{Part, Rate};
use crate::load::profile::Profile;
use std::fmt::Write;

/// From so many cards on memory is told by the card: with fewer, what the process itself takes is most of it.
const MANY: u32 = 10_000;

/// Tells a report.
pub fn tell(report: &Report) -> String {
    let mut page = String::new();
    write(report, &mut page).expect("writing into a text cannot fail");
    page
}

fn write(report: &Report, out: &mut String) -> std::fmt::Result {
    writeln!(out, "{}", headline(report))?;
    for check in &report.proof {
        let mark = if check.holds() { "holds" } else { "BROKEN" };
        writeln!(out, "  {mark:<7} {} ({} looked at)", check.says, check.looked_at)?;
        for wrong in &check.wrong {
            writeln!(out, "          {wrong}")?;
        }
    }
    for what in &report.unseen {
        writeln!(out, "  unseen  {what}")?;
    }
    if !report.holds() {
        return writeln!(out, "\nNo figures: what the platform holds is not what it acknowledged.");
    }
    for why in &report.invalid {
        writeln!(out, "  INVALID {why}")?;
    }
    if !report.invalid.is_empty() {
        writeln!(out, "\nNo measurement, for the reasons above: what follows does not tell how the platform does.")?;
    }
    writeln!(out)?;
    writeln!(
        out,
        "  {:<24} {:>10} {:>8} {:>8} {:>10} {:>10} {:>10} {:>10}",
        "call", "done", "refused", "unknown", "p50", "p99", "p99.9", "worst"
    )?;
    for call in &report.calls {
        let at = |per_mille| call.latency.shown(per_mille);
        writeln!(
            out,
            "  {:<24} {:>10} {:>8} {:>8} {:>10} {:>10} {:>10} {:>10}",
            call.name,
            call.done,
            call.refused,
            call.unknown,
            at(500),
            at(990),
            at(999),
            shown(call.latency.worst())
        )?;
    }
    for (code, count) in &report.codes {
        writeln!(out, "  {count:>10} × {code}")?;
    }
    writeln!(out, "\n  reached   {}", reached(report))?;
    if let Some(lag) = lag(report) {
        writeln!(out, "  lag       {lag}")?;
    }
    if let Some(platform) = platform(report) {
        writeln!(out, "  platform  {platform}")?;
    }
    writeln!(
        out,
        "  generator left the plan p99 {} late, used {} % of its threads",
        shown(report.generator.lateness.at(990)),
        report.generator.used_percent()
    )
}

/// What the run was, in a line.
pub(crate) fn headline(report: &Report) -> String {
    let profile = Profile::named(&report.profile).unwrap_or(Profile::STORY);
    let (each, about) = words(&profile);
    let rate = match report.rate {
        Rate::PerSecond(rate) => {
            let most = if profile.is_steady() { "" } else { "at most " };
            format!("{most}{} {each}/s planned, latency from the planned moment", rounded(rate))
        }
        Rate::AsAnswered => "as fast as answers come, latency from sending".to_owned(),
    };
    let subjects = if about.is_empty() { String::new() } else { format!("{} {about}, ", report.subjects) };
    let part = if report.part == Part::WHOLE { String::new() } else { format!(", part {}/{}", report.part.number, report.part.of) };
    let build = if report.release_build { "" } else { ", a DEBUG BUILD: no measurement" };
    format!("load {}: {rate}; {subjects}{}{part}{build}", report.profile, report.mode)
}

/// What a profile does a second, and what there are of them.
fn words(profile: &Profile) -> (&'static str, &'static str) {
    if profile.has(|kind| kind == Kind::Story) {
        ("stories", "")
    } else if profile.has(|kind| kind == Kind::Notice) {
        ("notices", "different notices")
    } else if profile.has(Kind::is_about_a_card) {
        ("calls", "cards")
    } else {
        ("calls", "customers")
    }
}

/// A rate with at most two digits behind the point.
fn rounded(rate: f64) -> String {
    let text = format!("{rate:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The rate that was reached, in a line.
pub(crate) fn reached(report: &Report) -> String {
    let rate = report.rate_percent();
    format!("{}.{:02} calls/s done, {} of {} in {}", rate / 100, rate % 100, report.done(), report.answered(), shown(report.took_us))
}

/// The merchant's lag, in a line: as it was measured, or where it is to be found when the generator itself was the merchant.
pub(crate) fn lag(report: &Report) -> Option<String> {
    let lag = &report.lag;
    if lag.count() > 0 {
        let [half, most, worst] = [500, 990, 1_000].map(|per_mille| lag.shown(per_mille));
        let looks = lag.count();
        return Some(format!("from the till to what the customer's card shows: p50 {half}, p99 {most}, worst {worst} ({looks} looks)"));
    }
    let states = Profile::named(&report.profile).is_some_and(|profile| profile.has(Kind::states_a_total));
    states.then(|| {
        "none beside the latency: the generator is the merchant, and a card shows what was stated once that is answered; stories (@load) measure a merchant's own".to_owned()
    })
}

/// What the platform used, in a line.
pub(crate) fn platform(report: &Report) -> Option<String> {
    let platform = report.platform?;
    let each = platform.processor_us.checked_div(report.answered())?;
    let grown = platform.resident_after.saturating_sub(platform.resident_at_start);
    let memory = match grown.checked_div(report.subjects.into()) {
        Some(a_card) if report.subjects >= MANY => format!(", {a_card} bytes a card more than at the start"),
        _ => String::new(),
    };
    Some(format!("{each} µs of processor time a call; {} MiB resident{memory}", platform.resident_after >> 20))
}
