//! The real thing under test: an engine over a log that can fail, a small provider that tells merchants of payments and of what
//! went back, and one of a table of defects that make it a broken twin.

use super::expected::{Effect, Tried, Wanted, When};
use super::merchants::{Merchant, Mood};
use super::twins::{Defect, Post};
use crate::shop::{Failing, shop};
use crate::till_model::deciding::{Names, SHOPS, Said, founding, word};
use crate::till_model::naive::Naive;
use crate::till_model::step::Step;
use engine::fault::{Meddling, find};
use engine::{Call, Engine, KeyStore, Sandbox, pass};
use log::{Log, Memory};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use world::clock::Clock;
use world::fault::{Aim, Deliver, FaultMade, FaultRemoved, Reply, Rule, Seen};
use world::names::NoticeId;
use world::notice::{Attempt, NoticeMade, NoticePutOff, NoticesDropped};
use world::switch::{Switch, SwitchTurned};
use world::trade::Decided;
use world::{Event, Moment};

/// What goes wrong while a step is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Trouble {
    None,
    /// The disk fails before anything of it is there; in a journey, when the n-th attempt's outcome is to be kept.
    Disk(usize),
    /// The call ends in a bug after it recorded everything.
    Bug,
    /// The process ends right after the answer.
    Death,
}

/// An engine with one sandbox, and the merchants it tells.
pub(super) struct House {
    pub(super) log: Arc<Failing>,
    engine: Arc<Engine>,
    pub(super) sandbox: Arc<Sandbox>,
    names: Names,
    merchants: [Merchant; 2],
    defect: Option<Defect>,
    post: Arc<Post>,
    told: usize,
    rules: Vec<u32>,
    now: Moment,
    runtime: tokio::runtime::Runtime,
}

