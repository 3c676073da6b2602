//! The contract of `Log`, held against every implementation: what stands here, callers may rely on.
//!
//! Adding an implementation is one line in `contract!`. What only a file can do (crashes, damage) is in other tests.
//! Source: DESIGN "The log's trait is narrow and honest".

#![expect(clippy::unwrap_used, reason = "what cannot go on in a test ends it")]

use std::ops::ControlFlow;
use std::sync::Barrier;

use ledger::{AccountId, Millis, Opening, Row, Unit};
use log::{
    Appended, Batch, Blob, BlobHash, Broken, Chain, Claim, Cut, CutWaits, Entry, Epoch, Log, Memory, RowPlace, SandboxId, Sequence,
    Snapshot, Sqlite, Verdict,
};
use workload::{ACCOUNTS, Maker, directory, expected, read, seed, store};

mod workload;

macro_rules! contract {
    ($($name:ident)*) => {
        mod memory {
            $(#[test] fn $name() { super::$name(&super::CutWaits::new(super::Memory::new())); })*
        }
        mod sqlite {
            $(#[test] fn $name() {
                let directory = super::directory();
                super::$name(&super::CutWaits::new(super::Sqlite::open(&directory.path().join("kabao.db")).unwrap()));
            })*
        }
    };
}

contract! {
    what_was_appended_is_read_back_in_order
    reading_starts_and_stops_where_it_is_told
    events_of_a_megabyte_are_read_back_like_small_ones
    a_visitor_may_append_while_it_reads
    a_sandbox_that_is_not_there_is_empty
    a_new_sandbox_begins_at_the_first_sequence
    sandboxes_in_one_group_do_not_touch_each_other
    a_group_may_hold_many_batches_of_one_sandbox
    the_chain_depends_on_every_part_of_a_batch_and_on_nothing_else
    the_chain_of_given_bytes_never_changes
    an_older_owner_is_fenced
    a_batch_of_another_owner_at_the_same_place_is_fenced
    a_batch_ahead_of_the_log_is_told_where_to_begin
    the_same_batch_again_is_stored_and_changes_nothing
    other_bytes_under_the_same_epoch_are_fenced
    a_batch_that_cannot_be_stops_its_caller_and_nothing_else
    a_fenced_batch_does_not_hinder_its_group
    a_cut_wait_is_resolved_by_sending_again
    two_owners_racing_a_thousand_times_never_write_over_each_other
    many_writers_at_once_keep_their_sandboxes_apart
    an_accounts_rows_come_in_order_and_page_by_page
    a_blob_is_found_until_its_last_sandbox_is_dropped
    a_dropped_sandbox_is_gone_and_its_owner_fenced
    a_dropped_name_begins_anew
    a_renamed_sandbox_takes_the_place_of_another_and_its_owner_goes_on
    what_is_not_there_cannot_be_renamed_and_nothing_is_lost_by_trying
    a_snapshot_is_read_back_chunk_by_chunk
    the_snapshot_that_stands_furthest_is_the_one_read
    a_snapshot_must_stand_at_the_end_of_a_batch
    a_snapshot_goes_with_its_sandbox
    the_walk_over_the_chain_counts_everything
}

type Subject<L> = CutWaits<L>;

fn demo() -> SandboxId {
    "demo".into()
}

/// Appends `count` random batches, in groups of random sizes.
fn fill(log: &dyn Log, maker: &mut Maker, claim: &mut Claim, count: usize) -> Vec<Batch> {
    let mut all = Vec::new();
    while all.len() < count {
        let mut group = Vec::new();
        for _ in 0..5.min(count - all.len()) {
            let batch = maker.batch(*claim);
            claim.next = batch.next();
            group.push(batch);
        }
        for answer in log.append(&group).unwrap() {
            let Appended::Stored(chain) = answer else { panic!("{answer:?}") };
            claim.chain = chain;
        }
        all.append(&mut group);
    }
    all
}

