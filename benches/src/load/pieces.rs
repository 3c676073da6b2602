//! Work that somebody else knows how to do, begun at planned moments: a story that is played again and again. Planned, paced and
//! measured as calls are; what was to come true is judged by whoever did the work, and its word is the proof.

use super::NoLoad;
use super::act::{Came, Kind};
use super::by_hand::Hand;
use super::crew;
use super::figures::{Times, micros, times};
use super::generator::Generator;
use super::pace::{Job, Watched, pace};
use super::plan::{Part, Plan, Rate};
use super::profile::Profile;
use super::proof::Check;
use super::record::{Ended, Recording};
use super::report::{About, Report};
use super::run::{BREATH, MOST_WAITING};
use crate::ledger::Machine;
use crate::ledger::machine::used_whole;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex as Shared, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What is begun, and how often.
#[derive(Clone, Debug)]
pub struct Pieces {
    /// What it is, for the report.
    pub name: String,
    /// So many begin a second.
    pub rate: f64,
    /// For how long.
    pub span: Duration,
    /// So many are under way at once at most; others wait, and their waiting counts.
    pub at_once: usize,
    /// What the moments are drawn from.
    pub seed: u64,
}

/// Begins `work` with its number at each planned moment. It gives how long a customer waited for a card to show what had happened,
/// each time one did, or why it did not come true.
///
/// # Errors
/// [`NoLoad`] when there is nothing to begin or too much of it.
pub async fn pieces<W, F>(order: &Pieces, work: W) -> Result<Report, NoLoad>
where
    W: Fn(u32) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Vec<Duration>, String>> + Send,
{
    let machine = Machine::here(Path::new("."));
    let plan = Plan {
        profile: Profile::STORY,
        rate: Rate::PerSecond(order.rate),
        span: order.span,
        seed: order.seed,
        subjects: 1,
        part: Part::WHOLE,
    };
    let count = plan.arrivals().take(MOST_WAITING + 1).count();
    if count == 0 || count > MOST_WAITING {
        return Err(NoLoad::Plan(format!("one to {MOST_WAITING} are begun in a run, this plan has {count}")));
    }
    let (out, taken) = async_channel::bounded(MOST_WAITING);
    let work = Arc::new(work);
    let recording = Arc::new(Recording::of(order.span));
    let lag = Arc::new(Shared::new(times(3)));
    let proof = Arc::new(Shared::new(Check::new("every story that was begun came true to its end")));
    let beat = crew::no_beat();
    let beating = tokio::spawn(crew::heartbeat(beat.clone()));
    let before = used_whole(std::process::id());
    let start = Instant::now() + BREATH;
    let mut hand = Hand::watched();
    let watched = Arc::<Watched>::default();
    let mut hands = JoinSet::new();
    for lane in 0..order.at_once.max(1) {
        let (taken, work, recording, proof, lag) = (taken.clone(), work.clone(), recording.clone(), proof.clone(), lag.clone());
        let watched = watched.clone();
        hands.spawn(async move {
            loop {
                let Ok(Job { arrival, .. }) = taken.recv().await else { break };
                if watched.stop.load(Ordering::Relaxed) {
                    break;
                }
                let sent = start.elapsed();
                let came = work(arrival.number).await;
                let mut check = proof.lock().unwrap_or_else(PoisonError::into_inner);
                check.look(came.is_ok(), || format!("number {}: {}", arrival.number, came.as_ref().err().map_or("", String::as_str)));
                drop(check);
                let waited = came.as_deref().unwrap_or_default();
                for time in waited {
                    lag.lock().unwrap_or_else(PoisonError::into_inner).saturating_record(micros(*time));
                }
                let came = came.map_or_else(|_| Came::Refused("did not come true".to_owned()), |_| Came::Done(()));
                recording.ended(lane, &Ended { kind: Kind::Story, planned: arrival.at, sent, answered: start.elapsed(), came: &came });
            }
        });
    }
    let jobs = plan.arrivals().map(|arrival| Job { planned: Some(arrival.at), arrival, ready: None::<()> });
    let watching = watched.clone();
    let pacing = std::thread::Builder::new().name("kabao-pace".to_owned()).spawn(move || {
        let paced = pace(jobs, start, None, &out, &watching);
        drop(out);
        paced
    });
    let pacing = pacing.map_err(|error| NoLoad::Plan(format!("no thread: {error}")))?;
    let ended_by_hand = hand.all_done(&mut hands, &watched).await?;
    let took = start.elapsed();
    beating.abort();
    let paced = tokio::task::spawn_blocking(move || pacing.join()).await.ok().and_then(Result::ok);
    let paced = paced.ok_or_else(|| NoLoad::Plan("the pacing thread ended in a bug".to_owned()))?;
    let after = used_whole(std::process::id());
    let generator = Generator::of(&paced, &beat, [before, after], took);
    let proof = proof.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let about = About {
        machine,
        profile: order.name.clone(),
        mode: "played by this process, with the merchant in it".to_owned(),
        seed: order.seed,
        rate: plan.rate,
        subjects: 1,
        connections: order.at_once,
        part: Part::WHOLE,
    };
    let lag = Times::of(&lag.lock().unwrap_or_else(PoisonError::into_inner));
    let report = Report { lag, ..Report::of(about, &recording, took, generator, vec![proof]) };
    Ok(if ended_by_hand { report.ended_by_hand() } else { report })
}
