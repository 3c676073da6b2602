//! Payment codes: once, for a minute, a few at a time; and the same call again.

use super::*;

#[test]
fn a_code_pays_once_and_within_its_minute() {
    let mut town = Town::new();
    let (code, late) = (town.code(LI), town.code(LI));
    let (one, two) = (town.order("one", 3_500), town.order("two", 3_500));
    assert!(matches!(town.pay_with(one, code.clone()).unwrap(), Charged::Paid(_)));
    assert_eq!(town.money(), (NEW_WALLET - 3_500, 3_500));
    assert!(matches!(town.pay_with(two.clone(), code), Err(Refusal::PayCodeInvalid(_))));
    assert!(matches!(town.pay_with(two.clone(), "28999".into()), Err(Refusal::PayCodeInvalid(_))));
    town.pass(60);
    assert!(matches!(town.pay_with(two, late), Err(Refusal::PayCodeInvalid(_))));
    assert_eq!(town.money(), (NEW_WALLET - 3_500, 3_500));
}

#[test]
fn a_customer_has_eight_good_codes_and_thousands_that_were_shown_leave_no_trace() {
    let mut town = Town::new();
    let codes: Vec<PayCode> = (0..10).map(|_| town.code(LI)).collect();
    let good: Vec<bool> = (0..10)
        .map(|place| {
            let order = town.order(&format!("order{place}"), 1);
            town.pay_with(order, codes[place].clone()).is_ok()
        })
        .collect();
    assert_eq!(good, [false, false, true, true, true, true, true, true, true, true]);
    let last = town.code(LI);
    for _ in 0..3 * 4_096 {
        town.code(HAN);
    }
    let kept: usize = town.world.freeze().chunks().map(|chunk| chunk.len()).sum();
    assert!(kept < 4_096 * 80, "{kept} bytes for codes that are good for nothing");
    let order = town.order("last", 1);
    assert!(matches!(town.pay_with(order, last), Ok(Charged::Paid(_))), "another customer's sweep took a good code");
}

#[test]
fn the_same_again_with_the_same_code_goes_on_with_the_trade_that_waits() {
    let mut town = Town::new();
    let (order, code) = (town.order("one", 50_000), town.code(LI));
    let waits = town.pay_with(order.clone(), code.clone()).unwrap();
    assert!(matches!(waits, Charged::Waits(_)));
    assert_eq!(town.pay_with(order.clone(), code.clone()), Ok(waits.clone()));
    town.pass(10_799);
    for _ in 0..2 * 4_096 {
        town.code(HAN);
    }
    assert_eq!(town.pay_with(order.clone(), code.clone()), Ok(waits), "however old the code is");
    let other = town.order("two", 50_000);
    assert!(matches!(town.pay_with(other, code.clone()), Err(Refusal::PayCodeInvalid(_))));
    let differs = Order { total: 50_001, ..order.clone() };
    assert!(matches!(town.pay_with(differs, code.clone()), Err(Refusal::TradeDiffers(_))));
    town.answer(LI, "one", Answer::Pay).unwrap();
    assert!(matches!(town.pay_with(order, code), Err(Refusal::TradePaid(_))));
}
