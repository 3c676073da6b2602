//! Time is moved, and everything that falls due on the way runs in order, each thing at its own virtual time.
//!
//! Nobody waits for real time: two years of codes, tokens, cards, changes and ledger expiries take as long as writing their
//! events does. Others' calls go on meanwhile; they see the time of what ran last. Source: DESIGN "Time is virtual per sandbox".

use crate::chance::Chance;
use crate::delivery::{Delivered, Errand, PATIENCE, UNDER_WAY, word};
use crate::engine::Engine;
use crate::provider::Courier;
use crate::sandbox::{Next, Sandbox, Unsettled};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use world::Moment;
use world::due::FellDue;
use world::notice::Attempt;

/// The most things that run in one journey; then it ends where it got to.
const MOST: usize = 1_000_000;
/// How many of them a report lists.
const LISTED: usize = 1_000;
/// After how many steps it is waited for the disk, so that memory does not fill with what is on its way there.
const WAIT_EVERY: usize = 256;
/// How long a journey waits for those that began before it.
const TURN: Duration = Duration::from_mins(1);
/// How long a merchant may take to answer who let us wait before on this journey.
const LESS_PATIENCE: Duration = Duration::from_millis(500);
/// Of how many targets a journey remembers that they let us wait.
const HANGING_KNOWN: usize = 10_000;

/// What ran on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// The first of it, in order, at most a thousand.
    pub ran: Vec<FellDue>,
    /// How many of each kind ran.
    pub counts: BTreeMap<&'static str, usize>,
    /// Where the journey ended before its goal, when more than a million things were due.
    pub cut_at: Option<Moment>,
}

impl Passed {
    fn take(&mut self, fell_due: Vec<FellDue>) {
        for one in fell_due {
            *self.counts.entry(one.kind).or_default() += 1;
            if self.ran.len() < LISTED {
                self.ran.push(one);
            }
        }
    }

    /// How many things ran.
    pub fn total(&self) -> usize {
        self.counts.values().sum()
    }
}

/// A journey in time: while somebody is on one, nobody else sets or moves the sandbox's clock.
pub struct Journey<'s> {
    sandbox: &'s Sandbox,
    _held: tokio::sync::MutexGuard<'s, ()>,
}

impl Sandbox {
    /// Begins a journey, once all that began before are over; nothing when that takes longer than anybody waits.
    pub async fn journey(&self) -> Option<Journey<'_>> {
        let held = tokio::time::timeout(TURN, self.journey.lock()).await.ok()?;
        Some(Journey { sandbox: self, _held: held })
    }
}

impl Journey<'_> {
    /// Runs everything that is due by `until`, notices to merchants with their answers included, and waits until all of it is
    /// durable. The clock itself is left to the caller.
    ///
    /// # Errors
    /// [`Unsettled`] when the store does not answer: what ran may or may not be durable.
    pub async fn pass(&self, engine: &Engine, courier: &dyn Courier, until: Moment) -> Result<Passed, Unsettled> {
        let sandbox = self.sandbox;
        let mut passed = Passed::default();
        let mut steps = 0_usize;
        // who let us wait once on this journey is waited for less: a merchant that hangs costs seconds, not a day
        let mut hanging = HashSet::new();
        let mut chance = Chance::of(sandbox.seed(), "order of notices", until.0.unsigned_abs());
        while let Some((at, next)) = sandbox.next(until, &mut chance) {
            if passed.total() >= MOST {
                passed.cut_at = Some(at);
                break;
            }
            steps += 1;
            let Some(Next { notice, target }) = next else {
                let Some(ran) = sandbox.run_due(at)? else { continue };
                passed.take(if steps.is_multiple_of(WAIT_EVERY) { ran.settled().await? } else { ran.unsettled() });
                continue;
            };
            let Some(under_way) = sandbox.begin_notice(&notice) else {
                // an attempt that began before is still under way
                tokio::time::sleep(UNDER_WAY).await;
                continue;
            };
            let patience = if hanging.contains(&target) { LESS_PATIENCE } else { PATIENCE };
            let errand = Errand { at: Some(at), patience, asked: None };
            let (kind, what) = match engine.deliver(courier, sandbox, under_way, errand).await? {
                Some(Delivered::Tried(attempt, by_fault)) => {
                    // an answer that a fault lost is none of the merchant's doing
                    if attempt == Attempt::TimedOut && !by_fault && hanging.len() < HANGING_KNOWN {
                        hanging.insert(target);
                    }
                    ("notice_tried", format!("{notice} {}", word(attempt)))
                }
                Some(Delivered::PutOff) => ("notice_put_off", notice.to_string()),
                None => continue,
            };
            passed.take(vec![FellDue { at, kind, what }]);
        }
        // what was sent before is durable when this is
        sandbox.run_when(crate::real_now, Some(Moment(i64::MIN)), |_| ())?.settled().await?;
        Ok(passed)
    }
}

/// A whole journey: [`Journey::pass`], once all others are over.
///
/// # Errors
/// [`Unsettled`] as there, or when others do not come to an end.
pub async fn pass(engine: &Engine, courier: &dyn Courier, sandbox: &Sandbox, until: Moment) -> Result<Passed, Unsettled> {
    sandbox.journey().await.ok_or(Unsettled::Late)?.pass(engine, courier, until).await
}
