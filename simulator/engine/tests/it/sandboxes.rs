//! One sandbox and many: what was settled is there again, what repeats, what stays apart, what a failed write stops.

use crate::shop::{Failing, engine, open, open_card, points, state_points};
use engine::{Engine, KeyStore};
use log::{Log, Memory};
use std::sync::Arc;
use world::Moment;
use world::clock::Clock;
use world::consent::Grant;
use world::customer::{Customer, Profile};
use world::event::Event;

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
fn a_snapshot_in_another_versions_layout_is_passed_over_and_a_damaged_one_is_named() {
    let log = Arc::new(Memory::new());
    let first = engine(&log);
    let sandbox = open(&first, "1", 7);
    open_card(&sandbox, 1);
    state_points(&sandbox, 1, "35");
    first.snapshot(&sandbox).unwrap();
    let rewritten = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let (next, chain, mut chunks) = {
            let snapshot = log.read_snapshot(&"1".into()).unwrap().unwrap();
            (snapshot.next, snapshot.chain, snapshot.chunks.map(Result::unwrap).collect())
        };
        change(&mut chunks);
        log.write_snapshot(&"1".into(), next, chain, &mut chunks.into_iter()).unwrap();
        Engine::open(log.clone(), Arc::new(KeyStore::open(None).unwrap()))
    };
    let again = rewritten(&|chunks| chunks[0][1] = 99).unwrap();
    assert_eq!(points(&again.sandbox("1").unwrap(), 1).as_deref(), Some("35"));
    again.snapshot(&again.sandbox("1").unwrap()).unwrap();
    let refused = rewritten(&|chunks| drop(chunks.pop())).err();
    assert!(refused.is_some_and(|trouble| trouble.to_string().contains("snapshot")), "a snapshot without its end was taken");
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
        ran_out: false,
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
    let first = engine(&log);
    assert!(first.names().is_empty());
    open(&first, "half", 7);
    assert_eq!(engine(&log).names(), ["half"]);
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

#[test]
fn after_a_failed_write_nothing_is_answered_and_nothing_answered_is_lost() {
    let log = Arc::new(Failing { left: 12.into(), ..Failing::over(Arc::new(Memory::new())) });
    let keys = Arc::new(KeyStore::open(None).unwrap());
    let engine = Arc::new(Engine::open(log.clone() as Arc<dyn Log>, keys.clone()).unwrap());
    let sandbox = open(&engine, "1", 7);
    let mut answered = 0;
    for number in 0..40 {
        let user = format!("2088{number:012}");
        let customer = Customer::new(user.as_str(), &Profile::default());
        match sandbox.run(|call| call.record(customer)).map(engine::Ran::settled_blocking) {
            Ok(Ok(())) => answered += 1,
            Ok(Err(_)) | Err(_) => {
                assert!(sandbox.run(|_| ()).is_err(), "a query was answered after the store had stopped");
            }
        }
    }
    assert_eq!(answered, 11);
    let again = Engine::open(Arc::new(Failing { left: 0.into(), ..Failing::over(log.inner.clone()) }) as Arc<dyn Log>, keys).unwrap();
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
