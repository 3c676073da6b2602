//! Joining by callback: the platform sends the customer's browser here; code to token, token to form, form to member, member to
//! card.
//!
//! The attempt is booked first and worked on behind the answer; every step is booked, so that a restart goes on with it. The
//! code is sent once, because it is spent by that; the serial number belongs to the attempt, so that asking again after a lost
//! answer gives the card that was opened. Source: card SEMANTICS 3, 12 and 16.1.

use super::Defect;
use super::attempt::{self, Attempt, Known};
use super::books::{Booked, Broken, setting};
use super::clock::Working;
use super::crash::Cut;
use super::gateway::{Ask, Reason, Said, text};
use super::member::{self, CardState, Member};
use super::money;
use super::notice;
use super::points::{self, Change, NewEntry, Sync};
use super::shop::{Matter, Shop, pause};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the platform puts into the address.
#[derive(Deserialize, Clone)]
pub(super) struct Arrival {
    pub(super) auth_code: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) template_id: Option<String>,
    pub(super) app_id: Option<String>,
    pub(super) out_string: Option<String>,
    pub(super) state: Option<String>,
}

/// Why an attempt ended without a card.
struct Ended {
    message: &'static str,
    reason: Option<Reason>,
}

const AGAIN: &str = "请重新扫码领卡";
const SILENT: &str = "平台没有应答，请稍后重新扫码领卡";

impl From<Said> for Ended {
    fn from(said: Said) -> Self {
        match said {
            Said::Refused(reason) => Self { message: AGAIN, reason: Some(reason) },
            Said::Done(_) | Said::Unknown(_) => Self { message: SILENT, reason: None },
        }
    }
}

/// How often a card is asked for whose opening nobody knows the outcome of: for a day and more.
const TRIES: usize = 160;

/// A step of joining: it goes on, or it ended.
type Step<T> = Result<Result<T, Ended>, Broken>;

impl Shop {
    /// Books the attempt and begins to work on it; a repeat of the same callback is the same attempt.
    pub(super) fn arrive(self: &Arc<Self>, code: &str, request_id: &str, template_id: &str, app_id: Option<&str>) -> Booked<Attempt> {
        let strange = app_id.is_some_and(|app| app != self.merchant_app());
        let attempt = self.books.write(|books| {
            if attempt::by_number(books, request_id)?.is_none() {
                attempt::begin(books, request_id, "callback", Some(code), template_id)?;
                if strange {
                    // a code that belongs to another application opens nothing here
                    attempt::failed(books, request_id, AGAIN, None)?;
                }
            }
            Ok(attempt::by_number(books, request_id)?.expect("just written"))
        })?;
        if attempt.is_open() {
            self.work(Matter::Join(request_id.to_owned()));
        }
        Ok(attempt)
    }

    /// What a defect does when the page is loaded again.
    pub(super) async fn reload(&self, code: &str, request_id: &str) -> Booked<()> {
        if self.does(Defect::ExchangesCodeAgain) && self.books.attempt(request_id)?.is_some() {
            let ask = Ask::new("alipay.system.oauth.token").word("grant_type", "authorization_code").word("code", code);
            let _refused = self.gateway.once(ask).await;
        }
        if self.does(Defect::EnrolsAtEveryCallback) && self.books.attempt(request_id)?.is_some() {
            let now = self.clock.now();
            self.books.write(|books| member::enrol(books, None, None, &now))?;
        }
        Ok(())
    }

    /// Goes on with an attempt until it has an end.
    pub(super) async fn join(self: &Arc<Self>, working: &Working, request_id: &str) -> Result<(), Broken> {
        let Some(attempt) = self.books.attempt(request_id)?.filter(Attempt::is_open) else { return Ok(()) };
        let joined = match self.person(working, request_id, attempt.known).await? {
            Ok(known) => self.card(working, request_id, &known).await?,
            Err(ended) => Err(ended),
        };
        if let Err(Ended { message, reason }) = joined {
            self.books.write(|books| ended(books, request_id, message, reason.as_ref()))?;
        }
        Ok(())
    }

    /// What there is to know of the customer: token and form.
    async fn person(&self, working: &Working, request_id: &str, mut known: Known) -> Step<Known> {
        if known.token.is_none()
            && let Err(ended) = self.token(request_id, &mut known).await?
        {
            return Ok(Err(ended));
        }
        if !known.formed
            && !self.does(Defect::OpensWithoutForm)
            && let Err(ended) = self.read_form(working, request_id, &mut known).await?
        {
            return Ok(Err(ended));
        }
        Ok(Ok(known))
    }

