//! Telling a member's card what the book says: the new total, and the purchase behind it. One worker a member, in the book's
//! order, so that an older total never comes after a newer one.
//!
//! An outcome that is not known is asked again with the same numbers until it is; what is done already is not repeated after a
//! restart. A card that is gone ends it, the points stay. Source: card SEMANTICS 9 and 11.

use super::books::{Booked, Books, Broken};
use super::clock::Working;
use super::crash::Cut;
use super::gateway::{Ask, Reason, Said};
use super::member::{self, CardState, Member};
use super::points::{Change, Entry, Sync};
use super::sale::Sale;
use super::shop::{Shop, pause};
use super::{Defect, money};
use serde_json::{Value, json};
use wire::alipay::timestamp;

/// What the platform says when a card is not there any more.
const GONE: [&str; 3] = ["CARD_NOT_EXIT", "CARD_IS_DELETED_ALREADY", "CARD_NOT_EXIST"];

/// How often a shop goes on updating a card that is gone: a defect.
const IN_VAIN: usize = 4;
/// How often a shop asks again without a pause: a defect.
const AT_ONCE: usize = 20;
/// How far UTC is behind Beijing time.
const ZONE_MS: i64 = 8 * 3_600_000;

impl Shop {
    pub(super) async fn tell_card(&self, working: &Working, member: i64) -> Result<(), Broken> {
        let mut tries = 0;
        while let Some(entry) = self.books.untold(member, self.does(Defect::NewestFirst))? {
            self.crash.point(Cut::BeforeCard).await;
            let of = self.books.read(|books| member::by_id(books, member))?;
            let Some(card) = of.biz_card_no.clone().filter(|_| of.card != CardState::Released) else {
                // a new card is opened with the points of that day
                self.books.entry_synced(entry.id, Sync::Refused, None)?;
                continue;
            };
            let card = self.as_found(card)?;
            match self.tell(&card, &of, &entry).await? {
                Said::Done(_) => {
                    self.books.entry_synced(entry.id, Sync::Done, None)?;
                    tries = 0;
                }
                Said::Refused(reason) if self.is_final(&reason, tries) => self.refused(&of, &entry, &reason)?,
                Said::Unknown(_) if self.does(Defect::GivesUpOnBusy) => self.books.entry_synced(entry.id, Sync::Refused, None)?,
                Said::Refused(_) | Said::Unknown(_) => {
                    if tries >= AT_ONCE || !self.does(Defect::RetriesWithoutPause) {
                        working.sleep(pause(tries, &card)).await;
                    }
                    tries += 1;
                }
            }
        }
        Ok(())
    }

    /// Whether a refusal stays one.
    fn is_final(&self, reason: &Reason, tries: usize) -> bool {
        let gone = GONE.contains(&reason.sub_code.as_str());
        let asks_in_vain = self.does(Defect::RetriesRefusals) || (gone && self.does(Defect::AsksForCardsThatAreGone));
        let stubborn = tries < IN_VAIN && asks_in_vain;
        let worded = self.does(Defect::ReadsSubMsg) && reason.sub_msg.contains("稍后");
        let later = worded || (reason.is_later() && !self.does(Defect::DropsWhatWasLimited));
        !stubborn && !later
    }

    async fn tell(&self, card: &str, of: &Member, entry: &Entry) -> Result<Said, Broken> {
        let info = self.info(of, entry)?;
        let at = self.written(&entry.occur_time);
        if !entry.updated {
            let mut update = update(&self.as_named(card, of), &info, entry, &at);
            if self.does(Defect::ExtendsDates) {
                update["card_info"]["valid_date"] = json!("2099-12-31 00:00:00");
            }
            let ask = Ask::new("alipay.marketing.card.update").mixed_up(self.does(Defect::MixesAppIds));
            let again = |tries: usize| self.told_again(&update, entry, tries);
            let ask = ask.business(&again);
            let said = if self.does(Defect::GivesUpOnBusy) { self.gateway.once(ask).await } else { self.gateway.hasty(ask).await };
            if !matches!(said, Said::Done(_)) {
                return Ok(said);
            }
            self.books.entry_updated(entry.id)?;
        }
        let bought = if entry.is(Change::Earned) { self.books.sale(&entry.reference)? } else { None };
        let Some(sale) = bought else { return Ok(Said::Done(Value::Null)) };
        debug_assert_eq!(sale.member, Some(of.id), "an entry belongs to whoever bought");
        let purchase = purchase(card, &info, &at, &sale);
        Ok(self.gateway.hasty(Ask::new("alipay.marketing.card.consume.sync").business(&|_| purchase.clone())).await)
    }

