//! The phone at the till: showing a payment code, paying and refusing, and what merchants had the customer told.

use axum::body::Body;
use engine::world::Figure;
use engine::world::card::{CardRestated, Statement};
use engine::world::names::UserId;

use crate::call::Asked;
use crate::pages::{page, push};
use crate::shop::{CARD, Shop};

/// The digits that a page shows.
pub(crate) fn digits(page: &str) -> Option<&str> {
    page.split("<p class=\"digits\">").nth(1)?.split('<').next()
}

#[tokio::test]
async fn a_card_leads_to_a_payment_code_and_looking_makes_none() {
    let shop = Shop::open().await;
    let pay = format!("/phone/{}/pay", shop.user);
    let card = page(&shop.asked, &format!("/phone/{}/card/{CARD}", shop.user)).await.expect(200).text;
    assert!(card.contains("去付款") && card.contains(&format!("action=\"{pay}\"")), "{card}");
    let none = page(&shop.asked, &pay).await.expect(200).text;
    assert!(digits(&none).is_none() && none.contains("付款码已失效"), "{none}");
    assert_eq!(push(&shop.asked, &pay).await.expect(303).header("location"), pay);
    let shown = page(&shop.asked, &pay).await.expect(200).text;
    let code = digits(&shown).unwrap().to_owned();
    let known = shop.sandbox.look(|world, now| world.pay_code_of(&UserId::from(&shop.user), now).map(|shown| shown.code.to_string()));
    assert_eq!(known.as_deref(), Some(code.as_str()));
    assert_eq!(shown.matches("<svg").count(), 2, "a bar code and a QR code");
    assert!(shown.contains("¥1000.00"), "{shown}");
    push(&shop.asked, &pay).await.expect(303);
    assert_ne!(digits(&page(&shop.asked, &pay).await.text), Some(code.as_str()), "a new code each time");
    push(&shop.asked, "/phone/2088000000000000/pay").await.expect(409);
}

#[tokio::test]
async fn a_trade_that_waits_is_refused_and_then_paid_by_the_phone_it_is_of_only() {
    let shop = Shop::open().await;
    let confirm = format!("/phone/{}/confirm/T1", shop.user);
    let listed = page(&shop.asked, &format!("/phone/{}/pay", shop.user)).await.text;
    assert!(listed.contains(&confirm) && listed.contains("待确认"), "{listed}");
    let sheet = page(&shop.asked, &confirm).await.expect(200).text;
    assert!(sheet.contains("¥300.00") && sheet.contains("确认付款") && sheet.contains("拒绝"), "{sheet}");
    assert_eq!(push(&shop.asked, &format!("{confirm}?decide=refuse")).await.expect(303).header("location"), confirm);
    assert!(page(&shop.asked, &confirm).await.text.contains("已拒绝，仍可付款"));
    let other = shop.asked.post("/customers", "{}").await.json()["user_id"].as_str().unwrap().to_owned();
    page(&shop.asked, &format!("/phone/{other}/confirm/T1")).await.expect(404);
    push(&shop.asked, &format!("/phone/{other}/confirm/T1?decide=pay")).await.expect(409);
    let stranger = Asked::request("POST", &format!("{confirm}?decide=pay")).header("sec-fetch-site", "cross-site");
    shop.asked.send(stranger.body(Body::empty()).unwrap()).await.expect(403);
    assert_eq!(shop.sandbox.look(|world, _| world.wallet(&UserId::from(&shop.user))), 100_000);
    push(&shop.asked, &format!("{confirm}?decide=pay")).await.expect(303);
    let paid = page(&shop.asked, &confirm).await.text;
    assert!(paid.contains("付款成功") && !paid.contains("确认付款"), "{paid}");
    assert_eq!(shop.sandbox.look(|world, _| world.wallet(&UserId::from(&shop.user))), 70_000);
}

#[tokio::test]
async fn the_inbox_has_what_merchants_said_about_cards() {
    let shop = Shop::open().await;
    let wallet = page(&shop.asked, &format!("/phone/{}", shop.user)).await.text;
    assert!(wallet.contains("/inbox") && wallet.contains("/pay"));
    let inbox = page(&shop.asked, &format!("/phone/{}/inbox", shop.user)).await.expect(200).text;
    assert!(inbox.contains("M-0001") && inbox.contains("2026-12-31") && inbox.contains(CARD), "{inbox}");
    let console = page(&shop.asked, &format!("/console/cards/{CARD}")).await.text;
    assert!(console.contains("POINT_EXPIRE M-0001"), "{console}");
    assert!(page(&shop.asked, "/console/templates").await.text.contains("外部权益"));
}

#[tokio::test]
async fn the_inbox_tells_of_points_that_a_merchant_added_or_took() {
    let shop = Shop::open().await;
    for changed in ["100", "-1.5"] {
        let told = Some(Figure::parse(changed).unwrap());
        let ran = shop.sandbox.run(|call| {
            let stated = Statement::default();
            call.record(CardRestated { card: CARD.into(), moved_to: None, occurred: call.now(), stated, told });
        });
        ran.unwrap().settled().await.unwrap();
    }
    let inbox = page(&shop.asked, &format!("/phone/{}/inbox", shop.user)).await.expect(200).text;
    for changed in ["+100", "-1.5"] {
        assert!(inbox.contains(&format!("您的积分有变动：<bdi lang=\"zh-CN\">{changed}</bdi>")), "{inbox}");
    }
    let console = page(&shop.asked, &format!("/console/cards/{CARD}")).await.text;
    assert!(console.contains("POINT_CHANGE") && console.contains("+100") && console.contains("-1.5"), "{console}");
}
