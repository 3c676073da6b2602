//! The naive shop gives back: a cancelled trade whole, a refunded one in parts.

use super::bargain::{Back, Poster, State};
use super::naive::Naive;
use super::step::Name;

const DAY: i64 = 86_400_000;

impl Naive {
    pub(super) fn cancel(&mut self, shop: usize, name: Name) -> Result<String, String> {
        let Some(found) = self.called(shop, name) else {
            if let Name::Order(order) = name {
                let now = self.now;
                let hangs = |poster: &&mut Poster| (poster.sale.shop, poster.sale.order) == (shop, order) && now < poster.until;
                self.posters.iter_mut().filter(hangs).for_each(|poster| poster.torn = true);
            }
            return Ok("nothing".to_owned());
        };
        let late = self.now >= self.bargains[found].made + DAY;
        let bargain = &mut self.bargains[found];
        match bargain.state {
            State::Finished => Err("finished".to_owned()),
            State::Closed("refund") => Err("partly refunded".to_owned()),
            State::Closed(_) if bargain.was_paid => Ok("refunded again".to_owned()),
            State::Closed(_) => Ok("closed again".to_owned()),
            State::Paid if !bargain.backs.is_empty() => Err("partly refunded".to_owned()),
            State::Waiting | State::Paid if late => Err("too late to cancel".to_owned()),
            State::Waiting => {
                bargain.state = State::Closed("cancel");
                Ok("closed".to_owned())
            }
            State::Paid => {
                let (total, request) = (bargain.sale.total, format!("o{}", bargain.sale.order));
                self.give_back(found, request, total, true)?;
                self.bargains[found].state = State::Closed("cancel");
                Ok("refunded".to_owned())
            }
        }
    }

    /// Own money first, then the platform's, then the shop's, which was never paid.
    fn give_back(&mut self, found: usize, request: String, fen: i64, by_cancel: bool) -> Result<(), String> {
        let bargain = &self.bargains[found];
        let own_paid = bargain.own();
        let before = bargain.given_back();
        let after = before + fen;
        let own = after.min(own_paid) - before.min(own_paid);
        let both = own_paid + bargain.by_platform;
        let from_till = after.min(both) - before.min(both);
        if self.tills[bargain.sale.shop] < from_till {
            return Err("empty till".to_owned());
        }
        self.tills[bargain.sale.shop] -= from_till;
        self.wallets[bargain.buyer] += own;
        let at = self.now;
        let bargain = &mut self.bargains[found];
        bargain.backs.push(Back { request, fen, at, by_cancel });
        // with the last fen the coupon goes back, too
        if let Some(coupon) = bargain.coupon.filter(|_| bargain.given_back() == bargain.sale.total) {
            self.purse[coupon].used = None;
        }
        Ok(())
    }

    pub(super) fn refund(&mut self, shop: usize, name: Name, request: Option<u8>, fen: i64) -> Result<String, String> {
        let found = self.called(shop, name).ok_or("no trade")?;
        let bargain = &self.bargains[found];
        let number = request.map_or_else(|| format!("o{}", bargain.sale.order), |request| format!("r{request}"));
        if bargain.state == State::Waiting {
            return Err("never paid".to_owned());
        }
        if let Some(before) = bargain.backs.iter().find(|back| back.request == number && !back.by_cancel) {
            return if before.fen == fen { Ok(format!("again, {} in all", bargain.given_back())) } else { Err("other amount".to_owned()) };
        }
        match bargain.state {
            State::Finished => return Err("finished".to_owned()),
            State::Closed(_) => return Err("already closed".to_owned()),
            State::Waiting | State::Paid => {}
        }
        if fen < 1 || fen > bargain.sale.total - bargain.given_back() {
            return Err("too much".to_owned());
        }
        if request.is_none() && fen != bargain.sale.total {
            return Err("a part needs a number".to_owned());
        }
        if bargain.backs.iter().any(|back| self.now < back.at + 3_000) {
            return Err("too soon".to_owned());
        }
        self.give_back(found, number, fen, false)?;
        let bargain = &mut self.bargains[found];
        if bargain.given_back() == bargain.sale.total {
            bargain.state = State::Closed("refund");
        }
        Ok(format!("back, {} in all", bargain.given_back()))
    }
}
