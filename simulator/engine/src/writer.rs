//! Group commit: one thread takes whatever is waiting, writes it in one transaction, and only then lets the answers go.
//!
//! Load sets the size of a group: one call alone is written at once, and after several that came together the next are given a moment
//! to gather, because a commit costs the same whatever stands in it. A write that fails stops the store for good (see
//! `why-a-failed-write-stops-the-store.md`): no answer may speak of what is not on disk.

use crate::outbox::{Bell, RINGING};
use crate::sandbox::{Line, Lost};
use log::{Appended, Batch, Blob, Broken, Chain, Entry, Log, Sequence};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use world::ledger::Row;
use world::{Event, Moment};

/// The most batches that go into one transaction.
const GROUP_LIMIT: usize = 1_024;
/// The most ledger rows after which a group is closed.
const GROUP_ROWS: usize = 16_384;
/// The writes in one group from which on the next is given time to gather.
const SEVERAL: usize = 4;
/// How long after it at most.
const LATELY: Duration = Duration::from_millis(1);
/// That time, to which Linux adds about half of it. Three or six times as long gains nothing more.
const GATHERING: Duration = Duration::from_micros(100);
/// How often whoever can run is let run before a group is closed: then more calls share its transaction.
const LETS_OTHERS: usize = 2;
/// How often a cut wait is asked again before the store counts as gone.
const ASK_AGAIN: u32 = 20;

/// What one call caused, on its way to the disk.
pub(crate) struct Caused {
    pub(crate) first: Sequence,
    pub(crate) at: Moment,
    pub(crate) real: Moment,
    pub(crate) entries: Vec<(Event, Vec<Row>)>,
    pub(crate) blobs: Vec<Blob>,
}

enum Job {
    Write {
        line: Arc<Line>,
        caused: Caused,
        done: oneshot::Sender<Result<(), Broken>>,
    },
    /// Answers once everything sent before it is durable: what a query waits for.
    Barrier {
        line: Arc<Line>,
        done: oneshot::Sender<Result<(), Broken>>,
    },
    /// Answers with the chain after everything sent before it, for a snapshot.
    Mark {
        line: Arc<Line>,
        done: oneshot::Sender<Result<Chain, Broken>>,
    },
}

/// The sending side of the writer. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: Sender<Job>,
    /// Why nothing is written any more, once a write failed.
    stopped: Arc<OnceLock<Broken>>,
    /// Rung when a notice became durable.
    bell: Arc<Bell>,
}

impl Writer {
    /// Starts the writing thread over a log.
    pub(crate) fn start(log: Arc<dyn Log>) -> Self {
        let (jobs, waiting) = channel();
        let (stopped, bell) = (Arc::new(OnceLock::new()), Arc::<Bell>::default());
        let (stop, ring) = (stopped.clone(), bell.clone());
        std::thread::Builder::new()
            .name("kabao-writer".to_owned())
            .spawn(move || write_all(&*log, &waiting, &stop, &ring))
            .expect("a thread can be started");
        Self { jobs, stopped, bell }
    }

    /// What rings when a notice became durable.
    pub(crate) fn bell(&self) -> &Arc<Bell> {
        &self.bell
    }

    /// Why nothing is written any more, if that is so: then nothing may be decided either.
    pub(crate) fn stopped(&self) -> Option<Broken> {
        self.stopped.get().cloned()
    }

    pub(crate) fn write(&self, line: Arc<Line>, caused: Caused) -> oneshot::Receiver<Result<(), Broken>> {
        let (done, told) = oneshot::channel();
        // a writer that is gone drops the sender, which the waiting side takes for a broken store
        let _ = self.jobs.send(Job::Write { line, caused, done });
        told
    }

    pub(crate) fn barrier(&self, line: Arc<Line>) -> oneshot::Receiver<Result<(), Broken>> {
        let (done, told) = oneshot::channel();
        let _ = self.jobs.send(Job::Barrier { line, done });
        told
    }

    pub(crate) fn mark(&self, line: Arc<Line>) -> oneshot::Receiver<Result<Chain, Broken>> {
        let (done, told) = oneshot::channel();
        let _ = self.jobs.send(Job::Mark { line, done });
        told
    }
}

