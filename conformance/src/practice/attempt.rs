//! How a customer is joining, in the books: one row for each callback (or, in the fast flow, for each question of the platform),
//! with everything that is known so far, so that a restart goes on where it stood.

use super::books::{Booked, Books};
use super::gateway::Reason;
use super::member;
use super::points;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

/// How a joining attempt stands, as the till shows it.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the till API names the fields")]
pub(super) struct Attempt {
    pub(super) attempt: String,
    pub(super) status: String,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) member_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) biz_card_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) already_member: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Reason>,
    /// What only the shop knows.
    #[serde(skip)]
    pub(super) known: Known,
}

/// What the shop knows of the customer so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) code: Option<String>,
    pub(super) template_id: String,
    /// Whether the code was sent to the platform: it is good for once.
    pub(super) spent: bool,
    pub(super) token: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) open_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) mobile: Option<String>,
    /// Whether the form was read.
    pub(super) formed: bool,
    pub(super) member: Option<i64>,
    pub(super) met_before: bool,
    pub(super) serial: Option<String>,
    /// When the platform was first asked for the card.
    pub(super) asked_ms: Option<i64>,
    /// The last notice that had come when the card was first asked for.
    pub(super) notices_before: i64,
    /// The points it is opened with: the same at every try.
    pub(super) points: i64,
}

const WORKING: &str = "working";

fn read(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let status: String = row.get("status")?;
    let known = Known {
        code: row.get("code")?,
        template_id: row.get("template_id")?,
        spent: row.get("spent")?,
        token: row.get("token")?,
        user_id: row.get("user_id")?,
        open_id: row.get("open_id")?,
        name: row.get("name")?,
        mobile: row.get("mobile")?,
        formed: row.get("formed")?,
        member: row.get("member")?,
        met_before: row.get("met_before")?,
        serial: row.get("serial")?,
        asked_ms: row.get("asked_ms")?,
        notices_before: row.get::<_, Option<i64>>("notices_before")?.unwrap_or_default(),
        points: row.get::<_, Option<i64>>("points")?.unwrap_or_default(),
    };
    let joined = status == "joined";
    Ok(Attempt {
        attempt: row.get("request_id")?,
        message: row.get("message")?,
        member_no: known.member.filter(|_| joined).map(member::member_no),
        biz_card_no: row.get("biz_card_no")?,
        already_member: row.get("already_member")?,
        reason: points::reason(row)?,
        status,
        known,
    })
}

impl Attempt {
    /// Whether somebody has to go on with it.
    pub(super) fn is_open(&self) -> bool {
        self.status == WORKING
    }
}

/// The attempt of that number.
pub(super) fn by_number(books: &Connection, request_id: &str) -> rusqlite::Result<Option<Attempt>> {
    books.query_row("SELECT * FROM attempt WHERE request_id = ?1", [request_id], read).optional()
}

/// Begins an attempt.
pub(super) fn begin(books: &Connection, request_id: &str, flow: &str, code: Option<&str>, template_id: &str) -> rusqlite::Result<()> {
    let row = params![request_id, flow, code, template_id, WORKING, "正在为您开卡"];
    let sql = "INSERT INTO attempt (request_id, flow, code, template_id, status, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    books.execute(sql, row).map(drop)
}

/// It ended with a card; tokens are not kept longer than needed.
pub(super) fn joined(books: &Connection, request_id: &str, biz_card_no: &str, already_member: bool) -> rusqlite::Result<()> {
    let row = params![request_id, "会员卡已放入卡包", biz_card_no, already_member];
    let sql = "UPDATE attempt SET status = 'joined', message = ?2, biz_card_no = ?3, already_member = ?4, token = NULL, code = NULL
               WHERE request_id = ?1";
    books.execute(sql, row).map(drop)
}

/// It ended without one.
pub(super) fn failed(books: &Connection, request_id: &str, message: &str, why: Option<&Reason>) -> rusqlite::Result<()> {
    let row = params![request_id, message, why.map(points::kept)];
    let sql = "UPDATE attempt SET status = 'failed', message = ?2, reason = ?3, token = NULL, code = NULL WHERE request_id = ?1";
    books.execute(sql, row).map(drop)
}

impl Books {
    /// The attempt of that number.
    pub(super) fn attempt(&self, request_id: &str) -> Booked<Option<Attempt>> {
        self.read(|books| by_number(books, request_id))
    }

    /// Attempts that have no end yet. What the platform asked for is answered at once and waits for nobody here.
    pub(super) fn open_attempts(&self) -> Booked<Vec<String>> {
        let sql = "SELECT request_id FROM attempt WHERE status = 'working' AND flow = 'callback' ORDER BY rowid";
        self.read(|books| books.prepare(sql)?.query_map([], |row| row.get(0))?.collect())
    }
}
