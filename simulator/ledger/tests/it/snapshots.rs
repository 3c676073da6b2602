//! A ledger written out and read back is the same ledger; damaged chunks are never read as one.

use ledger::{Corrupt, Instruction, Ledger, MOST_IN_A_CHUNK, Millis, Open, Row, Unit};

use crate::journal::*;

/// A ledger with something in every section.
fn full() -> Journal {
    let mut journal = Journal::with_members();
    journal.lot(10, ISSUER, LI, 100, 5_000).unwrap();
    journal.lot(11, ISSUER, LI, 100, 6_000).unwrap();
    journal.transfer(12, LI, WANG, 130).unwrap();
    journal.hold(13, LI, WANG, 20, Some(7_000)).unwrap();
    journal.hold(14, LI, ISSUER, 10, None).unwrap();
    journal.hold(15, WANG, LI, 10, Some(4_000)).unwrap();
    journal.confirm(16, 15, Some(5)).unwrap();
    journal
}

#[test]
fn a_restored_ledger_is_the_same_and_goes_on_the_same() {
    let mut journal = full();
    let chunks = bytes_of(&journal.ledger);
    let mut restored = Journal { ledger: Ledger::restore(&chunks).unwrap(), at: journal.at, ..Journal::default() };
    assert!(bytes_of(&restored.ledger) == chunks);
    for journal in [&mut journal, &mut restored] {
        assert_eq!(journal.transfer(12, LI, WANG, 130), posted_before(3));
        journal.transfer(19, ISSUER, WANG, 5).unwrap();
        journal.reverse(20, 12).unwrap();
        journal.confirm(21, 13, None).unwrap();
        journal.drain(9_000);
    }
    assert!(bytes_of(&restored.ledger) == bytes_of(&journal.ledger));
    assert!(restored.ledger.accounts().eq(journal.ledger.accounts()));
}

#[test]
fn a_snapshot_is_not_touched_by_what_comes_later() {
    let mut journal = full();
    let before = bytes_of(&journal.ledger);
    let mut snapshot = journal.ledger.snapshot();
    assert_eq!(snapshot.sequence(), journal.ledger.sequence());
    journal.confirm(20, 13, None).unwrap();
    journal.transfer(21, ISSUER, LI, 1).unwrap();
    journal.drain(9_000);
    let written = std::thread::scope(|scope| scope.spawn(move || snapshot.chunks().collect::<Vec<_>>()).join()).unwrap();
    assert!(written == before);
    assert!(bytes_of(&journal.ledger) != before);
}

#[test]
fn the_same_state_gives_the_same_bytes_however_it_came_about() {
    let journal = full();
    let mut replayed = Ledger::new();
    journal.rows.iter().for_each(|row| replayed.apply(row));
    assert!(bytes_of(&replayed) == bytes_of(&journal.ledger));
    // slots freed and used again stand elsewhere in memory
    let (mut roundabout, mut straight) = (full(), full());
    roundabout.release(20, 13).unwrap();
    roundabout.hold(21, LI, WANG, 1, None).unwrap();
    roundabout.hold(22, LI, WANG, 2, None).unwrap();
    straight.ledger = Ledger::restore(bytes_of(&straight.ledger)).unwrap();
    for row in &roundabout.rows[straight.rows.len()..] {
        straight.ledger.apply(row);
    }
    assert!(bytes_of(&roundabout.ledger) == bytes_of(&straight.ledger));
}

#[test]
fn an_empty_ledger_is_restored_as_one() {
    let chunks = bytes_of(&Ledger::new());
    let restored = Ledger::restore(&chunks).unwrap();
    assert_eq!((restored.sequence().0, restored.accounts().count()), (0, 0));
    assert!(matches!(Ledger::restore(Vec::<Vec<u8>>::new()), Err(Corrupt::Incomplete)));
}

#[test]
fn large_ledgers_come_in_bounded_chunks() {
    let mut ledger = Ledger::new();
    let mut rows = Vec::new();
    for first in (0..100_000_u128).step_by(8_192) {
        let batch: Vec<Instruction> = (first..first + 8_192)
            .map(|id| Open { id: ledger::AccountId(id), unit: Unit::Fen, floor: 0, ceiling: NO_CEILING }.into())
            .collect();
        assert!(ledger.execute(Millis(1), &batch, &mut rows).iter().all(Result::is_ok));
    }
    let chunks = bytes_of(&ledger);
    assert!(chunks.len() > 2 && chunks.iter().all(|chunk| chunk.len() <= MOST_IN_A_CHUNK));
    assert!(Ledger::restore(&chunks).unwrap().accounts().eq(ledger.accounts()));
    assert!(rows.iter().all(|row| matches!(row, Row::Opening(_))));
}

#[test]
fn any_damage_is_noticed() {
    let chunks = bytes_of(&full().ledger);
    for chunk in 0..chunks.len() {
        for byte in 0..chunks[chunk].len() {
            let mut damaged = chunks.clone();
            damaged[chunk][byte] ^= 1 << (byte % 8);
            assert!(Ledger::restore(&damaged).is_err(), "chunk {chunk}, byte {byte}");
        }
        let mut missing = chunks.clone();
        missing.remove(chunk);
        assert!(Ledger::restore(&missing).is_err(), "without chunk {chunk}");
        let mut twice = chunks.clone();
        twice.insert(chunk, chunks[chunk].clone());
        assert!(Ledger::restore(&twice).is_err(), "chunk {chunk} twice");
        let mut short = chunks.clone();
        short[chunk].pop();
        assert!(Ledger::restore(&short).is_err(), "chunk {chunk} cut");
        let mut other = chunks.clone();
        let mut elsewhere = full();
        elsewhere.transfer(99, ISSUER, LI, 1).unwrap();
        let elsewhere = bytes_of(&elsewhere.ledger);
        other[chunk].clone_from(&elsewhere[chunk]);
        let same_so_far = chunks[..=chunk] == elsewhere[..=chunk];
        assert_eq!(Ledger::restore(&other).is_ok(), same_so_far, "chunk {chunk} of another snapshot");
    }
}

#[test]
fn the_parts_of_a_version_not_known_are_not_guessed() {
    let mut chunks = bytes_of(&full().ledger);
    chunks[0][8] = 2;
    assert_eq!(Ledger::restore(&chunks).unwrap_err(), Corrupt::Version { version: 2 });
}
