//! One sandbox at work: its world under one short lock, its line to the disk, its journal.
//!
//! Decide and apply hold the lock; the answer waits for the group commit, the next call does not.

mod line;
mod ran;

pub(crate) use line::Line;
pub use line::Lost;
pub use ran::{Ran, Unsettled};

use crate::call::Call;
use crate::chance::Chance;
use crate::journal::Journal;
use crate::writer::{Caused, Writer};
use log::{Broken, Chain, Epoch, OldKeys, SandboxId, Sequence};
use parking_lot::{Mutex, MutexGuard};
use ran::Wait;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::oneshot;
use world::due::{FellDue, STEP};
use world::names::NoticeId;
use world::snapshot::Frozen;
use world::switch::Switch;
use world::{Moment, World};

/// After how many events it is looked whether codes and tokens ran out long ago.
const FORGET_EVERY: u64 = 4_096;

/// The most steps of due work that one call waits for.
const CATCH_UP: usize = 64;

/// How often it is looked whether nobody holds the sandbox any more before whoever wants it sleeps: some ten microseconds.
const LOOKS: usize = 500;

/// Among how many notices of one moment the next one is drawn, when their order is not to be kept.
const SHUFFLED: usize = 64;

/// What stands still for a call.
struct Live {
    world: World,
    next: Sequence,
    /// Place of the first event that no snapshot holds yet.
    snapshot_at: Sequence,
    /// Rows of the ledger when the last snapshot was taken.
    rows_at: u64,
    /// Up to where the ledger has nothing more to post back: a lot that is stuck is not asked about by every call.
    ledger_after: Moment,
}

/// A sandbox.
pub struct Sandbox {
    live: Mutex<Live>,
    line: Arc<Line>,
    writer: Writer,
    journal: Arc<Journal>,
    seed: u64,
    published_keys: bool,
    /// Held while time is moved and everything on the way runs: one such journey at a time.
    pub(crate) journey: tokio::sync::Mutex<()>,
    /// Notices that are under way.
    under_way: Arc<Mutex<HashSet<NoticeId>>>,
    old_keys: Option<Arc<dyn OldKeys>>,
}

/// The notice that comes next.
pub(crate) struct Next {
    pub(crate) notice: NoticeId,
    pub(crate) target: String,
}

/// A notice that is being tried.
pub(crate) struct UnderWay {
    all: Arc<Mutex<HashSet<NoticeId>>>,
    notice: NoticeId,
}

impl UnderWay {
    pub(crate) fn notice(&self) -> &NoticeId {
        &self.notice
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.all.lock().remove(&self.notice);
    }
}

/// Marks the line lost when a call panics half way: its world can no longer be trusted to be the fold of its log.
struct OnPanic<'a>(&'a Line);

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lose(Lost::Panicked);
        }
    }
}

impl Sandbox {
    #[expect(clippy::too_many_arguments, reason = "built in one place, from what the log and the snapshot gave")]
    pub(crate) fn new(
        id: SandboxId,
        epoch: Epoch,
        next: Sequence,
        chain: Chain,
        world: World,
        snapshot_at: Sequence,
        writer: Writer,
        seed: u64,
        published_keys: bool,
    ) -> Self {
        let line = Line { id, epoch, durable: AtomicU64::new(next.0), chain: Mutex::new(chain), lost: OnceLock::new() };
        let rows_at = world.ledger().sequence().0;
        let state = Live { world, next, snapshot_at, rows_at, ledger_after: Moment(i64::MIN) };
        Self {
            live: Mutex::new(state),
            line: Arc::new(line),
            writer,
            journal: Arc::new(Journal::new(seed)),
            seed,
            published_keys,
            journey: tokio::sync::Mutex::default(),
            under_way: Arc::default(),
            old_keys: None,
        }
    }

    /// With the place where its ledger's old keys are kept: its own, whoever may come to bear its name.
    pub(crate) fn with_old_keys(self, old_keys: Option<Arc<dyn OldKeys>>) -> Self {
        Self { old_keys, ..self }
    }

    /// Where its ledger's old keys are kept, if not in memory.
    pub(crate) fn old_keys(&self) -> Option<&dyn OldKeys> {
        self.old_keys.as_deref()
    }

    /// Goes on with the journal of the sandbox that this one stands in for.
    pub(crate) fn with_journal_of(self, other: &Self) -> Self {
        Self { journal: other.journal.clone(), ..self }
    }

    /// The sandbox's name.
    pub fn name(&self) -> &str {
        &self.line.id.0
    }

    pub(crate) fn id(&self) -> &SandboxId {
        &self.line.id
    }

