//! The shop as commerce SEMANTICS 2 and 3 tell it, in plain lists, written from that page and not from the world's code.
//!
//! It shares with the world only words for answers. Whatever is asked of it is searched for from the beginning of a list.

use super::bargain::{Bargain, Code, Poster, State, a_year_after};
use super::purse::{Coupon, choose, in_words};
use super::step::{Name, Reply, Sale, Step};
use world::Moment;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// The shop.
#[derive(Clone, Debug)]
pub(crate) struct Naive {
    pub(super) now: i64,
    pub(crate) wallets: [i64; 4],
    pub(super) limits: [i64; 4],
    pub(crate) tills: [i64; 2],
    pub(super) codes: Vec<Code>,
    pub(super) posters: Vec<Poster>,
    pub(super) bargains: Vec<Bargain>,
    pub(super) purse: Vec<Coupon>,
    pub(super) fresh: u32,
}

/// The fourth customer is the second merchant.
fn same_person(user: usize, shop: usize) -> bool {
    user == 3 && shop == 1
}

impl Naive {
    pub(crate) fn new(now: Moment) -> Self {
        Self {
            now: now.0,
            wallets: [100_000; 4],
            limits: [20_000; 4],
            tills: [0; 2],
            codes: Vec::new(),
            posters: Vec::new(),
            bargains: Vec::new(),
            purse: Vec::new(),
            fresh: 0,
        }
    }

