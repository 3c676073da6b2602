//! The journal and the events: complete, redacted, waited for.

use engine::journal::SignatureVerdict;
use serde_json::json;
use std::time::{Duration, Instant};

use crate::shop::Shop;

#[tokio::test]
async fn exchanges_are_listed_by_method_and_in_parts() {
    let shop = Shop::open().await;
    for number in 0..5 {
        shop.exchange(|exchange| {
            if number % 2 == 1 {
                exchange.method = "alipay.marketing.card.query".to_owned();
            }
        });
    }
    let page = shop.asked.get("/journal?limit=2").await.expect(200).json();
    assert_eq!((page["exchanges"].as_array().unwrap().len(), &page["next"], &page["dropped"]), (2, &2.into(), &0.into()));
    let queries = shop.asked.get("/journal?method=card.query").await.expect(200).json();
    let ids: Vec<_> = queries["exchanges"].as_array().unwrap().iter().map(|exchange| exchange["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [2, 4]);
    assert_eq!(shop.asked.get("/journal?after=5").await.json()["exchanges"], json!([]));
    shop.asked.get("/journal?wait_ms=30001").await.refused(400, "bad_wait");
    shop.asked.get("/journal/6").await.refused(404, "unknown_exchange");
    shop.asked.get("/journal/x").await.refused(404, "unknown_exchange");
}

#[tokio::test]
async fn a_reader_that_waits_is_told_at_once_and_one_in_vain_in_time() {
    let shop = Shop::open().await;
    let asked = shop.asked.clone();
    let start = Instant::now();
    let waiting = tokio::spawn(async move { asked.get("/journal?wait_ms=30000").await });
    tokio::task::yield_now().await;
    shop.exchange(|_| {});
    assert_eq!(waiting.await.unwrap().expect(200).json()["exchanges"][0]["id"], 1);
    let in_vain = shop.asked.get("/journal?after=1&wait_ms=50").await.expect(200).json();
    assert_eq!(in_vain["exchanges"], json!([]));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn secrets_and_people_are_marked_wherever_they_stand_unless_revealed() {
    let shop = Shop::open().await;
    let built = json!({"built": "app_id=1&auth_token=composeB0123456789abcdef&name=李雷"});
    let id = shop.exchange(|exchange| exchange.signature = SignatureVerdict::Invalid(Some(built)));
    let hidden = shop.asked.get(&format!("/journal/{id}")).await.expect(200);
    for secret in ["composeB0123456789abcdef", "13800138000", "李雷", "session=secret", "body_base64"] {
        assert!(!hidden.text.contains(secret), "{secret} shows in {}", hidden.text);
    }
    let sheet = hidden.json();
    assert_eq!((&sheet["signature"], &sheet["request"]["line"]), (&"invalid".into(), &"POST /gateway.do".into()));
    assert!(sheet["view"]["request"]["biz_content"].as_str().unwrap().contains("\"point\":\"135\""));
    let revealed = shop.asked.get(&format!("/journal/{id}?reveal=1")).await.expect(200);
    for secret in ["composeB0123456789abcdef", "13800138000", "李雷", "session=secret", "body_base64"] {
        assert!(revealed.text.contains(secret), "{secret} is missing in {}", revealed.text);
    }
}

#[tokio::test]
async fn calls_that_belong_to_no_sandbox_are_kept_apart() {
    let shop = Shop::open().await;
    let id = shop.exchange(|_| {});
    let mut stray = (*shop.sandbox.journal().get(id).unwrap()).clone();
    let journal = shop.asked.house.engine().stray();
    (stray.id, stray.trace) = journal.open();
    stray.app = Some("nobody".to_owned());
    journal.keep(stray);
    assert_eq!(shop.asked.get("/journal?stray=1").await.expect(200).json()["exchanges"][0]["app_id"], "nobody");
    assert_eq!(shop.asked.get("/journal/1?stray=1").await.expect(200).json()["app_id"], "nobody");
    assert_eq!(shop.asked.get("/journal").await.json()["exchanges"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn events_tell_what_happened_without_telling_on_anybody() {
    let shop = Shop::open().await;
    shop.asked
        .post(
            &format!("/customers/{}/activate", shop.user),
            &json!({"link": format!("kabao:{}", crate::shop::TEMPLATE), "form": {"OPEN_FORM_FIELD_MOBILE": "13800138000"}}).to_string(),
        )
        .await
        .expect(200);
    let page = shop.asked.get("/events?limit=2").await.expect(200).json();
    assert_eq!(
        (&page["events"][0]["kind"], &page["events"][0]["sequence"], &page["next"]),
        (&"sandbox_opened".into(), &1.into(), &2.into())
    );
    let rest = shop.asked.get("/events?after=2").await.expect(200);
    assert!(rest.text.contains("card_opened") && rest.text.contains("form_submitted"));
    assert!(!rest.text.contains("13800138000") && !rest.text.contains("李雷"), "{}", rest.text);
    assert!(shop.asked.get("/events?reveal=1").await.text.contains("13800138000"));
}

#[tokio::test]
async fn remarks_headers_and_numbers_do_not_tell_on_anybody_either() {
    let shop = Shop::open().await;
    let id = shop.exchange(|exchange| {
        exchange.request.body = json!({"auth_code": "composeC0123456789", "cell": 13_900_139_000_u64}).to_string().into();
        exchange.flags[0].text = "expected a text, came 13900139000".to_owned();
        exchange.request.headers.push(("Referer".to_owned(), "http://h/form?mobile=13700137000".to_owned()));
        exchange.answer.headers.push(("location".to_owned(), "http://h/back?auth_code=composeC9876543210&state=s%20x".to_owned()));
        exchange.answer.headers.push(("x-remark".to_owned(), "see composeC0123456789".to_owned()));
    });
    let secrets = ["13900139000", "13700137000", "composeC9876543210", "composeC0123456789"];
    let page =
        shop.asked.send(crate::call::Asked::request("GET", &format!("/console/journal/{id}")).body(axum::body::Body::empty()).unwrap());
    let shown = [shop.asked.get(&format!("/journal/{id}")).await, shop.asked.get("/journal").await, page.await];
    for answer in shown {
        let text = answer.expect(200).text;
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} shows in {text}");
        }
        assert!(text.contains("expected a text, came"), "{text}");
    }
    let revealed = shop.asked.get(&format!("/journal/{id}?reveal=1")).await.json();
    assert_eq!(revealed["answer"]["headers"][0][1], "http://h/back?auth_code=composeC9876543210&state=s%20x");
}

#[tokio::test]
async fn a_call_full_of_private_values_is_not_shown_and_costs_nobody_minutes() {
    let shop = Shop::open().await;
    let people: Vec<_> = (0..12_000).map(|number| json!({"name": format!("customer {number}")})).collect();
    let id = shop.exchange(|exchange| {
        exchange.request.body = json!({"biz_content": json!({"people": people}).to_string()}).to_string().into();
        exchange.flags[0].text = "came customer 77".to_owned();
    });
    let begun = Instant::now();
    let hidden = shop.asked.get(&format!("/journal/{id}")).await.expect(200).text;
    assert!(hidden.contains("too large to show redacted") && !hidden.contains("customer 77") && !hidden.contains("session"), "{hidden}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(shop.asked.get(&format!("/journal/{id}?reveal=1")).await.expect(200).text.contains("customer 77"));
}
