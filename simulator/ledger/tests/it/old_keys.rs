//! Idempotency keys that left memory are still known: a ledger that keeps few answers as one that keeps all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ledger::{
    Done, Fate, Instruction, KeyIndex, KeyRecord, KeysToMove, Kind, Ledger, Millis, Posting, PostingId, Refusal, Row, Sequence, Unreadable,
};

use crate::journal::*;

/// What a log would keep in a table, in memory.
#[derive(Default, Debug)]
pub(crate) struct Table {
    records: Mutex<BTreeMap<PostingId, KeyRecord>>,
    broken: Mutex<bool>,
}

impl Table {
    pub(crate) fn store(&self, moved: &KeysToMove) {
        let mut records = self.records.lock().unwrap();
        records.extend(moved.keys.iter().map(|record| (record.id, *record)));
        for (id, fate) in &moved.fates {
            records.get_mut(id).unwrap().fate = *fate;
        }
    }
}

impl KeyIndex for Table {
    fn lookup(&self, id: PostingId) -> Result<Option<KeyRecord>, Unreadable> {
        if *self.broken.lock().unwrap() {
            return Err(Unreadable);
        }
        Ok(self.records.lock().unwrap().get(&id).copied())
    }
}

fn short_of_memory() -> (Journal, Arc<Table>) {
    let table = Arc::new(Table::default());
    let mut journal = Journal::with_members();
    journal.ledger = journal.ledger.with_keys_beyond(1_024, table.clone());
    (journal, table)
}

fn fill(journal: &mut Journal, ids: std::ops::Range<u128>) {
    let batch: Vec<Instruction> = ids.map(|id| transfer(id, ISSUER, WANG, 1).into()).collect();
    let mut rows = Vec::new();
    for part in batch.chunks(8_192) {
        assert!(journal.ledger.execute(journal.at, part, &mut rows).iter().all(Result::is_ok));
    }
    journal.rows.extend(rows);
}

fn move_out(journal: &mut Journal, table: &Table) -> usize {
    let moved = journal.ledger.keys_to_move(0, usize::MAX);
    table.store(&moved);
    journal.ledger.forget_keys(&moved);
    moved.keys.len()
}

#[test]
fn memory_holds_about_as_many_keys_as_declared() {
    let (mut journal, table) = short_of_memory();
    for round in 0..20_u128 {
        fill(&mut journal, 10_000 + round * 3_000..13_000 + round * 3_000);
        move_out(&mut journal, &table);
        assert!(journal.ledger.keys_in_memory() < 1_024 + 1_024);
    }
    assert_eq!(journal.ledger.sequence(), Sequence(60_000));
    assert_eq!(journal.transfer(10_000, ISSUER, WANG, 1), posted_before(1));
    assert_eq!(journal.transfer(69_999, ISSUER, WANG, 1), posted_before(60_000));
    assert_eq!(journal.transfer(10_000, ISSUER, WANG, 2), reused(10_000, 1));
    assert_eq!(journal.transfer(10_000, ISSUER, LI, 1), reused(10_000, 1));
    assert_eq!(journal.transfer(70_000, ISSUER, WANG, 1), posted(60_001));
}

#[test]
fn what_becomes_of_an_old_posting_is_known_before_and_after_its_fate_moved_too() {
    let (mut journal, table) = short_of_memory();
    journal.transfer(10, ISSUER, LI, 100).unwrap();
    journal.transfer(11, LI, WANG, 40).unwrap();
    journal.hold(12, LI, WANG, 20, None).unwrap();
    journal.hold(13, LI, WANG, 20, None).unwrap();
    fill(&mut journal, 1_000..5_000);
    assert!(move_out(&mut journal, &table) > 0);
    journal.reverse(20, 11).unwrap();
    journal.confirm(21, 12, Some(5)).unwrap();
    journal.release(22, 13).unwrap();
    let judge = |journal: &mut Journal| {
        assert_eq!(journal.reverse(30, 11), Err(Refusal::AlreadyReversed { posting: PostingId(11) }));
        assert_eq!(journal.confirm(31, 12, None), Err(Refusal::HoldSettled { hold: PostingId(12), by: Kind::Confirm }));
        assert_eq!(journal.release(32, 13), Err(Refusal::HoldSettled { hold: PostingId(13), by: Kind::Release }));
        assert_eq!(journal.confirm(21, 12, None), reused(21, 4_006), "20 were held, 5 confirmed");
        assert!(matches!(journal.confirm(21, 12, Some(5)), Ok(Done::Posted { first: false, .. })));
        let restored = Ledger::restore(bytes_of(&journal.ledger)).unwrap();
        assert!(bytes_of(&restored) == bytes_of(&journal.ledger));
    };
    judge(&mut journal);
    assert_eq!(journal.ledger.keys_to_move(0, 0).fates.len(), 3);
    move_out(&mut journal, &table);
    assert!(journal.ledger.keys_to_move(0, 0).is_empty());
    judge(&mut journal);
    fill(&mut journal, 5_000..9_000);
    move_out(&mut journal, &table);
    judge(&mut journal);
}

