//! A visit that somebody makes by hand, over the control API and at the till, is written as a story; the story does it again.

use conformance::practice::{Practice, PracticeShops, Setup};
use scenarios::control::Control;
use scenarios::record::{Recorded, Tongue, record};
use scenarios::telling::{Paint, tell};
use scenarios::{Playbill, Season, Venue};
use serde_json::{Value, json};
use server::house::{DEMO, House, Plan};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// 2026-11-21 12:00:00 in China.
const NOON_MS: i64 = 1_795_233_600_000;

/// Somebody with a browser, a phone and a till, who moves time for platform and shop alike.
struct Person {
    client: reqwest::Client,
    platform: String,
    shop: String,
    now_ms: AtomicI64,
}

impl Person {
    async fn post(&self, address: &str, body: &Value) -> Value {
        self.client.post(address).json(body).send().await.unwrap().json().await.unwrap()
    }

    async fn at_platform(&self, path: &str, body: &Value) -> Value {
        self.post(&format!("{}/_kabao/v1{path}", self.platform), body).await
    }

    async fn in_shop(&self, path: &str, body: &Value) -> Value {
        self.post(&format!("{}{path}", self.shop), body).await
    }

    async fn seen(&self, path: &str) -> Value {
        self.client.get(format!("{}{path}", self.shop)).send().await.unwrap().json().await.unwrap()
    }

