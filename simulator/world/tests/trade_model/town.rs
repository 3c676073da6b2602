//! The real thing under test: a world, its history, and one of a table of defects that make it a broken twin.

use super::naive::Naive;
use super::step::{Name, Reply, Sale, Step};
use std::collections::BTreeMap;
use std::convert::Infallible;
use world::customer::{Customer, Profile};
use world::ledger::Row;
use world::merchant::{App, Era, Merchant};
use world::names::{MerchantId, PayCode, TradeNumber, UserId};
use world::trade::wallet::{Change, outside, platform, settlement_of, wallet_of};
use world::trade::{Action, Answer, Charged, Decided, Discounts, Named, Order, Paying, RefundAsk, Status, Terms};
use world::{Event, Moment, Refusal, World};

pub(crate) const USERS: [&str; 4] = ["2088000000000011", "2088000000000012", "2088000000000013", "2088000000000002"];
pub(crate) const SHOPS: [&str; 2] = ["2088000000000001", "2088000000000002"];

/// How a twin of the world is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Defect {
    /// A payment code stays good after it was used.
    CodeStaysGood,
    /// A payment code lives half a minute longer.
    CodeLivesLonger,
    /// A payment leaves the wallet as it is.
    PaysFromNothing,
    /// A refund that is repeated moves money again.
    RefundsTwice,
    /// A refund moves no money.
    RefundsNothing,
    /// What is cancelled does not go back.
    CancelKeepsTheMoney,
    /// Nobody closes what nobody paid.
    ForgetsTime,
    /// A password that comes after the end pays all the same.
    LatePassword,
    /// The last event before a restart is lost.
    RestartLosesTheLast,
    /// A restart loses which codes were used.
    RestartRevivesCodes,
    /// The customer is never asked.
    NeverAsks,
    /// The merchant's account may be overdrawn: a withdrawal takes twice what it says.
    WithdrawsTwice,
}

impl Defect {
    pub(crate) const ALL: [Self; 12] = [
        Self::CodeStaysGood,
        Self::CodeLivesLonger,
        Self::PaysFromNothing,
        Self::RefundsTwice,
        Self::RefundsNothing,
        Self::CancelKeepsTheMoney,
        Self::ForgetsTime,
        Self::LatePassword,
        Self::RestartLosesTheLast,
        Self::RestartRevivesCodes,
        Self::NeverAsks,
        Self::WithdrawsTwice,
    ];
}

pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) now: Moment,
    pub(crate) history: Vec<(Moment, Event, Vec<Row>)>,
    /// The state as a snapshot kept it, and how much of the history it holds.
    snapshot: (Vec<Vec<u8>>, usize),
    fresh: u32,
    codes: Vec<(PayCode, usize)>,
    defect: Option<Defect>,
}

fn chunks(world: &World) -> Vec<Vec<u8>> {
    world.freeze().chunks().collect()
}

fn restored(chunks: &[Vec<u8>]) -> World {
    World::restore(chunks.iter().cloned().map(Ok::<_, Infallible>)).unwrap().unwrap()
}

fn shop(shop: usize) -> MerchantId {
    SHOPS[shop].into()
}

fn user(user: usize) -> UserId {
    USERS[user].into()
}

fn answer(reply: Reply) -> Answer {
    match reply {
        Reply::Pay => Answer::Pay,
        Reply::Refuse => Answer::Refuse,
        Reply::Ignore => Answer::Ignore,
    }
}

/// The model's word for a refusal.
fn word(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownTrade => "no trade",
        Refusal::TradeDiffers(_) => "other terms",
        Refusal::TradePaid(_) => "already paid",
        Refusal::TradeClosed(_) => "already closed",
        Refusal::TradeFinished(_) => "finished",
        Refusal::TradeNotWaiting(_) => "not waiting",
        Refusal::TradeNotPaid(_) => "never paid",
        Refusal::OtherBuyer => "other buyer",
        Refusal::BuyerIsSeller => "own shop",
        Refusal::PayCodeInvalid(_) => "bad code",
        Refusal::OtherMerchantsToken => "other shop's token",
        Refusal::BalanceTooLow { .. } => "poor",
        Refusal::TotalOutOfRange { .. } => "bad total",
        Refusal::OrderExpired { .. } => "too late",
        Refusal::OfferLives(_) => "poster hangs",
        Refusal::UnknownOffer | Refusal::OfferOver => "dead poster",
        Refusal::CancelTooLate => "too late to cancel",
        Refusal::PartlyRefunded => "partly refunded",
        Refusal::SettlementTooLow { .. } => "empty till",
        Refusal::RefundDiffers { .. } => "other amount",
        Refusal::RefundOutOfRange { .. } => "too much",
        Refusal::RefundNeedsNumber => "a part needs a number",
        Refusal::RefundTooSoon => "too soon",
        Refusal::WalletOutOfRange => "bad amount",
        _ => "something else",
    }
}

