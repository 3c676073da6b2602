//! A payment from the shop's side: everything that was said about one order number, and what became of it at the platform.
//!
//! An order belongs together by the merchant's number; whoever asks by the platform's own number asks about the same. What the till
//! showed counts from the moment at which it was shown, by the machines' clocks.

use super::{Call, Delivery, Run, Trade};
use scenarios::sight::Sight;
use std::collections::{BTreeMap, BTreeSet};

const PAY: &str = "alipay.trade.pay";
/// Calls that ask how a payment stands, or end it.
const ASKING: &[&str] = &[PAY, "alipay.trade.query", "alipay.trade.cancel", "alipay.trade.close"];
/// Calls that end a payment which nobody has made yet.
const ENDING: &[&str] = &["alipay.trade.cancel", "alipay.trade.close"];
/// The call that reports a purchase.
const REPORT: &str = "alipay.marketing.card.consume.sync";
/// What a till shows when a payment came to nothing.
const FAILED: &[&str] = &["refused", "cancelled"];

/// Everything about one order.
#[derive(Clone, Debug, Default)]
pub struct Order<'r> {
    /// The application that asked for it.
    pub app: &'r str,
    /// The merchant's number.
    pub number: &'r str,
    /// The platform's number, once there is one.
    pub trade_no: Option<&'r str>,
    /// Calls about it, oldest first.
    pub calls: Vec<&'r Call>,
    /// Notices about it, as the platform made them, oldest first.
    pub notices: Vec<&'r Delivery>,
    /// The trade, as it stood at the end.
    pub trade: Option<&'r Trade>,
    /// What the till showed of it, oldest first.
    pub sights: Vec<&'r Sight>,
    /// What the till showed of its refunds, oldest first.
    pub refunds: Vec<&'r Sight>,
}

/// How a payment was left alone whose outcome was open.
#[derive(Clone, Debug)]
pub enum Neglect<'r> {
    /// The till showed that it came to nothing before anybody had asked.
    ShownAsFailed(&'r Sight),
    /// Nobody asked for so many milliseconds.
    NobodyAsked(i64),
}

impl Run {
    /// Every order, by its number.
    pub fn orders(&self) -> Vec<Order<'_>> {
        let mut orders: BTreeMap<(&str, &str), Order<'_>> = BTreeMap::new();
        let mut numbers: BTreeMap<&str, &str> = self.state.trades.iter().map(|(trade, of)| (trade.as_str(), of.order.as_str())).collect();
        for call in self.calls.iter().filter(|call| call.method.starts_with("alipay.trade.")) {
            if let (Some(order), Some(trade)) = (call.asked("/out_trade_no"), call.told("/trade_no")) {
                numbers.entry(trade).or_insert(order);
            }
            let by_trade = call.asked("/trade_no").and_then(|trade| numbers.get(trade).copied());
            let Some(number) = by_trade.or(call.asked("/out_trade_no")).filter(|number| !number.is_empty()) else { continue };
            let app = call.app_id.as_deref().unwrap_or_default();
            orders.entry((app, number)).or_insert_with(|| Order { app, number, ..Order::default() }).calls.push(call);
        }
        let mut by_number: BTreeMap<&str, Vec<(&str, &Trade)>> = BTreeMap::new();
        for (trade_no, trade) in &self.state.trades {
            by_number.entry(&trade.order).or_default().push((trade_no, trade));
        }
        // two merchants may give one number: then the platform's own says whose trade it is
        for order in orders.values_mut() {
            let told: Vec<&str> = order.calls.iter().filter_map(|call| call.told("/trade_no")).collect();
            let trades = by_number.get(order.number).map(Vec::as_slice).unwrap_or_default();
            let own = trades.iter().find(|(trade_no, _)| told.contains(trade_no)).or(if trades.len() == 1 { trades.first() } else { None });
            (order.trade_no, order.trade) = own.map_or((None, None), |(trade_no, trade)| (Some(*trade_no), Some(*trade)));
        }
        let mut apps: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (app, number) in orders.keys() {
            apps.entry(number).or_default().push(app);
        }
        for delivery in self.deliveries.iter().filter(|delivery| !delivery.is_forged() && !delivery.is_edited()) {
            let app = delivery.app_id.as_deref().unwrap_or_default();
            if let Some(order) = delivery.param("out_trade_no").and_then(|number| orders.get_mut(&(app, number))) {
                order.notices.push(delivery);
            }
        }
        for sight in &self.sights {
            let Some(number) = text(sight, "out_trade_no") else { continue };
            // what is shown under a number that two merchants gave is nobody's
            if let Some([app]) = apps.get(number).map(Vec::as_slice)
                && let Some(order) = orders.get_mut(&(*app, number))
            {
                order.sights.push(sight);
            }
        }
        let mut refunds: BTreeMap<&str, Vec<&Sight>> = BTreeMap::new();
        for sight in self.till("refund") {
            if let Some(sale) = text(sight, "sale_no") {
                refunds.entry(sale).or_default().push(sight);
            }
        }
        // so are refunds of a sale whose number two merchants gave
        let mut sellers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for ((app, _), order) in &orders {
            if let Some(sale) = order.sale() {
                sellers.entry(sale).or_default().insert(app);
            }
        }
        for order in orders.values_mut() {
            let sale = order.sale().filter(|sale| sellers[sale].len() == 1);
            order.refunds = sale.and_then(|sale| refunds.get(sale).cloned()).unwrap_or_default();
        }
        orders.into_values().collect()
    }
}

