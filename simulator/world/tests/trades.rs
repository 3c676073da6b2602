//! Trades at their turning points, one sentence each. Random ones against a model stand in `trade_model.rs`.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

use world::customer::{Customer, Profile};
use world::merchant::{App, Era, Merchant};
use world::names::{MerchantId, OfferCode, PayCode, TradeNumber, UserId};
use world::trade::wallet::{Change, NEW_WALLET};
use world::trade::{Action, Answer, Charged, Decided, Discounts, End, Named, Order, Paying, RefundAsk, Status, Terms, Trade};
use world::{Moment, Refusal, World};

const SELLER: &str = "2088000000000001";
const LI: &str = "2088000000000011";
const HAN: &str = "2088000000000012";

struct Town {
    world: World,
    now: Moment,
    made: u32,
}

impl Town {
    fn new() -> Self {
        let mut world = World::default();
        let now = Moment::parse("2026-11-21 14:00:00").unwrap();
        world.apply(now, &Merchant { id: SELLER.into(), name: String::new() }.into(), &[]);
        let app = App {
            id: "A".into(),
            merchant: SELLER.into(),
            name: String::new(),
            app_key: String::new(),
            platform_key: String::new(),
            callback: String::new(),
            era: Era::UserId,
            security: std::sync::Arc::default(),
            kind: world::merchant::AppKind::Merchant,
        };
        world.apply(now, &app.into(), &[]);
        for user in [LI, HAN] {
            world.apply(now, &Customer::new(user, &Profile::default()).into(), &[]);
        }
        Self { world, now, made: 0 }
    }

    fn enact<T>(&mut self, decided: Result<Decided<T>, Refusal>) -> Result<T, Refusal> {
        let decided = decided?;
        for (event, rows) in decided.rows(&self.world, self.now)? {
            self.world.apply(self.now, &event, &rows);
        }
        let fen: i128 = self.world.ledger().totals().iter().map(|(_, total)| total).sum();
        assert_eq!(fen, 0, "money was made");
        Ok(decided.told)
    }

    fn pass(&mut self, seconds: i64) {
        let until = self.now.plus_seconds(seconds);
        while let Some(due) = self.world.next_due(Moment(i64::MIN)).filter(|due| *due <= until) {
            for (event, rows) in self.world.decide_due(due).entries {
                self.world.apply(due, &event, &rows);
            }
        }
        self.now = until;
    }

    fn order(&self, number: &str, total: i64) -> Order {
        let terms = Terms { subject: "tea".to_owned(), ..Terms::default() };
        let expires = self.now.plus_seconds(10_800);
        Order { merchant: SELLER.into(), app: "A".into(), number: number.into(), total, expires, discounts: Discounts::default(), terms }
    }

    fn code(&mut self, user: &str) -> PayCode {
        self.made += 1;
        let code = PayCode::from(format!("28{:016}", self.made));
        self.enact(self.world.decide_code(&UserId::from(user), code.clone(), None, self.now)).unwrap();
        code
    }

    fn number(&mut self) -> TradeNumber {
        self.made += 1;
        TradeNumber::from(format!("t{}", self.made))
    }

    fn pay_with(&mut self, order: Order, code: PayCode) -> Result<Charged, Refusal> {
        let paying = Paying { trade: self.number(), order, code, ask: false };
        self.enact(self.world.decide_pay(&paying, self.now))
    }

    fn pay(&mut self, user: &str, number: &str, total: i64) -> Result<Charged, Refusal> {
        let (order, code) = (self.order(number, total), self.code(user));
        self.pay_with(order, code)
    }

    fn answer(&mut self, user: &str, number: &str, answer: Answer) -> Result<Charged, Refusal> {
        let trade = self.trade(number).number.clone();
        self.enact(self.world.decide_answer(&UserId::from(user), &trade, answer, self.now))
    }

    fn refund(&mut self, number: &str, request: Option<&str>, fen: i64) -> Result<(i64, bool), Refusal> {
        let ask = RefundAsk { named: named(number), request, fen, document: Box::default() };
        let refunded = self.enact(self.world.decide_refund(&seller(), &ask, self.now))?;
        Ok((refunded.total, refunded.first))
    }

    fn cancel(&mut self, number: &str) -> Result<(Action, bool), Refusal> {
        let cancelled = self.enact(self.world.decide_cancel(&seller(), named(number), self.now))?;
        Ok((cancelled.action, cancelled.first))
    }

