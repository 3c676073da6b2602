//! What is called: the requests of each kind of arrival, and what their answers mean.
//!
//! Every change can be found again: a stated total is the arrival's number plus one, a purchase, an opening and an order carry
//! it in their own numbers. An answer that does not say what happened is neither success nor failure.

use super::connection::{Sending, Unanswered};
use super::place::Shop;
use super::plan::Arrival;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use wire::alipay::answer::Answer;
use wire::alipay::client::ClientRequest;
use wire::alipay::{Charset, SignType, timestamp};

/// A kind of arrival.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// A card's new total.
    Update,
    /// A purchase made with a card.
    Purchase,
    /// A look at a card.
    Query,
    /// Everything a card shows.
    Resync,
    /// A customer's code is exchanged and a card opened.
    Join,
    /// A customer's payment code is charged.
    Pay,
    /// A notice that went out is sent to the merchant again.
    Notice,
    /// A story is played, as whoever plays it knows how.
    Story,
}

/// What came of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Came<T = ()> {
    /// It was done.
    Done(T),
    /// It was refused, with this code: nothing happened.
    Refused(String),
    /// Nobody knows, for this reason.
    Unknown(String),
}

const FORM: &str = "application/x-www-form-urlencoded;charset=utf-8";

impl Kind {
    /// All, in the order in which reports list them.
    pub(crate) const ALL: [Self; 8] =
        [Self::Update, Self::Purchase, Self::Query, Self::Resync, Self::Join, Self::Pay, Self::Notice, Self::Story];

    /// What reports call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Update => "card.update",
            Self::Purchase => "card.consume.sync",
            Self::Query => "card.query",
            Self::Resync => "card.update, everything",
            Self::Join => "oauth.token + card.open",
            Self::Pay => "code shown + trade.pay",
            Self::Notice => "notice, again",
            Self::Story => "story, to its end",
        }
    }

    /// Whether it speaks of a card that is there before.
    pub(crate) fn is_about_a_card(self) -> bool {
        !matches!(self, Self::Join | Self::Pay | Self::Notice | Self::Story)
    }

    /// Whether it states a card's total.
    pub(crate) fn states_a_total(self) -> bool {
        matches!(self, Self::Update | Self::Resync)
    }

    /// Whether it changes what the platform holds.
    pub(crate) fn changes(self) -> bool {
        !matches!(self, Self::Query | Self::Notice | Self::Story)
    }

    /// The method that answers it last; empty where the merchant answers.
    fn method(self) -> &'static str {
        match self {
            Self::Update | Self::Resync => "alipay.marketing.card.update",
            Self::Purchase => "alipay.marketing.card.consume.sync",
            Self::Query => "alipay.marketing.card.query",
            Self::Join => "alipay.marketing.card.open",
            Self::Pay => "alipay.trade.pay",
            Self::Notice | Self::Story => "",
        }
    }
}

/// What an amount of an arrival is, fen: of different sizes, so that sums show a lost one.
pub(crate) fn fen(number: u32) -> i64 {
    i64::from(number % 97) + 1
}

/// The signed request of an arrival that needs no other answer first.
pub(crate) fn about_card(shop: &Shop, arrival: &Arrival, now_ms: i64) -> Sending {
    let card = &shop.cards[arrival.subject as usize].number;
    let now = timestamp::format(now_ms);
    let business = match arrival.kind {
        Kind::Update => json!({
            "target_card_no": card, "target_card_no_type": "BIZ_CARD", "occur_time": now,
            "card_info": {"point": (arrival.number + 1).to_string()},
        }),
        Kind::Resync => json!({
            "target_card_no": card, "target_card_no_type": "BIZ_CARD", "occur_time": now,
            "card_info": {
                "point": (arrival.number + 1).to_string(), "level": "VIP1", "balance": "88.00",
                "front_text_list": [{"label": "会员等级", "value": "金卡会员"}],
            },
        }),
        Kind::Purchase => json!({
            "target_card_no": card, "target_card_no_type": "BIZ_CARD", "trade_no": shop.order(arrival.number), "trade_time": now,
            "trade_type": "TRADE", "swipe_cert_type": "ALIPAY", "act_pay_amount": "35.00", "trade_amount": "35.00", "trade_name": "茶",
        }),
        Kind::Query | Kind::Join | Kind::Pay | Kind::Notice | Kind::Story => {
            json!({"target_card_no": card, "target_card_no_type": "BIZ_CARD"})
        }
    };
    signed(shop, &ClientRequest::new(&shop.app, arrival.kind.method(), now_ms).biz_content(&business.to_string()))
}

/// The request that exchanges a joining customer's code.
pub(crate) fn exchange(shop: &Shop, arrival: &Arrival, now_ms: i64) -> Sending {
    let request = ClientRequest::new(&shop.app, TOKEN, now_ms);
    let code = &shop.customers[arrival.subject as usize].code;
    signed(shop, &request.parameter("grant_type", "authorization_code").parameter("code", code))
}

