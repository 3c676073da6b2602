//! Same seed, same clock, same calls: the same answers and the same log, byte for byte.

use crate::client::{Client, template};
use crate::place::Place;
use serde_json::{Value, json};

/// Plays a visit and gives every answer's bytes and the export.
async fn play(place: &Place) -> (Vec<String>, String) {
    let client = Client::new(&place.base, json!({"name": "twin", "seed": 42, "clock": {"set": "2026-11-21 12:00:00", "stop": true}})).await;
    let mut answers = Vec::new();
    let (template_id, link) = client.template().await;
    answers.push(link.clone());
    let card = client.join(&template_id, &link, "m1").await;
    client.state_points(&card, 35).await.unwrap();
    let calls: [(&str, Value); 4] = [
        ("alipay.marketing.card.template.query", json!({"template_id": template_id})),
        ("alipay.marketing.card.query", json!({"target_card_no": card, "target_card_no_type": "BIZ_CARD"})),
        ("alipay.marketing.card.query", json!({"target_card_no": "nobody", "target_card_no_type": "BIZ_CARD"})),
        ("alipay.marketing.card.template.create", template("no-such-image", "again")),
    ];
    for (method, biz_content) in calls {
        let request = client.request(method).parameter("timestamp", "2026-11-21 12:00:00").biz_content(&biz_content.to_string());
        let (_, body) = client.send(&request.sign(&client.key).unwrap()).await.unwrap();
        answers.push(String::from_utf8(body.to_vec()).unwrap());
    }
    let export = reqwest::get(format!("{}/_kabao/v1/sandboxes/twin/export", place.base)).await.unwrap().text().await.unwrap();
    client.control("DELETE", "/sandboxes/twin", None).await;
    (answers, export)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_and_calls_give_the_same_bytes() {
    // one house, because its address stands in links
    let place = Place::in_memory(&["--seed", "1"]);
    let (first, second) = (play(&place).await, play(&place).await);
    assert_eq!(first.0, second.0);
    assert_eq!(first.1, second.1);
    assert!(first.1.contains("card_opened") && first.1.lines().count() > 10, "{}", first.1);
}