fn what_was_appended_is_read_back_in_order<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 1);
    let mut batches = fill(log, &mut maker, &mut claim, 200);
    // Large enough for a page to end inside what follows.
    for _ in 0..3 {
        let batch = maker.bulk(claim, 5000);
        store(log, &mut claim, &batch);
        batches.push(batch);
    }
    batches.extend(fill(log, &mut maker, &mut claim, 20));
    assert!(read(log, &demo(), Sequence::FIRST) == expected(&batches));
}

fn events_of_a_megabyte_are_read_back_like_small_ones<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 27);
    let mut batches = Vec::new();
    for number in 0..12 {
        let mut batch = maker.batch(claim);
        if number % 3 != 2 {
            for entry in &mut batch.entries {
                entry.body = format!("{{\"{number}\":\"{}\"}}", "x".repeat(1 << 20)).into();
            }
        }
        store(log, &mut claim, &batch);
        batches.push(batch);
    }
    assert!(read(log, &demo(), Sequence::FIRST) == expected(&batches), "something is missing or doubled");
    let from = batches[7].first;
    assert!(read(log, &demo(), from) == expected(&batches[7..]), "something is missing or doubled from {from} on");
    assert!(matches!(log.verify(&demo()).unwrap(), Verdict::Whole { batches: 12, .. }));
}

fn reading_starts_and_stops_where_it_is_told<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let batches = fill(log, &mut Maker::new("demo", 2), &mut claim, 40);
    let all = expected(&batches);
    for from in 0..=claim.next.0 + 1 {
        let tail: Vec<_> = all.iter().filter(|event| event.0 >= from).cloned().collect();
        assert_eq!(read(log, &demo(), Sequence(from)), tail, "from {from}");
    }
    let mut seen = Vec::new();
    log.scan(&demo(), Sequence(3), &mut |record| {
        seen.push(record.sequence.0);
        if seen.len() == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!(seen, [3, 4, 5, 6]);
}

fn a_visitor_may_append_while_it_reads<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 3);
    let before = fill(log, &mut maker, &mut claim, 3);
    let mut events = 0;
    log.scan(&demo(), Sequence::FIRST, &mut |_| {
        let batch = maker.batch(claim);
        store(log, &mut claim, &batch);
        events += 1;
        if events == 50 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert!(events >= expected(&before).len());
    assert!(matches!(log.verify(&demo()), Ok(Verdict::Whole { .. })));
}

fn a_sandbox_that_is_not_there_is_empty<L: Log>(log: &Subject<L>) {
    assert_eq!(read(log, &demo(), Sequence::FIRST), []);
    assert!(log.read_snapshot(&demo()).unwrap().is_none());
    assert_eq!(log.sandboxes().unwrap(), []);
    assert_eq!(log.verify(&demo()).unwrap(), Verdict::Whole { batches: 0, events: 0, rows: 0, chain: Chain::START });
    log.drop_sandbox(&demo()).unwrap();
    let unclaimed = Claim { epoch: Epoch(1), next: Sequence::FIRST, chain: Chain::START };
    let batch = Maker::new("demo", 4).batch(unclaimed);
    assert_eq!(log.append(&[batch]).unwrap(), [Appended::Fenced { owner: Epoch::NOBODY }]);
    assert_eq!(log.append(&[]).unwrap(), []);
}

fn a_new_sandbox_begins_at_the_first_sequence<L: Log>(log: &Subject<L>) {
    let claim = log.claim(&demo()).unwrap();
    assert_eq!((claim.next, claim.chain), (Sequence::FIRST, Chain::START));
    let other = log.claim(&"another".into()).unwrap();
    assert!(other.epoch > claim.epoch, "no two owners share an epoch");
    assert_eq!(log.sandboxes().unwrap(), ["another".into(), demo()]);
}

fn sandboxes_in_one_group_do_not_touch_each_other<L: Log>(log: &Subject<L>) {
    let names = ["a", "b", "c"];
    let mut claims = names.map(|name| log.claim(&name.into()).unwrap());
    let mut makers = names.map(|name| Maker::new(name, 5));
    let mut batches = names.map(|_| Vec::new());
    for _ in 0..10 {
        let mut group = Vec::new();
        for _ in 0..2 {
            for each in 0..3 {
                let batch = makers[each].batch(claims[each]);
                claims[each].next = batch.next();
                batches[each].push(batch.clone());
                group.push(batch);
            }
        }
        assert!(log.append(&group).unwrap().iter().all(|answer| matches!(answer, Appended::Stored(_))));
    }
    for each in 0..3 {
        assert_eq!(read(log, &names[each].into(), Sequence::FIRST), expected(&batches[each]));
        assert!(matches!(log.verify(&names[each].into()), Ok(Verdict::Whole { batches: 20, .. })));
    }
}

fn a_group_may_hold_many_batches_of_one_sandbox<L: Log>(log: &Subject<L>) {
    let claim = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 6);
    let one = maker.batch(claim);
    let two = maker.batch(Claim { next: one.next(), ..claim });
    let answers = log.append(&[one.clone(), two.clone(), one.clone(), two.clone()]).unwrap();
    assert!(matches!(answers[..], [Appended::Stored(a), Appended::Stored(b), c, d]
        if a != b && c == Appended::Stored(a) && d == Appended::Stored(b)));
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&[one, two]));
}