/// A text that was shown.
fn text<'r>(sight: &'r Sight, name: &str) -> Option<&'r str> {
    sight.shown.get(name).and_then(|value| value.as_str())
}

impl<'r> Order<'r> {
    /// The till's number of its sale, where the till showed it.
    pub fn sale(&self) -> Option<&'r str> {
        self.sights.iter().find_map(|sight| text(sight, "sale_no"))
    }

    /// Calls of a method about it.
    pub fn calls_of(&self, method: &str) -> impl Iterator<Item = &'r Call> {
        self.calls.iter().copied().filter(move |call| call.method == method)
    }

    /// The next call that asks how it stands, or ends it.
    pub fn asked_after(&self, call: &Call) -> Option<&'r Call> {
        self.calls.iter().copied().find(|later| later.id > call.id && ASKING.contains(&later.method.as_str()))
    }

    /// The next call that ends it.
    pub fn ended_after(&self, call: &Call) -> Option<&'r Call> {
        self.endings_after(call).next()
    }

    /// The calls after this one that end it, oldest first.
    pub fn endings_after(&self, call: &Call) -> impl Iterator<Item = &'r Call> {
        self.calls.iter().copied().filter(move |later| later.id > call.id && ENDING.contains(&later.method.as_str()))
    }

    /// The reports of its purchase by the same merchant, oldest first.
    pub(crate) fn purchases(&self, run: &'r Run) -> impl Iterator<Item = &'r Call> {
        let numbers = std::iter::once(self.number).chain(self.trade_no.filter(|trade_no| *trade_no != self.number));
        let own = move |call: &&Call| call.method == REPORT && call.app_id.as_deref().unwrap_or_default() == self.app;
        numbers.flat_map(|number| run.calls_naming(number).filter(move |call| call.asked("/trade_no") == Some(number))).filter(own)
    }

    /// The next notice about it.
    pub fn told_after(&self, call: &Call) -> Option<&'r Delivery> {
        self.notices.iter().copied().find(|notice| notice.id > call.id)
    }

    /// The next answer that says how it ended.
    pub fn settled_after(&self, call: &Call) -> Option<&'r Call> {
        let ends = |later: &&Call| matches!(later.told("/trade_status"), Some("TRADE_CLOSED" | "TRADE_SUCCESS" | "TRADE_FINISHED"));
        self.calls.iter().copied().filter(|later| later.id > call.id && later.was_believable()).find(ends)
    }

    /// The latest that the till showed of each of its refunds that is done.
    pub fn refunds_done(&self) -> Vec<&'r Sight> {
        let latest: BTreeMap<&str, &Sight> = self.refunds.iter().filter_map(|sight| Some((text(sight, "refund_no")?, *sight))).collect();
        latest.into_values().filter(|sight| sight.standing == "done").collect()
    }

    /// The most that the till said went back of it, fen.
    pub fn shown_refunded(&self) -> Option<i64> {
        let shown = self.sights.iter().chain(&self.refunds).filter_map(|sight| fen(text(sight, "refunded")?));
        shown.max()
    }

    /// What went back of it at the platform, fen.
    pub fn moved_back(&self) -> i64 {
        self.trade.map_or(0, |trade| trade.refunds.values().sum())
    }

    /// When the till showed first that it came to nothing, after a call.
    pub fn shown_as_failed_after(&self, call: &Call) -> Option<&'r Sight> {
        let after = |sight: &&Sight| FAILED.contains(&sight.standing.as_str()) && shown_ms(sight) >= call.real_ms;
        self.sights.iter().copied().find(after)
    }

    /// How it was left alone after this call, whose answer did not say how it ends: shown as failed before anybody asked or told,
    /// or not asked about for so long.
    pub fn neglected(&self, run: &Run, call: &Call, patience_ms: i64) -> Option<Neglect<'r>> {
        let asked = self.asked_after(call).map(|asked| asked.real_ms);
        let told = self.told_after(call).map(|told| told.real_ms);
        let known_ms = asked.into_iter().chain(told).min();
        let failed = self.shown_as_failed_after(call).filter(|sight| known_ms.is_none_or(|known| known > shown_ms(sight)));
        match failed {
            Some(sight) => Some(Neglect::ShownAsFailed(sight)),
            None if known_ms.is_none() && run.left_after(call) >= patience_ms => Some(Neglect::NobodyAsked(run.left_after(call))),
            None => None,
        }
    }
}

/// When something was shown, real time, milliseconds since 1970.
pub(crate) fn shown_ms(sight: &Sight) -> i64 {
    sight.real_ms.saturating_add(i64::try_from(sight.took_ms).unwrap_or(i64::MAX))
}

impl Neglect<'_> {
    /// In words.
    pub fn observed(&self, order: &str) -> String {
        match self {
            Self::ShownAsFailed(sight) => format!("the till showed {order} as {} before anybody had asked", sight.standing),
            Self::NobodyAsked(ms) => format!("nobody asked about {order} for {} s", ms / 1_000),
        }
    }
}

/// Fen of an amount in yuan with two decimals.
pub(crate) fn fen(amount: &str) -> Option<i64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (yuan, fen) = amount.split_once('.').filter(|(yuan, fen)| fen.len() == 2 && digits(yuan) && digits(fen))?;
    yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(fen.parse().ok()?)
}

/// A whole number that was shown.
pub(crate) fn figure(sight: &Sight, name: &str) -> Option<i64> {
    sight.shown.get(name).and_then(serde_json::Value::as_i64)
}

/// An amount that was shown, fen.
pub(crate) fn amount(sight: &Sight, name: &str) -> Option<i64> {
    fen(text(sight, name)?)
}
