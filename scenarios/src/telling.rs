//! A run told as the story it was: every sentence with what came of it, failures with the exchange behind them.

use crate::misread::text_width;
use crate::run::{Failure, Outcome, Played, PlayedStep, Run};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Duration;

/// Where the place or the time stands in a line.
const MARGIN: usize = 94;

/// How letters are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// Not at all: files, tests.
    #[default]
    Plain,
    /// With the codes terminals understand.
    Terminal,
}

impl Paint {
    /// A good thing.
    pub fn green(self, text: &str) -> String {
        self.dress("32", text)
    }

    /// A bad thing.
    pub fn red(self, text: &str) -> String {
        self.dress("31", text)
    }

    /// Something to look at.
    pub fn yellow(self, text: &str) -> String {
        self.dress("33", text)
    }

    /// Beside the point.
    pub fn faint(self, text: &str) -> String {
        self.dress("2", text)
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.dress("1", text)
    }

    fn dress(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Terminal => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// The run as a text for people.
pub fn tell(run: &Run, paint: Paint) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}  {}", paint.bold(&run.story.name), paint.faint(&run.story.path));
    for scenario in &run.scenarios {
        let _ = writeln!(text, "\n  {}", paint.bold(&scenario.name));
        tell_steps(&mut text, run, scenario, paint);
    }
    let _ = writeln!(text, "\n  {}", summary(run));
    if let Some(why) = &run.incomplete {
        let _ = writeln!(text, "  {}", paint.yellow(&format!("The journal is not the whole traffic: {why}.")));
    }
    if let Some(why) = &run.unfinished {
        let _ = writeln!(text, "  {}", paint.yellow(&format!("More was to come: {why}.")));
    }
    text
}

/// Several runs in a few lines: what did not come true, and how many did.
pub fn tell_all(runs: &[Run], paint: Paint, took: Duration) -> String {
    let mut text = String::new();
    for run in runs.iter().filter(|run| !run.passed()) {
        let Some(step) = run.trouble() else { continue };
        let (sign, what) = match &step.outcome {
            Outcome::Failed(failure) => {
                (paint.red("✗"), format!("expected {}, {}\n      {}", failure.expected, failure.seen, failure.again))
            }
            Outcome::NotPlayable(why) => (paint.yellow("–"), why.clone()),
            Outcome::Broken(why) => (paint.red("!"), why.clone()),
            Outcome::Passed | Outcome::Skipped => continue,
        };
        let name = run.scenarios.first().map(|scenario| scenario.name.as_str()).unwrap_or_default();
        let _ = writeln!(text, "{sign} {name}  {}:{}\n      {what}", run.story.path, step.place.line);
    }
    let count = |wanted: fn(&Run) -> bool| runs.iter().filter(|run| wanted(run)).count();
    let mut parts = vec![format!("{} of {} scenarios came true", count(Run::passed), runs.len())];
    for (wanted, word) in [
        (Run::failed as fn(&Run) -> bool, "failed"),
        (|run| !run.failed() && run.broken().is_some(), "broke"),
        (|run| !run.failed() && run.broken().is_none() && run.not_playable().is_some(), "cannot be played here"),
    ] {
        match count(wanted) {
            0 => {}
            number => parts.push(format!("{number} {word}")),
        }
    }
    let _ = write!(text, "{} · {}.{:03} s", paint.bold(&parts.join(", ")), took.as_secs(), took.subsec_millis());
    text
}

fn tell_steps(text: &mut String, run: &Run, scenario: &Played, paint: Paint) {
    let mut before = "";
    for step in &scenario.steps {
        // a new act begins a new paragraph, as in the file
        if matches!(step.keyword.as_str(), "When" | "当") && !before.is_empty() {
            text.push('\n');
        }
        before = &step.keyword;
        tell_step(text, run, step, paint);
    }
}

