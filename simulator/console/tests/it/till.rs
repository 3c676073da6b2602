//! A till over the router, without script: a whole visit, everything a cashier gets wrong, and nothing charged twice.

use axum::body::Body;
use axum::http::header;
use engine::world::names::UserId;

use crate::call::{Answer, Asked};
use crate::html::is_harmless;
use crate::pages::{page, push, push_form};
use crate::phone::digits;
use crate::shop::Shop;

pub(crate) fn till(shop: &Shop) -> String {
    format!("/till/{}/1", shop.app)
}

pub(crate) fn wallet(shop: &Shop) -> i64 {
    shop.sandbox.look(|world, _| world.wallet(&UserId::from(&shop.user)))
}

/// The payment code on the customer's phone.
pub(crate) async fn pay_code(shop: &Shop) -> String {
    let pay = format!("/phone/{}/pay", shop.user);
    push(&shop.asked, &pay).await.expect(303);
    digits(&page(&shop.asked, &pay).await.expect(200).text).unwrap().to_owned()
}

/// What a scanner reads, in a sale that has come this far; where the browser is sent.
pub(crate) async fn scans(shop: &Shop, sale: &str, code: &str) -> String {
    let fields = format!("scan={code}{}", if sale.is_empty() { String::new() } else { format!("&{sale}") });
    push_form(&shop.asked, &format!("{}/scan", till(shop)), &fields).await.expect(303).header("location").to_owned()
}

pub(crate) fn query(address: &str) -> &str {
    address.split_once('?').map_or("", |(_, query)| query)
}

pub(crate) async fn shows(shop: &Shop, address: &str, words: &[&str]) -> Answer {
    let shown = page(&shop.asked, address).await.expect(200);
    let text = is_harmless(&shown.text, address);
    for words in words {
        assert!(text.contains(words), "`{words}` is not at {address}:\n{text}");
    }
    shown
}

/// The address that a waiting page loads by itself.
pub(crate) fn again(shown: &Answer) -> Option<&str> {
    shown.header("refresh").strip_prefix("3; url=")
}

pub(crate) fn field<'p>(page: &'p str, name: &str) -> &'p str {
    let input = page.split(&format!("name=\"{name}\"")).nth(1).unwrap_or_else(|| panic!("no {name} in {page}"));
    input.split("value=\"").nth(1).unwrap().split('"').next().unwrap()
}

