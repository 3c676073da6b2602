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

/// How many events the sandbox has: what was refused leaves none.
async fn events(asked: &Asked) -> usize {
    asked.get("/events?limit=1000").await.expect(200).json()["events"].as_array().expect("a list").len()
}

#[tokio::test]
async fn every_bad_instruction_is_refused_by_name_and_nothing_of_it_happens() {
    let asked = Asked::demo().await;
    let most = i64::MAX.to_string();
    let made = run(
        &asked,
        json!([
            {"do": "open", "id": "1", "unit": "point"},
            {"do": "open", "id": "2", "unit": "point", "floor": 0},
            {"do": "open", "id": "7", "unit": "point"},
            {"do": "open", "id": "3", "unit": "fen"},
            {"do": "open", "id": "4", "unit": "point", "floor": 0, "ceiling": 100},
            {"do": "open", "id": "5", "unit": "point"},
            {"do": "transfer", "id": "10", "debit": "1", "credit": "2", "amount": 50},
            {"do": "transfer", "id": "11", "debit": "7", "credit": "5", "amount": most},
            {"do": "hold", "id": "12", "debit": "2", "credit": "4", "amount": 20},
            {"do": "release", "id": "13", "hold": "12"},
            {"do": "reverse", "id": "14", "of": "10"},
            {"do": "transfer", "id": "15", "debit": "1", "credit": "2", "amount": 30, "code": 1},
        ]),
    )
    .await;
    assert!(made.as_array().unwrap().iter().all(|answer| answer["first"] == true), "{made}");
    let sheets = async || {
        let mut sheets = Vec::new();
        for id in 1..=5 {
            sheets.push(asked.get(&format!("/ledger/accounts/{id}?explain=1")).await.expect(200).text);
        }
        sheets
    };
    let (before, events_before) = (sheets().await, events(&asked).await);
    let give = |id: &str, debit: &str, credit: &str, amount: Value| json!({"do": "transfer", "id": id, "debit": debit, "credit": credit, "amount": amount, "code": 1});
    let cases = [
        (give("20", "1", "99", json!(5)), "unknown_account"),
        (give("20", "99", "1", json!(5)), "unknown_account"),
        (give("20", "1", "2", json!(0)), "amount_not_positive"),
        (give("20", "1", "2", json!(-5)), "amount_not_positive"),
        (give("20", "1", "2", json!(i64::MIN.to_string())), "amount_not_positive"),
        (give("20", "1", "5", json!(1)), "overflow"),
        (give("20", "2", "2", json!(1)), "same_account"),
        (give("20", "1", "3", json!(1)), "unit_mismatch"),
        (give("20", "2", "1", json!(31)), "below_floor"),
        (give("20", "1", "4", json!(101)), "above_ceiling"),
        (give("15", "1", "2", json!(31)), "id_reused"),
        (give("15", "1", "4", json!(30)), "id_reused"),
        (json!({"do": "transfer", "id": "15", "debit": "1", "credit": "2", "amount": 30, "code": 2}), "id_reused"),
        (json!({"do": "transfer", "id": "20", "debit": "1", "credit": "2", "amount": 1, "until_ms": 1}), "already_over"),
        (json!({"do": "open", "id": "2", "unit": "point"}), "account_exists"),
        (json!({"do": "open", "id": "6", "unit": "point", "floor": 1}), "limits_exclude_zero"),
        (json!({"do": "confirm", "id": "20", "hold": "99"}), "unknown_hold"),
        (json!({"do": "confirm", "id": "20", "hold": "12"}), "hold_settled"),
        (json!({"do": "reverse", "id": "20", "of": "99"}), "unknown_posting"),
        (json!({"do": "reverse", "id": "20", "of": "10"}), "already_reversed"),
        (json!({"do": "reverse", "id": "20", "of": "13"}), "not_reversible"),
        (json!({"do": "state", "id": "20", "account": "2", "contra": "1", "total": -1}), "below_floor"),
        (json!({"do": "transfer", "id": "20", "debit": "1", "credit": "2", "amount": 1, "linked": true}), "linked_to_nothing"),
    ];
    for (bad, code) in &cases {
        let answer = run(&asked, json!([bad])).await;
        assert_eq!((&answer[0]["result"], &answer[0]["code"]), (&json!("refused"), &json!(code)), "{bad}");
        assert!(answer[0]["message"].as_str().is_some_and(|text| text.len() > 20), "{bad}: {answer}");
    }
    assert_eq!(events(&asked).await, events_before, "a refusal left an event");
    assert_eq!(sheets().await, before);

    // numbers that cannot be: the body is refused whole, with what stands before them
    for amount in ["9223372036854775808", "1.5", "1e3", "\"five\"", "null"] {
        let body = format!(
            r#"{{"instructions":[{{"do":"transfer","id":"30","debit":"1","credit":"2","amount":1}},{{"do":"transfer","id":"31","debit":"1","credit":"2","amount":{amount}}}]}}"#
        );
        asked.post("/ledger/batch", &body).await.refused(400, "bad_body");
    }
    let large = format!(r#"{{"instructions":[{}]}}"#, " ".repeat(8 << 20));
    asked.post("/ledger/batch", &large).await.refused(413, "body_too_large");
    assert_eq!(sheets().await, before);

    // a bad one hinders none beside it, and its id is still free
    let beside =
        run(&asked, json!([give("20", "1", "99", json!(5)), give("21", "1", "2", json!(1)), give("20", "1", "2", json!(2))])).await;
    assert_eq!((&beside[0]["code"], &beside[1]["first"], &beside[2]["first"]), (&json!("unknown_account"), &json!(true), &json!(true)));
    assert_eq!(asked.get("/ledger/accounts/2").await.json()["balance"], "33");
}
