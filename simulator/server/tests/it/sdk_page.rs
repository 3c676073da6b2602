//! `simulator/alipay/SDKS.md`: SDK × mode × step, and what came of it, written from the lines that the judges print.
//!
//! Not here: what is judged. A step that failed never gets this far as a mark: its judge's own test says so, and the cell here
//! says *failed*, so that the page cannot be brought up to date with it unseen.

use crate::sdk_ready::{Ended, fixtures};
use serde_json::Value;
use std::fmt::Write as _;

/// The parts of the page: how the lines call them, a heading, and what it shows.
const PARTS: [(&str, &str, &str); 3] = [
    (
        "modes",
        "Every mode",
        "A sandbox of its own for each: a picture goes up, a template is made, read, an unknown one is refused, a stranger's key is refused.",
    ),
    ("life", "A card's life", "From the picture to the deletion, and a round of refusals; the SDK verifies every answer."),
    (
        "money",
        "At the till",
        "A code is charged, a customer asked, money given back; notices come to a merchant's address, and the SDK's own verifiers take them, but not a changed one.",
    ),
];
/// What a judge calls a mode that its SDK lacks.
const WHOLE_MODE: &str = "this mode";

/// An SDK with what its judges said.
pub(crate) struct Judged {
    name: String,
    package: String,
    lines: Vec<Value>,
}

impl Judged {
    /// `package` with its version out of the file that pins it.
    pub(crate) fn of(title: &str, pinned_in: &str, package: &str, ran: &[&Ended]) -> Self {
        let pins = std::fs::read_to_string(fixtures().join(pinned_in)).expect("the file that pins the SDK is there");
        let pin = pins.lines().map(|line| line.replace(['"', ',', '{', '}'], "").replace(": ", "==")).find_map(|line| {
            let line = line.trim().trim_start_matches("dependencies==").trim().to_owned();
            line.split_once("==").filter(|(name, _)| *name == package).map(|(_, version)| version.to_owned())
        });
        let version = pin.unwrap_or_else(|| panic!("{pinned_in} does not pin {package}"));
        let lines = ran.iter().flat_map(|ended| ended.output.lines()).filter_map(|line| serde_json::from_str(line).ok()).collect();
        Self { name: format!("{title} `{package}` {version}"), package: package.to_owned(), lines }
    }

    fn of_part(&self, part: &str) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(move |line| line["part"] == part)
    }
}

/// The page.
pub(crate) fn page(judged: &[Judged]) -> String {
    let mut page = String::from(
        "# Which SDK works how\n\nWritten by a test (`simulator/server/tests/it/sdk.rs`) from what other people's SDKs, unmodified, did \
         against kabao; each signs its requests and verifies every answer by itself. ✓ works; *cannot* is the SDK's own limit, and the judge \
         has shown it; – is not asked in that mode. A number in brackets leads to the limit below.\n",
    );
    let mut limits = Limits::default();
    for (part, heading, what) in PARTS {
        write!(page, "\n## {heading}\n\n{what}\n").expect("a string takes everything");
        if part == "modes" {
            for sdk in judged {
                write!(page, "\n{}\n\n{}", sdk.name, modes(sdk, part, &mut limits)).expect("a string takes everything");
            }
        } else {
            write!(page, "\n{}", steps(judged, part, &mut limits)).expect("a string takes everything");
        }
    }
    page.push_str("\n## The SDKs' own limits\n\n");
    for (number, (limit, proof)) in limits.0.iter().enumerate() {
        let shown = proof.as_ref().map(|proof| format!(" (shown: {proof})")).unwrap_or_default();
        writeln!(page, "{}. {limit}{shown}", number + 1).expect("a string takes everything");
    }
    page
}

/// A row a mode, a column a step.
fn modes(sdk: &Judged, part: &str, limits: &mut Limits) -> String {
    let columns = distinct(sdk.of_part(part).map(|line| word(line, "step")).filter(|step| *step != WHOLE_MODE));
    let mut table = heading("mode", &columns);
    for mode in distinct(sdk.of_part(part).map(|line| word(line, "mode"))) {
        let find = |step: &str| sdk.of_part(part).find(|line| word(line, "mode") == mode && word(line, "step") == step);
        let cells: Vec<_> = columns.iter().map(|step| limits.cell(find(step).or_else(|| find(WHOLE_MODE)))).collect();
        row(&mut table, mode, &cells);
    }
    table
}

/// A row a step, a column an SDK and how it is used.
fn steps(judged: &[Judged], part: &str, limits: &mut Limits) -> String {
    let used: Vec<_> = judged
        .iter()
        .flat_map(|sdk| distinct(sdk.of_part(part).map(|line| word(line, "mode"))).into_iter().map(move |mode| (sdk, mode)))
        .collect();
    let columns: Vec<_> = used.iter().map(|(sdk, mode)| format!("`{}` {mode}", sdk.package)).collect();
    let mut table = heading("step", &columns.iter().map(String::as_str).collect::<Vec<_>>());
    for step in distinct(judged.iter().flat_map(|sdk| sdk.of_part(part)).map(|line| word(line, "step")).filter(|step| *step != WHOLE_MODE))
    {
        let find = |sdk: &&Judged, mode: &str, step: &str| {
            sdk.lines.iter().find(|line| line["part"] == part && word(line, "mode") == mode && word(line, "step") == step).cloned()
        };
        let cells: Vec<_> =
            used.iter().map(|(sdk, mode)| limits.cell(find(sdk, mode, step).or_else(|| find(sdk, mode, WHOLE_MODE)).as_ref())).collect();
        row(&mut table, step, &cells);
    }
    table
}

fn heading(first: &str, columns: &[&str]) -> String {
    let mut table = String::new();
    row(&mut table, first, columns);
    row(&mut table, "---", &vec!["---"; columns.len()]);
    table
}

fn row(table: &mut String, first: &str, cells: &[impl AsRef<str>]) {
    let cells: Vec<_> = cells.iter().map(AsRef::as_ref).collect();
    writeln!(table, "| {first} | {} |", cells.join(" | ")).expect("a string takes everything");
}

/// Limits in the order in which the page meets them, with what showed those that are proved; equal words are one limit.
#[derive(Default)]
struct Limits(Vec<(String, Option<String>)>);

impl Limits {
    fn cell(&mut self, line: Option<&Value>) -> String {
        let Some(line) = line else { return "–".to_owned() };
        let cannot = line["cannot"] == true;
        let mark = match line["ok"] == true {
            false => "**failed**",
            true if cannot => "cannot",
            true => "✓",
        };
        let Some(limit) = line["sdk_limit"].as_str() else { return mark.to_owned() };
        let known = self.0.iter().position(|(known, _)| known == limit);
        let number = known.unwrap_or_else(|| {
            self.0.push((limit.to_owned(), cannot.then(|| word(line, "detail").to_owned())));
            self.0.len() - 1
        });
        format!("{mark} ({})", number + 1)
    }
}

fn distinct<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut kept = Vec::new();
    for one in words {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

fn word<'a>(line: &'a Value, name: &str) -> &'a str {
    line[name].as_str().unwrap_or_default()
}
