//! The till: looking a member up by what the scanner read, and selling.
//!
//! A sale is booked whole before the platform hears of it; what takes longer than a person waits goes on behind the answer.
//! Source: fixtures/merchants/till-api.md, "Till" and "Sale".

use super::books::{self, Booked};
use super::code;
use super::defect::Defect;
use super::gateway::{Ask, Said, text};
use super::member::{self, CardState, Member};
use super::money;
use super::points::{self, Change, NewEntry, Sync};
use super::problem::Problem;
use super::sale::{self, Kind, Sale};
use super::shop::{Matter, Shop};
use axum::http::StatusCode;
use rusqlite::{Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// What was scanned or typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookUp {
    code: String,
    kind: Option<String>,
}

/// A sale as the till sends it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Charge {
    card_no: Option<String>,
    code: Option<String>,
    kind: Option<String>,
    amount: String,
    #[serde(skip_serializing)]
    sale_no: Option<String>,
    pay_code: Option<String>,
    #[serde(default)]
    qr: bool,
    #[serde(default)]
    spend_points: i64,
}

/// A charge with its figures.
struct Order<'c> {
    charge: &'c Charge,
    content: String,
    amount: i64,
    payable: i64,
    kind: Kind,
    buyer: Option<i64>,
    /// Whether it is booked again when it comes again: a defect.
    twice: bool,
    /// Whether the till makes sure that the member has the points.
    looks: bool,
}

impl Shop {
    /// Member and card behind a code, from the platform first, then from the book.
    pub(super) async fn look_up(&self, asked: LookUp) -> Result<Value, Problem> {
        let template_id = self.books.setting("template_id")?.ok_or_else(Problem::not_set_up)?;
        let shows = self.books.setting("write_off_type")?.unwrap_or_default();
        let now_ms = self.clock.now_ms();
        let made = self.books.read(|books| code::holder(books, &asked.code, now_ms))?;
        // what the till made itself the platform does not know; it knows the card
        let asked = match made {
            Some((_, false)) => return Err(Problem::nobody()),
            Some((member, true)) => LookUp { code: member.biz_card_no.unwrap_or_default(), kind: Some("biz".to_owned()) },
            None => asked,
        };
        let own = kind_of(&asked, &shows, self.books.by_card(&asked.code)?.as_ref())?;
        let mut query = json!({"target_card_no": asked.code, "target_card_no_type": own});
        if own == "EXTERNAL_CARD" {
            query["template_id"] = json!(template_id);
        }
        let object = match self.gateway.hasty(Ask::new("alipay.marketing.card.query").business(&|_| query.clone())).await {
            Said::Done(object) => object,
            Said::Refused(reason) if reason.sub_code == "CARD_NOT_EXIT" => return Err(Problem::nobody()),
            said => return Err(Problem::of(said)),
        };
        let info = &object["card_info"];
        let biz_card_no = text(info, "biz_card_no").unwrap_or_default();
        let in_wallet = text(&object, "schema_url").is_some_and(|url| !url.is_empty()) || self.does(Defect::TrustsItsBook);
        let state = if in_wallet { CardState::Held } else { CardState::Released };
        let member = self.books.write(|books| {
            let Some(member) = member::by_card(books, biz_card_no)? else { return Ok(None) };
            if member.card != CardState::Opening {
                member::set_card(books, member.id, state)?;
            }
            member::by_id(books, member.id).map(Some)
        })?;
        let card = json!({
            "biz_card_no": biz_card_no,
            "external_card_no": info["external_card_no"],
            "point": info["point"],
            "balance": info["balance"],
            "level": info["level"],
            "in_wallet": in_wallet,
        });
        Ok(json!({"member": member.ok_or_else(Problem::nobody)?, "card": card}))
    }

    /// Sells: books it, has it paid, and shows what is known by then.
    pub(super) async fn sell(self: &Arc<Self>, charge: Charge) -> Result<Value, Problem> {
        let mut order = understood(&charge, self.does(Defect::PaysWithAnyCode), self.does(Defect::TakesMoreOffThanTheBill))?;
        order.looks = !self.does(Defect::SpendsWithoutLooking);
        order.twice = self.does(Defect::TwoOrdersForOneScan);
        if let Some(known) = self.books.read(|books| known(books, &order))?.filter(|_| !order.twice) {
            return self.shown_again(&order, &known).await;
        }
        order.buyer = self.buyer(&charge).await?;
        if order.kind != Kind::Cash {
            self.may_call()?;
        }
        let reuses = self.does(Defect::ReusesOrderNo);
        let booked = self.books.write(|books| {
            let booked = book(books, &order, self.clock.now_ms(), &self.clock.now())?;
            match booked {
                Ok((sale, true)) if reuses => Ok(Ok((under_an_old_number(books, sale)?, true))),
                booked => Ok(booked),
            }
        });
        let sale = match booked? {
            Ok((sale, true)) => sale,
            Ok((known, false)) => return self.shown_again(&order, &known).await,
            Err(problem) => return Err(problem),
        };
        if sale.kind == Kind::Cash {
            sale.member.into_iter().for_each(|member| self.work(Matter::Card(member)));
        } else {
            self.work(Matter::Sale(sale.sale_no.clone()));
        }
        self.settled(&sale.sale_no).await
    }

