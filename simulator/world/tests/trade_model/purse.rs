//! The naive shop's vouchers: a list that is gone through from its beginning. Written from commerce SEMANTICS 7 "Redemption" and what
//! `METHODS.md` says is inferred, not from the world's code.

/// What a customer was given.
#[derive(Clone, Debug)]
pub(crate) struct Coupon {
    pub(crate) name: String,
    pub(crate) user: usize,
    pub(crate) by_platform: bool,
    /// The only shop where it is good.
    pub(crate) shop: Option<usize>,
    pub(crate) off: i64,
    pub(crate) threshold: i64,
    pub(crate) from: i64,
    pub(crate) until: i64,
    /// The bargain that was paid with it.
    pub(crate) used: Option<usize>,
}

impl Coupon {
    /// Whether anybody may be given this.
    pub(crate) fn can_be(&self, now: i64) -> bool {
        let amounts = (10..=300_000).contains(&self.off) && (10..=5_000_000).contains(&self.threshold) && self.off <= self.threshold;
        amounts && (self.by_platform || self.shop.is_some()) && self.from < self.until && now < self.until
    }

    fn is_good(&self, user: usize, shop: usize, reducible: i64, now: i64) -> bool {
        let is_his = self.user == user && self.used.is_none();
        is_his && self.shop.is_none_or(|only| only == shop) && self.threshold <= reducible && self.from <= now && now < self.until
    }

    fn word(&self, now: i64) -> &'static str {
        match self.used {
            Some(_) => "used",
            None if now < self.from => "early",
            None if now < self.until => "good",
            None => "expired",
        }
    }
}

/// The coupon that a payment takes: the most off, then the first to end, then the oldest.
pub(crate) fn choose(purse: &[Coupon], user: usize, shop: usize, reducible: i64, now: i64) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (place, coupon) in purse.iter().enumerate().filter(|(_, coupon)| coupon.is_good(user, shop, reducible, now)) {
        let is_better = match best.map(|best| &purse[best]) {
            None => true,
            Some(best) => coupon.off > best.off || (coupon.off == best.off && coupon.until < best.until),
        };
        if is_better {
            best = Some(place);
        }
    }
    best
}

/// A customer's coupons in words.
pub(crate) fn in_words(purse: &[Coupon], user: usize, now: i64) -> String {
    let of = purse.iter().filter(|coupon| coupon.user == user);
    of.map(|coupon| format!("{} {}", coupon.name, coupon.word(now))).collect::<Vec<_>>().join(", ")
}