    /// How many codes, posters and bargains there are.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        (self.codes.len(), self.posters.len(), self.bargains.len())
    }

    /// The number that the platform gave to the n-th bargain.
    pub(crate) fn number(&self, bargain: usize) -> String {
        self.bargains.get(bargain).map_or("none".to_owned(), |bargain| bargain.number.clone())
    }

    /// The n-th poster's code.
    pub(crate) fn poster(&self, poster: usize) -> String {
        self.posters.get(poster).map_or("none".to_owned(), |poster| poster.name.clone())
    }

    /// Which shop and which customer the n-th bargain is between.
    pub(crate) fn parties(&self, bargain: usize) -> Option<(usize, usize)> {
        self.bargains.get(bargain).map(|bargain| (bargain.sale.shop, bargain.buyer))
    }

    /// The shop's number of the n-th bargain.
    pub(crate) fn order_of(&self, bargain: usize) -> Option<u8> {
        self.bargains.get(bargain).map(|bargain| bargain.sale.order)
    }

    /// What the n-th bargain is about, while it waits.
    pub(crate) fn waiting_sale(&self, bargain: usize) -> Option<Sale> {
        self.bargains.get(bargain).filter(|bargain| bargain.state == State::Waiting).map(|bargain| bargain.sale)
    }

    /// A code with which the n-th bargain was asked for.
    pub(crate) fn asked_with(&self, bargain: usize) -> Option<usize> {
        self.bargains.get(bargain).and_then(|bargain| bargain.asked.last().copied())
    }

    pub(super) fn called(&self, shop: usize, name: Name) -> Option<usize> {
        let wanted = |bargain: &Bargain| {
            bargain.sale.shop == shop
                && match name {
                    Name::Order(order) => bargain.sale.order == order,
                    Name::Trade(trade) => self.number(trade) == bargain.number,
                }
        };
        self.bargains.iter().position(wanted)
    }

    /// What is to be said of a number before anything else; else the bargain that waits under it.
    fn number_state(&self, sale: &Sale) -> Result<Option<usize>, String> {
        let Some(found) = self.called(sale.shop, Name::Order(sale.order)) else { return Ok(None) };
        let before = &self.bargains[found];
        match before.state {
            State::Paid | State::Finished => Err("already paid".to_owned()),
            State::Closed(_) => Err("already closed".to_owned()),
            State::Waiting if (before.sale.total, before.sale.title) != (sale.total, sale.title) => Err("other terms".to_owned()),
            State::Waiting => Ok(Some(found)),
        }
    }

    fn parameters(sale: &Sale) -> Result<(), String> {
        if sale.total < 1 || sale.total > 10_000_000_000 || sale.fixed > sale.total {
            Err("bad total".to_owned())
        } else if sale.payable <= 0 {
            Err("too late".to_owned())
        } else {
            Ok(())
        }
    }

    fn fresh(&mut self, kind: &str) -> String {
        self.fresh += 1;
        format!("{kind}{}", self.fresh)
    }

    fn begin(&mut self, number: String, sale: Sale, buyer: usize, until: i64) -> usize {
        self.bargains.push(Bargain {
            number,
            sale,
            buyer,
            made: self.now,
            until,
            state: State::Waiting,
            was_paid: false,
            paid_at: 0,
            backs: Vec::new(),
            coupon: None,
            by_shop: 0,
            by_platform: 0,
            asked: Vec::new(),
        });
        self.bargains.len() - 1
    }

    fn money(&mut self, bargain: usize) -> Result<String, String> {
        let Bargain { buyer, sale, .. } = self.bargains[bargain].clone();
        let coupon = choose(&self.purse, buyer, sale.shop, sale.total - sale.fixed, self.now);
        let own = sale.total - coupon.map_or(0, |coupon| self.purse[coupon].off);
        if self.wallets[buyer] < own {
            return Err("poor".to_owned());
        }
        let paid = &mut self.bargains[bargain];
        (paid.state, paid.was_paid, paid.paid_at, paid.coupon) = (State::Paid, true, self.now, coupon);
        if let Some(coupon) = coupon {
            let coupon = &mut self.purse[coupon];
            coupon.used = Some(bargain);
            *(if coupon.by_platform { &mut paid.by_platform } else { &mut paid.by_shop }) = coupon.off;
        }
        self.wallets[buyer] -= own;
        self.tills[sale.shop] += own + paid.by_platform;
        Ok(format!("paid {}", paid.number))
    }

    fn pay(&mut self, sale: Sale, code: usize, ask: bool, number: String) -> Result<String, String> {
        Self::parameters(&sale)?;
        let before = self.number_state(&sale)?;
        let now = self.now;
        if let Some(before) = before.map(|before| &self.bargains[before])
            && before.asked.iter().rev().take(8).any(|asked| *asked == code)
        {
            return Ok(format!("waits {}", before.number));
        }
        let read = code;
        let code = self.codes.get_mut(code).filter(|code| !code.used && now < code.until).ok_or("bad code")?;
        if code.only.is_some_and(|only| only != sale.shop) {
            return Err("other shop's token".to_owned());
        }
        code.used = true;
        let user = code.user;
        if same_person(user, sale.shop) {
            return Err("own shop".to_owned());
        }
        if before.is_some_and(|before| self.bargains[before].buyer != user) {
            return Err("other buyer".to_owned());
        }
        let asked = ask || sale.total > self.limits[user];
        let fixed = before.map_or(sale.fixed, |before| self.bargains[before].sale.fixed);
        let coupon = choose(&self.purse, user, sale.shop, sale.total - fixed, now);
        if !asked && self.wallets[user] < sale.total - coupon.map_or(0, |coupon| self.purse[coupon].off) {
            return Err("poor".to_owned());
        }
        let bargain = before.unwrap_or_else(|| self.begin(number, sale, user, now + sale.payable * 1_000));
        if !asked {
            return self.money(bargain);
        }
        self.bargains[bargain].asked.push(read);
        Ok(format!("waits {}", self.bargains[bargain].number))
    }

    fn reply(&mut self, bargain: usize, answer: Reply) -> Result<String, String> {
        match self.bargains[bargain].state {
            State::Paid | State::Finished => Err("already paid".to_owned()),
            State::Closed(_) => Err("already closed".to_owned()),
            State::Waiting if answer == Reply::Pay => self.money(bargain),
            State::Waiting => Ok(format!("waits {}", self.bargains[bargain].number)),
        }
    }

    fn scan(&mut self, user: usize, poster: usize, answer: Reply, number: String) -> Result<String, String> {
        let Some(poster) = self.posters.get(poster).cloned() else { return Err("dead poster".to_owned()) };
        if poster.torn || self.now >= poster.until {
            return Err("dead poster".to_owned());
        }
        let bargain = match self.number_state(&poster.sale)? {
            Some(before) if self.bargains[before].buyer != user => return Err("other buyer".to_owned()),
            Some(before) => before,
            None if same_person(user, poster.sale.shop) => return Err("own shop".to_owned()),
            None => self.begin(number, poster.sale, user, poster.trade_until),
        };
        self.reply(bargain, answer)
    }

    fn offer(&mut self, sale: Sale, lives: i64, name: String) -> Result<String, String> {
        Self::parameters(&sale)?;
        self.number_state(&sale)?;
        let now = self.now;
        let alive =
            |poster: &&Poster| !poster.torn && now < poster.until && (poster.sale.shop, poster.sale.order) == (sale.shop, sale.order);
        if let Some(before) = self.posters.iter().find(alive) {
            let unchanged = (before.sale.total, before.sale.title) == (sale.total, sale.title);
            return if unchanged { Ok(before.name.clone()) } else { Err("poster hangs".to_owned()) };
        }
        let trade_until = now + sale.payable * 1_000;
        let until = trade_until.min(now + 2 * HOUR).min(now + lives * 1_000);
        self.posters.push(Poster { name: name.clone(), sale, trade_until, until, torn: false });
        Ok(name)
    }

    fn poll(&self, shop: usize, name: Name) -> Result<String, String> {
        let bargain = &self.bargains[self.called(shop, name).ok_or("no trade")?];
        let state = match bargain.state {
            State::Waiting => "Waiting".to_owned(),
            State::Paid => "Paid".to_owned(),
            State::Finished => "Finished".to_owned(),
            State::Closed(_) => "Closed".to_owned(),
        };
        let coupon = bargain.coupon.map_or("none", |coupon| self.purse[coupon].name.as_str());
        let off = format!("{coupon} took {} and {}", bargain.by_shop, bargain.by_platform);
        Ok(format!("{} {state} {} of {}, back {}, {off}", bargain.number, bargain.buyer, bargain.sale.total, bargain.given_back()))
    }

    /// A shop's payments and refunds of the last so many seconds, in the order of time.
    fn bill(&self, shop: usize, back: i64) -> String {
        let mut lines = Vec::new();
        for bargain in self.bargains.iter().filter(|bargain| bargain.sale.shop == shop && bargain.was_paid) {
            lines.push((bargain.paid_at, format!("{} {} {}", bargain.paid_at, bargain.number, bargain.sale.total)));
            lines.extend(bargain.backs.iter().map(|back| (back.at, format!("{} {} -{}", back.at, bargain.number, back.fen))));
        }
        // at one moment, in the order in which the trades were made
        lines.sort_by_key(|(at, _)| *at);
        let from = self.now - back * 1_000;
        lines.into_iter().filter(|(at, _)| *at >= from).map(|(_, line)| line).collect::<Vec<_>>().join(", ")
    }

    fn pass(&mut self, seconds: i64) {
        self.now += seconds * 1_000;
        for bargain in &mut self.bargains {
            if bargain.state == State::Waiting && self.now >= bargain.until {
                bargain.state = State::Closed("time");
            }
            if bargain.state == State::Paid && self.now >= a_year_after(bargain.made) {
                bargain.state = State::Finished;
            }
        }
    }

    /// What must be answered to a step.
    pub(crate) fn play(&mut self, step: &Step) -> Result<String, String> {
        match *step {
            Step::ShowCode { user, face_at } => {
                let now = self.now;
                let good = |code: &&mut Code| code.user == user && !code.used && now < code.until;
                if self.codes.iter_mut().filter(good).count() == 8 {
                    self.codes.iter_mut().find(good).unwrap().used = true;
                }
                self.codes.push(Code { user, until: self.now + MINUTE, used: false, only: face_at });
                Ok(String::new())
            }
            Step::Pay { sale, code, ask } => {
                let number = self.fresh("t");
                self.pay(sale, code, ask, number)
            }
            Step::Create { sale, user } => {
                let number = self.fresh("t");
                Self::parameters(&sale)?;
                let before = self.number_state(&sale)?;
                if same_person(user, sale.shop) {
                    return Err("own shop".to_owned());
                }
                match before {
                    Some(before) if self.bargains[before].buyer != user => Err("other buyer".to_owned()),
                    Some(before) => Ok(self.bargains[before].number.clone()),
                    None => {
                        let until = self.now + sale.payable * 1_000;
                        self.begin(number.clone(), sale, user, until);
                        Ok(number)
                    }
                }
            }
            Step::Offer { sale, lives } => {
                let name = self.fresh("q");
                self.offer(sale, lives, name)
            }
            Step::Scan { user, offer, answer } => {
                let number = self.fresh("t");
                self.scan(user, offer, answer, number)
            }
            Step::Answer { user, trade, answer } => match self.bargains.get(trade) {
                Some(bargain) if bargain.buyer == user => self.reply(trade, answer),
                _ => Err("no trade".to_owned()),
            },
            Step::Poll { shop, name } => self.poll(shop, name),
            Step::Bill { shop, back } => Ok(self.bill(shop, back)),
            Step::Mine { user } => {
                let mine = self.bargains.iter().rev().filter(|bargain| bargain.buyer == user);
                Ok(mine.map(|bargain| bargain.number.clone()).collect::<Vec<_>>().join(", "))
            }
            Step::Close { shop, name } => {
                let found = self.called(shop, name).ok_or("no trade")?;
                let bargain = &mut self.bargains[found];
                if bargain.state != State::Waiting {
                    return Err("not waiting".to_owned());
                }
                bargain.state = State::Closed("close");
                Ok(bargain.number.clone())
            }
            Step::Cancel { shop, name } => self.cancel(shop, name),
            Step::Refund { shop, name, request, fen } => self.refund(shop, name, request, fen),
            Step::Give { user, shop, by_platform, off, threshold, begins, lives } => {
                let name = self.fresh("v");
                let from = self.now + begins * 1_000;
                let coupon =
                    Coupon { name: name.clone(), user, by_platform, shop, off, threshold, from, until: from + lives * 1_000, used: None };
                if !coupon.can_be(self.now) {
                    return Err("no such voucher".to_owned());
                }
                self.purse.push(coupon);
                Ok(name)
            }
            Step::Purse { user } => Ok(in_words(&self.purse, user, self.now)),
            Step::FillWallet { user, to } if to >= 0 => {
                self.wallets[user] = to;
                Ok(to.to_string())
            }
            Step::Limit { user, fen } if fen >= 0 => {
                self.limits[user] = fen;
                Ok(fen.to_string())
            }
            Step::FillWallet { .. } | Step::Limit { .. } => Err("bad amount".to_owned()),
            Step::Withdraw { shop, fen } if fen < 1 || fen > self.tills[shop] => Err("empty till".to_owned()),
            Step::Withdraw { shop, fen } => {
                self.tills[shop] -= fen;
                Ok(self.tills[shop].to_string())
            }
            Step::Pass { seconds } => {
                self.pass(seconds);
                Ok(String::new())
            }
            Step::Forget | Step::Restart { .. } => Ok(String::new()),
        }
    }
}