impl House {
    pub(super) fn new(now: Moment, mood: Mood, defect: Option<Defect>) -> Self {
        let log = Arc::new(Failing::over(Arc::new(Memory::new())));
        let engine = open(&log);
        let (mut new, _) = shop("1", mood.seed);
        new.clock = Clock::Stopped { at: now };
        let found = |call: &mut Call<'_>| {
            for event in founding() {
                call.record(event);
            }
            let on = defect == Some(Defect::OrderBroken);
            call.record(SwitchTurned { switch: Switch::NoticesOutOfOrder, on });
        };
        let sandbox = engine.create(&new, found).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let post = Arc::new(Post { defect, found: Mutex::default() });
        let merchants = Merchant::pair(mood);
        Self { log, engine, sandbox, names: Names::default(), merchants, defect, post, told: 0, rules: Vec::new(), now, runtime }
    }

    /// What each merchant has heard.
    pub(super) fn heard(&self) -> [Vec<String>; 2] {
        [0, 1].map(|which: usize| self.merchants[which].told())
    }

    /// A notice as far as it is compared.
    pub(super) fn notice(&self, number: usize) -> Option<(Option<i64>, bool, Vec<Tried>)> {
        let tried = |tried: &world::notice::Tried| {
            let special = tried.special.as_deref();
            let is_edited = special.is_some_and(|special| !special.edited.is_empty());
            (tried.at.0, tried.attempt, tried.is_asked(), is_edited, special.map_or(0, |special| special.copies))
        };
        self.sandbox.look(|world, _| {
            let notice = world.notices().get(&id(number))?;
            Some((notice.next.map(|next| next.0), notice.taken, notice.attempts.iter().map(tried).collect()))
        })
    }

    /// The process ends and another begins over the same log.
    fn restart(&mut self) {
        self.log.heal();
        self.engine = open(&self.log);
        self.sandbox = self.engine.sandbox("1").unwrap();
        match self.defect {
            Some(Defect::RestartLosesNotices) => self.record(NoticesDropped { waiting: 0 }),
            Some(Defect::RestartBeginsAnew) => {
                let found = self.sandbox.look(|world, _| {
                    world.notices().iter().map(|notice| (notice.made.notice.clone(), notice.scheduled())).collect::<HashMap<_, _>>()
                });
                *self.post.found.lock().unwrap() = found;
            }
            _ => {}
        }
    }

    fn record(&self, event: impl Into<Event>) {
        self.sandbox.run(|call| call.record(event)).unwrap().settled_blocking().unwrap();
    }

    pub(super) fn rule(&mut self, wanted: Wanted) {
        let rule = rule(wanted);
        let fault = self.sandbox.look(|world, _| world.faults().next());
        self.rules.push(fault);
        self.record(FaultMade { fault, rule });
    }

    pub(super) fn unrule(&mut self) {
        let fault = self.rules.remove(0);
        self.record(FaultRemoved { fault });
    }

    /// Time passes, with everything that is due on the way; again after another start, when something could not be kept.
    pub(super) fn pass(&mut self, until: Moment, trouble: Trouble) {
        if let Trouble::Disk(nth) = trouble {
            self.log.fail_at_tried(nth);
        }
        if self.defect == Some(Defect::TimeLeaps) {
            self.record(Clock::Stopped { at: until });
        }
        while self.runtime.block_on(pass(&self.engine, &*self.post, &self.sandbox, until)).is_err() {
            self.restart();
        }
        self.log.heal();
        self.record(Clock::Stopped { at: until });
        self.now = until;
        if trouble == Trouble::Death {
            self.restart();
        }
        if self.defect == Some(Defect::SendsAgainWhatWasTaken) {
            let taken = self.sandbox.look(|world, _| world.notices().iter().find(|notice| notice.taken).map(|one| one.made.notice.clone()));
            taken.map(|notice| self.runtime.block_on(self.engine.resend(&*self.post, &self.sandbox, &notice, Vec::new())));
        }
    }

    /// Somebody asks for a notice; nothing when what came of it could not be kept.
    pub(super) fn ask(&mut self, number: usize, changed: bool, trouble: Trouble) -> Option<Attempt> {
        if let Trouble::Disk(_) = trouble {
            self.log.fail_at_tried(0);
        }
        let edits = if changed { vec![("says".to_owned(), Some("asked".to_owned()))] } else { Vec::new() };
        let asked = self.runtime.block_on(self.engine.resend(&*self.post, &self.sandbox, &id(number), edits));
        if asked.is_err() {
            self.restart();
        } else if self.defect == Some(Defect::AskingMovesTheCalendar) && self.sandbox.look(|world, _| world.notices_waiting() > 0) {
            self.record(NoticePutOff { notice: id(number), until: self.now.plus_seconds(7), cause: None });
        }
        self.log.heal();
        asked.ok()
    }

    /// A till's, a customer's or a tester's step. Without an answer it is taken again, once the house is well.
    pub(super) fn step(&mut self, step: &Step, model: &Naive, trouble: Trouble) -> Said {
        if let Step::Restart { from_snapshot } = step {
            if *from_snapshot {
                self.engine.snapshot(&self.sandbox).unwrap();
            }
            self.restart();
            return Ok(String::new());
        }
        let said = match self.attempt(step, model, trouble) {
            Some(said) => said,
            None => self.attempt(step, model, Trouble::None).unwrap_or_else(|| Err("no answer from a healthy house".to_owned())),
        };
        if trouble == Trouble::Death {
            self.restart();
        }
        said
    }

    /// One try; nothing when it ended without an answer, and then nothing of it may have happened.
    fn attempt(&mut self, step: &Step, model: &Naive, trouble: Trouble) -> Option<Said> {
        let (mut names, mut told) = (self.names.clone(), self.told);
        let addresses = [0, 1].map(|which: usize| self.merchants[which].address);
        // the process ends before it comes to that
        let is_too_late = self.defect == Some(Defect::ToldAfterwards) && trouble == Trouble::Death;
        if self.defect == Some(Defect::ToldBeforeItHappened) && matches!(trouble, Trouble::Disk(_) | Trouble::Bug) {
            let decided = self.sandbox.look(|world, now| names.clone().decide(world, now, step, model));
            let notices = decided.map(|decided| self.sandbox.look(|world, now| notices(&decided, step, world, now, &mut told, addresses)));
            notices.into_iter().flatten().for_each(|notice| self.record(notice));
            told = self.told;
        }
        if let Trouble::Disk(_) = trouble {
            self.log.fail();
        }
        let seed = self.sandbox.seed();
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let ran = self.sandbox.run(|call| {
                let struck = method(step).and_then(|method| struck(call, method, seed));
                let said = if struck.as_ref().is_none_or(Rule::works) {
                    let decided = names.decide(call.world(), call.now(), step, model);
                    let said = decided.and_then(|decided| {
                        let made = notices(&decided, step, call.world(), call.now(), &mut told, addresses);
                        let said = call.enact(decided)?;
                        made.into_iter().filter(|_| !is_too_late).for_each(|made| {
                            call.record(made);
                        });
                        Ok(said)
                    });
                    said.unwrap_or_else(|refusal| Err(word(&refusal).to_owned()))
                } else {
                    Ok(String::new())
                };
                if trouble == Trouble::Bug {
                    // as a panic, but without a word on the screen
                    resume_unwind(Box::new("a bug on purpose"));
                }
                match struck {
                    Some(rule) if rule.reply == Some(Reply::Drop) => Err("no answer".to_owned()),
                    Some(_) => Err("busy".to_owned()),
                    None => said,
                }
            });
            ran.map(engine::Ran::settled_blocking)
        }));
        self.log.heal();
        match ran {
            Ok(Ok(Ok(said))) => {
                (self.names, self.told) = (names, told);
                Some(said)
            }
            Ok(_) => {
                self.restart();
                None
            }
            Err(_) => {
                self.engine.mend("1").unwrap();
                self.sandbox = self.engine.sandbox("1").unwrap();
                None
            }
        }
    }
}

