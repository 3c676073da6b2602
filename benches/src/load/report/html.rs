//! The report as one file for a browser: no script, nothing fetched, everything that came from outside is text.

use super::plot::Plot;
use super::terminal::{headline, lag, platform, reached};
use super::{Report, Slice};
use crate::load::figures::{Times, shown};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What the classes of a report look like, for a `<style>` element; nothing outside a report is touched.
pub const STYLE: &str = include_str!("report.css");
/// Which parts of a thousand the table of percentiles shows.
const PER_MILLE: [u64; 7] = [500, 750, 900, 950, 990, 999, 1_000];

/// Codes that have a line of their own, the most frequent ones.
const CODES_DRAWN: usize = 5;

/// Tells a report as a page.
pub fn page(report: &Report) -> String {
    let title = format!("kabao load {}, {}", report.profile, report.at);
    let body = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (section(report)) }
        }
    };
    body.into_string() + "\n"
}

/// The report without the page around it, as part of somebody else's page.
pub fn part(report: &Report) -> String {
    section(report).into_string()
}

fn section(report: &Report) -> Markup {
    html! {
        section class="load" {
            h1 { "Load: " (report.profile) }
            p { (headline(report)) ". " (report.at) " UTC, seed " (report.seed) ", " (report.connections) " connections, kabao " (report.version) ". "
                (report.machine.processors) " × " (report.machine.model) ", " (report.machine.memory_mib) " MiB, " (report.machine.system) "." }
            (standing(report))
            @if report.holds() { (figures(report)) }
        }
    }
}

/// Whether there are figures at all, and why.
fn standing(report: &Report) -> Markup {
    html! {
        ul class="proof" {
            @for check in &report.proof {
                li class=(if check.holds() { "good" } else { "bad" }) {
                    (if check.holds() { "holds: " } else { "broken: " }) (check.says) " (" (check.looked_at) " looked at)"
                    @for wrong in &check.wrong { br; (wrong) }
                }
            }
            @for what in &report.unseen { li { "not looked at: " (what) } }
            @for why in &report.invalid { li class="bad" { "no measurement: " (why) } }
        }
        @if !report.holds() { p class="bad" { "No figures: what the platform holds is not what it acknowledged." } }
    }
}

fn figures(report: &Report) -> Markup {
    html! {
        p { strong { (reached(report)) } @if let Some(lag) = lag(report) { br; "The merchant's lag: " (lag) "." }
            @if let Some(platform) = platform(report) { br; "Platform: " (platform) "." }
            br; "Generator: " (shown(report.generator.lateness.at(990))) " late at the 99th percentile, used " (report.generator.used_percent()) " % of its threads." }
        table {
            tr { th { "call" } th { "done" } th { "refused" } th { "unknown" }
                @for per_mille in PER_MILLE { th { (if per_mille == 1_000 { "worst".to_owned() } else { percentile(per_mille) }) } } }
            @for call in &report.calls {
                tr { td { (call.name) } td { (call.done) } td { (call.refused) } td { (call.unknown) }
                    @for per_mille in PER_MILLE { td { (call.latency.shown(per_mille)) } } }
            }
        }
        @if report.codes.is_empty() { p { "No errors: every call was done." } } @else {
            table { tr { th { "code" } th { "times" } } @for (code, times) in &report.codes { tr { td { (code) } td { (times) } } } }
        }
        (by_percentile(report).draw(shown))
        p class="note" { "Across: how many of a hundred calls took no longer; each nine more is as far as the one before, and each line ends at its worst. "
            @if report.is_planned() { "Whole lines count from the planned moment, broken ones from sending: where they part, calls waited before they were sent." }
            @else { "Nothing was planned: each call was sent when a connection was free, so calls that would have come meanwhile are not seen." } }
        @for (plot, shown) in over_time(report) { (plot.draw(shown)) }
    }
}

/// Latency by percentile: each kind of call, and the merchant's lag.
fn by_percentile(report: &Report) -> Plot {
    let mut lines: Vec<(String, String, &Times)> = Vec::new();
    for (place, call) in report.calls.iter().enumerate() {
        lines.push((call.name.clone(), format!("c{place}"), &call.latency));
        if report.is_planned() {
            lines.push((format!("{}, from sending", call.name), format!("c{place} broken"), &call.service));
        }
    }
    lines.push(("the merchant's lag".to_owned(), "lag".to_owned(), &report.lag));
    Plot::by_percentile("latency by percentile", lines)
}

/// What writes a value beside a grid.
type Shown = fn(u64) -> String;

/// Latency, rates and codes as the run went on.
fn over_time(report: &Report) -> Vec<(Plot, Shown)> {
    // the last slice is not whole: its rates would look like a fall
    let slices = report.slices.get(..report.slices.len().saturating_sub(1)).filter(|slices| slices.len() > 1).unwrap_or(&report.slices);
    let line =
        |name: &str, class: &str, value: &dyn Fn(&Slice) -> u64| (name.to_owned(), class.to_owned(), slices.iter().map(value).collect());
    let a_second = |count: u64| count / report.slice_s.max(1);
    let latency = [line("p50", "p50", &|slice| slice.latency.at(500)), line("p99", "p99", &|slice| slice.latency.at(990))];
    let rates = [
        line("offered", "planned", &|slice| a_second(slice.planned)),
        line("reached", "reached", &|slice| a_second(slice.answered)),
        line("not done", "failed", &|slice| a_second(slice.failed)),
    ];
    let mut plots: Vec<(Plot, Shown)> = vec![
        (Plot::over_time("latency over time", latency, report.slice_s), shown),
        (Plot::over_time("calls a second, offered and reached", rates, report.slice_s), |rate| rate.to_string()),
    ];
    if !report.codes.is_empty() {
        let mut codes: Vec<(&String, &u64)> = report.codes.iter().collect();
        codes.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
        let (drawn, others) = codes.split_at(codes.len().min(CODES_DRAWN));
        let times = |slice: &Slice, code: &str| slice.codes.get(code).copied().unwrap_or_default();
        let mut lines: Vec<_> =
            drawn.iter().enumerate().map(|(place, (code, _))| line(code, &format!("c{place}"), &|slice| times(slice, code))).collect();
        if !others.is_empty() {
            let rest = |slice: &Slice| others.iter().map(|(code, _)| times(slice, code)).sum();
            lines.push(line("all others", "planned", &rest));
        }
        plots.push((Plot::over_time(&format!("errors by code, in each {} s", report.slice_s), lines, report.slice_s), |times| {
            times.to_string()
        }));
    }
    plots
}

fn percentile(per_mille: u64) -> String {
    if per_mille.is_multiple_of(10) { format!("p{}", per_mille / 10) } else { format!("p{}.{}", per_mille / 10, per_mille % 10) }
}
