//! A run from its beginning to its report: the shop is opened, the plan made, the calls paced, and what came of them proved.

use super::act::{self, Kind};
use super::book::Book;
use super::by_hand::Hand;
use super::connection::Sending;
use super::control::Control;
use super::crew::{self, Floor};
use super::figures::micros;
use super::generator::Generator;
use super::pace::{Job, Watched, pace};
use super::place::{Address, Shop};
use super::plan::{Arrival, MOST, Part, Plan, Rate};
use super::profile::Profile;
use super::proof::{Before, prove};
use super::record::{OfKind, Recording, Seen};
use super::report::{About, Platform, Report};
use super::till::{self, Till};
use super::{NoLoad, progress};
use crate::ledger::machine::used_whole;
use crate::ledger::{Machine, Used};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant, SystemTime};

/// When requests are signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// All before the run: the generator has both hands free, and needs about a kilobyte a call.
    PreSigned,
    /// While calls are made, a little ahead of each on threads of their own.
    Live,
}

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Order {
    /// Whom to call.
    pub address: Address,
    /// What to call.
    pub profile: Profile,
    /// How fast.
    pub rate: Rate,
    /// How long; where every card comes once, the rate says it.
    pub span: Duration,
    /// Cards, or customers.
    pub subjects: u32,
    /// Connections.
    pub connections: usize,
    /// When requests are signed.
    pub mode: Mode,
    /// What the plan is drawn from.
    pub seed: u64,
    /// Which part of it.
    pub part: Part,
    /// When the plan begins, for processes that share one.
    pub start_at: Option<SystemTime>,
    /// The merchant's till API, where what it made of a storm of notices is seen.
    pub till: Option<String>,
    /// Whether a sandbox that was made for the run is left there.
    pub keep: bool,
}

/// Requests that are signed before a run: about two gigabytes of them.
const MOST_SIGNED: u32 = 2_000_000;
/// Of those, for a second of a run as fast as answers come: when they are used up, the run is over.
const MOST_A_SECOND: u32 = 20_000;
/// Arrivals that may wait for a connection.
pub(crate) const MOST_WAITING: usize = 100_000;
/// As many calls at least lie at hand where the next one is made as soon as one is answered: more than are answered in a millisecond.
const AT_HAND: usize = 256;
/// How long the last work is waited for when a run ends.
const LAST_WORK: Duration = Duration::from_secs(1);
/// From the last preparation to the first planned moment.
pub(crate) const BREATH: Duration = Duration::from_millis(50);

impl Order {
    /// When requests are signed, as reports say it.
    pub(crate) fn signing(&self) -> &'static str {
        match self.mode {
            _ if self.profile.has(|kind| kind == Kind::Notice) => "byte for byte as they went out",
            Mode::PreSigned => "signed before the run",
            Mode::Live => "signed while calling",
        }
    }

    fn check(&self) -> Result<(), NoLoad> {
        let wrong = |why: &str| Err(NoLoad::Plan(why.to_owned()));
        match self.rate {
            Rate::PerSecond(rate) if !(rate > 0.0 && rate <= 1e6) => return wrong("the rate is above 0 and at most 1000000 a second"),
            _ => {}
        }
        if self.subjects == 0 || self.connections == 0 || self.connections > 4_096 || self.span.is_zero() {
            return wrong("at least one card, one to 4096 connections and some time are needed");
        }
        if self.part != Part::WHOLE && (self.start_at.is_none() || self.address.sandbox.is_none()) {
            return wrong("processes that share a plan need the moment it begins, and a sandbox that holds the cards");
        }
        if self.profile.has(|kind| kind == Kind::Notice) && self.address.sandbox.is_none() {
            return wrong("notices come again that a sandbox sent before: name it, `demo` or one of your own");
        }
        if self.till.is_some() && !self.profile.has(|kind| kind == Kind::Notice) {
            return wrong("a merchant's till is looked at where notices are sent to it: in the profile `notices`");
        }
        if self.start_at.is_some_and(|at| at <= SystemTime::now()) {
            return wrong("the moment at which the plan begins is over already");
        }
        Ok(())
    }

    /// What numbers of the run begin with: the same for all who share its plan.
    fn name(&self) -> String {
        let begun = self.start_at.unwrap_or_else(SystemTime::now);
        let since = begun.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        format!("{:x}", since.as_millis())
    }
}

/// Runs it on a runtime of its own.
///
/// # Errors
/// [`NoLoad`].
pub fn run(order: &Order) -> Result<Report, NoLoad> {
    order.check()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| NoLoad::Plan(format!("no runtime: {error}")))?;
    let ended = runtime.block_on(called(order));
    // whoever ends a run by hand waits for the signatures under way, and not for a name that is looked up
    runtime.shutdown_timeout(LAST_WORK);
    ended
}

