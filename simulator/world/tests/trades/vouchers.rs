//! Vouchers at a payment: which is taken, who bears it, what goes back, and which cannot be given.

use super::*;
use world::names::VoucherId;
use world::trade::voucher::{MOST_VOUCHERS, Payer, Standing, VoucherGiven};
use world::trade::wallet::platform;

impl Town {
    /// A voucher of this customer's for an hour, 20.00 off from 50.00 on unless it is changed.
    fn give(&mut self, user: &str, change: impl FnOnce(&mut VoucherGiven)) -> Result<VoucherId, Refusal> {
        self.made += 1;
        let mut given = VoucherGiven {
            voucher: format!("v{}", self.made).into(),
            user: user.into(),
            name: "tea".to_owned(),
            by: Payer::Platform,
            merchant: None,
            off: 2_000,
            threshold: 5_000,
            from: self.now,
            until: self.now.plus_seconds(3_600),
        };
        change(&mut given);
        self.enact(self.world.decide_voucher(given, self.now))
    }

    fn stands(&self, voucher: &VoucherId) -> Standing {
        self.world.voucher(voucher).unwrap().stands(self.now)
    }

    /// The voucher that the trade was paid with.
    fn taken(&self, number: &str) -> Option<VoucherId> {
        self.trade(number).more.get().voucher
    }

    fn budget(&self) -> i64 {
        self.world.ledger().balance(platform()).unwrap_or_default()
    }
}

#[test]
fn a_voucher_of_the_platforms_is_paid_from_its_budget_and_goes_back_last() {
    let mut town = Town::new();
    let voucher = town.give(LI, |_| {}).unwrap();
    town.pay(LI, "one", 10_000).unwrap();
    assert_eq!((town.money(), town.budget()), ((NEW_WALLET - 8_000, 10_000), -2_000));
    assert_eq!((town.stands(&voucher), town.taken("one")), (Standing::Used, Some(voucher.clone())));
    town.refund("one", Some("a"), 8_500).unwrap();
    assert_eq!((town.money(), town.budget(), town.stands(&voucher)), ((NEW_WALLET, 1_500), -1_500, Standing::Used));
    town.pass(3);
    town.refund("one", Some("b"), 1_500).unwrap();
    assert_eq!((town.money(), town.budget(), town.stands(&voucher)), ((NEW_WALLET, 0), 0, Standing::Good));
}

#[test]
fn a_voucher_of_the_merchants_moves_no_money() {
    let mut town = Town::new();
    let voucher = town.give(LI, |given| (given.by, given.merchant) = (Payer::Merchant, Some(SELLER.into()))).unwrap();
    town.pay(LI, "one", 10_000).unwrap();
    assert_eq!((town.money(), town.budget()), ((NEW_WALLET - 8_000, 8_000), 0));
    assert_eq!(town.cancel("one"), Ok((Action::Refunded, true)));
    assert_eq!((town.money(), town.stands(&voucher)), ((NEW_WALLET, 0), Standing::Good), "cancelling gives it back, too");
}

#[test]
fn the_one_that_takes_most_off_is_taken_then_the_first_to_end_then_the_oldest() {
    let mut town = Town::new();
    let small = town.give(LI, |given| given.off = 1_999).unwrap();
    let late = town.give(LI, |given| given.until = given.until.plus_seconds(1)).unwrap();
    let first = town.give(LI, |_| {}).unwrap();
    let second = town.give(LI, |_| {}).unwrap();
    for (number, expected) in [("a", Some(first)), ("b", Some(second)), ("c", Some(late)), ("d", Some(small)), ("e", None)] {
        town.pay(LI, number, 5_000).unwrap();
        assert_eq!(town.taken(number), expected, "{number}");
    }
}

#[test]
fn a_voucher_that_does_not_fit_is_kept() {
    let mut town = Town::new();
    let elsewhere = "2088000000000009";
    let now = town.now;
    town.world.apply(now, &Merchant { id: elsewhere.into(), name: String::new() }.into(), &[]);
    town.give(HAN, |_| {}).unwrap();
    town.give(LI, |given| given.merchant = Some(elsewhere.into())).unwrap();
    town.give(LI, |given| given.from = given.from.plus_seconds(600)).unwrap();
    town.give(LI, |given| given.until = given.from.plus_seconds(60)).unwrap();
    town.pass(60);
    let fits = town.give(LI, |_| {}).unwrap();
    town.pay(LI, "below", 4_999).unwrap();
    let (order, code) = (Order { undiscountable: 5_001, ..town.order("fixed", 10_000) }, town.code(LI));
    town.pay_with(order, code).unwrap();
    assert_eq!((town.taken("below"), town.taken("fixed")), (None, None));
    let (order, code) = (Order { undiscountable: 5_000, ..town.order("in part", 10_000) }, town.code(LI));
    town.pay_with(order, code).unwrap();
    assert_eq!(town.taken("in part"), Some(fits));
    town.pay(LI, "after", 10_000).unwrap();
    assert_eq!(town.taken("after"), None);
    town.pass(540);
    town.pay(LI, "its time", 10_000).unwrap();
    assert!(town.taken("its time").is_some());
}

