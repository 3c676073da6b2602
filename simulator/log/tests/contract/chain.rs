//! The chain over all batches: what it depends on, its bytes, and the walk over it.

use super::*;

pub(super) fn the_chain_depends_on_every_part_of_a_batch_and_on_nothing_else<L: Log>(log: &Subject<L>) {
    let mut number = 0;
    let mut chain = |change: &dyn Fn(&mut Batch)| {
        number += 1;
        let name = format!("sandbox {number}");
        let mut claim = log.claim(&name[..].into()).unwrap();
        let mut batch = Batch { blobs: vec![Blob::new(vec![1])], ..Maker::new(&name, 7).bulk(claim, 2) };
        change(&mut batch);
        store(log, &mut claim, &batch)
    };
    let plain = chain(&|_| {});
    assert_eq!(chain(&|_| {}), plain, "another epoch and another sandbox, the same batch");
    assert_eq!(chain(&|batch| batch.at_real_ms += 1), plain);
    assert_ne!(chain(&|batch| batch.at_virtual_ms += 1), plain);
    assert_ne!(chain(&|batch| batch.entries[0].kind = "other"), plain);
    assert_ne!(chain(&|batch| batch.entries[0].body = "{ }".into()), plain);
    assert_ne!(chain(&|batch| batch.entries[0].rows.swap(0, 1)), plain);
    assert_ne!(chain(&|batch| batch.blobs = vec![Blob::new(vec![2])]), plain);
    assert_ne!(
        chain(&|batch| {
            let mut later = batch.entries[0].clone();
            later.rows = batch.entries[0].rows.split_off(1);
            batch.entries.push(later);
        }),
        plain
    );
}

pub(super) fn the_chain_of_given_bytes_never_changes<L: Log>(log: &Subject<L>) {
    let opening = Opening { id: AccountId(1), unit: Unit::Fen, floor: 0, ceiling: 9, at: Millis(5) };
    let mut claim = log.claim(&demo()).unwrap();
    for _ in 0..2 {
        let batch = Batch {
            sandbox: demo(),
            epoch: claim.epoch,
            first: claim.next,
            at_virtual_ms: 5,
            at_real_ms: 6,
            entries: vec![Entry { kind: "card.opened", body: "{}".into(), rows: vec![Row::Opening(opening)] }],
            blobs: vec![Blob::new(&b"blob"[..])],
        };
        store(log, &mut claim, &batch);
    }
    // Computed apart from this program, by Python's hashlib, over the bytes that `chain.rs` describes.
    assert_eq!(claim.chain.to_string(), "57a9c805ffd1541cd13299dd2cec170f51fafa7c5f3b4b6ccff4138f0ce2ab42");
}

pub(super) fn the_walk_over_the_chain_counts_everything<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let batches = fill(log, &mut Maker::new("demo", 25), &mut claim, 100);
    let all = expected(&batches);
    let rows = all.iter().map(|event| event.5.len() as u64).sum();
    let whole = Verdict::Whole { batches: 100, events: all.len() as u64, rows, chain: claim.chain };
    assert_eq!(log.verify(&demo()).unwrap(), whole);
}