fn open(log: &Arc<Failing>) -> Arc<Engine> {
    let engine = Engine::open(log.clone() as Arc<dyn Log>, Arc::new(KeyStore::open(None).unwrap())).unwrap();
    engine.set_meddler(Arc::new(Meddling::at("".into())));
    Arc::new(engine)
}

fn id(number: usize) -> NoticeId {
    format!("n{number}").as_str().into()
}

/// The step's name as rules say it.
pub(super) fn method(step: &Step) -> Option<&'static str> {
    match step {
        Step::Pay { .. } => Some("pay"),
        Step::Refund { .. } => Some("refund"),
        Step::Cancel { .. } => Some("cancel"),
        _ => None,
    }
}

fn struck(call: &mut Call<'_>, method: &str, dice: u64) -> Option<Rule> {
    let (app, now) = ("till".into(), call.now());
    let seen = Seen {
        aim: Aim::Call,
        can_wait: false,
        method,
        app: &app,
        now,
        parameter: &|_| None,
        header: &|_| None,
        card: &|_| false,
        says: &|_| true,
        dice: &|_, _| 0,
    };
    find(call, &seen, dice, None).strike.map(|strike| (*strike.rule).clone())
}

fn rule(wanted: Wanted) -> Rule {
    let about = Some(wanted.about.to_owned());
    let is_call = method_words().contains(&wanted.about);
    let mut rule = if is_call { Rule { method: about, ..Rule::default() } } else { Rule { notice: about, ..Rule::default() } };
    match wanted.when {
        When::Always => {}
        When::Nth(nth) => rule.nth = Some(nth),
        When::Every(every) => rule.every = Some(every),
        When::Times(times) => rule.times = Some(times),
    }
    let busy = || Some(world::fault::Answer { sub_code: "BUSY".to_owned(), sub_msg: None });
    match wanted.effect {
        Effect::Twice => rule.deliver = Some(Deliver::Twice),
        Effect::Lost => rule.deliver = Some(Deliver::Lost),
        Effect::Forged => rule.deliver = Some(Deliver::OtherKey),
        Effect::Late(seconds) => rule.late_seconds = Some(seconds),
        Effect::Changed => drop(rule.fields.insert("says".to_owned(), "a rule's".into())),
        Effect::Busy => rule.answer = busy(),
        Effect::BusyAfterWork => (rule.answer, rule.after_work) = (busy(), Some(true)),
        Effect::NoReply => rule.reply = Some(Reply::Drop),
    }
    rule
}

/// The methods that rules are about here.
pub(super) fn method_words() -> [&'static str; 3] {
    ["pay", "refund", "cancel"]
}

/// What merchants are told of a decision.
fn notices(
    decided: &Decided<Said>,
    step: &Step,
    world: &world::World,
    now: Moment,
    told: &mut usize,
    addresses: [std::net::SocketAddr; 2],
) -> Vec<NoticeMade> {
    let mut made = Vec::new();
    for (event, _) in &decided.entries {
        let (kind, trade) = match event {
            Event::TradePaid(paid) => ("paid", &paid.trade),
            Event::TradeRefunded(refunded) => ("back", &refunded.trade),
            _ => continue,
        };
        // a trade that comes to be with its payment is with whoever asked for it
        let known = world.trades().get(trade).map(|trade| world.seller_of(trade).id.clone());
        let shop = known.map_or_else(|| seller(decided), |merchant| SHOPS.iter().position(|shop| *shop == merchant.as_str()));
        let shop = shop.unwrap_or_else(|| panic!("{step:?} is nobody's"));
        let says = decided.told.clone().unwrap_or_default();
        made.push(NoticeMade {
            notice: id(*told),
            app: format!("app of {}", SHOPS[shop]).into(),
            kind: kind.to_owned(),
            url: format!("http://{}/notify", addresses[shop]),
            parameters: vec![("n".to_owned(), told.to_string()), ("says".to_owned(), says)],
            due: now,
        });
        *told += 1;
    }
    made
}

fn seller(decided: &Decided<Said>) -> Option<usize> {
    decided.entries.iter().find_map(|(event, _)| match event {
        Event::TradeMade(made) => SHOPS.iter().position(|shop| *shop == made.order.merchant.as_str()),
        _ => None,
    })
}
