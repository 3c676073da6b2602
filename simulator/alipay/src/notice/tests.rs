//! Notices about cards, and the merchant's own codes: with a real little merchant behind a socket.

use crate::check::{Merchant, Shop, template};
use crate::customer::fast::wait;
use crate::notice::{code_key, message, trade_status};
use engine::journal::Direction;
use engine::pass;
use engine::probe::{Message, Signing};
use engine::provider::{Courier, Provider, Securing};
use engine::sending::{Sealing, Twist};
use serde_json::json;
use testkit::{Field, Names, Stage, set};
use wire::alipay::NoticeRule;
use wire::keys::VerifyingKey;
use world::joining::GatewaySet;
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

/// The application's gateway is this merchant.
fn reached_at(shop: &Shop, merchant: &Merchant) {
    shop.record(GatewaySet { app: shop.app.clone(), gateway: format!("http://{}/gateway", merchant.address) });
}

/// Checked by another implementation than the one that signs.
fn verifies_elsewhere(notice: &wire::alipay::Notice, key: &VerifyingKey, without: &[&str]) -> bool {
    let mut pairs: Vec<(String, String)> = notice
        .parameters
        .pairs()
        .map(|(name, value)| (String::from_utf8(name.to_vec()).unwrap(), String::from_utf8(value.to_vec()).unwrap()))
        .filter(|(name, _)| !without.contains(&name.as_str()))
        .collect();
    pairs.sort();
    let signed: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    testkit::oracle::verifies(&key.spki_base64(), signed.join("&").as_bytes(), &notice.text("sign").unwrap())
}

#[test]
fn a_trade_s_notice_is_tried_eight_times_in_25_hours_under_one_number_each_signed_at_its_own_time() {
    let merchant = Merchant::that(Box::new(|_| Some((200, b"fail".to_vec()))));
    let shop = Shop::new(7, Era::UserId);
    let own = [("trade_no", "1"), ("total_amount", "88.88"), ("body", ""), ("subject", "50% A+B & c=d \u{1F600}")];
    let own: Vec<_> = own.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let url = format!("http://{}/notify?x=1", merchant.address);
    let made = shop.now();
    let notice = shop.sandbox.run(|call| trade_status::tell(call, &shop.app, url, own)).unwrap().settled_blocking().unwrap();
    let passed = wait(pass(&shop.platform.engine, &*shop.platform, &shop.sandbox, made.plus_seconds(26 * 3_600))).unwrap();
    let minutes: Vec<_> = passed.ran.iter().map(|one| (one.at.0 - made.0) / 60_000).collect();
    assert_eq!(minutes, [0, 4, 14, 24, 84, 204, 564, 1_464]);
    let taken = merchant.taken();
    for (told, minutes) in taken.iter().zip(&minutes) {
        assert!(verifies_elsewhere(told, shop.platform_key().verifying(), &["sign", "sign_type"]), "after {minutes} minutes");
        assert_eq!(told.text("notify_id").as_deref(), Some(notice.as_str()));
        assert_eq!(told.text("notify_time"), Some(made.plus_seconds(minutes * 60).text()));
        assert_eq!((told.text("notify_type").as_deref(), told.text("body")), (Some("trade_status_sync"), None), "an empty value is sent");
    }
    let signs: std::collections::HashSet<_> = taken.iter().map(|told| told.text("sign").unwrap()).collect();
    assert_eq!((taken.len(), signs.len()), (8, 8));
}

