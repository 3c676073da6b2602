//! Throw-away sandboxes: many at once, each its own world, none left behind.

use crate::client::Client;
use crate::place::Place;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sandboxes_by_the_hundred_do_not_leak_into_each_other() {
    let count: usize = if std::env::var_os("KABAO_LONG").is_some() { 1_000 } else { 100 };
    let folder = tempfile::tempdir().unwrap();
    let place = Place::over(folder.path(), &["--seed", "1"]);
    let work: Vec<_> = (0..16)
        .map(|worker| {
            let base = place.base.clone();
            tokio::spawn(async move {
                for number in (worker..count).step_by(16) {
                    live(&base, number).await;
                }
            })
        })
        .collect();
    for worker in work {
        worker.await.unwrap();
    }
    let left: Value = reqwest::get(format!("{}/_kabao/v1/sandboxes", place.base)).await.unwrap().json().await.unwrap();
    assert_eq!(left["sandboxes"].as_array().unwrap().len(), 1, "{left}");
}

/// Makes, uses and drops one. (How long making one takes is measured in `benches/sandboxes`.)
async fn live(base: &str, number: usize) {
    let client = Client::new(base, json!({"name": format!("s{number}"), "seed": number})).await;
    let (template, link) = client.template().await;
    let card = client.join(&template, &link, &format!("m{number}")).await;
    client.state_points(&card, number as u64).await.unwrap();
    assert_eq!(client.points(&card).await, number.to_string());
    let sheet = client.control("GET", &format!("/sandboxes/{}", client.sandbox), None).await;
    assert_eq!(
        (&sheet["cards"], &sheet["customers"]),
        (&json!(1), &json!(1)),
        "sandbox {number} sees cards or customers of others: {sheet}"
    );
    client.control("DELETE", &format!("/sandboxes/{}", client.sandbox), None).await;
    let refused = client.try_call("alipay.marketing.card.query", client.request("alipay.marketing.card.query")).await;
    assert!(refused.is_err(), "the application of a dropped sandbox still got a signed answer");
}
