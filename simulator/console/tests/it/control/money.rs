//! Wallets, payment codes, and what customers do about trades.

use engine::world::Moment;
use engine::world::names::PayCode;
use engine::world::trade::{Charged, Named, Order, Paying, RefundAsk, Terms};
use serde_json::{Value, json};

use crate::call::Asked;

/// A house with one customer, and the merchant's number.
async fn counter() -> (Asked, String, String) {
    let asked = Asked::demo().await;
    let user = asked.post("/customers", r#"{"wallet":"600.00"}"#).await.expect(201).json()["user_id"].as_str().unwrap().to_owned();
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let merchant = sandbox.look(|world, _| world.merchants().iter().next().unwrap().id.to_string());
    (asked, user, merchant)
}

fn order(world: &engine::world::World, now: Moment, number: &str, total: i64) -> Order {
    let app = world.apps().iter().next().unwrap();
    let terms = Terms { subject: "茶".to_owned(), ..Terms::default() };
    let expires = now.plus_seconds(10_800);
    Order { merchant: app.merchant.clone(), app: app.id.clone(), number: number.into(), total, expires, undiscountable: 0, terms }
}

/// The till charges a code.
async fn charge(asked: &Asked, code: &Value, number: &str, total: i64) -> Charged {
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let ran = sandbox.run(|call| {
        let order = order(call.world(), call.now(), number, total);
        let paying = Paying { trade: format!("trade-{number}").into(), order, code: PayCode::from(code.as_str().unwrap()), ask: false };
        let decided = call.world().decide_pay(&paying, call.now()).unwrap();
        call.enact(decided).unwrap()
    });
    ran.unwrap().settled().await.unwrap()
}

async fn code(asked: &Asked, user: &str) -> Value {
    asked.post(&format!("/customers/{user}/paycode"), "{}").await.expect(200).json()["auth_code"].clone()
}

#[tokio::test]
async fn a_wallet_holds_what_was_given_and_is_filled_and_emptied() {
    let (asked, user, _) = counter().await;
    let path = format!("/customers/{user}/wallet");
    let wallet = asked.get(&path).await.expect(200).json();
    assert_eq!(
        (&wallet["balance"], &wallet["balance_fen"], &wallet["no_password_limit"]),
        (&"600.00".into(), &60_000.into(), &"200.00".into())
    );
    let wallet = asked.post(&path, r#"{"add":"-599.99","no_password_limit":"0"}"#).await.expect(200).json();
    assert_eq!((&wallet["balance_fen"], &wallet["no_password_limit_fen"]), (&1.into(), &0.into()));
    assert_eq!(wallet["movements"][0], json!({"at": "2026-11-21 14:00:00", "kind": "changed", "amount": "-599.99", "amount_fen": -59_999}));
    let default = asked.post("/customers", "{}").await.expect(201).json()["user_id"].as_str().unwrap().to_owned();
    assert_eq!(asked.get(&format!("/customers/{default}/wallet")).await.expect(200).json()["balance"], "1000.00");
    asked.post(&path, r#"{"add":"-0.02"}"#).await.refused(409, "refused");
    for wrong in [r#"{"set":"1.234"}"#, r#"{"set":"1","add":"1"}"#, r#"{"no_password_limit":"many"}"#] {
        asked.post(&path, wrong).await.refused(400, "bad_amount");
    }
    asked.post("/customers", r#"{"wallet":"-1"}"#).await.refused(400, "bad_amount");
    asked.get("/customers/nobody/wallet").await.refused(404, "unknown_customer");
    assert_eq!(asked.get(&path).await.expect(200).json()["balance_fen"], 1, "a refused change changes nothing");
}

#[tokio::test]
async fn a_payment_code_pays_and_the_wallet_tells_of_it() {
    let (asked, user, merchant) = counter().await;
    let shown = asked.post(&format!("/customers/{user}/paycode"), "").await.expect(200).json();
    assert_eq!(shown["expires_at"], "2026-11-21 14:01:00");
    assert!(matches!(charge(&asked, &shown["auth_code"], "one", 3_500).await, Charged::Paid(_)));
    let wallet = asked.get(&format!("/customers/{user}/wallet")).await.expect(200).json();
    assert_eq!(wallet["balance"], "565.00");
    assert_eq!(
        wallet["movements"][0],
        json!({"at": "2026-11-21 14:00:00", "kind": "payment", "amount": "-35.00", "amount_fen": -3_500, "trade_no": "trade-one"})
    );
    let settlement = asked.get(&format!("/merchants/{merchant}/settlement")).await.expect(200).json();
    assert_eq!(settlement["balance"], "35.00");
    let left = asked.post(&format!("/merchants/{merchant}/settlement/withdraw"), r#"{"amount":"30"}"#).await.expect(200).json();
    assert_eq!(left["balance_fen"], 500);
    asked.post(&format!("/merchants/{merchant}/settlement/withdraw"), r#"{"amount":"5.01"}"#).await.refused(409, "refused");
    asked.get("/merchants/nobody/settlement").await.refused(404, "unknown_merchant");
    assert_eq!(
        asked.get(&format!("/ledger/accounts/{}", settlement["ledger_account"].as_str().unwrap())).await.expect(200).json()["balance"],
        "500"
    );
}

#[tokio::test]
async fn a_trade_above_the_limit_waits_until_the_customer_pays_it() {
    let (asked, user, _) = counter().await;
    assert!(matches!(charge(&asked, &code(&asked, &user).await, "one", 50_000).await, Charged::Waits(_)));
    let confirm = |decide| json!({"trade_no": "trade-one", "decide": decide}).to_string();
    let path = format!("/customers/{user}/confirm");
    assert_eq!(asked.post(&path, &confirm("ignore")).await.expect(200).json()["status"], "waiting");
    assert_eq!(asked.post(&path, &confirm("refuse")).await.expect(200).json()["status"], "waiting");
    assert_eq!(asked.get("/trades/trade-one").await.expect(200).json()["declined"], true);
    let other = asked.post("/customers", "{}").await.expect(201).json()["user_id"].as_str().unwrap().to_owned();
    asked.post(&format!("/customers/{other}/confirm"), &confirm("pay")).await.refused(409, "PAYMENT_FAIL");
    assert_eq!(asked.post(&path, &confirm("pay")).await.expect(200).json(), json!({"trade_no": "trade-one", "status": "paid"}));
    asked.post(&path, &confirm("pay")).await.refused(409, "PAYMENT_FAIL");
    asked.post(&path, &confirm("perhaps")).await.refused(400, "bad_body");
    assert_eq!(asked.get(&format!("/customers/{user}/wallet")).await.json()["balance"], "100.00");
}

#[tokio::test]
async fn an_order_is_scanned_and_paid_at_once() {
    let (asked, user, _) = counter().await;
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let ran = sandbox.run(|call| {
        let (order, until) = (order(call.world(), call.now(), "one", 3_500), call.now().plus_seconds(7_200));
        let decided = call.world().decide_offer("https://qr.example/1".into(), order, until, call.now()).unwrap();
        call.enact(decided).unwrap()
    });
    ran.unwrap().settled().await.unwrap();
    let path = format!("/customers/{user}/scan");
    asked.post(&path, r#"{"qr_code":"https://qr.example/2"}"#).await.refused(409, "PAYMENT_FAIL");
    let answered = asked.post(&path, r#"{"qr_code":"https://qr.example/1"}"#).await.expect(200).json();
    assert_eq!(answered["status"], "paid");
    let trade = asked.get(&format!("/trades/{}", answered["trade_no"].as_str().unwrap())).await.expect(200).json();
    assert_eq!((&trade["how"], &trade["user_id"], &trade["subject"]), (&"scan".into(), &user.into(), &"茶".into()));
}

#[tokio::test]
async fn trades_are_listed_by_customer_and_number_with_their_refunds() {
    let (asked, user, merchant) = counter().await;
    for number in ["one", "two", "three"] {
        charge(&asked, &code(&asked, &user).await, number, 3_500).await;
    }
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let ran = sandbox.run(|call| {
        let named = Named { trade: None, order: Some("two") };
        let ask = RefundAsk { named, request: Some("r1"), fen: 500, document: Box::default() };
        let decided = call.world().decide_refund(&merchant.as_str().into(), &ask, call.now()).unwrap();
        call.enact(decided).unwrap()
    });
    ran.unwrap().settled().await.unwrap();
    let first = asked.get("/trades?limit=2").await.expect(200).json();
    assert_eq!((first["trades"].as_array().unwrap().len(), &first["next"]), (2, &2.into()));
    let rest = asked.get("/trades?limit=2&after=2").await.expect(200).json();
    assert_eq!((&rest["trades"][0]["out_trade_no"], &rest["next"]), (&"three".into(), &Value::Null));
    let found = asked.get("/trades?out_trade_no=two").await.expect(200).json();
    assert_eq!(
        found["trades"][0]["refunds"],
        json!([{"out_request_no": "r1", "at": "2026-11-21 14:00:00", "amount": "5.00", "amount_fen": 500, "by_cancel": false}])
    );
    assert_eq!((&found["trades"][0]["status"], &found["trades"][0]["refunded"]), (&"paid".into(), &"5.00".into()));
    assert_eq!(asked.get("/trades?user_id=nobody").await.expect(200).json(), json!({"trades": []}));
    asked.get("/trades/none").await.refused(404, "unknown_trade");
}

#[tokio::test]
async fn a_wallet_tells_a_new_refund_of_an_old_trade() {
    let (asked, user, merchant) = counter().await;
    for number in 0..21 {
        charge(&asked, &code(&asked, &user).await, &number.to_string(), 100).await;
    }
    asked.post("/clock/advance", r#"{"by":"5s"}"#).await.expect(200);
    let sandbox = asked.house.engine().sandbox("demo").unwrap();
    let ran = sandbox.run(|call| {
        let ask = RefundAsk { named: Named { trade: None, order: Some("0") }, request: Some("r1"), fen: 60, document: Box::default() };
        let decided = call.world().decide_refund(&merchant.as_str().into(), &ask, call.now()).unwrap();
        call.enact(decided).unwrap()
    });
    ran.unwrap().settled().await.unwrap();
    let wallet = asked.get(&format!("/customers/{user}/wallet")).await.expect(200).json();
    let newest = &wallet["movements"][0];
    assert_eq!((&newest["kind"], &newest["amount_fen"], &newest["trade_no"]), (&"refund".into(), &60.into(), &"trade-0".into()));
    assert_eq!(wallet["movements"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_number_is_found_with_its_place_among_all_trades() {
    let (asked, user, _) = counter().await;
    for number in ["one", "two"] {
        charge(&asked, &code(&asked, &user).await, number, 100).await;
    }
    let found = |query: &'static str| async { asked.get(query).await.expect(200).json()["trades"].as_array().unwrap().len() };
    assert_eq!(found("/trades?out_trade_no=two&after=1").await, 1);
    assert_eq!(found("/trades?out_trade_no=two&after=2").await, 0);
    assert_eq!(found("/trades?out_trade_no=two&user_id=nobody").await, 0);
    assert_eq!(found("/trades?out_trade_no=three").await, 0);
}

#[tokio::test]
async fn a_fork_and_an_import_have_the_same_money_and_a_reset_has_none_of_it() {
    let (asked, user, _) = counter().await;
    charge(&asked, &code(&asked, &user).await, "one", 3_500).await;
    let wallet = asked.get(&format!("/customers/{user}/wallet")).await.json();
    asked.post("/sandboxes/demo/fork", r#"{"name":"copy"}"#).await.expect(201);
    assert_eq!(asked.get(&format!("/customers/{user}/wallet?sandbox=copy")).await.json(), wallet);
    let (mut here, there) = (asked.get("/trades").await.json(), asked.get("/trades?sandbox=copy").await.json());
    here["trades"][0]["app_id"] = there["trades"][0]["app_id"].clone();
    assert_eq!(here, there, "but for the application, which has a number of its own there");
    let text = asked.get("/sandboxes/copy/export").await.expect(200).text;
    asked.delete("/sandboxes/copy").await.expect(204);
    let request = Asked::request("POST", "/_kabao/v1/sandboxes/import?name=back").header("content-type", "application/x-ndjson");
    asked.send(request.body(text.into()).unwrap()).await.expect(201);
    assert_eq!(asked.get(&format!("/customers/{user}/wallet?sandbox=back")).await.json(), wallet);
    assert_eq!(asked.get("/trades?sandbox=back").await.json(), there);
    asked.post("/sandboxes/demo/reset", "{}").await.expect(200);
    assert_eq!(asked.get("/trades").await.json(), json!({"trades": []}));
}

#[tokio::test]
async fn a_voucher_is_given_listed_and_taken_by_the_next_payment_that_it_fits() {
    let (asked, user, merchant) = counter().await;
    let path = format!("/customers/{user}/vouchers");
    let given = asked.post(&path, r#"{"off":"5","threshold":"20.00"}"#).await.expect(201).json();
    assert_eq!(
        (&given["name"], &given["paid_by"], &given["begins"], &given["ends"], &given["state"]),
        (&"满20.00减5.00".into(), &"platform".into(), &"2026-11-21 14:00:00".into(), &"2026-12-21 14:00:00".into(), &"good".into())
    );
    let second = json!({"name": "茶券", "off": "4.00", "paid_by": "merchant", "merchant_id": merchant, "begins": "2026-11-22 00:00:00", "ends": "2026-11-23 00:00:00"});
    let second = asked.post(&path, &second.to_string()).await.expect(201).json();
    assert_eq!(
        (&second["threshold"], &second["merchant_id"], &second["state"]),
        (&"4.00".into(), &merchant.as_str().into(), &"early".into())
    );
    assert!(matches!(charge(&asked, &code(&asked, &user).await, "one", 3_500).await, Charged::Paid(_)));
    let all = asked.get(&path).await.expect(200).json();
    assert_eq!((&all["vouchers"][0]["state"], &all["vouchers"][0]["trade_no"]), (&"used".into(), &"trade-one".into()));
    assert_eq!((&all["paid_by_platform"], &all["vouchers"][1]), (&"5.00".into(), &second));
    assert_eq!(asked.get(&format!("/customers/{user}/wallet")).await.json()["balance"], "570.00");
    let account = all["budget_account"].as_str().unwrap();
    assert_eq!(asked.get(&format!("/ledger/accounts/{account}")).await.expect(200).json()["balance"], "-500");
}

#[tokio::test]
async fn a_voucher_that_cannot_be_is_refused_in_words() {
    let (asked, user, _) = counter().await;
    let path = format!("/customers/{user}/vouchers");
    for (wrong, status, code) in [
        (r#"{"off":"0.09"}"#, 409, "refused"),
        (r#"{"off":"5","threshold":"4.99"}"#, 409, "refused"),
        (r#"{"off":"5","paid_by":"merchant"}"#, 409, "refused"),
        (r#"{"off":"5","merchant_id":"nobody"}"#, 409, "refused"),
        (r#"{"off":"5","ends":"2026-11-21 14:00:00"}"#, 409, "refused"),
        (r#"{"off":"five"}"#, 400, "bad_amount"),
        (r#"{"off":"5","ends":"tomorrow"}"#, 400, "bad_time"),
        (r#"{"off":"5","name":""}"#, 400, "bad_name"),
        (r#"{"off":"5","paid_by":"nobody"}"#, 400, "bad_body"),
        (r#"{"threshold":"5"}"#, 400, "bad_body"),
    ] {
        asked.post(&path, wrong).await.refused(status, code);
    }
    asked.post("/customers/nobody/vouchers", r#"{"off":"5"}"#).await.refused(404, "unknown_customer");
    asked.get("/customers/nobody/vouchers").await.refused(404, "unknown_customer");
    assert_eq!(asked.get(&path).await.expect(200).json()["vouchers"], json!([]));
}
