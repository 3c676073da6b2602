//! Sandboxes over a log: what survives, what repeats, what stays apart. A card programme small enough to read stands in for
//! a provider. No sockets.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

use engine::{Call, Engine, KeyStore, NewSandbox, Sandbox};
use log::{Log, Memory};
use std::sync::Arc;
use world::accounts::instructions;
use world::card::{CardOpened, CardRestated, Statement};
use world::clock::Clock;
use world::consent::Grant;
use world::customer::{Customer, Profile};
use world::event::Event;
use world::merchant::{App, Era, Merchant};
use world::names::{CardNumber, MerchantId};
use world::programme::{CodeKind, Numbering, ProgrammeCreated, Terms};
use world::{Figure, Moment};

fn engine(log: &Arc<Memory>) -> Arc<Engine> {
    let keys = Arc::new(KeyStore::open(None).unwrap());
    Arc::new(Engine::open(log.clone() as Arc<dyn Log>, keys).unwrap())
}

fn shop(name: &str, seed: u64) -> (NewSandbox, impl FnOnce(&mut Call<'_>) + use<>) {
    let app = format!("9021{name:0>12}");
    let found = move |call: &mut Call<'_>| {
        call.record(Merchant { id: "2088000000000001".into(), name: "tea house".to_owned() });
        let keyless = App {
            id: app.into(),
            merchant: "2088000000000001".into(),
            name: "till".to_owned(),
            app_key: String::new(),
            platform_key: String::new(),
            callback: String::new(),
            era: Era::UserId,
        };
        call.record(keyless);
        call.record(ProgrammeCreated {
            programme: "T".into(),
            merchant: "2088000000000001".into(),
            app: "till".into(),
            request_id: "r1".to_owned(),
            document: "{}".into(),
            terms: Terms {
                numbering: Numbering { prefix: "tea".to_owned(), digits: 10 },
                columns: vec!["POINT".to_owned()],
                levels: Vec::new(),
                rules: Vec::new(),
                code: CodeKind::StaticQr,
                notify_url: None,
            },
        });
    };
    (NewSandbox { name: name.to_owned(), seed, published_keys: true, clock: Clock::Stopped { at: Moment(1_700_000_000_000) } }, found)
}

fn open_card(sandbox: &Sandbox, number: u64) {
    let user = format!("2088{number:012}");
    let card = CardOpened {
        card: format!("tea{number:010}").into(),
        programme: "T".into(),
        user: user.as_str().into(),
        external: format!("m{number}"),
        serial: format!("s{number}"),
        opening: number,
        opened: Moment(1_700_000_000_000),
        valid_until: None,
        stated: Statement::default(),
        channel: None,
        channel_id: None,
        member: None,
    };
    let ran = sandbox.run(|call| {
        call.record(Customer {
            user: user.as_str().into(),
            profile: Profile { name: "李雷".into(), mobile: "13800138000".into(), ..Profile::default() },
        });
        call.record(card);
    });
    ran.unwrap().settled_blocking().unwrap();
}

fn state_points(sandbox: &Sandbox, number: u64, points: &str) {
    let card: CardNumber = format!("tea{number:010}").into();
    let stated = Statement { points: Some(Figure::parse(points).unwrap()), ..Statement::default() };
    let ran = sandbox.run(|call| {
        let merchant: MerchantId = "2088000000000001".into();
        let postings = instructions(&card, &merchant, &stated, || call.posting_id());
        let restated = CardRestated { card: card.clone(), moved_to: None, occurred: call.now(), stated: stated.clone() };
        call.record_and_post(restated, &postings).unwrap();
    });
    ran.unwrap().settled_blocking().unwrap();
}

fn points(sandbox: &Sandbox, number: u64) -> Option<String> {
    sandbox.look(|world, _| {
        let card = world.cards().get(&format!("tea{number:010}").into())?;
        world.points(card).map(|points| points.to_string())
    })
}

fn open(engine: &Engine, name: &str, seed: u64) -> Arc<Sandbox> {
    let (new, found) = shop(name, seed);
    engine.create(&new, found).unwrap()
}

