//! A reset puts a new sandbox in an old one's place in one step; keys go when the last sandbox that has them goes.

use crate::shop::{Failing, engine, open, open_card, points, shop, state_points};
use engine::{Engine, KeyStore, Lost, NewSandbox, Sandbox};
use log::{Log, Memory};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use world::Moment;
use world::clock::Clock;
use world::merchant::{App, AppKeysSet, Era};

fn reset(engine: &Engine, sandbox: &Arc<Sandbox>) -> Result<Arc<Sandbox>, engine::SandboxTrouble> {
    let (new, found) = shop(sandbox.name(), 7);
    engine.replace(sandbox, &new, found)
}

#[test]
fn a_reset_sandbox_is_new_and_the_old_one_is_fenced() {
    let log = Arc::new(Memory::new());
    let first = engine(&log);
    let old = open(&first, "1", 7);
    open_card(&old, 1);
    let new = reset(&first, &old).unwrap();
    assert_eq!(old.lost(), Some(Lost::Dropped));
    assert!(old.run(|_| ()).is_err());
    assert!(Arc::ptr_eq(&first.sandbox("1").unwrap(), &new) && Arc::ptr_eq(&first.sandbox_of_app("9021000000000001").unwrap(), &new));
    assert_eq!(new.look(|world, _| (world.customers().len(), world.programmes().len())), (0, 1));
    open_card(&new, 2);
    state_points(&new, 2, "5");
    assert!(reset(&first, &old).is_err(), "a sandbox that is gone cannot be reset");
    assert_eq!(log.sandboxes().unwrap(), ["1".into()]);
    let again = engine(&log).sandbox("1").unwrap();
    assert_eq!((points(&again, 2).as_deref(), again.look(|world, _| world.customers().len())), (Some("5"), 1));
}

#[test]
fn a_reset_begins_as_the_sandbox_began() {
    let export = |engine: &Engine| engine.export(&engine.sandbox("1").unwrap()).unwrap();
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let old = open(&engine, "1", 7);
    let begun = export(&engine);
    open_card(&old, 1);
    assert_ne!(export(&engine), begun);
    reset(&engine, &old).unwrap();
    assert_eq!(export(&engine), begun);
}

/// At each write of a reset the disk fails: the start after it finds the old sandbox whole or the new one.
#[test]
fn a_reset_whose_write_fails_loses_neither_sandbox() {
    let mut outcomes = BTreeSet::new();
    for writes in 0.. {
        let log = Arc::new(Failing::over(Arc::new(Memory::new())));
        let keys = Arc::new(KeyStore::open(None).unwrap());
        let first = Engine::open(log.clone() as Arc<dyn Log>, keys).unwrap();
        let old = open(&first, "1", 7);
        open_card(&old, 1);
        log.left.store(writes, std::sync::atomic::Ordering::SeqCst);
        let done = reset(&first, &old);
        let again = engine(&log.inner);
        assert_eq!(again.names(), ["1"], "after {writes} writes");
        assert_eq!(log.inner.sandboxes().unwrap().len(), 1, "after {writes} writes: a half-made sandbox is left");
        let customers = again.sandbox("1").unwrap().look(|world, _| world.customers().len());
        assert_eq!(customers, usize::from(done.is_err()), "after {writes} writes");
        outcomes.insert(customers);
        if done.is_ok() {
            break;
        }
        assert_eq!(old.lost(), None, "a reset that failed touched the old sandbox");
    }
    assert_eq!(outcomes.len(), 2);
}

