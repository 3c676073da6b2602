//! Copies of sandboxes: the same history under another name, independent afterwards, also made under load.

use crate::shop::{engine, open_card, points, shop, state_points};
use engine::SandboxTrouble;
use log::{Log, Memory};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use world::Moment;
use world::consent::Grant;
use world::names::AppId;

fn number(count: u64) -> AppId {
    AppId::from(format!("9021{:012}", 1_000 + count))
}

#[test]
fn a_copy_has_the_same_history_and_its_own_name_and_application() {
    let log = Arc::new(Memory::new());
    let house = engine(&log);
    let (new, found) = shop("1", 7);
    let sandbox = house.create(&new, found).unwrap();
    let old = sandbox.look(|world, _| world.apps().iter().next().unwrap().id.clone());
    open_card(&sandbox, 1);
    state_points(&sandbox, 1, "10");
    let grant = Grant {
        code: "code".into(),
        user: "2088000000000001".into(),
        app: old.clone(),
        scopes: Vec::new(),
        submission: None,
        at: Moment(0),
        expires: Moment(i64::MAX),
        spent: None,
        ran_out: false,
    };
    sandbox.run(|call| call.record(grant)).unwrap().settled_blocking().unwrap();
    let copy = house.fork(&sandbox, "2", number).unwrap();
    assert_eq!((copy.name(), copy.seed()), ("2", 7));
    let new = number(0);
    copy.look(|world, _| {
        assert_eq!(world.origin().unwrap().name, "2");
        assert_eq!(world.apps().iter().map(|app| app.id.clone()).collect::<Vec<_>>(), std::slice::from_ref(&new));
        assert_eq!(world.grants().get(&"code".into()).unwrap().app, new);
    });
    assert_eq!(points(&copy, 1).unwrap(), "10");
    assert!(Arc::ptr_eq(&house.sandbox_of_app(new.as_str()).unwrap(), &copy));
    assert!(Arc::ptr_eq(&house.sandbox_of_app(old.as_str()).unwrap(), &sandbox));

    state_points(&copy, 1, "20");
    state_points(&sandbox, 1, "30");
    house.drop_sandbox("1").unwrap();
    let again = engine(&log).sandbox("2").unwrap();
    assert_eq!(points(&again, 1).unwrap(), "20");
    // a copy of a copy takes the next number, because its own is there
    assert_eq!(house.fork(&copy, "3", number).unwrap().look(|world, _| world.apps().iter().next().unwrap().id.clone()), number(1));
}

#[test]
fn a_name_that_is_taken_leaves_no_half_of_a_copy() {
    let log = Arc::new(Memory::new());
    let house = engine(&log);
    let (new, found) = shop("1", 7);
    let sandbox = house.create(&new, found).unwrap();
    assert!(matches!(house.fork(&sandbox, "1", number), Err(SandboxTrouble::NameTaken(_))));
    assert!(matches!(house.fork(&sandbox, "a/b", number), Err(SandboxTrouble::BadName(_))));
    house.drop_sandbox("1").unwrap();
    assert!(house.fork(&sandbox, "2", number).is_err());
    assert!(log.sandboxes().unwrap().is_empty());
}

#[test]
fn a_copy_made_under_load_is_a_state_that_was() {
    let house = engine(&Arc::new(Memory::new()));
    let (new, found) = shop("1", 7);
    let sandbox = house.create(&new, found).unwrap();
    for card in [1, 2] {
        open_card(&sandbox, card);
        state_points(&sandbox, card, "0");
    }
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut total = 0_u64;
            while !over.load(Ordering::Relaxed) {
                total += 1;
                // the second never runs ahead of the first
                state_points(&sandbox, 1, &total.to_string());
                state_points(&sandbox, 2, &total.to_string());
            }
        });
        for copy in 0..20 {
            let copy = house.fork(&sandbox, &format!("copy{copy}"), number).unwrap();
            let total = |card| points(&copy, card).unwrap().parse::<u64>().unwrap();
            let (one, two) = (total(1), total(2));
            assert!(one == two || one == two + 1, "{one} and {two}");
            std::thread::sleep(std::time::Duration::from_millis(2));
            assert_eq!((total(1), total(2)), (one, two), "the copy follows the sandbox it was made from");
        }
        over.store(true, Ordering::Relaxed);
    });
}
