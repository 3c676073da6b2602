//! Who may write: one owner at a time, the same batch as often as it is sent, and nobody over another.

use super::*;

pub(super) fn an_older_owner_is_fenced<L: Log>(log: &Subject<L>) {
    let mut maker = Maker::new("demo", 8);
    let old = log.claim(&demo()).unwrap();
    let new = log.claim(&demo()).unwrap();
    assert_eq!((new.next, new.chain), (old.next, old.chain));
    let batch = maker.batch(old);
    assert_eq!(log.append(&[batch]).unwrap(), [Appended::Fenced { owner: new.epoch }]);
    assert_eq!(read(log, &demo(), Sequence::FIRST), []);
}

pub(super) fn a_batch_of_another_owner_at_the_same_place_is_fenced<L: Log>(log: &Subject<L>) {
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

pub(super) fn a_batch_ahead_of_the_log_is_told_where_to_begin<L: Log>(log: &Subject<L>) {
    let mut maker = Maker::new("demo", 10);
    let claim = log.claim(&demo()).unwrap();
    let one = maker.batch(claim);
    let two = maker.batch(Claim { next: one.next(), ..claim });
    assert_eq!(log.append(std::slice::from_ref(&two)).unwrap(), [Appended::Early { next: Sequence::FIRST }]);
    assert!(matches!(log.append(&[one, two]).unwrap()[..], [Appended::Stored(_), Appended::Stored(_)]));
}

pub(super) fn the_same_batch_again_is_stored_and_changes_nothing<L: Log>(log: &Subject<L>) {
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

pub(super) fn other_bytes_under_the_same_epoch_are_fenced<L: Log>(log: &Subject<L>) {
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

pub(super) fn a_batch_that_cannot_be_stops_its_caller_and_nothing_else<L: Log>(log: &Subject<L>) {
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

pub(super) fn a_fenced_batch_does_not_hinder_its_group<L: Log>(log: &Subject<L>) {
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

pub(super) fn a_cut_wait_is_resolved_by_sending_again<L: Log>(log: &Subject<L>) {
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

pub(super) fn two_owners_racing_a_thousand_times_never_write_over_each_other<L: Log>(log: &Subject<L>) {
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

pub(super) fn many_writers_at_once_keep_their_sandboxes_apart<L: Log>(log: &Subject<L>) {
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
