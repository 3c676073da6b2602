//! The fast flow with a real little merchant behind a socket: honest, slow, crashing, lying.

use crate::check::{Manner, Merchant, Shop, template};
use crate::customer::fast;
use engine::journal::{Direction, Exchange, SignatureVerdict};
use engine::pass;
use engine::provider::{Joined, Joining, Provider, Stopped};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use testkit::{Field, Names, Stage};
use wire::alipay::{Notice, NoticeRule, SignType};
use wire::keys::SigningKey;
use world::joining::{End, GatewaySet};
use world::merchant::Era;
use world::names::UserId;
use world::notice::Attempt;

/// The answer of a merchant that means well.
fn signed(key: &SigningKey, response: &Value) -> Vec<u8> {
    let text = response.to_string();
    let sign = key.sign_text(SignType::Rsa2.digest(), text.as_bytes());
    format!(r#"{{"response":{text},"sign":"{sign}"}}"#).into_bytes()
}

fn card(notice: &Notice) -> Value {
    json!({"code": "10000", "card_info": {"biz_card_no": notice.text("biz_card_no"), "external_card_no": "EXT1", "level": "VIP1", "point": "10"}})
}

pub(crate) struct Flow {
    pub(crate) shop: Shop,
    names: Names,
    user: UserId,
}

impl Flow {
    pub(crate) fn new() -> Self {
        Self::of(Era::UserId)
    }

    fn of(era: Era) -> Self {
        let (mut shop, mut names) = (Shop::new(7, era), Names::default());
        let mut document = template();
        document["spi_app_id"] = json!(shop.app.as_str());
        document["access_version"] = json!("3.1");
        document["template_form_config"] =
            json!({"fields": {"required": ["OPEN_FORM_FIELD_MOBILE"], "optional": ["OPEN_FORM_FIELD_NAME"]}});
        document["request_id"] = json!("R");
        let fields: Vec<Field> =
            document.as_object().unwrap().iter().map(|(path, value)| Field { path: path.clone(), value: value.clone() }).collect();
        let answer = shop.call(None, "alipay.marketing.card.template.create", &fields, &names).unwrap();
        names.bind("T", answer.object["template_id"].as_str().unwrap());
        let user = shop.customer(1);
        Self { shop, names, user }
    }

    /// The application is reached there.
    pub(crate) fn reached_at(&self, merchant: &Merchant) -> &Self {
        self.shop.record(GatewaySet { app: self.shop.app.clone(), gateway: format!("http://{}/gateway", merchant.address) });
        self
    }

    fn link(&self) -> String {
        fast::link(self.shop.app.as_str(), self.names.get("T").unwrap())
    }

    pub(crate) fn join(&self) -> Result<Joined, Stopped> {
        self.shop.platform.join(&self.shop.sandbox, &self.user, &Joining { link: self.link(), ..Joining::default() })
    }

    /// The last call to the merchant.
    fn asked(&self) -> Arc<Exchange> {
        let page = self.shop.sandbox.journal().before(u64::MAX, 1, |exchange| exchange.direction == Direction::Out);
        page.exchanges[0].clone()
    }

    pub(crate) fn advance(&self, seconds: i64) -> Vec<String> {
        let until = self.shop.now().plus_seconds(seconds);
        let passed = fast::wait(pass(&self.shop.platform.engine, &*self.shop.platform, &self.shop.sandbox, until)).unwrap();
        self.shop.pass(until.0.saturating_sub(self.shop.now().0) / 1_000);
        passed.ran.into_iter().map(|one| format!("{} {}", one.kind, one.what.rsplit(' ').next().unwrap_or_default())).collect()
    }
}

pub(crate) fn honest(key: SigningKey) -> Manner {
    Box::new(move |notice| match notice.text("method") {
        Some(_) => Some((200, signed(&key, &card(notice)))),
        None => Some((200, b"success".to_vec())),
    })
}

#[test]
fn the_card_is_opened_with_what_the_merchant_answers_and_the_result_follows() {
    let flow = Flow::new();
    let merchant = Merchant::that(honest(flow.shop.app_key.clone()));
    let joined = flow.reached_at(&merchant).join().unwrap();
    let number = joined.opened.unwrap();
    flow.shop.look(|world, _| {
        let card = world.cards().get(&number.as_str().into()).unwrap();
        assert_eq!((card.external.as_str(), card.level.as_str()), ("EXT1", "VIP1"));
        assert_eq!(world.points(&card).unwrap().to_string(), "10");
        assert_eq!(world.openings().iter().next().unwrap().ended.clone().unwrap().0, End::Opened);
    });
    let asked = flow.asked();
    assert_eq!((asked.method.as_str(), asked.code.as_str(), &asked.signature), (fast::spi::METHOD, "10000", &SignatureVerdict::Valid));
    assert_eq!(flow.advance(1), ["notice_tried TAKEN"]);

    let taken = merchant.taken();
    let platform_key = flow.shop.platform_key();
    assert!(taken.iter().all(|notice| notice.verifies(platform_key.verifying(), NoticeRule::V1)));
    let question = &taken[0];
    assert_eq!(question.text("biz_card_no").unwrap(), number);
    assert_eq!(question.text("user_id").unwrap(), flow.user.as_str());
    assert!(question.text("user_info").unwrap().starts_with(r#"[{"OPEN_FORM_FIELD_MOBILE":"1"#), "{question:?}");
    assert!(question.text("open_id").is_none() && question.text("out_serial_no").unwrap().len() <= 32);
    let result: Value = serde_json::from_str(&taken[1].text("biz_content").unwrap()).unwrap();
    assert_eq!((&result["success"], &result["external_card_no"], &result["biz_card_no"]), (&json!("true"), &json!("EXT1"), &json!(number)));
    assert_eq!(flow.join().unwrap().already_holds.unwrap(), number);
}

#[test]
fn a_response_that_is_the_text_of_the_object_is_taken_as_well_and_signed_within_its_quotes() {
    let flow = Flow::new();
    let of = |key: SigningKey, quoted: bool| -> Manner {
        Box::new(move |notice| {
            let text = card(notice).to_string();
            let signed = if quoted { Value::from(text.as_str()).to_string() } else { text.clone() };
            let sign = key.sign_text(SignType::Rsa2.digest(), signed.as_bytes());
            Some((200, json!({"response": text, "sign": sign}).to_string().into_bytes()))
        })
    };
    let with_quotes = Merchant::that(of(flow.shop.app_key.clone(), true));
    assert_eq!(flow.reached_at(&with_quotes).join().unwrap_err().code, "SPI_WRONG_SIGNATURE");
    let no_object = Merchant::that(Box::new({
        let key = flow.shop.app_key.clone();
        move |_| {
            let sign = key.sign_text(SignType::Rsa2.digest(), b"done");
            Some((200, json!({"response": "done", "sign": sign}).to_string().into_bytes()))
        }
    }));
    assert_eq!(flow.reached_at(&no_object).join().unwrap_err().code, "SPI_NOT_UNDERSTOOD");
    let merchant = Merchant::that(of(flow.shop.app_key.clone(), false));
    let opened = flow.reached_at(&merchant).join().unwrap().opened.unwrap();
    assert_eq!(merchant.taken()[0].text("biz_card_no"), Some(opened));
    assert_eq!(flow.asked().signature, SignatureVerdict::Valid);
}

#[test]
fn the_other_eras_name_the_customer_their_own_way() {
    for (era, by_user_id, by_open_id) in [(Era::OpenId, false, true), (Era::Both, true, true)] {
        let flow = Flow::of(era);
        let merchant = Merchant::that(honest(flow.shop.app_key.clone()));
        flow.reached_at(&merchant).join().unwrap();
        let question = &merchant.taken()[0];
        assert_eq!((question.text("user_id").is_some(), question.text("open_id").is_some()), (by_user_id, by_open_id));
    }
}

#[test]
fn each_wrong_answer_has_its_name_and_leaves_no_card() {
    let flow = Flow::new();
    let key = flow.shop.app_key.clone();
    let strange = flow.shop.platform_key();
    let with = |change: fn(&mut Value)| -> Manner {
        let key = key.clone();
        Box::new(move |notice| {
            let mut response = card(notice);
            change(&mut response);
            Some((200, signed(&key, &response)))
        })
    };
    let cases: Vec<(&str, Manner)> = vec![
        ("SPI_HTTP_STATUS", Box::new(|_| Some((404, b"nothing here".to_vec())))),
        ("SPI_NOT_UNDERSTOOD", Box::new(|_| Some((200, b"<html>".to_vec())))),
        ("SPI_NOT_UNDERSTOOD", Box::new(|_| Some((200, br#"{"answer":{}}"#.to_vec())))),
        ("SPI_UNSIGNED", Box::new(|notice| Some((200, json!({"response": card(notice)}).to_string().into_bytes())))),
        ("SPI_WRONG_SIGNATURE", Box::new(move |notice| Some((200, signed(&strange, &card(notice)))))),
        ("SPI_REFUSED", with(|response| response["code"] = json!("40004"))),
        ("SPI_INVALID_FIELD", with(|response| response["card_info"]["point"] = json!("many"))),
        ("SPI_INVALID_FIELD", with(|response| response["card_info"]["open_date"] = json!("yesterday"))),
        ("SPI_INVALID_FIELD", with(|response| drop(response.as_object_mut().unwrap().remove("card_info")))),
        ("SPI_INVALID_FIELD", with(|response| response["card_info"]["external_card_no"] = json!(""))),
        ("SPI_OTHER_CARD", with(|response| response["card_info"]["biz_card_no"] = json!("kabao0000009900"))),
        ("SPI_CARD_REFUSED", with(|response| response["card_info"]["level"] = json!("VIP9"))),
        ("SPI_TOO_LARGE", Box::new(|_| Some((200, vec![b' '; 300 << 10])))),
    ];
    for (word, manner) in cases {
        let merchant = Merchant::that(manner);
        let stopped = flow.reached_at(&merchant).join().unwrap_err();
        assert_eq!(stopped.code, word, "{stopped:?}");
        assert!(word == "SPI_CARD_REFUSED" || flow.asked().sub_code == word, "{:?}", flow.asked());
        flow.shop.look(|world, _| {
            assert!(world.cards().is_empty(), "{word} opened a card");
            let last = world.openings().iter().last().unwrap();
            assert_eq!(last.ended, Some((End::Failed, word.to_owned())));
        });
    }
    // every one of them had a serial number and a card number of its own
    let (serials, numbers): (std::collections::HashSet<String>, std::collections::HashSet<String>) = flow
        .shop
        .look(|world, _| world.openings().iter().map(|opening| (opening.asked.serial.clone(), opening.asked.card.to_string())).unzip());
    assert_eq!((serials.len(), numbers.len()), (13, 13));
}

#[test]
fn a_merchant_that_crashes_or_is_silent_leaves_the_outcome_open_and_is_asked_again_for_the_same_card() {
    let flow = Flow::new();
    let crashing = Merchant::that(Box::new(|_| Some((500, b"boom".to_vec()))));
    assert_eq!(flow.reached_at(&crashing).join().unwrap_err().code, "SPI_CRASHED");
    let gone = Merchant::that(Box::new(|_| None));
    assert_eq!(flow.reached_at(&gone).join().unwrap_err().code, "SPI_CRASHED");
    let honest = Merchant::that(honest(flow.shop.app_key.clone()));
    let opened = flow.reached_at(&honest).join().unwrap().opened.unwrap();
    let asked = [&crashing, &gone, &honest].map(|merchant| {
        let taken = merchant.taken();
        (taken[0].text("out_serial_no").unwrap(), taken[0].text("biz_card_no").unwrap())
    });
    assert_eq!(asked[0], asked[1]);
    assert_eq!((&asked[0], &asked[2].1), (&asked[2], &opened));
}

#[test]
fn a_slow_merchant_is_waited_for_five_seconds_and_nobody_asks_twice_meanwhile() {
    let flow = Flow::new();
    let key = flow.shop.app_key.clone();
    let slow = Merchant::that(Box::new(move |notice| {
        std::thread::sleep(std::time::Duration::from_secs(7));
        Some((200, signed(&key, &card(notice))))
    }));
    flow.reached_at(&slow);
    let joining = Joining { link: flow.link(), ..Joining::default() };
    let (platform, sandbox, user) = (flow.shop.platform.clone(), flow.shop.sandbox.clone(), flow.user.clone());
    std::thread::scope(|scope| {
        let first = scope.spawn(|| platform.join(&sandbox, &user, &joining).unwrap_err());
        while flow.shop.look(|world, _| world.openings().is_empty()) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert_eq!(platform.join(&sandbox, &user, &joining).unwrap_err().code, "OPEN_CARD_CONCURRENTLY");
        assert_eq!(first.join().unwrap().code, "SPI_TIMED_OUT");
    });
    assert!(flow.shop.look(|world, _| world.notices().is_empty()), "an open outcome was told as an end");
}

#[test]
fn only_what_is_configured_is_called_and_never_we_ourselves() {
    let flow = Flow::new();
    assert_eq!(flow.join().unwrap_err().code, "SPI_NOT_CONFIGURED");
    let merchant = Merchant::that(honest(flow.shop.app_key.clone()));
    flow.shop.platform.engine.outgoing().forbid(&[merchant.address]);
    assert_eq!(flow.reached_at(&merchant).join().unwrap_err().code, "SPI_FORBIDDEN");
    let port = merchant.address.port();
    for address in [format!("http://localhost:{port}/"), format!("http://0.0.0.0:{port}/"), format!("http://[::ffff:127.0.0.1]:{port}/")] {
        flow.shop.record(GatewaySet { app: flow.shop.app.clone(), gateway: address.clone() });
        let code = flow.join().unwrap_err().code;
        assert!(code == "SPI_FORBIDDEN" || (code == "SPI_UNREACHABLE" && merchant.taken().is_empty()), "{address}: {code}");
    }
    assert!(merchant.taken().is_empty());
    flow.shop.record(GatewaySet { app: flow.shop.app.clone(), gateway: "http://127.0.0.1:1/".to_owned() });
    assert_eq!(flow.join().unwrap_err().code, "SPI_UNREACHABLE");
    flow.shop.record(GatewaySet { app: flow.shop.app.clone(), gateway: "ftp://127.0.0.1/".to_owned() });
    assert_eq!(flow.join().unwrap_err().code, "SPI_BAD_ADDRESS");
}

#[test]
fn both_flows_run_side_by_side_on_one_template() {
    let mut flow = Flow::new();
    let merchant = Merchant::that(honest(flow.shop.app_key.clone()));
    let fast = flow.reached_at(&merchant).join().unwrap().opened.unwrap();
    let names = &mut flow.names;
    flow.shop.given(&["a", "form", "on", "T", "asking", "MOBILE"], &[], names).unwrap();
    flow.shop.given(&["a", "link", "L", "to", "T"], &[], names).unwrap();
    flow.shop.given(&["Wang", "joins", "through", "L"], &[], names).unwrap();
    flow.shop.given(&["Wang", "has", "a", "token"], &[], names).unwrap();
    flow.shop.given(&["Wang", "holds", "card", "C", "of", "T"], &[], names).unwrap();
    assert_ne!(flow.names.get("C").unwrap(), fast);
    assert_eq!(flow.shop.look(|world, _| world.cards().len()), 2);
}

#[test]
fn a_notice_is_tried_again_on_the_calendar_until_it_is_taken() {
    let flow = Flow::new();
    let key = flow.shop.app_key.clone();
    let tries = Mutex::new(0);
    let merchant = Merchant::that(Box::new(move |notice| {
        if notice.text("method").is_some() {
            return Some((200, signed(&key, &card(notice))));
        }
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        Some((200, if *tries < 4 { b"fail".to_vec() } else { b"success".to_vec() }))
    }));
    flow.reached_at(&merchant).join().unwrap();
    let made = flow.shop.now();
    assert_eq!(flow.advance(25 * 3_600).len(), 4);
    let (attempts, over) = flow.shop.look(|world, _| {
        let notice = world.notices().iter().next().unwrap();
        (notice.attempts.clone(), notice.next.is_none())
    });
    let minutes: Vec<_> = attempts.iter().map(|tried| ((tried.at.0 - made.0) / 60_000, tried.attempt)).collect();
    assert_eq!(minutes, [(0, Attempt::NotTaken), (2, Attempt::NotTaken), (12, Attempt::NotTaken), (22, Attempt::Taken)]);
    assert!(over);
    let ids: std::collections::HashSet<_> = merchant.taken()[1..].iter().map(|notice| notice.text("notify_id").unwrap()).collect();
    assert_eq!(ids.len(), 1, "a notice that is sent again keeps its number");
}

#[test]
fn a_merchant_behind_tls_is_asked_and_told_once_it_is_believed() {
    let flow = Flow::new();
    let (merchant, certificate) = Merchant::over_tls(honest(flow.shop.app_key.clone()));
    let gateway = format!("https://127.0.0.1:{}/gateway", merchant.address.port());
    flow.shop.record(GatewaySet { app: flow.shop.app.clone(), gateway });
    assert_eq!(flow.join().unwrap_err().code, "SPI_NO_TLS");
    assert!(flow.asked().flags.iter().any(|flag| flag.text.contains("--trust")), "{:?}", flow.asked().flags);
    assert_eq!(flow.advance(1), ["notice_tried UNREACHABLE"], "the result of that opening");
    let mut trust = wire::trust::Trust::default();
    trust.add(certificate.as_bytes()).unwrap();
    flow.shop.platform.engine.outgoing().trust(&trust);
    flow.join().unwrap().opened.unwrap();
    assert_eq!(flow.asked().code, "10000");
    // both notices: of the opening that failed, in its second attempt, and of this one
    let mut told = flow.advance(200);
    told.sort();
    assert_eq!(told, ["notice_tried TAKEN", "notice_tried TAKEN"]);
}