#[test]
fn what_was_settled_is_there_after_a_start() {
    let log = Arc::new(Memory::new());
    let sandbox = open(&engine(&log), "1", 7);
    open_card(&sandbox, 1);
    state_points(&sandbox, 1, "35.50");
    state_points(&sandbox, 1, "12");
    let again = engine(&log).sandbox("1").unwrap();
    assert_eq!(points(&again, 1).as_deref(), Some("12"));
    assert_eq!(again.look(|world, _| world.clock()), Clock::Stopped { at: Moment(1_700_000_000_000) });
}

#[test]
fn a_start_from_a_snapshot_and_its_tail_gives_the_same_state() {
    let log = Arc::new(Memory::new());
    let first = engine(&log);
    let sandbox = open(&first, "1", 7);
    for number in 1..300 {
        open_card(&sandbox, number);
        state_points(&sandbox, number, &number.to_string());
    }
    first.snapshot(&sandbox).unwrap();
    state_points(&sandbox, 5, "500");
    open_card(&sandbox, 300);
    let again = engine(&log).sandbox("1").unwrap();
    for number in 1..300 {
        let expected = if number == 5 { "500".to_owned() } else { number.to_string() };
        assert_eq!(points(&again, number), Some(expected));
    }
    let by_external = again.look(|world, _| world.card_by_external(&"T".into(), "m300").map(|card| card.number.to_string()));
    assert_eq!(by_external.as_deref(), Some("tea0000000300"));
    let by_serial = again.look(|world, _| world.card_by_serial(&"2088000000000001".into(), "s17").map(|card| card.number.to_string()));
    assert_eq!(by_serial.as_deref(), Some("tea0000000017"));
}

#[test]
fn an_export_is_read_back_as_the_same_sandbox_and_repeats_byte_for_byte() {
    let play = || {
        let log = Arc::new(Memory::new());
        let engine = engine(&log);
        let sandbox = open(&engine, "1", 7);
        open_card(&sandbox, 1);
        state_points(&sandbox, 1, "35");
        let export = engine.export(&sandbox).unwrap();
        (engine, export)
    };
    let ((engine, first), (_, second)) = (play(), play());
    assert_eq!(first, second);
    assert!(first.contains("card_restated") && !first.contains("real"));
    engine.drop_sandbox("1").unwrap();
    let back = engine.import("copy", &first).unwrap();
    assert_eq!(points(&back, 1).as_deref(), Some("35"));
    assert_eq!(engine.export(&back).unwrap().replace("\"copy\"", "\"1\""), first);
}

#[test]
fn an_export_that_was_tampered_with_makes_no_sandbox() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 7);
    open_card(&sandbox, 1);
    state_points(&sandbox, 1, "35");
    let export = engine.export(&sandbox).unwrap();
    engine.drop_sandbox("1").unwrap();
    for broken in [
        export.replace("card_restated", "card_upgraded"),
        export.replacen("\"rows\":[\"01", "\"rows\":[\"07", 1),
        export[..export.len() - 40].to_owned(),
        String::new(),
    ] {
        assert!(engine.import("copy", &broken).is_err());
        assert!(engine.sandbox("copy").is_err());
    }
    engine.import("copy", &export).unwrap();
}

#[test]
fn the_same_application_cannot_live_in_two_sandboxes() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 7);
    let export = engine.export(&sandbox).unwrap();
    assert!(engine.import("twin", &export).is_err());
    assert_eq!(engine.names(), ["1"]);
    assert!(log.sandboxes().unwrap().len() == 1, "the refused twin was left behind in the log");
}

#[test]
fn a_call_that_panics_stops_its_sandbox_and_no_other() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let (hurt, sound) = (open(&engine, "1", 1), open(&engine, "2", 2));
    open_card(&hurt, 1);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = hurt.run(|call| {
            call.record(Customer { user: "2088999999999999".into(), profile: Profile::default() });
            panic!("half way");
        });
    }));
    assert!(panicked.is_err());
    assert!(hurt.run(|_| ()).is_err(), "a sandbox whose state may not be the fold of its log must not answer");
    open_card(&sound, 1);
    let again = crate::engine(&log).sandbox("1").unwrap();
    assert_eq!(again.look(|world, _| world.customers().len()), 1, "what was not recorded whole must not be there");
}

