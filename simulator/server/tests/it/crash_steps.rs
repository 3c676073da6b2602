//! `kill -9` at each of the house's own steps: first start, making, carrying over, resetting, snapshot, start from a snapshot.
//!
//! After each: what was answered is there, what was not is there whole or not at all, and the next start needs nobody's help.
//! `KABAO_LONG=1` kills more often. The seed is printed and can be given as `KABAO_SEED`.

use crate::client::Client;
use crate::place::Place;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

fn rounds() -> usize {
    if std::env::var_os("KABAO_LONG").is_some() { 40 } else { 4 }
}

fn chance() -> (u64, StdRng) {
    let seed = std::env::var("KABAO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random::<u64>);
    (seed, StdRng::seed_from_u64(seed))
}

fn keys(data: &Path) -> BTreeSet<String> {
    let files = std::fs::read_dir(data.join("keys")).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

/// An answer's status and body, when one came at all.
async fn ask(method: &str, url: String, kind: &str, body: String) -> Option<(StatusCode, String)> {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap();
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let answer = http.request(method, url).header("content-type", kind).body(body).send().await.ok()?;
    Some((answer.status(), answer.text().await.ok()?))
}

async fn json_of(base: &str, path: &str) -> (StatusCode, Value) {
    let (status, text) = ask("GET", format!("{base}/_kabao/v1{path}"), "application/json", String::new()).await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_that_is_cut_short_anywhere_leaves_nothing_in_the_way() {
    let (seed, mut chance) = chance();
    for round in 0..rounds() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            Place::cut_short(folder.path(), Duration::from_millis(chance.random_range(1..400)));
        }
        let place = Place::over(folder.path(), &[]);
        let client = Client::of(&place.base, "demo").await;
        assert!(!client.image().await.is_empty(), "round {round}, seed {seed}");
        drop(place);
        // keys of an interrupted making are nobody's: the next start takes them away
        let place = Place::over(folder.path(), &[]);
        client.at(&place.base).image().await;
        assert_eq!(keys(folder.path()).len(), 2, "round {round}, seed {seed}: {:?}", keys(folder.path()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sandbox_whose_making_was_answered_is_there_and_any_other_is_whole_or_absent() {
    let (seed, mut chance) = chance();
    let folder = tempfile::tempdir().unwrap();
    for round in 0..rounds() {
        let place = Place::over(folder.path(), &["--seed", "1"]);
        let first = Arc::new(Notify::new());
        let making: Vec<_> = (0..4)
            .map(|maker| {
                let (base, first) = (place.base.clone(), first.clone());
                tokio::spawn(async move {
                    let mut made = Vec::new();
                    for number in 0.. {
                        let name = format!("r{round}-{maker}-{number}");
                        let body = json!({ "name": name }).to_string();
                        match ask("POST", format!("{base}/_kabao/v1/sandboxes"), "application/json", body).await {
                            Some((status, _)) if status == 201 => {
                                made.push(name);
                                first.notify_one();
                            }
                            Some(other) => panic!("{other:?}"),
                            None => return (made, name),
                        }
                    }
                    unreachable!("names do not end")
                })
            })
            .collect();
        tokio::time::timeout(Duration::from_secs(20), first.notified()).await.expect("one is made in time");
        tokio::time::sleep(Duration::from_millis(chance.random_range(1..300))).await;
        place.kill();
        let place = Place::over(folder.path(), &[]);
        for maker in making {
            let (made, under_way) = maker.await.unwrap();
            for name in &made {
                let (status, sheet) = json_of(&place.base, &format!("/sandboxes/{name}")).await;
                assert!(status == 200 && sheet["apps"][0]["app_id"].is_string(), "seed {seed}: {name} is gone or half: {status} {sheet}");
            }
            let (status, sheet) = json_of(&place.base, &format!("/sandboxes/{under_way}")).await;
            let whole = status == 200 && sheet["apps"][0]["app_id"].is_string();
            assert!(whole || status == 404, "seed {seed}: {under_way} is half there: {status} {sheet}");
        }
    }
}

/// A house with a card in `demo`, its file, and the client of that card.
async fn with_a_card(folder: &Path) -> (Place, Client, String) {
    let place = Place::over(folder, &[]);
    let client = Client::of(&place.base, "demo").await;
    let (template, link) = client.template().await;
    let card = client.join(&template, &link, "m1").await;
    client.state_points(&card, 35).await.unwrap();
    (place, client, card)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_cut_short_is_whole_or_absent_and_can_be_done_again() {
    let (seed, mut chance) = chance();
    let folder = tempfile::tempdir().unwrap();
    let (mut place, client, card) = with_a_card(folder.path()).await;
    let people = json!({"count": 1_000}).to_string();
    ask("POST", format!("{}/_kabao/v1/customers", place.base), "application/json", people).await.unwrap();
    let (status, file) = ask("GET", format!("{}/_kabao/v1/sandboxes/demo/export", place.base), "text/plain", String::new()).await.unwrap();
    assert_eq!(status, 200);
    // how long an import takes here is found on the way: kills come sooner after a whole one, later after none
    let mut reach = Duration::from_millis(256);
    let mut outcomes = [0; 2];
    for round in 0.. {
        if round >= 2 * rounds() && outcomes[0] > 0 {
            break;
        }
        assert!(round < 100, "seed {seed}: no kill came before the end of an import");
        let (status, _) = ask("DELETE", format!("{}/_kabao/v1/sandboxes/demo", place.base), "text/plain", String::new()).await.unwrap();
        assert!(status == 204 || status == 404, "{status}");
        let importing = ask("POST", format!("{}/_kabao/v1/sandboxes/import?name=demo", place.base), "application/x-ndjson", file.clone());
        let importing = tokio::spawn(importing);
        tokio::time::sleep(chance.random_range(Duration::ZERO..reach)).await;
        place.kill();
        let answered = importing.await.unwrap().is_some_and(|(status, _)| status == 201);
        place = Place::over(folder.path(), &[]);
        // without an import the house founded a new `demo`, with an application of its own
        let (_, sheet) = json_of(&place.base, "/sandboxes/demo").await;
        let there = sheet["apps"][0]["app_id"] == client.app_id.as_str();
        assert!(there || !answered, "round {round}, seed {seed}: an answered import is gone");
        assert_eq!(sheet["customers"], if there { 1_001 } else { 0 }, "round {round}, seed {seed}: {sheet}");
        if there {
            assert_eq!(client.at(&place.base).points(&card).await, "35", "round {round}, seed {seed}");
        }
        outcomes[usize::from(there)] += 1;
        reach = if there { reach / 2 } else { reach * 2 }.clamp(Duration::from_micros(50), Duration::from_secs(4));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_that_is_cut_short_leaves_the_old_sandbox_or_the_new_one_and_the_same_keys() {
    let (seed, mut chance) = chance();
    let folder = tempfile::tempdir().unwrap();
    let mut place = Place::over(folder.path(), &[]);
    let client = Client::of(&place.base, "demo").await;
    client.image().await;
    let before = keys(folder.path());
    for round in 0..rounds() {
        let base = place.base.clone();
        let resetting = tokio::spawn(async move {
            let mut resets = 0_u32;
            loop {
                let made = ask("POST", format!("{base}/_kabao/v1/customers"), "application/json", json!({"count": 7}).to_string()).await;
                if made.is_none() {
                    return (resets, 0);
                }
                match ask("POST", format!("{base}/_kabao/v1/sandboxes/demo/reset"), "application/json", String::new()).await {
                    Some((status, _)) if status == 200 => resets += 1,
                    Some(other) => panic!("{other:?}"),
                    None => return (resets, 7),
                }
            }
        });
        tokio::time::sleep(Duration::from_millis(chance.random_range(20..300))).await;
        place.kill();
        let (resets, made) = resetting.await.unwrap();
        place = Place::over(folder.path(), &[]);
        let (status, sheet) = json_of(&place.base, "/sandboxes/demo").await;
        assert_eq!(status, 200, "round {round}, seed {seed}: lost by a reset");
        assert_eq!(sheet["apps"][0]["app_id"], client.app_id.as_str(), "round {round}, seed {seed}: another sandbox was founded instead");
        let found = sheet["customers"].as_u64().unwrap();
        assert!(found == 0 || found == 7, "round {round}, seed {seed}: {found} customers, {made} were answered after {resets} resets");
        client.at(&place.base).image().await;
    }
    assert_eq!(keys(folder.path()), before, "seed {seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_is_cut_short_and_starts_that_are_lose_nothing() {
    let (seed, mut chance) = chance();
    let folder = tempfile::tempdir().unwrap();
    let (mut place, client, card) = with_a_card(folder.path()).await;
    let mut customers = 1;
    for round in 0..rounds() {
        // enough for a snapshot at the planned stop
        for _ in 0..2 {
            let people = json!({"count": 1_000}).to_string();
            let (status, _) = ask("POST", format!("{}/_kabao/v1/customers", place.base), "application/json", people).await.unwrap();
            assert_eq!(status, 201);
            customers += 1_000;
        }
        place.stop_cut_short(Duration::from_millis(chance.random_range(0..60)));
        // a start reads the snapshot, if there is one, and what came after
        Place::cut_short(folder.path(), Duration::from_millis(chance.random_range(1..300)));
        place = Place::over(folder.path(), &[]);
        let here = client.at(&place.base);
        assert_eq!(here.points(&card).await, "35", "round {round}, seed {seed}");
        let (_, sheet) = json_of(&place.base, "/sandboxes/demo").await;
        assert_eq!((&sheet["customers"], &sheet["cards"]), (&json!(customers), &json!(1)), "round {round}, seed {seed}");
    }
    // a whole snapshot, and starts from it
    place.stop();
    let place = Place::over(folder.path(), &[]);
    assert_eq!(json_of(&place.base, "/sandboxes/demo").await.1["customers"], json!(customers), "seed {seed}");
}
