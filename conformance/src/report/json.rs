//! The report for programs.

use super::{Report, Reporter};
use serde_json::json;

/// Tells a report as JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Reporter for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn report(&self, report: &Report<'_>) -> String {
        let stories: Vec<_> = report
            .runs
            .iter()
            .map(|run| {
                json!({
                    "story": run.story,
                    "sandbox": run.sandbox,
                    "seed": run.seed,
                    "versions": run.versions,
                    "passed": run.passed(),
                    "took_ms": run.took_ms,
                    "exchanges": run.exchanges.len(),
                    "incomplete": run.incomplete,
                    "scenarios": run.scenarios,
                })
            })
            .collect();
        let whole = json!({
            "format": 1,
            "standing": report.judged.standing(),
            "stories": stories,
            "rules": report.judged.judgements,
            "trouble": report.judged.trouble,
        });
        serde_json::to_string_pretty(&whole).expect("a report is plain data") + "\n"
    }
}