impl Town {
    pub(crate) fn new(now: Moment, defect: Option<Defect>) -> Self {
        let mut town = Self {
            world: World::default(),
            now,
            history: Vec::new(),
            snapshot: (chunks(&World::default()), 0),
            fresh: 0,
            codes: Vec::new(),
            defect,
        };
        for shop in SHOPS {
            town.take(Merchant { id: shop.into(), name: String::new() }.into(), Vec::new());
            let app = App {
                id: format!("app of {shop}").into(),
                merchant: shop.into(),
                name: String::new(),
                app_key: String::new(),
                platform_key: String::new(),
                callback: String::new(),
                era: Era::UserId,
                security: std::sync::Arc::default(),
            };
            town.take(app.into(), Vec::new());
        }
        for user in USERS {
            town.take(Customer::new(user, &Profile::default()).into(), Vec::new());
        }
        town
    }

    fn take(&mut self, event: Event, rows: Vec<Row>) {
        self.world.apply(self.now, &event, &rows);
        self.history.push((self.now, event, rows));
    }

    fn enact<T>(&mut self, decided: Result<Decided<T>, Refusal>) -> Result<T, String> {
        let decided = decided.map_err(|refusal| word(&refusal).to_owned())?;
        let entries = decided.rows(&self.world, self.now).map_err(|refusal| format!("the ledger was asked in vain: {refusal}"))?;
        for (event, mut rows) in entries {
            let moves_nothing = match (&event, self.defect) {
                (Event::TradePaid(_), Some(Defect::PaysFromNothing)) => true,
                (Event::TradeRefunded(refunded), Some(Defect::RefundsNothing)) => !refunded.refund.by_cancel,
                (Event::TradeRefunded(refunded), Some(Defect::CancelKeepsTheMoney)) => refunded.refund.by_cancel,
                (Event::PayCodeSpent(_), Some(Defect::CodeStaysGood)) => continue,
                _ => false,
            };
            if moves_nothing {
                rows.clear();
            }
            self.take(event, rows);
        }
        Ok(decided.told)
    }

    fn order(&self, sale: &Sale) -> Order {
        Order {
            merchant: shop(sale.shop),
            app: format!("app of {}", SHOPS[sale.shop]).into(),
            number: format!("o{}", sale.order).into(),
            total: sale.total,
            expires: self.now.plus_seconds(sale.payable),
            discounts: Discounts { merchant: sale.by_shop, platform: sale.by_platform },
            terms: Terms { subject: format!("title {}", sale.title), ..Terms::default() },
        }
    }

    fn fresh(&mut self, kind: &str) -> String {
        self.fresh += 1;
        format!("{kind}{}", self.fresh)
    }

    fn charged(&mut self, decided: Result<Decided<Charged>, Refusal>) -> Result<String, String> {
        match self.enact(decided)? {
            Charged::Paid(trade) => Ok(format!("paid {trade}")),
            Charged::Waits(trade) => Ok(format!("waits {trade}")),
            Charged::Refused(refusal) => Err(word(&refusal).to_owned()),
        }
    }

    fn pay(&mut self, sale: &Sale, code: usize, ask: bool) -> Result<String, String> {
        let trade = TradeNumber::from(self.fresh("t"));
        let (code, by) = self.codes.get(code).cloned().unwrap_or_else(|| ("none".into(), 0));
        let mut paying = Paying { trade, order: self.order(sale), code, ask };
        if self.defect == Some(Defect::NeverAsks) {
            self.enact(self.world.decide_limit(&user(by), i64::MAX))?;
            paying.ask = false;
        }
        let at = if self.defect == Some(Defect::CodeLivesLonger) { self.now.plus_seconds(-30) } else { self.now };
        self.charged(self.world.decide_pay(&paying, at))
    }

    fn reply(&mut self, by: usize, number: &str, reply: Reply) -> Result<String, String> {
        let number = TradeNumber::from(number);
        let decided = self.world.decide_answer(&user(by), &number, answer(reply), self.now);
        if self.defect == Some(Defect::LatePassword) && reply == Reply::Pay && matches!(decided, Err(Refusal::TradeClosed(_))) {
            self.take(world::trade::TradePaid { trade: number.clone() }.into(), Vec::new());
            return Ok(format!("paid {number}"));
        }
        self.charged(decided)
    }

