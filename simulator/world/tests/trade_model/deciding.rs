//! A step as the world's decision, with the names a provider would make; the host enacts it: a bare world here, a sandbox in the
//! engine's own test.

use super::naive::Naive;
use super::step::{Name, Reply, Sale, Step};
use world::customer::{Customer, Profile};
use world::merchant::{App, Era, Merchant};
use world::names::{MerchantId, PayCode, TradeNumber, UserId};
use world::trade::voucher::{Payer, Standing, Voucher, VoucherGiven};
use world::trade::wallet::Change;
use world::trade::{Action, Answer, Charged, Decided, Discounts, Movement, Named, Order, Paying, RefundAsk, Terms};
use world::{Event, Moment, Refusal, World};

pub(crate) const USERS: [&str; 4] = ["2088000000000011", "2088000000000012", "2088000000000013", "2088000000000002"];
pub(crate) const SHOPS: [&str; 2] = ["2088000000000001", "2088000000000002"];

/// What is answered: a text, or the model's word for a refusal.
pub(crate) type Said = Result<String, String>;

/// The merchants, their applications and the customers of a town.
pub(crate) fn founding() -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for shop in SHOPS {
        events.push(Merchant { id: shop.into(), name: String::new() }.into());
        let app = App {
            id: format!("app of {shop}").into(),
            merchant: shop.into(),
            name: String::new(),
            app_key: String::new(),
            platform_key: String::new(),
            callback: String::new(),
            era: Era::UserId,
            security: std::sync::Arc::default(),
            kind: world::merchant::AppKind::Merchant,
        };
        events.push(app.into());
    }
    events.extend(USERS.map(|user| Customer::new(user, &Profile::default()).into()));
    events
}

/// The names that were made so far.
#[derive(Clone, Default)]
pub(crate) struct Names {
    pub(crate) fresh: u32,
    pub(crate) codes: Vec<(PayCode, usize)>,
}

impl Names {
    fn fresh(&mut self, kind: &str) -> String {
        self.fresh += 1;
        format!("{kind}{}", self.fresh)
    }

    pub(crate) fn paying(&mut self, sale: &Sale, code: usize, ask: bool, now: Moment) -> Paying {
        let trade = TradeNumber::from(self.fresh("t"));
        let (code, _) = self.codes.get(code).cloned().unwrap_or_else(|| ("none".into(), 0));
        Paying { trade, order: order(sale, now), code, ask }
    }

    fn voucher(&mut self, step: &Step, now: Moment) -> VoucherGiven {
        let Step::Give { user: by, shop: at, by_platform, off, threshold, begins, lives } = *step else {
            panic!("{step:?} gives no voucher")
        };
        let from = now.plus_seconds(begins);
        VoucherGiven {
            voucher: self.fresh("v").into(),
            user: user(by),
            name: String::new(),
            by: if by_platform { Payer::Platform } else { Payer::Merchant },
            merchant: at.map(shop),
            off,
            threshold,
            from,
            until: from.plus_seconds(lives),
        }
    }