fn tell_step(text: &mut String, run: &Run, step: &PlayedStep, paint: Paint) {
    let glue = if step.keyword.is_ascii() { " " } else { "" };
    let sentence = format!("{}{glue}{}", step.keyword, step.sentence);
    let pad = " ".repeat(MARGIN.saturating_sub(text_width(&sentence) + 6).max(2));
    let file = run.story.path.rsplit('/').next().unwrap_or_default();
    let place = format!("{file}:{}:{}", step.place.line, step.place.column);
    let time = format!("{:>5} ms", step.took_ms);
    let (sign, margin) = match &step.outcome {
        Outcome::Passed => (paint.green("✓"), time),
        Outcome::Failed(_) => (paint.red("✗"), place),
        Outcome::NotPlayable(_) => (paint.yellow("–"), place),
        Outcome::Broken(_) => (paint.red("!"), place),
        Outcome::Skipped => (paint.faint("·"), place),
    };
    let _ = if step.outcome == Outcome::Skipped {
        writeln!(text, "    {sign} {}", paint.faint(&sentence))
    } else {
        writeln!(text, "    {sign} {sentence}{pad}{}", paint.faint(&margin))
    };
    match &step.outcome {
        Outcome::Failed(failure) => tell_failure(text, run, failure, paint),
        Outcome::NotPlayable(why) | Outcome::Broken(why) => {
            let _ = writeln!(text, "      {why}");
        }
        Outcome::Passed | Outcome::Skipped => {}
    }
}

fn tell_failure(text: &mut String, run: &Run, failure: &Failure, paint: Paint) {
    let Failure { expected, seen, exchange, again } = failure;
    let behind = exchange.as_ref().map(|mark| {
        let time = mark.at.rsplit(' ').next().unwrap_or_default();
        format!(" after call #{} {} ({time})", mark.id, mark.method)
    });
    let _ = writeln!(text, "      expected {expected}, {seen}{}", behind.unwrap_or_default());
    let found = exchange.as_ref().and_then(|mark| run.exchanges.iter().find(|exchange| exchange["id"] == mark.id));
    for (word, said) in found.map(said).into_iter().flatten() {
        let _ = writeln!(text, "        {} {}", paint.faint(word), shortened(&said));
    }
    let _ = writeln!(text, "      {} {again}", paint.faint("again:"));
}

/// What was asked and answered in an exchange, without what only a signature needs.
fn said(exchange: &Value) -> Vec<(&'static str, String)> {
    let view = &exchange["view"];
    let written = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    };
    let own = |name: &&String| !COMMON.contains(&name.as_str());
    let parameters =
        view["params"].as_object().map(|all| all.iter().filter(|(name, _)| own(name)).map(|(name, value)| (name.clone(), value.clone())));
    let parameters = parameters.map(|own| Value::Object(own.collect())).filter(|own| own != &json!({}));
    let asked = [written(&view["biz_content"]), parameters.as_ref().and_then(written)];
    let answered = [&view["response"], &view["answered"]["text"], &view["redirect"]].into_iter().find_map(written);
    let status = exchange["http_status"].as_u64().filter(|_| answered.is_none()).map(|status| status.to_string());
    let asked = asked.into_iter().flatten().map(|said| ("asked:", said));
    asked.chain(answered.or(status).map(|said| ("answered:", said))).collect()
}

/// What stands in every call.
const COMMON: &[&str] = &["app_id", "method", "format", "charset", "sign_type", "timestamp", "version", "notify_url", "app_auth_token"];
/// How much of what was said is shown.
const SHOWN: usize = 400;

fn shortened(said: &str) -> String {
    let line: String = said.chars().map(|character| if character.is_control() { ' ' } else { character }).take(SHOWN).collect();
    if said.chars().count() > SHOWN { format!("{line}…") } else { line }
}

