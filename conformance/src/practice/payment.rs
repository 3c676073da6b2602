//! Having a sale paid: ask, then query every five seconds for a minute, then take it back until that is known.
//!
//! Whatever is not known is neither paid nor failed. A customer who was quicker than the cancel gets the money back by it, and
//! then the sale is cancelled. Source: commerce SEMANTICS 3 (Paying at the till; Poll, then cancel).

use super::books::{Booked, Broken};
use super::clock::Working;
use super::crash::Cut;
use super::defect::Defect;
use super::gateway::{Ask, Reason, Said, text};
use super::money;
use super::points::{self, Change, NewEntry, Sync};
use super::sale::{self, Kind, Payment, Sale, Status};
use super::shop::{Matter, Shop, pause};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use std::sync::Arc;

/// Between two queries.
const EVERY_MS: i64 = 5_000;
/// The same for whoever cannot wait.
const HURRIED_MS: i64 = 1_000;
/// How long a customer may take who showed a code.
const CODE_MS: i64 = 60_000;
/// How long a customer may take who is to scan one.
const QR_MS: i64 = 120_000;
/// Tries to take a sale back: with the pauses more than the day after which the platform does not do it any more.
const CANCELS: usize = 160;
/// What the till says on the bill.
const SUBJECT: &str = "茶";

impl Shop {
    /// Works on a sale until nothing more happens to it.
    pub(super) async fn see_through(self: &Arc<Self>, working: &Working, sale_no: &str) -> Result<(), Broken> {
        let mut cancels = 0;
        while let Some(sale) = self.books.sale(sale_no)?.filter(|sale| !sale.status.is_settled()) {
            if sale.status == Status::Cancelling {
                if cancels > CANCELS {
                    return Ok(());
                }
                if cancels > 0 {
                    working.sleep(pause(cancels - 1, sale_no)).await;
                }
                cancels += 1;
                self.take_back(&sale).await?;
            } else if !sale.answered && !self.asked_before(&sale)? {
                self.ask_for_payment(&sale).await?;
            } else {
                self.poll(working, &sale).await?;
            }
        }
        if let Some(member) = self.books.sale(sale_no)?.and_then(|sale| sale.member) {
            self.work(Matter::Card(member));
        }
        Ok(())
    }

    /// Whether somebody who is gone asked, or was about to: then nobody asks a second time.
    fn asked_before(&self, sale: &Sale) -> Booked<bool> {
        let sql = "UPDATE sale SET queries = 0 WHERE id = ?1 AND queries = -1";
        let first = self.books.write(|books| books.execute(sql, [sale.id]))? == 1;
        if !first {
            // its outcome is not known, and a code that nobody could have scanned is of no use
            let give_up = sale.kind == Kind::Qr && sale.qr_code.is_none();
            let sql = "UPDATE sale SET answered = 1, give_up = max(give_up, ?2) WHERE id = ?1";
            self.books.write(|books| books.execute(sql, params![sale.id, give_up]))?;
        }
        Ok(!first)
    }

    async fn ask_for_payment(self: &Arc<Self>, sale: &Sale) -> Result<(), Broken> {
        self.crash.point(Cut::BeforePay).await;
        let mut order = order(sale);
        if self.does(Defect::MoneyAsFloat) {
            order["total_amount"] = money::as_number(sale.payable);
        }
        let order = |_: usize| order.clone();
        let said = match sale.kind {
            Kind::Code => self.gateway.once(self.told_of("alipay.trade.pay").business(&order)).await,
            // a code for the same order again is the same code
            Kind::Qr | Kind::Cash => self.gateway.hasty(self.told_of("alipay.trade.precreate").business(&order)).await,
        };
        self.crash.point(Cut::AfterPay).await;
        match said {
            Said::Done(object) if sale.kind == Kind::Qr => {
                let sql = "UPDATE sale SET status = 'waiting', answered = 1, qr_code = ?2 WHERE id = ?1 AND status = 'unknown'";
                self.books.write(|books| books.execute(sql, params![sale.id, text(&object, "qr_code")]))?;
            }
            Said::Done(object) if text(&object, "code") == Some("10003") && self.does(Defect::PendingIsFailure) => {
                self.undone(sale, Status::Refused, None)?;
            }
            Said::Done(object) if text(&object, "code") == Some("10003") => {
                let sql = "UPDATE sale SET status = 'waiting', answered = 1, trade_no = ?2 WHERE id = ?1 AND status = 'unknown'";
                self.books.write(|books| books.execute(sql, params![sale.id, text(&object, "trade_no")]))?;
                if self.does(Defect::PointsBeforePay) {
                    self.grant_early(sale)?;
                }
            }
            Said::Done(object) if is_of(sale, &object) => self.paid_by_reply(sale, &payment(&object))?,
            Said::Refused(reason) if is_in_doubt(&reason) => self.first_answer(sale)?,
            Said::Refused(reason) => self.undone(sale, Status::Refused, Some(&reason))?,
            Said::Unknown(_) if sale.kind == Kind::Code && self.does(Defect::UnknownIsFailure) => {
                self.undone(sale, Status::Refused, None)?;
            }
            // an answer about another amount is as good as none
            Said::Done(_) | Said::Unknown(_) => {
                if sale.kind == Kind::Qr {
                    self.books.write(|books| books.execute("UPDATE sale SET give_up = 1 WHERE id = ?1", [sale.id]))?;
                }
                self.first_answer(sale)?;
            }
        }
        Ok(())
    }

