//! One scenario: its sentences in order, several at once where the story says "meanwhile", each with what came of it.

use super::played;
use crate::control::{Control, Mark};
use crate::run::{ExchangeMark, Failure, Outcome, Played, PlayedStep};
use crate::sight::Sight;
use crate::stage::{Clue, Stage, Trouble};
use crate::steps::STEPS;
use crate::story::{Line, Scenario, Story};
use crate::target::Target;
use crate::time::{Time, spoken};
use crate::vocabulary::Kind;
use crate::words::Words;
use serde_json::Value;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// How long the first pause between two looks is in real time; later ones are longer.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// What is kept of a scenario's time for the last look at a fact, and for saying what was seen: real time.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// A scenario that is played.
pub(super) struct Playing<'p> {
    pub(super) story: &'p Story,
    pub(super) target: &'p Target,
    /// How the story is played again: what stands behind `kabao play FILE:LINE`.
    pub(super) again: &'p str,
    /// Whether the sandbox is there for this play only.
    pub(super) own: bool,
    pub(super) began: Instant,
    pub(super) deadline: Instant,
}

/// A scenario that was played.
#[derive(Default)]
pub(super) struct Finished {
    pub(super) played: Played,
    pub(super) captures: BTreeMap<String, String>,
    /// What people were shown.
    pub(super) sights: Vec<Sight>,
    /// Why not all that was shown is kept, when it is not.
    pub(super) incomplete: Option<String>,
    /// Why what the merchant does because of it is not over, when it is not.
    pub(super) unfinished: Option<String>,
}

