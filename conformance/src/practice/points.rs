//! Points: every change is an entry of the book, made once, and a member's points are the sum of the entries.
//!
//! Policy: points are earned on what the customer paid; a refund takes them back in proportion, in whole points, floored over
//! all refunds of the sale together, so that a full refund takes exactly what was added. What was spent meanwhile is taken back
//! all the same: the balance may go below zero. Points spent on a sale come back when it is cancelled or refunded in full.

use super::books::{Booked, Books};
use super::gateway::Reason;
use super::member::Member;
use super::money;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Why points changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// They were there before the wallet card.
    Carried,
    /// Paid for something; the reference is the sale.
    Earned,
    /// Spent on a sale, when it was booked.
    Spent,
    /// Spent after all, on a sale that came about when they had been given back.
    SpentAfterAll,
    /// Given back, because the sale did not come about or was refunded in full.
    Returned,
    /// Taken back; the reference is the refund.
    Taken,
    /// Nothing changed; the card is to say again what the book says.
    Restated,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Self::Carried => "carried",
            Self::Earned => "earned",
            Self::Spent => "spent",
            Self::SpentAfterAll => "spent_after_all",
            Self::Returned => "returned",
            Self::Taken => "taken",
            Self::Restated => "restated",
        }
    }
}

/// Whether the card was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sync {
    /// There is nothing to tell.
    None,
    /// Not yet, or nobody knows.
    Pending,
    /// It was told.
    Done,
    /// The platform said no.
    Refused,
}

impl Sync {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "pending" => Self::Pending,
            "done" => Self::Done,
            "refused" => Self::Refused,
            _ => Self::None,
        }
    }
}

/// A change of points.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) kind: String,
    pub(super) reference: String,
    pub(super) points: i64,
    /// The member's points after it.
    pub(super) total: i64,
    /// The change that the customer's message names.
    pub(super) told: i64,
    pub(super) occur_time: String,
    pub(super) sync: Sync,
    /// Whether the card has the total already; what is missing then is the purchase record.
    pub(super) updated: bool,
    pub(super) reason: Option<Reason>,
}

impl Entry {
    pub(super) fn is(&self, change: Change) -> bool {
        self.kind == change.word()
    }
}

/// What is written about a change.
pub(super) struct NewEntry<'a> {
    pub(super) change: Change,
    pub(super) reference: &'a str,
    pub(super) points: i64,
    pub(super) told: i64,
    pub(super) occur_time: &'a str,
    pub(super) sync: Sync,
}

const COLUMNS: &str = "id, kind, ref, points, total, told, occur_time, sync, updated, reason";

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get("id")?,
        kind: row.get("kind")?,
        reference: row.get("ref")?,
        points: row.get("points")?,
        total: row.get("total")?,
        told: row.get("told")?,
        occur_time: row.get("occur_time")?,
        sync: Sync::of(&row.get::<_, String>("sync")?),
        updated: row.get("updated")?,
        reason: reason(row)?,
    })
}

/// The column `reason`.
pub(super) fn reason(row: &Row<'_>) -> rusqlite::Result<Option<Reason>> {
    Ok(row.get::<_, Option<String>>("reason")?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// A reason as the books keep it.
pub(super) fn kept(reason: &Reason) -> String {
    serde_json::to_string(reason).expect("four texts")
}

/// Changes a member's points and writes it down; nothing when that change was made before.
pub(super) fn enter(books: &Connection, member: i64, new: &NewEntry<'_>) -> rusqlite::Result<bool> {
    let before: i64 = books.query_row("SELECT points FROM member WHERE id = ?1", [member], |row| row.get(0))?;
    let total = before + new.points;
    let sql =
        "INSERT OR IGNORE INTO entry (member, kind, ref, points, total, told, occur_time, sync) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let row = params![member, new.change.word(), new.reference, new.points, total, new.told, new.occur_time, new.sync.word()];
    let entered = books.execute(sql, row)? == 1;
    if entered {
        books.execute("UPDATE member SET points = ?2 WHERE id = ?1", [member, total])?;
    }
    Ok(entered)
}

/// Takes all of a member's points away with the card: a defect.
pub(super) fn erase(books: &Connection, member: &Member, now: &str) -> rusqlite::Result<bool> {
    let reference = member.biz_card_no.as_deref().unwrap_or_default();
    let new = NewEntry { change: Change::Taken, reference, points: -member.points, told: 0, occur_time: now, sync: Sync::None };
    enter(books, member.id, &new)
}

/// The entry of that change.
pub(super) fn entry_of(books: &Connection, change: Change, reference: &str) -> rusqlite::Result<Option<Entry>> {
    let sql = format!("SELECT {COLUMNS} FROM entry WHERE kind = ?1 AND ref = ?2");
    books.query_row(&sql, [change.word(), reference], read).optional()
}

/// Points taken back when `refunded` of `paid` fen have gone back and `added` points were given: floored, and all at the end.
pub(super) fn taken_back(added: i64, refunded: i64, paid: i64) -> i64 {
    if paid <= 0 { added } else { i64::try_from(i128::from(added) * i128::from(refunded) / i128::from(paid)).unwrap_or(added) }
}

/// Fen off for points that are spent: a hundred points are one yuan.
pub(super) fn worth(points: i64) -> i64 {
    points / 100 * money::YUAN
}

impl Books {
    /// The oldest change that a member's card was not told about; the newest, when it is wanted that way.
    pub(super) fn untold(&self, member: i64, newest: bool) -> Booked<Option<Entry>> {
        let order = if newest { "DESC" } else { "ASC" };
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE member = ?1 AND sync = 'pending' ORDER BY id {order} LIMIT 1");
        self.read(|books| books.query_row(&sql, [member], read).optional())
    }

    /// The card has the total of this entry.
    pub(super) fn entry_updated(&self, id: i64) -> Booked<()> {
        self.write(|books| books.execute("UPDATE entry SET updated = 1 WHERE id = ?1", [id]).map(drop))
    }

    /// What came of telling the card.
    pub(super) fn entry_synced(&self, id: i64, sync: Sync, why: Option<&Reason>) -> Booked<()> {
        let row = params![id, sync.word(), why.map(kept)];
        self.write(|books| books.execute("UPDATE entry SET sync = ?2, reason = ?3 WHERE id = ?1", row).map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_thirds_take_back_exactly_what_was_added() {
        let of = |refunded| taken_back(10, refunded, 1_000);
        assert_eq!([of(333) - of(0), of(666) - of(333), of(1_000) - of(666)], [3, 3, 4]);
        assert_eq!((taken_back(35, 3_500, 3_500), taken_back(0, 99, 99), taken_back(5, 0, 0)), (35, 0, 5));
    }

    #[test]
    fn a_change_is_entered_once_and_points_are_the_sum_of_the_entries() {
        let books = Books::open(None, 1).unwrap();
        let new = |points| NewEntry { change: Change::Earned, reference: "S-1", points, told: points, occur_time: "", sync: Sync::Pending };
        let seen = books.write(|books| {
            let member = super::super::member::enrol(books, None, None, "")?;
            let entered = [enter(books, member, &new(35))?, enter(books, member, &new(35))?];
            let sums: (i64, i64) = books.query_row("SELECT (SELECT points FROM member), (SELECT sum(points) FROM entry)", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            Ok((entered, sums))
        });
        assert_eq!(seen.unwrap(), ([true, false], (35, 35)));
    }
}
