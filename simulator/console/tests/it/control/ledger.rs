//! The ledger over the API.

use engine::world::accounts;
use serde_json::{Value, json};

use crate::call::Asked;
use crate::shop::{CARD, Shop};

async fn run(asked: &Asked, instructions: Value) -> Value {
    asked.post("/ledger/batch", &json!({ "instructions": instructions }).to_string()).await.expect(200).json()["answers"].clone()
}

#[tokio::test]
async fn a_batch_is_answered_one_by_one_and_explains_itself() {
    let asked = Asked::demo().await;
    let answers = run(
        &asked,
        json!([
            {"do": "open", "id": "0x1", "unit": "point"},
            {"do": "open", "id": "0x2", "unit": "point", "floor": 0, "ceiling": "100000"},
            {"do": "transfer", "id": "0x11", "debit": "0x1", "credit": "0x2", "amount": "3500", "code": 7},
            {"do": "transfer", "id": "0x12", "debit": "0x2", "credit": "0x1", "amount": 4000},
            {"do": "hold", "id": "0x13", "debit": "0x2", "credit": "0x1", "amount": 1000},
            {"do": "confirm", "id": "0x14", "hold": "0x13", "amount": 400},
            {"do": "state", "id": "0x15", "account": "0x2", "contra": "0x1", "total": "2000"},
        ]),
    )
    .await;
    assert_eq!(answers[0], json!({"result": "opened", "first": true}));
    assert_eq!(answers[2], json!({"result": "posted", "first": true, "sequence": "1"}));
    assert_eq!(answers[3]["code"], "below_floor");
    assert_eq!(answers[6]["result"], "posted");
    let account = asked.get("/ledger/accounts/0x2?explain=1").await.expect(200).json();
    assert_eq!((&account["balance"], &account["unit"], &account["shown"]), (&"2000".into(), &"point".into(), &"20 points".into()));
    let balances: Vec<_> = account["postings"].as_array().unwrap().iter().map(|posting| posting["balance"].as_str().unwrap()).collect();
    assert_eq!(balances, ["3500", "3500", "3100", "2000"]);
    assert_eq!((&account["floor"], &account["ceiling"]), (&"0".into(), &"100000".into()));
}

#[tokio::test]
async fn the_same_instruction_again_changes_nothing_and_linked_ones_fall_together() {
    let asked = Asked::demo().await;
    let open = json!([{"do": "open", "id": "1", "unit": "fen"}, {"do": "open", "id": "2", "unit": "fen", "floor": "0"}]);
    run(&asked, open.clone()).await;
    assert_eq!(run(&asked, open).await[0], json!({"result": "opened", "first": false}));
    let give = json!([{"do": "transfer", "id": "9", "debit": "1", "credit": "2", "amount": 5}]);
    assert_eq!(run(&asked, give.clone()).await[0]["first"], true);
    assert_eq!(run(&asked, give).await[0]["first"], false);
    let linked = run(
        &asked,
        json!([{"do": "transfer", "id": "10", "debit": "1", "credit": "2", "amount": 5, "linked": true}, {"do": "transfer", "id": "11", "debit": "2", "credit": "1", "amount": 500}]),
    )
    .await;
    assert_eq!((&linked[0]["code"], &linked[1]["code"]), (&"linked_failed".into(), &"below_floor".into()));
    assert_eq!(asked.get("/ledger/accounts/2").await.json()["balance"], "5");
}

#[tokio::test]
async fn postings_are_listed_in_parts() {
    let asked = Asked::demo().await;
    run(&asked, json!([{"do": "open", "id": "1", "unit": "fen"}, {"do": "open", "id": "2", "unit": "fen"}])).await;
    for id in 10..15 {
        run(&asked, json!([{"do": "transfer", "id": id.to_string(), "debit": "1", "credit": "2", "amount": id}])).await;
    }
    let first = asked.get("/ledger/accounts/2?explain=1&limit=3").await.expect(200).json();
    assert_eq!((first["postings"].as_array().unwrap().len(), &first["next"]), (3, &3.into()));
    let rest = asked.get("/ledger/accounts/2?explain=1&limit=3&after=3").await.expect(200).json();
    assert_eq!((rest["postings"].as_array().unwrap().len(), &rest["next"]), (2, &json!(null)));
    assert_eq!(rest["postings"][1]["balance"], "60");
}

#[tokio::test]
async fn a_cards_points_are_explained_by_what_was_stated() {
    let shop = Shop::open().await;
    let account = accounts::points_of(&CARD.into());
    let sheet = shop.asked.get(&format!("/ledger/accounts/{account}?explain=1")).await.expect(200).json();
    assert_eq!(sheet["shown"], "135 points");
    assert_eq!((&sheet["postings"][0]["kind"], &sheet["postings"][0]["stated"]), (&"stated_up".into(), &"13500".into()));
}

#[tokio::test]
async fn what_is_no_batch_is_refused_whole() {
    let asked = Asked::demo().await;
    let many: Vec<Value> = (0..8_193).map(|id| json!({"do": "release", "id": id.to_string(), "hold": "1"})).collect();
    asked.post("/ledger/batch", &json!({ "instructions": many }).to_string()).await.refused(400, "batch_too_large");
    let error = asked
        .post("/ledger/batch", r#"{"instructions":[{"do":"transfer","id":"1","debit":"1","credit":"2","amout":5}]}"#)
        .await
        .refused(400, "bad_body");
    assert_eq!(error["hint"], "did you mean the field `amount`?");
    asked.get("/ledger/accounts/zz").await.refused(400, "bad_id");
    asked.get("/ledger/accounts/0x99").await.refused(404, "unknown_account");
}
