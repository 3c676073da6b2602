//! What was appended is read back: in order, from where one says, apart by sandbox and by account.

use super::*;

pub(super) fn what_was_appended_is_read_back_in_order<L: Log>(log: &Subject<L>) {
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

pub(super) fn events_of_a_megabyte_are_read_back_like_small_ones<L: Log>(log: &Subject<L>) {
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

pub(super) fn reading_starts_and_stops_where_it_is_told<L: Log>(log: &Subject<L>) {
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

pub(super) fn a_visitor_may_append_while_it_reads<L: Log>(log: &Subject<L>) {
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

pub(super) fn a_sandbox_that_is_not_there_is_empty<L: Log>(log: &Subject<L>) {
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

pub(super) fn a_new_sandbox_begins_at_the_first_sequence<L: Log>(log: &Subject<L>) {
    let claim = log.claim(&demo()).unwrap();
    assert_eq!((claim.next, claim.chain), (Sequence::FIRST, Chain::START));
    let other = log.claim(&"another".into()).unwrap();
    assert!(other.epoch > claim.epoch, "no two owners share an epoch");
    assert_eq!(log.sandboxes().unwrap(), ["another".into(), demo()]);
}

pub(super) fn sandboxes_in_one_group_do_not_touch_each_other<L: Log>(log: &Subject<L>) {
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

pub(super) fn a_group_may_hold_many_batches_of_one_sandbox<L: Log>(log: &Subject<L>) {
    let claim = log.claim(&demo()).unwrap();
    let mut maker = Maker::new("demo", 6);
    let one = maker.batch(claim);
    let two = maker.batch(Claim { next: one.next(), ..claim });
    let answers = log.append(&[one.clone(), two.clone(), one.clone(), two.clone()]).unwrap();
    assert!(matches!(answers[..], [Appended::Stored(a), Appended::Stored(b), c, d]
        if a != b && c == Appended::Stored(a) && d == Appended::Stored(b)));
    assert_eq!(read(log, &demo(), Sequence::FIRST), expected(&[one, two]));
}

pub(super) fn an_accounts_rows_come_in_order_and_page_by_page<L: Log>(log: &Subject<L>) {
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
