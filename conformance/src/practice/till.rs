//! The till: looking a member up by what the scanner read, and selling.
//!
//! A sale is booked first, then the new total is stated and the purchase reported, with numbers that belong to the sale. An
//! outcome that is not known in time is `pending` and goes on behind the answer.

use super::book::{CardState, Member, Sale};
use super::gateway::{Ask, Said, text};
use super::problem::Problem;
use super::{Defect, Shop, clock, money};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long the till waits for the platform before it shows `pending`.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was scanned or typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookUp {
    code: String,
    kind: Option<String>,
}

/// A sale as the till sends it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Charge {
    card_no: Option<String>,
    code: Option<String>,
    kind: Option<String>,
    amount: String,
    sale_no: Option<String>,
}

impl Shop {
    /// Member and card behind a code, from the platform first, then from the book.
    pub(super) async fn look_up(&self, asked: LookUp) -> Result<Value, Problem> {
        let (template_id, own) = {
            let book = self.book();
            let poster = book.poster.as_ref().ok_or_else(Problem::not_set_up)?;
            (poster.template_id.clone(), kind_of(&asked, &poster.write_off_type, book.by_card(&asked.code))?)
        };
        let mut query = json!({"target_card_no": asked.code, "target_card_no_type": own});
        if own == "EXTERNAL_CARD" {
            query["template_id"] = json!(template_id);
        }
        let object = match self.gateway.call(Ask::new("alipay.marketing.card.query").business(&|_| query.clone())).await {
            Said::Done(object) => object,
            Said::Refused(reason) if reason.sub_code == "CARD_NOT_EXIT" => return Err(Problem::nobody()),
            said => return Err(Problem::of(said)),
        };
        let info = &object["card_info"];
        let biz_card_no = text(info, "biz_card_no").unwrap_or_default();
        let in_wallet = text(&object, "schema_url").is_some_and(|url| !url.is_empty());
        let mut book = self.book();
        let member_no = book.by_card(biz_card_no).map(|member| member.member_no.clone()).ok_or_else(Problem::nobody)?;
        let member = book.member(&member_no);
        member.card = if in_wallet { CardState::Held } else { CardState::Released };
        let card = json!({
            "biz_card_no": biz_card_no,
            "external_card_no": info["external_card_no"],
            "point": info["point"],
            "balance": info["balance"],
            "level": info["level"],
            "in_wallet": in_wallet,
        });
        Ok(json!({"member": member, "card": card}))
    }

    /// Sells, books and reports.
    pub(super) async fn sell(self: &Arc<Self>, asked: Charge) -> Result<Sale, Problem> {
        let fen = money::fen(&asked.amount).ok_or_else(|| Problem::bad("amount is yuan with two decimals, such as 88.00"))?;
        if let Some(number) = &asked.sale_no {
            let plain = number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
            if !plain || !(1..=64).contains(&number.len()) {
                return Err(Problem::bad("sale_no has 1 to 64 of 0-9A-Za-z_-"));
            }
        }
        let member_no = self.buyer(&asked).await?;
        let alone = self.syncing.lock().await;
        let (sale, new) = self.book_sale(&asked, fen, &member_no)?;
        if !new {
            return Ok(sale);
        }
        let shop = Arc::clone(self);
        let number = sale.sale_no.clone();
        let reporting = tokio::spawn(async move {
            shop.report(&number).await;
        });
        let finished = timeout(PATIENCE, reporting).await.is_ok();
        drop(alone);
        if !finished {
            return Ok(sale);
        }
        let book = self.book();
        Ok(book.sales.iter().find(|known| known.sale_no == sale.sale_no).cloned().unwrap_or(sale))
    }

    async fn buyer(&self, asked: &Charge) -> Result<String, Problem> {
        match (&asked.card_no, &asked.code) {
            (Some(number), None) => {
                let book = self.book();
                book.by_card(number).map(|member| member.member_no.clone()).ok_or_else(Problem::nobody)
            }
            (None, Some(code)) => {
                let known = self.book().by_card(code).map(|member| member.member_no.clone());
                if let Some(member_no) = known {
                    return Ok(member_no);
                }
                let found = self.look_up(LookUp { code: code.clone(), kind: asked.kind.clone() }).await?;
                Ok(text(&found["member"], "member_no").unwrap_or_default().to_owned())
            }
            _ => Err(Problem::bad("exactly one of card_no and code is needed")),
        }
    }

    /// Books the sale, or finds it booked; whether it is new.
    fn book_sale(&self, asked: &Charge, fen: i64, member_no: &str) -> Result<(Sale, bool), Problem> {
        let mut book = self.book();
        let sale_no = asked.sale_no.clone().unwrap_or_else(|| format!("S{}-{}", book.opening, book.sales.len() + 1));
        if let Some(known) = book.sales.iter().find(|sale| sale.sale_no == sale_no) {
            if known.amount == asked.amount && known.member_no == member_no {
                return Ok((known.clone(), false));
            }
            return Err(Problem::new(StatusCode::CONFLICT, "SALE_CONFLICT", "that sale_no belongs to another sale"));
        }
        let member = book.member(member_no);
        let Some(biz_card_no) = member.biz_card_no.clone() else { return Err(Problem::nobody()) };
        let added = money::points(fen);
        member.points += added;
        member.level = money::level(member.points);
        let sale = Sale {
            sale_no,
            amount: asked.amount.clone(),
            points_added: added,
            points: member.points,
            level: member.level,
            member_no: member_no.to_owned(),
            biz_card_no,
            occur_time: clock::now(),
            sync: "pending",
            reason: None,
        };
        book.sales.push(sale.clone());
        book.pending += 1;
        Ok((sale, true))
    }

    /// States the new total and reports the purchase.
    async fn report(&self, sale_no: &str) {
        let sale = self.book().sales.iter().find(|sale| sale.sale_no == sale_no).cloned().expect("booked before it is reported");
        let points = if self.does(Defect::PointsInExponent) { money::in_exponent(sale.points) } else { sale.points.to_string() };
        let info = json!({"point": points, "level": sale.level});
        let update = json!({
            "target_card_no": sale.biz_card_no,
            "target_card_no_type": "BIZ_CARD",
            "occur_time": sale.occur_time,
            "card_info": info,
            "merchant_card_msg_info": {"changed_point": sale.points_added.to_string()},
        });
        let purchase = json!({
            "target_card_no": sale.biz_card_no,
            "target_card_no_type": "BIZ_CARD",
            "trade_type": "TRADE",
            "trade_no": sale.sale_no,
            "trade_time": sale.occur_time,
            "trade_name": "茶",
            "trade_amount": sale.amount,
            "act_pay_amount": sale.amount,
            "swipe_cert_type": "ALIPAY",
            "card_info": info,
        });
        let ask = Ask::new("alipay.marketing.card.update").mixed_up(self.does(Defect::MixesAppIds));
        let mut said = self.gateway.call(ask.business(&|_| update.clone())).await;
        if matches!(said, Said::Done(_)) {
            said = self.gateway.call(Ask::new("alipay.marketing.card.consume.sync").business(&|_| purchase.clone())).await;
        }
        let mut book = self.book();
        let sale = book.sales.iter_mut().find(|sale| sale.sale_no == sale_no).expect("sales are never struck out");
        match said {
            Said::Done(_) => sale.sync = "done",
            Said::Refused(reason) => {
                sale.sync = "refused";
                sale.reason = Some(reason);
            }
            // stays pending: nobody knows
            Said::Unknown(_) => return,
        }
        book.pending -= 1;
    }
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
