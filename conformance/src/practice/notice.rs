//! What the platform tells by itself: verified, stored, acted on, acknowledged, in that order and in one transaction.
//!
//! One door for every kind, told apart by what a message says it is; unknown kinds are stored and acknowledged. What is not
//! believed is stored too, answered `failure`, and changes nothing. Sources: commerce SEMANTICS 4 and 5; gateway PROTOCOL F;
//! card SEMANTICS 7 and 10.

use super::books::{Booked, Books};
use super::gateway::Signer;
use super::shop::{Matter, Shop};
use super::{Defect, code, fast, notice_card, notice_trade, provider};
use rusqlite::{Connection, Transaction, params};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use wire::alipay::notification::{Notice, NoticeRule};

/// What the platform asks when the gateway's address is saved. Source: commerce SEMANTICS 5.
const CHECK: &str = "alipay.service.check";
/// Notices kept of each sort, believed and not, so that who writes nonsense takes no room from the platform; and the most that the till
/// lists, so that who sees fewer knows that none is missing. Source: fixtures/merchants/till-api.md, "Notices".
const KEPT: i64 = 1_000;
/// Letters kept of a number or a name that somebody wrote into a message.
const LETTERS: usize = 128;

/// How long a shop takes to book what it acknowledged first: a defect.
const LATER: Duration = Duration::from_secs(2);
/// The fields of a trade's notice that a shop lists which verifies over no others: a defect.
const LISTED: &str = "app_id body buyer_id buyer_logon_id buyer_open_id buyer_pay_amount charset fund_bill_list gmt_create gmt_payment \
    gmt_refund invoice_amount notify_id notify_time notify_type out_biz_no out_trade_no point_amount receipt_amount refund_fee seller_id \
    send_back_fee sign sign_type subject total_amount trade_no trade_status version voucher_detail_list";

/// A message, and what it says it is.
pub(super) struct Message {
    notice: Notice,
    pub(super) kind: Kind,
    /// Its name, as `/notices` shows it.
    name: String,
}

/// How a message is to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// How a trade stands.
    Trade,
    /// A card was opened or left the wallet.
    Card,
    /// How a fast opening ended.
    FastResult,
    /// A merchant withdrew from this provider.
    Withdrawn,
    /// A code is wanted for a card.
    Code,
    /// A card is wanted: a question, which has an answer of its own.
    Opening,
    /// Whether this is the application's gateway: a question, too.
    Check,
    /// Something else.
    Other,
}

/// What is to be done about a message that is believed.
pub(super) type Effect = Vec<Matter>;
/// Believed with this effect, or not, and why.
pub(super) type Judged = Result<Effect, &'static str>;

impl Message {
    pub(super) fn of(notice: Notice) -> Self {
        let word = |name: &str| notice.text(name).map(|text| text.chars().take(LETTERS).collect::<String>());
        let name = [word("method"), word("msg_method"), word("notify_type"), word("service")].into_iter().flatten().next();
        let name = name.or_else(|| word("BizCardNo").map(|_| code::METHOD.to_owned())).unwrap_or_default();
        let kind = match name.as_str() {
            "trade_status_sync" => Kind::Trade,
            "card_open" | "card_delete" => Kind::Card,
            "alipay.user.opencard.result.notify" => Kind::FastResult,
            "alipay.open.auth.appauth.cancelled" => Kind::Withdrawn,
            code::METHOD => Kind::Code,
            fast::METHOD => Kind::Opening,
            CHECK => Kind::Check,
            _ => Kind::Other,
        };
        Self { notice, kind, name }
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.notice.text(name)
    }

    /// Whether it says exactly that.
    pub(super) fn says(&self, name: &str, value: &str) -> bool {
        self.text(name).as_deref() == Some(value)
    }

