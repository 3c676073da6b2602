//! The report as one file for a browser: no script, nothing fetched, everything that a merchant sent is text.
//!
//! Its policy allows one style sheet, by its hash, and nothing else. Exchanges that prove a breach are drawn by `scenarios::diagram`.

use super::strings::Strings;
use super::terminal::strings_of;
use super::words::{coverage, measure, sentence};
use super::{Report, Reporter, title};
use crate::explain::Language;
use crate::judge::{Judgement, Outcome, Standing};
use crate::rule::{Breach, Verdict};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use scenarios::{Run as Bundle, diagram};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The only style sheet.
const STYLE: &str = include_str!("report.css");
/// Characters of an exchange's side that are shown.
const SHOWN: usize = 4_000;

/// Tells a report as a page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html {
    /// The language of titles and hints.
    pub language: Language,
}

impl Reporter for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn report(&self, report: &Report<'_>) -> String {
        let judged = report.judged;
        let style = format!("{STYLE}{}", diagram::STYLE);
        let standing = match judged.standing() {
            Standing::Green => "green",
            Standing::NotProved => "open",
            Standing::Breached | Standing::Outdated | Standing::Broken => "red",
        };
        let language = if self.language == Language::Chinese { "zh-CN" } else { "en" };
        let page = html! {
            (DOCTYPE)
            html lang=(language) {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy(&style));
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "kabao check" }
                    style { (PreEscaped(&style)) }
                }
                body {
                    main {
                        h1 { "kabao check" }
                        p class={ "whole " (standing) } { (sentence(judged, self.language)) }
                        p class="faint" { (measure(judged, self.language)) "; " (coverage(&report.coverage(), self.language)) }
                        @for entry in &judged.outdated { p class="whole red" { (entry) } }
                        (self.stories(report))
                        h2 { (self.word("Rules", "规则")) }
                        @for judgement in &judged.judgements { (self.judgement(report, judgement)) }
                        (self.methods(report))
                    }
                }
            }
        };
        page.into_string() + "\n"
    }
}

