//! Money at a till never moves twice because of what a cashier sees: lost and late answers, refusals, used numbers, foreign calls.

use engine::journal::SignatureVerdict;
use std::sync::mpsc::channel;

use crate::call::Answer;
use crate::html::is_harmless;
use crate::pages::{page, push, push_form};
use crate::platform::gateway::{Trick, is_armed, strike};
use crate::shop::Shop;
use crate::till::{again, field, pay_code, query, scans, shows, till, wallet};

/// A paid order of 35.00 under this number; its page's address.
async fn paid(shop: &Shop, number: &str) -> String {
    let trade = scans(shop, &format!("due=35.00&no={number}"), &pay_code(shop).await).await;
    shows(shop, &trade, &["已付款"]).await;
    trade
}

async fn refund(shop: &Shop, trade: &str, amount: &str, request: &str) -> Answer {
    push_form(&shop.asked, &format!("{trade}/refund"), &format!("amount={amount}&request={request}")).await
}

/// Nothing can be given back but the refund that is not known.
#[track_caller]
fn offers_only(page: &str, request: &str) {
    assert_eq!(page.matches("name=\"request\"").count(), 1, "{page}");
    assert_eq!(field(page, "request"), request);
    assert!(!page.contains("id=\"amount\""), "a second refund is offered: {page}");
}

#[tokio::test]
async fn a_refund_without_answer_keeps_its_number_whatever_is_called_after_it() {
    let shop = Shop::open().await;
    let trade = paid(&shop, "KEEPS").await;
    strike("KEEPS", Trick::Lost);
    refund(&shop, &trade, "5", "R1").await.expect(303);
    offers_only(&shows(&shop, &trade, &["退款结果未知"]).await.text, "R1");
    // a query never says what became of a refund
    push(&shop.asked, &format!("{trade}/query")).await.expect(303);
    offers_only(&shows(&shop, &trade, &["退款结果未知"]).await.text, "R1");
    // nor does a repeat that the method never saw
    strike("KEEPS", Trick::TurnedAway);
    refund(&shop, &trade, "5.00", "R1").await.expect(303);
    offers_only(&shows(&shop, &trade, &["退款结果未知", "isv.app-call-limited"]).await.text, "R1");
    // a form that was shown before
    let other = refund(&shop, &trade, "5", "R2").await.expect(409);
    offers_only(&other.text, "R1");
    refund(&shop, &trade, "6", "R1").await.expect(409);
    assert_eq!(wallet(&shop), 97_000);
    refund(&shop, &trade, "5.00", "R1").await.expect(303);
    let told = shows(&shop, &trade, &["没有再退一次", "累计退款 ¥5.00"]).await;
    assert_ne!(field(&told.text, "request"), "R1", "the next one is another");
    assert_eq!(wallet(&shop), 97_000);
}