    /// The object in `biz_content`.
    pub(super) fn content(&self) -> Value {
        self.text("biz_content").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    fn is_signed(&self, shop: &Shop) -> bool {
        let (rule, signer) = match self.kind {
            Kind::Code if !shop.does(Defect::ChecksCodesWithPlatformKey) => (NoticeRule::V1, Signer::Codes),
            Kind::Check => (NoticeRule::V2, Signer::Platform),
            Kind::Other if self.text("service").is_some() => (NoticeRule::V2, Signer::Platform),
            _ => (NoticeRule::V1, Signer::Platform),
        };
        shop.does(Defect::SkipsSignature) || (shop.gateway.trusts(&self.notice, rule, signer) && !self.is_spoilt(shop))
    }

    /// Whether this shop changes what was signed before it verifies it: a defect.
    fn is_spoilt(&self, shop: &Shop) -> bool {
        let escaped = |value: &[u8]| value.iter().any(|byte| b"\"'&<>".contains(byte));
        self.notice.parameters.pairs().any(|(name, value)| {
            let listed = self.kind != Kind::Trade || LISTED.split(' ').any(|known| known.as_bytes() == name);
            (shop.does(Defect::VerifiesListedFields) && !listed)
                || (shop.does(Defect::EscapesBeforeVerify) && escaped(value))
                || (shop.does(Defect::ConvertsBeforeVerify) && self.kind == Kind::Code && !value.is_ascii())
        })
    }
}

impl Shop {
    /// The answer to the check of the gateway: the application's public key, signed with its private one.
    pub(super) fn checked(self: &Arc<Self>, message: &Message) -> Booked<String> {
        Ok(self.gateway.proof(self.hear(message)?))
    }

    /// Takes a message in that is acknowledged already: a defect.
    pub(super) fn hear_later(self: &Arc<Self>, message: Message) {
        let Some(mut working) = self.clock.take_up(&format!("notice {}", message.text("notify_id").unwrap_or_default())) else { return };
        let shop = Arc::clone(self);
        tokio::spawn(async move {
            working.sleep(LATER).await;
            // what is in the way now is in the way for good: it was acknowledged
            let _ = shop.hear(&message);
            working.is_over();
        });
    }

    /// Takes a message in. Whether it is believed.
    pub(super) fn hear(self: &Arc<Self>, message: &Message) -> Booked<bool> {
        let signed = message.is_signed(self);
        let (now, now_ms) = (self.clock.now(), self.clock.now_ms());
        let judged = self.books.write(|books| {
            let first = signed && is_new(books, message)?;
            let judged = match message.kind {
                _ if !signed => Err("the signature does not fit"),
                Kind::Trade => notice_trade::judge(self, books, message, first, &now)?,
                Kind::Card => notice_card::judge(self, books, message, first, &now)?,
                Kind::FastResult => notice_card::fast_result(books, message, &now)?,
                Kind::Withdrawn => provider::withdrawn(self, books, message, first)?,
                Kind::Code => code::wanted(books, message, now_ms)?,
                Kind::Other if self.does(Defect::RefusesUnknownKinds) => Err("a kind that nobody knows"),
                Kind::Opening | Kind::Check | Kind::Other => Ok(Effect::new()),
            };
            store(books, message, judged.as_ref().err().copied(), now_ms)?;
            Ok(judged)
        })?;
        let believed = judged.is_ok();
        judged.unwrap_or_default().into_iter().for_each(|matter| self.work(matter));
        Ok(believed)
    }
}

/// Whether no believed message of that number came before.
fn is_new(books: &Connection, message: &Message) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM notice WHERE notify_id = ?1 AND believed";
    let before: i64 = books.query_row(sql, [message.text("notify_id")], |row| row.get(0))?;
    Ok(before == 0)
}

