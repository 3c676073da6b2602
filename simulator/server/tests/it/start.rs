//! Starting and ending: quick when empty, nothing lost by a planned stop, and clear words when it cannot be.

use crate::client::Client;
use crate::place::Place;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planned_stop_keeps_everything_and_the_next_start_has_the_same_keys() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::over(folder.path(), &[]);
    let client = Client::of(&place.base, "demo").await;
    let (template, link) = client.template().await;
    let card = client.join(&template, &link, "m1").await;
    client.state_points(&card, 35).await.unwrap();
    place.stop();
    let place = Place::over(folder.path(), &[]);
    assert_eq!(client.at(&place.base).points(&card).await, "35");
    let addresses = std::fs::read_to_string(folder.path().join("addresses")).unwrap();
    assert_eq!(addresses.trim(), place.base);
}

#[test]
fn two_houses_over_one_directory_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Place::over(folder.path(), &[]);
    let said = Place::start(&["--data", folder.path().to_str().unwrap()]).err().expect("a second owner must not start");
    assert!(said.contains("in use by another process"), "{said}");
}

#[test]
fn a_damaged_file_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    Place::over(folder.path(), &[]).stop();
    let file = folder.path().join("kabao.db");
    for part in ["kabao.db-wal", "kabao.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(part));
    }
    std::fs::write(&file, b"this is no database, whatever its name says").unwrap();
    let said = Place::start(&["--data", folder.path().to_str().unwrap()]).err().expect("a damaged file must not be opened");
    assert!(said.contains("kabao.db"), "{said}");
    assert_eq!(std::fs::read(&file).unwrap(), b"this is no database, whatever its name says");
}

#[test]
fn an_open_address_without_a_token_is_refused_with_the_line_to_use() {
    for token in [&[][..], &["--token", ""], &["--token", "  "]] {
        let said = Place::start(&[&["--memory", "--listen", "0.0.0.0:0"], token].concat()).err().expect("an open door needs a token");
        assert!(said.contains("--token"), "{token:?}: {said}");
    }
}

#[test]
fn an_empty_house_greets_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let quickest = (0..5).map(|run| Place::over(&folder.path().join(run.to_string()), &[]).greeted_after).min().unwrap();
    // the promise of 0.2 s is measured in release in `benches/`; this only notices when something long stands before the greeting
    assert!(quickest < Duration::from_secs(2), "the greeting took {quickest:?}");
}