impl Playing<'_> {
    /// Plays it; `began` is where journal and log stand.
    pub(super) async fn scenario(&self, scenario: &Scenario, began: Mark) -> Finished {
        let mut stage = match self.stage(began).await {
            Ok(stage) => stage,
            Err(trouble) => {
                let why = match trouble {
                    Trouble::Broken(why) | Trouble::NotPlayable(why) => why,
                    Trouble::Unmet { expected, seen, .. } => format!("expected {expected}, {seen}"),
                };
                return Finished { played: super::not_begun(scenario, &why), ..Finished::default() };
            }
        };
        let faults = fault_numbers(&stage.control).await;
        let mut steps = Vec::with_capacity(scenario.lines.len());
        let mut over = false;
        for group in scenario.lines.chunk_by(|_, next| next.meanwhile) {
            let played = if over { skipped(group, self.began) } else { self.group(&mut stage, scenario, group).await };
            over |= played.iter().any(|step| step.outcome != Outcome::Passed);
            steps.extend(played);
        }
        if let Some(last) = steps.last_mut()
            && !over
            && let Some(outcome) = self.idle(&stage.control, &faults, scenario).await
        {
            last.outcome = outcome;
        }
        let unfinished = stage.time.end(self.deadline.saturating_duration_since(Instant::now())).await;
        let ended_ms = stage.time.now_ms();
        let played = Played { name: scenario.name.clone(), place: scenario.place, tags: scenario.tags.clone(), steps, ended_ms };
        let (sights, incomplete) = stage.sights.all();
        Finished { played, captures: stage.captures, sights, incomplete, unfinished }
    }

    async fn stage(&self, began: Mark) -> Result<Stage, Trouble> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let opened = async {
            let control = Control::new(&self.target.control, &self.target.sandbox);
            let time = Time::begin(&control, &self.target.merchant, self.own).await?;
            Ok(Stage::new(self.target, began, time))
        };
        timeout(left, opened).await.unwrap_or_else(|_| Err(used_up()))
    }

    /// A sentence, and those that happen meanwhile.
    async fn group(&self, stage: &mut Stage, scenario: &Scenario, lines: &[Line]) -> Vec<PlayedStep> {
        let [line] = lines else { return self.lanes(stage, scenario, lines).await };
        vec![self.line(stage, scenario, line).await]
    }

    /// Several at once: each on a stage of its own that begins as this one stands, in the order of the sentences; what each
    /// changed is here afterwards.
    async fn lanes(&self, stage: &mut Stage, scenario: &Scenario, lines: &[Line]) -> Vec<PlayedStep> {
        let base = stage.clone();
        let at_once = lines.iter().enumerate().map(|(number, line)| {
            let mut own = base.lane(number);
            Box::pin(async move {
                let step = self.line(&mut own, scenario, line).await;
                (step, own)
            })
        });
        let mut steps = Vec::with_capacity(lines.len());
        for (step, lane) in all(at_once.collect()).await {
            stage.merge(&base, lane);
            steps.push(step);
        }
        if let Err(trouble) = stage.time.settle().await
            && let Some(last) = steps.last_mut().filter(|last| last.outcome == Outcome::Passed)
        {
            last.outcome = self.outcome(stage, scenario, trouble).await;
        }
        steps
    }

    async fn line(&self, stage: &mut Stage, scenario: &Scenario, line: &Line) -> PlayedStep {
        let started = self.began.elapsed();
        let at_ms = stage.time.now_ms();
        let left = self.deadline.saturating_duration_since(Instant::now());
        let outcome = match timeout(left, until_true(stage, line, left)).await {
            Ok(Ok(())) => Outcome::Passed,
            Ok(Err(trouble)) => self.outcome(stage, scenario, trouble).await,
            Err(_) => self.outcome(stage, scenario, used_up()).await,
        };
        PlayedStep { at_ms, ..played(line, outcome, started, self.began.elapsed().saturating_sub(started)) }
    }

    async fn outcome(&self, stage: &Stage, scenario: &Scenario, trouble: Trouble) -> Outcome {
        match trouble {
            Trouble::NotPlayable(why) => Outcome::NotPlayable(why),
            Trouble::Broken(why) => Outcome::Broken(with_last_words(why, stage)),
            Trouble::Unmet { expected, seen, clue, .. } => {
                let exchange = match clue {
                    Some(clue) => behind(&stage.control, stage.began, &clue).await,
                    None => None,
                };
                Outcome::Failed(Failure { expected, seen, exchange, again: self.again(scenario) })
            }
        }
    }

    /// The command that plays this scenario again.
    fn again(&self, scenario: &Scenario) -> String {
        let line = scenario.example.unwrap_or(scenario.place).line;
        let place = in_shell(&format!("{}:{line}", self.story.path));
        format!("kabao play {place} {}", self.again).trim_end().to_owned()
    }

    /// A fault that did not strike as often as it was to tested nothing, or less than the story says.
    async fn idle(&self, control: &Control, before: &[u64], scenario: &Scenario) -> Option<Outcome> {
        let told = match control.get("/faults").await {
            Ok(told) => told,
            Err(unanswered) => return Some(Outcome::Broken(format!("whether the faults struck could not be asked: {unanswered}"))),
        };
        let own = |fault: &&Value| fault["id"].as_u64().is_some_and(|id| !before.contains(&id));
        let (fault, seen) = told["faults"].as_array()?.iter().filter(own).find_map(|fault| Some((fault, idleness(fault)?)))?;
        let expected = "every fault of the story to strike as often as it says".to_owned();
        let seen = format!("fault {} ({}) {seen}", fault["id"], fault["action"].as_str().unwrap_or_default());
        Some(Outcome::Failed(Failure { expected, seen, exchange: None, again: self.again(scenario) }))
    }
}

/// How a fault struck less often than it was to; nothing when it did.
fn idleness(fault: &Value) -> Option<String> {
    let (matched, struck) = (fault["matched"].as_u64()?, fault["struck"].as_u64()?);
    // so many calls are refused as there are beyond the limit: one shows that it was met
    let wanted = fault["rule"]["first"].as_u64().unwrap_or(1).max(1);
    match (matched, struck) {
        _ if struck >= wanted => None,
        (0, _) => Some("met no call: it tested nothing".to_owned()),
        (_, 0) => Some("struck none of the calls it met: it tested nothing".to_owned()),
        _ => Some(format!("struck {struck} of {wanted} times")),
    }
}

async fn fault_numbers(control: &Control) -> Vec<u64> {
    let told = control.get("/faults").await.unwrap_or_default();
    told["faults"].as_array().into_iter().flatten().filter_map(|fault| fault["id"].as_u64()).collect()
}

/// What the merchant's program said last belongs to whatever broke.
fn with_last_words(why: String, stage: &Stage) -> String {
    let said = stage.merchant.service().map(|service| service.said()).unwrap_or_default();
    let last = crate::merchant::last_words(&said);
    if last.is_empty() { why } else { format!("{why}; the merchant said: {last}") }
}

fn used_up() -> Trouble {
    Trouble::Broken("the time for the whole story was used up".to_owned())
}