#[test]
fn a_trade_that_waits_takes_the_voucher_there_is_when_it_is_paid() {
    let mut town = Town::new();
    let (order, code) = (Order { undiscountable: 50_000, ..town.order("fixed", 50_000) }, town.code(LI));
    assert!(matches!(town.pay_with(order, code), Ok(Charged::Waits(_))));
    assert!(matches!(town.pay(LI, "free", 50_000), Ok(Charged::Waits(_))));
    town.give(LI, |_| {}).unwrap();
    town.enact(town.world.decide_wallet(&LI.into(), Change::To(48_000))).unwrap();
    town.enact(town.world.decide_limit(&LI.into(), 50_000)).unwrap();
    // what may be reduced is what the order said when the trade was made
    assert!(matches!(town.pay(LI, "fixed", 50_000), Ok(Charged::Refused(Refusal::BalanceTooLow { needed: 50_000, .. }))));
    assert!(matches!(town.answer(LI, "free", Answer::Pay), Ok(Charged::Paid(_))));
    assert_eq!(town.money(), (0, 50_000));
}

#[test]
fn a_voucher_may_pay_all_of_it_and_comes_back_only_while_it_is_good() {
    let mut town = Town::new();
    let voucher = town.give(LI, |given| given.off = given.threshold).unwrap();
    town.pay(LI, "one", 5_000).unwrap();
    assert_eq!((town.money(), town.budget()), ((NEW_WALLET, 5_000), -5_000));
    town.pass(3_600);
    town.refund("one", None, 5_000).unwrap();
    assert_eq!((town.stands(&voucher), town.budget()), (Standing::Expired, 0));
}

#[test]
fn vouchers_that_cannot_be_are_not_given() {
    let mut town = Town::new();
    let impossible = |given: Result<VoucherId, Refusal>| matches!(given, Err(Refusal::VoucherImpossible(_)));
    assert!(matches!(town.give("nobody", |_| {}), Err(Refusal::UnknownCustomer(_))));
    assert!(impossible(town.give(LI, |given| given.by = Payer::Merchant)), "whose merchant?");
    assert!(impossible(town.give(LI, |given| given.merchant = Some("2088000000000009".into()))));
    assert!(impossible(town.give(LI, |given| given.off = 9)));
    assert!(impossible(town.give(LI, |given| (given.off, given.threshold) = (300_001, 5_000_000))));
    assert!(impossible(town.give(LI, |given| given.threshold = 5_000_001)));
    assert!(impossible(town.give(LI, |given| given.threshold = 1_999)));
    assert!(impossible(town.give(LI, |given| given.until = given.from)));
    assert!(impossible(town.give(LI, |given| (given.from, given.until) = (Moment(0), given.from))));
    for _ in 0..MOST_VOUCHERS {
        town.give(LI, |_| {}).unwrap();
    }
    assert!(impossible(town.give(LI, |_| {})));
    town.give(HAN, |_| {}).unwrap();
}

#[test]
fn a_restart_knows_every_voucher() {
    let mut town = Town::new();
    let (used, good) = (town.give(LI, |given| given.off = 2_001).unwrap(), town.give(LI, |_| {}).unwrap());
    town.pay(LI, "one", 5_000).unwrap();
    let chunks: Vec<_> = town.world.freeze().chunks().collect();
    town.world = World::restore(chunks.into_iter().map(Ok::<_, std::convert::Infallible>)).unwrap().unwrap();
    assert_eq!((town.stands(&used), town.stands(&good)), (Standing::Used, Standing::Good));
    town.pay(LI, "two", 5_000).unwrap();
    assert_eq!(town.taken("two"), Some(good));
    assert_eq!(town.world.vouchers_of(&LI.into()).count(), 2);
}

#[test]
fn a_number_that_another_voucher_has_is_refused() {
    let mut town = Town::new();
    let first = town.give(LI, |_| {}).unwrap();
    let second = town.give(HAN, |given| given.voucher = first.clone());
    assert!(matches!(second, Err(Refusal::VoucherImpossible(_))), "{second:?}");
    assert_eq!(town.world.voucher(&first).unwrap().given.user.as_str(), LI);
}
