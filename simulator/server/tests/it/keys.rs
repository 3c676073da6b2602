//! The private keys that lie in the data directory: those that something is signed with, and no others.

use crate::client::Client;
use crate::place::Place;
use serde_json::json;
use std::path::Path;

fn keys(data: &Path) -> usize {
    std::fs::read_dir(data.join("keys")).unwrap().count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_key_of_a_root_does_not_stay_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::over(folder.path(), &[]);
    let client = Client::of(&place.base, "demo").await;
    assert_eq!(keys(folder.path()), 2, "the application's and the platform's");
    let path = format!("/apps/{}/security", client.app_id);
    let sheet = client.control("PUT", &path, Some(json!({"mode": "certificate"}))).await;
    assert!(sheet["certificates"]["alipay_root_cert"].is_string(), "{sheet}");
    assert_eq!(keys(folder.path()), 3, "the authority's beside them: its root signs nothing any more");
    let sheet = client.control("PUT", &path, Some(json!({"renew": ["app_cert"]}))).await;
    assert!(sheet["certificates"]["app_cert"].is_string(), "the authority still issues: {sheet}");
}
