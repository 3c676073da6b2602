//! The fast flow: the platform asks for a card (`spi.alipay.user.opencard.get`) and gets it at once.
//!
//! The same serial number gets the same card. Whether the card came about is told afterwards; when nobody tells, the shop asks.
//! Sources: spec table of the same name; card SEMANTICS 4.

use super::Defect;
use super::attempt::{self, Attempt};
use super::books::{Booked, Books, Broken, setting};
use super::clock::Working;
use super::gateway::{Ask, Said, text};
use super::notice::{self, Kind, Message};
use super::shop::{Matter, Shop};
use super::{joining, member, money, notice_card};
use rusqlite::{Transaction, params};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use wire::alipay::timestamp;

/// The question's name.
pub(super) const METHOD: &str = "spi.alipay.user.opencard.get";
/// How old a question may be, or how far ahead.
const WINDOW_MS: i64 = 15 * 60_000;
/// How long the shop waits to be told how an opening ended before it asks.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it asks.
const QUESTIONS: usize = 5;

/// Why there is no card: code, `sub_code`, `sub_msg`.
type No = (&'static str, &'static str);

impl Shop {
    /// The signed answer to the platform's question.
    pub(super) fn answer(self: &Arc<Self>, message: &Message) -> Booked<String> {
        let believed = self.hear(message)?;
        let card = match self.may_ask(message) {
            _ if !believed && !self.does(Defect::SpiBelievesForgeries) => Err(("isv.invalid-signature", "验签失败")),
            Err(no) => Err(no),
            Ok(()) => self.issue(message)?,
        };
        let object = match card {
            Ok(card_info) => json!({"code": "10000", "msg": "Success", "card_info": card_info}),
            Err((sub_code, sub_msg)) => json!({"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": sub_msg}),
        };
        Ok(self.gateway.sealed("response", &object))
    }

    fn may_ask(&self, message: &Message) -> Result<(), No> {
        debug_assert_eq!(message.kind, Kind::Opening, "told apart at the door");
        if !message.says("biz_app_id", &self.app_id) && !message.says("biz_app_id", &self.merchant_app()) {
            return Err(("APP_NOT_MATCH", "应用不匹配"));
        }
        let sent = message.text("utc_timestamp").and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
        // seconds or milliseconds: nobody asked before 1973
        let sent = if sent < 100_000_000_000 { sent.saturating_mul(1_000) } else { sent };
        if (self.clock.now_ms() - sent).abs() > WINDOW_MS && !self.does(Defect::SpiTakesOldCalls) {
            return Err(("REQUEST_EXPIRED", "请求已过期"));
        }
        Ok(())
    }

    fn issue(self: &Arc<Self>, message: &Message) -> Booked<Result<Value, No>> {
        let (now, now_ms) = (self.clock.now(), self.clock.now_ms());
        let issued = self.books.write(|books| {
            let again = self.does(Defect::SpiCardForEveryCall) && is_known(books, message)?;
            let issued = issue(books, message, &now, now_ms)?;
            if !again {
                return Ok(issued);
            }
            let other = member::enrol(books, None, None, &now).and_then(|id| member::by_id(books, id))?;
            Ok(issued.map(|(serial, mut card_info)| {
                card_info["external_card_no"] = json!(other.external_card_no);
                (serial, card_info)
            }))
        })?;
        Ok(issued.map(|(serial, mut card_info)| {
            self.work(Matter::Opened(serial));
            if self.does(Defect::SpiOtherCardNo) {
                card_info["biz_card_no"] = card_info["external_card_no"].clone();
            }
            card_info
        }))
    }

