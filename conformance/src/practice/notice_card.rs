//! Notices about cards: opened, deleted, and how a fast opening ended.
//!
//! A deleted card makes its member `released`; points and numbers stay for the day they join again. A deletion that comes before
//! the card's number is known is remembered with the notice. Source: card SEMANTICS 7 and 16.10.

use super::attempt::{self, Attempt};
use super::books::setting;
use super::defect::Defect;
use super::joining;
use super::member::{self, CardState};
use super::notice::{Effect, Judged, Message};
use super::points;
use super::shop::{Matter, Shop};
use rusqlite::{OptionalExtension, Transaction};

pub(super) fn judge(shop: &Shop, books: &Transaction<'_>, message: &Message, first: bool, now: &str) -> rusqlite::Result<Judged> {
    if let Err(why) = shop.is_for_this_shop(books, message)? {
        return Ok(Err(why));
    }
    let own = setting(books, "template_made")?;
    if own.is_none() || message.text("template_id") != own {
        return Ok(Err("another template's"));
    }
    let Some(number) = message.text("biz_card_no").filter(|_| first) else { return Ok(Ok(Effect::new())) };
    if message.says("notify_type", "card_delete") {
        if let Some(member) = member::by_card(books, &number)?.filter(|_| !shop.does(Defect::IgnoresDeletions)) {
            member::set_card(books, member.id, CardState::Released)?;
            if shop.does(Defect::ErasesPointsWithTheCard) {
                points::erase(books, &member, now)?;
            }
        }
        return Ok(Ok(Effect::new()));
    }
    if shop.does(Defect::RevivesCards)
        && let Some(member) = member::by_card(books, &number)?
    {
        member::set_card(books, member.id, CardState::Held)?;
    }
    opened(books, &number, now).map(Ok)
}

/// How a fast opening ended.
pub(super) fn fast_result(books: &Transaction<'_>, message: &Message, now: &str) -> rusqlite::Result<Judged> {
    let content = message.content();
    let Some(number) = content["biz_card_no"].as_str() else { return Ok(Err("it names no card")) };
    if content["success"] == "true" {
        return opened(books, number, now).map(Ok);
    }
    let Some(opening) = opening(books, number)? else { return Ok(Ok(Effect::new())) };
    joining::ended(books, &opening.attempt, "开卡失败，请重新扫码领卡", None)?;
    Ok(Ok(vec![Matter::Opened(opening.attempt)]))
}

/// The platform has the card that it asked for.
pub(super) fn opened(books: &Transaction<'_>, number: &str, now: &str) -> rusqlite::Result<Effect> {
    let Some(Attempt { attempt: serial, known, .. }) = opening(books, number)? else { return Ok(Effect::new()) };
    let Some(member) = known.member else { return Ok(Effect::new()) };
    joining::hold(books, &serial, &known, member, number, known.met_before)?;
    if member::by_id(books, member)?.points != known.points {
        joining::restate(books, member, &serial, now)?;
    }
    Ok(vec![Matter::Card(member), Matter::Opened(serial)])
}

/// The fast opening of a card that has no end yet.
fn opening(books: &Transaction<'_>, number: &str) -> rusqlite::Result<Option<Attempt>> {
    let sql = "SELECT request_id FROM attempt WHERE flow = 'fast' AND status = 'working' AND biz_card_no = ?1";
    let serial: Option<String> = books.query_row(sql, [number], |row| row.get(0)).optional()?;
    serial.map(|serial| attempt::by_number(books, &serial)).transpose().map(Option::flatten)
}
