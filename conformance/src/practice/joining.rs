//! Joining: the platform sends the customer's browser here; code to token, token to form, form to member, member to card.
//!
//! The attempt is booked first and worked on behind the answer. The serial number belongs to the attempt, so asking again
//! after a lost answer gives the card that was opened. Source: card SEMANTICS 3 and 16.1.

use super::book::{Attempt, CardState};
use super::gateway::{Ask, Reason, Said, text};
use super::{Defect, Shop, clock};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the platform puts into the address.
#[derive(Deserialize, Clone)]
pub(super) struct Arrival {
    pub(super) auth_code: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) template_id: Option<String>,
}

/// Why an attempt ended without a card.
struct Ended {
    message: &'static str,
    reason: Option<Reason>,
}

impl From<Said> for Ended {
    fn from(said: Said) -> Self {
        match said {
            Said::Refused(reason) => Self { message: "请重新扫码领卡", reason: Some(reason) },
            Said::Done(_) | Said::Unknown(_) => Self { message: "平台没有应答，请稍后再试", reason: None },
        }
    }
}

/// What is known of the customer after the form.
struct Person {
    token: String,
    user_id: Option<String>,
    open_id: Option<String>,
    name: Option<String>,
    mobile: Option<String>,
}

/// A member with a card.
struct Joined {
    member_no: String,
    biz_card_no: String,
    already_member: bool,
}

impl Shop {
    /// Books the attempt and begins to work on it; a repeat of the same callback is the same attempt.
    pub(super) fn arrive(self: &Arc<Self>, code: String, request_id: String, template_id: String) -> Attempt {
        let mut book = self.book();
        if let Some(known) = book.attempts.get(&request_id) {
            return known.clone();
        }
        let attempt = Attempt {
            attempt: request_id.clone(),
            status: "working",
            message: "正在为您开卡".to_owned(),
            member_no: None,
            biz_card_no: None,
            already_member: None,
            reason: None,
        };
        book.attempts.insert(request_id.clone(), attempt.clone());
        book.pending += 1;
        drop(book);
        let shop = Arc::clone(self);
        tokio::spawn(async move {
            let result = shop.join(&code, &request_id, &template_id).await;
            shop.close(&request_id, result);
        });
        attempt
    }

    fn close(&self, request_id: &str, result: Result<Joined, Ended>) {
        let mut book = self.book();
        book.pending -= 1;
        let attempt = book.attempts.get_mut(request_id).expect("booked before the work began");
        match result {
            Ok(Joined { member_no, biz_card_no, already_member }) => {
                attempt.status = "joined";
                "会员卡已放入卡包".clone_into(&mut attempt.message);
                attempt.member_no = Some(member_no);
                attempt.biz_card_no = Some(biz_card_no);
                attempt.already_member = Some(already_member);
            }
            Err(Ended { message, reason }) => {
                attempt.status = "failed";
                message.clone_into(&mut attempt.message);
                attempt.reason = reason;
            }
        }
    }

    async fn join(&self, code: &str, request_id: &str, template_id: &str) -> Result<Joined, Ended> {
        let mut person = self.token(code).await?;
        if !self.does(Defect::OpensWithoutForm) {
            self.read_form(&mut person, request_id, template_id).await?;
        }
        let (member_no, known_before) = self.enrol(&person);
        let opened = self.open(&person, &member_no, request_id, template_id).await;
        let mut book = self.book();
        let member = book.member(&member_no);
        match opened {
            Ok(card) => {
                member.biz_card_no = Some(card.clone());
                member.card = CardState::Held;
                Ok(Joined { member_no, biz_card_no: card, already_member: known_before })
            }
            // the customer had the card already: the book knows its number
            Err(Said::Refused(reason)) if reason.sub_code == "CARD_HAS_OPENED" && member.biz_card_no.is_some() => {
                member.card = CardState::Held;
                let biz_card_no = member.biz_card_no.clone().expect("just looked at");
                Ok(Joined { member_no, biz_card_no, already_member: true })
            }
            Err(said) => Err(said.into()),
        }
    }

    async fn token(&self, code: &str) -> Result<Person, Ended> {
        let ask = Ask::new("alipay.system.oauth.token").word("grant_type", "authorization_code").word("code", code);
        let object = match self.gateway.call(ask).await {
            Said::Done(object) => object,
            said => return Err(said.into()),
        };
        let word = |name: &str| text(&object, name).map(str::to_owned);
        let Some(token) = word("access_token") else { return Err(Said::Done(object).into()) };
        Ok(Person { token, user_id: word("user_id"), open_id: word("open_id"), name: None, mobile: None })
    }

    async fn read_form(&self, person: &mut Person, request_id: &str, template_id: &str) -> Result<(), Ended> {
        let asked = json!({"biz_type": "MEMBER_CARD", "template_id": template_id, "request_id": request_id});
        let ask = Ask::new("alipay.marketing.card.activateform.query").word("auth_token", &person.token);
        let object = match self.gateway.call(ask.business(&|_| asked.clone())).await {
            Said::Done(object) => object,
            said => return Err(said.into()),
        };
        let infos: Vec<Value> = text(&object, "infos").and_then(|infos| serde_json::from_str(infos).ok()).unwrap_or_default();
        let answer = |code: &str| infos.iter().find_map(|info| text(info, code)).map(str::to_owned);
        person.name = answer("OPEN_FORM_FIELD_NAME");
        person.mobile = answer("OPEN_FORM_FIELD_MOBILE");
        Ok(())
    }

    /// The member this person is; a known mobile number is a known member, points and all.
    fn enrol(&self, person: &Person) -> (String, bool) {
        let mut book = self.book();
        let known = person.mobile.as_deref().and_then(|mobile| book.by_mobile(mobile)).map(|member| member.member_no.clone());
        let known_before = known.is_some();
        let member_no = known.unwrap_or_else(|| book.enrol(None, person.mobile.clone(), 0, clock::now()).member_no.clone());
        let member = book.member(&member_no);
        if person.name.is_some() {
            member.name.clone_from(&person.name);
        }
        member.user_id.clone_from(&person.user_id);
        member.open_id.clone_from(&person.open_id);
        if member.card != CardState::Held {
            member.card = CardState::Opening;
        }
        (member_no, known_before)
    }

    /// Opens the card and gives its number.
    async fn open(&self, person: &Person, member_no: &str, request_id: &str, template_id: &str) -> Result<String, Said> {
        let (member, opening) = {
            let mut book = self.book();
            (book.member(member_no).clone(), book.opening.clone())
        };
        let fresh = self.does(Defect::NewSerialOnRetry);
        let mut user = json!({"user_uni_id_type": "UID"});
        for (name, id) in [("user_uni_id", &person.user_id), ("open_id", &person.open_id)] {
            if let Some(id) = id {
                user[name] = json!(id);
            }
        }
        let opened_at = clock::now();
        let business = |number: usize| {
            let serial = if fresh { format!("J{opening}-{request_id}-{number}") } else { format!("J{opening}-{request_id}") };
            json!({
                "out_serial_no": serial,
                "card_template_id": template_id,
                "card_user_info": user,
                "card_ext_info": {
                    "external_card_no": member.external_card_no,
                    "open_date": opened_at,
                    "level": member.level,
                    "point": member.points.to_string(),
                },
            })
        };
        let ask = Ask::new("alipay.marketing.card.open").word("auth_token", &person.token).business(&business);
        match self.gateway.call(ask).await {
            Said::Done(object) => text(&object["card_info"], "biz_card_no").map(str::to_owned).ok_or(Said::Done(object)),
            said => Err(said),
        }
    }
}