    async fn token(&self, request_id: &str, known: &mut Known) -> Step<()> {
        let lost = Ended { message: AGAIN, reason: None };
        let (Some(code), false) = (&known.code, known.spent) else { return Ok(Err(lost)) };
        self.books.write(|books| books.execute("UPDATE attempt SET spent = 1 WHERE request_id = ?1", [request_id]))?;
        let ask = Ask::new("alipay.system.oauth.token").word("grant_type", "authorization_code").word("code", code);
        let object = match self.gateway.once(ask).await {
            Said::Done(object) => object,
            said => return Ok(Err(Ended { message: AGAIN, ..said.into() })),
        };
        let word = |name: &str| text(&object, name).map(str::to_owned);
        known.token = word("access_token");
        known.user_id = word("user_id");
        known.open_id = word("open_id");
        let strange = self.does(Defect::NeedsUserId) && known.user_id.is_none();
        if known.token.is_none() || (known.user_id.is_none() && known.open_id.is_none()) || strange {
            return Ok(Err(Said::Done(object).into()));
        }
        let row = params![request_id, known.token, known.user_id, known.open_id];
        self.books.write(|books| {
            books.execute("UPDATE attempt SET token = ?2, user_id = ?3, open_id = ?4, code = NULL WHERE request_id = ?1", row)
        })?;
        Ok(Ok(()))
    }

    async fn read_form(&self, working: &Working, request_id: &str, known: &mut Known) -> Step<()> {
        if self.does(Defect::AsksAndNeverReads) {
            return self.read_profile(working, request_id, known).await;
        }
        let asked = json!({"biz_type": "MEMBER_CARD", "template_id": known.template_id, "request_id": request_id});
        let token = known.token.clone().unwrap_or_default();
        let ask = Ask::new("alipay.marketing.card.activateform.query").word("auth_token", token);
        let object = match self.gateway.call(working, ask.business(&|_| asked.clone())).await {
            Said::Done(object) => object,
            Said::Refused(_) if self.does(Defect::OpensWhateverTheForm) => Value::Null,
            said => return Ok(Err(said.into())),
        };
        (known.name, known.mobile) = of_form(text(&object, "infos").unwrap_or_default());
        let row = params![request_id, known.name, known.mobile];
        self.books.write(|books| books.execute("UPDATE attempt SET name = ?2, mobile = ?3, formed = 1 WHERE request_id = ?1", row))?;
        Ok(Ok(()))
    }

    /// Name and number from the profile instead of the form: a defect.
    async fn read_profile(&self, working: &Working, request_id: &str, known: &mut Known) -> Step<()> {
        let ask = Ask::new("alipay.user.info.share").word("auth_token", known.token.clone().unwrap_or_default());
        if let Said::Done(object) = self.gateway.call(working, ask).await {
            known.name = text(&object, "nick_name").map(str::to_owned);
        }
        let row = params![request_id, known.name];
        self.books.write(|books| books.execute("UPDATE attempt SET name = ?2, formed = 1 WHERE request_id = ?1", row))?;
        Ok(Ok(()))
    }

    /// The member, and the card for them.
    async fn card(self: &Arc<Self>, working: &Working, request_id: &str, known: &Known) -> Step<()> {
        let (now, now_ms) = (self.clock.now(), self.clock.now_ms());
        let (member, known) = self.books.write(|books| {
            let member = known.member.map_or_else(|| enrol(books, request_id, known, &now), |_| Ok(()));
            member?;
            if self.does(Defect::CarriesOverAgain) {
                carry_over_again(books, request_id, &now)?;
            }
            let opening = setting(books, "opening")?.unwrap_or_default();
            let sql = "UPDATE attempt SET serial = coalesce(serial, ?2), asked_ms = coalesce(asked_ms, ?3), notices_before = coalesce(notices_before, ?4),
                       points = coalesce(points, (SELECT points FROM member WHERE id = attempt.member)) WHERE request_id = ?1";
            books.execute(sql, params![request_id, format!("J{opening}-{request_id}"), now_ms, notice::last(books)?])?;
            let known = attempt::by_number(books, request_id)?.expect("it is being worked on").known;
            Ok((member::by_id(books, known.member.expect("just enrolled"))?, known))
        })?;
        self.crash.point(Cut::BeforeOpen).await;
        let mut tries = 0;
        let opened = loop {
            match self.open(working, &known, &member).await {
                // the card may be there: only the platform can say so, and the customer cannot scan for it again
                Err(Said::Unknown(_)) if tries < TRIES && !self.does(Defect::TimeoutIsFailure) => {
                    working.sleep(pause(tries, request_id)).await;
                    tries += 1;
                }
                known => break known,
            }
        };
        self.crash.point(Cut::AfterOpen).await;
        match opened {
            Ok(number) => {
                self.books.write(|books| {
                    hold(books, request_id, &known, member.id, &number, known.met_before)?;
                    // what was earned or spent since the card was asked for
                    let changed = member::by_id(books, member.id)?.points != known.points;
                    if changed { restate(books, member.id, request_id, &now) } else { Ok(()) }
                })?;
                self.work(Matter::Card(member.id));
            }
            // the customer has the card already
            Err(Said::Refused(reason)) if reason.sub_code == "CARD_HAS_OPENED" && !self.does(Defect::FailsOnSecondCard) => {
                match self.card_number(&member).await {
                    Some(number) => {
                        self.books.write(|books| {
                            hold(books, request_id, &known, member.id, &number, true)?;
                            restate(books, member.id, request_id, &now)
                        })?;
                        self.work(Matter::Card(member.id));
                    }
                    None => return Ok(Err(Said::Refused(reason).into())),
                }
            }
            Err(said) => return Ok(Err(said.into())),
        }
        Ok(Ok(()))
    }

