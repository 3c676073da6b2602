//! What merchants, customers, testers and time may do, drawn from a seed. Few names and amounts, so that they meet.

use super::naive::Naive;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    ShowCode {
        user: usize,
        face_at: Option<usize>,
    },
    Pay {
        sale: Sale,
        code: usize,
        ask: bool,
    },
    Create {
        sale: Sale,
        user: usize,
    },
    Offer {
        sale: Sale,
        lives: i64,
    },
    Scan {
        user: usize,
        offer: usize,
        answer: Reply,
    },
    Answer {
        user: usize,
        trade: usize,
        answer: Reply,
    },
    Poll {
        shop: usize,
        name: Name,
    },
    Bill {
        shop: usize,
        back: i64,
    },
    Mine {
        user: usize,
    },
    /// Times in seconds, the first from now and the second from there.
    Give {
        user: usize,
        shop: Option<usize>,
        by_platform: bool,
        off: i64,
        threshold: i64,
        begins: i64,
        lives: i64,
    },
    Purse {
        user: usize,
    },
    Close {
        shop: usize,
        name: Name,
    },
    Cancel {
        shop: usize,
        name: Name,
    },
    Refund {
        shop: usize,
        name: Name,
        request: Option<u8>,
        fen: i64,
    },
    FillWallet {
        user: usize,
        to: i64,
    },
    Limit {
        user: usize,
        fen: i64,
    },
    Withdraw {
        shop: usize,
        fen: i64,
    },
    Pass {
        seconds: i64,
    },
    Forget,
    Restart {
        from_snapshot: bool,
    },
}

/// What a merchant wants to be paid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sale {
    pub(crate) shop: usize,
    pub(crate) order: u8,
    pub(crate) total: i64,
    pub(crate) title: u8,
    /// What of it no voucher may reduce.
    pub(crate) fixed: i64,
    pub(crate) payable: i64,
}

/// How a merchant names a trade: by its own number, or by the platform's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name {
    Order(u8),
    Trade(usize),
}

/// What a customer does when asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reply {
    Pay,
    Refuse,
    Ignore,
}

/// A source of numbers that the seed determines (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % bound as u64).expect("it is below a usize")
    }

    pub(crate) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// The last things of a list are meant more often than old ones.
    pub(crate) fn recent(&mut self, len: usize) -> usize {
        let back = if self.below(3) == 0 { self.below(len.max(1)) } else { self.below(3).min(len.saturating_sub(1)) };
        len.saturating_sub(1 + back)
    }

    fn sale(&mut self, near: u8) -> Sale {
        let sound = [1, 100, 3_500, 3_500, 20_000, 20_001, 50_000, 90_000];
        let total = if self.below(40) == 0 { self.of(&[0, 10_000_000_001]) } else { self.of(&sound) };
        Sale {
            shop: self.below(2),
            order: self.order(near),
            total,
            title: u8::from(self.below(12) == 0),
            fixed: if self.below(6) == 0 { self.of(&[1, 100, 1_000, 60_000]) } else { 0 },
            payable: if self.below(40) == 0 { 0 } else { self.of(&[60, 10_800, 10_800, 1_296_000]) },
        }
    }

    /// A number of a merchant's: new, or used a short while ago.
    fn order(&mut self, near: u8) -> u8 {
        near.saturating_add(self.of(&[0, 1, 1])).saturating_sub(self.of(&[0, 0, 1, 2, 3]))
    }

    fn reply(&mut self) -> Reply {
        self.of(&[Reply::Pay, Reply::Pay, Reply::Pay, Reply::Refuse, Reply::Ignore])
    }

    /// The next step in a shop that stands like this.
    pub(crate) fn step(&mut self, shop: &Naive) -> Step {
        let (codes, posters, trades) = shop.counts();
        // two merchants share the numbers
        let near = u8::try_from(trades / 2).unwrap_or(u8::MAX);
        let user = self.below(4);
        let trade = self.recent(trades);
        // mostly those whom the trade is about, now and then somebody else
        let (of_shop, of_user) = if self.below(8) == 0 { (self.below(2), user) } else { shop.parties(trade).unwrap_or_default() };
        let name = if self.below(3) == 0 { Name::Order(self.order(near)) } else { Name::Trade(trade) };
        let by_number = Name::Order(shop.order_of(trade).unwrap_or(near));
        let name = if self.below(2) == 0 { by_number } else { name };
        match self.below(54) {
            0..=7 => Step::ShowCode { user, face_at: (self.below(6) == 0).then(|| self.below(2)) },
            8..=16 => Step::Pay { sale: self.sale(near), code: self.recent(codes), ask: self.below(8) == 0 },
            17 => match shop.waiting_sale(trade).filter(|_| codes > 0) {
                Some(sale) => {
                    let again = shop.asked_with(trade).filter(|_| self.below(2) == 0);
                    let sale = Sale { fixed: self.of(&[0, 1, 3_500]), ..sale };
                    Step::Pay { sale, code: again.unwrap_or(codes - 1), ask: false }
                }
                None => Step::ShowCode { user: of_user, face_at: None },
            },
            18 => Step::Create { sale: self.sale(near), user },
            19..=20 => Step::Offer { sale: self.sale(near), lives: self.of(&[60, 7_200, 86_400]) },
            21..=22 => Step::Scan { user, offer: self.recent(posters), answer: self.reply() },
            23..=26 => Step::Answer { user: of_user, trade, answer: self.reply() },
            27 => Step::Poll { shop: of_shop, name },
            28 => Step::Close { shop: of_shop, name },
            29..=30 => Step::Cancel { shop: of_shop, name },
            31..=35 => {
                let request = (self.below(4) > 0).then(|| u8::try_from(self.below(3)).expect("it is below 3"));
                Step::Refund { shop: of_shop, name, request, fen: self.of(&[1, 100, 1_000, 2_500, 3_500, 20_000, 50_000, 0]) }
            }
            36 => Step::FillWallet { user, to: self.of(&[0, 3_499, 100_000, 1_000_000, -1]) },
            37 => Step::Limit { user, fen: self.of(&[0, 3_500, 20_000, 100_000, -1]) },
            38 => Step::Withdraw { shop: of_shop, fen: self.of(&[1, 3_500, 20_000, 0]) },
            39..=41 if self.below(12) == 0 => Step::Pass { seconds: self.of(&[86_400, 1_296_000, 31_600_000]) },
            39..=41 => Step::Pass { seconds: self.of(&[1, 1, 2, 3, 3, 30, 59, 60, 3_600, 7_200, 10_800]) },
            42 => Step::Forget,
            43..=44 => Step::Bill { shop: of_shop, back: self.of(&[60, 86_400, 40_000_000]) },
            45..=46 => Step::Mine { user: of_user },
            47..=50 => {
                let by_platform = self.below(2) == 0;
                let shop = (!by_platform || self.below(3) == 0).then(|| self.below(2));
                let shop = if self.below(20) == 0 { None } else { shop };
                let (off, threshold) = (self.of(&[10, 50, 100, 2_500, 2_500, 3_500, 300_001, 0]), self.of(&[100, 3_500, 3_500, 20_000, 9]));
                Step::Give {
                    user,
                    shop,
                    by_platform,
                    off,
                    threshold,
                    begins: self.of(&[0, 0, 0, 30]),
                    lives: self.of(&[3_600, 3_600, 86_400, 60, 0]),
                }
            }
            51..=52 => Step::Purse { user: of_user },
            _ => Step::Restart { from_snapshot: self.below(2) == 0 },
        }
    }
}