    fn trade(&self, number: &str) -> &Trade {
        self.world.trade_by_order(&seller(), number).unwrap()
    }

    /// What Li Lei's wallet and the merchant's account hold.
    fn money(&self) -> (i64, i64) {
        (self.world.wallet(&UserId::from(LI)), self.world.settlement(&seller()))
    }
}

fn seller() -> MerchantId {
    SELLER.into()
}

fn named(number: &str) -> Named<'_> {
    Named { trade: None, order: Some(number) }
}

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
fn above_the_limit_the_customer_is_asked_and_may_still_pay_after_a_no() {
    let mut town = Town::new();
    assert!(matches!(town.pay(LI, "one", 50_000).unwrap(), Charged::Waits(_)));
    assert_eq!(town.money(), (NEW_WALLET, 0));
    assert!(matches!(town.answer(LI, "one", Answer::Refuse).unwrap(), Charged::Waits(_)));
    assert!(town.trade("one").declined);
    assert_eq!(town.answer(HAN, "one", Answer::Pay), Err(Refusal::UnknownTrade));
    assert!(matches!(town.pay(LI, "one", 50_000).unwrap(), Charged::Waits(_)));
    assert!(!town.trade("one").declined, "a fresh code asks again");
    assert!(matches!(town.answer(LI, "one", Answer::Pay).unwrap(), Charged::Paid(_)));
    assert_eq!(town.money(), (NEW_WALLET - 50_000, 50_000));
    assert!(matches!(town.answer(LI, "one", Answer::Pay), Err(Refusal::TradePaid(_))));
}

#[test]
fn a_number_waits_for_the_same_terms_and_is_used_up_when_paid_or_closed() {
    let mut town = Town::new();
    town.pay(LI, "one", 50_000).unwrap();
    assert_eq!(town.pay(LI, "one", 50_001), Err(Refusal::TradeDiffers("one".to_owned())));
    let other = Order { terms: Terms { subject: "coffee".to_owned(), ..Terms::default() }, ..town.order("one", 50_000) };
    let code = town.code(LI);
    assert_eq!(town.pay_with(other, code), Err(Refusal::TradeDiffers("one".to_owned())));
    assert_eq!(town.pay(HAN, "one", 50_000), Ok(Charged::Refused(Refusal::OtherBuyer)));
    town.answer(LI, "one", Answer::Pay).unwrap();
    assert!(matches!(town.pay(LI, "one", 50_000), Err(Refusal::TradePaid(_))));
    assert!(matches!(town.pay(LI, "one", 1), Err(Refusal::TradePaid(_))));
    town.cancel("one").unwrap();
    assert!(matches!(town.pay(LI, "one", 50_000), Err(Refusal::TradeClosed(_))));
}

