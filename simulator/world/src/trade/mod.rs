//! Trades: what a merchant asks a customer to pay, from the order to the last fen given back, and the wallets they are paid from.
//!
//! Every file holds one decision or one kind of fact: `pay`, `offer` (an order to be scanned), `ending` (close, cancel, time),
//! `refund`, `code`, `voucher`, `wallet`. Money moves only by postings that are recorded with the event that causes them, and a posting's
//! id is made from what it is for, so that the ledger itself refuses to pay or refund the same thing twice.
//! Source: commerce SEMANTICS 2 to 4; what is inferred there is named at the spot.

pub mod code;
mod ending;
pub mod life;
mod list;
pub mod offer;
mod pay;
mod refund;
mod state;
pub mod voucher;
pub mod wallet;

pub use ending::{Action, Cancelled, TradeClosed, TradeFinished};
pub use list::Movement;
pub use pay::{Answer, Charged, Paying, TradeAsked, TradeDeclined, TradeMade, TradePaid};
pub use refund::{MOST_REFUNDS, RefundAsk, Refunded, TradeRefunded};

use crate::accounts::millis;
use crate::event::Event;
use crate::moment::Moment;
use crate::names::{AppId, MerchantId, PayCode, TradeNumber, VoucherId};
use crate::packed::Packed;
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use compact_str::CompactString;
use ledger::{Instruction, Row};
use serde::{Deserialize, Serialize};

/// The largest total of an order, fen.
pub const LARGEST_TOTAL: i64 = 10_000_000_000;

/// Where a trade stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Made, and the customer has not paid.
    Waiting,
    /// Paid; some of it may have been given back.
    Paid,
    /// Paid, and nothing can be given back any more.
    Finished,
    /// Ended without payment, or everything was given back.
    Closed,
}

/// How a trade came to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The till read a payment code.
    Code,
    /// The customer scanned an order.
    Scan,
    /// The merchant made it for a customer it knows.
    Created,
}

/// Why a trade was closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The merchant closed it.
    Close,
    /// The merchant cancelled it; what was paid went back.
    Cancel,
    /// Nobody paid in time.
    TimeOut,
    /// Everything was given back.
    Refund,
}

/// What of a payment is not the buyer's own money, fen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Discounts {
    /// Borne by the merchant, who gets so much less.
    pub merchant: i64,
    /// Borne by the platform, who pays it to the merchant.
    pub platform: i64,
}

/// An amount by who pays it or gets it back, fen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Parts {
    /// The buyer's own money.
    pub own: i64,
    /// The platform's part.
    pub platform: i64,
    /// The merchant's part: no money moves for it.
    pub merchant: i64,
}

impl Parts {
    /// Who pays what of a total when so much of it is taken off.
    pub(crate) fn of(total: i64, discounts: Discounts) -> Self {
        let Discounts { merchant, platform } = discounts;
        Self { own: total - merchant - platform, platform, merchant }
    }

    /// All of it.
    pub fn total(self) -> i64 {
        self.own + self.platform + self.merchant
    }
}

/// What an order says beyond its figures. Kept as it came; only the subject is ever compared. No field may be skipped when it is
/// written: a snapshot has no names to tell.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Title.
    pub subject: String,
    /// Where the merchant wants to be told.
    pub notify_url: Option<String>,
    /// The merchant's application on whose behalf another one called.
    pub behalf: Option<AppId>,
    /// Everything else, in the provider's words (JSON text).
    pub document: Box<str>,
}

/// What a merchant wants to be paid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Who is paid.
    pub merchant: MerchantId,
    /// The application that asked.
    pub app: AppId,
    /// The merchant's number, unique within the merchant.
    pub number: CompactString,
    /// How much, fen.
    pub total: i64,
    /// Until when it may be paid.
    pub expires: Moment,
    /// What of it no voucher may reduce, fen.
    #[serde(default)]
    pub undiscountable: i64,
    /// What else it says.
    #[serde(default)]
    pub terms: Terms,
}

impl Order {
    /// Whether such an order can be.
    pub(crate) fn check(&self, now: Moment) -> Result<(), Refusal> {
        if !(1..=LARGEST_TOTAL).contains(&self.total) || !(0..=self.total).contains(&self.undiscountable) {
            return Err(Refusal::TotalOutOfRange { fen: self.total });
        }
        if self.expires <= now { Err(Refusal::OrderExpired { at: self.expires.text() }) } else { Ok(()) }
    }
}

/// One refund of a trade.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Refund {
    /// The merchant's number of it, unique within the trade.
    pub request: CompactString,
    /// When it was.
    pub at: Moment,
    /// Who got what back; the sum is what was asked for.
    pub back: Parts,
    /// Whether cancelling the trade did it.
    pub by_cancel: bool,
    /// What else was said, in the provider's words (JSON text).
    pub document: Box<str>,
}

