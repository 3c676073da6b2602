//! Giving money back: in parts, never more than was paid, each part once.
//!
//! A refund is booked with its number before the platform hears of it. What came of it is asked with the same number until it
//! is known; two refunds of one sale keep three seconds apart. Source: commerce SEMANTICS 3 (refund, refund query).

use super::books::{Booked, Books, Broken};
use super::clock::Working;
use super::crash::Cut;
use super::defect::Defect;
use super::gateway::{Ask, Reason, Said, text};
use super::money::{self, yuan};
use super::points::{self, Change, NewEntry, Sync};
use super::problem::Problem;
use super::sale::{self, Kind, Sale, Status};
use super::shop::{Matter, Shop, pause};
use super::till::{is_number, no_such_sale};
use axum::http::StatusCode;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Between two refunds of one sale.
const APART_MS: i64 = 3_000;
/// A refund is asked about no sooner than this after it was asked for.
const QUERY_AFTER_MS: i64 = 10_000;
/// What the platform says when a refund comes too soon after another, or is too large, which this shop never asks for.
const TOO_SOON: &str = "ACQ.REASON_TRADE_REFUND_FEE_ERR";
/// How often that is taken for too soon.
const SOON_TRIES: i64 = 3;
/// Tries until a refund is left to a restart.
const TRIES: usize = 160;

/// A refund as the till sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GiveBack {
    amount: String,
    refund_no: Option<String>,
}

/// A refund in the books.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "the till API names the number")]
struct Refund {
    id: i64,
    sale: i64,
    refund_no: String,
    amount: i64,
    out_request_no: String,
    status: String,
    tries: i64,
    tried_ms: Option<i64>,
    reason: Option<Reason>,
}

/// Refunds of a sale that were not refused.
const MEANT: &str = "SELECT count(*) FROM refund WHERE sale = ?1 AND status <> 'refused'";
const COLUMNS: &str = "id, sale, refund_no, amount, out_request_no, status, tries, tried_ms, reason";

fn read(row: &Row<'_>) -> rusqlite::Result<Refund> {
    Ok(Refund {
        id: row.get("id")?,
        sale: row.get("sale")?,
        refund_no: row.get("refund_no")?,
        amount: row.get("amount")?,
        out_request_no: row.get("out_request_no")?,
        status: row.get("status")?,
        tries: row.get("tries")?,
        tried_ms: row.get("tried_ms")?,
        reason: points::reason(row)?,
    })
}

fn by_number(books: &Connection, refund_no: &str) -> rusqlite::Result<Option<Refund>> {
    books.query_row(&format!("SELECT {COLUMNS} FROM refund WHERE refund_no = ?1"), [refund_no], read).optional()
}