#[test]
fn many_sandboxes_side_by_side_do_not_touch_each_other() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    std::thread::scope(|scope| {
        for worker in 0..8_u64 {
            let engine = &engine;
            scope.spawn(move || {
                for round in 0..25_u64 {
                    let number = worker * 100 + round;
                    let sandbox = open(engine, &format!("s{number}"), number);
                    open_card(&sandbox, number);
                    state_points(&sandbox, number, &number.to_string());
                    assert_eq!(sandbox.look(|world, _| world.cards().len()), 1);
                    assert_eq!(points(&sandbox, number), Some(number.to_string()));
                    engine.drop_sandbox(&format!("s{number}")).unwrap();
                    assert!(sandbox.run(|_| ()).is_err(), "a dropped sandbox must not answer");
                }
            });
        }
    });
    assert!(engine.names().is_empty());
    assert!(log.sandboxes().unwrap().is_empty());
}

#[test]
fn what_ran_out_long_ago_is_forgotten_and_what_lives_is_kept() {
    let log = Arc::new(Memory::new());
    let sandbox = open(&engine(&log), "1", 7);
    let grant = |code: u64, expires: i64| Grant {
        code: format!("c{code}").as_str().into(),
        user: "2088000000000001".into(),
        app: "app".into(),
        scopes: Vec::new(),
        submission: None,
        at: Moment(0),
        expires: Moment(expires),
        spent: None,
    };
    let now = 1_700_000_000_000;
    for code in 0..5_000 {
        let expires = if code % 2 == 0 { now - 10 * 24 * 3_600_000 } else { now + 1 };
        sandbox.run(|call| call.record(grant(code, expires))).unwrap().settled_blocking().unwrap();
    }
    let (old, live) = sandbox.look(|world, _| {
        let old = world.grants().iter().filter(|grant| grant.expires < Moment(now)).count();
        (old, world.grants().len() - old)
    });
    assert!(old < 2_500 && live == 2_500, "{old} old codes are kept, {live} of 2500 living ones");
    let again = engine(&log).sandbox("1").unwrap();
    assert_eq!(again.look(|world, _| world.grants().len()), old + live);
}

#[test]
fn a_sandbox_that_was_named_but_never_founded_is_gone_after_a_start() {
    let log = Arc::new(Memory::new());
    log.claim(&"half".into()).unwrap();
    let engine = engine(&log);
    assert!(engine.names().is_empty());
    open(&engine, "half", 7);
    assert_eq!(crate::engine(&log).names(), ["half"]);
}

#[test]
fn imports_and_creations_of_one_name_leave_one_whole_sandbox() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 7);
    for number in 0..50 {
        open_card(&sandbox, number);
    }
    let export = engine.export(&sandbox).unwrap();
    engine.drop_sandbox("1").unwrap();
    for round in 0..20 {
        std::thread::scope(|scope| {
            let import = || engine.import("x", &export).is_ok();
            let create = || {
                let (new, found) = shop("x", 9);
                engine.create(&new, found).is_ok()
            };
            let racers = [scope.spawn(import), scope.spawn(import), scope.spawn(create)];
            let made = racers.into_iter().map(|racer| racer.join().unwrap()).filter(|made| *made).count();
            assert_eq!(made, 1, "round {round}: several makers believe the sandbox is theirs");
        });
        let live = engine.sandbox("x").unwrap().look(|world, _| world.customers().len());
        let stored = crate::engine(&log).sandbox("x").unwrap().look(|world, _| world.customers().len());
        assert_eq!(live, stored, "round {round}: what is served is not the fold of its log");
        assert!(live == 50 || live == 0, "round {round}: {live} customers");
        // the second engine took the sandbox over, so the first one can only forget it
        engine.drop_sandbox("x").unwrap();
    }
}

#[test]
fn a_clock_set_back_is_still_set_back_after_a_start() {
    let log = Arc::new(Memory::new());
    let sandbox = open(&engine(&log), "1", 7);
    let early = Clock::Stopped { at: Moment(1_600_000_000_000) };
    sandbox.run(|call| call.record(early)).unwrap().settled_blocking().unwrap();
    assert_eq!(sandbox.look(|_, now| now), Moment(1_600_000_000_000));
    assert_eq!(engine(&log).sandbox("1").unwrap().look(|_, now| now), Moment(1_600_000_000_000));
}

