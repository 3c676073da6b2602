//! The sample merchant (`fixtures/merchants/node`, the official Node SDK) runs a shop on kabao: what readers copy must work.
//!
//! Not here: whether its behaviour follows the rules; the conformance kit judges that from the traffic.

use crate::client::Client;
use crate::place::Place;
use crate::sdk_ready::{direct, node_program, run};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const NO_NODE: &str = "node is missing: sudo apt-get install nodejs npm";

#[test]
fn the_merchant_passes_its_own_tests() {
    let mut node = direct("node");
    node.arg("--test").current_dir(node_program("merchants/node"));
    let ended = run(node, Duration::from_mins(5), NO_NODE);
    assert!(ended.status.success(), "{}", ended.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_merchant_opens_a_card_and_goes_on_after_a_kill() {
    let place = Place::in_memory(&[]);
    let platform = Client::new(&place.base, json!({})).await;
    let sheet = platform.control("GET", &format!("/sandboxes/{}", platform.sandbox), None).await;
    let folder = tempfile::tempdir().unwrap();

    let merchant = Merchant::start(&place.base, &sheet["apps"][0], folder.path(), "127.0.0.1:0");
    let set_up = merchant.post("/setup", json!({})).await;
    let old = merchant.post("/members", json!({"name": "李雷", "mobile": "13800138000", "points": 120})).await;
    assert_eq!(old["member"]["card"], "none", "{old}");
    let (_, joined) = merchant.customer(&platform, &set_up["link"]).await;
    assert_eq!((&joined["already_member"], &joined["member_no"]), (&json!(true), &json!("M000001")), "{joined}");

    let address = merchant.kill();
    let merchant = Merchant::start(&place.base, &sheet["apps"][0], folder.path(), &address);
    let sale = json!({"code": "KB000001", "amount": "88.99", "sale_no": "S-1"});
    let sold = merchant.post("/till/sale", sale.clone()).await;
    assert_eq!((&sold["points"], &sold["sync"]), (&json!(208), &json!("done")), "{sold}");
    assert_eq!(merchant.post("/till/sale", sale).await, sold, "the same sale number is the same sale");
    let card = joined["biz_card_no"].as_str().unwrap();
    assert_eq!(platform.points(card).await, "208");
    assert_eq!(merchant.get("/members").await["count"], 1);
    merchant.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_merchant_is_paid_and_gives_back_although_it_was_killed_while_it_waited() {
    let place = Place::in_memory(&[]);
    let platform = Client::new(&place.base, json!({})).await;
    let sheet = platform.control("GET", &format!("/sandboxes/{}", platform.sandbox), None).await;
    let folder = tempfile::tempdir().unwrap();
    let merchant = Merchant::start(&place.base, &sheet["apps"][0], folder.path(), "127.0.0.1:0");
    let set_up = merchant.post("/setup", json!({})).await;
    let (user, joined) = merchant.customer(&platform, &set_up["link"]).await;
    platform.control("POST", "/clock", Some(json!({"stop": true}))).await;
    let stands = platform.control("GET", "/clock", None).await;
    merchant.post("/clock", json!({"now_ms": stands["now_ms"]})).await;

    let code = platform.control("POST", &format!("/customers/{user}/paycode"), Some(json!({}))).await;
    let sale = json!({"card_no": "KB000001", "amount": "300.00", "sale_no": "S-1", "pay_code": code["auth_code"]});
    merchant.post("/till/sale", sale).await;
    let asked = merchant.until("/till/sale/S-1", |sale| sale["trade_no"].is_string()).await;
    assert_eq!((&asked["status"], &asked["points_added"]), (&json!("waiting"), &json!(0)), "{asked}");
    let address = merchant.kill();
    let confirmed = json!({"trade_no": asked["trade_no"], "decide": "pay"});
    platform.control("POST", &format!("/customers/{user}/confirm"), Some(confirmed)).await;

    let merchant = Merchant::start(&place.base, &sheet["apps"][0], folder.path(), &address);
    let paid = merchant.until("/till/sale/S-1", |sale| sale["sync"] == "done").await;
    assert_eq!((&paid["status"], &paid["points"]), (&json!("paid"), &json!(300)), "{paid}");
    let refund = json!({"amount": "100.00", "refund_no": "R-1"});
    merchant.post("/till/sale/S-1/refund", refund.clone()).await;
    merchant.until("/refunds", |all| all["refunds"][0]["status"] == "done").await;
    let again = merchant.post("/till/sale/S-1/refund", refund).await;
    assert_eq!((&again["refunded"], &again["points_taken"]), (&json!("100.00"), &json!(100)), "{again}");
    merchant.until("/health", |health| health["pending"] == 0).await;
    assert_eq!(platform.points(joined["biz_card_no"].as_str().unwrap()).await, "200");
    merchant.shut_down().await;
}

/// The merchant as a process.
struct Merchant {
    child: Child,
    address: String,
    log: PathBuf,
    http: reqwest::Client,
}

impl Merchant {
    fn start(base: &str, app: &Value, folder: &Path, listen: &str) -> Self {
        let program = node_program("merchants/node");
        let text = |name: &str| app[name].as_str().unwrap_or_else(|| panic!("no {name} in {app}"));
        let mut node = direct("node");
        node.arg(program.join("main.mjs")).current_dir(folder);
        node.env("ALIPAY_GATEWAY", format!("{base}/gateway.do")).env("ALIPAY_APP_ID", text("app_id"));
        node.env("ALIPAY_SELLER_ID", text("merchant_id"));
        node.env("ALIPAY_APP_PRIVATE_KEY", text("app_private_key")).env("ALIPAY_PUBLIC_KEY", text("alipay_public_key"));
        node.env("MERCHANT_LISTEN", listen).env("MERCHANT_STATE", folder.join("state.json"));
        let log = folder.join("merchant.log");
        let talk = File::options().create(true).append(true).open(&log).unwrap();
        let mut child = node.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(talk).spawn().expect(NO_NODE);
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the merchant did not start: {}", fs::read_to_string(&log).unwrap_or_default()));
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).no_proxy().build().unwrap();
        Self { child, address: said["address"].as_str().unwrap().to_owned(), log, http }
    }

    async fn get(&self, path: &str) -> Value {
        self.http.get(format!("{}{path}", self.address)).header("accept", "application/json").send().await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.http.post(format!("{}{path}", self.address)).json(&body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "POST {path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Follows the customer's browser to the callback, twice, and waits until the attempt has come to its end.
    async fn joined(&self, redirect: &str) -> Value {
        let mut attempts = Vec::new();
        for _ in 0..2 {
            let page = self.http.get(redirect).send().await.unwrap();
            assert_eq!(page.status(), 200);
            attempts.push(page.headers()["x-join-attempt"].to_str().unwrap().to_owned());
        }
        assert_eq!(attempts[0], attempts[1], "a reloaded page is the same attempt");
        self.until(&format!("/join/{}", attempts[0]), |seen| seen["status"] != "working").await
    }

    /// What stands at an address, as soon as it is what is waited for.
    async fn until(&self, path: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let seen = self.get(path).await;
            if holds(&seen) {
                return seen;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "{path} stays {seen}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Li Lei, who has just become a member.
    async fn customer(&self, platform: &Client, link: &Value) -> (String, Value) {
        let customer = platform.control("POST", "/customers", Some(json!({"name": "李雷", "mobile": "13800138000"}))).await;
        let user = customer["user_id"].as_str().unwrap().to_owned();
        let activated = platform.control("POST", &format!("/customers/{user}/activate"), Some(json!({"link": link}))).await;
        let joined = self.joined(activated["redirect_url"].as_str().unwrap()).await;
        assert_eq!(joined["status"], "joined", "{joined}");
        (user, joined)
    }

    /// Ends it as a power cut would; gives `address:port`, so that posters still lead there after the next start.
    fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.address.trim_start_matches("http://").to_owned()
    }

    async fn shut_down(mut self) {
        assert_eq!(self.post("/shutdown", json!({})).await["stopping"], true);
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Merchant {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the merchant said:\n{}", fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}
