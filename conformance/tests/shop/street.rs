//! A platform, a practice merchant, and people between them, all stopped at one moment until a test moves both clocks.

use conformance::practice::{Practice, Role, Setup};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use server::house::{House, Plan};
use std::time::Duration;
use wire::alipay::{ClientRequest, DeclaredCharset, NoticeRule, SignType, seal_notice};
use wire::keys::SigningKey;
use wire::pool;
use wire::signer::Signer;

/// 2026-11-21 12:00:00 in China.
pub(crate) const NOON: i64 = 1_795_233_600_000;
/// How long a test waits for something that happens at once, if it happens.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) struct Street {
    pub(crate) house: House,
    pub(crate) shop: Practice,
    pub(crate) now_ms: i64,
    /// The merchant's application; the shop acts with another when it is a provider.
    pub(crate) merchant_app: String,
    app_id: String,
    seller: String,
    http: Client,
}

impl Street {
    /// Everything is open; the template is set up.
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// The same with a shop that is set up another way.
    pub(crate) async fn with(change: impl FnOnce(&mut Setup)) -> Self {
        let street = Self::bare(change).await;
        let made = street.post("/setup", &json!({})).await;
        assert_eq!(made.0, StatusCode::OK, "{}", made.1);
        street
    }

    /// The same with a shop that knows its own number.
    pub(crate) async fn with_seller() -> Self {
        let mut street = Self::open().await;
        let seller = street.seller.clone();
        street = street.set_up_anew(|setup| setup.seller_id = Some(seller)).await;
        street.post("/setup", &json!({})).await;
        street
    }

    /// A provider's shop, whom nobody has authorised yet.
    pub(crate) async fn provider() -> Self {
        let street = Self::bare(|_| {}).await;
        let app = street.control("POST", "/apps", json!({"kind": "provider", "name": "服务商"})).await;
        let text = |name: &str| app[name].as_str().unwrap_or_else(|| panic!("{app}")).to_owned();
        let (app_id, private, public) = (text("app_id"), text("app_private_key"), text("alipay_public_key"));
        let street = street
            .set_up_anew(|setup| {
                setup.role = Role::Provider;
                (setup.app_id, setup.app_private_key, setup.alipay_public_key) = (app_id, private, public);
            })
            .await;
        street.gateway_is("/notify").await;
        street
    }

    /// Another shop on the same street.
    async fn set_up_anew(self, change: impl FnOnce(&mut Setup)) -> Self {
        let Self { house, shop, now_ms, merchant_app, seller, http, .. } = self;
        let mut setup = setup(&house);
        change(&mut setup);
        drop(shop);
        let app_id = setup.app_id.clone();
        let shop = Practice::start(setup).await.unwrap();
        let mut street = Self { house, shop, now_ms, merchant_app, app_id, seller, http };
        street.stop_clock().await;
        street
    }

