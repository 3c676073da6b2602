//! `kabao init` and `kabao doctor` as processes: what the one writes is right to the other, in either mode, and one thing spoiled is one
//! thing found.

use crate::client::Client;
use crate::place::Place;
use crate::sdk_ready::{Ended, run};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn kabao(verb: &str, folder: &Path, more: &[&str]) -> Ended {
    let mut kabao = Command::new(env!("CARGO_BIN_EXE_kabao"));
    kabao.arg(verb).arg(folder).args(more).env("TZ", "Asia/Shanghai");
    run(kabao, Duration::from_mins(1), "the binary is built")
}

fn examined(folder: &Path) -> (Option<i32>, String) {
    let ended = kabao("doctor", folder, &[]);
    (ended.status.code(), ended.said())
}

/// What the doctor says of a file that was changed for a moment.
fn spoiled(folder: &Path, file: &str, change: impl Fn(&str) -> String) -> (Option<i32>, String) {
    let path = folder.join(file);
    let good = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, change(&good)).unwrap();
    let found = examined(folder);
    std::fs::write(&path, good).unwrap();
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_init_writes_is_healthy_and_what_is_spoiled_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::in_memory(&["--seed", "1"]);
    let keys = folder.path().join("keys");
    let ended = kabao("init", &keys, &["--from", &place.base]);
    assert!(ended.status.success(), "{}", ended.said());
    assert!(!keys.join("alipayRootCert.crt").exists(), "key mode has no certificates");
    let (code, said) = examined(&keys);
    assert_eq!(code, Some(0), "{said}");

    let own = std::fs::read_to_string(keys.join("app_public_key.pem")).unwrap();
    let own: String = own.lines().filter(|line| !line.starts_with("-----")).collect();
    let (code, said) = spoiled(&keys, "merchant.env", |good| {
        good.lines()
            .map(|line| if line.starts_with("ALIPAY_PUBLIC_KEY=") { format!("ALIPAY_PUBLIC_KEY={own}\n") } else { format!("{line}\n") })
            .collect()
    });
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("[Q31]"), "the wrong public key is named: {said}");

    let client = Client::of(&place.base, "demo").await;
    client.control("PUT", &format!("/apps/{}/security", client.app_id), Some(json!({"mode": "certificate", "aes": true}))).await;
    let ended = kabao("init", &keys, &["--from", &place.base, "--force"]);
    assert!(ended.status.success() && ended.said().contains("certificate mode"), "{}", ended.said());
    let settings = std::fs::read_to_string(keys.join("merchant.env")).unwrap();
    for variable in ["ALIPAY_APP_CERT=", "ALIPAY_CERT=", "ALIPAY_ROOT_CERT=", "ALIPAY_AES_KEY="] {
        assert!(settings.contains(variable), "{settings}");
    }
    let (code, said) = examined(&keys);
    assert_eq!(code, Some(0), "{said}");
    let other = std::fs::read_to_string(keys.join("appCertPublicKey.crt")).unwrap();
    let (code, said) = spoiled(&keys, "alipayRootCert.crt", |_| other.clone());
    assert_eq!(code, Some(1), "{said}");
    let (code, said) = spoiled(&keys, "merchant.env", |good| good.replace("ALIPAY_AES_KEY=", "ALIPAY_AES_KEY=short"));
    assert_eq!(code, Some(1), "{said}");
}