/// The method of [`exchange`].
pub(crate) const TOKEN: &str = "alipay.system.oauth.token";

/// The request that opens a joining customer's card.
pub(crate) fn opening(shop: &Shop, arrival: &Arrival, token: &str, now_ms: i64) -> Sending {
    let user = &shop.customers[arrival.subject as usize].user;
    let business = json!({
        "out_serial_no": shop.order(arrival.number), "card_template_id": shop.template,
        "card_user_info": {"user_uni_id": user, "user_uni_id_type": "UID"},
        "card_ext_info": {
            "external_card_no": shop.order(arrival.number), "open_date": timestamp::format(now_ms),
            "valid_date": "2099-12-31 23:59:59", "level": "VIP1", "point": (arrival.number + 1).to_string(),
        },
    });
    let request = ClientRequest::new(&shop.app, Kind::Join.method(), now_ms).parameter("auth_token", token);
    signed(shop, &request.biz_content(&business.to_string()))
}

/// The request that charges a payment code.
pub(crate) fn charge(shop: &Shop, arrival: &Arrival, code: &str, now_ms: i64) -> Sending {
    let fen = fen(arrival.number);
    let business = json!({
        "out_trade_no": shop.order(arrival.number), "scene": "bar_code", "auth_code": code, "subject": "茶",
        "product_code": "FACE_TO_FACE_PAYMENT",
        "total_amount": format!("{}.{:02}", fen / 100, fen % 100),
    });
    signed(shop, &ClientRequest::new(&shop.app, Kind::Pay.method(), now_ms).biz_content(&business.to_string()))
}

/// A signed request of the shop's own.
pub(crate) fn signed(shop: &Shop, request: &ClientRequest) -> Sending {
    let out = request.sign(&shop.key).expect("UTF-8 has every character");
    Sending { method: "POST", target: out.target("/gateway.do"), content_type: FORM, body: out.body }
}

/// Reads answers and verifies each one; the bytes of the last good answer need not be verified again.
#[derive(Default)]
pub(crate) struct Reader {
    good: Option<(Kind, Bytes)>,
}

impl Reader {
    /// What the last answer to an arrival means.
    pub(crate) fn read(&mut self, shop: &Shop, kind: Kind, answered: Result<(u16, Bytes), Unanswered>) -> Came {
        if let (Some((known, good)), Ok((200, body))) = (&self.good, &answered)
            && *known == kind
            && good == body
        {
            return Came::Done(());
        }
        let body = answered.as_ref().ok().map(|(_, body)| body.clone());
        match read(shop, kind.method(), answered) {
            Came::Done(_) => {
                self.good = body.map(|body| (kind, body));
                Came::Done(())
            }
            Came::Refused(code) => Came::Refused(code),
            Came::Unknown(why) => Came::Unknown(why),
        }
    }
}

/// What a merchant's answer to a notice means: only the exact word says that it was taken.
pub(crate) fn taken(answered: Result<(u16, Bytes), Unanswered>) -> Came {
    match answered {
        Ok((200, body)) if &body[..] == b"success" => Came::Done(()),
        Ok((200, _)) => Came::Refused("another word than success".to_owned()),
        Ok((status, _)) => Came::Refused(format!("HTTP {status}")),
        Err(Unanswered::NotSent(_)) => Came::Refused("not sent".to_owned()),
        Err(Unanswered::Unknown(_)) => Came::Unknown("connection lost".to_owned()),
        Err(Unanswered::Late(limit)) => Came::Unknown(format!("no answer within {} s", limit.as_secs())),
    }
}

/// What an answer to this method means; its object when it was done.
pub(crate) fn read(shop: &Shop, method: &str, answered: Result<(u16, Bytes), Unanswered>) -> Came<serde_json::Value> {
    let body = match answered {
        Ok((200, body)) => body,
        Ok((status, _)) => return Came::Unknown(format!("HTTP {status}")),
        Err(Unanswered::NotSent(_)) => return Came::Refused("not sent".to_owned()),
        Err(Unanswered::Unknown(_)) => return Came::Unknown("connection lost".to_owned()),
        Err(Unanswered::Late(limit)) => return Came::Unknown(format!("no answer within {} s", limit.as_secs())),
    };
    let node = format!("{}_response", method.replace('.', "_"));
    let Ok(answer) = Answer::read(&body, Charset::Utf8, &node) else { return Came::Unknown("not an answer".to_owned()) };
    let code = answer.code().unwrap_or("10000").to_owned();
    if !answer.is_success() {
        let shown = answer.sub_code().unwrap_or(&code).to_owned();
        // 20000 is the platform's "unknown", and 10003 waits for the customer
        return if ["20000", "10003"].contains(&code.as_str()) { Came::Unknown(shown) } else { Came::Refused(shown) };
    }
    // only a success that verifies is believed
    match answer.verify(&shop.platform_key, SignType::Rsa2) {
        Ok(()) => Came::Done(answer.value),
        Err(untrusted) => Came::Unknown(untrusted.to_string()),
    }
}
