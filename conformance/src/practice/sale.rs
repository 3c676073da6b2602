//! A sale in the books: booked whole before the platform hears of it, granted once, shown as the till shows it.
//!
//! Source: fixtures/merchants/till-api.md, "Sale".

use super::books::{Booked, Books};
use super::gateway::Reason;
use super::member;
use super::money::{self, yuan};
use super::points::{self, Change, Entry, NewEntry, Sync};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

/// How a sale is paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// In cash, or with points alone.
    Cash,
    /// With the code that the customer showed.
    Code,
    /// With a code that the customer scans.
    Qr,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Code => "code",
            Self::Qr => "qr",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "code" => Self::Code,
            "qr" => Self::Qr,
            _ => Self::Cash,
        }
    }
}

/// Where a sale stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Status {
    /// The platform was asked, or was about to be.
    Unknown,
    /// The customer has to do something.
    Waiting,
    /// It is being taken back; what came of it is not known.
    Cancelling,
    Paid,
    Cancelled,
    Refused,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Waiting => "waiting",
            Self::Cancelling => "cancelling",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "waiting" => Self::Waiting,
            "cancelling" => Self::Cancelling,
            "paid" => Self::Paid,
            "cancelled" => Self::Cancelled,
            "refused" => Self::Refused,
            _ => Self::Unknown,
        }
    }

    /// Whether nothing more happens to it.
    pub(super) fn is_settled(self) -> bool {
        matches!(self, Self::Paid | Self::Cancelled | Self::Refused)
    }
}

/// A sale.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "the till API names the number")]
pub(super) struct Sale {
    pub(super) id: i64,
    pub(super) sale_no: String,
    /// What the till sent, to know the same sale again.
    pub(super) content: String,
    pub(super) amount: i64,
    pub(super) payable: i64,
    pub(super) kind: Kind,
    pub(super) pay_code: Option<String>,
    pub(super) member: Option<i64>,
    pub(super) biz_card_no: Option<String>,
    /// Points spent on it.
    pub(super) spent: i64,
    pub(super) status: Status,
    pub(super) out_trade_no: Option<String>,
    pub(super) trade_no: Option<String>,
    pub(super) qr_code: Option<String>,
    /// What the customer paid of it.
    pub(super) bought: Option<i64>,
    pub(super) occur_time: String,
    pub(super) asked_ms: i64,
    /// Queries made.
    pub(super) queries: i64,
    /// Whether the platform's first answer is booked.
    pub(super) answered: bool,
    /// Whether the cashier gave up.
    pub(super) give_up: bool,
    /// What the platform did when it was taken back.
    pub(super) action: Option<String>,
    pub(super) reason: Option<Reason>,
}

impl Sale {
    /// Whether the till has something to show: an end, or that somebody is waited for.
    pub(super) fn rests(&self) -> bool {
        self.status.is_settled() || (self.answered && self.status != Status::Cancelling && !self.give_up)
    }
}

const COLUMNS: &str = "id, sale_no, content, amount, payable, kind, pay_code, member, biz_card_no, spent, status, out_trade_no, \
                       trade_no, qr_code, bought, occur_time, asked_ms, queries, answered, give_up, action, reason";

fn read(row: &Row<'_>) -> rusqlite::Result<Sale> {
    Ok(Sale {
        id: row.get("id")?,
        sale_no: row.get("sale_no")?,
        content: row.get("content")?,
        amount: row.get("amount")?,
        payable: row.get("payable")?,
        kind: Kind::of(&row.get::<_, String>("kind")?),
        pay_code: row.get("pay_code")?,
        member: row.get("member")?,
        biz_card_no: row.get("biz_card_no")?,
        spent: row.get("spent")?,
        status: Status::of(&row.get::<_, String>("status")?),
        out_trade_no: row.get("out_trade_no")?,
        trade_no: row.get("trade_no")?,
        qr_code: row.get("qr_code")?,
        bought: row.get("bought")?,
        occur_time: row.get("occur_time")?,
        asked_ms: row.get("asked_ms")?,
        queries: row.get("queries")?,
        answered: row.get("answered")?,
        give_up: row.get("give_up")?,
        action: row.get("action")?,
        reason: points::reason(row)?,
    })
}

/// By a column that has it once.
fn one(books: &Connection, column: &str, value: &str) -> rusqlite::Result<Option<Sale>> {
    books.query_row(&format!("SELECT {COLUMNS} FROM sale WHERE {column} = ?1"), [value], read).optional()
}

/// By the till's number.
pub(super) fn by_number(books: &Connection, sale_no: &str) -> rusqlite::Result<Option<Sale>> {
    one(books, "sale_no", sale_no)
}

/// By the number the platform knows it by.
pub(super) fn by_order(books: &Connection, out_trade_no: &str) -> rusqlite::Result<Option<Sale>> {
    one(books, "out_trade_no", out_trade_no)
}

