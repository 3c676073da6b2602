//! The rows of the naive shop's lists.

use super::step::Sale;
use world::Moment;

#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum State {
    Waiting,
    Paid,
    Finished,
    /// The number says by which way.
    Closed(&'static str),
}

#[derive(Clone, Debug)]
pub(crate) struct Back {
    pub(crate) request: String,
    pub(crate) fen: i64,
    pub(crate) at: i64,
    pub(crate) by_cancel: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Bargain {
    pub(crate) number: String,
    pub(crate) sale: Sale,
    pub(crate) buyer: usize,
    pub(crate) made: i64,
    pub(crate) until: i64,
    pub(crate) state: State,
    pub(crate) was_paid: bool,
    pub(crate) paid_at: i64,
    pub(crate) backs: Vec<Back>,
    /// The coupon it was paid with, and what it took off: from the shop's part and from the platform's.
    pub(crate) coupon: Option<usize>,
    pub(crate) by_shop: i64,
    pub(crate) by_platform: i64,
    /// With which codes it was asked for.
    pub(crate) asked: Vec<usize>,
}

impl Bargain {
    pub(crate) fn own(&self) -> i64 {
        self.sale.total - self.by_shop - self.by_platform
    }

    pub(crate) fn given_back(&self) -> i64 {
        self.backs.iter().map(|back| back.fen).sum()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) user: usize,
    pub(crate) until: i64,
    pub(crate) used: bool,
    pub(crate) only: Option<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Poster {
    pub(crate) name: String,
    pub(crate) sale: Sale,
    pub(crate) trade_until: i64,
    pub(crate) until: i64,
    pub(crate) torn: bool,
}

/// The same day and time next year, as one reads it off a calendar.
pub(crate) fn a_year_after(made: i64) -> i64 {
    let text = Moment(made).text();
    let year: i64 = text[..4].parse().unwrap();
    let same_day = format!("{}{}", year + 1, text[4..].replace("-02-29", "-02-28"));
    Moment::parse(&same_day).unwrap().0 + made.rem_euclid(1_000)
}