fn the_chain_depends_on_every_part_of_a_batch_and_on_nothing_else<L: Log>(log: &Subject<L>) {
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

fn the_chain_of_given_bytes_never_changes<L: Log>(log: &Subject<L>) {
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

fn an_older_owner_is_fenced<L: Log>(log: &Subject<L>) {
    let mut maker = Maker::new("demo", 8);
    let old = log.claim(&demo()).unwrap();
    let new = log.claim(&demo()).unwrap();
    assert_eq!((new.next, new.chain), (old.next, old.chain));
    let batch = maker.batch(old);
    assert_eq!(log.append(&[batch]).unwrap(), [Appended::Fenced { owner: new.epoch }]);
    assert_eq!(read(log, &demo(), Sequence::FIRST), []);
}

fn a_batch_of_another_owner_at_the_same_place_is_fenced<L: Log>(log: &Subject<L>) {
    let mut maker = Maker::new("demo", 9);
    let old = log.claim(&demo()).unwrap();
    let mut new = log.claim(&demo()).unwrap();
    let theirs = maker.batch(new);
    store(log, &mut new, &theirs);
    // Even the same content: it is not ours.
    let ours = Batch { epoch: old.epoch, ..theirs.clone() };
    assert_eq!(log.append(&[ours]).unwrap(), [Appended::Fenced { owner: new.epoch }]);
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&[theirs]));
}

fn a_batch_ahead_of_the_log_is_told_where_to_begin<L: Log>(log: &Subject<L>) {
    let mut maker = Maker::new("demo", 10);
    let claim = log.claim(&demo()).unwrap();
    let one = maker.batch(claim);
    let two = maker.batch(Claim { next: one.next(), ..claim });
    assert_eq!(log.append(std::slice::from_ref(&two)).unwrap(), [Appended::Early { next: Sequence::FIRST }]);
    assert!(matches!(log.append(&[one, two]).unwrap()[..], [Appended::Stored(_), Appended::Stored(_)]));
}

fn the_same_batch_again_is_stored_and_changes_nothing<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let batches = fill(log, &mut Maker::new("demo", 11), &mut claim, 12);
    let again = log.append(&batches).unwrap();
    assert_eq!(again.last(), Some(&Appended::Stored(claim.chain)));
    // The answer stays the same when somebody else has taken over since: it was stored.
    let later = log.claim(&demo()).unwrap();
    assert_eq!(log.append(&batches).unwrap(), again);
    assert_eq!((later.next, later.chain), (claim.next, claim.chain));
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&batches));
}

fn other_bytes_under_the_same_epoch_are_fenced<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let batches = fill(log, &mut Maker::new("demo", 12), &mut claim, 6);
    let fenced = [Appended::Fenced { owner: claim.epoch }];
    let mut other = batches[3].clone();
    other.entries[0].body = "{\"other\":true}".into();
    assert_eq!(log.append(&[other]).unwrap(), fenced);
    // Begins inside a batch that is there.
    let two = batches.iter().find(|batch| batch.entries.len() > 1).unwrap();
    let inside = Batch { first: two.first.plus(1), ..two.clone() };
    assert_eq!(log.append(&[inside]).unwrap(), fenced);
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&batches));
}