#[tokio::test]
async fn a_visit_from_the_members_code_to_a_refund_in_parts() {
    let shop = Shop::open().await;
    shows(&shop, &till(&shop), &["星月咖啡", "未识别", "请输入应收金额"]).await;
    let sale = scans(&shop, "", "M-0001").await;
    shows(&shop, &sale, &["M-0001", "VIP1", "135", "在顾客卡包中"]).await;
    let sale = scans(&shop, query(&sale), "35.00").await;
    shows(&shop, &sale, &["¥35.00", "M-0001", "现在扫顾客的付款码即收款"]).await;
    let trade = scans(&shop, query(&sale), &pay_code(&shop).await).await;
    let paid = shows(&shop, &trade, &["已付款", "¥35.00", "138******00"]).await;
    assert!(again(&paid).is_none(), "nothing is waited for");
    assert_eq!(wallet(&shop), 96_500);

    // a part, the same form twice, then what is left
    let (request, left) = (field(&paid.text, "request").to_owned(), field(&paid.text, "amount").to_owned());
    assert_eq!(left, "35.00");
    for words in ["已退款", "没有再退一次"] {
        let refunded = push_form(&shop.asked, &format!("{trade}/refund"), &format!("amount=5&request={request}")).await.expect(303);
        shows(&shop, refunded.header("location"), &[words, "累计退款 ¥5.00"]).await;
        assert_eq!(wallet(&shop), 97_000);
    }
    // two refunds of one trade keep three seconds apart
    shop.asked.post("/clock/advance", r#"{"by":"10s"}"#).await.expect(200);
    let next = page(&shop.asked, &trade).await.text;
    assert_eq!(field(&next, "amount"), "30.00");
    assert_ne!(field(&next, "request"), request);
    push_form(&shop.asked, &format!("{trade}/refund"), &format!("amount=30&request={}", field(&next, "request"))).await.expect(303);
    shows(&shop, &trade, &["已退款", "累计退款 ¥35.00"]).await;
    assert_eq!(wallet(&shop), 100_000);
    // the till's own calls, and no others
    let journal = page(&shop.asked, &format!("{}/journal", till(&shop))).await.expect(200).text;
    assert_eq!(journal.matches("/console/journal/").count(), 5, "{journal}");
    assert!(page(&shop.asked, &format!("/till/{}/2/journal", shop.app)).await.text.contains("还没有调用过平台"));
    shows(&shop, &till(&shop), &["已退款", "35.00"]).await;
}

#[tokio::test]
async fn a_double_press_of_the_charge_charges_once() {
    let shop = Shop::open().await;
    let sale = scans(&shop, "", "35").await;
    let code = pay_code(&shop).await;
    let trade = scans(&shop, query(&sale), &code).await;
    assert_eq!(scans(&shop, query(&sale), &code).await, trade, "the same order");
    shows(&shop, &trade, &["已付款"]).await;
    assert_eq!(wallet(&shop), 96_500);
    // the next sale has a number of its own, also at the same moment
    assert_ne!(query(&scans(&shop, "", "35").await), query(&sale));
}

#[tokio::test]
async fn a_waiting_till_asks_by_itself_until_the_phone_confirms() {
    let shop = Shop::open().await;
    let sale = scans(&shop, "", "300").await;
    let trade = scans(&shop, query(&sale), &pay_code(&shop).await).await;
    let waiting = shows(&shop, &trade, &["等待顾客确认", "手机屏幕不是凭证", "¥300.00"]).await;
    let asks = again(&waiting).unwrap().to_owned();
    assert_eq!(asks, format!("{trade}/poll?n=1"));
    let polled = shows(&shop, &asks, &["等待顾客确认", "第 1 次查询，共 20 次"]).await;
    assert_eq!(again(&polled).unwrap(), format!("{trade}/poll?n=2"));
    let last = shows(&shop, &format!("{trade}/poll?n=20"), &["已等 60 秒", "撤销"]).await;
    assert!(again(&last).is_none(), "then it is the cashier's affair");
    let number = trade.rsplit('/').next().unwrap().to_owned();
    let merchant = shop.sandbox.look(|world, _| world.apps().iter().next().unwrap().merchant.clone());
    let at_platform = shop.sandbox.look(|world, _| world.trade_by_order(&merchant, &number).unwrap().number.to_string());
    push(&shop.asked, &format!("/phone/{}/confirm/{at_platform}?decide=pay", shop.user)).await.expect(303);
    shows(&shop, &asks, &["已付款"]).await;
    assert_eq!(wallet(&shop), 70_000);
}

#[tokio::test]
async fn a_cashier_who_gives_up_is_told_loudly_and_charges_under_a_new_number() {
    let shop = Shop::open().await;
    let sale = scans(&shop, "", "300").await;
    let trade = scans(&shop, query(&sale), &pay_code(&shop).await).await;
    push(&shop.asked, &format!("{trade}/cancel")).await.expect(303);
    let cancelled = shows(&shop, &trade, &["已撤销，请勿放行", "顾客若显示已付，退款将自动到账", "没有扣款，交易已关闭", "立即查询"]).await;
    assert!(cancelled.text.contains("role=\"alert\"") && again(&cancelled).is_none());
    push(&shop.asked, &format!("{trade}/query")).await.expect(303);
    shows(&shop, &trade, &["交易已关闭"]).await;
    // on: another number is chosen, for the address itself
    let fresh = page(&shop.asked, &format!("{}?due=300.00", till(&shop))).await.expect(303);
    assert!(fresh.header("location").contains("no=T") && !query(&sale).is_empty());
    assert_ne!(query(fresh.header("location")), query(&sale));
    assert_eq!(wallet(&shop), 100_000);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_next_query_finds_the_payment() {
    let shop = Shop::open().await;
    let trade = scans(&shop, "due=35.00&no=LOST1", &pay_code(&shop).await).await;
    let unknown = shows(&shop, &trade, &["结果未知", "不要当作失败", "no answer came", "¥35.00"]).await;
    assert!(again(&unknown).is_some() && !unknown.text.contains("name=\"request\""), "nothing is given back of what is not known");
    push(&shop.asked, &format!("{trade}/cancel")).await.expect(303);
    shows(&shop, &trade, &["撤销结果未知，请再撤销一次"]).await;
    // what is sent again is the same refund
    push_form(&shop.asked, &format!("{trade}/refund"), "amount=5&request=R1").await.expect(303);
    let lost = shows(&shop, &trade, &["退款结果未知", "用原退款号再退 ¥5.00"]).await.text;
    assert_eq!((field(&lost, "request"), field(&lost, "amount")), ("R1", "5.00"));
}

#[tokio::test]
async fn a_code_to_be_scanned_waits_for_the_customer() {
    let shop = Shop::open().await;
    let sale = scans(&shop, "", "35").await;
    let order = push_form(&shop.asked, &format!("{}/order", till(&shop)), query(&sale)).await.expect(303);
    let trade = order.header("location").to_owned();
    let waiting = shows(&shop, &trade, &["等待顾客扫码", "https://qr.example/"]).await;
    assert_eq!(waiting.text.matches("<svg").count(), 1);
    let polled = shows(&shop, again(&waiting).unwrap(), &["等待顾客扫码"]).await;
    assert_eq!(polled.text.matches("<svg").count(), 1, "the code stays while it is waited for");
    push_form(&shop.asked, &format!("{}/order", till(&shop)), "").await.expect(400);
    push(&shop.asked, &format!("{trade}/cancel")).await.expect(303);
    shows(&shop, &trade, &["已撤销，请勿放行", "平台上没有这笔交易"]).await;
}

#[tokio::test]
async fn what_a_cashier_gets_wrong_is_said_and_charges_nothing() {
    let shop = Shop::open().await;
    let (scan, code) = (format!("{}/scan", till(&shop)), pay_code(&shop).await);
    let member = query(&scans(&shop, "", "M-0001").await).to_owned();
    for (fields, words) in [
        ("scan=".to_owned(), "什么也没有扫到"),
        (format!("scan={}", "9".repeat(65)), "太长了"),
        (format!("scan={code}"), "请先输入金额"),
        (format!("scan=M-0001&due=35.00&no=T1&{member}"), "这不是付款码"),
        ("scan=134567890123456789&due=35.00&no=T1".to_owned(), "微信的付款码"),
        ("scan=35.001".to_owned(), "最多两位小数"),
        ("scan=0".to_owned(), "金额要大于 0"),
        ("scan=1.2.3".to_owned(), "“1.2.3”不是金额"),
        ("scan=100000000.01".to_owned(), "一笔最多"),
    ] {
        let wrong = push_form(&shop.asked, &scan, &fields).await.expect(400);
        assert!(is_harmless(&wrong.text, &fields).contains(words), "{fields}: {}", wrong.text);
        assert!(wrong.text.contains("role=\"alert\""), "{fields}");
    }
    // what looks like something else can be looked up all the same
    assert!(push_form(&shop.asked, &scan, &format!("scan={code}")).await.text.contains(&format!("按会员码查询“{code}”")));
    let unknown = scans(&shop, "as=member", "35").await;
    shows(&shop, &unknown, &["查不到这个会员"]).await;
    assert_eq!(wallet(&shop), 100_000);
    // a refusal of the platform's: the same number, a new code
    let refused = scans(&shop, "due=35.00&no=A1", "280000000000000099").await;
    shows(&shop, &refused, &["未收款", "换一个付款码再收"]).await;
    for (fields, words) in [("amount=x&request=R1", "“x”不是金额"), ("amount=5&request=%3c", "订单号只能有")] {
        let wrong = push_form(&shop.asked, &format!("{refused}/refund"), fields).await.expect(400);
        assert!(is_harmless(&wrong.text, fields).contains(words), "{}", wrong.text);
    }
}

#[tokio::test]
async fn tills_are_found_by_merchant_application_and_any_plain_name() {
    let shop = Shop::open().await;
    let merchant = shop.sandbox.look(|world, _| world.apps().iter().next().unwrap().merchant.to_string());
    assert!(shows(&shop, "/till", &["星月咖啡"]).await.text.contains(&till(&shop)));
    assert_eq!(page(&shop.asked, &format!("/till/{merchant}")).await.expect(303).header("location"), format!("/till/{merchant}/1"));
    shows(&shop, &format!("/till/{merchant}/%E5%90%A7%E5%8F%B0"), &["吧台", &shop.app]).await;
    page(&shop.asked, "/till/2088000000000000/1").await.expect(404);
    page(&shop.asked, &format!("/till/{merchant}/{}", "9".repeat(33))).await.expect(404);
    page(&shop.asked, &format!("/till/{merchant}/%E2%80%AE1")).await.expect(404);
    page(&shop.asked, &format!("/till/{merchant}/1/trade/a-b")).await.expect(404);
    let found = push_form(&shop.asked, &format!("{}/find", till(&shop)), "number=T1").await.expect(303);
    shows(&shop, found.header("location"), &["本机没有这笔订单的记录", "立即查询"]).await;
    push_form(&shop.asked, &format!("{}/find", till(&shop)), "number=a+b").await.expect(400);
}

#[tokio::test]
async fn no_other_site_has_a_till_call_anybody() {
    let shop = Shop::open().await;
    let trade = format!("{}/trade/T1", till(&shop));
    let ask = async |method: &str, path: &str, site: &str| {
        let request =
            Asked::request(method, path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").header("sec-fetch-site", site);
        shop.asked.send(request.body(Body::from("scan=M-0001")).unwrap()).await.status.as_u16()
    };
    let calls = || shop.sandbox.journal().after(0, 100, |_| true).exchanges.len();
    let (scan, cancel, poll) = (format!("{}/scan", till(&shop)), format!("{trade}/cancel"), format!("{trade}/poll?n=1"));
    for (method, path) in [("POST", &scan), ("POST", &cancel), ("GET", &poll)] {
        assert_eq!(ask(method, path, "cross-site").await, 403, "{path}");
        assert_eq!(ask(method, path, "same-site").await, 403, "{path}");
    }
    assert_eq!((calls(), ask("GET", &trade, "cross-site").await), (0, 200), "looking calls nobody");
    assert_eq!((ask("GET", &poll, "same-origin").await, calls()), (200, 1));
}
