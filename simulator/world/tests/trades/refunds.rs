//! Giving back and cancelling: once for each number, never more than was paid, and from what the merchant has.

use super::*;

#[test]
fn a_trade_has_at_most_fifty_refunds() {
    let mut town = Town::new();
    town.pay(LI, "one", 3_500).unwrap();
    for request in 0..50 {
        town.refund("one", Some(&format!("r{request}")), 1).unwrap();
        town.pass(3);
    }
    assert_eq!(town.refund("one", Some("r50"), 1), Err(Refusal::TooManyRefunds { limit: 50 }));
    assert_eq!(town.refund("one", Some("r49"), 1), Ok((50, false)));
}

#[test]
fn cancelling_closes_refunds_or_does_nothing_and_says_the_same_again() {
    let mut town = Town::new();
    assert_eq!(town.cancel("none"), Ok((Action::Nothing, false)));
    town.pay(LI, "waits", 50_000).unwrap();
    assert_eq!(town.cancel("waits"), Ok((Action::Closed, true)));
    assert_eq!(town.cancel("waits"), Ok((Action::Closed, false)));
    assert!(matches!(town.answer(LI, "waits", Answer::Pay), Err(Refusal::TradeClosed(_))), "a late password");
    town.pay(LI, "paid", 3_500).unwrap();
    assert_eq!(town.cancel("paid"), Ok((Action::Refunded, true)));
    assert_eq!(town.cancel("paid"), Ok((Action::Refunded, false)));
    assert_eq!((town.money(), town.trade("paid").end), ((NEW_WALLET, 0), Some(End::Cancel)));
    town.pay(LI, "part", 3_500).unwrap();
    town.refund("part", Some("r"), 1).unwrap();
    assert_eq!(town.cancel("part"), Err(Refusal::PartlyRefunded));
    town.pay(LI, "old", 3_500).unwrap();
    town.pass(86_399);
    town.pay(LI, "new", 3_500).unwrap();
    town.pass(1);
    assert_eq!(town.cancel("old"), Err(Refusal::CancelTooLate));
    assert_eq!(town.cancel("new"), Ok((Action::Refunded, true)));
}

#[test]
fn a_refund_moves_money_once_for_each_number() {
    let mut town = Town::new();
    town.pay(LI, "one", 3_500).unwrap();
    assert_eq!(town.refund("one", None, 500), Err(Refusal::RefundNeedsNumber));
    assert_eq!(town.refund("one", Some("a"), 500), Ok((500, true)));
    assert_eq!(town.refund("one", Some("a"), 500), Ok((500, false)));
    assert_eq!(town.refund("one", Some("a"), 501), Err(Refusal::RefundDiffers { request: "a".to_owned() }));
    assert_eq!(town.refund("one", Some("b"), 500), Err(Refusal::RefundTooSoon));
    town.pass(3);
    assert_eq!(town.refund("one", Some("b"), 3_001), Err(Refusal::RefundOutOfRange { left: 3_000 }));
    assert_eq!((town.money(), town.trade("one").status), ((NEW_WALLET - 3_000, 3_000), Status::Paid));
    assert_eq!(town.refund("one", Some("b"), 3_000), Ok((3_500, true)));
    assert_eq!((town.money(), town.trade("one").status, town.trade("one").end), ((NEW_WALLET, 0), Status::Closed, Some(End::Refund)));
    assert_eq!(town.refund("one", Some("b"), 3_000), Ok((3_500, false)), "a repeat after the end");
    assert!(matches!(town.refund("one", Some("c"), 1), Err(Refusal::TradeClosed(_))));
}

#[test]
fn a_merchant_who_took_the_money_out_cannot_give_it_back() {
    let mut town = Town::new();
    town.pay(LI, "one", 3_500).unwrap();
    assert_eq!(town.enact(town.world.decide_withdrawal(&seller(), 3_000)), Ok(500));
    assert_eq!(town.refund("one", None, 3_500), Err(Refusal::SettlementTooLow { has: 500 }));
    assert_eq!(town.cancel("one"), Err(Refusal::SettlementTooLow { has: 500 }));
    assert_eq!(town.refund("one", Some("a"), 500), Ok((500, true)));
}

#[test]
fn what_cancelling_gave_back_is_nobodys_refund() {
    let mut town = Town::new();
    town.pay(LI, "one", 3_500).unwrap();
    town.cancel("one").unwrap();
    assert!(matches!(town.refund("one", None, 3_500), Err(Refusal::TradeClosed(_))));
    assert!(matches!(town.refund("one", Some("one"), 1), Err(Refusal::TradeClosed(_))));
}

#[test]
fn a_clock_that_was_set_back_does_not_hinder_refunds() {
    let mut town = Town::new();
    town.pay(LI, "one", 3_500).unwrap();
    town.refund("one", Some("a"), 500).unwrap();
    town.now = town.now.plus_seconds(-3_600);
    assert_eq!(town.refund("one", Some("b"), 500), Ok((1_000, true)));
    assert_eq!(town.refund("one", Some("c"), 500), Err(Refusal::RefundTooSoon));
}