    /// Waits until the shop has done all it can do at this moment.
    async fn rest(&self) {
        while self.seen("/health").await["busy"] != 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn time_passes(&self, seconds: i64) {
        self.at_platform("/clock/advance", &json!({"by": format!("{seconds}s")})).await;
        let now = self.now_ms.fetch_add(seconds * 1_000, Ordering::Relaxed) + seconds * 1_000;
        self.in_shop("/clock", &json!({"now_ms": now})).await;
        self.rest().await;
    }

    async fn customer(&self, particulars: Value) -> String {
        self.at_platform("/customers", &particulars).await["user_id"].as_str().unwrap().to_owned()
    }

    async fn pay_code(&self, user: &str) -> String {
        self.at_platform(&format!("/customers/{user}/paycode"), &json!({})).await["auth_code"].as_str().unwrap().to_owned()
    }

    async fn sold(&self, what: Value) -> Value {
        let sale = self.in_shop("/till/sale", &what).await;
        assert!(sale["sale_no"].is_string(), "{what}: {sale}");
        self.rest().await;
        sale
    }

    async fn at_sale(&self, sale: &Value, deed: &str, what: Value) -> Value {
        let told = self.in_shop(&format!("/till/sale/{}/{deed}", sale["sale_no"].as_str().unwrap()), &what).await;
        self.rest().await;
        told
    }

    /// The code on the phone's screen; one that the merchant makes takes a moment to come.
    async fn shown_code(&self, user: &str, card: &str) -> String {
        loop {
            let shown = self.at_platform(&format!("/customers/{user}/cards/{card}/show"), &json!({})).await;
            match shown["code"].as_str() {
                Some("") | None => self.rest().await,
                Some(code) => return code.to_owned(),
            }
        }
    }

    /// Everything that a customer, a scanner and a cashier do in two days.
    async fn visit(&self, shows: &str) {
        self.at_platform("/clock", &json!({"set": "2026-11-21 12:00:00", "stop": true})).await;
        self.in_shop("/clock", &json!({"now_ms": NOON_MS})).await;
        let link = self.in_shop("/setup", &json!({"write_off_type": shows})).await["link"].clone();
        let li = self.customer(json!({"name": "Li Lei", "mobile": "13800138000", "wallet": "1321.09"})).await;
        let joined = self.at_platform(&format!("/customers/{li}/activate"), &json!({"link": link, "decide": "agree"})).await;
        self.client.get(joined["redirect_url"].as_str().unwrap()).send().await.unwrap();
        self.rest().await;
        let member = self.seen("/members").await["members"][0].clone();
        let card = member["biz_card_no"].as_str().unwrap();
        self.time_passes(1).await;

        let code = self.shown_code(&li, card).await;
        let found = self.in_shop("/till/lookup", &json!({"code": code})).await;
        assert_eq!(found["member"]["name"], "Li Lei", "{found}");
        self.sold(json!({"code": code, "amount": "135.00"})).await;
        self.sold(json!({"code": code, "amount": "20.00", "pay_code": self.pay_code(&li).await})).await;
        let large = self.sold(json!({"code": code, "amount": "1050.00", "pay_code": self.pay_code(&li).await})).await;
        self.decide(&li, &large, "pay").await;
        self.time_passes(5).await;
        self.at_sale(&large, "refund", json!({"amount": "10.00"})).await;
        self.time_passes(10).await;
        self.at_sale(&large, "refund", json!({"amount": "15.50"})).await;

        let given_up = self.sold(json!({"code": code, "amount": "1060.00", "pay_code": self.pay_code(&li).await})).await;
        assert_eq!(self.at_sale(&given_up, "cancel", json!({})).await["status"], "cancelled");
        let declined = self.sold(json!({"code": code, "amount": "1070.00", "pay_code": self.pay_code(&li).await})).await;
        self.decide(&li, &declined, "refuse").await;
        self.at_sale(&declined, "cancel", json!({})).await;
        self.time_passes(3).await;
        let third = self.at_sale(&large, "refund", json!({"amount": "4.50"})).await;
        assert_eq!(third["status"], "done", "{third}");
        self.sold(json!({"code": code, "amount": "12.00", "spend_points": 100, "pay_code": self.pay_code(&li).await})).await;
        let order = self.sold(json!({"code": code, "amount": "8.00", "qr": true})).await;
        self.at_platform(&format!("/customers/{li}/scan"), &json!({"qr_code": order["qr_code"], "decide": "pay"})).await;
        self.rest().await;

        let poor = self.customer(json!({"name": "Han Meimei", "wallet": "2.50"})).await;
        let refused = self.sold(json!({"amount": "6.00", "pay_code": self.pay_code(&poor).await})).await;
        assert_eq!(refused["status"], "refused", "{refused}");
        let stranger = self.customer(json!({"name": "Wu"})).await;
        self.sold(json!({"amount": "6.00", "pay_code": self.pay_code(&stranger).await})).await;
        self.client.delete(format!("{}/_kabao/v1/customers/{li}/cards/{card}", self.platform)).send().await.unwrap();
        self.time_passes(86_400).await;
    }

    async fn decide(&self, user: &str, sale: &Value, decide: &str) {
        let told = self.at_platform(&format!("/customers/{user}/confirm"), &json!({"trade_no": sale["trade_no"], "decide": decide})).await;
        assert_eq!(told["trade_no"], sale["trade_no"], "{told}");
        self.rest().await;
    }

    async fn events(&self) -> Vec<Value> {
        let (mut after, mut events) = (0, Vec::new());
        loop {
            let address = format!("{}/_kabao/v1/events?after={after}&limit=100", self.platform);
            let page: Value = self.client.get(address).send().await.unwrap().json().await.unwrap();
            let found = page["events"].as_array().unwrap();
            let Some(last) = found.last() else { return events };
            after = last["sequence"].as_u64().unwrap();
            events.extend(found.iter().cloned());
        }
    }
}

/// What money, points and cards did, without the numbers that are others each time.
fn deeds(events: &[Value]) -> Vec<String> {
    let deed = |event: &Value| {
        let (kind, body) = (event["kind"].as_str().unwrap_or_default(), &event["body"]);
        let more = match kind {
            "trade_made" => format!("{} {}", body["how"], body["order"]["total"]),
            "trade_refunded" => body["refund"]["back"].to_string(),
            "trade_closed" => body["end"].to_string(),
            "purchase_recorded" => format!("{} {}", body["record"], body["stated"]),
            "card_opened" | "card_released" | "trade_paid" | "trade_declined" => String::new(),
            _ => return None,
        };
        Some(format!("{kind} {more}"))
    };
    events.iter().filter_map(deed).collect()
}

/// The story of a visit, and what was done at it.
async fn story_of_a_visit(shows: &str, tongue: Tongue) -> (Recorded, Vec<String>) {
    let house = House::open(&Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(7), ..Plan::default() }).await.unwrap();
    let app = house.app(DEMO).unwrap();
    let platform = house.base();
    let setup = Setup {
        gateway: format!("{platform}/gateway.do"),
        app_id: app.app_id.clone(),
        app_private_key: app.app_private_key.clone(),
        alipay_public_key: app.alipay_public_key.clone(),
        ..Setup::default()
    };
    let practice = Practice::start(setup).await.unwrap();
    let person = Person {
        client: reqwest::Client::builder().no_proxy().build().unwrap(),
        platform: platform.clone(),
        shop: practice.address().to_owned(),
        now_ms: AtomicI64::new(NOON_MS),
    };
    tokio::time::timeout(Duration::from_mins(1), person.visit(shows)).await.expect("the visit comes to an end");
    let recorded = record(&Control::new(&platform, DEMO), 0, tongue).await.unwrap();
    let deeds = deeds(&person.events().await);
    practice.stop().await;
    house.close().await;
    (recorded, deeds)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_made_by_hand_is_written_as_a_story_that_plays_green() {
    let house = House::open(&Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(8), ..Plan::default() }).await.unwrap();
    let shops = Arc::new(PracticeShops::default());
    let season = Season::new(Venue::Own { platform: house.base(), shops, jobs: 2 }, 8, String::new());
    for (shows, tongue) in [("qrcode", Tongue::English), ("dqrcode", Tongue::Chinese), ("mdqrcode", Tongue::English)] {
        let (Recorded { story, untold }, deeds_then) = story_of_a_visit(shows, tongue).await;
        assert_eq!(untold, Vec::<String>::new(), "{story}");
        let file = tempfile::Builder::new().suffix(".feature").tempfile().unwrap();
        std::fs::write(file.path(), &story).unwrap();
        let bill = Playbill::open([file.path().to_str().unwrap()]).unwrap_or_else(|faults| panic!("{}\n{story}", faults[0]));
        let runs = season.play(&bill, &mut |_| ()).await;
        assert!(runs.iter().all(scenarios::Run::passed), "{}\n{story}", tell(&runs[0], Paint::Plain));
        assert_eq!(deeds(&runs[0].events), deeds_then, "{story}");
        let said: Vec<&str> = runs[0].steps().map(|step| step.actor.as_str()).collect();
        for actor in ["customer", "scanner", "cashier", "merchant", "platform"] {
            assert!(said.contains(&actor), "{actor} does nothing in\n{story}");
        }
    }
    house.close().await;
}
