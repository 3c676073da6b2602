//! Trades: payment at the till, by a code to scan or by number, and everything that is asked about it afterwards.
//!
//! One file a method; what they share stands in `order`, `shown`, `amount` and `told`. Money and state are the world's
//! (`world::trade`). Sources: the tables of the methods; commerce SEMANTICS 2 to 4.

pub(crate) mod amount;
mod cancel;
mod close;
mod create;
mod order;
mod pay;
mod precreate;
mod query;
mod refund;
mod refund_query;
pub(crate) mod shown;
pub(crate) mod told;
pub(crate) mod vouchers;

use crate::method::Entry;
use serde::Deserialize;
use world::trade::Named;

pub(crate) const METHODS: &[Entry] = &[
    Entry::of::<cancel::Cancel>(),
    Entry::of::<close::Close>(),
    Entry::of::<create::Create>(),
    Entry::of::<pay::Pay>(),
    Entry::of::<precreate::Precreate>(),
    Entry::of::<query::Query>(),
    Entry::of::<refund::Refund>(),
    Entry::of::<refund_query::RefundQuery>(),
];

/// Which trade a call means.
#[derive(Deserialize)]
struct Which {
    trade_no: Option<String>,
    out_trade_no: Option<String>,
}

impl Which {
    fn named(&self) -> Named<'_> {
        Named { trade: self.trade_no.as_deref(), order: self.out_trade_no.as_deref() }
    }
}

#[cfg(test)]
mod tests;
