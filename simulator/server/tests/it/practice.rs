//! `kabao practice`: the practice merchant as a process, ended hard and started again over the same books.

use crate::client::Client;
use crate::place::Place;
use conformance::hunt::Hunt;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kabao"));
    command.arg("practice").env_clear().stdin(Stdio::null());
    command
}

/// Starts it; gives the process and its address.
fn open(command: &mut Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let told: Value = serde_json::from_str(&first).unwrap_or_else(|error| panic!("{error}: {first}"));
    assert_eq!(told["event"], "listening");
    let address = told["address"].as_str().unwrap().to_owned();
    assert_eq!(told["callback"], format!("{address}/join/callback"));
    (child, address)
}

#[test]
fn a_configuration_that_cannot_be_used_ends_it_with_one_sentence() {
    let ended = program().env("ALIPAY_APP_ID", "9021000000000001").output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("ALIPAY_GATEWAY"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_practised_crash_ends_the_process_and_the_books_go_on() {
    let place = Place::in_memory(&["--seed", "7"]);
    let client = Client::of(&place.base, "demo").await;
    let folder = tempfile::tempdir().unwrap();
    let mut command = program();
    command
        .env("ALIPAY_GATEWAY", format!("{}/gateway.do", place.base))
        .env("ALIPAY_APP_ID", &client.app_id)
        .env("ALIPAY_APP_PRIVATE_KEY", client.key.pkcs8_pem())
        .env("ALIPAY_PUBLIC_KEY", client.platform.spki_base64())
        .arg("--books")
        .arg(folder.path().join("books.sqlite"));
    let (mut child, address) = open(&mut command);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = async |path: &str, body: Value| http.post(format!("{address}{path}")).json(&body).send().await;
    let made = client.control("POST", "/customers", Some(json!({"name": "李雷"}))).await;
    let user = made["user_id"].as_str().unwrap();
    let code = client.control("POST", &format!("/customers/{user}/paycode"), Some(json!({}))).await;
    post("/practice/crash", json!({"at": "after_pay"})).await.unwrap();
    let sale = json!({"amount": "35.00", "pay_code": code["auth_code"], "sale_no": "S-1"});
    // no answer, unless the machine is so slow that the till's patience ends first
    let _ = post("/till/sale", sale.clone()).await;
    assert_eq!(child.wait().unwrap().code(), Some(137));

    let listen = address.strip_prefix("http://").unwrap().to_owned();
    let (mut child, again) = open(command.args(["--listen", &listen]));
    assert_eq!(again, address);
    let told: Value = post("/till/sale", sale).await.unwrap().json().await.unwrap();
    assert_eq!((&told["sale_no"], &told["payable"]), (&json!("S-1"), &json!("35.00")), "{told}");
    post("/shutdown", json!({})).await.unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(client.control("GET", "/trades", None).await["trades"].as_array().unwrap().len(), 1, "nobody was charged twice");
    place.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hidden_bugs_stay_hidden_and_whoever_names_them_is_scored() {
    let hidden: Vec<&str> = Hunt::new(3, 3).unwrap().hidden.iter().map(|defect| defect.name()).collect();
    let (child, address) = open(program().args(["--defects", "3", "--seed", "3"]).stderr(Stdio::piped()));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let health = http.get(format!("{address}/health")).send().await.unwrap().text().await.unwrap();
    http.post(format!("{address}/shutdown")).json(&json!({})).send().await.unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success() && said.contains("3 bugs are hidden") && said.contains("practice score --defects 3 --seed 3"), "{said}");
    assert!(!hidden.iter().any(|name| said.contains(name) || health.contains(name)), "{said}{health}");

    let score = |found: &[&str]| {
        let ended = program().args(["score", "--defects", "3", "--seed", "3"]).args(found).output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stdout).unwrap() + &String::from_utf8(ended.stderr).unwrap())
    };
    for (found, code, says) in [
        (&hidden[..], 0, "3 of 3 found, 0 false alarms, 0 still hidden"),
        (&hidden[..1], 1, "1 of 3 found, 0 false alarms, 2 still hidden"),
        (&["SIG-7"], 2, "is SIG-00"),
    ] {
        let (ended, said) = score(found);
        assert!(ended == Some(code) && said.contains(says), "{found:?}: {ended:?} {said}");
    }
    let (_, told) = score(&hidden[..1]);
    assert!(!told.contains(hidden[1]) && !told.contains(hidden[2]), "{told}");
    assert!(score(&[&hidden[..1], &["--reveal"]].concat()).1.contains(hidden[2]));
}