    /// What the world decides on a step; trades and offers are named as the model numbers them. Time is the host's.
    pub(crate) fn decide(&mut self, world: &World, now: Moment, step: &Step, model: &Naive) -> Result<Decided<Said>, Refusal> {
        match step {
            Step::ShowCode { user: by, face_at } => {
                let code = PayCode::from(format!("28{:016}", self.codes.len()));
                self.codes.push((code.clone(), *by));
                world.decide_code(&user(*by), code, face_at.map(shop), now).map(|decided| said(decided, |_| Ok(String::new())))
            }
            Step::Pay { sale, code, ask } => {
                let paying = self.paying(sale, *code, *ask, now);
                world.decide_pay(&paying, now).map(charged)
            }
            Step::Create { sale, user: by } => {
                let number = self.fresh("t");
                let decided = world.decide_trade(number.into(), &user(*by), order(sale, now), now);
                decided.map(|decided| said(decided, |number| Ok(number.to_string())))
            }
            Step::Offer { sale, lives } => {
                let code = self.fresh("q");
                let decided = world.decide_offer(code.into(), order(sale, now), now.plus_seconds(*lives), now);
                decided.map(|decided| said(decided, |code| Ok(code.to_string())))
            }
            Step::Scan { user: by, offer, answer: reply } => {
                let (number, code) = (self.fresh("t"), model.poster(*offer));
                world.decide_scan(&user(*by), &code.into(), number.into(), answer(*reply), now).map(charged)
            }
            Step::Answer { user: by, trade, answer: reply } => {
                world.decide_answer(&user(*by), &model.number(*trade).into(), answer(*reply), now).map(charged)
            }
            Step::Poll { shop: of, name } => {
                let (trade, order) = text(*name, model);
                let found = world.trade_named(&shop(*of), Named { trade: trade.as_deref(), order: order.as_deref() })?;
                let buyer = USERS.iter().position(|user| *user == world.buyer_of(found).user.as_str()).unwrap();
                let more = found.more.get();
                let (voucher, Discounts { merchant, platform }) =
                    (more.voucher.as_ref().map_or("none", |voucher| voucher.as_str()), more.discounts);
                let off = format!("{voucher} took {merchant} and {platform}");
                let seen = format!("{} {:?} {buyer} of {}, back {}, {off}", found.number, found.status, found.total, found.refunded);
                Ok(Decided { entries: Vec::new(), told: Ok(seen) })
            }
            Step::Bill { shop: of, back } => {
                let moved = world.movements(&shop(*of), now.plus_seconds(-back), now.plus_seconds(1));
                let line = |moved: Movement<'_>| {
                    let fen = moved.refund.map_or(moved.trade.total, |refund| -refund.back.total());
                    format!("{} {} {fen}", moved.at.0, moved.trade.number)
                };
                Ok(Decided { entries: Vec::new(), told: Ok(moved.map(line).collect::<Vec<_>>().join(", ")) })
            }
            Step::Mine { user: by } => {
                let numbers: Vec<_> = world.trades_of(&user(*by)).map(|trade| trade.number.to_string()).collect();
                Ok(Decided { entries: Vec::new(), told: Ok(numbers.join(", ")) })
            }
            Step::Close { shop: of, name } => {
                let (trade, order) = text(*name, model);
                let decided = world.decide_close(&shop(*of), Named { trade: trade.as_deref(), order: order.as_deref() }, now);
                decided.map(|decided| said(decided, |number| Ok(number.to_string())))
            }
            Step::Cancel { shop: of, name } => {
                let (trade, order) = text(*name, model);
                let decided = world.decide_cancel(&shop(*of), Named { trade: trade.as_deref(), order: order.as_deref() }, now);
                decided.map(|decided| {
                    said(decided, |cancelled| {
                        let again = if cancelled.first || cancelled.action == Action::Nothing { "" } else { " again" };
                        let action = match cancelled.action {
                            Action::Nothing => "nothing",
                            Action::Closed => "closed",
                            Action::Refunded => "refunded",
                        };
                        Ok(format!("{action}{again}"))
                    })
                })
            }
            Step::Refund { shop: of, name, request, fen } => {
                let (trade, order) = text(*name, model);
                let request = request.map(|request| format!("r{request}"));
                let named = Named { trade: trade.as_deref(), order: order.as_deref() };
                refund(world, *of, &RefundAsk { named, request: request.as_deref(), fen: *fen, document: Box::default() }, now)
            }
            Step::Give { .. } => {
                world.decide_voucher(self.voucher(step, now), now).map(|decided| said(decided, |voucher| Ok(voucher.to_string())))
            }
            Step::Purse { user: by } => {
                let line = |voucher: &Voucher| format!("{} {}", voucher.given.voucher, stands(voucher, now));
                Ok(Decided { entries: Vec::new(), told: Ok(world.vouchers_of(&user(*by)).map(line).collect::<Vec<_>>().join(", ")) })
            }
            Step::FillWallet { user: by, to } => {
                world.decide_wallet(&user(*by), Change::To(*to)).map(|decided| said(decided, |total| Ok(total.to_string())))
            }
            Step::Limit { user: by, fen } => world.decide_limit(&user(*by), *fen).map(|decided| said(decided, |fen| Ok(fen.to_string()))),
            Step::Withdraw { shop: of, fen } => {
                world.decide_withdrawal(&shop(*of), *fen).map(|decided| said(decided, |left| Ok(left.to_string())))
            }
            Step::Pass { .. } | Step::Forget | Step::Restart { .. } => Ok(Decided { entries: Vec::new(), told: Ok(String::new()) }),
        }
    }
}

fn stands(voucher: &Voucher, now: Moment) -> &'static str {
    match voucher.stands(now) {
        Standing::Early => "early",
        Standing::Good => "good",
        Standing::Used => "used",
        Standing::Expired => "expired",
    }
}

/// What a decision comes to, as text.
fn said<T>(decided: Decided<T>, say: impl FnOnce(T) -> Said) -> Decided<Said> {
    Decided { entries: decided.entries, told: say(decided.told) }
}

pub(crate) fn charged(decided: Decided<Charged>) -> Decided<Said> {
    said(decided, |charged| match charged {
        Charged::Paid(trade) => Ok(format!("paid {trade}")),
        Charged::Waits(trade) => Ok(format!("waits {trade}")),
        Charged::Refused(refusal) => Err(word(&refusal).to_owned()),
    })
}

pub(crate) fn refund(world: &World, of: usize, ask: &RefundAsk<'_>, now: Moment) -> Result<Decided<Said>, Refusal> {
    let decided = world.decide_refund(&shop(of), ask, now)?;
    Ok(said(decided, |refunded| Ok(format!("{}, {} in all", if refunded.first { "back" } else { "again" }, refunded.total))))
}

/// A name as the merchant writes it.
pub(crate) fn text(name: Name, model: &Naive) -> (Option<String>, Option<String>) {
    match name {
        Name::Order(order) => (None, Some(format!("o{order}"))),
        Name::Trade(trade) => (Some(model.number(trade)), None),
    }
}

fn order(sale: &Sale, now: Moment) -> Order {
    Order {
        merchant: shop(sale.shop),
        app: format!("app of {}", SHOPS[sale.shop]).into(),
        number: format!("o{}", sale.order).into(),
        total: sale.total,
        expires: now.plus_seconds(sale.payable),
        undiscountable: sale.fixed,
        terms: Terms { subject: format!("title {}", sale.title), ..Terms::default() },
    }
}

pub(crate) fn shop(shop: usize) -> MerchantId {
    SHOPS[shop].into()
}

pub(crate) fn user(user: usize) -> UserId {
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
pub(crate) fn word(refusal: &Refusal) -> &'static str {
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
        Refusal::VoucherImpossible(_) => "no such voucher",
        _ => "something else",
    }
}
