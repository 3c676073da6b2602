//! The report for programs. Its schema is published: `kabao check --schema`.

use super::{Report, Reporter};
use serde_json::json;

/// The schema of this report (JSON Schema 2020-12).
pub const SCHEMA: &str = include_str!("../../schema/report.schema.json");
/// Raised when a reader of an older number could misread a newer report.
const FORMAT: u32 = 2;

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
                    "path": run.story.path,
                    "name": run.story.name,
                    "sandbox": run.sandbox,
                    "seed": run.seed,
                    "passed": run.passed(),
                    "took_ms": run.took_ms,
                    "exchanges": run.exchanges.len(),
                    "incomplete": run.incomplete,
                    "unfinished": run.unfinished,
                    "stopped_at": run.trouble().map(|step| json!({"line": step.place.line, "sentence": step.sentence})),
                })
            })
            .collect();
        let judged = report.judged;
        let whole = json!({
            "format": FORMAT,
            "standing": judged.standing(),
            "profiles": judged.profiles,
            "profiles_from_traffic": judged.profiles_from_traffic,
            "strict": judged.strict,
            "stories": stories,
            "rules": judged.judgements,
            "trouble": judged.trouble,
            "outdated": judged.outdated,
            "coverage": report.coverage(),
        });
        serde_json::to_string_pretty(&whole).expect("a report is plain data") + "\n"
    }
}
