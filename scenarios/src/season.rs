//! Playing many scenarios: each in a sandbox of its own with a merchant opened for it, several at once; or one after the other
//! where there is one merchant that runs. Within budgets, and nothing is left behind.

use crate::control::{App, Control};
use crate::http::Unanswered;
use crate::merchant::{Account, Description, Merchant, Operation, Role, Service, Shops};
use crate::playbill::{Entry, Playbill};
use crate::player::{PlayOptions, could_not_begin, play};
use crate::run::Run;
use crate::target::Target;
use crate::time::MORNING;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The tag of scenarios whose merchant's application is in certificate mode, where the merchant can be given one.
const CERTIFICATES: &str = "certificates";
/// The tag of scenarios whose merchant is a provider's.
const PROVIDER: &str = "provider";
/// The tag of scenarios whose merchant sees customers by `open_id` only.
const OPEN_ID: &str = "open-id";
/// The tag of scenarios whose merchant may encrypt its calls.
const AES: &str = "aes";
/// How long the platform may take to drop a sandbox.
const DROP_TIME: Duration = Duration::from_secs(5);
/// How long a scenario may take beyond its budget: for what is fetched at its end, and the merchant's own end.
const END_TIME: Duration = Duration::from_mins(1);
/// How long a merchant may take to be open.
const OPEN_TIME: Duration = Duration::from_secs(125);

/// How long scenarios in a row may take to break off before the rest is left, real time.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many merchants in a row may fail to open before the rest is left: the next one will not open either.
const UNOPENED: usize = 5;
/// How the reason begins of a scenario whose merchant did not open.
const NOT_OPENED: &str = "the merchant could not be opened";

/// How the reason begins of a scenario that was left because of those before it.
pub const NOT_BEGUN: &str = "not begun";

/// Counts the sandboxes that were asked for, so that each has a name of its own.
static PLAYED: AtomicU64 = AtomicU64::new(0);

/// Where scenarios are played.
#[derive(Clone)]
pub enum Venue {
    /// Each in a new sandbox of the platform at this address, with a merchant opened for it.
    Own {
        /// The platform, without path.
        platform: String,
        /// Who opens merchants.
        shops: Arc<dyn Shops>,
        /// How many at once.
        jobs: usize,
    },
    /// One after the other with a merchant that runs.
    One(Target),
}

impl Venue {
    /// Whether the merchant can be told what time it is.
    fn goes_by_virtual_time(&self) -> bool {
        match self {
            Self::Own { shops, .. } => shops.description().goes_by_virtual_time(),
            Self::One(target) => target.merchant.goes_by_virtual_time(),
        }
    }
}

/// How they are played.
#[derive(Clone)]
pub struct Season {
    /// Where.
    pub venue: Venue,
    /// What every sandbox's ids, customers and random values are made from, together with the scenario's place.
    pub seed: u64,
    /// How long one scenario may take, real time.
    pub each: Duration,
    /// How long all of them may take, real time.
    pub whole: Duration,
    /// How long scenarios may take that break off one after the other: then nobody answers, and the rest is not begun.
    pub patience: Duration,
    /// What stands behind `kabao play FILE:LINE` to play one again.
    pub again: String,
    open: Arc<Mutex<BTreeSet<String>>>,
}

impl Season {
    /// A season with the usual budgets.
    pub fn new(venue: Venue, seed: u64, again: String) -> Self {
        let (each, whole) = (Duration::from_mins(2), Duration::from_mins(30));
        Self { venue, seed, each, whole, patience: PATIENCE, again, open: Arc::default() }
    }

    /// Plays all of it; `told` hears of each as it ends. The runs come in the order of the playbill.
    pub async fn play(&self, bill: &Playbill, told: &mut (dyn FnMut(&Run) + Send)) -> Vec<Run> {
        let until = Instant::now() + self.whole;
        let jobs = match &self.venue {
            Venue::Own { jobs, .. } => (*jobs).max(1),
            Venue::One(_) => 1,
        };
        let mut waiting = bill.entries().iter().cloned().enumerate();
        // dropped with this future: whoever is interrupted leaves no task behind
        let mut under_way = JoinSet::new();
        let mut runs: Vec<Option<Run>> = bill.entries().iter().map(|_| None).collect();
        let mut in_vain = InVain::default();
        loop {
            while under_way.len() < jobs
                && let Some((place, entry)) = waiting.next()
            {
                let (season, given_up) = (self.clone(), in_vain.given_up(self.patience));
                under_way.spawn(async move {
                    let began = Instant::now();
                    match given_up {
                        Some(why) => (place, could_not_begin(&entry.story, entry.scenario(), &why), None),
                        None => (place, season.one(&entry, until).await, Some(began.elapsed())),
                    }
                });
            }
            let Some(ended) = under_way.join_next().await else { break };
            let (place, run, took) = ended.expect("a play gives a run whatever happens, it does not panic");
            if let Some(took) = took {
                in_vain.count(&run, took);
            }
            told(&run);
            runs[place] = Some(run);
        }
        runs.into_iter().flatten().collect()
    }