/// A trade.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Trade {
    /// The platform's number.
    pub number: TradeNumber,
    /// The merchant's number.
    pub order: CompactString,
    /// Row of the application that made it.
    pub app: u32,
    /// Row of the merchant.
    pub merchant: u32,
    /// Row of the customer.
    pub buyer: u32,
    /// How it came to be.
    pub how: How,
    /// Where it stands.
    pub status: Status,
    /// Whether the customer said no when last asked; the trade waits all the same.
    pub declined: bool,
    /// Why it was closed, when it was.
    pub end: Option<End>,
    /// How much, fen.
    pub total: i64,
    /// How much was given back, fen.
    pub refunded: i64,
    /// When it was made.
    pub made: Moment,
    /// Until when it may be paid.
    pub expires: Moment,
    /// When it was paid.
    pub paid: Option<Moment>,
    /// When it was closed or finished.
    pub ended: Option<Moment>,
    /// What the order said.
    pub terms: Packed<Terms>,
    /// What few trades have.
    pub more: Packed<More>,
    /// Row of the same customer's trade before this one.
    pub(crate) previous: Option<u32>,
}

/// The rarer parts of a trade.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct More {
    /// What of the total no voucher may reduce.
    pub undiscountable: i64,
    /// The voucher it was paid with.
    pub voucher: Option<VoucherId>,
    /// What of the total was not the buyer's own money.
    pub discounts: Discounts,
    /// What was given back, oldest first.
    pub refunds: Vec<Refund>,
    /// The codes that led to its waiting, the newest [`code::GOOD_AT_A_TIME`], oldest first.
    pub codes: Vec<PayCode>,
}

impl Keyed for Trade {
    type Key = TradeNumber;
    fn key(&self) -> &TradeNumber {
        &self.number
    }
}

impl Trade {
    /// Where it stands at `now` and why it was closed, also when its time came and nobody has recorded that yet.
    pub fn stands(&self, now: Moment) -> (Status, Option<End>) {
        match self.status {
            Status::Waiting if now >= self.expires => (Status::Closed, Some(End::TimeOut)),
            Status::Paid if now >= life::finished(self.made) => (Status::Finished, None),
            status => (status, self.end),
        }
    }

    /// Whether it waits because this code was read.
    pub(crate) fn waits_for(&self, code: &PayCode) -> bool {
        self.more.get().codes.contains(code)
    }

    /// Who pays or paid what of the total.
    pub fn parts(&self) -> Parts {
        Parts::of(self.total, self.more.get().discounts)
    }

    /// What was given back, oldest first.
    pub fn refunds(&self) -> Vec<Refund> {
        if self.refunded == 0 { Vec::new() } else { self.more.get().refunds }
    }

    /// The refund with this number of the merchant's.
    pub fn refund(&self, request: &str) -> Option<Refund> {
        self.refunds().into_iter().find(|refund| refund.request == request)
    }
}

/// Which trade a merchant means; the platform's number wins when both are given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Named<'a> {
    /// The platform's number.
    pub trade: Option<&'a str>,
    /// The merchant's number.
    pub order: Option<&'a str>,
}

/// What a decision comes to: what is to be recorded, in order, all of it or nothing, and what is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decided<T> {
    /// Events with the postings that belong to them; at most one has any.
    pub entries: Vec<(Event, Vec<Instruction>)>,
    /// What came of it.
    pub told: T,
}

impl<T> Decided<T> {
    pub(crate) fn nothing(told: T) -> Self {
        Self { entries: Vec::new(), told }
    }

    /// The events with their ledger rows, decided on the state before the first of them.
    ///
    /// # Errors
    /// [`Refusal::Ledger`] with the ledger's own words.
    pub fn rows(&self, world: &World, now: Moment) -> Result<Vec<(Event, Vec<Row>)>, Refusal> {
        let rows = |(event, instructions): &(Event, Vec<Instruction>)| {
            let decision = world.ledger().decide(millis(now), instructions);
            match decision.answers.iter().find_map(|answer| answer.as_ref().err()) {
                Some(refusal) => Err(Refusal::Ledger(refusal.to_string())),
                None => Ok((event.clone(), decision.rows)),
            }
        };
        self.entries.iter().map(rows).collect()
    }

    pub(crate) fn with(mut self, event: impl Into<Event>, instructions: Vec<Instruction>) -> Self {
        self.entries.push((event.into(), instructions));
        self
    }

    pub(crate) fn telling<U>(self, told: U) -> Decided<U> {
        Decided { entries: self.entries, told }
    }
}
