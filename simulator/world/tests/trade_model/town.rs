//! The real thing under test: a world, its history, and one of a table of defects that make it a broken twin.

use super::deciding::{Names, Said, charged, founding, refund, shop, text, user, word};
use super::naive::Naive;
use super::step::{Reply, Step};
use std::convert::Infallible;
use world::ledger::Row;
use world::names::TradeNumber;
use world::trade::{Answer, Decided, Named, RefundAsk, TradePaid};
use world::{Event, Moment, Refusal, World};

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
    /// Bills begin at the last restart.
    RestartForgetsTheBill,
    /// The customer is never asked.
    NeverAsks,
    /// The merchant's account may be overdrawn: a withdrawal takes twice what it says.
    WithdrawsTwice,
    /// A voucher takes something off and is not used up.
    VoucherStaysGood,
    /// A voucher is good for any amount.
    VoucherIgnoresThreshold,
    /// A voucher is good much longer.
    VoucherOutlivesItself,
    /// A voucher is good at every merchant.
    VoucherGoodAnywhere,
    /// A full refund does not give the voucher back.
    FullRefundKeepsTheVoucher,
}

impl Defect {
    pub(crate) const ALL: [Self; 18] = [
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
        Self::RestartForgetsTheBill,
        Self::NeverAsks,
        Self::WithdrawsTwice,
        Self::VoucherStaysGood,
        Self::VoucherIgnoresThreshold,
        Self::VoucherOutlivesItself,
        Self::VoucherGoodAnywhere,
        Self::FullRefundKeepsTheVoucher,
    ];
}

pub(crate) struct Town {
    pub(crate) world: World,
    pub(crate) now: Moment,
    pub(crate) history: Vec<(Moment, Event, Vec<Row>)>,
    /// The state as a snapshot kept it, and how much of the history it holds.
    snapshot: (Vec<Vec<u8>>, usize),
    restarted: Moment,
    names: Names,
    defect: Option<Defect>,
}

fn chunks(world: &World) -> Vec<Vec<u8>> {
    world.freeze().chunks().collect()
}

fn restored(chunks: &[Vec<u8>]) -> World {
    World::restore(chunks.iter().cloned().map(Ok::<_, Infallible>)).unwrap().unwrap()
}

impl Town {
    pub(crate) fn new(now: Moment, defect: Option<Defect>) -> Self {
        let (world, snapshot) = (World::default(), (chunks(&World::default()), 0));
        let mut town = Self { world, now, history: Vec::new(), snapshot, restarted: now, names: Names::default(), defect };
        for event in founding() {
            town.take(event, Vec::new());
        }
        town
    }

    fn take(&mut self, event: Event, rows: Vec<Row>) {
        self.world.apply(self.now, &event, &rows);
        self.history.push((self.now, event, rows));
    }

    fn enact(&mut self, decided: Result<Decided<Said>, Refusal>) -> Said {
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
            match (event, self.defect) {
                (Event::TradePaid(paid), Some(Defect::VoucherStaysGood)) => self.take(TradePaid { voucher: None, ..paid }.into(), rows),
                (Event::TradeRefunded(refunded), Some(Defect::FullRefundKeepsTheVoucher)) => {
                    let voucher = self.world.trades().get(&refunded.trade).and_then(|trade| trade.more.get().voucher);
                    self.take(refunded.into(), rows);
                    self.take(TradePaid { trade: "nobody's".into(), voucher }.into(), Vec::new());
                }
                (event, _) => self.take(event, rows),
            }
        }
        decided.told
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
        self.restarted = self.now;
        Ok(String::new())
    }

    /// What is answered to a step.
    pub(crate) fn play(&mut self, step: &Step, model: &Naive) -> Said {
        match (step, self.defect) {
            (Step::Pass { seconds }, _) => {
                self.pass(*seconds);
                Ok(String::new())
            }
            (Step::Forget, _) => {
                if let Some(forgotten) = self.world.decide_forgetting(self.now) {
                    self.take(forgotten.into(), Vec::new());
                }
                Ok(String::new())
            }
            (Step::Restart { from_snapshot }, _) => self.restart(*from_snapshot),
            (_, Some(defect)) => self.play_badly(step, defect, model),
            (_, None) => {
                let decided = self.names.decide(&self.world, self.now, step, model);
                self.enact(decided)
            }
        }
    }

    fn play_badly(&mut self, step: &Step, defect: Defect, model: &Naive) -> Said {
        match (step, defect) {
            (Step::Pay { code, .. }, Defect::NeverAsks) => {
                if let Some((_, by)) = self.names.codes.get(*code).cloned() {
                    let limit = Step::Limit { user: by, fen: i64::MAX };
                    let decided = self.names.decide(&self.world, self.now, &limit, model);
                    self.enact(decided)?;
                }
            }
            (Step::Pay { sale, code, ask }, Defect::CodeLivesLonger) => {
                let paying = self.names.paying(sale, *code, *ask, self.now);
                let decided = self.world.decide_pay(&paying, self.now.plus_seconds(-30));
                return self.enact(decided.map(charged));
            }
            (Step::Answer { user: by, trade, answer: Reply::Pay }, Defect::LatePassword) => {
                let trade = TradeNumber::from(model.number(*trade));
                let decided = self.world.decide_answer(&user(*by), &trade, Answer::Pay, self.now);
                if matches!(decided, Err(Refusal::TradeClosed(_))) {
                    self.take(TradePaid { trade: trade.clone(), voucher: None }.into(), Vec::new());
                    return Ok(format!("paid {trade}"));
                }
            }
            (Step::Refund { shop: of, name, request: Some(request), fen }, Defect::RefundsTwice) => {
                let (trade, order) = text(*name, model);
                let named = Named { trade: trade.as_deref(), order: order.as_deref() };
                let again = format!("again {}", self.history.len());
                let before = self.world.trade_named(&shop(*of), named).ok().and_then(|trade| trade.refund(&format!("r{request}")));
                if before.is_some_and(|refund| refund.back.total() == *fen) {
                    let ask = RefundAsk { named, request: Some(&again), fen: *fen, document: Box::default() };
                    return self.enact(refund(&self.world, *of, &ask, self.now));
                }
            }
            (Step::Bill { shop, back }, Defect::RestartForgetsTheBill) => {
                let since = (self.now.0 - self.restarted.0) / 1_000;
                let step = Step::Bill { shop: *shop, back: since.min(*back) };
                let decided = self.names.decide(&self.world, self.now, &step, model);
                return self.enact(decided);
            }
            (Step::Give { user, shop, by_platform, off, threshold, begins, lives }, _) => {
                let step = Step::Give {
                    user: *user,
                    shop: if defect == Defect::VoucherGoodAnywhere && *by_platform { None } else { *shop },
                    by_platform: *by_platform,
                    off: *off,
                    threshold: if defect == Defect::VoucherIgnoresThreshold && *threshold >= *off { *off } else { *threshold },
                    begins: *begins,
                    lives: if defect == Defect::VoucherOutlivesItself { *lives * 100 } else { *lives },
                };
                let decided = self.names.decide(&self.world, self.now, &step, model);
                return self.enact(decided);
            }
            (Step::Withdraw { .. }, Defect::WithdrawsTwice) => {
                let decided = self.names.decide(&self.world, self.now, step, model);
                let told = self.enact(decided);
                let decided = self.names.decide(&self.world, self.now, step, model);
                let _ = self.enact(decided);
                return told;
            }
            _ => {}
        }
        let decided = self.names.decide(&self.world, self.now, step, model);
        self.enact(decided)
    }
}