    /// The card that is told: the member's, or the oldest there is, as a defect finds it.
    fn as_found(&self, card: String) -> Booked<String> {
        if !self.does(Defect::TellsTheOldestCard) {
            return Ok(card);
        }
        let sql = "SELECT biz_card_no FROM member WHERE biz_card_no IS NOT NULL ORDER BY id LIMIT 1";
        self.books.read(|books| books.query_row(sql, [], |row| row.get(0)))
    }

    /// A time as the platform is told it.
    fn written(&self, time: &str) -> String {
        let moment = timestamp::parse(time.as_bytes()).filter(|_| self.does(Defect::DatesInUtc));
        moment.map_or_else(|| time.to_owned(), |moment| timestamp::format(moment - ZONE_MS))
    }

    /// The card's number as the platform is told it.
    fn as_named(&self, card: &str, of: &Member) -> String {
        if self.does(Defect::ForgetsBizNo) {
            return of.external_card_no.clone();
        }
        card.chars().take(if self.does(Defect::CutsIds) { 12 } else { usize::MAX }).collect()
    }

    /// The update at that try: the same every time.
    fn told_again(&self, update: &Value, entry: &Entry, tries: usize) -> Value {
        let mut update = update.clone();
        if tries > 0 && self.does(Defect::AddsAgainOnRetry) {
            update["card_info"]["point"] = json!((entry.total + entry.points).to_string());
        }
        update
    }

    fn info(&self, of: &Member, entry: &Entry) -> Booked<Value> {
        let stated = if self.does(Defect::SendsDifferences) { entry.points } else { entry.total };
        let stated = if self.does(Defect::HidesDebts) { stated.max(0) } else { stated };
        let points = if self.does(Defect::PointsInExponent) { money::in_exponent(stated) } else { stated.to_string() };
        let sql = "SELECT max(total) FROM entry WHERE member = ?1";
        let ranked = if self.does(Defect::NeverLowersLevels) {
            self.books.read(|books| books.query_row(sql, [of.id], |row| row.get(0)))?
        } else {
            entry.total
        };
        Ok(json!({"point": points, "level": money::level(ranked)}))
    }

    fn refused(&self, of: &Member, entry: &Entry, reason: &Reason) -> Booked<()> {
        if GONE.contains(&reason.sub_code.as_str()) {
            self.books.write(|books| member::set_card(books, of.id, CardState::Released))?;
        }
        self.books.entry_synced(entry.id, Sync::Refused, Some(reason))
    }
}

fn update(card: &str, info: &Value, entry: &Entry, at: &str) -> Value {
    let mut update = json!({
        "target_card_no": card,
        "target_card_no_type": "BIZ_CARD",
        "occur_time": at,
        "card_info": info,
    });
    if entry.told != 0 {
        update["merchant_card_msg_info"] = json!({"changed_point": entry.told.to_string()});
    }
    update
}

fn purchase(card: &str, info: &Value, at: &str, sale: &Sale) -> Value {
    json!({
        "target_card_no": card,
        "target_card_no_type": "BIZ_CARD",
        "trade_type": "TRADE",
        "trade_no": sale.trade_no.as_ref().unwrap_or(&sale.sale_no),
        "trade_time": at,
        "trade_name": "茶",
        "trade_amount": money::yuan(sale.amount),
        "act_pay_amount": money::yuan(sale.bought.unwrap_or(sale.payable)),
        "swipe_cert_type": "ALIPAY",
        "card_info": info,
    })
}

impl Books {
    /// Members whose cards were not told everything.
    pub(super) fn open_cards(&self) -> Booked<Vec<i64>> {
        let sql = "SELECT DISTINCT member FROM entry WHERE sync = 'pending' ORDER BY member";
        self.read(|books| books.prepare(sql)?.query_map([], |row| row.get(0))?.collect())
    }
}