    fn refund(&mut self, of: usize, named: Named<'_>, request: Option<&str>, fen: i64) -> Result<String, String> {
        let mut ask = RefundAsk { named, request, fen, document: Box::default() };
        let again = self.fresh;
        let other = format!("again {again}");
        let repeated = self.world.trade_named(&shop(of), named).ok().and_then(|trade| trade.refund(request.unwrap_or(&trade.order)));
        if self.defect == Some(Defect::RefundsTwice) && repeated.is_some_and(|refund| refund.back.total() == fen) {
            ask.request = Some(&other);
        }
        let refunded = self.enact(self.world.decide_refund(&shop(of), &ask, self.now))?;
        Ok(format!("{}, {} in all", if refunded.first { "back" } else { "again" }, refunded.total))
    }

    fn pass(&mut self, seconds: i64) {
        let until = self.now.plus_seconds(seconds);
        while let Some(due) = self.world.next_due(Moment(i64::MIN)).filter(|due| *due <= until) {
            if self.defect == Some(Defect::ForgetsTime) {
                break;
            }
            self.now = due;
            for (event, rows) in self.world.decide_due(due).entries {
                self.take(event, rows);
            }
        }
        self.now = until;
    }

    /// Starts again from the log, with a snapshot's help or without; whatever comes back must be what was there, to the byte.
    fn restart(&mut self, from_snapshot: bool) -> Result<String, String> {
        let before = chunks(&self.world);
        if self.defect == Some(Defect::RestartLosesTheLast) {
            self.history.pop();
        }
        let (kept, from) = if from_snapshot { self.snapshot.clone() } else { (chunks(&World::default()), 0) };
        let mut world = restored(&kept);
        for (at, event, rows) in &self.history[from.min(self.history.len())..] {
            let (event, rows) = (Event::read(event.kind(), &event.body()).unwrap(), rows.clone());
            if matches!((&event, self.defect), (Event::PayCodeSpent(_), Some(Defect::RestartRevivesCodes))) {
                continue;
            }
            world.replay(*at, &event, &rows).map_err(|misfit| misfit.to_string())?;
        }
        self.world = world;
        if chunks(&self.world) != before {
            return Err("a restart changed the state".to_owned());
        }
        self.snapshot = (before, self.history.len());
        // from here on, what a snapshot gives back is what works
        self.world = restored(&self.snapshot.0);
        Ok(String::new())
    }

    /// What is answered to a step; trades and offers are named as the model numbers them.
    pub(crate) fn play(&mut self, step: &Step, model: &Naive) -> Result<String, String> {
        let text = |name: Name| match name {
            Name::Order(order) => (None, Some(format!("o{order}"))),
            Name::Trade(trade) => (Some(model.number(trade)), None),
        };
        match step {
            Step::ShowCode { user: by, face_at } => {
                let code = PayCode::from(format!("28{:016}", self.codes.len()));
                self.codes.push((code.clone(), *by));
                self.enact(self.world.decide_code(&user(*by), code, face_at.map(shop), self.now)).map(|_| String::new())
            }
            Step::Pay { sale, code, ask } => self.pay(sale, *code, *ask),
            Step::Create { sale, user: by } => {
                let number = self.fresh("t");
                self.enact(self.world.decide_trade(number.into(), &user(*by), self.order(sale), self.now)).map(|number| number.to_string())
            }
            Step::Offer { sale, lives } => {
                let code = self.fresh("q");
                let until = self.now.plus_seconds(*lives);
                self.enact(self.world.decide_offer(code.into(), self.order(sale), until, self.now)).map(|code| code.to_string())
            }
            Step::Scan { user: by, offer, answer: reply } => {
                let (number, code) = (self.fresh("t"), model.poster(*offer));
                self.charged(self.world.decide_scan(&user(*by), &code.into(), number.into(), answer(*reply), self.now))
            }
            Step::Answer { user: by, trade, answer: reply } => self.reply(*by, &model.number(*trade), *reply),
            Step::Poll { shop: of, name } => {
                let (trade, order) = text(*name);
                let found = self.world.trade_named(&shop(*of), Named { trade: trade.as_deref(), order: order.as_deref() });
                let found = found.map_err(|refusal| word(&refusal).to_owned())?;
                let buyer = USERS.iter().position(|user| *user == self.world.buyer_of(found).user.as_str()).unwrap();
                Ok(format!("{} {:?} {buyer} of {}, back {}", found.number, found.status, found.total, found.refunded))
            }
            Step::Close { shop: of, name } => {
                let (trade, order) = text(*name);
                let name = Named { trade: trade.as_deref(), order: order.as_deref() };
                self.enact(self.world.decide_close(&shop(*of), name)).map(|number| number.to_string())
            }
            Step::Cancel { shop: of, name } => {
                let (trade, order) = text(*name);
                let name = Named { trade: trade.as_deref(), order: order.as_deref() };
                let cancelled = self.enact(self.world.decide_cancel(&shop(*of), name, self.now))?;
                let again = if cancelled.first || cancelled.action == Action::Nothing { "" } else { " again" };
                let action = match cancelled.action {
                    Action::Nothing => "nothing",
                    Action::Closed => "closed",
                    Action::Refunded => "refunded",
                };
                Ok(format!("{action}{again}"))
            }
            Step::Refund { shop: of, name, request, fen } => {
                let (trade, order) = text(*name);
                let request = request.map(|request| format!("r{request}"));
                self.refund(*of, Named { trade: trade.as_deref(), order: order.as_deref() }, request.as_deref(), *fen)
            }
            Step::FillWallet { user: by, to } => {
                self.enact(self.world.decide_wallet(&user(*by), Change::To(*to))).map(|total| total.to_string())
            }
            Step::Limit { user: by, fen } => self.enact(self.world.decide_limit(&user(*by), *fen)).map(|fen| fen.to_string()),
            Step::Withdraw { shop: of, fen } => {
                let left = self.enact(self.world.decide_withdrawal(&shop(*of), *fen))?;
                if self.defect == Some(Defect::WithdrawsTwice) {
                    let _ = self.enact(self.world.decide_withdrawal(&shop(*of), *fen));
                }
                Ok(left.to_string())
            }
            Step::Pass { seconds } => {
                self.pass(*seconds);
                Ok(String::new())
            }
            Step::Forget => {
                if let Some(forgotten) = self.world.decide_forgetting(self.now) {
                    self.take(forgotten.into(), Vec::new());
                }
                Ok(String::new())
            }
            Step::Restart { from_snapshot } => self.restart(*from_snapshot),
        }
    }