#[tokio::test]
async fn a_refund_that_is_still_under_way_keeps_its_number() {
    let shop = Shop::open().await;
    let trade = paid(&shop, "SLOW").await;
    let (go, held) = channel();
    strike("SLOW", Trick::Held(held));
    let sent = tokio::spawn({
        let (asked, trade) = (shop.asked.clone(), trade.clone());
        async move { push_form(&asked, &format!("{trade}/refund"), "amount=5&request=R1").await }
    });
    while is_armed("SLOW") {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    offers_only(&shows(&shop, &trade, &["退款结果未知"]).await.text, "R1");
    push(&shop.asked, &format!("{trade}/query")).await.expect(303);
    offers_only(&shows(&shop, &trade, &["退款结果未知"]).await.text, "R1");
    drop(go);
    sent.await.unwrap().expect(303);
    assert_ne!(field(&shows(&shop, &trade, &["已付款"]).await.text, "request"), "R1");
    assert_eq!(wallet(&shop), 97_000);
}

#[tokio::test]
async fn a_used_number_is_said_to_be_used_and_charges_nobody_again() {
    let shop = Shop::open().await;
    let trade = paid(&shop, "USED").await;
    let calls = || shop.sandbox.journal().after(0, 100, |_| true).exchanges.len();
    let before = calls();
    let sale = shows(&shop, &format!("{}?due=12.00&no=USED", till(&shop)), &["USED", "这个订单号已经用过"]).await.text;
    assert!(sale.contains(&trade) && !sale.contains("/order\""), "{sale}");
    let fields = format!("scan={}&due=12.00&no=USED", pay_code(&shop).await);
    let told = push_form(&shop.asked, &format!("{}/scan", till(&shop)), &fields).await.expect(409);
    assert!(is_harmless(&told.text, "the sale").contains("没有扣款"), "{}", told.text);
    push_form(&shop.asked, &format!("{}/order", till(&shop)), "due=12.00&no=USED").await.expect(409);
    assert_eq!((calls(), wallet(&shop)), (before, 96_500), "nobody was asked, nobody paid");
    // a till that knows nothing of it
    let other = format!("/till/{}/2", shop.app);
    let sent = push_form(&shop.asked, &format!("{other}/scan"), &fields.replace("12.00", "35.00")).await.expect(303);
    let trade = sent.header("location").to_owned();
    let told = shows(&shop, &trade, &["之前已经付过", "没有扣款"]).await;
    assert!(again(&told).is_none());
    push(&shop.asked, &format!("{trade}/query")).await.expect(303);
    shows(&shop, &trade, &["之前已经付过", "没有扣款"]).await;
    assert_eq!(wallet(&shop), 96_500);
}

#[tokio::test]
async fn a_refusal_never_hides_an_order_that_waits() {
    let shop = Shop::open().await;
    let trade = scans(&shop, "due=300.00&no=WAITS", &pay_code(&shop).await).await;
    let waiting = shows(&shop, &trade, &["等待顾客确认"]).await;
    strike("WAITS", Trick::TurnedAway);
    let polled = shows(&shop, again(&waiting).unwrap(), &["等待顾客确认", "isv.app-call-limited"]).await;
    assert!(again(&polled).is_some(), "one poll that was turned away does not end the waiting");
    assert!(polled.text.contains("/cancel\"") && !polled.text.contains("以新订单"), "{}", polled.text);
    // gone back: neither another code nor a code to scan is made of a number that waits
    push_form(&shop.asked, &format!("{}/order", till(&shop)), "due=300.00&no=WAITS").await.expect(409);
    let list = page(&shop.asked, &till(&shop)).await.expect(200).text;
    assert!(list.contains("等待顾客确认"), "{list}");
    // refused with nothing before it: nothing came of it, and the same number may be charged
    strike("AWAY", Trick::TurnedAway);
    let away = scans(&shop, "due=35.00&no=AWAY", &pay_code(&shop).await).await;
    shows(&shop, &away, &["未收款", "换一个付款码再收"]).await;
    assert_eq!(query(&scans(&shop, "due=35.00&no=AWAY", "M-0001").await).matches("AWAY").count(), 1);
}

#[tokio::test]
async fn a_call_that_only_says_it_is_the_tills_is_not() {
    let shop = Shop::open().await;
    let trade = paid(&shop, "MINE").await;
    let own = shop.sandbox.journal().after(0, 100, |exchange| exchange.method == "alipay.trade.pay").exchanges[0].clone();
    for signature in [SignatureVerdict::Valid, SignatureVerdict::NotChecked, SignatureVerdict::Invalid(None)] {
        shop.exchange(|exchange| {
            let id = exchange.id;
            *exchange = (*own).clone();
            exchange.id = id;
            exchange.signature = signature;
            exchange.answer.body = r#"{"code":"40004","sub_code":"ACQ.X","sub_msg":"foreign"}"#.into();
        });
    }
    let shown = shows(&shop, &trade, &["已付款"]).await.text;
    assert!(!shown.contains("foreign"), "{shown}");
    let journal = page(&shop.asked, &format!("{}/journal", till(&shop))).await.expect(200).text;
    assert_eq!(journal.matches("/console/journal/").count(), 1, "{journal}");
}

#[tokio::test]
async fn an_order_that_was_given_back_whole_offers_no_refund() {
    let shop = Shop::open().await;
    let trade = paid(&shop, "WHOLE").await;
    refund(&shop, &trade, "35", "R1").await.expect(303);
    let told = shows(&shop, &trade, &["累计退款 ¥35.00"]).await.text;
    assert!(!told.contains("name=\"request\""), "{told}");
}

#[tokio::test]
async fn a_form_that_is_too_long_is_too_long_and_no_trouble_of_the_store() {
    let shop = Shop::open().await;
    let scan = format!("{}/scan", till(&shop));
    push_form(&shop.asked, &scan, &format!("scan={}", "9".repeat(17 << 10))).await.expect(413);
    push_form(&shop.asked, &scan, &"a=1&".repeat(3 << 10)).await.expect(400);
}