    /// The platform's number of a card that is in the wallet already: from the book, else from the platform.
    async fn card_number(&self, member: &Member) -> Option<String> {
        if member.biz_card_no.is_some() {
            return member.biz_card_no.clone();
        }
        let template_id = self.books.setting("template_id").ok()??;
        let named = json!({"target_card_no": member.external_card_no, "target_card_no_type": "EXTERNAL_CARD", "template_id": template_id});
        match self.gateway.hasty(Ask::new("alipay.marketing.card.query").business(&|_| named.clone())).await {
            Said::Done(object) => text(&object["card_info"], "biz_card_no").map(str::to_owned),
            Said::Refused(_) | Said::Unknown(_) => None,
        }
    }

    /// Opens the card and gives its number.
    async fn open(&self, working: &Working, known: &Known, member: &Member) -> Result<String, Said> {
        let fresh = self.does(Defect::NewSerialOnRetry);
        let mut user = json!({"user_uni_id_type": "UID"});
        for (name, id) in [("user_uni_id", &known.user_id), ("open_id", &known.open_id)] {
            if let Some(id) = id {
                user[name] = json!(id);
            }
        }
        if self.does(Defect::SendsUndefined) && known.open_id.is_none() {
            user["open_id"] = json!("undefined");
        }
        let external = if self.does(Defect::ReusesExternalNo) { "KB000001" } else { &member.external_card_no };
        let serial = known.serial.clone().unwrap_or_default();
        let opened_at = wire::alipay::timestamp::format(known.asked_ms.unwrap_or_default());
        let business = |number: usize| {
            let serial = if fresh { format!("{serial}-{number}") } else { serial.clone() };
            json!({
                "out_serial_no": serial,
                "card_template_id": known.template_id,
                "card_user_info": user,
                "card_ext_info": {
                    "external_card_no": external,
                    "open_date": opened_at,
                    "level": money::level(known.points),
                    "point": known.points.to_string(),
                },
            })
        };
        let token = known.token.clone().unwrap_or_default();
        let told = self.does(Defect::TokenInNotifyUrl).then(|| format!("{}/notify?access_token={token}", self.public_url));
        let ask = Ask::new("alipay.marketing.card.open").word("auth_token", token).business(&business);
        let ask = told.into_iter().fold(ask, |ask, address| ask.word("notify_url", address));
        let once = self.does(Defect::TimeoutIsFailure);
        let said = if once { self.gateway.once(ask).await } else { self.gateway.call(working, ask).await };
        match said {
            Said::Done(object) => text(&object["card_info"], "biz_card_no").map(str::to_owned).ok_or(Said::Done(object)),
            said => Err(said),
        }
    }
}

/// Name and mobile number of a form, which is the text of a list of objects with one member each.
pub(super) fn of_form(infos: &str) -> (Option<String>, Option<String>) {
    let infos: Vec<Value> = serde_json::from_str(infos).unwrap_or_default();
    let answer = |code: &str| infos.iter().find_map(|info| text(info, code)).filter(|answer| !answer.is_empty()).map(str::to_owned);
    (answer("OPEN_FORM_FIELD_NAME"), answer("OPEN_FORM_FIELD_MOBILE"))
}

