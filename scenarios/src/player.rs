//! Playing a story: every sentence in order, waiting within bounds, and the traffic fetched at the end.
//!
//! The first step that does not come true ends its scenario. A connection that breaks is no verdict about anybody.

mod scenario;

use crate::control::{Control, Mark};
use crate::http::Unanswered;
use crate::run::{FORMAT, Outcome, Played, PlayedStep, Run, Versions};
use crate::steps::STEPS;
use crate::story::{Line, Scenario, Story};
use crate::target::Target;
pub use scenario::in_shell;
use scenario::{Finished, Playing};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::time::timeout;

/// How long the platform may take to tell what happened, once a story is over.
const FETCHING: Duration = Duration::from_secs(30);

/// How a story is played.
#[derive(Clone, Debug)]
pub struct PlayOptions {
    /// Only the scenario that this line stands in; all when absent.
    pub line: Option<usize>,
    /// How long the whole story may take, real time.
    pub budget: Duration,
    /// What stands behind `kabao play FILE:LINE` to play it again; the target's addresses when absent.
    pub again: Option<String>,
    /// Whether the sandbox is there for this play only.
    pub own: bool,
}

impl Default for PlayOptions {
    fn default() -> Self {
        Self { line: None, budget: Duration::from_mins(5), again: None, own: false }
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
        merchant_description: target.merchant.described(),
        began_ms: SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_millis()).ok()),
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
    let again = options.again.clone().unwrap_or_else(|| {
        let seed = run.seed.map(|seed| format!("  # seed {seed}")).unwrap_or_default();
        format!("--platform {} --sandbox {} --merchant {}{seed}", target.control, target.sandbox, target.merchant.address())
    });
    let playing = Playing { story, target, again: &again, own: options.own, began, deadline: began + options.budget };
    for (place, scenario) in chosen(story, options).enumerate() {
        let began = if place == 0 { Ok(before) } else { control.mark().await };
        let finished = match began {
            Ok(began) => playing.scenario(scenario, began).await,
            Err(unanswered) => Finished { played: not_begun(scenario, &unanswered.to_string()), ..Finished::default() },
        };
        run.scenarios.push(finished.played);
        run.captures.extend(finished.captures);
        run.sights.extend(finished.sights);
        run.incomplete = run.incomplete.or(finished.incomplete);
        run.unfinished = run.unfinished.or(finished.unfinished);
    }
    match timeout(FETCHING, fetch(&control, before, &mut run)).await {
        Ok(Ok(())) => {}
        Ok(Err(unanswered)) => run.incomplete = Some(format!("the journal could not be read: {unanswered}")),
        Err(_) => run.incomplete = Some(format!("the journal could not be read within {}", crate::time::spoken(FETCHING))),
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
    // an older platform has no switches
    run.switches = control.get("/switches").await.unwrap_or_default();
    Ok(())
}

fn chosen<'s>(story: &'s Story, options: &PlayOptions) -> impl Iterator<Item = &'s Scenario> {
    let chosen: Vec<&Scenario> = options.line.map_or_else(|| story.scenarios.iter().collect(), |line| story.at(line));
    chosen.into_iter()
}

/// The run of a scenario that nobody could begin.
pub(crate) fn could_not_begin(story: &Story, scenario: &Scenario, why: &str) -> Run {
    Run {
        format: FORMAT,
        versions: Versions { kit: env!("CARGO_PKG_VERSION").to_owned(), platform: None },
        story: story.mark(),
        scenarios: vec![not_begun(scenario, why)],
        incomplete: Some(why.to_owned()),
        ..Run::default()
    }
}

fn not_begun(scenario: &Scenario, why: &str) -> Played {
    let steps = scenario.lines.iter().enumerate().map(|(place, line)| {
        let outcome = if place == 0 { Outcome::Broken(why.to_owned()) } else { Outcome::Skipped };
        played(line, outcome, Duration::ZERO, Duration::ZERO)
    });
    Played { name: scenario.name.clone(), place: scenario.place, tags: scenario.tags.clone(), steps: steps.collect(), ended_ms: None }
}

fn played(line: &Line, outcome: Outcome, started: Duration, took: Duration) -> PlayedStep {
    PlayedStep {
        keyword: line.keyword.clone(),
        sentence: line.sentence.clone(),
        place: line.place,
        actor: STEPS[line.step].actor.to_string(),
        outcome,
        at_ms: None,
        started_ms: millis(started),
        took_ms: millis(took),
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