/// A log whose disk fails from the `n`-th append on.
struct Failing {
    inner: Arc<Memory>,
    left: std::sync::atomic::AtomicI64,
}

impl Log for Failing {
    fn claim(&self, sandbox: &log::SandboxId) -> Result<log::Claim, log::Broken> {
        self.inner.claim(sandbox)
    }
    fn append(&self, group: &[log::Batch]) -> Result<Vec<log::Appended>, log::Broken> {
        if self.left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) <= 0 {
            return Err(log::Broken::Full { file: "kabao.db".into(), cause: "no space left on device".into() });
        }
        self.inner.append(group)
    }
    fn scan(
        &self,
        sandbox: &log::SandboxId,
        from: log::Sequence,
        visit: &mut dyn FnMut(log::Record<'_>) -> std::ops::ControlFlow<()>,
    ) -> Result<(), log::Broken> {
        self.inner.scan(sandbox, from, visit)
    }
    fn account(
        &self,
        sandbox: &log::SandboxId,
        account: world::ledger::AccountId,
        after: Option<log::RowPlace>,
        visit: &mut dyn FnMut(log::RowPlace, &world::ledger::Row) -> std::ops::ControlFlow<()>,
    ) -> Result<(), log::Broken> {
        self.inner.account(sandbox, account, after, visit)
    }
    fn blob(&self, hash: log::BlobHash) -> Result<Option<Arc<[u8]>>, log::Broken> {
        self.inner.blob(hash)
    }
    fn sandboxes(&self) -> Result<Vec<log::SandboxId>, log::Broken> {
        self.inner.sandboxes()
    }
    fn drop_sandbox(&self, sandbox: &log::SandboxId) -> Result<(), log::Broken> {
        self.inner.drop_sandbox(sandbox)
    }
    fn write_snapshot(
        &self,
        sandbox: &log::SandboxId,
        next: log::Sequence,
        chain: log::Chain,
        chunks: &mut dyn Iterator<Item = Vec<u8>>,
    ) -> Result<(), log::Broken> {
        self.inner.write_snapshot(sandbox, next, chain, chunks)
    }
    fn read_snapshot(&self, sandbox: &log::SandboxId) -> Result<Option<log::Snapshot<'_>>, log::Broken> {
        self.inner.read_snapshot(sandbox)
    }
    fn verify(&self, sandbox: &log::SandboxId) -> Result<log::Verdict, log::Broken> {
        self.inner.verify(sandbox)
    }
}

#[test]
fn after_a_failed_write_nothing_is_answered_and_nothing_answered_is_lost() {
    let log = Arc::new(Failing { inner: Arc::new(Memory::new()), left: 12.into() });
    let keys = Arc::new(KeyStore::open(None).unwrap());
    let engine = Arc::new(Engine::open(log.clone() as Arc<dyn Log>, keys.clone()).unwrap());
    let sandbox = open(&engine, "1", 7);
    let mut answered = 0;
    for number in 0..40 {
        let user = format!("2088{number:012}");
        let customer = Customer { user: user.as_str().into(), profile: Profile::default() };
        match sandbox.run(|call| call.record(customer)).map(engine::Ran::settled_blocking) {
            Ok(Ok(())) => answered += 1,
            Ok(Err(_)) | Err(_) => {
                assert!(sandbox.run(|_| ()).is_err(), "a query was answered after the store had stopped");
            }
        }
    }
    assert_eq!(answered, 11);
    let again = Engine::open(Arc::new(Failing { inner: log.inner.clone(), left: 0.into() }) as Arc<dyn Log>, keys).unwrap();
    assert_eq!(again.sandbox("1").unwrap().look(|world, _| world.customers().len()), answered);
}

#[test]
fn every_kind_of_event_is_read_back_by_its_name() {
    assert!(Event::read("no_such_kind", "{}").is_err());
    let event = Event::from(Clock::Running { offset_ms: 5 });
    assert_eq!(Event::read(event.kind(), &event.body()).unwrap(), event);
    let mut kinds = Event::KINDS.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), Event::KINDS.len());
}
