//! A visit that somebody makes by hand, over the control API and at the till, is written as a story; the story does it again.

use conformance::practice::{Practice, PracticeShops, Setup};
use scenarios::control::Control;
use scenarios::record::{Tongue, record};
use scenarios::telling::{Paint, tell};
use scenarios::{Playbill, Season, Venue};
use serde_json::{Value, json};
use server::house::{DEMO, House, Plan};
use std::sync::Arc;
use std::time::Duration;

/// Somebody with a browser, a phone and a till.
struct Person {
    client: reqwest::Client,
    platform: String,
    shop: String,
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

    /// Joins, waits for the card, shows it and pays in cash.
    async fn visit(&self) {
        let link = self.in_shop("/setup", &json!({})).await["link"].clone();
        let made = self.at_platform("/customers", &json!({"name": "Li Lei", "mobile": "13800138000"})).await;
        let user = made["user_id"].as_str().unwrap();
        let joined = self.at_platform(&format!("/customers/{user}/activate"), &json!({"link": link, "decide": "agree"})).await;
        self.client.get(joined["redirect_url"].as_str().unwrap()).send().await.unwrap();
        let code = loop {
            let members: Value = self.client.get(format!("{}/members", self.shop)).send().await.unwrap().json().await.unwrap();
            if members["members"][0]["card"] == "held" {
                break members["members"][0]["external_card_no"].clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        self.in_shop("/till/lookup", &json!({"code": code})).await;
        let sale = self.in_shop("/till/sale", &json!({"code": code, "amount": "35.00"})).await;
        assert_eq!(sale["points_added"], 35, "{sale}");
    }
}

async fn story_of_a_visit(tongue: Tongue) -> String {
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
    };
    tokio::time::timeout(Duration::from_mins(1), person.visit()).await.expect("the visit comes to an end");
    let story = record(&Control::new(&platform, DEMO), 0, tongue).await.unwrap();
    practice.stop().await;
    house.close().await;
    story
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_made_by_hand_is_written_as_a_story_that_plays_green() {
    let house = House::open(&Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(8), ..Plan::default() }).await.unwrap();
    let shops = Arc::new(PracticeShops::default());
    let season = Season::new(Venue::Own { platform: house.base(), shops, jobs: 2 }, 8, String::new());
    for tongue in [Tongue::English, Tongue::Chinese] {
        let story = story_of_a_visit(tongue).await;
        let file = tempfile::Builder::new().suffix(".feature").tempfile().unwrap();
        std::fs::write(file.path(), &story).unwrap();
        let bill = Playbill::open([file.path().to_str().unwrap()]).unwrap_or_else(|faults| panic!("{}\n{story}", faults[0]));
        let runs = season.play(&bill, &mut |_| ()).await;
        assert!(runs.iter().all(scenarios::Run::passed), "{}\n{story}", tell(&runs[0], Paint::Plain));
        let said: Vec<&str> = runs[0].steps().map(|step| step.actor.as_str()).collect();
        for actor in ["customer", "scanner", "cashier", "merchant", "platform"] {
            assert!(said.contains(&actor), "{actor} does nothing in\n{story}");
        }
    }
    house.close().await;
}
