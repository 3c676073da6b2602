//! Notices about cards, and the merchant's own codes: with a real little merchant behind a socket.

use crate::check::{Merchant, Shop, template};
use crate::customer::fast::wait;
use crate::notice::code_key;
use engine::journal::Direction;
use engine::pass;
use engine::provider::Provider;
use serde_json::json;
use testkit::{Field, Names, Stage, set};
use wire::alipay::NoticeRule;
use world::merchant::Era;
use world::names::UserId;

/// Creates a template that names the merchant, and gives a card of it to Li.
fn shop(merchant: &Merchant, code: &str) -> (Shop, Names) {
    let (mut shop, mut names) = (Shop::new(7, Era::UserId), Names::default());
    let mut document = template();
    document["request_id"] = json!("R");
    document["write_off_type"] = json!(code);
    set(&mut document, "mdcode_notify_conf.url", json!(format!("http://{}/code", merchant.address)));
    set(&mut document, "mdcode_notify_conf.ext_params", json!(r#"{"shop":"西湖店","n":3}"#));
    set(&mut document, "@notify_url", json!(format!("http://{}/cards", merchant.address)));
    let fields: Vec<Field> =
        document.as_object().unwrap().iter().map(|(path, value)| Field { path: path.clone(), value: value.clone() }).collect();
    let answer = shop.call(None, "alipay.marketing.card.template.create", &fields, &names).unwrap();
    assert_eq!(answer.sub_code, "", "{answer:?}");
    names.bind("T", answer.object["template_id"].as_str().unwrap());
    shop.given(&["Li", "holds", "card", "C", "of", "T"], &[], &mut names).unwrap();
    (shop, names)
}

fn settle(shop: &Shop) -> usize {
    wait(pass(&shop.platform.engine, &*shop.platform, &shop.sandbox, shop.now())).unwrap().total()
}

#[test]
fn the_template_s_address_hears_of_every_card_that_comes_and_goes() {
    let merchant = Merchant::that(Box::new(|_| Some((200, b"success".to_vec()))));
    let (mut shop, mut names) = shop(&merchant, "qrcode");
    assert_eq!(settle(&shop), 1);
    shop.given(&["Li", "removes", "C"], &[], &mut names).unwrap();
    shop.given(&["Wang", "holds", "card", "D", "of", "T"], &[], &mut names).unwrap();
    let serial = [
        ("out_serial_no", "X"),
        ("target_card_no", names.get("D").unwrap()),
        ("target_card_no_type", "BIZ_CARD"),
        ("reason_code", "CANCEL"),
    ];
    let fields: Vec<Field> = serial.into_iter().map(|(path, value)| Field { path: path.to_owned(), value: json!(value) }).collect();
    assert_eq!(shop.call(None, "alipay.marketing.card.delete", &fields, &names).unwrap().code, "10000");
    assert_eq!(settle(&shop), 3);
    let taken = merchant.taken();
    let key = shop.platform_key();
    assert!(taken.iter().all(|notice| notice.verifies(key.verifying(), NoticeRule::V1)));
    let told: Vec<_> = taken.iter().map(|notice| (notice.text("notify_type").unwrap(), notice.text("biz_card_no").unwrap())).collect();
    let (one, other) = (names.get("C").unwrap(), names.get("D").unwrap());
    let expected = [("card_open", one), ("card_delete", one), ("card_open", other), ("card_delete", other)];
    assert_eq!(told, expected.map(|(what, card)| (what.to_owned(), card.to_owned())));
    assert_eq!(taken[0].text("user_id").as_deref(), names.get("Li"));
    assert_eq!(taken[0].text("external_card_no").unwrap(), "EXT-C");
    assert_eq!(settle(&shop), 0, "what was taken is sent again");
}

#[test]
fn a_card_with_the_merchants_code_asks_for_it_when_it_is_opened_and_shows_it_until_it_runs_out() {
    let merchant = Merchant::that(Box::new(|_| Some((200, b"ok".to_vec()))));
    let (mut shop, names) = shop(&merchant, "mdqrcode");
    let (user, card) = (UserId::from(names.get("Li").unwrap()), names.get("C").unwrap().into());
    let opened = |shop: &Shop| shop.platform.show(&shop.sandbox, &user, &card).unwrap();
    let shown = opened(&shop);
    assert_eq!((shown.code.as_str(), shown.face["mdcode"].as_str()), ("", Some("ASKING")));
    let asked = || -> Vec<_> { merchant.taken().into_iter().filter(|notice| notice.text("BizCardNo").is_some()).collect() };
    let question = &asked()[0];
    assert!(question.verifies(code_key().verifying(), NoticeRule::V1), "it is signed with the key of all applications");
    assert!(!question.verifies(shop.platform_key().verifying(), NoticeRule::V1));
    let value = |name: &str| question.parameters.value(name).map(|value| value.to_vec());
    assert_eq!(value("shop"), Some(b"\xce\xf7\xba\xfe\xb5\xea".to_vec()), "it is not GBK");
    assert_eq!((value("BizCardNo"), value("n")), (names.get("C").map(|card| card.as_bytes().to_vec()), Some(b"3".to_vec())));
    let exchange = shop.sandbox.journal().before(u64::MAX, 1, |exchange| exchange.direction == Direction::Out).exchanges[0].clone();
    assert_eq!((exchange.method.as_str(), exchange.code.as_str()), ("platform.mdcode.notify", "success"));

    let update = |shop: &mut Shop, info: serde_json::Value| {
        let mut request = json!({"target_card_no": card.as_str(), "target_card_no_type": "BIZ_CARD", "occur_time": "2026-07-01 12:00:00"});
        request["card_info"] = json!({"mdcode_info": info});
        let fields: Vec<Field> =
            request.as_object().unwrap().iter().map(|(path, value)| Field { path: path.clone(), value: value.clone() }).collect();
        assert_eq!(shop.call(None, "alipay.marketing.card.update", &fields, &names).unwrap().code, "10000");
    };
    update(&mut shop, json!({"code_status": "FAIL_RETRY", "time_stamp": 1}));
    opened(&shop);
    assert_eq!(asked().len(), 2, "the merchant wanted to be asked again");
    update(&mut shop, json!({"code_status": "SUCCESS", "code_value": "M-1", "expire_time": "2026-07-01 12:01:00", "time_stamp": 2}));
    assert_eq!((opened(&shop).code.as_str(), asked().len()), ("M-1", 2));
    shop.pass(61);
    assert_eq!((opened(&shop).code.as_str(), asked().len()), ("", 3));
    update(&mut shop, json!({"code_status": "FAIL_NOT_RETRY", "time_stamp": 3}));
    opened(&shop);
    assert_eq!(asked().len(), 3, "the merchant did not want to be asked again");
}

#[test]
fn a_merchant_who_answers_while_it_is_asked_has_its_code_on_that_very_page() {
    // the merchant's own call comes in while the platform waits for its receipt
    let seat = std::sync::Arc::new(std::sync::Mutex::new(None::<std::sync::mpsc::Sender<std::sync::mpsc::Sender<()>>>));
    let place = seat.clone();
    let merchant = Merchant::that(Box::new(move |notice| {
        if notice.text("BizCardNo").is_some() {
            let (done, waiting) = std::sync::mpsc::channel();
            place.lock().unwrap().as_ref().unwrap().send(done).unwrap();
            waiting.recv().unwrap();
        }
        Some((200, b"success".to_vec()))
    }));
    let (shop, names) = shop(&merchant, "mdqrcode");
    let (user, card) = (UserId::from(names.get("Li").unwrap()), names.get("C").unwrap().to_owned());
    let (asked, questions) = std::sync::mpsc::channel();
    *seat.lock().unwrap() = Some(asked);
    let (platform, sandbox) = (shop.platform.clone(), shop.sandbox.clone());
    let number = card.clone();
    let phone = std::thread::spawn(move || platform.show(&sandbox, &user, &number.into()).unwrap());
    let done = questions.recv().unwrap();
    let biz_content = json!({
        "target_card_no": card, "target_card_no_type": "BIZ_CARD", "occur_time": "2026-07-01 12:00:00",
        "card_info": {"mdcode_info": {"code_status": "SUCCESS", "code_value": "M-9", "expire_time": "2026-07-01 12:01:00", "time_stamp": 2}},
    });
    let answer = shop.send(&shop.request("alipay.marketing.card.update").biz_content(&biz_content.to_string()));
    assert!(String::from_utf8_lossy(&answer.body).contains("10000"));
    done.send(()).unwrap();
    let shown = phone.join().unwrap();
    assert_eq!((shown.code.as_str(), shown.expires_at.as_deref()), ("M-9", Some("2026-07-01 12:01:00")));
}