    /// Drops the sandboxes that are still there, when a season was interrupted.
    pub async fn sweep(&self) {
        let Venue::Own { platform, .. } = &self.venue else { return };
        let left: Vec<String> = self.open.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        for sandbox in left {
            let _ = timeout(DROP_TIME, Control::new(platform, &sandbox).drop_sandbox()).await;
        }
    }

    async fn one(&self, entry: &Entry, until: Instant) -> Run {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return could_not_begin(&entry.story, entry.scenario(), "the time for all stories together was used up");
        }
        let own = matches!(self.venue, Venue::Own { .. });
        // where time is real, what a story says to wait for comes on top
        let waits: Duration = entry.scenario().lines.iter().filter_map(|line| line.within).sum();
        let each = if self.venue.goes_by_virtual_time() { self.each } else { self.each + waits };
        let options = PlayOptions { line: Some(entry.line()), budget: each.min(left), again: Some(self.again.clone()), own };
        match &self.venue {
            Venue::One(target) => play(&entry.story, target, &options).await,
            Venue::Own { platform, shops, .. } => {
                // seasons of one process may share a platform
                let name = format!("play-{}-{}", std::process::id(), PLAYED.fetch_add(1, Ordering::Relaxed));
                self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
                let played = timeout(options.budget + END_TIME, self.in_own(entry, platform, &**shops, &name, &options)).await;
                let run = played.unwrap_or_else(|_| could_not_begin(&entry.story, entry.scenario(), "the scenario never came to its end"));
                let dropped = timeout(DROP_TIME, Control::new(platform, &name).drop_sandbox()).await;
                if matches!(dropped, Ok(Ok(()))) {
                    self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
                }
                run
            }
        }
    }

    async fn in_own(&self, entry: &Entry, platform: &str, shops: &dyn Shops, name: &str, options: &PlayOptions) -> Run {
        let until = Instant::now() + options.budget;
        let begun = async {
            let description = shops.description();
            let account = account(entry, platform, name, entry.seed(self.seed), &description).await.map_err(|error| error.to_string())?;
            let opened = timeout(options.budget.min(OPEN_TIME), shops.open(&account)).await;
            let service = opened.map_err(|_| "the merchant was not open in time".to_owned())??;
            Ok::<_, String>((description, service))
        };
        match begun.await {
            Ok((description, service)) => {
                let ending: Arc<dyn Service> = service.clone();
                let target = Target::at(platform, Merchant::opened(description, service)).sandbox(name);
                // what opening took is part of it
                let options = PlayOptions { budget: until.saturating_duration_since(Instant::now()), ..options.clone() };
                let run = play(&entry.story, &target, &options).await;
                // one that cannot be ended is ended when it is dropped; whoever failed serves no other play
                let _ = if run.passed() { ending.leave().await } else { ending.kill().await };
                run
            }
            Err(why) => could_not_begin(&entry.story, entry.scenario(), &format!("{NOT_OPENED}: {why}")),
        }
    }
}

/// Scenarios that broke off one after the other.
#[derive(Default)]
struct InVain {
    took: Duration,
    unopened: usize,
    why: String,
}

impl InVain {
    fn count(&mut self, run: &Run, took: Duration) {
        let Some(why) = run.broken() else {
            *self = Self::default();
            return;
        };
        let unopened = if why.starts_with(NOT_OPENED) { self.unopened + 1 } else { 0 };
        *self = Self { took: self.took + took, unopened, why: why.to_owned() };
    }

    /// Why the rest is not begun.
    fn given_up(&self, patience: Duration) -> Option<String> {
        let seconds = patience.as_secs_f32();
        let because = if self.unopened >= UNOPENED {
            format!("{UNOPENED} merchants in a row did not open")
        } else if self.took > patience {
            format!("scenarios broke off for {seconds} s in a row")
        } else {
            return None;
        };
        Some(format!("{NOT_BEGUN}, because {because}: {}", self.why))
    }
}

/// A new sandbox and the application that its merchant acts with.
async fn account(entry: &Entry, platform: &str, name: &str, seed: u64, description: &Description) -> Result<Account, Unanswered> {
    let clock = description.offers(Operation::Clock).then(|| json!({"set": MORNING, "stop": true}));
    let tagged = |wanted: &str| entry.scenario().tags.iter().any(|tag| tag == wanted);
    let (era, aes) = (tagged(OPEN_ID).then_some("open_id"), tagged(AES).then_some(true));
    let (control, own) = Control::create_with(platform, name, &json!({"seed": seed, "clock": clock, "era": era, "aes": aes})).await?;
    let is_provider = tagged(PROVIDER);
    let (app, role): (App, _) =
        if is_provider { (control.add_app(&json!({"kind": "provider"})).await?, Role::Provider) } else { (own, Role::Merchant) };
    let certified = tagged(CERTIFICATES) && description.takes_certificates();
    let certificates = if certified { Some(control.certify(&app.app_id).await?) } else { None };
    Ok(Account {
        gateway: format!("{}/gateway.do", platform.trim_end_matches('/')),
        app_id: app.app_id,
        app_private_key: app.app_private_key,
        alipay_public_key: app.alipay_public_key,
        seller_id: app.merchant_id,
        role,
        certificates,
    })
}