fn a_batch_that_cannot_be_stops_its_caller_and_nothing_else<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 12);
    let fine = maker.batch(claim);
    let empty = Batch { entries: Vec::new(), first: fine.next(), ..fine.clone() };
    let nowhere = Batch { first: Sequence(0), ..fine.clone() };
    for bad in [empty, nowhere] {
        let group = [fine.clone(), bad];
        let says = std::panic::AssertUnwindSafe(|| log.append(&group));
        assert!(std::panic::catch_unwind(says).is_err());
    }
    store(log, &mut claim, &fine);
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&[fine]));
}

fn a_fenced_batch_does_not_hinder_its_group<L: Log>(log: &Subject<L>) {
    let old = log.claim(&demo()).unwrap();
    let demo_now = log.claim(&demo()).unwrap();
    let other = log.claim(&"other".into()).unwrap();
    let fenced = Maker::new("demo", 13).batch(old);
    let fine = Maker::new("other", 13).batch(other);
    let nobody = Maker::new("nobody", 13).batch(other);
    let answers = log.append(&[fenced, fine.clone(), nobody]).unwrap();
    assert!(matches!(answers[..], [Appended::Fenced { owner }, Appended::Stored(_), Appended::Fenced { owner: Epoch::NOBODY }]
        if owner == demo_now.epoch));
    assert_eq!(read(log, &"other".into(), Sequence::FIRST), expected(&[fine]));
}

fn a_cut_wait_is_resolved_by_sending_again<L: Log>(log: &Subject<L>) {
    let mut maker = Maker::new("demo", 14);
    let mut claim = log.claim(&demo()).unwrap();
    let mut batches = Vec::new();
    for round in 0..60 {
        let batch = maker.batch(claim);
        let cuts = [Cut::Not, Cut::BeforeCommit, Cut::AfterCommit];
        log.plan([cuts[round % 3], cuts[round / 3 % 3]]);
        while log.append(std::slice::from_ref(&batch)).unwrap() == [Appended::Unknown] {}
        log.append(std::slice::from_ref(&batch)).unwrap();
        store(log, &mut claim, &batch);
        batches.push(batch);
    }
    // Cut, and somebody else takes over before it is sent again: only the log knows, and it says.
    for cut in [Cut::BeforeCommit, Cut::AfterCommit] {
        let batch = maker.batch(claim);
        log.plan([cut]);
        assert_eq!(log.append(std::slice::from_ref(&batch)).unwrap(), [Appended::Unknown]);
        let new = log.claim(&demo()).unwrap();
        let again = log.append(std::slice::from_ref(&batch)).unwrap();
        if cut == Cut::AfterCommit {
            assert_eq!(again, [Appended::Stored(new.chain)]);
            batches.push(batch);
        } else {
            assert_eq!(again, [Appended::Fenced { owner: new.epoch }]);
        }
        claim = new;
    }
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&batches));
}

fn two_owners_racing_a_thousand_times_never_write_over_each_other<L: Log>(log: &Subject<L>) {
    let barrier = Barrier::new(2);
    let race = |seed: u64| {
        let mut maker = Maker::new("demo", seed);
        let mut stored = Vec::new();
        for _ in 0..1000 {
            barrier.wait();
            let claim = log.claim(&demo()).unwrap();
            let batch = Batch { blobs: Vec::new(), ..maker.batch(claim) };
            match log.append(std::slice::from_ref(&batch)).unwrap()[..] {
                [Appended::Stored(chain)] => stored.push((batch, chain)),
                [Appended::Fenced { owner }] => assert!(owner > claim.epoch, "only a later owner is in the way"),
                ref other => panic!("{other:?}"),
            }
        }
        stored
    };
    let (mut stored, theirs) = std::thread::scope(|scope| {
        let other = scope.spawn(|| race(seed()));
        let mine = race(seed() + 1);
        (mine, other.join().unwrap())
    });
    assert!(stored.len() + theirs.len() >= 1000, "one of two always wins");
    stored.extend(theirs);
    stored.sort_by_key(|(batch, _)| batch.first);
    let batches: Vec<Batch> = stored.iter().map(|(batch, _)| batch.clone()).collect();
    assert!(
        read(log, &demo(), Sequence::FIRST) == expected(&batches),
        "seed {}: what was answered is there, once, and nothing else",
        seed()
    );
    assert!(matches!(log.verify(&demo()), Ok(Verdict::Whole { chain, .. }) if chain == stored.last().unwrap().1));
}