    /// A call whose outcome the platform tells this shop by itself.
    fn told_of<'a>(&self, method: &'static str) -> Ask<'a> {
        let query = if self.does(Defect::NotifyUrlWithQuery) { "?kind=pay" } else { "" };
        let ask = Ask::new(method);
        if self.does(Defect::PaysWithoutNotifyUrl) { ask } else { ask.word("notify_url", format!("{}/notify{query}", self.public_url)) }
    }

    /// The answer says that the sale is paid; a notice may have said so before.
    fn paid_by_reply(&self, sale: &Sale, payment: &Payment) -> Booked<()> {
        let known = self.books.sale(&sale.sale_no)?.is_some_and(|now| now.status == Status::Paid);
        self.granted(sale, payment)?;
        if known && self.does(Defect::GrantsAtNoticeAndReply) {
            let now = self.clock.now();
            self.books.write(|books| sale::grant_again(books, sale, &now))?;
        }
        Ok(())
    }

    fn first_answer(&self, sale: &Sale) -> Booked<()> {
        self.books.write(|books| books.execute("UPDATE sale SET answered = 1 WHERE id = ?1", [sale.id]).map(drop))
    }

    /// Waits for the next query's time, asks, and at the end decides to take the sale back.
    async fn poll(&self, working: &Working, sale: &Sale) -> Result<(), Broken> {
        if sale.kind == Kind::Qr && self.does(Defect::OnlyWaitsForNotices) {
            working.sleep_until(i64::MAX).await;
            return Ok(());
        }
        let patience = if sale.kind == Kind::Qr { QR_MS } else { CODE_MS };
        let last = sale.asked_ms + patience;
        let every = if self.does(Defect::PollsTooFast) { HURRIED_MS } else { EVERY_MS };
        let due = sale.asked_ms + every * (sale.queries + 1);
        if !sale.give_up && self.clock.now_ms() < due {
            working.sleep_until(due.min(last)).await;
            // it may be paid or given up by now
            return Ok(());
        }
        let now = self.clock.now_ms();
        // a clock that was moved far skips queries, it does not make up for them
        let made = ((now - sale.asked_ms) / every).max(sale.queries + 1);
        self.books.write(|books| books.execute("UPDATE sale SET queries = ?2 WHERE id = ?1", [sale.id, made]))?;
        self.query(sale).await?;
        if sale.give_up || now >= last {
            match sale.kind {
                Kind::Code if self.does(Defect::NeverCancels) => return self.undone(sale, Status::Refused, None),
                Kind::Qr if self.does(Defect::CancelsAtTheTillOnly) => return self.undone(sale, Status::Cancelled, None),
                _ => {}
            }
            let sql = "UPDATE sale SET status = 'cancelling' WHERE id = ?1 AND status IN ('unknown', 'waiting')";
            self.books.write(|books| books.execute(sql, [sale.id]))?;
        }
        Ok(())
    }

    /// Asks how the trade stands and books what is certain. Whether it is.
    async fn query(&self, sale: &Sale) -> Result<bool, Broken> {
        let named = json!({"out_trade_no": sale.out_trade_no});
        let said = self.gateway.once(Ask::new("alipay.trade.query").business(&|_| named.clone())).await;
        let Said::Done(object) = said else { return Ok(false) };
        match text(&object, "trade_status") {
            Some("TRADE_SUCCESS" | "TRADE_FINISHED") if is_of(sale, &object) => self.granted(sale, &payment(&object))?,
            Some("TRADE_CLOSED") => self.undone(sale, Status::Cancelled, None)?,
            Some("WAIT_BUYER_PAY") => {
                let sql = "UPDATE sale SET status = 'waiting', trade_no = ?2 WHERE id = ?1 AND status = 'unknown'";
                self.books.write(|books| books.execute(sql, params![sale.id, text(&object, "trade_no")]))?;
                return Ok(false);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes the sale back at the platform, once.
    async fn take_back(&self, sale: &Sale) -> Result<(), Broken> {
        let named = json!({"out_trade_no": sale.out_trade_no});
        let said = self.gateway.once(Ask::new("alipay.trade.cancel").business(&|_| named.clone())).await;
        if self.does(Defect::GivesUpOnCancel) {
            return self.undone(sale, Status::Cancelled, None);
        }
        match said {
            Said::Done(object) if text(&object, "retry_flag") == Some("Y") => {}
            Said::Done(object) if text(&object, "action") == Some("refund") && self.does(Defect::KeepsWhatWasReturned) => {
                self.granted(sale, &payment(&object))?;
            }
            Said::Done(object) => {
                let action = text(&object, "action").unwrap_or("none");
                self.books.write(|books| books.execute("UPDATE sale SET action = ?2 WHERE id = ?1", params![sale.id, action]))?;
                self.undone(sale, Status::Cancelled, None)?;
            }
            // too late to take it back: then it stands as the platform says
            Said::Refused(_) => {
                self.query(sale).await?;
            }
            Said::Unknown(_) => {}
        }
        Ok(())
    }

    /// The sale is paid.
    pub(super) fn granted(&self, sale: &Sale, payment: &Payment) -> Booked<()> {
        let now = self.clock.now();
        self.books.write(|books| self.book_payment(books, sale, payment, &now))
    }

    /// Books that a sale is paid, whoever says so.
    pub(super) fn book_payment(&self, books: &Connection, sale: &Sale, payment: &Payment, now: &str) -> rusqlite::Result<()> {
        let payment = if self.does(Defect::PointsOnGross) { &Payment { bought: None, ..payment.clone() } } else { payment };
        let first = sale::grant(books, sale, payment, now)?;
        if first && self.does(Defect::AddsToWhatItRead) { sale::add_to_what_was_read(books, sale) } else { Ok(()) }
    }

    /// Takes for paid what a browser comes back with: a defect.
    pub(super) fn believe_the_return(self: &Arc<Self>, out_trade_no: &str, trade_no: Option<String>) -> Booked<()> {
        if let Some(sale) = self.books.read(|books| sale::by_order(books, out_trade_no))? {
            self.granted(&sale, &Payment { trade_no, bought: None })?;
            self.work(Matter::Sale(sale.sale_no));
        }
        Ok(())
    }

    /// Points for a sale that nobody has paid: a defect.
    fn grant_early(self: &Arc<Self>, sale: &Sale) -> Booked<()> {
        let Some(member) = sale.member else { return Ok(()) };
        let (points, now) = (money::points(sale.payable), self.clock.now());
        let (change, reference, sync) = (Change::Earned, sale.sale_no.as_str(), Sync::Pending);
        let new = NewEntry { change, reference, points, told: points, occur_time: &now, sync };
        self.books.write(|books| points::enter(books, member, &new))?;
        self.work(Matter::Card(member));
        Ok(())
    }

    fn undone(&self, sale: &Sale, status: Status, why: Option<&Reason>) -> Booked<()> {
        let now = self.clock.now();
        let kept = self.does(Defect::KeepsHeldPoints).then(|| Sale { spent: 0, ..sale.clone() });
        self.books.write(|books| sale::undo(books, kept.as_ref().unwrap_or(sale), status, why, &now).map(drop))
    }
}

fn order(sale: &Sale) -> Value {
    let mut order = json!({
        "out_trade_no": sale.out_trade_no,
        "total_amount": money::yuan(sale.payable),
        "subject": SUBJECT,
        "product_code": "FACE_TO_FACE_PAYMENT",
    });
    match &sale.pay_code {
        Some(code) if sale.kind == Kind::Code => {
            order["scene"] = json!("bar_code");
            order["auth_code"] = json!(code);
        }
        _ => order["timeout_express"] = json!("2m"),
    }
    order
}

/// Whether an answer or a notice is about this sale: its number and its amount.
pub(super) fn is_of(sale: &Sale, object: &Value) -> bool {
    let amount = text(object, "total_amount").is_some_and(|amount| amount == money::yuan(sale.payable));
    amount && text(object, "out_trade_no") == sale.out_trade_no.as_deref()
}

fn payment(object: &Value) -> Payment {
    Payment { trade_no: text(object, "trade_no").map(str::to_owned), bought: text(object, "buyer_pay_amount").and_then(money::fen_or_none) }
}

/// Whether a refusal leaves it open what happened: the platform knows the number as paid.
fn is_in_doubt(reason: &Reason) -> bool {
    reason.sub_code == "ACQ.TRADE_HAS_SUCCESS"
}