impl Html {
    fn word(self, english: &'static str, chinese: &'static str) -> &'static str {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    fn stories(self, report: &Report<'_>) -> Markup {
        html! {
            @if report.runs.iter().any(|run| !run.story.path.is_empty()) {
                h2 { (self.word("Stories", "剧本")) }
                ul {
                    @for run in report.runs {
                        li class=(if run.passed() { "green" } else { "red" }) {
                            (run.story.name) " " span class="faint" { (run.story.path) ", " (run.took_ms) " ms" }
                            @if let Some(step) = run.trouble() { br; (step.place.line) ": " (step.sentence) }
                        }
                    }
                }
            }
        }
    }

    fn judgement(self, report: &Report<'_>, judgement: &Judgement) -> Markup {
        let (class, sign) = match &judgement.outcome {
            Outcome::Verdict(Verdict::Holds) => ("green", "✓"),
            Outcome::Verdict(Verdict::Breached(_)) if judgement.counts && judgement.expected.is_none() => ("red", "✗"),
            Outcome::Verdict(Verdict::Breached(_)) => ("open", "✗"),
            Outcome::Verdict(Verdict::NotExercised(_)) if judgement.required => ("open", "–"),
            Outcome::Verdict(Verdict::NotExercised(_)) => ("faint", "·"),
            Outcome::KitError { .. } => ("red", "?"),
        };
        html! {
            details id=(judgement.id) class=(class) open[judgement.breach().is_some()] {
                summary { span class="sign" { (sign) } " " b { (judgement.id) } " " span class="faint" { (judgement.level) } " " (title(judgement, self.language)) }
                @match &judgement.outcome {
                    Outcome::Verdict(Verdict::Holds) => {}
                    Outcome::Verdict(Verdict::NotExercised(why)) => { p { (why) } }
                    Outcome::Verdict(Verdict::Breached(breach)) => { (self.breach(report, judgement, breach)) }
                    Outcome::KitError { kit_error } => { p { (kit_error) } }
                }
            }
        }
    }

    fn breach(self, report: &Report<'_>, judgement: &Judgement, breach: &Breach) -> Markup {
        let hint = match self.language {
            Language::English => &breach.hint.en,
            Language::Chinese => &breach.hint.zh,
        };
        let exchanges = &breach.evidence.exchanges;
        html! {
            dl {
                dt { (self.word("expected", "应为")) } dd { (breach.expected) }
                dt { (self.word("observed", "实际")) } dd { (breach.observed) }
                @for (name, value) in breach.evidence.facts.iter().filter(|(name, _)| name != "call") { dt { (name) } dd { code { (value) } } }
                @if let Some(reason) = &judgement.expected { dt { (self.word("known", "已知")) } dd { (reason) } }
                dt { (self.word("mend it", "怎么改")) } dd { b { (hint) } }
            }
            @for strings in exchanges.iter().filter_map(|id| strings_of(report, judgement, *id)) { (self.strings(&strings)) }
            @for run in Self::runs(report, judgement) {
                figure class="drawing" { (PreEscaped(diagram::svg(run, exchanges))) }
            }
            @for id in exchanges { (Self::exchange(report, judgement, *id)) }
        }
    }

    /// The runs in which the evidence stands, each drawn once.
    fn runs<'r>(report: &'r Report<'_>, judgement: &Judgement) -> Vec<&'r Bundle> {
        let exchanges = judgement.breach().map(|breach| breach.evidence.exchanges.as_slice()).unwrap_or_default();
        let mut runs: Vec<&Bundle> = Vec::new();
        for run in exchanges.iter().filter_map(|id| report.bundle_of(judgement, *id)) {
            if !runs.iter().any(|known| std::ptr::eq(*known, run)) {
                runs.push(run);
            }
        }
        runs
    }

    fn strings(self, strings: &Strings) -> Markup {
        let names = [self.word("The platform's string", "网关拼接的字符串"), self.word("The string that was signed", "实际签名的字符串")];
        html! {
            div class="strings" {
                @for (name, (before, after)) in names.into_iter().zip(strings.whole()) {
                    figure { figcaption { (name) } pre { (before) mark { (after) } } }
                }
            }
            p class="faint" { (self.word("first different byte", "首个不同字节")) " " (strings.at) }
        }
    }

    /// One exchange that is evidence: what was asked and what was answered, as the journal shows it.
    fn exchange(report: &Report<'_>, judgement: &Judgement, id: u64) -> Markup {
        let found = report.bundle_of(judgement, id).and_then(|run| run.exchanges.iter().find(|one| one["id"].as_u64() == Some(id)));
        let word = |exchange: &Value, name: &str| exchange[name].as_str().unwrap_or_default().to_owned();
        let answer = |exchange: &Value| {
            let view = &exchange["view"];
            if view["answered"].is_object() { shown(&view["answered"]) } else { shown(&view["response"]) }
        };
        let asked = |exchange: &Value| {
            let view = &exchange["view"];
            let content =
                if view["biz_content"].is_null() { String::new() } else { "\nbiz_content ".to_owned() + &shown(&view["biz_content"]) };
            shown(&view["params"]) + &content
        };
        html! {
            @if let Some(exchange) = found {
                details class="exchange" {
                    summary { "#" (id) " " (word(exchange, "method")) " " span class="faint" { (word(exchange, "at")) " " (word(exchange, "code")) " " (word(exchange, "sub_code")) } }
                    pre { (asked(exchange)) }
                    pre { (answer(exchange)) }
                }
            }
        }
    }

    fn methods(self, report: &Report<'_>) -> Markup {
        let coverage = report.coverage();
        html! {
            @if !coverage.methods.is_empty() {
                h2 { (self.word("Error codes met", "触发的错误码")) }
                table {
                    @for method in &coverage.methods {
                        tr { td { (method.method) } td { (method.calls) } td { (method.met.len()) "/" (method.listed) } td { (method.met.join(", ")) } }
                    }
                }
            }
        }
    }
}

/// What a browser is allowed to do with the page: show it in its one style sheet.
fn policy(style: &str) -> String {
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| serde_json::to_string_pretty(value).unwrap_or_default(), str::to_owned);
    if text.chars().count() > SHOWN { text.chars().take(SHOWN).chain(['…']).collect() } else { text }
}
