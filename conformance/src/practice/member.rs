//! Members as the book knows them.

use super::books::{Booked, Books};
use super::money;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

/// Where a member's card stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CardState {
    /// A member of old without a card yet.
    None,
    /// It is being opened.
    Opening,
    /// In the customer's wallet.
    Held,
    /// The customer removed it.
    Released,
}

impl CardState {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Opening => "opening",
            Self::Held => "held",
            Self::Released => "released",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "opening" => Self::Opening,
            "held" => Self::Held,
            "released" => Self::Released,
            _ => Self::None,
        }
    }
}

/// A member.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the till API names the fields")]
pub(super) struct Member {
    #[serde(skip)]
    pub(super) id: i64,
    pub(super) member_no: String,
    pub(super) name: Option<String>,
    pub(super) mobile: Option<String>,
    pub(super) points: i64,
    pub(super) level: &'static str,
    pub(super) external_card_no: String,
    pub(super) biz_card_no: Option<String>,
    pub(super) card: CardState,
    pub(super) user_id: Option<String>,
    pub(super) open_id: Option<String>,
    pub(super) joined_at: String,
}

impl Member {
    /// Whether that account at the platform is theirs.
    pub(super) fn is(&self, user_id: Option<&str>, open_id: Option<&str>) -> bool {
        let same = |own: &Option<String>, theirs: Option<&str>| own.is_some() && own.as_deref() == theirs;
        same(&self.user_id, user_id) || same(&self.open_id, open_id)
    }
}

const COLUMNS: &str = "id, name, mobile, points, external_card_no, biz_card_no, card, user_id, open_id, joined_at";

fn read(row: &Row<'_>) -> rusqlite::Result<Member> {
    let (id, points): (i64, i64) = (row.get("id")?, row.get("points")?);
    Ok(Member {
        id,
        member_no: member_no(id),
        name: row.get("name")?,
        mobile: row.get("mobile")?,
        points,
        level: money::level(points),
        external_card_no: row.get("external_card_no")?,
        biz_card_no: row.get("biz_card_no")?,
        card: CardState::of(&row.get::<_, String>("card")?),
        user_id: row.get("user_id")?,
        open_id: row.get("open_id")?,
        joined_at: row.get("joined_at")?,
    })
}

/// A member's number as the till shows it.
pub(super) fn member_no(id: i64) -> String {
    format!("M{id:06}")
}

/// The member of that row.
pub(super) fn by_id(books: &Connection, id: i64) -> rusqlite::Result<Member> {
    books.query_row(&format!("SELECT {COLUMNS} FROM member WHERE id = ?1"), [id], read)
}

fn one(books: &Connection, condition: &str, value: &str) -> rusqlite::Result<Option<Member>> {
    books.query_row(&format!("SELECT {COLUMNS} FROM member WHERE {condition}"), [value], read).optional()
}

/// By the mobile number.
pub(super) fn by_mobile(books: &Connection, mobile: &str) -> rusqlite::Result<Option<Member>> {
    one(books, "mobile = ?1", mobile)
}

/// By the merchant's or the platform's number of the card.
pub(super) fn by_card(books: &Connection, number: &str) -> rusqlite::Result<Option<Member>> {
    one(books, "external_card_no = ?1 OR biz_card_no = ?1", number)
}

/// By the account at the platform.
pub(super) fn by_account(books: &Connection, user_id: Option<&str>, open_id: Option<&str>) -> rusqlite::Result<Option<Member>> {
    let by_user = user_id.map(|user| one(books, "user_id = ?1", user)).transpose()?.flatten();
    match (by_user, open_id) {
        (None, Some(open_id)) => one(books, "open_id = ?1", open_id),
        (found, _) => Ok(found),
    }
}

/// A new member with the next numbers.
pub(super) fn enrol(books: &Connection, name: Option<&str>, mobile: Option<&str>, joined_at: &str) -> rusqlite::Result<i64> {
    let id: i64 = books.query_row("SELECT coalesce(max(id), 0) + 1 FROM member", [], |row| row.get(0))?;
    let external = format!("KB{id:06}");
    let sql = "INSERT INTO member (id, name, mobile, points, external_card_no, card, joined_at) VALUES (?1, ?2, ?3, 0, ?4, 'none', ?5)";
    books.execute(sql, params![id, name, mobile, external, joined_at])?;
    Ok(id)
}

/// Says where a member's card stands.
pub(super) fn set_card(books: &Connection, id: i64, card: CardState) -> rusqlite::Result<()> {
    books.execute("UPDATE member SET card = ?2 WHERE id = ?1", params![id, card.word()]).map(drop)
}

impl Books {
    /// Everybody, oldest first.
    pub(super) fn members(&self) -> Booked<Vec<Member>> {
        self.read(|books| books.prepare(&format!("SELECT {COLUMNS} FROM member ORDER BY id"))?.query_map([], read)?.collect())
    }

    /// By the merchant's or the platform's number of the card.
    pub(super) fn by_card(&self, number: &str) -> Booked<Option<Member>> {
        self.read(|books| by_card(books, number))
    }
}