fn write_all(log: &dyn Log, waiting: &Receiver<Job>, stopped: &OnceLock<Broken>, bell: &Bell) {
    // when the last group of several was written
    let mut several: Option<Instant> = None;
    while let Ok(first) = waiting.recv() {
        if matches!(first, Job::Write { .. }) && several.is_some_and(|at| at.elapsed() < LATELY) {
            std::thread::sleep(GATHERING);
        }
        let jobs = group(first, waiting);
        let writes = jobs.iter().filter(|job| matches!(job, Job::Write { .. })).count();
        match stopped.get() {
            Some(broken) => refuse(jobs, broken),
            None => commit(log, jobs, stopped, bell),
        }
        several = (writes >= SEVERAL).then(Instant::now);
    }
}

/// The first job with whatever else waits, or comes while others are let run.
fn group(first: Job, waiting: &Receiver<Job>) -> Vec<Job> {
    let mut jobs = vec![first];
    let mut rows = 0;
    for _ in 0..LETS_OTHERS {
        std::thread::yield_now();
        while jobs.len() < GROUP_LIMIT && rows < GROUP_ROWS {
            let Ok(job) = waiting.try_recv() else { break };
            if let Job::Write { caused, .. } = &job {
                rows += caused.entries.iter().map(|(_, rows)| rows.len()).sum::<usize>();
            }
            jobs.push(job);
        }
    }
    jobs
}

/// Writes one group and tells everyone who waits for it.
fn commit(log: &dyn Log, mut jobs: Vec<Job>, stopped: &OnceLock<Broken>, bell: &Bell) {
    let group: Vec<Batch> = jobs
        .iter_mut()
        .filter_map(|job| match job {
            Job::Write { line, caused, .. } => Some(batch(line, caused)),
            Job::Barrier { .. } | Job::Mark { .. } => None,
        })
        .collect();
    let outcome = if group.is_empty() { Ok(Vec::new()) } else { append(log, &group) };
    let verdicts = match outcome {
        Ok(verdicts) => verdicts,
        Err(broken) => {
            tracing::error!(error = %broken, "the store stopped: nothing more is answered until it is mended and started again");
            // before anybody is told: who hears of it must find everything stopped
            refuse(jobs, stopped.get_or_init(|| broken));
            return;
        }
    };
    let mut verdicts = group.iter().zip(verdicts);
    for job in jobs {
        match job {
            Job::Write { line, done, .. } => {
                let (batch, verdict) = verdicts.next().expect("one verdict a batch");
                // a caller that gave up waiting is not told; what it asked for is durable all the same
                let _ = done.send(settle(&line, batch, verdict));
                if batch.entries.iter().any(|entry| RINGING.contains(&entry.kind)) {
                    bell.ring(&line.id.0);
                }
            }
            // everything of this sandbox that was sent before is settled by now: durable, or lost
            Job::Barrier { line, done } => drop(done.send(line.chain().map(drop).ok_or_else(|| line.refusal()))),
            Job::Mark { line, done } => drop(done.send(line.chain().ok_or_else(|| line.refusal()))),
        }
    }
}

fn settle(line: &Line, batch: &Batch, verdict: Appended) -> Result<(), Broken> {
    match verdict {
        Appended::Stored(chain) => {
            line.stored(batch.next(), chain);
            Ok(())
        }
        Appended::Fenced { .. } | Appended::Early { .. } | Appended::Unknown => {
            line.lose(Lost::Taken);
            Err(line.refusal())
        }
    }
}

/// Appends, asking again while the wait is cut.
pub(crate) fn append(log: &dyn Log, group: &[Batch]) -> Result<Vec<Appended>, Broken> {
    for attempt in 0..ASK_AGAIN {
        let verdicts = log.append(group)?;
        if !verdicts.contains(&Appended::Unknown) {
            return Ok(verdicts);
        }
        std::thread::sleep(Duration::from_millis(10 << attempt.min(6)));
    }
    Err(Broken::Poisoned("the store did not say whether it kept a group of writes".into()))
}

fn refuse(jobs: Vec<Job>, broken: &Broken) {
    for job in jobs {
        match job {
            Job::Write { done, .. } | Job::Barrier { done, .. } => drop(done.send(Err(broken.clone()))),
            Job::Mark { done, .. } => drop(done.send(Err(broken.clone()))),
        }
    }
}

/// What a job caused, as the log takes it; the job has it no more.
fn batch(line: &Line, caused: &mut Caused) -> Batch {
    Batch {
        sandbox: line.id.clone(),
        epoch: line.epoch,
        first: caused.first,
        at_virtual_ms: caused.at.0,
        at_real_ms: caused.real.0,
        entries: std::mem::take(&mut caused.entries)
            .into_iter()
            .map(|(event, rows)| Entry { kind: event.kind(), body: event.body().into(), rows })
            .collect(),
        blobs: std::mem::take(&mut caused.blobs),
    }
}