fn store(books: &Transaction<'_>, message: &Message, why: Option<&str>, now_ms: i64) -> rusqlite::Result<()> {
    let short = |name: &str| message.text(name).map(|text| text.chars().take(LETTERS).collect::<String>());
    let believed = why.is_none();
    let row = params![short("notify_id"), message.name, short("out_trade_no"), short("biz_card_no"), believed, why, now_ms];
    books.execute(
        "INSERT INTO notice (notify_id, kind, out_trade_no, biz_card_no, believed, why, came_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        row,
    )?;
    let sql = "DELETE FROM notice WHERE believed = ?1 AND id <=
               (SELECT id FROM notice WHERE believed = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    books.execute(sql, params![believed, KEPT]).map(drop)
}

/// The number of the last notice that came.
pub(super) fn last(books: &Connection) -> rusqlite::Result<i64> {
    books.query_row("SELECT coalesce(max(id), 0) FROM notice", [], |row| row.get(0))
}

/// Whether the platform said since then that this card left the wallet.
pub(super) fn was_deleted_since(books: &Connection, biz_card_no: &str, since: i64) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM notice WHERE kind = 'card_delete' AND believed AND biz_card_no = ?1 AND id > ?2";
    let count: i64 = books.query_row(sql, params![biz_card_no, since], |row| row.get(0))?;
    Ok(count > 0)
}

impl Books {
    /// The newest notices, as the till shows them, newest last.
    pub(super) fn notices_shown(&self) -> Booked<Vec<Value>> {
        self.read(|books| {
            let mut notices = books.prepare(
                "SELECT notify_id, kind, out_trade_no, believed, why FROM (SELECT * FROM notice ORDER BY id DESC LIMIT ?1) ORDER BY id",
            )?;
            let shown = notices.query_map([KEPT], |row| {
                let believed: bool = row.get("believed")?;
                let (notify_id, kind): (Option<String>, String) = (row.get("notify_id")?, row.get("kind")?);
                let out_trade_no: Option<String> = row.get("out_trade_no")?;
                let mut shown = json!({"notify_id": notify_id, "kind": kind, "out_trade_no": out_trade_no, "believed": believed});
                if let Some(why) = row.get::<_, Option<String>>("why")? {
                    shown["why"] = json!(why);
                }
                Ok(shown)
            })?;
            shown.collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::alipay::Limits;

    /// Books after so many notices, each believed or not; their numbers count on.
    fn told(books: &Books, numbers: std::ops::Range<i64>, why: Option<&str>) {
        let written = books.write(|books| {
            for number in numbers {
                let body = format!("notify_type=trade_status_sync&notify_id={number}&out_trade_no=O1");
                let message = Message::of(Notice::read(&body.into(), &Limits::default()).unwrap());
                store(books, &message, why, 0)?;
            }
            Ok(())
        });
        written.unwrap();
    }

    fn numbers(shown: &[Value]) -> Vec<i64> {
        shown.iter().map(|notice| notice["notify_id"].as_str().unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn of_any_number_of_notices_the_till_lists_the_newest_thousand_and_none_is_missing_before() {
        let books = Books::open(None, 1).unwrap();
        told(&books, 0..KEPT, None);
        assert_eq!(numbers(&books.notices_shown().unwrap()), (0..KEPT).collect::<Vec<_>>());
        told(&books, KEPT..KEPT + 30, Some("the signature does not fit"));
        told(&books, KEPT + 30..KEPT + 70, None);
        assert_eq!(numbers(&books.notices_shown().unwrap()), (70..KEPT + 70).collect::<Vec<_>>());
    }

    #[test]
    fn who_writes_nonsense_takes_no_room_from_what_was_believed_and_nothing_grows() {
        let books = Books::open(None, 1).unwrap();
        told(&books, 0..KEPT + 1, None);
        told(&books, 0..2 * KEPT, Some("the signature does not fit"));
        let count = |books: &Connection| books.query_row("SELECT count(*), min(id) FROM notice", [], |row| Ok((row.get(0)?, row.get(1)?)));
        assert_eq!(books.read(count).unwrap(), (2 * KEPT, 2), "the oldest believed one made room for a believed one");
    }
}