    /// The same without a template.
    pub(crate) async fn bare(change: impl FnOnce(&mut Setup)) -> Self {
        let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(7), ..Plan::default() };
        let house = House::open(&plan).await.unwrap();
        house.keys_made().await;
        let app_id = house.app("demo").unwrap().app_id;
        let seller = house.app("demo").unwrap().merchant_id;
        let mut setup = setup(&house);
        change(&mut setup);
        let shop = Practice::start(setup).await.unwrap();
        // a connection that outlived the shop it led to would fail the first question to the next one
        let http = Client::builder().pool_max_idle_per_host(0).timeout(LIMIT).no_proxy().build().unwrap();
        let mut street = Self { house, shop, now_ms: NOON, merchant_app: app_id.clone(), app_id, seller, http };
        street.control("POST", "/clock", json!({"set": "2026-11-21 12:00:00", "stop": true})).await;
        street.stop_clock().await;
        street
    }

    /// The shop's clock stands where the street's does.
    async fn stop_clock(&mut self) {
        let told = self.post("/clock", &json!({"now_ms": self.now_ms})).await;
        assert_eq!(told.0, StatusCode::OK, "{}", told.1);
    }

    /// Time passes for both, second by second as far as anybody can tell; the shop comes to rest after each step.
    pub(crate) async fn pass(&mut self, seconds: i64) {
        let mut left = seconds;
        while left > 0 {
            let step = left.min(5);
            self.leap(step).await;
            left -= step;
        }
    }

    /// Time passes at once.
    pub(crate) async fn leap(&mut self, seconds: i64) {
        self.control("POST", "/clock/advance", json!({"by": format!("{seconds}s")})).await;
        self.now_ms += seconds * 1_000;
        self.stop_clock().await;
        self.rest().await;
    }

    /// Waits until the shop works on nothing.
    pub(crate) async fn rest(&self) {
        self.until("/health", |health| health["busy"] == 0).await;
    }

    /// Ends the shop hard and opens it again.
    pub(crate) async fn restart(self) -> Self {
        let Self { shop, now_ms, .. } = self;
        let shop = shop.restart().await.unwrap();
        let street = Self { shop, ..self };
        assert_eq!(street.get("/health").await["now_ms"], now_ms, "a clock that stands goes on standing");
        street.rest().await;
        street
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.ask(Method::POST, &format!("{}{path}", self.shop.address()), Some(body)).await
    }

    /// Asks for something on the way to which the shop ends: whether it still answers does not matter.
    pub(crate) async fn post_until_the_end(&self, path: &str, body: &Value) {
        let ended = self.shop.crashed();
        tokio::join!(self.post(path, body), ended);
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, &format!("{}{path}", self.shop.address()), None).await.1
    }

    /// The sale as the till answers it.
    pub(crate) async fn sell(&self, body: Value) -> Value {
        let (status, told) = self.post("/till/sale", &body).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        told
    }

    /// Looks until it is so.
    pub(crate) async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = std::time::Instant::now();
        loop {
            let told = self.get(path).await;
            if holds(&told) {
                return told;
            }
            assert!(begun.elapsed() < LIMIT, "{path} stays {told}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Looks until it is so.
    pub(crate) async fn until_true(&self, mut holds: impl AsyncFnMut() -> bool) {
        let begun = std::time::Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < LIMIT, "it never came about");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, told) = self.try_control(method, path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {told}");
        told
    }

    pub(crate) async fn try_control(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let mark = if path.contains('?') { '&' } else { '?' };
        let address = format!("{}/_kabao/v1{path}{mark}sandbox=demo", self.house.base());
        let body = (method != "GET").then_some(&body);
        self.ask(Method::from_bytes(method.as_bytes()).unwrap(), &address, body).await
    }

    /// The application that the shop acts with.
    pub(crate) fn app_id(&self) -> &str {
        &self.app_id
    }

    /// The merchant's number.
    pub(crate) fn seller(&self) -> &str {
        &self.seller
    }

    /// Where the platform finds the shop's application.
    pub(crate) async fn gateway_is(&self, path: &str) {
        let url = format!("{}{path}", self.shop.address());
        self.control("PUT", &format!("/apps/{}/gateway", self.app_id), json!({"gateway": url})).await;
    }

    /// The merchant authorises the provider by its link, and its browser goes back.
    pub(crate) async fn authorise(&self) {
        let link = self.get("/provider/link").await["link"].as_str().unwrap().to_owned();
        let state = link.split("state=").nth(1).unwrap().to_owned();
        let back = format!("{}/provider/callback", self.shop.address());
        let ask = json!({"provider_app_id": self.app_id, "redirect_uri": back, "state": state});
        let told = self.control("POST", &format!("/apps/{}/delegations", self.merchant_app), ask).await;
        let url = told["redirect_url"].as_str().unwrap_or_else(|| panic!("{told}"));
        let came = self.ask(Method::GET, url, None).await;
        assert_eq!(came.0, StatusCode::OK, "{}", came.1);
    }

    /// Sends a notice that the platform signs. Whether it was answered `success`.
    pub(crate) async fn send(&self, path: &str, notice: &Value) -> bool {
        self.sent(path, notice, "v1").await == "success"
    }

    /// The same without a signature.
    pub(crate) async fn send_unsigned(&self, path: &str, notice: &Value) -> bool {
        self.sent(path, notice, "none").await == "success"
    }

    /// A question of the platform's and the shop's answer.
    pub(crate) async fn question(&self, path: &str, question: &Value, sign: &str) -> Value {
        serde_json::from_str(&self.sent(path, question, sign).await).unwrap()
    }

    async fn sent(&self, path: &str, parameters: &Value, sign: &str) -> String {
        let key = self.platform_key();
        let pairs = parameters.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
        let rule = if sign == "v2" { NoticeRule::V2 } else { NoticeRule::V1 };
        let sealed = seal_notice(pairs, &DeclaredCharset::default(), SignType::Rsa2, rule, &key, &Signer::new(0)).unwrap();
        let mut body = String::from_utf8(sealed.body.to_vec()).unwrap();
        if sign == "none" {
            body.truncate(body.rfind("&sign=").unwrap());
        }
        let request = self.http.post(format!("{}{path}", self.shop.address()));
        let answer = request.header("content-type", sealed.content_type).body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.text().await.unwrap()
    }

    /// The platform's key for the shop's application: one of the published test keys, because the house has a seed.
    fn platform_key(&self) -> SigningKey {
        let public = self.house.app("demo").unwrap().alipay_public_key;
        let mut keys = (0..pool::SIZE).map(pool::signing_key);
        keys.find(|key| key.verifying().spki_base64() == public).unwrap()
    }

    async fn ask(&self, method: Method, address: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let mut request = self.http.request(method, address).header("accept", "application/json");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    /// What the platform has seen of a method, oldest first.
    pub(crate) async fn calls(&self, method: &str) -> Vec<Value> {
        let told = self.control("GET", &format!("/journal?method={method}&limit=500"), Value::Null).await;
        told["exchanges"].as_array().unwrap().clone()
    }

    /// A fault of the platform.
    pub(crate) async fn fault(&self, rule: Value) {
        self.control("POST", "/faults", rule).await;
    }

    /// Somebody else states points on a card with the shop's key: what is lost on the real platform looks like this.
    pub(crate) async fn tell_card(&self, card: &str, points: &str) {
        let app = self.house.app("demo").unwrap();
        let content = json!({"target_card_no": card, "target_card_no_type": "BIZ_CARD", "occur_time": "2026-11-21 12:00:00", "card_info": {"point": points}});
        let request = ClientRequest::new(&app.app_id, "alipay.marketing.card.update", self.now_ms).biz_content(&content.to_string());
        let outgoing = request.sign(&SigningKey::from_text(&app.app_private_key).unwrap()).unwrap();
        let address = outgoing.target(&format!("{}/gateway.do", self.house.base()));
        let request = self.http.post(address).header("content-type", outgoing.content_type.unwrap()).body(outgoing.body);
        let told = request.send().await.unwrap().text().await.unwrap();
        assert!(told.contains("\"code\":\"10000\""), "{told}");
    }

    /// No notice reaches the shop.
    pub(crate) async fn deafen(&self) {
        self.fault(json!({"notice": "*", "deliver": "lost", "times": 50})).await;
    }

    /// A customer with this much in the wallet.
    pub(crate) async fn customer(&self, mobile: &str, wallet: &str) -> Person {
        let made = self.control("POST", "/customers", json!({"name": "李雷", "mobile": mobile})).await;
        let user = made["user_id"].as_str().unwrap().to_owned();
        self.control("POST", &format!("/customers/{user}/wallet"), json!({"set": wallet})).await;
        Person { user, mobile: mobile.to_owned() }
    }

    /// The customer joins; gives the card's number.
    pub(crate) async fn join(&self, person: &Person) -> String {
        let attempt = self.come(person).await;
        let told = self.until(&format!("/join/{attempt}"), |told| told["status"] != "working").await;
        self.rest().await;
        told["biz_card_no"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
    }

    /// The customer fills the form and comes to the shop's page; gives the attempt's number.
    pub(crate) async fn come(&self, person: &Person) -> String {
        let link = self.get("/poster").await["link"].clone();
        let form = json!({"OPEN_FORM_FIELD_MOBILE": person.mobile, "OPEN_FORM_FIELD_NAME": "李雷"});
        let told = self.control("POST", &format!("/customers/{}/activate", person.user), json!({"link": link, "form": form})).await;
        let url = told["redirect_url"].as_str().unwrap_or_else(|| panic!("{told}"));
        self.http.get(url).send().await.unwrap();
        told["request_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn pay_code(&self, person: &Person) -> String {
        let told = self.control("POST", &format!("/customers/{}/paycode", person.user), json!({})).await;
        told["auth_code"].as_str().unwrap().to_owned()
    }

    /// The wallet's balance.
    pub(crate) async fn wallet(&self, person: &Person) -> String {
        let told = self.control("GET", &format!("/customers/{}/wallet", person.user), Value::Null).await;
        told["balance"].as_str().unwrap().to_owned()
    }

    /// The points that the card shows in the phone.
    pub(crate) async fn card_points(&self, person: &Person) -> String {
        let told = self.control("GET", &format!("/customers/{}/cards", person.user), Value::Null).await;
        let cards = told["cards"].as_array().unwrap();
        cards.last().and_then(|card| card["point"].as_str()).unwrap_or_else(|| panic!("{told}")).to_owned()
    }
}

fn setup(house: &House) -> Setup {
    let app = house.app("demo").unwrap();
    Setup {
        gateway: format!("{}/gateway.do", house.base()),
        app_id: app.app_id,
        app_private_key: app.app_private_key,
        alipay_public_key: app.alipay_public_key,
        ..Setup::default()
    }
}

pub(crate) struct Person {
    pub(crate) user: String,
    pub(crate) mobile: String,
}