fn many_writers_at_once_keep_their_sandboxes_apart<L: Log>(log: &Subject<L>) {
    std::thread::scope(|scope| {
        for seed in 0..8 {
            scope.spawn(move || {
                let name = format!("sandbox {seed}");
                let id = SandboxId::from(&name[..]);
                for round in 0..5 {
                    let mut claim = log.claim(&id).unwrap();
                    assert_eq!(claim.next, Sequence::FIRST, "round {round}");
                    let batches = fill(log, &mut Maker::new(&name, seed), &mut claim, 20);
                    assert!(read(log, &id, Sequence::FIRST) == expected(&batches));
                    log.drop_sandbox(&id).unwrap();
                }
            });
        }
    });
    assert_eq!(log.sandboxes().unwrap(), []);
}

fn an_accounts_rows_come_in_order_and_page_by_page<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 17);
    let mut batches = fill(log, &mut maker, &mut claim, 30);
    // The same accounts in another sandbox are other accounts.
    let mut other = log.claim(&"other".into()).unwrap();
    fill(log, &mut Maker::new("other", 17), &mut other, 30);
    let bulk = maker.bulk(claim, 4000);
    store(log, &mut claim, &bulk);
    batches.push(bulk);
    for account in (0..=ACCOUNTS).map(AccountId) {
        let touches = |row: &Row| match row {
            Row::Opening(row) => row.id == account,
            Row::Posting(row) => row.debit == account || row.credit == account,
        };
        let all = expected(&batches);
        let mut wanted: Vec<(u64, Row)> =
            all.iter().flat_map(|event| event.5.iter().filter(|row| touches(row)).map(|row| (event.0, *row))).collect();
        wanted.sort_by_key(|(sequence, row)| (*sequence, matches!(row, Row::Posting(_))));
        let mut found = Vec::new();
        let mut after: Option<RowPlace> = None;
        loop {
            let mut page = 0;
            log.account(&demo(), account, after, &mut |place, row| {
                assert!(Some(place) > after);
                after = Some(place);
                found.push((place.sequence.0, *row));
                page += 1;
                if page == 333 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
            if page < 333 {
                break;
            }
        }
        assert!(found == wanted, "{account}");
    }
}

fn a_blob_is_found_until_its_last_sandbox_is_dropped<L: Log>(log: &Subject<L>) {
    let blob = Blob::new(&b"an image"[..]);
    assert_eq!(log.blob(blob.hash()).unwrap(), None);
    for (name, seed) in [("a", 18), ("b", 19)] {
        let mut claim = log.claim(&name.into()).unwrap();
        for _ in 0..2 {
            let batch = Batch { blobs: vec![blob.clone()], ..Maker::new(name, seed).batch(claim) };
            store(log, &mut claim, &batch);
        }
        assert!(matches!(log.verify(&name.into()), Ok(Verdict::Whole { .. })));
    }
    assert_eq!(log.blob(blob.hash()).unwrap().as_deref(), Some(&b"an image"[..]));
    log.drop_sandbox(&"a".into()).unwrap();
    assert_eq!(log.blob(blob.hash()).unwrap().as_deref(), Some(&b"an image"[..]));
    log.drop_sandbox(&"b".into()).unwrap();
    assert_eq!(log.blob(blob.hash()).unwrap(), None);
    assert_eq!(log.blob(BlobHash([7; 32])).unwrap(), None);
}

fn a_dropped_sandbox_is_gone_and_its_owner_fenced<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 20);
    fill(log, &mut maker, &mut claim, 30);
    let late = maker.batch(claim);
    log.drop_sandbox(&demo()).unwrap();
    assert_eq!(log.sandboxes().unwrap(), []);
    assert_eq!(read(log, &demo(), Sequence::FIRST), []);
    assert_eq!(log.append(&[late]).unwrap(), [Appended::Fenced { owner: Epoch::NOBODY }]);
}

