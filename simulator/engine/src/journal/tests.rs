//! What a journal keeps, in which order, how much of it, and that packing shows nowhere.

use super::*;
use bytes::Bytes;
use world::Moment;

fn exchange(id: u64, body: usize) -> Exchange {
    Exchange {
        id,
        direction: Direction::In,
        provider: "test",
        method: String::new(),
        app: None,
        about: None,
        trace: String::new(),
        at: Moment(0),
        real: Moment(0),
        took_us: 0,
        request: RequestBytes { body: Bytes::from(vec![0; body]), ..RequestBytes::default() },
        answer: AnswerBytes::default(),
        signature: SignatureVerdict::NotChecked,
        code: String::new(),
        sub_code: String::new(),
        flags: Vec::new(),
        events: None,
        fault: None,
    }
}

#[test]
fn it_keeps_order_whatever_ends_first() {
    let journal = Journal::new(1);
    for id in [2, 1, 3] {
        journal.keep(exchange(id, 0));
    }
    let ids: Vec<u64> = journal.after(0, 10, |_| true).exchanges.iter().map(|exchange| exchange.id).collect();
    assert_eq!(ids, [1, 2, 3]);
    assert_eq!(journal.get(2).unwrap().id, 2);
    let ids: Vec<u64> = journal.before(3, 10, |_| true).exchanges.iter().map(|exchange| exchange.id).collect();
    assert_eq!(ids, [2, 1]);
}

/// An exchange as a merchant's program makes one, with everything that few have where `rare`.
fn call(id: u64, rare: bool) -> Exchange {
    let headers = |names: &[(&str, &str)]| names.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = RequestBytes {
        method: "POST".to_owned(),
        target: format!("/gateway.do?app_id=9021000000000001&number={id}&sign={}", "x".repeat(360)),
        headers: headers(&[("host", "127.0.0.1:8600"), ("content-type", "application/x-www-form-urlencoded"), ("content-length", "300")]),
        body: Bytes::from(vec![b'b'; 300]),
    };
    let sent = [Sent::Whole, Sent::First(7), Sent::Nothing][usize::try_from(id % 3).unwrap() * usize::from(rare)];
    let answer = AnswerBytes {
        status: 200,
        headers: headers(&[("content-type", "text/html;charset=utf-8"), ("trace_id", "0123456789abcdef00000001")]),
        body: Bytes::from(vec![b'a'; 450]),
        sent,
    };
    let signature =
        [SignatureVerdict::NotChecked, SignatureVerdict::Invalid(None), SignatureVerdict::Invalid(Some(serde_json::json!({"id": id})))];
    Exchange {
        direction: if rare { Direction::Out } else { Direction::In },
        method: "alipay.marketing.card.update".to_owned(),
        app: (!rare).then(|| "9021000000000001".to_owned()),
        about: rare.then(|| format!("n{id}")),
        trace: format!("{id:024x}"),
        at: Moment(1_790_000_000_000 + id.cast_signed()),
        real: Moment(-5),
        took_us: id,
        request,
        answer,
        signature: if rare { signature[usize::try_from(id % 3).unwrap()].clone() } else { SignatureVerdict::Valid },
        code: "10000".to_owned(),
        sub_code: if rare { "ACQ.SYSTEM_ERROR".to_owned() } else { String::new() },
        flags: if rare { vec![Flag { path: "a.b".to_owned(), text: "odd".to_owned() }] } else { Vec::new() },
        events: (!rare).then_some((id, id + 1)),
        ..exchange(id, 0)
    }
}

#[test]
fn what_is_packed_reads_as_it_was_and_takes_little_more_than_it_says() {
    let journal = Journal::new(1);
    let told: Vec<Exchange> = (1..=3_000).map(|id| call(id, id % 5 == 0)).collect();
    for exchange in &told {
        journal.keep(exchange.clone());
    }
    let late = Exchange { id: 0, ..call(1, false) };
    let without = Journal::new(1);
    told.iter().take(FRESH + 1).for_each(|exchange| drop(without.keep(exchange.clone())));
    without.keep(late);
    assert!(matches!(without.kept.lock().exchanges[0], Place { id: 0, held: Held::Packed(_), .. }), "it is older than all the newest");
    let packed = journal.kept.lock().exchanges.iter().filter(|place| matches!(place.held, Held::Packed(_))).count();
    assert_eq!(packed, 3_000 - FRESH);
    let shown = |exchanges: &[Arc<Exchange>]| exchanges.iter().map(|exchange| format!("{exchange:?}")).collect::<Vec<_>>();
    let whole: Vec<String> = told.iter().map(|exchange| format!("{exchange:?}")).collect();
    assert_eq!(shown(&journal.after(0, usize::MAX, |_| true).exchanges), whole);
    assert_eq!(shown(&journal.before(u64::MAX, 1_500, |exchange| exchange.id % 2 == 0).exchanges).last(), Some(&whole[1]));
    assert_eq!(
        journal.after(1_000, 3, |exchange| exchange.id % 700 == 0).exchanges.iter().map(|one| one.id).collect::<Vec<_>>(),
        [1_400, 2_100, 2_800]
    );
    assert_eq!(format!("{:?}", journal.get(10).unwrap()), whole[9]);
    assert!(journal.get(3_001).is_none());

    let plain = call(1, false);
    let says = plain.request.target.len() + plain.request.body.len() + plain.answer.body.len() + 300;
    let (fresh, packed) = (plain.weight(), Packed::of(&plain).weight());
    assert!(packed < says + 200 && packed + 600 < fresh, "{packed} packed, {fresh} before, it says {says}");
}

