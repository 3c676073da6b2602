//! Time is moved, and everything that falls due on the way runs in order, each thing at its own virtual time.
//!
//! Nobody waits for real time: two years of codes, tokens, cards, changes and ledger expiries take as long as writing their
//! events does. Others' calls go on meanwhile; they see the time of what ran last. Source: DESIGN "Time is virtual per sandbox".

use crate::engine::Engine;
use crate::outbox;
use crate::provider::Courier;
use crate::sandbox::{Sandbox, Unsettled};
use std::collections::BTreeMap;
use std::time::Duration;
use world::Moment;
use world::due::FellDue;

/// The most things that run in one journey; then it ends where it got to.
const MOST: usize = 1_000_000;
/// How many of them a report lists.
const LISTED: usize = 1_000;
/// After how many steps it is waited for the disk, so that memory does not fill with what is on its way there.
const WAIT_EVERY: usize = 256;
/// How long to wait for an attempt that somebody else makes.
const UNDER_WAY: Duration = Duration::from_millis(5);

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

/// Runs everything that is due by `until`, notices to merchants with their answers included, and waits until all of it is
/// durable. The clock itself is left to the caller.
///
/// # Errors
/// [`Unsettled`] when the store does not answer: what ran may or may not be durable.
pub async fn pass(engine: &Engine, courier: &dyn Courier, sandbox: &Sandbox, until: Moment) -> Result<Passed, Unsettled> {
    let _journey = sandbox.journey.lock().await;
    let mut passed = Passed::default();
    let mut steps = 0_usize;
    while let Some((at, notice)) = sandbox.next(until) {
        if passed.total() >= MOST {
            passed.cut_at = Some(at);
            break;
        }
        steps += 1;
        let Some(notice) = notice else {
            let Some(ran) = sandbox.run_due(at)? else { continue };
            passed.take(if steps.is_multiple_of(WAIT_EVERY) { ran.settled().await? } else { ran.unsettled() });
            continue;
        };
        if let Some(attempt) = engine.try_notice(courier, sandbox, &notice, Some(at)).await? {
            let what = format!("{notice} {}", outbox::word(attempt));
            passed.take(vec![FellDue { at, kind: "notice_tried", what }]);
        } else {
            // an attempt that began before is still under way
            tokio::time::sleep(UNDER_WAY).await;
        }
    }
    // what was sent before is durable when this is
    sandbox.run_when(crate::real_now, Some(Moment(i64::MIN)), |_| ())?.settled().await?;
    Ok(passed)
}
