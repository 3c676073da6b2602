//! Orders that are scanned, and the codes they have until then.

use super::*;

#[test]
fn an_order_that_is_scanned_becomes_a_trade_of_the_first_who_scans() {
    let mut town = Town::new();
    let code = OfferCode::from("https://qr.example/1");
    let until = town.now.plus_seconds(86_400);
    let offer = |town: &Town, code: &str, total| town.world.decide_offer(code.into(), town.order("one", total), until, town.now);
    assert_eq!(town.enact(offer(&town, code.as_str(), 50_000)), Ok(code.clone()));
    assert_eq!(town.enact(offer(&town, "another", 50_000)), Ok(code.clone()), "the same order again");
    assert_eq!(town.enact(offer(&town, "another", 1)), Err(Refusal::OfferLives("one".to_owned())));
    assert!(town.world.trade_by_order(&seller(), "one").is_none());
    let number = town.number();
    let scan = |town: &Town, user: &str, answer| town.world.decide_scan(&user.into(), &code, number.clone(), answer, town.now);
    assert_eq!(town.enact(scan(&town, LI, Answer::Ignore)), Ok(Charged::Waits(number.clone())));
    assert_eq!(town.enact(scan(&town, HAN, Answer::Pay)), Err(Refusal::OtherBuyer));
    assert_eq!(town.enact(scan(&town, LI, Answer::Pay)), Ok(Charged::Paid(number.clone())));
    assert!(matches!(town.enact(scan(&town, HAN, Answer::Pay)), Err(Refusal::TradePaid(_))));
}

#[test]
fn a_code_of_an_order_dies_after_two_hours_or_when_its_number_is_cancelled() {
    let mut town = Town::new();
    for (number, code) in [("one", "c1"), ("two", "c2")] {
        let until = town.now.plus_seconds(86_400);
        town.enact(town.world.decide_offer(code.into(), town.order(number, 100), until, town.now)).unwrap();
    }
    assert_eq!(town.cancel("one"), Ok((Action::Nothing, true)));
    let scan = |town: &Town, code: &str| town.world.decide_scan(&LI.into(), &code.into(), "t".into(), Answer::Pay, town.now);
    assert_eq!(town.enact(scan(&town, "c1")), Err(Refusal::OfferOver));
    town.pass(7_200);
    assert_eq!(town.enact(scan(&town, "c2")), Err(Refusal::OfferOver));
    assert_eq!(town.enact(scan(&town, "c3")), Err(Refusal::UnknownOffer));
    assert!(matches!(town.pay(LI, "one", 100), Ok(Charged::Paid(_))), "the number stayed usable");
}

#[test]
fn a_merchants_orders_have_at_most_ten_thousand_living_codes_and_dead_ones_leave_no_trace() {
    let mut town = Town::new();
    let offer = |town: &mut Town| {
        town.made += 1;
        let (number, until) = (format!("o{}", town.made), town.now.plus_seconds(7_200));
        town.enact(town.world.decide_offer(number.as_str().into(), town.order(&number, 100), until, town.now)).map(|_| number)
    };
    let first = offer(&mut town).unwrap();
    for _ in 1..10_000 {
        offer(&mut town).unwrap();
    }
    let full = Err(Refusal::TooManyOffers { limit: 10_000 });
    assert_eq!(offer(&mut town), full);
    assert_eq!(
        town.enact(town.world.decide_offer("x".into(), town.order(&first, 100), town.now.plus_seconds(9), town.now)),
        Ok(first.as_str().into())
    );
    town.cancel(&first).unwrap();
    offer(&mut town).unwrap();
    assert_eq!(offer(&mut town), full);
    let chunks: Vec<_> = town.world.freeze().chunks().collect();
    town.world = World::restore(chunks.into_iter().map(Ok::<_, std::convert::Infallible>)).unwrap().unwrap();
    assert_eq!(offer(&mut town), full, "after a restart");
    town.pass(7_199);
    assert_eq!(offer(&mut town), full);
    town.pass(1);
    for _ in 0..4_096 {
        offer(&mut town).unwrap();
    }
    let kept: usize = town.world.freeze().chunks().map(|chunk| chunk.len()).sum();
    assert!(kept < 6_000 * 120, "{kept} bytes for codes that are good for nothing");
}