/// The member that this person is: the same account, else the same mobile number unless another account holds that member's card.
pub(super) fn enrol(books: &Transaction<'_>, request_id: &str, known: &Known, now: &str) -> rusqlite::Result<()> {
    let by_account = member::by_account(books, known.user_id.as_deref(), known.open_id.as_deref())?;
    let by_mobile = known.mobile.as_deref().map(|mobile| member::by_mobile(books, mobile)).transpose()?.flatten();
    let another = |member: &Member| {
        let differs =
            |theirs: &Option<String>, own: &Option<String>| theirs.as_ref().zip(own.as_ref()).is_some_and(|(theirs, own)| theirs != own);
        differs(&member.user_id, &known.user_id) || differs(&member.open_id, &known.open_id)
    };
    let taken = by_mobile.as_ref().is_some_and(|member| another(member) && member.card == CardState::Held);
    let found = by_account.or(by_mobile.filter(|_| !taken));
    let mobile = known.mobile.as_deref().filter(|_| !taken);
    let met_before = found.is_some();
    let id = match found {
        Some(member) => {
            let free =
                mobile.map(|mobile| member::by_mobile(books, mobile)).transpose()?.flatten().is_none_or(|other| other.id == member.id);
            let row = params![member.id, known.name, mobile.filter(|_| free)];
            books.execute("UPDATE member SET name = coalesce(?2, name), mobile = coalesce(mobile, ?3) WHERE id = ?1", row)?;
            member.id
        }
        None => member::enrol(books, known.name.as_deref(), mobile, now)?,
    };
    books.execute("UPDATE member SET card = 'opening' WHERE id = ?1 AND card <> 'held'", [id])?;
    let row = params![request_id, id, met_before];
    books.execute("UPDATE attempt SET member = ?2, met_before = ?3 WHERE request_id = ?1", row).map(drop)
}

/// The card is in the customer's wallet, and from now on the account is the member's.
pub(super) fn hold(
    books: &Connection,
    request_id: &str,
    known: &Known,
    member: i64,
    biz_card_no: &str,
    already_member: bool,
) -> rusqlite::Result<()> {
    let sql =
        "UPDATE member SET biz_card_no = ?2, card = 'held', user_id = coalesce(?3, user_id), open_id = coalesce(?4, open_id) WHERE id = ?1";
    books.execute(sql, params![member, biz_card_no, known.user_id, known.open_id])?;
    // the customer may have deleted it before this shop heard that it was there
    if notice::was_deleted_since(books, biz_card_no, known.notices_before)? {
        member::set_card(books, member, CardState::Released)?;
    }
    attempt::joined(books, request_id, biz_card_no, already_member)
}

/// It ended without a card: a member who has none yet, or had one, stays what they were.
pub(super) fn ended(books: &Connection, request_id: &str, message: &str, why: Option<&Reason>) -> rusqlite::Result<()> {
    let attempt = attempt::by_number(books, request_id)?;
    attempt::failed(books, request_id, message, why)?;
    let Some(member) = attempt.and_then(|attempt| attempt.known.member) else { return Ok(()) };
    let sql = "UPDATE member SET card = CASE WHEN user_id IS NULL AND open_id IS NULL THEN 'none' ELSE 'released' END,
               biz_card_no = CASE WHEN user_id IS NULL AND open_id IS NULL THEN NULL ELSE biz_card_no END
               WHERE id = ?1 AND card = 'opening'";
    books.execute(sql, [member]).map(drop)
}

/// A member who had a card gets the points from before it once more: a defect.
fn carry_over_again(books: &Transaction<'_>, request_id: &str, now: &str) -> rusqlite::Result<()> {
    let sql = "SELECT member.id, (SELECT sum(points) FROM entry WHERE member = member.id AND kind = 'carried')
               FROM attempt JOIN member ON member.id = attempt.member WHERE request_id = ?1 AND member.user_id IS NOT NULL";
    let carried: Option<(i64, Option<i64>)> = books.query_row(sql, [request_id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((member, Some(points))) = carried else { return Ok(()) };
    let (change, reference, sync) = (Change::Carried, request_id, Sync::None);
    points::enter(books, member, &NewEntry { change, reference, points, told: 0, occur_time: now, sync }).map(drop)
}

/// The card is to say what the book says, because it was opened with what was true then.
pub(super) fn restate(books: &Connection, member: i64, reference: &str, now: &str) -> rusqlite::Result<()> {
    let new = NewEntry { change: Change::Restated, reference, points: 0, told: 0, occur_time: now, sync: Sync::Pending };
    points::enter(books, member, &new).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_missing_and_odd_answers_is_read_as_far_as_it_goes() {
        let (name, mobile) =
            of_form(r#"[{"OPEN_FORM_FIELD_NAME":"李雷"},{"OPEN_FORM_FIELD_BIRTHDAY":"02-29"},{"OPEN_FORM_FIELD_MOBILE":""}]"#);
        assert_eq!((name.as_deref(), mobile), (Some("李雷"), None));
        assert_eq!(of_form("no list"), (None, None));
    }
}
