//! `kill -9` under load: what was answered is there, nothing is there twice, and the books balance.
//!
//! Eight merchants' tills each own a few cards and state rising totals. The process is killed at a random moment; after the
//! next start every card shows the last total that was answered, or the one that was under way. `KABAO_LONG=1` kills 200
//! times, otherwise a few. The seed is printed and can be given as `KABAO_SEED`.

use crate::client::{Client, Unknown};
use crate::place::Place;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

const TILLS: usize = 8;
const CARDS: usize = 3;

#[derive(Clone, Copy, Default)]
struct Stated {
    answered: u64,
    under_way: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_nothing_that_was_answered_and_doubles_nothing() {
    let kills = if std::env::var_os("KABAO_LONG").is_some() { 200 } else { 5 };
    let seed = std::env::var("KABAO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random::<u64>);
    let mut chance = rand::rngs::StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut place = Place::over(folder.path(), &["--seed", "1"]);
    let mut client = Client::of(&place.base, "demo").await;
    let (template, link) = client.template().await;
    let mut cards = Vec::new();
    for number in 0..TILLS * CARDS {
        cards.push(client.join(&template, &link, &format!("m{number}")).await);
    }
    let book: Arc<Mutex<HashMap<String, Stated>>> = Arc::default();
    let mut answered_in_all = 0;
    for round in 0..kills {
        let answered_once = Arc::new(Notify::new());
        let till = |cards: &[String]| tokio::spawn(work(client.clone(), cards.to_vec(), book.clone(), answered_once.clone()));
        let tills: Vec<_> = cards.chunks(CARDS).map(till).collect();
        tokio::time::timeout(Duration::from_secs(20), answered_once.notified()).await.expect("a call is answered in time");
        tokio::time::sleep(Duration::from_millis(chance.random_range(0..250))).await;
        place.kill();
        for till in tills {
            answered_in_all += till.await.unwrap();
        }
        place = Place::over(folder.path(), &[]);
        client = client.at(&place.base);
        for card in &cards {
            let found: u64 = client.points(card).await.parse().unwrap();
            let mut book = book.lock().unwrap();
            let stated = book.entry(card.clone()).or_default();
            assert!(
                found == stated.answered || found == stated.under_way,
                "round {round}, seed {seed}: card {card} shows {found}; {} was answered, {} was under way",
                stated.answered,
                stated.under_way
            );
            *stated = Stated { answered: found, under_way: found };
        }
    }
    if kills > 5 {
        eprintln!("{kills} kills, seed {seed}: {answered_in_all} answers, none missing, none doubled");
    }
    let total: u64 = book.lock().unwrap().values().map(|stated| stated.answered).sum();
    let sheet = client.control("GET", "/sandboxes/demo", None).await;
    assert_eq!(sheet["cards"], json!(cards.len()), "seed {seed}: a card is missing or doubled");
    let issued = client.control("GET", &format!("/ledger/accounts/{}", points_issued(&client).await), None).await;
    assert_eq!(issued["balance"], json!(format!("-{}", total * 100)), "seed {seed}: the merchant's account is not what all cards hold");
}

/// The merchant's own account of points, by the rule of `world::accounts`.
async fn points_issued(client: &Client) -> String {
    let sheet = client.control("GET", &format!("/sandboxes/{}", client.sandbox), None).await;
    let merchant = sheet["apps"][0]["merchant_id"].as_str().unwrap().into();
    world::accounts::points_issued_by(&merchant).to_string()
}

/// States rising totals until the platform is gone; gives how many were answered.
async fn work(client: Client, cards: Vec<String>, book: Arc<Mutex<HashMap<String, Stated>>>, answered_once: Arc<Notify>) -> u64 {
    let mut answered = 0;
    loop {
        for card in &cards {
            let next = {
                let mut book = book.lock().unwrap();
                let stated = book.entry(card.clone()).or_default();
                stated.under_way = stated.answered + 1;
                stated.under_way
            };
            match client.state_points(card, next).await {
                Ok(answer) if answer["code"] == "10000" => {
                    book.lock().unwrap().get_mut(card).expect("just entered").answered = next;
                    answered += 1;
                    answered_once.notify_one();
                }
                Ok(answer) => panic!("{answer}"),
                Err(Unknown(why)) => {
                    assert!(!why.is_empty(), "an unknown outcome says why");
                    return answered;
                }
            }
        }
    }
}