    /// The sandbox, which stands still for us from now on. Others hold it for microseconds, and to sleep and be woken takes longer: so it
    /// is looked for a while before that.
    fn still(&self) -> MutexGuard<'_, Live> {
        for _ in 0..LOOKS {
            match self.live.try_lock() {
                Some(live) => return live,
                None => std::hint::spin_loop(),
            }
        }
        self.live.lock()
    }

    /// What its ids and random values are made from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether its keys come from the published pool of test keys.
    pub fn published_keys(&self) -> bool {
        self.published_keys
    }

    pub(crate) fn journal_handle(&self) -> Arc<Journal> {
        self.journal.clone()
    }

    /// Takes a notice to be tried, unless somebody has it; it is given back when what comes is dropped.
    pub(crate) fn begin_notice(&self, notice: &NoticeId) -> Option<UnderWay> {
        self.under_way.lock().insert(notice.clone()).then(|| UnderWay { all: self.under_way.clone(), notice: notice.clone() })
    }

    /// Whether everything that happened here is on the disk.
    pub(crate) fn is_settled(&self) -> bool {
        let next = self.still().next.0;
        self.line.durable.load(Ordering::Acquire) >= next
    }

    /// Whether somebody tries a notice at this moment.
    pub(crate) fn is_under_way(&self, notice: &NoticeId) -> bool {
        self.under_way.lock().contains(notice)
    }

    /// What comes next by `until`, wherever the clock stands: a notice, or nothing but what runs here. Notices of one moment
    /// come in their order, or in one that `chance` gives when the sandbox wants that.
    pub(crate) fn next(&self, until: Moment, chance: &mut Chance) -> Option<(Moment, Option<Next>)> {
        let live = self.still();
        let notice = live.world.next_notice().map(|(at, first)| {
            let first = if live.world.is_on(Switch::NoticesOutOfOrder) {
                let together: Vec<_> = live.world.notices_due(at).take(SHUFFLED).collect();
                together[usize::try_from(chance.below(together.len() as u64)).unwrap_or(0)]
            } else {
                first
            };
            (at, Some(Next { notice: first.made.notice.clone(), target: first.target() }))
        });
        let due = live.world.next_due(live.ledger_after).map(|at| (at, None));
        // what runs here comes first: it decides what a merchant finds who asks
        due.into_iter().chain(notice).min_by_key(|(at, _)| *at).filter(|(at, _)| *at <= until)
    }

    /// When the next thing falls due, what runs here or a notice to a merchant.
    pub fn next_due(&self) -> Option<Moment> {
        let live = self.still();
        let notice = live.world.next_notice().map(|(at, _)| at);
        live.world.next_due(live.ledger_after).into_iter().chain(notice).min()
    }

    /// What came in and went out.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) fn lose(&self, why: Lost) {
        self.line.lose(why);
    }

    /// Why nothing is answered from here any more, if that is so.
    pub fn lost(&self) -> Option<Lost> {
        self.line.lost.get().copied()
    }

    /// Waits until everything that was sent to the disk from here is there, or refused.
    pub(crate) fn drained(&self) {
        let _ = self.writer.barrier(self.line.clone()).blocking_recv();
    }

    /// Runs one call while the sandbox stands still. The reply is inside [`Ran`] until it is durable.
    ///
    /// # Errors
    /// [`Broken`] when the sandbox was dropped or its store stopped.
    pub fn run<R>(&self, work: impl FnOnce(&mut Call<'_>) -> R) -> Result<Ran<R>, Broken> {
        self.run_at(real_now, work)
    }

    /// [`Self::run`] at a real time that is asked for once the sandbox stands still, so that calls have the times of their order.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_at<R>(&self, real: impl FnOnce() -> Moment, work: impl FnOnce(&mut Call<'_>) -> R) -> Result<Ran<R>, Broken> {
        self.run_when(real, None, work)
    }

    /// [`Self::run_at`] at a virtual time of its own, when one is given: work that fell due runs when it is due.
    pub(crate) fn run_when<R>(
        &self,
        real: impl FnOnce() -> Moment,
        at: Option<Moment>,
        work: impl FnOnce(&mut Call<'_>) -> R,
    ) -> Result<Ran<R>, Broken> {
        let mut live = self.still();
        let real = real();
        if let Some(broken) = self.writer.stopped() {
            return Err(broken);
        }
        if self.line.lost.get().is_some() {
            return Err(self.line.refusal());
        }
        let guard = OnPanic(&self.line);
        let live = &mut *live;
        // virtual time never runs backwards within a sandbox, whatever the machine's clock does
        let now = at.unwrap_or_else(|| live.world.clock().read(real)).max(live.world.last());
        self.catch_up(live, now, real);
        let mut call =
            Call { world: &mut live.world, now, chance: Chance::at(self.seed, live.next.0), entries: Vec::new(), blobs: Vec::new() };
        let reply = work(&mut call);
        if is_time_to_forget(live.next, call.entries.len())
            && let Some(forgotten) = call.world.decide_forgetting(now)
        {
            call.record(forgotten);
        }
        let (entries, blobs) = (call.entries, call.blobs);
        drop(guard);
        let (first, events) = (live.next, entries.len() as u64);
        let wait = if entries.is_empty() {
            if self.line.durable.load(Ordering::Acquire) >= live.next.0 {
                Wait::Nothing
            } else {
                Wait::For(self.writer.barrier(self.line.clone()))
            }
        } else {
            live.next = live.next.plus(entries.len());
            Wait::For(self.writer.write(self.line.clone(), Caused { first, at: now, real, entries, blobs }))
        };
        Ok(Ran { reply, at: now, first: first.0, events, wait })
    }

    /// Runs what fell due by `now`, each at its own time, before a call sees the state: as far as a call can wait for it.
    fn catch_up(&self, live: &mut Live, now: Moment, real: Moment) {
        if now < live.ledger_after {
            // the clock was set back
            live.ledger_after = Moment(i64::MIN);
        }
        for _ in 0..CATCH_UP {
            if self.fall_due(live, now, real).is_none() {
                break;
            }
        }
    }

    /// Runs the next thing that is due by `until`, with all that is due at the same moment; nothing when there is none.
    fn fall_due(&self, live: &mut Live, until: Moment, real: Moment) -> Option<(Vec<FellDue>, Moment, Wait)> {
        let due = live.world.next_due(live.ledger_after).filter(|due| *due <= until)?;
        let at = due.max(live.world.last());
        let mut entries = live.world.decide_due(at).entries;
        if entries.iter().all(|(_, rows)| !rows.is_empty() && rows.len() < STEP) {
            // the ledger gave all it could, perhaps nothing
            live.ledger_after = at;
        }
        for (event, rows) in &entries {
            live.world.apply(at, event, rows);
        }
        let fell_due = entries.iter().map(|(event, _)| FellDue::of(at, event)).collect();
        if is_time_to_forget(live.next, entries.len())
            && let Some(forgotten) = live.world.decide_forgetting(at)
        {
            let event = forgotten.into();
            live.world.apply(at, &event, &[]);
            entries.push((event, Vec::new()));
        }
        if entries.is_empty() {
            return Some((fell_due, at, Wait::Nothing));
        }
        let first = live.next;
        live.next = live.next.plus(entries.len());
        let told = self.writer.write(self.line.clone(), Caused { first, at, real, entries, blobs: Vec::new() });
        Some((fell_due, at, Wait::For(told)))
    }

    /// Runs the next thing that is due by `until`, wherever the clock stands; nothing when there is none.
    pub(crate) fn run_due(&self, until: Moment) -> Result<Option<Ran<Vec<FellDue>>>, Broken> {
        let mut live = self.still();
        if let Some(broken) = self.writer.stopped() {
            return Err(broken);
        }
        if self.line.lost.get().is_some() {
            return Err(self.line.refusal());
        }
        let _guard = OnPanic(&self.line);
        let first = live.next.0;
        let fell_due = self.fall_due(&mut live, until, real_now());
        Ok(fell_due.map(|(reply, at, wait)| Ran { events: reply.len() as u64, reply, at, first, wait }))
    }

    /// Reads the sandbox as it stands. What is read may not be durable yet: for pages and figures, not for answers.
    pub fn look<R>(&self, read: impl FnOnce(&World, Moment) -> R) -> R {
        let live = self.still();
        let now = live.world.clock().read(real_now()).max(live.world.last());
        read(&live.world, now)
    }

    /// How many events were applied since the last snapshot.
    pub(crate) fn since_snapshot(&self) -> u64 {
        let live = self.still();
        live.next.0.saturating_sub(live.snapshot_at.0)
    }

    /// How many ledger rows were applied since the last snapshot: one event may bring thousands.
    pub(crate) fn rows_since_snapshot(&self) -> u64 {
        let live = self.still();
        live.world.ledger().sequence().0.saturating_sub(live.rows_at)
    }

    /// Takes note that a snapshot holds everything before `next`, with so many ledger rows.
    pub(crate) fn snapshotted(&self, next: Sequence, rows: u64) {
        let mut live = self.still();
        live.snapshot_at = next;
        live.rows_at = rows;
    }

    /// Lets the ledger forget keys that the log keeps durably now.
    pub(crate) fn forget_keys(&self, moved: &world::ledger::KeysToMove) {
        self.still().world.forget_keys(moved);
    }

    /// The state as it stands now, and where; the lock is held for reference counts only.
    pub(crate) fn freeze(&self) -> Still {
        let live = self.still();
        let rows = live.world.ledger().sequence().0;
        Still { frozen: live.world.freeze(), next: live.next, rows, chain: self.writer.mark(self.line.clone()) }
    }
}

/// A sandbox's state at one moment, for a snapshot.
pub(crate) struct Still {
    pub(crate) frozen: Frozen,
    /// The event it stands before.
    pub(crate) next: Sequence,
    /// The ledger rows in it.
    pub(crate) rows: u64,
    /// The log's chain there, once all before it is durable.
    pub(crate) chain: oneshot::Receiver<Result<Chain, Broken>>,
}

/// Whether so many events from `next` on pass a place where it is looked what ran out long ago: at a place of the log and not
/// by a timer, so that the same calls give the same log.
fn is_time_to_forget(next: Sequence, events: usize) -> bool {
    events > 0 && (next.0 + events as u64) / FORGET_EVERY > next.0 / FORGET_EVERY
}

/// Real time, the only place where the engine asks for it.
pub fn real_now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
