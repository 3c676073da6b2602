//! The report as one file for a browser: no script, nothing fetched, everything that came from outside is text.

use super::plot::{Line, plot};
use super::terminal::{headline, lag, platform, reached};
use super::{Report, Slice};
use crate::load::figures::shown;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What the classes of a report look like, for a `<style>` element; nothing outside a report is touched.
pub const STYLE: &str = include_str!("report.css");
/// Which parts of a thousand the table of percentiles shows.
const PER_MILLE: [u64; 7] = [500, 750, 900, 950, 990, 999, 1_000];

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
            @for why in &report.invalid { li class="bad" { "no measurement: " (why) } }
        }
        @if !report.holds() { p class="bad" { "No figures: what the platform holds is not what it acknowledged." } }
    }
}

fn figures(report: &Report) -> Markup {
    let slices = report.slices.get(..report.slices.len().saturating_sub(1)).filter(|slices| slices.len() > 1).unwrap_or(&report.slices);
    let line = |name, class, value: &dyn Fn(&Slice) -> u64| Line { name, class, values: slices.iter().map(value).collect() };
    let a_second = |count: u64| count / report.slice_s.max(1);
    html! {
        p { strong { (reached(report)) } @if let Some(lag) = lag(report) { br; "The merchant's lag, " (lag) "." }
            @if let Some(platform) = platform(report) { br; "Platform: " (platform) "." }
            br; "Generator: " (shown(report.generator.lateness.at(990))) " late at the 99th percentile, used " (report.generator.used_percent()) " % of its threads." }
        table {
            tr { th { "call" } th { "done" } th { "refused" } th { "unknown" }
                @for per_mille in PER_MILLE { th { (if per_mille == 1_000 { "worst".to_owned() } else { percentile(per_mille) }) } } }
            @for call in &report.calls {
                tr { td { (call.name) } td { (call.done) } td { (call.refused) } td { (call.unknown) }
                    @for per_mille in PER_MILLE { td { (shown(call.latency.at(per_mille))) } } }
            }
        }
        @if !report.codes.is_empty() {
            table { tr { th { "code" } th { "times" } } @for (code, times) in &report.codes { tr { td { (code) } td { (times) } } } }
        }
        (plot("latency over time", &[
            line("p50", "p50", &|slice| slice.latency.at(500)),
            line("p99", "p99", &|slice| slice.latency.at(990)),
        ], report.slice_s, shown))
        (plot("calls a second", &[
            line("planned", "planned", &|slice| a_second(slice.planned)),
            line("answered", "reached", &|slice| a_second(slice.answered)),
            line("not done", "failed", &|slice| a_second(slice.failed)),
        ], report.slice_s, |value| value.to_string()))
    }
}

fn percentile(per_mille: u64) -> String {
    if per_mille.is_multiple_of(10) { format!("p{}", per_mille / 10) } else { format!("p{}.{}", per_mille / 10, per_mille % 10) }
}