fn a_dropped_name_begins_anew<L: Log>(log: &Subject<L>) {
    let mut old = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 21);
    let first = maker.batch(old);
    store(log, &mut old, &first);
    log.drop_sandbox(&demo()).unwrap();
    let mut new = log.claim(&demo()).unwrap();
    assert!(new.epoch > old.epoch);
    assert_eq!((new.next, new.chain), (Sequence::FIRST, Chain::START));
    assert_eq!(log.append(&[first]).unwrap(), [Appended::Fenced { owner: new.epoch }]);
    let batches = fill(log, &mut maker, &mut new, 5);
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&batches));
}

fn a_renamed_sandbox_takes_the_place_of_another_and_its_owner_goes_on<L: Log>(log: &Subject<L>) {
    let staged = SandboxId::from("demo/1");
    let mut old = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 23);
    fill(log, &mut maker, &mut old, 3);
    let late = maker.batch(old);
    log.write_snapshot(&demo(), old.next, old.chain, &mut chunks(1, 2).into_iter()).unwrap();
    let mut new = log.claim(&staged).unwrap();
    let mut maker = Maker::new("demo/1", 24);
    let mut batches = fill(log, &mut maker, &mut new, 3);
    log.rename(&staged, &demo()).unwrap();
    assert_eq!(log.sandboxes().unwrap(), [demo()]);
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&batches));
    assert_eq!(read(log, &staged, Sequence::FIRST), []);
    assert!(log.read_snapshot(&demo()).unwrap().is_none(), "the other one's snapshot went with it");
    assert_eq!(log.append(&[late]).unwrap(), [Appended::Fenced { owner: new.epoch }]);
    // the owner's next batch follows under the new name, and the chain is one
    let mut maker = Maker::new("demo", 25);
    batches.extend(fill(log, &mut maker, &mut new, 2));
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&batches));
    assert!(matches!(log.verify(&demo()).unwrap(), Verdict::Whole { batches: 5, chain, .. } if chain == new.chain));
    assert_eq!(log.claim(&demo()).unwrap().next, new.next);
    for blob in batches.iter().flat_map(|batch| &batch.blobs) {
        assert_eq!(log.blob(blob.hash()).unwrap().as_ref(), Some(blob.bytes()));
    }
}

fn what_is_not_there_cannot_be_renamed_and_nothing_is_lost_by_trying<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let batches = fill(log, &mut Maker::new("demo", 26), &mut claim, 2);
    assert!(matches!(log.rename(&"nobody".into(), &demo()), Err(Broken::Misuse(_))));
    log.rename(&demo(), &demo()).unwrap();
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&batches));
    assert_eq!(log.claim(&demo()).unwrap().next, claim.next);
}

fn chunks(seed: u8, count: u8) -> Vec<Vec<u8>> {
    (0..count).map(|n| vec![seed ^ n; 1000 * usize::from(n)]).collect()
}

fn whole(snapshot: Snapshot<'_>) -> (Sequence, Chain, Vec<Vec<u8>>) {
    (snapshot.next, snapshot.chain, snapshot.chunks.map(Result::unwrap).collect())
}

fn a_snapshot_is_read_back_chunk_by_chunk<L: Log>(log: &Subject<L>) {
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

fn the_snapshot_that_stands_furthest_is_the_one_read<L: Log>(log: &Subject<L>) {
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

fn a_snapshot_must_stand_at_the_end_of_a_batch<L: Log>(log: &Subject<L>) {
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

fn a_snapshot_goes_with_its_sandbox<L: Log>(log: &Subject<L>) {
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

fn the_walk_over_the_chain_counts_everything<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let batches = fill(log, &mut Maker::new("demo", 25), &mut claim, 100);
    let all = expected(&batches);
    let rows = all.iter().map(|event| event.5.len() as u64).sum();
    let whole = Verdict::Whole { batches: 100, events: all.len() as u64, rows, chain: claim.chain };
    assert_eq!(log.verify(&demo()).unwrap(), whole);
}