async fn called(order: &Order) -> Result<Report, NoLoad> {
    let place = super::connection::Place::of(&order.address.target, order.address.token.clone()).map_err(NoLoad::Plan)?;
    let process = Control::of(&place, "").process().await;
    // the platform has no part in a storm on a merchant
    let called = !order.profile.has(|kind| kind == Kind::Notice);
    let look = || process.filter(|_| called).and_then(used_whole);
    let at_start = look();
    let shop = Arc::new(Shop::open(&order.address, order.profile, order.subjects, order.seed, order.name()).await?);
    let mut control = Control::of(&shop.place, &shop.sandbox);
    let ran = calls(order, &shop, &mut control, &look).await;
    if shop.own && !order.keep {
        // what a run left behind is no reason to have no figures
        let _ = control.discard().await;
    }
    let Ran { mut report, before, after } = ran?;
    report.platform = at_start.zip(before).zip(after).map(|((at_start, before), after)| Platform {
        processor_us: micros(after.processor.saturating_sub(before.processor)),
        resident_at_start: at_start.resident,
        resident_before: before.resident,
        resident_after: after.resident,
    });
    Ok(report)
}

/// What the calls came to, and what the platform's process used before and after them.
struct Ran {
    report: Report,
    before: Option<Used>,
    after: Option<Used>,
}

async fn calls(order: &Order, shop: &Arc<Shop>, control: &mut Control, look: &impl Fn() -> Option<Used>) -> Result<Ran, NoLoad> {
    let (mut hand, machine) = (Hand::watched(), Machine::here(Path::new(".")));
    let plan =
        Plan { profile: order.profile, rate: order.rate, span: order.span, seed: order.seed, subjects: shop.subjects(), part: order.part };
    let counted = count(&plan, order)?;
    let jobs = hand.unless_asked(async { Ok(jobs(order, plan, shop, counted.own).await) }).await?;
    let before = hand.unless_asked(Before::look(control, shop)).await?;
    let mut till = order.till.as_deref().map(Till::at).transpose()?;
    let books = match &mut till {
        Some(till) => Some(hand.unless_asked(till.books()).await?),
        None => None,
    };

    let (out, taken) =
        async_channel::bounded(if order.rate == Rate::AsAnswered { AT_HAND.max(4 * order.connections) } else { MOST_WAITING });
    let own_before = used_whole(std::process::id());
    let used_before = look();
    let start = hand.unless_asked(begin(order.start_at)).await?;
    let floor = Arc::new(Floor {
        shop: shop.clone(),
        book: Book::of(plan.subjects, counted.all),
        recording: Recording::of(span(order, counted.all)),
        start,
        jobs: taken,
        watched: Arc::<Watched>::default(),
        acknowledged: shop.notices.iter().map(|_| AtomicBool::new(false)).collect(),
    });
    let watched = floor.watched.clone();
    let bar = progress::bar(counted.own.into(), "");
    let drawing = tokio::spawn(progress::draw(floor.clone(), watched.clone(), bar.clone()));
    let beat = crew::no_beat();
    let beating = tokio::spawn(crew::heartbeat(beat.clone()));
    let mut crew = crew::hire(&floor, order.connections);
    let lasts = (order.rate == Rate::AsAnswered && order.profile.is_endless()).then_some(order.span);
    let pacing = {
        let watched = watched.clone();
        std::thread::Builder::new().name("kabao-pace".to_owned()).spawn(move || pace(jobs, start, lasts, &out, &watched))
    };
    let pacing = pacing.map_err(|error| NoLoad::Plan(format!("no thread: {error}")))?;
    let ended_by_hand = hand.all_done(&mut crew, &watched).await?;
    let took = start.elapsed();
    let (own_after, used_after) = (used_whole(std::process::id()), look());
    beating.abort();
    drawing.abort();
    let paced = tokio::task::spawn_blocking(move || pacing.join()).await.ok().and_then(Result::ok);
    let paced = paced.ok_or_else(|| NoLoad::Plan("the pacing thread ended in a bug".to_owned()))?;
    bar.set_message("holding what was acknowledged against what is there");
    let kinds: Vec<Kind> = order.profile.mix.iter().map(|(kind, _)| *kind).collect();
    let proving = hand.unless_asked(prove(&floor, order.part, &kinds, &before)).await;
    let mut proof = proving.map_err(|why| broke_off(why, &floor.recording))?;
    let mut unseen = Vec::new();
    if let Some((till, before)) = till.as_mut().zip(books) {
        let acknowledged = (0..).zip(&floor.acknowledged).filter(|(_, taken)| taken.load(Ordering::Relaxed)).map(|(place, _)| place);
        let acknowledged = acknowledged.collect();
        let proving = async { till::prove([&before, &till.books().await?], control, shop, &acknowledged).await };
        let (checks, not) = hand.unless_asked(proving).await?;
        proof.extend(checks);
        unseen = not;
    } else if kinds.contains(&Kind::Notice) {
        unseen.push("what the merchant made of the notices in its own books: name its till API with --till".to_owned());
    }
    bar.finish_and_clear();

    let generator = Generator::of(&paced, &beat, [own_before, own_after], took);
    let about = About {
        machine,
        profile: order.profile.name.to_owned(),
        mode: order.signing().to_owned(),
        seed: order.seed,
        rate: order.rate,
        subjects: plan.subjects,
        connections: order.connections,
        part: order.part,
    };
    let report = Report { unseen, ..Report::of(about, &floor.recording, took, generator, proof) };
    let report = if ended_by_hand { report.ended_by_hand() } else { report };
    Ok(Ran { report, before: used_before, after: used_after })
}