#[test]
fn a_fate_that_changes_while_its_key_moves_is_not_lost() {
    let (mut journal, table) = short_of_memory();
    journal.transfer(10, ISSUER, LI, 100).unwrap();
    fill(&mut journal, 1_000..5_000);
    let moved = journal.ledger.keys_to_move(0, usize::MAX);
    table.store(&moved);
    journal.reverse(20, 10).unwrap();
    journal.ledger.forget_keys(&moved);
    assert_eq!(journal.reverse(21, 10), Err(Refusal::AlreadyReversed { posting: PostingId(10) }));
    let later = journal.ledger.keys_to_move(0, usize::MAX);
    assert_eq!(later.fates, [(PostingId(10), Fate::Reversed)]);
    let sequence = journal.ledger.sequence();
    journal.ledger.forget_keys(&moved);
    assert_eq!(journal.ledger.sequence(), sequence, "the same keys are not forgotten twice");
}

#[test]
fn when_the_index_is_silent_nothing_is_decided() {
    let (mut journal, table) = short_of_memory();
    fill(&mut journal, 1_000..5_000);
    move_out(&mut journal, &table);
    *table.broken.lock().unwrap() = true;
    assert_eq!(journal.transfer(1_000, ISSUER, WANG, 1), Err(Refusal::KeysUnreadable));
    assert_eq!(journal.transfer(9_000, ISSUER, WANG, 1), Err(Refusal::KeysUnreadable));
    assert_eq!(journal.transfer(4_999, ISSUER, WANG, 1), posted_before(4_000), "this one is in memory");
    *table.broken.lock().unwrap() = false;
    assert_eq!(journal.transfer(9_000, ISSUER, WANG, 1), posted(4_001));
}

#[test]
fn a_table_of_postings_is_index_enough() {
    // nothing is stored on moving: records are made from rows, fates from later rows that refer to them
    #[derive(Debug)]
    struct Postings(Mutex<Vec<(Sequence, Posting)>>);
    impl KeyIndex for Postings {
        fn lookup(&self, id: PostingId) -> Result<Option<KeyRecord>, Unreadable> {
            let rows = self.0.lock().unwrap();
            let mut later = rows.iter().filter(|(_, row)| row.refers_to == Some(id));
            let fate = later.find_map(|(_, row)| Fate::made_by(row.kind)).unwrap_or(Fate::Standing);
            Ok(rows.iter().find(|(_, row)| row.id == id).map(|(sequence, row)| KeyRecord::of(*sequence, row, fate)))
        }
    }
    let table = Arc::new(Postings(Mutex::default()));
    let mut journal = Journal::with_members();
    journal.ledger = journal.ledger.with_keys_beyond(0, table.clone());
    journal.transfer(10, ISSUER, LI, 100).unwrap();
    journal.lot(11, ISSUER, LI, 100, 9_000).unwrap();
    journal.hold(12, LI, WANG, 60, None).unwrap();
    fill(&mut journal, 1_000..3_000);
    journal.confirm(13, 12, None).unwrap();
    journal.reverse(14, 10).unwrap();
    let rows: Vec<_> = journal
        .numbered()
        .filter_map(|(sequence, row)| match row {
            Row::Posting(posting) => Some((sequence, *posting)),
            Row::Opening(_) => None,
        })
        .collect();
    *table.0.lock().unwrap() = rows;
    let moved = journal.ledger.keys_to_move(0, usize::MAX);
    journal.ledger.forget_keys(&moved);
    for record in &moved.keys {
        assert_eq!(journal.ledger.posting(record.id), Ok(Some(*record)));
    }
    assert_eq!(journal.lot(11, ISSUER, LI, 100, 9_000), posted_before(2));
    assert_eq!(journal.lot(11, ISSUER, LI, 100, 9_001), reused(11, 2));
    assert_eq!(journal.reverse(15, 10), Err(Refusal::AlreadyReversed { posting: PostingId(10) }));
    assert_eq!(journal.release(16, 12), Err(Refusal::HoldSettled { hold: PostingId(12), by: Kind::Confirm }));
    assert_eq!(journal.at, Millis(1_000));
}

#[test]
fn keys_taken_a_few_at_a_time_are_those_taken_at_once() {
    let (mut journal, _) = short_of_memory();
    fill(&mut journal, 1_000..9_000);
    let whole = journal.ledger.keys_to_move(0, usize::MAX);
    let mut pieces = KeysToMove::default();
    while let piece = journal.ledger.keys_to_move(pieces.keys.len(), 2_048)
        && !piece.is_empty()
    {
        pieces.keys.extend(piece.keys);
    }
    assert_eq!(pieces, whole);
    assert_eq!(whole.keys.len(), journal.ledger.keys_over() / 1_024 * 1_024);
    for piece in whole.keys.chunks(2_048) {
        journal.ledger.forget_keys(&KeysToMove { keys: piece.to_vec(), fates: Vec::new() });
    }
    assert!(journal.ledger.keys_over() < 1_024);
}