#[test]
fn messages_go_to_the_application_s_gateway_in_two_envelopes_and_are_tried_after_two_minutes() {
    let merchant = Merchant::that(Box::new(|_| Some((200, b"success ".to_vec()))));
    let shop = Shop::new(7, Era::UserId);
    let content = json!({"detail": {"app_id": "1"}});
    let tell = |shop: &Shop| {
        let ran = shop.sandbox.run(|call| {
            let older = message::tell_older(call, &shop.app, vec![("status".to_owned(), "execute_auth".to_owned())], &content);
            (message::tell(call, &shop.app, "open.auth.appauth.cancelled", &content), older)
        });
        ran.unwrap().settled_blocking().unwrap()
    };
    assert_eq!(tell(&shop), (None, None), "there is no gateway to tell");
    reached_at(&shop, &merchant);
    tell(&shop);
    let made = shop.now();
    let passed = wait(pass(&shop.platform.engine, &*shop.platform, &shop.sandbox, made.plus_seconds(26 * 3_600))).unwrap();
    let minutes: Vec<_> = passed.ran.iter().map(|one| (one.at.0 - made.0) / 60_000).collect();
    assert_eq!(minutes, [0, 0, 2, 2, 12, 12, 22, 22, 82, 82, 202, 202, 562, 562, 1_462, 1_462]);
    let taken = merchant.taken();
    let key = shop.platform_key();
    assert!(taken.iter().all(|told| verifies_elsewhere(told, key.verifying(), &["sign", "sign_type"])));
    let (older, newer) = (&taken[0], &taken[1]);
    assert_eq!((older.text("notify_type").as_deref(), older.text("version").as_deref()), (Some("open_app_auth_notify"), Some("1.0")));
    assert_eq!((older.text("status").as_deref(), older.text("msg_method")), (Some("execute_auth"), None));
    assert_eq!((newer.text("msg_method").as_deref(), newer.text("version").as_deref()), (Some("open.auth.appauth.cancelled"), Some("1.1")));
    assert_eq!(newer.text("utc_timestamp"), Some(made.0.to_string()));
    assert_eq!(taken[3].text("utc_timestamp"), Some(made.plus_seconds(120).0.to_string()), "it says when it is sent");
    assert_eq!((newer.text("biz_content"), newer.text("encrypt_type")), (Some(content.to_string()), None));
    let methods: Vec<_> = shop.sandbox.journal().after(0, 2, |_| true).exchanges.iter().map(|exchange| exchange.method.clone()).collect();
    assert_eq!(methods, ["notify.open_app_auth_notify", "open.auth.appauth.cancelled"]);
}

#[test]
fn a_message_is_encrypted_for_an_application_that_has_a_content_key_and_signed_as_it_is_sent() {
    let merchant = Merchant::that(Box::new(|_| Some((200, b"success".to_vec()))));
    let shop = Shop::new(7, Era::UserId);
    reached_at(&shop, &merchant);
    let keys = shop.platform.engine.keys();
    let ask = Securing { encryption: Some(true), ..Securing::default() };
    shop.sandbox.run(|call| shop.platform.secure(call, keys, &shop.app, &ask)).unwrap().settled_blocking().unwrap().unwrap();
    let content = json!({"cancel_time": 1});
    shop.sandbox.run(|call| message::tell(call, &shop.app, "open.auth.userauth.cancelled", &content)).unwrap().settled_blocking().unwrap();
    assert_eq!(settle(&shop), 1);
    let told = &merchant.taken()[0];
    let app = shop.look(|world, _| world.apps().get(&shop.app).cloned().unwrap());
    let key = crate::security::content_key(&app, keys).unwrap();
    assert_eq!(told.text("encrypt_type").as_deref(), Some("AES"));
    assert_eq!(key.decrypt(told.text("biz_content").unwrap().as_bytes()).unwrap(), content.to_string().as_bytes());
    assert!(verifies_elsewhere(told, shop.platform_key().verifying(), &["sign", "sign_type"]));
}

