//! Playing a story: every sentence in order, waiting within bounds, and the traffic fetched at the end.
//!
//! The first step that does not come true ends its scenario. A connection that breaks is no verdict about anybody.

use crate::control::{Control, Mark};
use crate::http::Unanswered;
use crate::merchant::{Operation, Till};
use crate::run::{ExchangeMark, FORMAT, Failure, Outcome, Played, PlayedStep, Run, Versions};
use crate::stage::{Clue, Stage, Trouble};
use crate::steps::STEPS;
use crate::story::{Line, Scenario, Story};
use crate::target::Target;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// How long the first pause between two looks is; later ones are longer.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);
/// How long the merchant may take to finish what it is working on after the last step.
const SETTLING: Duration = Duration::from_secs(3);

/// How a story is played.
#[derive(Clone, Debug)]
pub struct PlayOptions {
    /// Only the scenario that this line stands in; all when absent.
    pub line: Option<usize>,
    /// How long the whole story may take, real time.
    pub budget: Duration,
}

impl Default for PlayOptions {
    fn default() -> Self {
        Self { line: None, budget: Duration::from_mins(5) }
    }
}

/// Plays a story and gives the bundle. Whatever goes wrong stands in it: a run is always returned, within the budget and the
/// time the last answers take.
pub async fn play(story: &Story, target: &Target, options: &PlayOptions) -> Run {
    let began = Instant::now();
    let control = Control::new(&target.control, &target.sandbox);
    let mut run = Run {
        format: FORMAT,
        versions: Versions { kit: env!("CARGO_PKG_VERSION").to_owned(), platform: None },
        story: story.mark(),
        sandbox: target.sandbox.clone(),
        merchant: target.merchant.address().to_owned(),
        ..Run::default()
    };
    let before = match meet(&control, &mut run).await {
        Ok(mark) => mark,
        Err(unanswered) => {
            let why = format!("the platform's control API gave no usable answer: {unanswered}");
            run.scenarios = chosen(story, options).map(|scenario| not_begun(scenario, &why)).collect();
            run.incomplete = Some(why);
            return run;
        }
    };
    for scenario in chosen(story, options) {
        let playing = Playing { story, target, mark: before, seed: run.seed, began, deadline: began + options.budget };
        let (played, captures) = playing.scenario(scenario).await;
        run.scenarios.push(played);
        run.captures.extend(captures);
    }
    run.incomplete = settle(&target.merchant.till()).await;
    if let Err(unanswered) = fetch(&control, before, &mut run).await {
        run.incomplete = Some(format!("the journal could not be read: {unanswered}"));
    }
    run.took_ms = millis(began.elapsed());
    run
}

async fn meet(control: &Control, run: &mut Run) -> Result<Mark, Unanswered> {
    run.versions.platform = Some(control.version().await?);
    run.seed = control.seed().await;
    control.mark().await
}

async fn fetch(control: &Control, mark: Mark, run: &mut Run) -> Result<(), Unanswered> {
    let traffic = control.exchanges(mark, None).await?;
    run.exchanges = traffic.exchanges;
    run.incomplete = traffic.incomplete.or(run.incomplete.take());
    run.strays = control.strays(mark).await?.exchanges;
    run.events = control.events(mark).await?;
    Ok(())
}

/// Waits until the merchant has nothing more to do; says so when it still has.
async fn settle(till: &Till) -> Option<String> {
    let until = Instant::now() + SETTLING;
    loop {
        // a merchant that does not tell is taken at its last step
        let pending = till.show(Operation::Health).await.ok()?.number("pending")?;
        if pending == 0 {
            return None;
        }
        if Instant::now() > until {
            return Some(format!("the merchant was still working on {pending} matters when the story ended"));
        }
        sleep(Duration::from_millis(20)).await;
    }
}