/// Says of a platform that does not answer any more how far it came.
fn broke_off(why: NoLoad, recording: &Recording) -> NoLoad {
    let NoLoad::Target(why) = why else { return why };
    let Seen { kinds, codes, .. } = recording.together();
    let of_all = |count: fn(&OfKind) -> u64| kinds.values().map(count).sum::<u64>();
    let (all, done) = (of_all(|of| of.done + of.refused + of.unknown), of_all(|of| of.done));
    let codes: Vec<String> = codes.iter().map(|(code, times)| format!("{times} × {code}")).collect();
    let others = if codes.is_empty() { String::new() } else { format!(" ({})", codes.join(", ")) };
    NoLoad::Target(format!(
        "nothing can be proved, so there are no figures: the platform does not say any more what it holds. Of {all} calls {done} were done{others}. {why}"
    ))
}

/// How many arrivals a plan has.
struct Counted {
    all: u32,
    own: u32,
}

fn count(plan: &Plan, order: &Order) -> Result<Counted, NoLoad> {
    let endless = plan.rate == Rate::AsAnswered && plan.profile.is_endless();
    let limit = match order.mode {
        Mode::PreSigned => MOST_SIGNED,
        Mode::Live => MOST,
    };
    let too_many = || NoLoad::Plan(format!("more than {limit} calls are too many: give a lower rate, less time, or sign while calling"));
    if endless {
        // as many as can be answered come; their number is not known before
        let seconds = u32::try_from(order.span.as_secs()).unwrap_or(u32::MAX).max(1);
        let most = if order.mode == Mode::PreSigned { seconds.saturating_mul(MOST_A_SECOND) } else { limit };
        return Ok(Counted { all: most.min(MOST_SIGNED), own: most.min(MOST_SIGNED) });
    }
    let whole = Plan { part: Part::WHOLE, ..*plan };
    let all = u32::try_from(whole.arrivals().take(MOST as usize + 1).count()).unwrap_or(u32::MAX);
    let own = u32::try_from(plan.arrivals().take(MOST as usize + 1).count()).unwrap_or(u32::MAX);
    if all > MOST || own > limit { Err(too_many()) } else { Ok(Counted { all, own }) }
}

/// How long the run is to last, as far as it is known.
fn span(order: &Order, all: u32) -> Duration {
    match order.rate {
        Rate::PerSecond(rate) if !order.profile.is_endless() => Duration::from_secs_f64(f64::from(all) / rate),
        _ => order.span,
    }
}

/// The arrivals with what is signed already.
async fn jobs(order: &Order, plan: Plan, shop: &Arc<Shop>, own: u32) -> Box<dyn Iterator<Item = Job<Sending>> + Send> {
    let planned = move |arrival: &Arrival| (plan.rate != Rate::AsAnswered).then_some(arrival.at);
    if order.mode == Mode::Live {
        return Box::new(SignedAhead::of(plan, shop, own).map(move |(arrival, ready)| Job { planned: planned(&arrival), arrival, ready }));
    }
    let arrivals = plan.arrivals().take(own as usize);
    let arrivals: Vec<Arrival> = arrivals.collect();
    let shop = shop.clone();
    let unwanted = Arc::<AtomicBool>::default();
    let _asks = Unwanted(unwanted.clone());
    let signing = tokio::task::spawn_blocking(move || sign_all(&shop, &arrivals, &unwanted));
    let signed = signing.await.unwrap_or_default();
    Box::new(signed.into_iter().map(move |(arrival, ready)| Job { planned: planned(&arrival), arrival, ready }))
}

/// Says that nobody asks any more for what is being signed. A process that ended in the middle of a signature might be aborted by the
/// library that makes it.
struct Unwanted(Arc<AtomicBool>);

