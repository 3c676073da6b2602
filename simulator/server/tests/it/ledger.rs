//! The ledger as its owners meet it: many clients over HTTP at once, then `kabao ledger verify`, `explain`, `export` and `bench` on what
//! lies there; on books that somebody changed; on what is no books at all.

use crate::client::Client;
use crate::place::Place;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

const CLIENTS: u64 = 64;
const HOT: u64 = 10;
const EACH: i64 = 1_000;

/// Runs `kabao ledger` with these arguments.
fn ledger(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_kabao")).arg("ledger").args(arguments).output().expect("the binary can be started");
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// The same over a data directory.
fn over(data: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    ledger(&[arguments, &["--data", data.to_str().unwrap()]].concat())
}

async fn batch(client: &Client, instructions: &Value) -> Vec<Value> {
    let answers = client.control("POST", "/ledger/batch", Some(json!({ "instructions": instructions }))).await;
    answers["answers"].as_array().expect("one answer an instruction").clone()
}

/// Moves value between the hot accounts, every batch twice; gives what each account gained.
async fn client(client: Client, number: u64) -> Vec<i64> {
    let mut gained = vec![0; usize::try_from(HOT).unwrap()];
    for call in 0..3_u64 {
        let moves: Vec<(u64, u64, i64)> = (0..5_u64)
            .map(|n| {
                let mixed = (number * 7 + call * 13 + n * 3).wrapping_mul(0x9e37_79b9) >> 3;
                let debit = mixed % HOT;
                (debit, (debit + 1 + mixed / HOT % (HOT - 1)) % HOT, i64::try_from(mixed / 100 % 300).unwrap() + 1)
            })
            .collect();
        let instructions: Vec<Value> = (0..)
            .zip(&moves)
            .map(|(n, (debit, credit, amount))| {
                let id = (1_000_000 + number * 1_000 + call * 10 + n).to_string();
                json!({"do": "transfer", "id": id, "debit": debit.to_string(), "credit": credit.to_string(), "amount": amount})
            })
            .collect();
        let instructions = json!(instructions);
        let (first, again) = (batch(&client, &instructions).await, batch(&client, &instructions).await);
        for ((first, again), (debit, credit, amount)) in first.iter().zip(&again).zip(&moves) {
            if first["result"] == "posted" {
                assert_eq!((&first["first"], &again["first"]), (&json!(true), &json!(false)), "client {number}: {first} then {again}");
                assert_eq!(first["sequence"], again["sequence"]);
                gained[usize::try_from(*debit).unwrap()] -= amount;
                gained[usize::try_from(*credit).unwrap()] += amount;
            } else {
                assert_eq!(first["code"], "below_floor", "client {number}");
                // refused, it left no trace, and was tried anew
                if again["result"] == "posted" {
                    gained[usize::try_from(*debit).unwrap()] -= amount;
                    gained[usize::try_from(*credit).unwrap()] += amount;
                }
            }
        }
    }
    gained
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_clients_over_http_and_the_books_they_leave() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::over(folder.path(), &["--seed", "1"]);
    let teller = Client::of(&place.base, "demo").await;
    let mut opening = vec![json!({"do": "open", "id": "999", "unit": "fen"})];
    for id in 0..HOT {
        opening.push(json!({"do": "open", "id": id.to_string(), "unit": "fen", "floor": 0}));
        opening.push(json!({"do": "transfer", "id": (id + 1).to_string(), "debit": "999", "credit": id.to_string(), "amount": EACH}));
    }
    assert!(batch(&teller, &json!(opening)).await.iter().all(|answer| answer["first"] == true));
    let clients: Vec<_> = (0..CLIENTS).map(|number| tokio::spawn(client(teller.clone(), number))).collect();
    let mut expected = vec![EACH; usize::try_from(HOT).unwrap()];
    for client in clients {
        for (expected, gained) in expected.iter_mut().zip(client.await.unwrap()) {
            *expected += gained;
        }
    }
    let mut found = Vec::new();
    for id in 0..HOT {
        let sheet = teller.control("GET", &format!("/ledger/accounts/{id}"), None).await;
        found.push(sheet["balance"].as_str().unwrap().parse::<i64>().unwrap());
    }
    assert_eq!(found, expected, "every client's answers together are the balances");
    assert_eq!(found.iter().sum::<i64>(), i64::try_from(HOT).unwrap() * EACH);
    assert!(found.iter().all(|balance| *balance >= 0), "{found:?}");

    // the books are the platform's while it runs
    let (code, told, said) = over(folder.path(), &["verify"]);
    assert_eq!((code, told.as_str()), (Some(2), ""), "{said}");
    assert!(said.contains("in use by another process") && said.contains("stop that one"), "{said}");
    place.stop();

    let (code, told, said) = over(folder.path(), &["verify"]);
    assert_eq!(code, Some(0), "{told}{said}");
    assert!(told.starts_with("demo: whole; ") && told.contains("accounts, sums exact; chain "), "{told}");
    let (code, told, said) = over(folder.path(), &["explain", "0x3"]);
    assert_eq!(code, Some(2), "an id is 32 digits here: {told}{said}");
    let (code, told, said) = over(folder.path(), &["explain", &format!("{:032x}", 3)]);
    assert_eq!(code, Some(0), "{said}");
    let balance = format!("{}.{:02}", expected[3] / 100, expected[3] % 100);
    assert!(told.lines().last().unwrap().contains(&balance), "the last line is the balance {balance}: {told}");
    let (code, _, said) = over(folder.path(), &["explain", &format!("{:032x}", 77)]);
    assert_eq!(code, Some(2));
    assert!(said.contains("was never opened in sandbox `demo`"), "{said}");
    let (code, told, _) = over(folder.path(), &["export"]);
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sum: i64 = lines.iter().filter(|line| line["credit"] == format!("{:032x}", 3)).map(|line| line["amount"].as_i64().unwrap()).sum();
    let given: i64 = lines.iter().filter(|line| line["debit"] == format!("{:032x}", 3)).map(|line| line["amount"].as_i64().unwrap()).sum();
    assert_eq!((code, sum - given), (Some(0), expected[3]), "the exported postings explain the balance");
    let (code, _, said) = over(folder.path(), &["export", "--sandbox", "other"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("no sandbox `other`; there are: demo"), "{said}");
    changed_books_are_named(folder.path());
}

/// Each change is made to a copy, behind everybody's back.
fn changed_books_are_named(sound: &Path) {
    let middle = "(SELECT position FROM posting ORDER BY position LIMIT 1 OFFSET 40)";
    for (change, table) in [
        (format!("UPDATE posting SET amount = amount + 1 WHERE position = {middle}"), "table batch"),
        (format!("UPDATE posting SET credit = debit WHERE position = {middle}"), "table batch"),
        (format!("DELETE FROM posting WHERE position = {middle}"), "table posting"),
        ("UPDATE event SET body = replace(body, '{', '{ ') WHERE position = 3".to_owned(), "table batch"),
        ("DELETE FROM event WHERE position = 3".to_owned(), "table event"),
    ] {
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join("kabao.db");
        std::fs::copy(sound.join("kabao.db"), &file).unwrap();
        assert_eq!(Connection::open(&file).unwrap().execute(&change, []).unwrap(), 1, "{change}");
        let (code, told, said) = over(copy.path(), &["verify"]);
        assert_eq!(code, Some(1), "{change}: {told}{said}");
        assert!(
            told.contains("demo: damaged: ") && told.contains(table) && told.contains("what stands before is sound"),
            "{change}: {told}"
        );
    }
    // a whole page of nonsense where tables are described, and a file that ends too early
    for (what, cut) in [("nonsense", false), ("cut", true)] {
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join("kabao.db");
        let mut bytes = std::fs::read(sound.join("kabao.db")).unwrap();
        if cut {
            bytes.truncate(bytes.len() / 8192 * 4096);
        } else {
            bytes[200..4_096].fill(0x5a);
        }
        std::fs::write(&file, bytes).unwrap();
        let (code, told, said) = over(copy.path(), &["verify"]);
        assert!(matches!(code, Some(1 | 2)), "{what}: {code:?} {told}{said}");
        assert!(said.contains("kabao.db") || told.contains("damaged"), "{what}: {told}{said}");
    }
}

/// A data directory whose sandbox `demo` keeps most of its idempotency keys in the file.
fn with_old_keys(folder: &Path) {
    use world::ledger::{AccountId, Instruction, Open, PostingId, Transfer, Unit};
    let log = std::sync::Arc::new(log::Sqlite::open(&folder.join("kabao.db")).unwrap());
    let keys = std::sync::Arc::new(engine::KeyStore::open(None).unwrap());
    let engine = engine::Engine::open_with(log, keys, 1_024).unwrap();
    let new = engine::NewSandbox { name: "demo".to_owned(), seed: 1, published_keys: true, clock: world::clock::Clock::default() };
    let sandbox = engine.create(&new, |_| ()).unwrap();
    let open = |id| Instruction::from(Open { id: AccountId(id), unit: Unit::Point, floor: i64::MIN, ceiling: i64::MAX });
    let give = |id| Transfer { id: PostingId(id), debit: AccountId(1), credit: AccountId(2), amount: 1, code: 1, until: None }.into();
    let batch: Vec<Instruction> = [open(1), open(2)].into_iter().chain((1..6_000).map(give)).collect();
    assert!(sandbox.run(|call| call.post(&batch)).unwrap().settled_blocking().unwrap().iter().all(Result::is_ok));
    assert!(engine.move_old_keys(&sandbox).unwrap() > 1_024);
}

#[test]
fn keys_that_are_missing_in_the_file_are_missed() {
    let folder = tempfile::tempdir().unwrap();
    with_old_keys(folder.path());
    let verified = || {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            // the writer of the engine that was just dropped ends by itself
            match over(folder.path(), &["verify"]) {
                (Some(2), _, said) if said.contains("in use by another process") && std::time::Instant::now() < until => {}
                told => return told,
            }
        }
    };
    let (code, told, said) = verified();
    assert_eq!(code, Some(0), "{told}{said}");
    let change = "DELETE FROM key WHERE id = (SELECT id FROM key ORDER BY id LIMIT 1 OFFSET 700)";
    assert_eq!(Connection::open(folder.path().join("kabao.db")).unwrap().execute(change, []).unwrap(), 1);
    let (code, told, said) = verified();
    assert_eq!(code, Some(1), "{told}{said}");
    assert!(told.contains("table key has"), "{told}");
}

#[test]
fn what_is_no_data_directory_is_told_with_what_to_do() {
    let empty = tempfile::tempdir().unwrap();
    for verb in [&["verify"][..], &["export"], &["explain", "points:1"]] {
        for folder in [empty.path(), Path::new("/nowhere/at/all")] {
            let (code, told, said) = over(folder, verb);
            assert_eq!((code, told.as_str()), (Some(2), ""), "{said}");
            assert!(said.contains("kabao.db is not there; name the data directory with --data"), "{said}");
        }
    }
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0, "nothing was made there");
    std::fs::write(empty.path().join("kabao.db"), "these are my notes").unwrap();
    let (code, _, said) = over(empty.path(), &["verify"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("cannot be opened"), "{said}");
}

#[test]
fn a_measurement_is_told_and_kept_and_clears_up() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (place, kept) = (folder.path().to_str().unwrap(), out.path().to_str().unwrap());
    let (code, told, said) = ledger(&["bench", "--short", "--rounds", "1", "--slice", "1", "--folder", place, "--out", kept]);
    assert_eq!(code, Some(0), "{said}");
    let machine = std::fs::read_dir(out.path()).unwrap().next().expect("a folder for this day and machine").unwrap().path();
    let read = |name: &str| std::fs::read_to_string(machine.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(read("ledger-short.md").trim_end(), told.trim_end());
    let json: Value = serde_json::from_str(&read("ledger-short.json")).unwrap();
    let cells = json["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 10, "two draws, five batch sizes");
    for cell in cells {
        let who: Vec<&str> = cell["contenders"].as_array().unwrap().iter().map(|row| row["contender"].as_str().unwrap()).collect();
        assert_eq!(who, ["raw journal", "kabao", "SQLite tables"]);
        assert!(cell["contenders"].as_array().unwrap().iter().all(|row| row["postings_per_second"].as_f64().unwrap() > 0.0), "{cell}");
    }
    assert_eq!(json["goals"].as_array().unwrap().len(), 7);
    assert!(
        ["raw journal", "kabao", "SQLite tables", "## zipf", "postings/s at batch 128"].iter().all(|words| told.contains(words)),
        "{told}"
    );

    let (code, told, said) = ledger(&["bench", "--accounts", "9000", "--slice", "1", "--folder", place, "--out", kept]);
    assert_eq!(code, Some(0), "{said}");
    assert!(told.contains("# 9000 accounts in one ledger") && machine.join("ledger-9000-accounts.json").exists(), "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left where it was measured");

    let nobody = "postgres://nobody@127.0.0.1:1/none";
    let (code, _, said) = ledger(&["bench", "--short", "--postgres", nobody, "--folder", place, "--out", kept]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("PostgreSQL: "), "{said}");
    let (code, _, said) = ledger(&["bench", "--short", "--folder", "/nowhere/at/all", "--out", kept]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("/nowhere/at/all"), "{said}");
}