#[test]
fn a_forged_notice_says_the_same_and_never_verifies() {
    let merchant = Merchant::that(Box::new(|_| Some((200, b"fail".to_vec()))));
    let shop = Shop::new(7, Era::UserId);
    let url = format!("http://{}/notify", merchant.address);
    let own = vec![("trade_no".to_owned(), "1".to_owned())];
    let id = shop.sandbox.run(|call| trade_status::tell(call, &shop.app, url, own)).unwrap().settled_blocking().unwrap();
    let notice = shop.look(|world, _| world.notices().get(&id).cloned().unwrap());
    let sealed = |twist| {
        let sealed = shop.platform.seal_notice(&shop.sandbox, &notice, Sealing { at: shop.now(), twist, edits: &[] }).unwrap();
        wire::alipay::Notice::read(&sealed.request.body, &wire::alipay::Limits::default()).unwrap()
    };
    let key = shop.platform_key();
    let honest = sealed(None);
    assert!(honest.verifies(key.verifying(), NoticeRule::V1));
    let edits = [("notify_time".to_owned(), Some("2020-01-01 00:00:00".to_owned()))];
    let how = Sealing { at: shop.now(), twist: None, edits: &edits };
    let sealed_late = shop.platform.seal_notice(&shop.sandbox, &notice.clone().edited(&edits), how).unwrap();
    let late = wire::alipay::Notice::read(&sealed_late.request.body, &wire::alipay::Limits::default()).unwrap();
    assert_eq!(late.text("notify_time").as_deref(), Some("2020-01-01 00:00:00"), "a time that somebody wanted is written over");
    for forgery in [Twist::WrongKey, Twist::FlippedByte, Twist::NoSignature] {
        let forged = sealed(Some(forgery));
        assert!(!forged.verifies(key.verifying(), NoticeRule::V1), "{forgery:?}");
        assert_eq!(forged.text("trade_no"), honest.text("trade_no"));
        assert_eq!(forged.text("sign").is_none(), forgery == Twist::NoSignature);
    }
}

#[test]
fn the_check_of_a_gateway_is_signed_with_sign_type_in_the_string_and_told_in_gbk() {
    let merchant = Merchant::that(Box::new(|_| Some((200, b"success".to_vec()))));
    let shop = Shop::new(7, Era::UserId);
    assert!(shop.platform.gateway_check(&shop.sandbox, &shop.app).is_err(), "there is no gateway");
    reached_at(&shop, &merchant);
    let check = shop.platform.gateway_check(&shop.sandbox, &shop.app).unwrap();
    let probed = wait(shop.platform.engine.probe(&shop.sandbox, check));
    assert!(probed.problems[0].contains("no <response>"), "{probed:?}");
    let told = &merchant.taken()[0];
    assert!(verifies_elsewhere(told, shop.platform_key().verifying(), &["sign"]));
    let named = |name: &str| told.text(name).unwrap();
    assert_eq!((named("service"), named("charset")), ("alipay.service.check".to_owned(), "GBK".to_owned()));
    assert!(named("biz_content").contains("<EventType><![CDATA[verifygw]]></EventType>"));
    let exchange = shop.sandbox.journal().get(probed.exchange).unwrap();
    assert_eq!((exchange.method.as_str(), exchange.flags.len()), ("alipay.service.check", 1));
}

#[test]
fn a_message_of_a_tester_s_own_is_signed_by_either_rule_or_not_at_all() {
    let merchant = Merchant::that(Box::new(|_| Some((200, b"success".to_vec()))));
    let shop = Shop::new(7, Era::UserId);
    let url = format!("http://{}/x", merchant.address);
    let form = || vec![("total_amount".to_owned(), "0.01".to_owned()), ("subject".to_owned(), "茶 & 50%".to_owned())];
    let messages = [
        Message::Form(form(), Signing::V1),
        Message::Form(form(), Signing::V2),
        Message::Form(form(), Signing::Unsigned),
        Message::Raw("a=1".to_owned(), "text/plain".to_owned()),
    ];
    for message in &messages {
        let probe = shop.platform.message(&shop.sandbox, &shop.app, &url, message).unwrap();
        let probed = wait(shop.platform.engine.probe(&shop.sandbox, probe));
        assert_eq!((probed.problems, probed.status), (Vec::new(), Some(200)), "{message:?}");
    }
    let (told, key) = (merchant.taken(), shop.platform_key());
    assert!(verifies_elsewhere(&told[0], key.verifying(), &["sign", "sign_type"]));
    assert!(verifies_elsewhere(&told[1], key.verifying(), &["sign"]));
    assert!(told[2].text("sign").is_none() && told[2].text("subject").as_deref() == Some("茶 & 50%"));
    assert_eq!(told[3].text("a").as_deref(), Some("1"));
    assert!(shop.platform.message(&shop.sandbox, &"1".into(), &url, &messages[0]).is_err());
}