fn summary(run: &Run) -> String {
    let count = |wanted: fn(&Outcome) -> bool| run.steps().filter(|step| wanted(&step.outcome)).count();
    let mut parts = vec![format!("{} of {} steps came true", count(|outcome| *outcome == Outcome::Passed), run.steps().count())];
    for (wanted, word) in [
        ((|outcome| matches!(outcome, Outcome::Failed(_))) as fn(&Outcome) -> bool, "failed"),
        (|outcome| matches!(outcome, Outcome::NotPlayable(_)), "cannot be played here"),
        (|outcome| matches!(outcome, Outcome::Broken(_)), "broke"),
        (|outcome| *outcome == Outcome::Skipped, "not reached"),
    ] {
        match count(wanted) {
            0 => {}
            number => parts.push(format!("{number} {word}")),
        }
    }
    format!("{} · {} exchanges · {} events · {} ms", parts.join(", "), run.exchanges.len(), run.events.len(), run.took_ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::misread::Place;
    use crate::run::ExchangeMark;
    use crate::story::StoryMark;

    fn step(keyword: &str, sentence: &str, line: usize, outcome: Outcome) -> PlayedStep {
        let place = Place { line, column: 5 };
        PlayedStep {
            keyword: keyword.into(),
            sentence: sentence.into(),
            place,
            actor: "customer".into(),
            outcome,
            at_ms: None,
            started_ms: 0,
            took_ms: 12,
        }
    }

    fn run(steps: Vec<PlayedStep>) -> Run {
        let story = StoryMark { path: "library/alipay/visit.feature".into(), language: "zh-CN".into(), name: "到店一次".into() };
        let scenarios =
            vec![Played { name: "李雷入会".into(), place: Place { line: 8, column: 3 }, tags: Vec::new(), steps, ended_ms: None }];
        Run { story, scenarios, took_ms: 320, ..Run::default() }
    }

    #[test]
    fn a_failure_names_step_expectation_what_was_seen_its_exchange_and_the_line_that_plays_it_again() {
        let failure = Failure {
            expected: "88".into(),
            seen: "the card showed 264".into(),
            exchange: Some(ExchangeMark { id: 41, method: "alipay.marketing.card.update".into(), at: "2026-11-21 12:00:03.114".into() }),
            again: "kabao play library/alipay/visit.feature:8 --seed 7731".into(),
        };
        let steps =
            vec![step("当", "收银员收款 88.00", 11, Outcome::Passed), step("那么", "李雷的卡显示 88 积分", 12, Outcome::Failed(failure))];
        let view = json!({"params": {"app_id": "1", "method": "alipay.marketing.card.update"}, "biz_content": {"card_info": {"point": "264"}},
            "response": {"code": "10000", "msg": "x".repeat(500)}});
        let told = tell(&Run { exchanges: vec![json!({"id": 40}), json!({"id": 41, "view": view})], ..run(steps) }, Paint::Plain);
        assert!(told.contains("✗ 那么李雷的卡显示 88 积分"), "{told}");
        assert!(told.contains("visit.feature:12:5"), "{told}");
        assert!(told.contains("expected 88, the card showed 264 after call #41 alipay.marketing.card.update (12:00:03.114)"), "{told}");
        assert!(
            told.contains("\n        asked: {\"card_info\":{\"point\":\"264\"}}\n        answered: {\"code\":\"10000\",\"msg\":\"xxx"),
            "{told}"
        );
        assert!(told.lines().all(|line| line.len() < 600) && told.contains("xxx…"), "{told}");
        assert!(told.contains("again: kabao play library/alipay/visit.feature:8 --seed 7731"), "{told}");
        assert!(told.contains("1 of 2 steps came true, 1 failed"), "{told}");
        assert!(!told.contains('\x1b'), "plain text has no colours");
    }

    #[test]
    fn what_was_not_reached_and_what_cannot_be_played_are_told_apart() {
        let steps = vec![step("When", "x", 1, Outcome::NotPlayable("no till".into())), step("Then", "y", 2, Outcome::Skipped)];
        let told = tell(&run(steps), Paint::Plain);
        assert!(told.contains("– When x") && told.contains("no till") && told.contains("· Then y"), "{told}");
        assert!(told.contains("0 of 2 steps came true, 1 cannot be played here, 1 not reached"), "{told}");
    }
}
