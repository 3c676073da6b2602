//! Codes that the merchant makes: the platform asks when a customer opens the card, the answer is a call of its own.
//!
//! A code is good for two minutes and known to the till that made it. It never looks like a payment code. The request is signed
//! with a key of its own, in GBK. Sources: spec table `platform.mdcode.notify`; card SEMANTICS 10.

use super::books::{Booked, Books, Broken};
use super::clock::Working;
use super::gateway::Ask;
use super::member::{self, Member};
use super::notice::{Judged, Message};
use super::shop::{Matter, Shop, pause};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::json;
use wire::alipay::timestamp;

/// The request's name in the tables.
pub(super) const METHOD: &str = "platform.mdcode.notify";
/// How long a code is good.
const LIFE_MS: i64 = 120_000;
/// Tries to hand a code over: by then it is over.
const TRIES: usize = 6;

/// A code is wanted: made and booked, handed over behind the acknowledgement.
pub(super) fn wanted(books: &Transaction<'_>, message: &Message, now_ms: i64) -> rusqlite::Result<Judged> {
    let Some(member) = message.text("BizCardNo").map(|number| member::by_card(books, &number)).transpose()?.flatten() else {
        return Ok(Err("no card of that number"));
    };
    books.execute("DELETE FROM code WHERE expires_ms < ?1", [now_ms - LIFE_MS])?;
    let waiting: i64 = books.query_row("SELECT count(*) FROM code WHERE member = ?1 AND NOT told", [member.id], |row| row.get(0))?;
    if waiting == 0 {
        let sql =
            "INSERT INTO code (value, member, made_ms, expires_ms) SELECT printf('62%016d', abs(random() % 10000000000000000)), ?1, ?2, ?3";
        books.execute(sql, [member.id, now_ms, now_ms + LIFE_MS])?;
    }
    Ok(Ok(vec![Matter::Code(member.id)]))
}

/// The member whose code that is, and whether it is still good; nothing when nobody made it.
pub(super) fn holder(books: &Connection, value: &str, now_ms: i64) -> rusqlite::Result<Option<(Member, bool)>> {
    let sql = "SELECT member, expires_ms FROM code WHERE value = ?1";
    let found: Option<(i64, i64)> = books.query_row(sql, [value], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    found.map(|(member, expires)| Ok((member::by_id(books, member)?, now_ms < expires))).transpose()
}

impl Shop {
    /// Hands the code over that a member's card is waiting for.
    pub(super) async fn hand_over(&self, working: &Working, member: i64) -> Result<(), Broken> {
        for tries in 0..TRIES {
            let Some((value, made_ms, expires_ms)) = self.books.untold_code(member)? else { return Ok(()) };
            let card = self.books.read(|books| member::by_id(books, member))?.biz_card_no;
            let update = json!({
                "target_card_no": card,
                "target_card_no_type": "BIZ_CARD",
                "occur_time": timestamp::format(made_ms),
                "card_info": {"mdcode_info": {
                    "code_status": "SUCCESS",
                    "code_value": value,
                    "expire_time": timestamp::format(expires_ms),
                    "time_stamp": (made_ms / 1_000).to_string(),
                }},
            });
            let said = self.gateway.hasty(Ask::new("alipay.marketing.card.update").business(&|_| update.clone())).await;
            if !said.is_open() || self.clock.now_ms() >= expires_ms {
                break;
            }
            working.sleep(pause(tries, &value)).await;
        }
        let sql = "UPDATE code SET told = 1 WHERE member = ?1";
        self.books.write(|books| books.execute(sql, params![member]).map(drop))
    }
}

impl Books {
    fn untold_code(&self, member: i64) -> Booked<Option<(String, i64, i64)>> {
        let sql = "SELECT value, made_ms, expires_ms FROM code WHERE member = ?1 AND NOT told";
        self.read(|books| books.query_row(sql, [member], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional())
    }

    /// Members whose cards wait for a code.
    pub(super) fn open_codes(&self) -> Booked<Vec<i64>> {
        let sql = "SELECT member FROM code WHERE NOT told ORDER BY member";
        self.read(|books| books.prepare(sql)?.query_map([], |row| row.get(0))?.collect())
    }
}