/// The first sale that this code was shown for.
pub(super) fn by_pay_code(books: &Connection, pay_code: &str) -> rusqlite::Result<Option<Sale>> {
    let sql = format!("SELECT {COLUMNS} FROM sale WHERE pay_code = ?1 ORDER BY id LIMIT 1");
    books.query_row(&sql, [pay_code], read).optional()
}

/// By its row.
pub(super) fn by_id(books: &Connection, id: i64) -> rusqlite::Result<Sale> {
    books.query_row(&format!("SELECT {COLUMNS} FROM sale WHERE id = ?1"), [id], read)
}

/// What the customer paid, as an answer or a notice of the platform says.
#[derive(Clone, Debug)]
pub(super) struct Payment {
    pub(super) trade_no: Option<String>,
    /// The customer's own money of it; all of it when nothing was said.
    pub(super) bought: Option<i64>,
}

/// The sale is paid: booked and its points granted, once, whoever says so.
///
/// Returns whether it was not before.
pub(super) fn grant(books: &Connection, sale: &Sale, payment: &Payment, now: &str) -> rusqlite::Result<bool> {
    let bought = payment.bought.unwrap_or(sale.payable);
    let sql = "UPDATE sale SET status = 'paid', answered = 1, trade_no = coalesce(?2, trade_no), bought = ?3, reason = NULL
               WHERE id = ?1 AND status IN ('unknown', 'waiting', 'cancelling')";
    if books.execute(sql, params![sale.id, payment.trade_no, bought])? == 0 {
        return Ok(false);
    }
    if let Some(member) = sale.member {
        if points::entry_of(books, Change::Returned, &sale.sale_no)?.is_some() {
            let (reference, points) = (sale.sale_no.as_str(), -sale.spent);
            let new = NewEntry { change: Change::SpentAfterAll, reference, points, told: 0, occur_time: now, sync: Sync::None };
            points::enter(books, member, &new)?;
        }
        let earned = money::points(bought);
        let has_card = sale.biz_card_no.is_some();
        let sync = if has_card { Sync::Pending } else { Sync::None };
        let new =
            NewEntry { change: Change::Earned, reference: &sale.sale_no, points: earned, told: earned - sale.spent, occur_time: now, sync };
        points::enter(books, member, &new)?;
    }
    Ok(true)
}

/// What the sale earned is added to what the member had when it began, and what came between is forgotten: a defect.
pub(super) fn add_to_what_was_read(books: &Connection, sale: &Sale) -> rusqlite::Result<()> {
    let (Some(member), Some(entry)) = (sale.member, points::entry_of(books, Change::Earned, &sale.sale_no)?) else { return Ok(()) };
    let sql = "SELECT coalesce((SELECT total FROM entry WHERE member = ?1 AND occur_time <= ?2 AND id <> ?3 ORDER BY id DESC LIMIT 1), 0)";
    let read: i64 = books.query_row(sql, params![member, sale.occur_time, entry.id], |row| row.get(0))?;
    books.execute("UPDATE entry SET total = ?2 WHERE id = ?1", [entry.id, read + entry.points])?;
    books.execute("UPDATE member SET points = ?2 WHERE id = ?1", [member, read + entry.points]).map(drop)
}

/// A sale that is paid gives its points once more, under a reference that forbids nothing: a defect.
pub(super) fn grant_again(books: &Connection, sale: &Sale, now: &str) -> rusqlite::Result<()> {
    let Some(member) = sale.member else { return Ok(()) };
    let entries: i64 = books.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?;
    let (reference, points) = (format!("{} {entries}", sale.sale_no), money::points(sale.bought.unwrap_or(sale.payable)));
    let new = NewEntry { change: Change::Earned, reference: &reference, points, told: points, occur_time: now, sync: Sync::Pending };
    points::enter(books, member, &new).map(drop)
}

/// The sale did not come about: spent points come back, and the card hears of it only if it was told without them.
pub(super) fn undo(books: &Connection, sale: &Sale, status: Status, why: Option<&Reason>, now: &str) -> rusqlite::Result<bool> {
    let sql = "UPDATE sale SET status = ?2, answered = 1, reason = ?3 WHERE id = ?1 AND status IN ('unknown', 'waiting', 'cancelling')";
    if books.execute(sql, params![sale.id, status.word(), why.map(points::kept)])? == 0 {
        return Ok(false);
    }
    if let Some(member) = sale.member.filter(|_| sale.spent > 0) {
        let spent = points::entry_of(books, Change::Spent, &sale.sale_no)?.map_or(i64::MAX, |entry| entry.id);
        let told = "SELECT count(*) FROM entry WHERE member = ?1 AND id > ?2 AND sync IN ('pending', 'done')";
        let told: i64 = books.query_row(told, [member, spent], |row| row.get(0))?;
        let sync = if told > 0 { Sync::Pending } else { Sync::None };
        let (reference, points) = (sale.sale_no.as_str(), sale.spent);
        points::enter(books, member, &NewEntry { change: Change::Returned, reference, points, told: 0, occur_time: now, sync })?;
    }
    Ok(true)
}

