//! `trade_status_sync`: how a trade stands, compared with what this shop ordered before anything is believed.
//!
//! A payment makes a sale paid once, whatever the number of the notice. A refund's notice is no payment; a closed trade's
//! changes nothing that is paid. A payment for a sale that was taken back is taken back again.
//! Source: commerce SEMANTICS 4.

use super::defect::Defect;
use super::notice::{Effect, Judged, Message};
use super::points::{self, Change, NewEntry, Sync};
use super::provider::Role;
use super::sale::{self, Payment, Sale, Status};
use super::shop::{Matter, Shop};
use super::{money, refund};
use rusqlite::Transaction;

pub(super) fn judge(shop: &Shop, books: &Transaction<'_>, message: &Message, first: bool, now: &str) -> rusqlite::Result<Judged> {
    if let Err(why) = shop.is_for_this_shop(books, message)?
        && !shop.does(Defect::IgnoresSeller)
    {
        return Ok(Err(why));
    }
    // a provider's own number is not the one of the merchant whom it acts for
    let own = shop.seller_id.as_deref().filter(|_| shop.role == Role::Merchant && !shop.does(Defect::IgnoresSeller));
    if own.is_some_and(|seller| !message.says("seller_id", seller)) {
        return Ok(Err("another seller's"));
    }
    let Some(sale) = message.text("out_trade_no").map(|order| sale::by_order(books, &order)).transpose()?.flatten() else {
        return Ok(if shop.does(Defect::TakesAnyOrder) { Ok(Effect::new()) } else { Err("no order of that number") });
    };
    if !message.says("total_amount", &money::yuan(sale.payable)) && !shop.does(Defect::IgnoresAmount) {
        return Ok(Err("another amount than was ordered"));
    }
    if sale.trade_no.as_ref().zip(message.text("trade_no")).is_some_and(|(own, told)| *own != told) {
        return Ok(Err("another trade of that order"));
    }
    let refunds = ["refund_fee", "gmt_refund", "out_biz_no"].iter().any(|name| message.text(name).is_some());
    if sale.status == Status::Paid && grants_again(shop, books, message, &sale, refunds)? {
        sale::grant_again(books, &sale, now)?;
        return Ok(Ok(sale.member.map(Matter::Card).into_iter().collect()));
    }
    if refunds {
        return money_went_back(shop, books, message, &sale, now).map(Ok);
    }
    match message.text("trade_status").as_deref() {
        Some("TRADE_SUCCESS" | "TRADE_FINISHED") => was_paid(shop, books, message, &sale, first, now).map(Ok),
        Some("TRADE_CLOSED") if !sale.status.is_settled() && sale.status != Status::Cancelling => {
            sale::undo(books, &sale, Status::Cancelled, None, now)?;
            Ok(Ok(vec![Matter::Sale(sale.sale_no)]))
        }
        _ => Ok(Ok(Effect::new())),
    }
}

/// Whether this shop takes for a payment what is none: a defect.
fn grants_again(shop: &Shop, books: &Transaction<'_>, message: &Message, sale: &Sale, refunds: bool) -> rusqlite::Result<bool> {
    if refunds {
        return Ok(shop.does(Defect::ReadsRefundAsPayment));
    }
    let told_before = || {
        let sql = "SELECT count(*) FROM notice WHERE out_trade_no = ?1 AND believed";
        books.query_row(sql, [&sale.out_trade_no], |row| row.get::<_, i64>(0)).map(|count| count > 0)
    };
    Ok((shop.does(Defect::GrantsAtFinish) && message.says("trade_status", "TRADE_FINISHED"))
        || (shop.does(Defect::GrantsEveryNotice) && message.says("trade_status", "TRADE_SUCCESS") && told_before()?))
}

fn was_paid(shop: &Shop, books: &Transaction<'_>, message: &Message, sale: &Sale, first: bool, now: &str) -> rusqlite::Result<Effect> {
    match sale.status {
        Status::Unknown | Status::Waiting => {
            let bought = message.text("buyer_pay_amount").and_then(|amount| money::fen_or_none(&amount));
            shop.book_payment(books, sale, &Payment { trade_no: message.text("trade_no"), bought }, now)?;
        }
        // it is being taken back, and what comes of that decides
        Status::Cancelling => {}
        // the money came after all, and must not stay
        Status::Cancelled | Status::Refused if first && sale.action.as_deref() != Some("refund") => {
            books.execute("UPDATE sale SET status = 'cancelling' WHERE id = ?1", [sale.id])?;
        }
        Status::Paid if first && shop.does(Defect::GrantsWhatWasRefunded) && refund::is_whole(books, sale)? => {
            let (reference, points) = (format!("{} again", sale.sale_no), money::points(sale.payable));
            let (change, sync) = (Change::Earned, Sync::Pending);
            let new = NewEntry { change, reference: &reference, points, told: points, occur_time: now, sync };
            sale.member.map_or(Ok(false), |member| points::enter(books, member, &new))?;
        }
        Status::Cancelled | Status::Refused | Status::Paid => return Ok(Effect::new()),
    }
    let card = sale.member.map(Matter::Card);
    Ok(card.into_iter().chain([Matter::Sale(sale.sale_no.clone())]).collect())
}

fn money_went_back(shop: &Shop, books: &Transaction<'_>, message: &Message, sale: &Sale, now: &str) -> rusqlite::Result<Effect> {
    let Some(request) = message.text("out_biz_no") else { return Ok(Effect::new()) };
    if shop.does(Defect::ReversesAgain) {
        refund::reverse_again(books, sale, &request, now)?;
    }
    refund::confirm(books, sale, &request, shop.does(Defect::RoundsEachRefund), now)?;
    Ok(sale.member.map(Matter::Card).into_iter().chain([Matter::Refunds(sale.id)]).collect())
}
