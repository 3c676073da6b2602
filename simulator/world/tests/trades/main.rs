//! Trades at their turning points, one sentence each. Random ones against a model stand in `trade_model.rs`.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod codes;
mod offers;
mod refunds;
mod vouchers;

use world::customer::{Customer, Profile};
use world::merchant::{App, Era, Merchant};
use world::names::{MerchantId, OfferCode, PayCode, TradeNumber, UserId};
use world::trade::wallet::{Change, NEW_WALLET};
use world::trade::{Action, Answer, Charged, Decided, End, Named, Order, Paying, RefundAsk, Status, Terms, Trade};
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
        Order { merchant: SELLER.into(), app: "A".into(), number: number.into(), total, expires, undiscountable: 0, terms }
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