/// What went back of a sale, and what is on its way as well.
fn sums(books: &Connection, sale: i64) -> rusqlite::Result<(i64, i64)> {
    let sql = "SELECT coalesce(sum(amount) FILTER (WHERE status = 'done'), 0), coalesce(sum(amount) FILTER (WHERE status <> 'refused'), 0)
               FROM refund WHERE sale = ?1";
    books.query_row(sql, [sale], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn shown(books: &Connection, refund: &Refund) -> rusqlite::Result<Value> {
    let sale = sale::by_id(books, refund.sale)?;
    let taken = points::entry_of(books, Change::Taken, &refund.refund_no)?;
    let mut shown = json!({
        "refund_no": refund.refund_no,
        "sale_no": sale.sale_no,
        "amount": yuan(refund.amount),
        "status": refund.status,
        "points_taken": taken.map_or(0, |entry| -entry.points),
        "refunded": yuan(sums(books, sale.id)?.0),
    });
    // what was answered to a repeat is not what came of the refund
    if let Some(reason) = refund.reason.as_ref().filter(|_| refund.status == "refused") {
        shown["reason"] = json!(reason);
    }
    Ok(shown)
}

/// Whether all of a sale's money went back.
pub(super) fn is_whole(books: &Connection, sale: &Sale) -> rusqlite::Result<bool> {
    Ok(sums(books, sale.id)?.0 >= sale.payable)
}

/// Books a refund; the one that was booked before, and false, when it is the same.
fn book(
    books: &Transaction<'_>,
    sale: &Sale,
    fen: i64,
    refund_no: Option<&str>,
    limit: i64,
) -> rusqlite::Result<Result<(Refund, bool), Problem>> {
    if let Some(known) = refund_no.map(|number| by_number(books, number)).transpose()?.flatten() {
        if known.sale == sale.id && known.amount == fen {
            return Ok(Ok((known, false)));
        }
        return Ok(Err(Problem::new(StatusCode::CONFLICT, "REFUND_CONFLICT", "that refund_no belongs to another refund")));
    }
    if sale.status != Status::Paid {
        return Ok(Err(Problem::new(StatusCode::CONFLICT, "NOT_PAID", "only what was paid can be given back")));
    }
    if fen == 0 && sale.payable > 0 {
        return Ok(Err(Problem::bad("only a sale that was paid with points alone is given back by 0.00").at(Some("amount".to_owned()))));
    }
    // what points paid alone is given back once, whole
    let whole = sale.payable == 0 && books.query_row(MEANT, [sale.id], |row| row.get::<_, i64>(0))? > 0;
    if whole || sums(books, sale.id)?.1 + fen > limit {
        return Ok(Err(Problem::new(StatusCode::CONFLICT, "REFUND_TOO_LARGE", "that is more than was paid and not given back yet")));
    }
    let id: i64 = books.query_row("SELECT coalesce(max(id), 0) + 1 FROM refund", [], |row| row.get(0))?;
    let opening = super::books::setting(books, "opening")?.unwrap_or_default();
    let out_request_no = format!("R{opening}_{id}");
    let refund_no = refund_no.map_or_else(|| out_request_no.clone(), str::to_owned);
    let row = params![id, sale.id, refund_no, fen, out_request_no];
    books
        .execute("INSERT INTO refund (id, sale, refund_no, amount, out_request_no, status) VALUES (?1, ?2, ?3, ?4, ?5, 'pending')", row)?;
    Ok(Ok((by_number(books, &refund_no)?.expect("just written"), true)))
}

/// The money went back: booked, and points taken back, once. Whoever was refused before has been told otherwise now. Points are
/// rounded over all refunds together; `each` by itself is a defect.
fn done(books: &Transaction<'_>, refund: &Refund, each: bool, now: &str) -> rusqlite::Result<()> {
    let sale = sale::by_id(books, refund.sale)?;
    let before = sums(books, sale.id)?.0;
    let sql = "UPDATE refund SET status = 'done', reason = NULL WHERE id = ?1 AND status IN ('pending', 'refused')";
    if books.execute(sql, [refund.id])? == 0 {
        return Ok(());
    }
    let Some(member) = sale.member else { return Ok(()) };
    let earned = points::entry_of(books, Change::Earned, &sale.sale_no)?;
    let added = earned.as_ref().map_or(0, |entry| entry.points);
    let after = before + refund.amount;
    let together = points::taken_back(added, after, sale.payable) - points::taken_back(added, before, sale.payable);
    let taken = if each { points::taken_back(added, refund.amount, sale.payable) } else { together };
    let sync = if sale.biz_card_no.is_some() { Sync::Pending } else { Sync::None };
    let reference = refund.refund_no.as_str();
    points::enter(books, member, &NewEntry { change: Change::Taken, reference, points: -taken, told: -taken, occur_time: now, sync })?;
    if after >= sale.payable && sale.spent > 0 {
        // the sale's own number stands for what came back because it did not come about
        let (reference, points) = (format!("refund {}", refund.refund_no), sale.spent);
        let new = NewEntry { change: Change::Returned, reference: &reference, points, told: points, occur_time: now, sync };
        points::enter(books, member, &new)?;
    }
    Ok(())
}

/// The same refund once more, as if its money had moved again: a defect.
fn book_again(books: &Transaction<'_>, refund: &Refund) -> rusqlite::Result<()> {
    let sql = "INSERT INTO refund (sale, refund_no, amount, out_request_no, status)
               SELECT sale, refund_no || '-again', amount, out_request_no || '-again', 'done' FROM refund WHERE id = ?1";
    books.execute(sql, [refund.id]).map(drop)
}

/// A refund that is done takes its points once more, under a reference that forbids nothing: a defect.
pub(super) fn reverse_again(books: &Transaction<'_>, sale: &Sale, out_request_no: &str, now: &str) -> rusqlite::Result<()> {
    let sql = "SELECT refund_no FROM refund WHERE out_request_no = ?1 AND sale = ?2 AND status = 'done'";
    let done: Option<String> = books.query_row(sql, params![out_request_no, sale.id], |row| row.get(0)).optional()?;
    let taken = done.map(|refund_no| points::entry_of(books, Change::Taken, &refund_no)).transpose()?.flatten();
    let (Some(taken), Some(member)) = (taken, sale.member) else { return Ok(()) };
    let entries: i64 = books.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?;
    let (reference, points) = (format!("{} {entries}", taken.reference), taken.points);
    let again = NewEntry { change: Change::Taken, reference: &reference, points, told: points, occur_time: now, sync: Sync::Pending };
    points::enter(books, member, &again).map(drop)
}

/// The platform says by itself that money went back under this number.
pub(super) fn confirm(books: &Transaction<'_>, sale: &Sale, out_request_no: &str, each: bool, now: &str) -> rusqlite::Result<()> {
    let sql = format!("SELECT {COLUMNS} FROM refund WHERE out_request_no = ?1 AND sale = ?2");
    let refund = books.query_row(&sql, params![out_request_no, sale.id], read).optional()?;
    refund.map_or(Ok(()), |refund| done(books, &refund, each, now))
}

impl Shop {
    /// Gives a part of a sale back and shows what is known by then.
    pub(super) async fn refund(self: &Arc<Self>, sale_no: &str, asked: GiveBack) -> Result<Value, Problem> {
        let fen = money::fen_or_none(&asked.amount).ok_or_else(|| Problem::bad("amount is yuan with two decimals, such as 10.00"))?;
        if asked.refund_no.as_deref().is_some_and(|number| !is_number(number)) {
            return Err(Problem::bad("refund_no has 1 to 64 of 0-9A-Za-z_-"));
        }
        let now = self.clock.now();
        let booked = self.books.write(|books| {
            let Some(sale) = sale::by_number(books, sale_no)? else { return Ok(Err(no_such_sale())) };
            let limit = if self.does(Defect::RefundsWithoutALimit) { i64::MAX } else { sale.payable };
            let booked = book(books, &sale, fen, asked.refund_no.as_deref(), limit)?;
            if let (Ok((refund, true)), Kind::Cash) = (&booked, sale.kind) {
                done(books, refund, self.does(Defect::RoundsEachRefund), &now)?;
            }
            Ok(booked.map(|(refund, new)| (sale, refund, new)))
        })?;
        let (sale, refund, new) = booked?;
        if new {
            match (sale.kind, sale.member) {
                (Kind::Cash, Some(member)) => self.work(Matter::Card(member)),
                (Kind::Cash, None) => {}
                _ => self.work(Matter::Refunds(sale.id)),
            }
        }
        let look =
            |books: &Books| books.read(|books| shown(books, &by_number(books, &refund.refund_no)?.expect("refunds are never struck out")));
        self.patiently(look, |shown| shown["status"] != "pending").await
    }

    /// Works on the refunds of a sale, one after the other.
    pub(super) async fn give_back(self: &Arc<Self>, working: &Working, sale: i64) -> Result<(), Broken> {
        let of = self.books.read(|books| sale::by_id(books, sale))?;
        let mut tries = 0;
        while let Some(refund) = self.books.next_refund(sale)? {
            if tries > TRIES {
                return Ok(());
            }
            let earliest = self.books.last_refund_try(sale)?.map_or(0, |tried| tried + APART_MS);
            let asked_before = refund.tries > 0;
            let due = if asked_before { refund.tried_ms.unwrap_or_default() + QUERY_AFTER_MS } else { earliest };
            if self.clock.now_ms() < due {
                working.sleep_until(due).await;
                // somebody may have called, and what is due may be another time or nothing
                continue;
            }
            let asks = asked_before && !self.does(Defect::BooksRefundsThatMovedNothing);
            let known = if asks { self.ask_about(&of, &refund).await? } else { self.ask_for(&of, &refund).await? };
            if known {
                tries = 0;
                of.member.into_iter().for_each(|member| self.work(Matter::Card(member)));
            } else {
                working.sleep(pause(tries, &refund.out_request_no)).await;
                tries += 1;
            }
        }
        Ok(())
    }

    /// Asks for the money to go back. Whether it is known what came of it.
    async fn ask_for(&self, sale: &Sale, refund: &Refund) -> Result<bool, Broken> {
        let in_doubt = self.books.refund_is_tried(refund, self.clock.now_ms())?;
        let mut asked = json!({"out_trade_no": sale.out_trade_no, "refund_amount": yuan(refund.amount), "refund_reason": "退货"});
        if !self.does(Defect::RefundsWithoutNumber) {
            asked["out_request_no"] = json!(refund.out_request_no);
        }
        let said = self.gateway.once(Ask::new("alipay.trade.refund").business(&|_| asked.clone())).await;
        self.crash.point(Cut::AfterRefund).await;
        // the platform counts from when it moved the money, which was before its answer came
        let sql = "UPDATE refund SET tried_ms = ?2 WHERE id = ?1";
        self.books.write(|books| books.execute(sql, [refund.id, self.clock.now_ms()]))?;
        match said {
            Said::Done(object) if text(&object, "fund_change") == Some("Y") => self.given_back(refund).map(|()| true),
            Said::Done(_) if self.does(Defect::BooksRefundsThatMovedNothing) => {
                self.books.write(|books| book_again(books, refund))?;
                self.given_back(refund).map(|()| true)
            }
            // nothing moved by this call: whether anything moved before is asked
            Said::Done(_) => self.confirmed(sale, refund).await,
            Said::Refused(_) if self.does(Defect::RefundsWithoutALimit) => self.given_back(refund).map(|()| true),
            Said::Refused(reason) => {
                let later = reason.is_later() || (reason.sub_code == TOO_SOON && refund.tries < SOON_TRIES);
                self.books.refund_is_refused(refund, &reason, in_doubt, later)?;
                Ok(!in_doubt && !later)
            }
            Said::Unknown(_) => Ok(false),
        }
    }

    /// Asks what came of it, and asks for it again when nothing did: unless that was refused meanwhile, which then stands.
    async fn ask_about(&self, sale: &Sale, refund: &Refund) -> Result<bool, Broken> {
        match self.heard_of(sale, refund).await? {
            Some(true) => Ok(true),
            Some(false) if refund.reason.is_some() => {
                let sql = "UPDATE refund SET status = 'refused' WHERE id = ?1 AND status = 'pending'";
                self.books.write(|books| books.execute(sql, [refund.id]))?;
                Ok(true)
            }
            _ => self.ask_for(sale, refund).await,
        }
    }

    async fn confirmed(&self, sale: &Sale, refund: &Refund) -> Result<bool, Broken> {
        Ok(self.heard_of(sale, refund).await? == Some(true))
    }

    /// Asks whether the money went back, and books it if it did; nothing when the platform did not say.
    async fn heard_of(&self, sale: &Sale, refund: &Refund) -> Result<Option<bool>, Broken> {
        let named = json!({"out_trade_no": sale.out_trade_no, "out_request_no": refund.out_request_no});
        let said = self.gateway.once(Ask::new("alipay.trade.fastpay.refund.query").business(&|_| named.clone())).await;
        let Said::Done(object) = said else { return Ok(None) };
        // a refund that is not known is answered without a status
        let Some(status) = text(&object, "refund_status") else { return Ok(Some(false)) };
        let same_amount = text(&object, "refund_amount").is_none_or(|amount| amount == yuan(refund.amount));
        if !same_amount || status != "REFUND_SUCCESS" {
            return Ok(None);
        }
        self.given_back(refund)?;
        Ok(Some(true))
    }

    fn given_back(&self, refund: &Refund) -> Booked<()> {
        let now = self.clock.now();
        self.books.write(|books| done(books, refund, self.does(Defect::RoundsEachRefund), &now))
    }
}

impl Books {
    fn next_refund(&self, sale: i64) -> Booked<Option<Refund>> {
        let sql = format!("SELECT {COLUMNS} FROM refund WHERE sale = ?1 AND status = 'pending' ORDER BY id LIMIT 1");
        self.read(|books| books.query_row(&sql, [sale], read).optional())
    }

    /// A refund is about to be asked for. Whether it is not known what came of it when that was done before.
    fn refund_is_tried(&self, refund: &Refund, now_ms: i64) -> Booked<bool> {
        self.write(|books| {
            let sql = "UPDATE refund SET tries = tries + 1, tried_ms = ?2 WHERE id = ?1";
            books.execute(sql, [refund.id, now_ms])?;
            let new = books.execute("INSERT OR IGNORE INTO doubtful_refund (refund) VALUES (?1)", [refund.id])?;
            Ok(new == 0)
        })
    }

    /// It was refused: for good, unless it was to come later, or a try before may have moved the money all the same.
    fn refund_is_refused(&self, refund: &Refund, reason: &Reason, in_doubt: bool, later: bool) -> Booked<()> {
        self.write(|books| {
            if !in_doubt {
                books.execute("DELETE FROM doubtful_refund WHERE refund = ?1", [refund.id])?;
            }
            if later {
                return Ok(());
            }
            let status = if in_doubt { "pending" } else { "refused" };
            let sql = "UPDATE refund SET status = ?2, reason = ?3 WHERE id = ?1 AND status = 'pending'";
            books.execute(sql, params![refund.id, status, points::kept(reason)]).map(drop)
        })
    }

    fn last_refund_try(&self, sale: i64) -> Booked<Option<i64>> {
        self.read(|books| books.query_row("SELECT max(tried_ms) FROM refund WHERE sale = ?1", [sale], |row| row.get(0)))
    }

    /// Sales with refunds of which it is not known what came of them.
    pub(super) fn open_refunds(&self) -> Booked<Vec<i64>> {
        let sql = "SELECT DISTINCT sale FROM refund WHERE status = 'pending' ORDER BY sale";
        self.read(|books| books.prepare(sql)?.query_map([], |row| row.get(0))?.collect())
    }

    /// Every refund as the till shows it, oldest first.
    pub(super) fn refunds_shown(&self) -> Booked<Vec<Value>> {
        self.read(|books| {
            let sql = format!("SELECT {COLUMNS} FROM refund ORDER BY id");
            let refunds: Vec<Refund> = books.prepare(&sql)?.query_map([], read)?.collect::<Result<_, _>>()?;
            refunds.iter().map(|refund| shown(books, refund)).collect()
        })
    }
}
