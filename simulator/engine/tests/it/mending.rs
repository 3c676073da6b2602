//! A call that ends in a bug: its sandbox stops, says so, and comes back as the fold of its log.

use crate::shop::{engine, open, open_card, points, state_points};
use engine::{Engine, Lost, Sandbox};
use log::{Log, Memory};
use std::sync::Arc;
use std::time::{Duration, Instant};
use world::customer::{Customer, Profile};

/// A call that records something and then panics.
fn hurt(sandbox: &Sandbox) {
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _ = sandbox.run(|call| {
            call.record(Customer::new("2088999999999999", &Profile::default()));
            panic!("half way");
        });
    }));
    assert!(panicked.is_err());
}

#[test]
fn a_call_that_panics_stops_its_sandbox_and_no_other() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let (hurt, sound) = (open(&engine, "1", 1), open(&engine, "2", 2));
    open_card(&hurt, 1);
    crate::mending::hurt(&hurt);
    assert!(hurt.run(|_| ()).is_err(), "a sandbox whose state may not be the fold of its log must not answer");
    open_card(&sound, 1);
    let again = crate::shop::engine(&log).sandbox("1").unwrap();
    assert_eq!(again.look(|world, _| world.customers().len()), 1, "what was not recorded whole must not be there");
}

#[test]
fn a_stopped_sandbox_is_named_and_comes_back_from_its_log() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 1);
    open(&engine, "2", 2);
    open_card(&sandbox, 1);
    state_points(&sandbox, 1, "35");
    assert_eq!(engine.stopped_sandboxes(), []);
    hurt(&sandbox);
    let stopped = engine.stopped_sandboxes();
    assert_eq!(stopped.len(), 1);
    assert_eq!(stopped[0].sandbox, "1");
    assert!(stopped[0].why.contains("ended in a bug"), "{}", stopped[0].why);

    engine.mend("1").unwrap();
    assert_eq!(engine.stopped_sandboxes(), []);
    let again = engine.sandbox("1").unwrap();
    assert!(Arc::ptr_eq(&again, &engine.sandbox_of_app("9021000000000001").unwrap()), "its application still finds the stopped one");
    assert_eq!(points(&again, 1).as_deref(), Some("35"));
    assert_eq!(again.look(|world, _| world.customers().len()), 1, "half a call came back");
    assert_eq!(sandbox.lost(), Some(Lost::Panicked));
    assert!(std::ptr::eq(sandbox.journal(), again.journal()), "what came in before is no longer shown");
    // it goes on, and what it does is the log's
    state_points(&again, 1, "36");
    assert_eq!(points(&crate::shop::engine(&log).sandbox("1").unwrap(), 1).as_deref(), Some("36"));
}

#[test]
fn calls_on_their_way_to_the_disk_are_not_lost_by_mending() {
    let log = Arc::new(log::CutWaits::new(Memory::new()));
    let keys = Arc::new(engine::KeyStore::open(None).unwrap());
    let engine = Engine::open(log.clone() as Arc<dyn Log>, keys).unwrap();
    let sandbox = open(&engine, "1", 1);
    log.plan([log::Cut::BeforeCommit; 3]);
    let ran = sandbox.run(|call| call.record(Customer::new("2088000000000077", &Profile::default()))).unwrap();
    hurt(&sandbox);
    engine.mend("1").unwrap();
    ran.settled_blocking().unwrap();
    assert_eq!(engine.sandbox("1").unwrap().look(|world, _| world.customers().len()), 1, "an answered call is missing");
}

#[test]
fn the_house_mends_by_itself_and_leaves_dropped_ones_alone() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    engine.keep_mending();
    let sandbox = open(&engine, "1", 1);
    open_card(&sandbox, 1);
    hurt(&sandbox);
    let since = Instant::now();
    while !engine.stopped_sandboxes().is_empty() {
        assert!(since.elapsed() < Duration::from_secs(20), "{:?}", engine.stopped_sandboxes());
        std::thread::sleep(Duration::from_millis(20));
    }
    open_card(&engine.sandbox("1").unwrap(), 2);
    engine.drop_sandbox("1").unwrap();
    assert!(engine.mend("1").is_err());
}

#[test]
fn a_log_that_cannot_be_read_again_leaves_the_sandbox_stopped_and_says_what_to_do() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 1);
    hurt(&sandbox);
    // somebody else wrote what this version cannot read
    let claim = log.claim(&"1".into()).unwrap();
    let foreign = log::Entry { kind: "no_such_kind", body: "{}".into(), rows: Vec::new() };
    let batch = log::Batch {
        sandbox: "1".into(),
        epoch: claim.epoch,
        first: claim.next,
        at_virtual_ms: 0,
        at_real_ms: 0,
        entries: vec![foreign],
        blobs: Vec::new(),
    };
    log.append(&[batch]).unwrap();
    assert!(engine.mend("1").is_err());
    engine.keep_mending();
    let since = Instant::now();
    while !engine.stopped_sandboxes()[0].why.contains("kabao ledger verify") {
        assert!(since.elapsed() < Duration::from_secs(20), "{:?}", engine.stopped_sandboxes());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(engine.stopped_sandboxes()[0].why.contains("no_such_kind"), "{:?}", engine.stopped_sandboxes());
    assert!(sandbox.run(|_| ()).is_err());
}