    /// The sale of that number once it is settled, or as it stands when the till's patience ends.
    pub(super) async fn settled(&self, sale_no: &str) -> Result<Value, Problem> {
        let look = |books: &books::Books| -> Booked<_> { Ok((books.sale(sale_no)?, books.sale_shown(sale_no)?)) };
        let settled = |(sale, shown): &(Option<Sale>, Option<Value>)| {
            let told = shown.as_ref().is_none_or(|shown| shown["sync"] != "pending");
            told && sale.as_ref().is_none_or(Sale::rests)
        };
        let (_, shown) = self.patiently(look, settled).await?;
        shown.ok_or_else(no_such_sale)
    }

    async fn shown_again(&self, order: &Order<'_>, known: &Sale) -> Result<Value, Problem> {
        if known.content != order.content {
            return Err(Problem::new(StatusCode::CONFLICT, "SALE_CONFLICT", "that sale_no belongs to another sale"));
        }
        self.settled(&known.sale_no).await
    }

    /// Who buys; nobody in particular when the till does not say.
    async fn buyer(&self, charge: &Charge) -> Result<Option<i64>, Problem> {
        match (&charge.card_no, &charge.code) {
            (Some(number), None) => Ok(Some(self.books.by_card(number)?.ok_or_else(Problem::nobody)?.id)),
            (None, Some(code)) => {
                if let Some(member) = self.books.by_card(code)? {
                    return Ok(Some(member.id));
                }
                let found = self.look_up(LookUp { code: code.clone(), kind: charge.kind.clone() }).await?;
                let number = text(&found["card"], "biz_card_no").unwrap_or_default();
                Ok(Some(self.books.by_card(number)?.ok_or_else(Problem::nobody)?.id))
            }
            (None, None) if charge.pay_code.is_some() || charge.qr => Ok(None),
            _ => Err(Problem::bad("exactly one of card_no and code is needed")),
        }
    }

    /// The cashier gives up: the sale is taken back at the platform, unless the customer was quicker.
    pub(super) async fn give_up(self: &Arc<Self>, sale_no: &str) -> Result<Value, Problem> {
        let sale = self.books.sale(sale_no)?.ok_or_else(no_such_sale)?;
        if !sale.status.is_settled() {
            let sql = "UPDATE sale SET give_up = 1 WHERE id = ?1";
            self.books.write(|books| books.execute(sql, [sale.id]))?;
            self.work(Matter::Sale(sale.sale_no));
        }
        self.settled(sale_no).await
    }
}

pub(super) fn no_such_sale() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "SALE_NOT_FOUND", "no sale has that number")
}

/// Whether a text may be a number of the till's own.
pub(super) fn is_number(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    plain && (1..=64).contains(&text.len())
}

/// The figures of a charge.
fn understood(charge: &Charge, any_code: bool, more_than_the_bill: bool) -> Result<Order<'_>, Problem> {
    let amount = money::fen(&charge.amount).ok_or_else(|| Problem::bad("amount is yuan with two decimals, such as 88.00"))?;
    if charge.sale_no.as_deref().is_some_and(|number| !is_number(number)) {
        return Err(Problem::bad("sale_no has 1 to 64 of 0-9A-Za-z_-"));
    }
    if charge.pay_code.is_some() && charge.qr {
        return Err(Problem::bad("pay_code and qr are two ways to pay: one of them"));
    }
    if charge.pay_code.as_deref().is_some_and(|code| !any_code && !is_pay_code(code)) {
        let message = "a payment code has 16 to 24 digits and begins with 25 to 30; a member code is none";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "NOT_A_PAY_CODE", message));
    }
    let spends = charge.spend_points;
    if spends < 0 || spends % 100 != 0 || (points::worth(spends) > amount && !more_than_the_bill) {
        return Err(Problem::bad("spend_points are whole hundreds, worth no more than the amount").at(Some("spend_points".to_owned())));
    }
    let payable = amount - points::worth(spends);
    let kind = match (payable, &charge.pay_code, charge.qr) {
        (0, ..) | (_, None, false) => Kind::Cash,
        (_, Some(_), _) => Kind::Code,
        (_, None, true) => Kind::Qr,
    };
    if spends > 0 && charge.card_no.is_none() && charge.code.is_none() {
        return Err(Problem::bad("only a member spends points: card_no or code is needed"));
    }
    let content = serde_json::to_string(charge).expect("texts and numbers");
    Ok(Order { charge, content, amount, payable, kind, buyer: None, twice: false, looks: true })
}

/// Whether a text is a payment code of a phone: digits, 25 to 30 first, 16 to 24 of them (commerce SEMANTICS 3).
fn is_pay_code(text: &str) -> bool {
    let first = text.get(..2).and_then(|first| first.parse::<u8>().ok());
    (16..=24).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && first.is_some_and(|first| (25..=30).contains(&first))
}