fn skipped(lines: &[Line], began: Instant) -> Vec<PlayedStep> {
    lines.iter().map(|line| played(line, Outcome::Skipped, began.elapsed(), Duration::ZERO)).collect()
}

/// Plays one sentence: an act once, a fact until it is true or its bound has passed. What is not true when the scenario's time is nearly
/// over has not come true: that says something of the merchant, and nothing broke.
async fn until_true(stage: &mut Stage, line: &Line, left: Duration) -> Result<(), Trouble> {
    let step = STEPS[line.step];
    let words = line.words.filled(&stage.captures)?;
    let mut bound = line.within.unwrap_or_default();
    if !stage.time.is_virtual() {
        bound = bound.min(Duration::from_secs(left.saturating_sub(LAST_LOOK).as_secs()));
    }
    let result = match (stage.time.is_virtual(), step.kind) {
        (_, Kind::Act) => {
            (step.play)(stage, &words).await?;
            // others act meanwhile: whoever is last settles
            if !stage.is_lane() {
                stage.time.settle().await?;
            }
            return Ok(());
        }
        (true, Kind::Fact) => until_then(stage, step.play, &words, bound).await,
        (false, Kind::Fact) => until_now(stage, step.play, &words, bound).await,
    };
    let real = if stage.time.is_virtual() { "virtual" } else { "real" };
    result.map_err(|trouble| match trouble {
        Trouble::Unmet { expected, seen, clue, last } if !last && !bound.is_zero() => {
            Trouble::Unmet { expected, seen: format!("{seen} when {} of {real} time had passed", spoken(bound)), clue, last }
        }
        other => other,
    })
}

type Look = for<'a> fn(&'a mut Stage, &'a Words) -> crate::vocabulary::Played<'a>;

/// Looks again whenever something has happened in virtual time.
async fn until_then(stage: &mut Stage, look: Look, words: &Words, bound: Duration) -> Result<(), Trouble> {
    let mut left = bound;
    loop {
        let result = look(stage, words).await;
        if left.is_zero() || !matches!(result, Err(Trouble::Unmet { last: false, .. })) {
            return result;
        }
        left = stage.time.clone().pass_some(bound, left).await?;
    }
}

/// Looks again after pauses of real time.
async fn until_now(stage: &mut Stage, look: Look, words: &Words, bound: Duration) -> Result<(), Trouble> {
    let until = Instant::now() + bound;
    let mut pause = FIRST_PAUSE;
    loop {
        let result = look(stage, words).await;
        if bound.is_zero() || Instant::now() >= until || !matches!(result, Err(Trouble::Unmet { last: false, .. })) {
            return result;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// All of these at once on this task; what each gave, in their order.
async fn all<F: Future>(mut under_way: Vec<Pin<Box<F>>>) -> Vec<F::Output> {
    let mut done: Vec<Option<F::Output>> = under_way.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (future, done) in under_way.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// A word as a shell takes it.
pub fn in_shell(word: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "/._-:+@%=,".contains(character);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// The last exchange that fits the clue.
async fn behind(control: &Control, mark: Mark, clue: &Clue) -> Option<ExchangeMark> {
    let traffic = control.exchanges(mark, None).await.ok()?;
    let fits = |exchange: &&Value| {
        let method = exchange["method"].as_str().unwrap_or_default();
        (clue.methods.is_empty() || clue.methods.contains(&method))
            && clue.holding.as_ref().is_none_or(|text| exchange.to_string().contains(text))
    };
    let found = traffic.exchanges.iter().rev().find(fits)?;
    Some(ExchangeMark {
        id: found["id"].as_u64()?,
        method: found["method"].as_str()?.to_owned(),
        at: found["at"].as_str().unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fault_has_been_used_when_it_struck_as_often_as_it_was_to() {
        let idle =
            |rule: Value, matched: u64, struck: u64| idleness(&json!({"rule": rule, "matched": matched, "struck": struck})).is_some();
        assert!(!idle(json!({}), 1, 1) && !idle(json!({"first": 2}), 3, 2) && !idle(json!({"limit": {"calls": 3, "seconds": 1}}), 9, 6));
        assert!(idle(json!({}), 0, 0) && idle(json!({"first": 2}), 1, 1) && idle(json!({"limit": {"calls": 9, "seconds": 1}}), 3, 0));
    }
}