fn chosen<'s>(story: &'s Story, options: &PlayOptions) -> impl Iterator<Item = &'s Scenario> {
    let begins = options.line.map(|line| {
        let before = story.scenarios.iter().map(|scenario| scenario.place.line).filter(|begins| *begins <= line);
        before.max().unwrap_or(line)
    });
    story.scenarios.iter().filter(move |scenario| begins.is_none_or(|begins| scenario.place.line == begins))
}

fn not_begun(scenario: &Scenario, why: &str) -> Played {
    let steps = scenario.lines.iter().enumerate().map(|(place, line)| {
        let outcome = if place == 0 { Outcome::Broken(why.to_owned()) } else { Outcome::Skipped };
        played(line, outcome, Duration::ZERO, Duration::ZERO)
    });
    Played { name: scenario.name.clone(), place: scenario.place, steps: steps.collect() }
}

fn played(line: &Line, outcome: Outcome, started: Duration, took: Duration) -> PlayedStep {
    PlayedStep {
        keyword: line.keyword.clone(),
        sentence: line.sentence.clone(),
        place: line.place,
        actor: STEPS[line.step].actor.to_string(),
        outcome,
        started_ms: millis(started),
        took_ms: millis(took),
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

struct Playing<'p> {
    story: &'p Story,
    target: &'p Target,
    mark: Mark,
    seed: Option<u64>,
    began: Instant,
    deadline: Instant,
}

impl Playing<'_> {
    async fn scenario(&self, scenario: &Scenario) -> (Played, std::collections::BTreeMap<String, String>) {
        let mut stage = Stage::new(self.target, self.mark);
        let mut steps = Vec::with_capacity(scenario.lines.len());
        let mut over = false;
        for line in &scenario.lines {
            let started = self.began.elapsed();
            let outcome = if over { Outcome::Skipped } else { self.line(&mut stage, scenario, line).await };
            over |= outcome != Outcome::Passed;
            steps.push(played(line, outcome, started, self.began.elapsed().saturating_sub(started)));
        }
        (Played { name: scenario.name.clone(), place: scenario.place, steps }, stage.captures)
    }

    async fn line(&self, stage: &mut Stage, scenario: &Scenario, line: &Line) -> Outcome {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let trouble = match timeout(left, until_true(stage, line)).await {
            Ok(Ok(())) => return Outcome::Passed,
            Ok(Err(trouble)) => trouble,
            Err(_) => Trouble::Broken("the time for the whole story was used up".to_owned()),
        };
        match trouble {
            Trouble::NotPlayable(why) => Outcome::NotPlayable(why),
            Trouble::Broken(why) => Outcome::Broken(why),
            Trouble::Unmet { expected, seen, clue, .. } => {
                let exchange = match clue {
                    Some(clue) => behind(&stage.control, self.mark, &clue).await,
                    None => None,
                };
                Outcome::Failed(Failure { expected, seen, exchange, again: self.again(scenario) })
            }
        }
    }

    /// The command that plays this scenario again at the same place; the seed stands behind it as a note.
    fn again(&self, scenario: &Scenario) -> String {
        let Target { control, sandbox, .. } = self.target;
        let merchant = self.target.merchant.address();
        let seed = self.seed.map(|seed| format!("  # seed {seed}")).unwrap_or_default();
        let place = format!("{}:{}", self.story.path, scenario.place.line);
        format!("kabao play {place} --platform {control} --sandbox {sandbox} --merchant {merchant}{seed}")
    }
}

/// Plays one sentence: an act once, a fact until it is true or its bound has passed.
async fn until_true(stage: &mut Stage, line: &Line) -> Result<(), Trouble> {
    let step = STEPS[line.step];
    let until = line.within.map(|within| Instant::now() + within);
    let mut pause = FIRST_PAUSE;
    loop {
        let result = (step.play)(stage, &line.words).await;
        match (&result, until) {
            (Err(Trouble::Unmet { last: false, .. }), Some(until)) if Instant::now() < until => {}
            _ => return result,
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
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