impl Drop for Unwanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Signs on all processors, as long as somebody wants it.
fn sign_all(shop: &Shop, arrivals: &[Arrival], unwanted: &AtomicBool) -> Vec<(Arrival, Option<Sending>)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let bar = progress::bar(arrivals.len() as u64, "signing");
    let one = |arrival: &Arrival| {
        bar.inc(1);
        (*arrival, ready(shop, arrival))
    };
    let share = arrivals.len().div_ceil(threads).max(1);
    let signed = std::thread::scope(|scope| {
        let wanted = |_: &&Arrival| !unwanted.load(Ordering::Relaxed);
        let work: Vec<_> =
            arrivals.chunks(share).map(|some| scope.spawn(move || some.iter().take_while(wanted).map(one).collect::<Vec<_>>())).collect();
        work.into_iter().flat_map(|thread| thread.join().expect("signing does not panic")).collect()
    });
    bar.finish_and_clear();
    signed
}

/// The first request of an arrival. What depends on another answer is signed when that is there.
fn ready(shop: &Shop, arrival: &Arrival) -> Option<Sending> {
    match arrival.kind {
        Kind::Join => Some(act::exchange(shop, arrival, crew::now_ms())),
        Kind::Pay | Kind::Notice | Kind::Story => None,
        _ => Some(act::about_card(shop, arrival, crew::now_ms())),
    }
}

/// Arrivals in their order, signed a little ahead: whoever calls has nothing to do at the planned moment but to send. Each thread goes
/// through the same plan and signs its turn of it.
struct SignedAhead {
    lanes: Vec<Receiver<(Arrival, Option<Sending>)>>,
    own: u32,
    next: u32,
}

/// The most that are signed ahead; about half a megabyte.
const AHEAD: f64 = 512.0;

impl SignedAhead {
    fn of(plan: Plan, shop: &Arc<Shop>, own: u32) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        // a second of a plan at most, so that no signature is much older than its call; without a plan a platform that takes long
        // gets older ones
        let ahead = match plan.rate {
            Rate::PerSecond(rate) => rate.clamp(1.0, AHEAD),
            Rate::AsAnswered => AHEAD,
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 512")]
        let room = (ahead as usize).div_ceil(threads);
        let lanes = (0..threads).map(|turn| {
            let (out, lane) = sync_channel(room);
            let (shop, arrivals) = (shop.clone(), plan.arrivals().take(own as usize).skip(turn).step_by(threads));
            std::thread::spawn(move || {
                for arrival in arrivals {
                    let ready = ready(&shop, &arrival);
                    // nobody takes it when the run was ended
                    if out.send((arrival, ready)).is_err() {
                        break;
                    }
                }
            });
            lane
        });
        Self { lanes: lanes.collect(), own, next: 0 }
    }
}

impl Iterator for SignedAhead {
    type Item = (Arrival, Option<Sending>);

    fn next(&mut self) -> Option<Self::Item> {
        let signed = self.lanes[self.next as usize % self.lanes.len()].recv().ok();
        assert!(signed.is_some() || self.next >= self.own, "a thread that signs ended before the plan");
        self.next += u32::from(signed.is_some());
        signed
    }
}

/// Waits for the beginning.
async fn begin(at: Option<SystemTime>) -> Result<Instant, NoLoad> {
    let Some(at) = at else { return Ok(Instant::now() + BREATH) };
    let left = at.duration_since(SystemTime::now());
    let left = left.map_err(|_| NoLoad::Plan("the moment at which the plan begins was over before everything was ready".to_owned()))?;
    let start = Instant::now() + left;
    tokio::time::sleep(left.saturating_sub(BREATH)).await;
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::super::act::Came;
    use super::super::record::Ended;
    use super::*;

    #[test]
    fn who_loses_the_platform_is_told_how_far_it_came() {
        let recording = Recording::of(Duration::from_secs(1));
        for came in [Came::Done(()), Came::Done(()), Came::Unknown("connection lost".to_owned()), Came::Refused("not sent".to_owned())] {
            let at = Duration::ZERO;
            recording.ended(0, &Ended { kind: Kind::Update, planned: at, sent: at, answered: at, came: &came });
        }
        let said = broke_off(NoLoad::Target("nobody answers".to_owned()), &recording).to_string();
        assert!(said.contains("no figures") && said.ends_with("nobody answers"), "{said}");
        assert!(said.contains("Of 4 calls 2 were done (1 × connection lost, 1 × not sent)."), "{said}");
        assert!(matches!(broke_off(NoLoad::ByHand, &recording), NoLoad::ByHand), "who ended it knows that");
    }
}