    /// Waits to be told how an opening ended, and asks when nobody tells.
    pub(super) async fn find_out(self: &Arc<Self>, working: &Working, serial: &str) -> Result<(), Broken> {
        for _ in 0..QUESTIONS {
            let Some(attempt) = self.books.attempt(serial)?.filter(Attempt::is_open) else { return Ok(()) };
            working.sleep(PATIENCE).await;
            if self.books.attempt(serial)?.is_none_or(|attempt| !attempt.is_open()) {
                return Ok(());
            }
            let number = attempt.biz_card_no.unwrap_or_default();
            let named = json!({"target_card_no": number, "target_card_no_type": "BIZ_CARD"});
            let said = self.gateway.once(Ask::new("alipay.marketing.card.query").business(&|_| named.clone())).await;
            if let Said::Done(object) = said
                && text(&object, "schema_url").is_some_and(|url| !url.is_empty())
            {
                let now = self.clock.now();
                let effect = self.books.write(|books| notice_card::opened(books, &number, &now))?;
                for matter in effect {
                    self.work(matter);
                }
                return Ok(());
            }
        }
        self.books.write(|books| joining::ended(books, serial, "开卡失败，请重新扫码领卡", None))
    }
}

/// Whether this card was asked for before.
fn is_known(books: &Transaction<'_>, message: &Message) -> rusqlite::Result<bool> {
    Ok(attempt::by_number(books, &message.text("out_serial_no").unwrap_or_default())?.is_some())
}

fn issue(books: &Transaction<'_>, message: &Message, now: &str, now_ms: i64) -> rusqlite::Result<Result<(String, Value), No>> {
    let own = setting(books, "template_made")?.unwrap_or_default();
    let word = |name: &str| message.text(name).filter(|text| !text.is_empty());
    let (Some(serial), Some(number)) = (word("out_serial_no"), word("biz_card_no")) else {
        return Ok(Err(("INVALID_PARAMETER", "缺少必填参数")));
    };
    let (user_id, open_id) = (word("user_id"), word("open_id"));
    if !message.says("template_id", &own) || own.is_empty() || (user_id.is_none() && open_id.is_none()) {
        return Ok(Err(("INVALID_PARAMETER", "参数有误")));
    }
    if attempt::by_number(books, &serial)?.is_none() {
        if member::by_card(books, &number)?.is_some_and(|member| !member.is(user_id.as_deref(), open_id.as_deref())) {
            return Ok(Err(("CARD_NO_TAKEN", "卡号已被占用")));
        }
        attempt::begin(books, &serial, "fast", None, &own)?;
        let (name, mobile) = joining::of_form(&word("user_info").unwrap_or_default());
        let row = params![serial, user_id, open_id, name, mobile, number, now_ms, notice::last(books)?];
        books.execute(
            "UPDATE attempt SET user_id = ?2, open_id = ?3, name = ?4, mobile = ?5, formed = 1, biz_card_no = ?6, asked_ms = ?7,
             notices_before = ?8 WHERE request_id = ?1",
            row,
        )?;
        let known = attempt::by_number(books, &serial)?.expect("just written").known;
        joining::enrol(books, &serial, &known, now)?;
        let sql = "UPDATE attempt SET points = (SELECT points FROM member WHERE id = attempt.member) WHERE request_id = ?1";
        books.execute(sql, [&serial])?;
        // a member who holds another card keeps it until this one is there
        let sql = "UPDATE member SET biz_card_no = ?2 WHERE id = (SELECT member FROM attempt WHERE request_id = ?1) AND card = 'opening'";
        books.execute(sql, params![serial, number])?;
    }
    let attempt = attempt::by_number(books, &serial)?.expect("written now or before");
    if attempt.biz_card_no.as_deref() != Some(&number) {
        return Ok(Err(("INVALID_PARAMETER", "流水号与卡号不一致")));
    }
    let known = attempt.known;
    let member = member::by_id(books, known.member.expect("enrolled with the attempt"))?;
    let card_info = json!({
        "biz_card_no": number,
        "external_card_no": member.external_card_no,
        "open_date": timestamp::format(known.asked_ms.unwrap_or(now_ms)),
        "level": money::level(known.points),
        "point": known.points.to_string(),
    });
    Ok(Ok((serial, card_info)))
}

impl Books {
    /// Fast openings of which it is not known how they ended.
    pub(super) fn open_openings(&self) -> Booked<Vec<String>> {
        let sql = "SELECT request_id FROM attempt WHERE status = 'working' AND flow = 'fast' ORDER BY rowid";
        self.read(|books| books.prepare(sql)?.query_map([], |row| row.get(0))?.collect())
    }
}
