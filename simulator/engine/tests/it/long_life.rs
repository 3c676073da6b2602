//! A long life in bounded memory: idempotency keys beyond the declared count are in the file, and every id is still known.

use crate::shop::shop;
use engine::{Engine, KeyStore, Sandbox};
use log::{Broken, Log, Sqlite, Verdict};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use world::ledger::{AccountId, Answer, Done, Instruction, Open, PostingId, Refusal, Sequence, Transfer, Unit};

const LIMIT: usize = 4_096;

/// The log in a folder's file. An engine that was dropped a moment ago may still hold it: its writer ends by itself.
pub(crate) fn file(folder: &Path) -> Arc<Sqlite> {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match Sqlite::open(&folder.join("kabao.db")) {
            Err(Broken::InUse { .. }) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            opened => return Arc::new(opened.unwrap()),
        }
    }
}

fn engine(folder: &Path) -> (Engine, Arc<Sqlite>) {
    let log = file(folder);
    let keys = Arc::new(KeyStore::open(None).unwrap());
    (Engine::open_with(log.clone(), keys, LIMIT).unwrap(), log)
}

fn post(sandbox: &Sandbox, instructions: &[Instruction]) -> Vec<Answer> {
    sandbox.run(|call| call.post(instructions)).unwrap().settled_blocking().unwrap()
}

fn give(id: u128, amount: i64) -> Instruction {
    Transfer { id: PostingId(id), debit: AccountId(1), credit: AccountId(2), amount, code: 1, until: None }.into()
}

fn in_memory(sandbox: &Sandbox) -> usize {
    sandbox.look(|world, _| world.ledger().keys_in_memory())
}

/// Old ones and young ones, asked again with the same content and with other.
fn every_id_is_known(sandbox: &Sandbox, last: u64) {
    for id in (1..=last).step_by(1_777).chain([last]) {
        let answers = post(sandbox, &[give(id.into(), 1), give(id.into(), 2)]);
        assert_eq!(answers[0], Ok(Done::Posted { first: false, sequence: Sequence(id) }));
        assert_eq!(answers[1], Err(Refusal::IdReused { id: PostingId(id.into()), first: Sequence(id) }));
    }
}

#[test]
fn memory_stays_as_declared_and_no_id_is_forgotten_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let (engine_now, log) = engine(folder.path());
    let (new, found) = shop("1", 1);
    let sandbox = engine_now.create(&new, found).unwrap();
    let open = |id| Open { id: AccountId(id), unit: Unit::Point, floor: i64::MIN, ceiling: i64::MAX }.into();
    post(&sandbox, &[open(1), open(2)]);
    for first in (1..40_000_u128).step_by(2_000) {
        let batch: Vec<Instruction> = (first..first + 2_000).map(|id| give(id, 1)).collect();
        assert!(post(&sandbox, &batch).iter().all(Result::is_ok));
        engine_now.move_old_keys(&sandbox).unwrap();
        assert!(in_memory(&sandbox) < LIMIT + 2_048, "{} keys are in memory", in_memory(&sandbox));
    }
    every_id_is_known(&sandbox, 40_000);
    let without_snapshot = in_memory(&sandbox);
    drop((sandbox, engine_now, log));

    // without a snapshot all rows are read again; the keys go once more, and nothing comes of it
    let (engine_now, log) = engine(folder.path());
    let sandbox = engine_now.sandbox("1").unwrap();
    every_id_is_known(&sandbox, 40_000);
    assert!(engine_now.move_old_keys(&sandbox).unwrap() > 30_000);
    assert!(in_memory(&sandbox) <= without_snapshot + 1_024);
    every_id_is_known(&sandbox, 40_000);
    engine_now.snapshot(&sandbox).unwrap();
    drop((sandbox, engine_now, log));

    // with one, memory is small from the start
    let (engine_now, log) = engine(folder.path());
    let sandbox = engine_now.sandbox("1").unwrap();
    assert!(in_memory(&sandbox) < LIMIT + 2_048);
    every_id_is_known(&sandbox, 40_000);
    assert_eq!(sandbox.look(|world, _| world.ledger().balance(AccountId(2))), Some(40_000));
    assert!(matches!(log.verify(&"1".into()), Ok(Verdict::Whole { .. })));
    drop((sandbox, engine_now, log));

    // a file whose old keys were taken out is not served: an id sent again would be posted again
    drop(file(folder.path()));
    rusqlite::Connection::open(folder.path().join("kabao.db")).unwrap().execute("DELETE FROM key_run", []).unwrap();
    let log = file(folder.path());
    let refused = Engine::open_with(log, Arc::new(KeyStore::open(None).unwrap()), LIMIT).err().unwrap().to_string();
    assert!(refused.contains("neither in its snapshot nor in the file"), "{refused}");
}

#[test]
fn what_leaves_memory_after_a_reset_is_kept_for_the_new_sandbox_only() {
    let folder = tempfile::tempdir().unwrap();
    let (engine_now, log) = engine(folder.path());
    let (new, found) = shop("1", 1);
    let old = engine_now.create(&new, found).unwrap();
    let open = |id| Open { id: AccountId(id), unit: Unit::Point, floor: i64::MIN, ceiling: i64::MAX }.into();
    let batch: Vec<Instruction> = [open(1), open(2)].into_iter().chain((1..8_000).map(|id| give(id, 1))).collect();
    assert!(post(&old, &batch).iter().all(Result::is_ok));
    let (new, found) = shop("1", 1);
    let fresh = engine_now.replace(&old, &new, found).unwrap();
    assert!(post(&fresh, &batch).iter().all(Result::is_ok));
    // a mover that was under way when the reset came
    assert!(engine_now.move_old_keys(&old).is_err() || in_memory(&old) == 7_999, "keys of the old sandbox were moved");
    assert!(engine_now.move_old_keys(&fresh).unwrap() > 3_000);
    every_id_is_known(&fresh, 7_999);
    drop((fresh, old, engine_now, log));
    let (engine_now, _log) = engine(folder.path());
    every_id_is_known(&engine_now.sandbox("1").unwrap(), 7_999);
}