/// The sale that was booked for this charge before: of that number, or of that payment code when the scanner fired twice.
fn known(books: &rusqlite::Connection, order: &Order<'_>) -> rusqlite::Result<Option<Sale>> {
    match (&order.charge.sale_no, &order.charge.pay_code) {
        (Some(sale_no), _) => sale::by_number(books, sale_no),
        (None, Some(code)) => Ok(sale::by_pay_code(books, code)?.filter(|known| known.content == order.content)),
        (None, None) => Ok(None),
    }
}

/// Books a sale; the one that was booked before, and false, when it is the same.
fn book(books: &Transaction<'_>, order: &Order<'_>, now_ms: i64, now: &str) -> rusqlite::Result<Result<(Sale, bool), Problem>> {
    let before = known(books, order)?;
    if let Some(known) = before.as_ref().filter(|_| !order.twice) {
        return Ok(Ok((known.clone(), false)));
    }
    let Order { charge, content, amount, payable, kind, buyer, looks, twice: _ } = order;
    let spends = charge.spend_points;
    let of: Option<Member> = buyer.map(|id| member::by_id(books, id)).transpose()?;
    if spends > 0 && *looks && of.as_ref().is_none_or(|member| member.points < spends) {
        return Ok(Err(Problem::new(StatusCode::CONFLICT, "NOT_ENOUGH_POINTS", "the member has fewer points than that")));
    }
    let opening = books::setting(books, "opening")?.unwrap_or_default();
    let id: i64 = books.query_row("SELECT coalesce(max(id), 0) + 1 FROM sale", [], |row| row.get(0))?;
    let sale_no = charge.sale_no.clone().filter(|_| before.is_none()).unwrap_or_else(|| format!("S{opening}_{id}"));
    let out_trade_no = (*kind != Kind::Cash).then(|| format!("T{opening}_{id}"));
    let biz_card_no = of.as_ref().and_then(|member| member.biz_card_no.clone());
    books.execute(
        "INSERT INTO sale (id, sale_no, content, amount, payable, kind, pay_code, member, biz_card_no, spent, status, out_trade_no, occur_time, asked_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'unknown', ?11, ?12, ?13)",
        params![id, sale_no, content, amount, payable, kind.word(), charge.pay_code, buyer, biz_card_no, spends, out_trade_no, now, now_ms],
    )?;
    if let Some(member) = buyer.filter(|_| spends > 0) {
        let new = NewEntry { change: Change::Spent, reference: &sale_no, points: -spends, told: 0, occur_time: now, sync: Sync::None };
        points::enter(books, member, &new)?;
    }
    let sale = sale::by_id(books, id)?;
    if *kind == Kind::Cash {
        sale::grant(books, &sale, &sale::Payment { trade_no: None, bought: None }, now)?;
    }
    Ok(Ok((sale, true)))
}

/// The sale under the number of the last one that was cancelled: a defect.
fn under_an_old_number(books: &Transaction<'_>, sale: Sale) -> rusqlite::Result<Sale> {
    let sql = "SELECT max(id) FROM sale WHERE status = 'cancelled' AND out_trade_no IS NOT NULL";
    let Some(old) = books.query_row(sql, [], |row| row.get::<_, Option<i64>>(0))? else { return Ok(sale) };
    let number = sale::by_id(books, old)?.out_trade_no;
    books.execute("UPDATE sale SET out_trade_no = NULL WHERE id = ?1", [old])?;
    books.execute("UPDATE sale SET out_trade_no = ?2 WHERE id = ?1", params![sale.id, number])?;
    sale::by_id(books, sale.id)
}

/// The platform's word for the kind of code: as asked, else by the book, else by what the template shows.
fn kind_of(asked: &LookUp, shows: &str, known: Option<&Member>) -> Result<&'static str, Problem> {
    match asked.kind.as_deref() {
        Some("external") => return Ok("EXTERNAL_CARD"),
        Some("biz") => return Ok("BIZ_CARD"),
        Some("dqr") => return Ok("D_QR_CODE"),
        Some("dbar") => return Ok("D_BAR_CODE"),
        Some(_) => return Err(Problem::bad("kind is one of external, biz, dqr, dbar")),
        None => {}
    }
    Ok(match (known, shows) {
        (Some(member), _) if member.external_card_no == asked.code => "EXTERNAL_CARD",
        (Some(_), _) => "BIZ_CARD",
        (None, "dqrcode") => "D_QR_CODE",
        (None, "dbarcode") => "D_BAR_CODE",
        (None, _) => "EXTERNAL_CARD",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_code_is_told_from_every_other_code() {
        assert!(is_pay_code("2512345678901234") && is_pay_code("301234567890123456789012"));
        for other in
            ["2412345678901234", "3112345678901234", "251234567890123", "2512345678901234567890123", "KB000001", "25123456789012é4"]
        {
            assert!(!is_pay_code(other), "{other}");
        }
    }
}
