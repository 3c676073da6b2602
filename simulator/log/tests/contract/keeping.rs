//! Blobs, dropping and renaming: what is kept, until when, and under which name.

use super::*;

pub(super) fn a_blob_is_found_until_its_last_sandbox_is_dropped<L: Log>(log: &Subject<L>) {
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

pub(super) fn a_dropped_sandbox_is_gone_and_its_owner_fenced<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 20);
    fill(log, &mut maker, &mut claim, 30);
    let late = maker.batch(claim);
    log.drop_sandbox(&demo()).unwrap();
    assert_eq!(log.sandboxes().unwrap(), []);
    assert_eq!(read(log, &demo(), Sequence::FIRST), []);
    assert_eq!(log.append(&[late]).unwrap(), [Appended::Fenced { owner: Epoch::NOBODY }]);
}

pub(super) fn a_dropped_name_begins_anew<L: Log>(log: &Subject<L>) {
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

pub(super) fn a_renamed_sandbox_takes_the_place_of_another_and_its_owner_goes_on<L: Log>(log: &Subject<L>) {
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

pub(super) fn what_is_not_there_cannot_be_renamed_and_nothing_is_lost_by_trying<L: Log>(log: &Subject<L>) {
    let mut claim = log.claim(&demo()).unwrap();
    let batches = fill(log, &mut Maker::new("demo", 26), &mut claim, 2);
    assert!(matches!(log.rename(&"nobody".into(), &demo()), Err(Broken::Misuse(_))));
    log.rename(&demo(), &demo()).unwrap();
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&batches));
    assert_eq!(log.claim(&demo()).unwrap().next, claim.next);
}