    /// What must hold whatever happened: nobody holds more or less than in the model, and no money is made.
    pub(crate) fn audit(&self, model: &Naive) -> Result<(), String> {
        let ledger = self.world.ledger();
        for (by, expected) in model.wallets.iter().enumerate() {
            let held = self.world.wallet(&user(by));
            if held != *expected {
                return Err(format!("wallet {by} holds {held}, not {expected}"));
            }
        }
        for (of, expected) in model.tills.iter().enumerate() {
            let held = self.world.settlement(&shop(of));
            if held != *expected {
                return Err(format!("till {of} holds {held}, not {expected}"));
            }
        }
        let wallets = USERS.iter().map(|user| wallet_of(&UserId::from(*user)));
        let tills = SHOPS.iter().map(|shop| settlement_of(&MerchantId::from(*shop)));
        let all: i64 = wallets.chain(tills).chain([outside(), platform()]).filter_map(|account| ledger.balance(account)).sum();
        if all != 0 {
            return Err(format!("{all} fen were made"));
        }
        Ok(())
    }

    /// Each trade's life as the events alone tell it: paid once at most, never after it was closed, never more back than paid.
    pub(crate) fn read_history(&self) -> Result<(), String> {
        #[derive(Default)]
        struct Life {
            total: i64,
            paid: u32,
            closed: bool,
            back: i64,
        }
        let mut lives: BTreeMap<&str, Life> = BTreeMap::new();
        for (_, event, _) in &self.history {
            match event {
                Event::TradeMade(made) => lives.entry(made.trade.as_str()).or_default().total = made.order.total,
                Event::TradePaid(paid) => lives.entry(paid.trade.as_str()).or_default().paid += 1,
                Event::TradeClosed(closed) => lives.entry(closed.trade.as_str()).or_default().closed = true,
                Event::TradeRefunded(refunded) => {
                    lives.entry(refunded.trade.as_str()).or_default().back += refunded.refund.back.total();
                }
                _ => {}
            }
        }
        for (trade, Life { total, paid, closed, back }) in lives {
            if paid > 1 || (closed && paid > 0) || back > total || (back > 0 && paid == 0) {
                return Err(format!("trade {trade} of {total}: paid {paid} times, closed {closed}, {back} given back"));
            }
            let seen = self.world.trades().get(&trade.into()).ok_or_else(|| format!("trade {trade} is lost"))?;
            if seen.refunded != back || (seen.status == Status::Closed && paid > 0 && back != total) {
                return Err(format!("trade {trade} says {seen:?}"));
            }
        }
        Ok(())
    }
}