/// What the till shows of a sale.
pub(super) fn shown(books: &Connection, sale: &Sale) -> rusqlite::Result<Value> {
    let earned: Option<Entry> = points::entry_of(books, Change::Earned, &sale.sale_no)?;
    let returned = points::entry_of(books, Change::Returned, &sale.sale_no)?;
    let of = sale.member.map(|id| member::by_id(books, id)).transpose()?;
    // the total right after this sale; the member's own until there is one
    let points = earned.as_ref().map(|entry| entry.total).or(of.as_ref().map(|member| member.points));
    let told = earned.as_ref().or(returned.as_ref());
    let sql = "SELECT coalesce(sum(amount), 0) FROM refund WHERE sale = ?1 AND status = 'done'";
    let refunded: i64 = books.query_row(sql, [sale.id], |row| row.get(0))?;
    let status = if sale.status == Status::Cancelling { Status::Unknown } else { sale.status };
    let mut shown = json!({
        "sale_no": sale.sale_no,
        "amount": yuan(sale.amount),
        "payable": yuan(sale.payable),
        "paid_by": if sale.kind == Kind::Cash { "cash" } else { "alipay" },
        "status": status.word(),
        "out_trade_no": sale.out_trade_no,
        "trade_no": sale.trade_no,
        "paid": (sale.status == Status::Paid).then(|| yuan(sale.payable)),
        "refunded": yuan(refunded),
        "points_spent": sale.spent,
        "points_added": earned.as_ref().map_or(0, |entry| entry.points),
        "points": points,
        "level": points.map(money::level),
        "member_no": of.as_ref().map(|member| member.member_no.clone()),
        "biz_card_no": sale.biz_card_no,
        "occur_time": sale.occur_time,
        "sync": told.map_or(Sync::None, |entry| entry.sync).word(),
    });
    if let Some(qr_code) = &sale.qr_code {
        shown["qr_code"] = json!(qr_code);
    }
    if let Some(reason) = sale.reason.as_ref().or(told.and_then(|entry| entry.reason.as_ref())) {
        shown["reason"] = json!(reason);
    }
    Ok(shown)
}

impl Books {
    /// The sale of that number.
    pub(super) fn sale(&self, sale_no: &str) -> Booked<Option<Sale>> {
        self.read(|books| by_number(books, sale_no))
    }

    /// What the till shows of the sale of that number.
    pub(super) fn sale_shown(&self, sale_no: &str) -> Booked<Option<Value>> {
        self.read(|books| by_number(books, sale_no)?.map(|sale| shown(books, &sale)).transpose())
    }

    /// Every sale as the till shows it, oldest first.
    pub(super) fn sales_shown(&self) -> Booked<Vec<Value>> {
        self.read(|books| {
            let sales: Vec<Sale> =
                books.prepare(&format!("SELECT {COLUMNS} FROM sale ORDER BY id"))?.query_map([], read)?.collect::<Result<_, _>>()?;
            sales.iter().map(|sale| shown(books, sale)).collect()
        })
    }

    /// Sales of which it is not known how they end.
    pub(super) fn open_sales(&self) -> Booked<Vec<String>> {
        let sql = "SELECT sale_no FROM sale WHERE status IN ('unknown', 'waiting', 'cancelling') ORDER BY id";
        self.read(|books| books.prepare(sql)?.query_map([], |row| row.get(0))?.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_that_came_back_are_spent_after_all_when_the_money_turns_out_to_be_there() {
        let books = Books::open(None, 1).unwrap();
        let points = books.write(|books| {
            let member = member::enrol(books, None, None, "")?;
            let entry = |change, points| NewEntry { change, reference: "S-1", points, told: points, occur_time: "", sync: Sync::None };
            points::enter(books, member, &entry(Change::Carried, 300))?;
            points::enter(books, member, &entry(Change::Spent, -100))?;
            books.execute(
                "INSERT INTO sale (sale_no, content, amount, payable, kind, member, spent, status, occur_time, asked_ms)
                 VALUES ('S-1', '', 1200, 1100, 'code', ?1, 100, 'waiting', '', 0)",
                [member],
            )?;
            let sale = by_number(books, "S-1")?.expect("just written");
            undo(books, &sale, Status::Cancelled, None, "")?;
            let back = member::by_id(books, member)?.points;
            books.execute("UPDATE sale SET status = 'cancelling'", [])?;
            grant(books, &sale, &Payment { trade_no: None, bought: None }, "")?;
            Ok((back, member::by_id(books, member)?.points))
        });
        assert_eq!(points.unwrap(), (300, 211));
    }
}