#[test]
fn a_sandbox_that_was_being_made_is_gone_after_a_start_and_what_it_was_to_replace_is_there() {
    let log = Arc::new(Memory::new());
    let old = open(&engine(&log), "1", 7);
    open_card(&old, 1);
    // a reset was under way: all of the new one was stored, and then the process ended
    let claim = log.claim(&"staged/0".into()).unwrap();
    let mut batch = log::Batch {
        sandbox: "staged/0".into(),
        epoch: claim.epoch,
        first: claim.next,
        at_virtual_ms: 0,
        at_real_ms: 0,
        entries: Vec::new(),
        blobs: Vec::new(),
    };
    log.scan(&"1".into(), log::Sequence::FIRST, &mut |record| {
        let kind = world::Event::read(record.kind, record.body).unwrap().kind();
        batch.entries.push(log::Entry { kind, body: record.body.into(), rows: record.rows.to_vec() });
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    log.append(&[batch]).unwrap();
    let again = engine(&log);
    assert_eq!((again.names(), log.sandboxes().unwrap()), (vec!["1".to_owned()], vec!["1".into()]));
    assert_eq!(again.sandbox("1").unwrap().look(|world, _| world.customers().len()), 1);
}

/// The files in a folder.
fn files(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn keyed(engine: &Engine, name: &str) -> Arc<Sandbox> {
    let keys = [engine.keys().make().unwrap(), engine.keys().make().unwrap()].map(|key| key.verifying().spki_base64());
    let [app_key, platform_key] = keys;
    let new = NewSandbox { name: name.to_owned(), seed: 1, published_keys: false, clock: Clock::Stopped { at: Moment(0) } };
    let app = App {
        id: format!("2021{name}").as_str().into(),
        merchant: "2088000000000001".into(),
        name: "till".to_owned(),
        app_key,
        platform_key,
        callback: String::new(),
        era: Era::UserId,
        security: std::sync::Arc::default(),
        kind: world::merchant::AppKind::Merchant,
    };
    engine
        .create(&new, |call| {
            call.record(world::merchant::Merchant { id: "2088000000000001".into(), name: "tea house".to_owned() });
            call.record(app);
        })
        .unwrap()
}

#[test]
fn the_keys_of_a_dropped_sandbox_go_with_it_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Arc::new(KeyStore::open(Some(folder.path().to_owned())).unwrap());
    let engine = Engine::open(Arc::new(Memory::new()), keys).unwrap();
    let first = keyed(&engine, "a");
    let of_first = files(folder.path());
    keyed(&engine, "b");
    let of_both = files(folder.path());
    assert_eq!((of_first.len(), of_both.len()), (2, 4));
    let export = engine.export(&first).unwrap();
    engine.drop_sandbox("a").unwrap();
    assert_eq!(files(folder.path()), of_both.difference(&of_first).cloned().collect());
    let public = first.look(|world, _| world.apps().iter().next().unwrap().app_key.clone());
    assert!(engine.keys().signing(&public).is_none(), "the key is still in memory");
    // with its file the sandbox brings its keys back
    engine.import("a", &export).unwrap();
    assert_eq!(files(folder.path()), of_both);
    assert!(engine.keys().signing(&public).is_some());
}

#[test]
fn keys_that_a_crash_left_behind_are_swept_at_the_next_start_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let log = Arc::new(Memory::new());
    let open = || {
        let keys = Arc::new(KeyStore::open(Some(folder.path().to_owned())).unwrap());
        Engine::open(log.clone() as Arc<dyn Log>, keys).unwrap()
    };
    let engine = open();
    keyed(&engine, "a");
    let kept = files(folder.path());
    // dropped in the log, and then the process ended; another key was made and never used; a file was half written
    keyed(&engine, "b");
    log.drop_sandbox(&"b".into()).unwrap();
    engine.keys().make().unwrap();
    std::fs::write(folder.path().join("0123456789abcdef.half"), "-----BEGIN").unwrap();
    for own in ["notes.txt", "mine.pem", "0123456789abcdef.txt", "0123456789abcdeg.pem"] {
        std::fs::write(folder.path().join(own), "not the store's").unwrap();
    }
    assert_eq!(files(folder.path()).len(), 2 + 2 + 1 + 1 + 4);
    drop(engine);
    let own = ["notes.txt", "mine.pem", "0123456789abcdef.txt", "0123456789abcdeg.pem"].map(str::to_owned);
    let engine = open();
    assert_eq!(files(folder.path()), kept.iter().cloned().chain(own).collect());
    // keys that were set anew: the old ones are nobody's at the next start
    let sandbox = engine.sandbox("a").unwrap();
    let fresh = [engine.keys().make().unwrap(), engine.keys().make().unwrap()].map(|key| key.verifying().spki_base64());
    let [app_key, platform_key] = fresh.clone();
    sandbox.run(|call| call.record(AppKeysSet { app: "2021a".into(), app_key, platform_key })).unwrap().settled_blocking().unwrap();
    drop((sandbox, engine));
    let engine = open();
    assert!(fresh.iter().all(|public| engine.keys().signing(public).is_some()));
    assert_eq!(files(folder.path()).len(), 2 + 4);
}

#[test]
fn a_call_that_waited_has_the_time_it_ran_at() {
    let log = Arc::new(Memory::new());
    let engine = engine(&log);
    let sandbox = open(&engine, "1", 7);
    sandbox.run(|call| call.record(Clock::Running { offset_ms: 0 })).unwrap().settled_blocking().unwrap();
    let (held, holding) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            let ran = sandbox.run(|_| {
                held.send(()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(60));
                engine::real_now()
            });
            ran.unwrap().settled_blocking().unwrap()
        });
        holding.recv().unwrap();
        let second = sandbox.run(|_| ()).unwrap();
        let ended = first.join().unwrap();
        assert!(second.at >= ended, "a call that ran after {ended:?} says it was {:?}", second.at);
    });
}
