//! A sandbox larger than anybody should hold in memory goes out as a file and comes back, in bounded memory.

use crate::client::Client;
use crate::place::Place;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// Bytes of the file, about: more than was allowed when files were held in memory.
const SIZE: usize = 132 << 20;
/// By how much the house may grow for it, KiB.
const GROWN: u64 = 96 << 10;

/// An export with its card programme changed again and again, to a megabyte each time.
fn inflated(export: &str) -> String {
    let lines: Vec<&str> = export.lines().collect();
    let created = lines.iter().find(|line| line.contains("\"programme_created\"")).expect("a programme is in it");
    let created: Value = serde_json::from_str(created).unwrap();
    let body = &created["body"];
    let end: Value = serde_json::from_str(lines.last().expect("it ends")).unwrap();
    let mut file = lines[..lines.len() - 1].join("\n");
    file.push('\n');
    let (mut sequence, filler) = (end["end"].as_u64().expect("it counts"), "长".repeat(340_000));
    while file.len() < SIZE {
        sequence += 1;
        let mut document: Value = serde_json::from_str(body["document"].as_str().unwrap()).unwrap();
        document["filler"] = format!("{sequence}{filler}").into();
        let modified = json!({"programme": body["programme"], "document": document.to_string(), "terms": body["terms"]});
        let line = json!({"sequence": sequence, "virtual_ms": created["virtual_ms"], "kind": "programme_modified", "body": modified});
        writeln!(file, "{line}").unwrap();
    }
    writeln!(file, "{{\"end\":{sequence}}}").unwrap();
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_sandbox_is_written_and_read_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::over(folder.path(), &[]);
    let client = Client::of(&place.base, "demo").await;
    let (template, _) = client.template().await;
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_mins(5)).build().unwrap();
    let api = format!("{}/_kabao/v1/sandboxes", place.base);
    let small = http.get(format!("{api}/demo/export")).send().await.unwrap().text().await.unwrap();
    assert_eq!(http.delete(format!("{api}/demo")).send().await.unwrap().status().as_u16(), 204);
    let file = inflated(&small);
    let before = place.resident_kib();
    let imported =
        http.post(format!("{api}/import?name=big")).header("content-type", "application/x-ndjson").body(file.clone()).send().await.unwrap();
    let (status, text) = (imported.status().as_u16(), imported.text().await.unwrap());
    assert_eq!(status, 201, "{text:.500}");
    let read = place.resident_kib().saturating_sub(before);
    let mut exported = http.get(format!("{api}/big/export")).send().await.unwrap();
    let (mut bytes, mut peak) = (Vec::with_capacity(file.len()), 0);
    while let Some(piece) = exported.chunk().await.unwrap() {
        bytes.extend_from_slice(&piece);
        peak = peak.max(place.resident_kib().saturating_sub(before));
    }
    // the head names the sandbox, the rest is the same
    let after_head = |bytes: &[u8]| bytes[bytes.iter().position(|byte| *byte == b'\n').unwrap()..].to_vec();
    assert!(
        after_head(&bytes) == after_head(file.as_bytes()),
        "what came back is not what went in: {} bytes of {}",
        bytes.len(),
        file.len()
    );
    println!("{} MiB: {} MiB more resident after reading, {} MiB at most while writing", file.len() >> 20, read >> 10, peak >> 10);
    assert!(read < GROWN && peak < GROWN, "a file of {} MiB made the house grow by {read} and {peak} KiB", file.len() >> 20);
    let sheet: Value = http.get(format!("{api}/big")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&sheet["templates"], sheet["apps"][0]["app_id"].as_str()), (&json!(1), Some(client.app_id.as_str())));
    assert!(!template.is_empty());
}
