//! Faults as state of a sandbox: the same seed and calls strike alike, whatever restarts, snapshots, exports and copies come
//! between; a reset drops them; what never matched is told.

use crate::shop::{engine, shop};
use engine::Sandbox;
use engine::fault::{Spoken, find, unmatched};
use log::Memory;
use std::sync::Arc;
use world::fault::{Aim, FaultMade, Rule, Seen};
use world::names::AppId;

fn rule(text: &str) -> Rule {
    serde_json::from_str(text).unwrap()
}

fn make(sandbox: &Sandbox, text: &str) {
    let rule = rule(text);
    let ran = sandbox.run(|call| {
        let fault = call.world().faults().next();
        call.record(FaultMade { fault, rule });
    });
    ran.unwrap().settled_blocking().unwrap();
}

fn call(sandbox: &Sandbox, method: &str, spoken: Option<Spoken>) -> bool {
    let app = AppId::from("a");
    let ran = sandbox.run(|call| {
        let seen = Seen {
            aim: Aim::Call,
            can_wait: false,
            method,
            app: &app,
            now: call.now(),
            parameter: &|_| None,
            header: &|_| None,
            card: &|_| false,
            says: &|_| true,
            dice: &|_, _| 0,
        };
        find(call, &seen, sandbox.seed(), spoken).strike.is_some()
    });
    ran.unwrap().settled_blocking().unwrap()
}

fn calls(sandbox: &Sandbox, count: usize) -> Vec<bool> {
    (0..count).map(|_| call(sandbox, "pay", None)).collect()
}

const RULE: &str = r#"{"method":"pay","percent":30,"reply":"drop"}"#;

#[test]
fn the_same_seed_strikes_alike_and_another_does_not() {
    let strikes = |seed: u64| {
        let house = engine(&Arc::new(Memory::new()));
        let (new, found) = shop("1", seed);
        let sandbox = house.create(&new, found).unwrap();
        make(&sandbox, RULE);
        calls(&sandbox, 200)
    };
    let struck = strikes(7);
    assert_eq!(struck, strikes(7));
    assert_ne!(struck, strikes(8));
    let count = struck.iter().filter(|struck| **struck).count();
    assert!((30..=90).contains(&count), "{count} of 200 at 30 %");
}

#[test]
fn restarts_snapshots_exports_and_copies_change_nothing() {
    let log = Arc::new(Memory::new());
    let house = engine(&log);
    let (new, found) = shop("1", 7);
    let sandbox = house.create(&new, found).unwrap();
    make(&sandbox, RULE);
    make(&sandbox, r#"{"method":"pay","nth":70,"reply":"cut"}"#);
    make(&sandbox, r#"{"method":"pay","limit":{"calls":150,"seconds":60}}"#);
    let whole = calls(&sandbox, 200);

    let log = Arc::new(Memory::new());
    let (new, found) = shop("1", 7);
    let house = engine(&log);
    let sandbox = house.create(&new, found).unwrap();
    make(&sandbox, RULE);
    make(&sandbox, r#"{"method":"pay","nth":70,"reply":"cut"}"#);
    make(&sandbox, r#"{"method":"pay","limit":{"calls":150,"seconds":60}}"#);
    let mut parts = calls(&sandbox, 50);
    drop((sandbox, house));
    let house = engine(&log);
    let sandbox = house.sandbox("1").unwrap();
    parts.extend(calls(&sandbox, 50));
    house.snapshot_all(1);
    drop((sandbox, house));
    let house = engine(&log);
    let sandbox = house.sandbox("1").unwrap();
    let copy = house.fork(&sandbox, "2", |count| AppId::from(format!("9021{:012}", 1_000 + count))).unwrap();
    // in a house of its own, because an application has one sandbox
    let elsewhere = engine(&Arc::new(Memory::new()));
    let read = elsewhere.import("1", &house.export(&sandbox).unwrap()).unwrap();
    for (which, sandbox) in [("started again", sandbox), ("a copy", copy), ("read back", read)] {
        let all: Vec<bool> = parts.iter().copied().chain(calls(&sandbox, 100)).collect();
        assert_eq!(all, whole, "{which}");
    }
}

#[test]
fn a_word_in_an_id_is_spent_across_a_restart_and_a_snapshot() {
    let log = Arc::new(Memory::new());
    let house = engine(&log);
    let (new, found) = shop("1", 7);
    let sandbox = house.create(&new, found).unwrap();
    let word = || Some(Spoken { word: "DROP".to_owned(), rule: rule(r#"{"reply":"drop"}"#), spends: Some("DROP A_KBDROP_1".to_owned()) });
    assert!(call(&sandbox, "pay", word()));
    assert!(!call(&sandbox, "pay", word()));
    house.snapshot_all(1);
    drop((sandbox, house));
    let sandbox = engine(&log).sandbox("1").unwrap();
    assert!(!call(&sandbox, "pay", word()));
}

#[test]
fn calls_that_no_rule_is_about_record_nothing_and_the_rule_is_told_of() {
    let house = engine(&Arc::new(Memory::new()));
    let (new, found) = shop("1", 7);
    let sandbox = house.create(&new, found).unwrap();
    make(&sandbox, RULE);
    let before = sandbox.run(|_| ()).unwrap().first;
    call(&sandbox, "query", None);
    assert_eq!(sandbox.run(|_| ()).unwrap().first, before);
    let told = sandbox.look(|world, _| unmatched(world));
    assert!(told.len() == 1 && told[0].contains("fault 1 (drop) never matched") && told[0].contains(RULE), "{told:?}");
    call(&sandbox, "pay", None);
    assert!(sandbox.look(|world, _| unmatched(world)).is_empty());
}
