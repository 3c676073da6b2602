//! Snapshots: where they may stand, which is read, and that they go with their sandbox.

use super::*;

pub(super) fn chunks(seed: u8, count: u8) -> Vec<Vec<u8>> {
    (0..count).map(|n| vec![seed ^ n; 1000 * usize::from(n)]).collect()
}

pub(super) fn whole(snapshot: Snapshot<'_>) -> (Sequence, Chain, Vec<Vec<u8>>) {
    (snapshot.next, snapshot.chain, snapshot.chunks.map(Result::unwrap).collect())
}

pub(super) fn a_snapshot_is_read_back_chunk_by_chunk<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    log.write_snapshot(&demo(), claim.next, claim.chain, &mut chunks(1, 0).into_iter()).unwrap();
    assert_eq!(whole(log.read_snapshot(&demo()).unwrap().unwrap()), (Sequence::FIRST, Chain::START, vec![]));
    let mut maker = Maker::new("demo", 22);
    fill(log, &mut maker, &mut claim, 10);
    let (next, chain) = (claim.next, claim.chain);
    // Appends go on between the chunks.
    let mut given = chunks(2, 9).into_iter().inspect(|_| {
        fill(log, &mut maker, &mut claim, 2);
    });
    log.write_snapshot(&demo(), next, chain, &mut given).unwrap();
    assert!(whole(log.read_snapshot(&demo()).unwrap().unwrap()) == (next, chain, chunks(2, 9)));
    assert!(matches!(log.verify(&demo()), Ok(Verdict::Whole { .. })));
}

pub(super) fn the_snapshot_that_stands_furthest_is_the_one_read<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 23);
    fill(log, &mut maker, &mut claim, 3);
    let early = claim;
    fill(log, &mut maker, &mut claim, 3);
    for (at, seed) in [(early, 1), (claim, 2), (claim, 3), (early, 4)] {
        log.write_snapshot(&demo(), at.next, at.chain, &mut chunks(seed, 3).into_iter()).unwrap();
    }
    assert!(whole(log.read_snapshot(&demo()).unwrap().unwrap()) == (claim.next, claim.chain, chunks(3, 3)));
}

pub(super) fn a_snapshot_must_stand_at_the_end_of_a_batch<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let batches = fill(log, &mut Maker::new("demo", 24), &mut claim, 10);
    let inside = batches.iter().find(|batch| batch.entries.len() > 1).unwrap().first.plus(1);
    for (next, chain) in [
        (claim.next, Chain::START),
        (claim.next.plus(1), claim.chain),
        (inside, claim.chain),
        (Sequence(0), claim.chain),
        (Sequence(0), Chain::START),
    ] {
        let refused = log.write_snapshot(&demo(), next, chain, &mut chunks(1, 2).into_iter());
        assert!(matches!(refused, Err(Broken::Misuse(_))), "{next} {refused:?}");
    }
    assert!(log.read_snapshot(&demo()).unwrap().is_none());
    let nowhere = log.write_snapshot(&"nowhere".into(), Sequence::FIRST, Chain::START, &mut chunks(1, 2).into_iter());
    assert!(matches!(nowhere, Err(Broken::Misuse(_))));
    // A refusal is no failure: the log goes on.
    log.claim(&demo()).unwrap();
}

pub(super) fn a_snapshot_goes_with_its_sandbox<L: Log>(log: &Subject<L>) {
    let claim = log.claim(&demo()).unwrap();
    log.write_snapshot(&demo(), claim.next, claim.chain, &mut chunks(1, 3).into_iter()).unwrap();
    log.drop_sandbox(&demo()).unwrap();
    assert!(log.read_snapshot(&demo()).unwrap().is_none());
    let again = log.claim(&demo()).unwrap();
    assert!(log.read_snapshot(&demo()).unwrap().is_none());
    // Dropped while it is being written.
    let mut given = chunks(1, 3).into_iter().inspect(|chunk| {
        if chunk.len() == 1000 {
            log.drop_sandbox(&demo()).unwrap();
            log.claim(&demo()).unwrap();
        }
    });
    let refused = log.write_snapshot(&demo(), again.next, again.chain, &mut given);
    assert!(matches!(refused, Err(Broken::Misuse(_))), "{refused:?}");
    assert!(log.read_snapshot(&demo()).unwrap().is_none());
}