#[test]
fn a_wallet_with_too_little_pays_nothing_but_the_code_is_gone() {
    let mut town = Town::new();
    town.enact(town.world.decide_wallet(&LI.into(), Change::To(3_499))).unwrap();
    let (order, code) = (town.order("one", 3_500), town.code(LI));
    let too_low = Refusal::BalanceTooLow { has: 3_499, needed: 3_500 };
    assert_eq!(town.pay_with(order.clone(), code.clone()), Ok(Charged::Refused(too_low)));
    assert!(town.world.trade_by_order(&seller(), "one").is_none());
    town.enact(town.world.decide_wallet(&LI.into(), Change::By(1))).unwrap();
    assert!(matches!(town.pay_with(order.clone(), code), Err(Refusal::PayCodeInvalid(_))));
    let code = town.code(LI);
    assert!(matches!(town.pay_with(order, code), Ok(Charged::Paid(_))));
    assert_eq!(town.money(), (0, 3_500));
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
fn an_unpaid_trade_is_closed_in_time_and_a_paid_one_finished_after_twelve_months() {
    let mut town = Town::new();
    town.pay(LI, "waits", 50_000).unwrap();
    town.pay(LI, "paid", 3_500).unwrap();
    town.pass(10_799);
    assert_eq!(town.trade("waits").status, Status::Waiting);
    town.pass(1);
    assert_eq!((town.trade("waits").status, town.trade("waits").end), (Status::Closed, Some(End::TimeOut)));
    assert!(matches!(town.refund("waits", None, 50_000), Err(Refusal::TradeClosed(_))));
    town.pass(365 * 86_400 - 10_801);
    assert_eq!(town.trade("paid").status, Status::Paid);
    town.pass(1);
    assert_eq!(town.trade("paid").status, Status::Finished);
    assert!(matches!(town.refund("paid", None, 3_500), Err(Refusal::TradeFinished(_))));
    assert!(matches!(town.cancel("paid"), Err(Refusal::TradeFinished(_))));
}

#[test]
fn discounts_are_paid_by_who_bears_them_and_go_back_last() {
    let mut town = Town::new();
    let discounts = Discounts { merchant: 1_000, platform: 1_000 };
    let (order, code) = (Order { discounts, ..town.order("one", 10_000) }, town.code(LI));
    town.pay_with(order, code).unwrap();
    assert_eq!(town.money(), (NEW_WALLET - 8_000, 9_000));
    town.refund("one", Some("a"), 8_500).unwrap();
    assert_eq!(town.money(), (NEW_WALLET, 500));
    town.pass(3);
    town.refund("one", Some("b"), 1_500).unwrap();
    assert_eq!((town.money(), town.trade("one").status), ((NEW_WALLET, 0), Status::Closed));
}

#[test]
fn a_trade_that_waits_is_paid_with_the_discounts_it_was_made_with() {
    let mut town = Town::new();
    let discounts = Discounts { merchant: 0, platform: 2_500 };
    let (order, code) = (Order { discounts, ..town.order("one", 50_000) }, town.code(LI));
    assert!(matches!(town.pay_with(order, code), Ok(Charged::Waits(_))));
    town.enact(town.world.decide_wallet(&LI.into(), Change::To(47_500))).unwrap();
    town.enact(town.world.decide_limit(&LI.into(), 50_000)).unwrap();
    assert!(matches!(town.pay(LI, "one", 50_000), Ok(Charged::Paid(_))));
    assert_eq!(town.money(), (0, 50_000));
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

#[test]
fn what_time_has_ended_is_over_although_nobody_recorded_it_yet() {
    let mut town = Town::new();
    town.pay(LI, "waits", 50_000).unwrap();
    town.pay(LI, "paid", 3_500).unwrap();
    // no `pass`: what falls due has not run, as behind thousands of other things
    town.now = town.now.plus_seconds(10_800);
    assert!(matches!(town.answer(LI, "waits", Answer::Pay), Err(Refusal::TradeClosed(_))));
    assert!(matches!(town.pay(LI, "waits", 50_000), Err(Refusal::TradeClosed(_))));
    assert!(matches!(town.enact(town.world.decide_close(&seller(), named("waits"), town.now)), Err(Refusal::TradeNotWaiting(_))));
    assert_eq!(town.cancel("waits"), Ok((Action::Closed, false)));
    assert!(matches!(town.refund("waits", None, 50_000), Err(Refusal::TradeClosed(_))));
    assert_eq!(town.trade("waits").stands(town.now), (Status::Closed, Some(End::TimeOut)));
    town.now = town.now.plus_seconds(365 * 86_400);
    assert!(matches!(town.refund("paid", None, 3_500), Err(Refusal::TradeFinished(_))));
    assert!(matches!(town.cancel("paid"), Err(Refusal::TradeFinished(_))));
    assert_eq!(town.money(), (NEW_WALLET - 3_500, 3_500));
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

#[test]
fn a_merchants_movements_come_in_order_of_time() {
    let mut town = Town::new();
    let from = town.now;
    town.pay(LI, "one", 100).unwrap();
    town.pass(5);
    town.pay(HAN, "two", 200).unwrap();
    town.pass(5);
    town.refund("one", Some("a"), 60).unwrap();
    town.pass(5);
    town.refund("one", Some("b"), 40).unwrap();
    let seen = |from, to| -> Vec<(String, i64)> {
        let movements = town.world.movements(&MerchantId::from(SELLER), from, to);
        movements.map(|one| (one.trade.order.to_string(), one.refund.map_or(one.trade.total, |refund| -refund.back.total()))).collect()
    };
    let all = [("one", 100), ("two", 200), ("one", -60), ("one", -40)].map(|(order, fen)| (order.to_owned(), fen));
    assert_eq!(seen(from, town.now.plus_seconds(1)), all);
    assert_eq!(seen(from, town.now), all[..3]);
    assert_eq!(seen(from.plus_seconds(1), town.now), all[1..3]);
    assert_eq!(seen(town.now, from), []);
}
