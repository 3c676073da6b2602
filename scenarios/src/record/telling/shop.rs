//! The shop, its customers and their cards: how they came about, what was scanned, what the merchant wrote on them.

use super::super::known::{answers, points};
use super::super::page::Kind;
use super::super::sentence::{Sentence, is_name};
use super::super::yuan;
use super::Teller;
use serde_json::Value;

/// How long a code that a merchant made can be scanned, and some time for it to come.
const CODE_MS: i64 = 150_000;

impl Teller {
    pub(super) fn set_up(&mut self, event: &Value) {
        if self.card_name.is_some() {
            return self.untold(event);
        }
        let document: Value = serde_json::from_str(event["body"]["document"].as_str().unwrap_or_default()).unwrap_or_default();
        let named = shown_name(&document).filter(|name| is_name(name));
        let name = named.unwrap_or_else(|| "tea-house".to_owned());
        self.card_name = Some(name.clone());
        let shows = document["write_off_type"].as_str().unwrap_or("qrcode").to_owned();
        let sentence = match (document["spi_app_id"].is_string(), shows.as_str()) {
            (true, _) => Sentence::MerchantInOneStep { name },
            (false, "qrcode") => Sentence::Merchant { name },
            (false, _) => Sentence::MerchantShowing { name, shows },
        };
        self.say(Kind::Given, &sentence);
    }

    pub(super) fn changed(&mut self, event: &Value) {
        let document: Value = serde_json::from_str(event["body"]["document"].as_str().unwrap_or_default()).unwrap_or_default();
        match shown_name(&document).filter(|name| is_name(name) && Some(name) != self.card_name.as_ref()) {
            Some(name) => {
                self.card_name = Some(name.clone());
                self.say(Kind::When, &Sentence::Renamed { name });
            }
            None => self.untold(event),
        }
    }

    pub(super) fn wallet_changed(&mut self, user: &str, by: i64) {
        if !self.entered.contains(user) {
            if let Some(person) = self.known.people.get_mut(user) {
                person.wallet_changed(by);
            }
            return;
        }
        let amount = yuan(by.abs());
        let sentence = |name| if by < 0 { Sentence::SpentElsewhere { name, amount } } else { Sentence::GotMoney { name, amount } };
        self.about(Kind::When, user, sentence);
    }

    /// A customer sent a joining form; what the platform filled in is not told again.
    pub(super) fn join(&mut self, user: &str, body: &Value) {
        let Some(name) = self.enter(user) else { return };
        let person = self.known.people.get(user).cloned().unwrap_or_default();
        if person.points_of_old > 0 {
            let (name, points) = (name.clone(), person.points_of_old);
            let mobile = person.form_mobile.clone();
            if let Some(person) = self.known.people.get_mut(user) {
                person.points_of_old = 0;
            }
            self.say(Kind::Given, &Sentence::MemberOfOld { name, mobile, points });
        }
        let filled: Vec<&str> = person.profile.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str()).collect();
        let own: Vec<(String, String)> = answers(body).filter(|(_, value)| !filled.contains(&value.as_str())).collect();
        if own.is_empty() {
            return self.say(Kind::When, &Sentence::Joined { name });
        }
        self.time_passes();
        self.page.say(Kind::When, &Sentence::JoinedWith { name }, own);
    }

    pub(super) fn released(&mut self, event: &Value) {
        let (body, user) = (&event["body"], self.known.holder(event["body"]["card"].as_str().unwrap_or_default()));
        self.points.remove(&user);
        match (body["leave"].as_str(), body["serial"].is_null()) {
            (Some("unbound"), true) => self.about(Kind::When, &user, |name| Sentence::Deleted { name }),
            // the merchant took it out
            (Some("unbound"), false) => {}
            _ => self.untold(event),
        }
    }

    pub(super) fn code_wanted(&mut self, event: &Value) {
        let said = event["body"]["parameters"].as_array().into_iter().flatten();
        let card = said.filter(|pair| pair[0] == "BizCardNo").find_map(|pair| pair[1].as_str());
        if let Some((card, now)) = card.zip(self.now_ms) {
            self.codes_wanted.insert(card.to_owned(), now);
        }
    }

    /// A card's figures are stated because of a purchase or a refund, or of something that only the merchant knows.
    pub(super) fn restated(&mut self, event: &Value, next: Option<&Value>) {
        let body = &event["body"];
        let user = self.known.holder(body["card"].as_str().unwrap_or_default());
        let Some(points) = points(body) else { return };
        let before = self.points.insert(user.clone(), points).unwrap_or_default();
        let reported = self.known.reported.contains(&(body["card"].as_str().unwrap_or_default().to_owned(), points));
        let of_purchase = reported || next.is_some_and(|next| next["kind"] == "purchase_recorded" && next["body"]["card"] == body["card"]);
        if before != points && !of_purchase && !self.moved.contains(&user) {
            let name = self.known.people.get(&user).map(|person| person.name.clone()).unwrap_or(user.clone());
            let at = event["at"].as_str().unwrap_or_default();
            self.page
                .leave_out(&format!("{at} the points on the card of {name} went from {before} to {points} by the merchant's own doing"));
            self.doubtful.insert(user);
        }
    }

    pub(super) fn looked_up(&mut self, exchange: &Value) {
        let asked = &exchange["view"]["biz_content"];
        let code = asked["target_card_no"].as_str().unwrap_or_default();
        let card = exchange.pointer("/view/response/card_info/biz_card_no").and_then(Value::as_str).unwrap_or(code);
        if asked["target_card_no_type"] == "BIZ_CARD" {
            // merchants ask by this number on their own; at a till it stands for a code that they made
            let wanted = self.codes_wanted.get(card).copied();
            if wanted.zip(self.now_ms).is_none_or(|(wanted, now)| now - wanted > CODE_MS) {
                return;
            }
        }
        let user = self.known.holder(card);
        if user.is_empty() {
            if !is_name(code) {
                return self.page.leave_out("the merchant looked up a code that no scanner reads");
            }
            self.counter = None;
            self.say(Kind::When, &Sentence::Misread { code: code.to_owned() });
        } else {
            self.show(&user);
        }
        self.say(Kind::When, &Sentence::LookedUp);
    }

    pub(super) fn show(&mut self, user: &str) {
        self.about(Kind::When, user, |name| Sentence::Shown { name });
        self.say(Kind::When, &Sentence::Read);
        self.counter = Some(user.to_owned());
    }
}

fn shown_name(document: &Value) -> Option<String> {
    document.pointer("/template_style_info/card_show_name").and_then(Value::as_str).map(str::to_owned)
}