#[test]
fn what_many_keep_at_once_is_all_there_and_weighed_once() {
    let (journal, number) = (Journal::new(1), AtomicU64::new(1));
    let keep = || {
        for _ in 0..500 {
            let id = number.fetch_add(1, Ordering::Relaxed);
            assert_eq!(journal.keep(call(id, id % 5 == 0)).id, id);
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(keep))));
    let kept = journal.kept.lock();
    assert!(kept.exchanges.iter().map(|place| place.id).eq(1..=2_000));
    assert_eq!(kept.bytes, kept.exchanges.iter().map(|place| place.weight).sum::<usize>());
    let fresh = kept.exchanges.iter().filter(|place| matches!(place.held, Held::Fresh(_))).count();
    assert_eq!(fresh, FRESH);
}

#[test]
fn it_stays_within_its_bounds_and_says_what_it_dropped() {
    let journal = Journal::new(1);
    for id in 1..=40 {
        journal.keep(exchange(id, 2 << 20));
    }
    let page = journal.after(0, 100, |_| true);
    assert_eq!(page.exchanges.len(), 31);
    assert_eq!(page.dropped, 9);
    assert_eq!(page.exchanges[0].id, 10);
}

#[test]
fn calls_are_counted_by_application_and_method_until_something_is_dropped() {
    let journal = Journal::new(1);
    let call = |id, app: &str, method: &str, signature| Exchange {
        app: Some(app.to_owned()),
        method: method.to_owned(),
        signature,
        ..exchange(id, 0)
    };
    journal.keep(call(1, "a", "pay", SignatureVerdict::Valid));
    journal.keep(call(2, "a", "pay", SignatureVerdict::Valid));
    journal.keep(call(3, "a", "query", SignatureVerdict::Valid));
    journal.keep(call(4, "b", "pay", SignatureVerdict::Valid));
    journal.keep(call(5, "a", "pay", SignatureVerdict::Invalid(None)));
    journal.keep(Exchange { direction: Direction::Out, ..call(6, "a", "pay", SignatureVerdict::Valid) });
    let counts = [("a", "pay"), ("a", "query"), ("b", "pay"), ("b", "query"), ("c", "pay")].map(|(app, method)| journal.calls(app, method));
    assert_eq!(counts, [2, 1, 1, 0, 0].map(Some));
    for id in 7..=40 {
        journal.keep(exchange(id, 2 << 20));
    }
    journal.keep(call(41, "a", "pay", SignatureVerdict::Valid));
    assert_eq!(journal.calls("a", "pay"), None);
    assert!(journal.kept.lock().calls.is_empty(), "what nobody can ask for is kept");
}

#[test]
fn everything_an_exchange_says_counts() {
    type Change = Box<dyn Fn(&mut Exchange)>;
    let plain = exchange(1, 0).weight();
    let text = move || "x".repeat(1_000);
    let diagnosis = serde_json::json!({"gateway_string": text(), "client_string": [text()]});
    let changes: [(usize, Change); 7] = [
        (1_000, Box::new(move |exchange| exchange.method = text())),
        (1_000, Box::new(move |exchange| exchange.app = Some(text()))),
        (1_000, Box::new(move |exchange| exchange.sub_code = text())),
        (2_000, Box::new(move |exchange| exchange.flags = vec![Flag { path: text(), text: text() }])),
        (2_000, Box::new(move |exchange| exchange.signature = SignatureVerdict::Invalid(Some(diagnosis.clone())))),
        (2_000, Box::new(move |exchange| exchange.answer.headers = vec![(text(), text())])),
        (1_000, Box::new(move |exchange| exchange.request.target = text())),
    ];
    for (place, (more, change)) in changes.into_iter().enumerate() {
        let mut heavier = exchange(1, 0);
        change(&mut heavier);
        assert!(heavier.weight() >= plain + more, "change {place}: {} after {plain}", heavier.weight());
    }
}

#[test]
fn journals_together_stay_within_one_budget_and_give_back_what_they_held() {
    static BUDGET: Budget = Budget::of(10 << 20);
    let (one, other) = (Journal::within(&BUDGET, 1), Journal::within(&BUDGET, 2));
    for id in 1..=7 {
        one.keep(exchange(id, 1 << 20));
    }
    for id in 1..=7 {
        other.keep(exchange(id, 1 << 20));
    }
    let count = |journal: &Journal| (journal.after(0, 100, |_| true).exchanges.len(), journal.after(0, 100, |_| true).dropped);
    assert_eq!((count(&one), count(&other)), ((7, 0), (2, 5)));
    drop(one);
    for id in 8..=14 {
        other.keep(exchange(id, 1 << 20));
    }
    assert_eq!(count(&other), (9, 5));
    drop(other);
    assert_eq!(BUDGET.used.load(Ordering::Relaxed), 0);
}

#[test]
fn trace_ids_repeat_with_the_seed() {
    assert_eq!(Journal::new(7).open(), Journal::new(7).open());
    assert_ne!(Journal::new(7).open(), Journal::new(8).open());
}
