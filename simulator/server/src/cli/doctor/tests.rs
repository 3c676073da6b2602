//! A good set-up, and for each check its broken twin: one thing changed, one finding.

use super::finding::{Finding, State, json, terminal};
use super::sdk::{Sdk, converted, traps};
use super::setup::Setup;
use super::{Doctor, certificates, examine, exit_of, keys, place, platform};
use crate::exit::Exit;
use scenarios::telling::Paint;
use serde_json::{Value, json as value};
use wire::alipay::certificates::{Authority, Leaf};
use wire::alipay::{AesKey, CertificateFile};
use wire::keys::{SigningKey, VerifyingKey};
use wire::pool;

/// 2026-11-21 20:31:43 in Beijing.
const NOW: i64 = 1_795_264_303_000;
const DAY: i64 = 24 * 3_600_000;
const APP: &str = "9021000000000001";

fn key() -> SigningKey {
    pool::signing_key(0)
}

fn public(index: usize) -> String {
    pool::signing_key(index).verifying().spki_base64()
}

fn authority(number: u64) -> Authority {
    Authority::found(&pool::signing_key(20), &pool::signing_key(21), number, NOW - DAY)
}

fn leaf(name: &str, key: &VerifyingKey, days: i64) -> wire::alipay::Certificate {
    authority(1).issue(&Leaf { common_name: name, key, number: 7, not_before_ms: NOW - DAY, not_after_ms: NOW + days * DAY })
}

fn platform_file() -> CertificateFile {
    authority(1).chain(leaf("Alipay", pool::signing_key(1).verifying(), 1))
}

/// Nothing is wrong with it.
fn good() -> Setup {
    Setup {
        app_id: Some(APP.to_owned()),
        key: Some(key().pkcs8_base64()),
        app_public_key: Some(public(0)),
        alipay_public_key: Some(public(1)),
        app_cert: Some(leaf(APP, key().verifying(), 1).pem()),
        alipay_cert: Some(platform_file().pem()),
        root_cert: Some(authority(1).roots().pem()),
        aes_key: Some(AesKey::from_bytes([7; 16]).base64()),
        charset: Some("utf-8".to_owned()),
        gateway: Some("http://127.0.0.1:8600/gateway.do".to_owned()),
        notify_url: Some("http://127.0.0.1:3000/notify".to_owned()),
    }
}

fn all(setup: &Setup, sdk: Option<Sdk>, validate_sign: bool) -> Vec<Finding> {
    let mut found = keys::examine(setup, sdk);
    found.extend(certificates::examine(setup, NOW));
    found.extend(place::settings(setup));
    found.extend(traps(setup, sdk, validate_sign));
    found
}

#[test]
fn a_good_set_up_is_right_in_every_check() {
    let found = all(&good(), Some(Sdk::Java), false);
    assert!(found.iter().all(|one| one.state == State::Right), "{}", terminal(&found, false, Paint::Plain));
    assert_eq!(found.len(), 4 + 3 + 4 + 1);
    assert_eq!(exit_of(&found), Exit::Fine);
}

type Twin = (&'static str, &'static str, Option<&'static str>, fn(&mut Setup));

#[rustfmt::skip]
const BROKEN: &[Twin] = &[
    ("private key", "a public key is given", Some("Q03"), |setup| setup.key = Some(public(0))),
    ("private key", "PKCS#1 for Java", Some("Q03"), |setup| setup.key = Some(key().pkcs1_base64())),
    ("private key", "PEM for Java", Some("Q03"), |setup| setup.key = Some(key().pkcs8_pem())),
    ("private key", "PKCS#1 under a PKCS#8 label", Some("Q03"), |setup| setup.key = Some(key().pkcs1_pem().replace("RSA PRIVATE", "PRIVATE"))),
    ("key pair", "the public key of another pair", Some("Q01"), |setup| setup.app_public_key = Some(public(2))),
    ("key pair", "no public key at all", None, |setup| setup.app_public_key = Some("nonsense!".to_owned())),
    ("alipay public key", "the application's own key pasted", Some("Q31"), |setup| setup.alipay_public_key = Some(public(0))),
    ("alipay public key", "a certificate pasted", None, |setup| setup.alipay_public_key.clone_from(&setup.app_cert)),
    ("AES key", "hexadecimal", Some("Q25"), |setup| setup.aes_key = Some("07".repeat(16))),
    ("AES key", "too long", Some("Q25"), |setup| setup.aes_key = Some("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned())),
    ("app certificate", "another key's certificate", Some("Q01"), |setup| setup.app_cert = Some(leaf(APP, pool::signing_key(5).verifying(), 1).pem())),
    ("app certificate", "over", Some("Q23"), |setup| setup.app_cert = Some(leaf(APP, key().verifying(), -1).pem())),
    ("app certificate", "the roots in its place", Some("Q23"), |setup| setup.app_cert.clone_from(&setup.root_cert)),
    ("app certificate", "a key in its place", Some("Q23"), |setup| setup.app_cert = Some(key().pkcs8_pem())),
    ("alipay certificate", "the application's in its place", Some("Q23"), |setup| setup.alipay_cert.clone_from(&setup.app_cert)),
    ("alipay certificate", "missing", Some("Q23"), |setup| setup.alipay_cert = None),
    ("root certificates", "the platform's certificate in its place", Some("Q23"), |setup| setup.root_cert.clone_from(&setup.alipay_cert)),
    ("alipay certificate", "roots of another authority", Some("Q23"), |setup| setup.root_cert = Some(Authority::found(&pool::signing_key(22), &pool::signing_key(23), 2, NOW - DAY).roots().pem())),
    ("charset", "unknown", Some("Q11"), |setup| setup.charset = Some("utf8mb4".to_owned())),
    ("charset", "in other letters than in the address", Some("Q13"), |setup| setup.gateway = Some("http://127.0.0.1:8600/gateway.do?charset=UTF-8".to_owned())),
    ("environment", "no number", Some("Q02"), |setup| setup.app_id = Some("12345".to_owned())),
    ("environment", "a production number at a sandbox gateway", Some("Q02"), |setup| setup.app_id = Some("2021004100000001".to_owned())),
    ("gateway", "the old sandbox", Some("Q30"), |setup| { setup.gateway = Some("https://openapi.alipaydev.com/gateway.do".to_owned()); setup.notify_url = Some("https://m.example.com/n".to_owned()); }),
    ("gateway", "no address", None, |setup| setup.gateway = Some("127.0.0.1:8600".to_owned())),
    ("gateway", "another path", Some("Q50"), |setup| setup.gateway = Some("http://127.0.0.1:8600/v3/alipay".to_owned())),
    ("notify_url", "a query string", Some("Q58"), |setup| setup.notify_url = Some("http://127.0.0.1:3000/n?a=1".to_owned())),
    ("notify_url", "an address the real platform cannot reach", Some("Q60"), |setup| { setup.gateway = Some("https://openapi-sandbox.dl.alipaydev.com/gateway.do".to_owned()); }),
];

#[test]
fn each_broken_twin_has_its_own_finding_and_no_other() {
    for (check, what, trap, breaking) in BROKEN {
        let mut setup = good();
        breaking(&mut setup);
        let found = all(&setup, Some(Sdk::Java), false);
        let bad: Vec<_> = found.iter().filter(|one| matches!(one.state, State::Wrong | State::Doubtful)).collect();
        assert!(bad.iter().any(|one| one.check == *check && one.trap == *trap), "{check}: {what}: {bad:?}");
        // what else is said follows from the same change: a private key that is none cannot be paired
        assert!(bad.iter().all(|one| one.check == *check), "{check}: {what}: {bad:?}");
    }
}

#[test]
fn each_sdk_has_its_own_form_and_its_own_traps() {
    let with = |sdk: Sdk, change: &dyn Fn(&mut Setup), validate_sign: bool| {
        let mut setup = Setup { app_cert: None, alipay_cert: None, root_cert: None, aes_key: None, ..good() };
        setup.key = Some(converted(&setup, Some(sdk)).unwrap());
        change(&mut setup);
        let found = [keys::examine(&setup, Some(sdk)), traps(&setup, Some(sdk), validate_sign)].concat();
        found.into_iter().filter(|one| matches!(one.state, State::Wrong | State::Doubtful)).filter_map(|one| one.trap).collect::<Vec<_>>()
    };
    let nothing = |_: &mut Setup| {};
    for sdk in [Sdk::Java, Sdk::Easysdk, Sdk::Net, Sdk::Php, Sdk::PythonCommunity, Sdk::Go] {
        assert_eq!(with(sdk, &nothing, false), Vec::<&str>::new(), "{}", sdk.name());
    }
    let port_80 = |setup: &mut Setup| setup.gateway = Some("http://127.0.0.2/gateway.do".to_owned());
    assert_eq!(with(Sdk::Python, &port_80, false), Vec::<&str>::new());
    assert_eq!(with(Sdk::Python, &nothing, false), ["Q27"]);
    let aes = |setup: &mut Setup| setup.aes_key = good().aes_key;
    assert_eq!(with(Sdk::Python, &aes, false), ["Q26", "Q27"]);
    assert_eq!(with(Sdk::Node, &nothing, false), ["Q35"]);
    assert_eq!(with(Sdk::Node, &nothing, true), Vec::<&str>::new());
    assert_eq!(with(Sdk::Node, &aes, true), ["Q36"]);
    assert_eq!(with(Sdk::Php, &|setup: &mut Setup| setup.key = Some(key().pkcs8_base64()), false), ["Q03"]);
}

#[test]
fn a_converted_key_is_the_same_key() {
    for sdk in [Sdk::Java, Sdk::Python, Sdk::PythonCommunity, Sdk::Node, Sdk::Go] {
        let text = converted(&Setup { key: Some(key().pkcs1_pem()), ..Setup::default() }, Some(sdk)).unwrap();
        assert_eq!(SigningKey::from_text(&text).unwrap().fingerprint(), key().fingerprint(), "{}", sdk.name());
    }
    assert_eq!(converted(&Setup::default(), Some(Sdk::Java)).unwrap_err().exit, Exit::Usage);
}

fn sheet() -> Value {
    value!({"apps": [{
        "app_id": APP, "app_public_key": public(0), "alipay_public_key": public(1), "aes_key": good().aes_key,
        "certificates": {"alipay_root_cert_sn": authority(1).roots().root_sn()},
    }]})
}

#[test]
fn a_running_sandbox_agrees_with_a_good_set_up_and_names_what_differs() {
    let states = |setup: &Setup| platform::beside(&sheet(), "demo", setup);
    assert!(states(&good()).iter().all(|one| one.state == State::Right), "{:?}", states(&good()));
    assert_eq!(states(&good()).len(), 4);
    let broken: [(Option<&str>, Setup); 5] = [
        (Some("Q02"), Setup { app_id: Some("9021000000000099".to_owned()), ..good() }),
        (Some("Q01"), Setup { key: Some(pool::signing_key(2).pkcs8_base64()), ..good() }),
        (Some("Q31"), Setup { alipay_public_key: Some(public(0)), ..good() }),
        (Some("Q31"), Setup { alipay_public_key: Some(public(3)), ..good() }),
        (Some("Q25"), Setup { aes_key: Some(AesKey::from_bytes([8; 16]).base64()), ..good() }),
    ];
    for (trap, setup) in broken {
        let wrong: Vec<_> = states(&setup).into_iter().filter(|one| one.state == State::Wrong).map(|one| one.trap).collect();
        assert_eq!(wrong, [trap]);
    }
}

#[test]
fn an_address_is_connected_to_and_silence_alone_is_exit_code_3() {
    let runtime = crate::cli::runtime().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let setup = Setup { gateway: Some(format!("http://{address}/gateway.do")), ..Setup::default() };
    let found = runtime.block_on(place::reach(&setup));
    assert_eq!((found.len(), found[0].state, exit_of(&found)), (1, State::Right, Exit::Fine));
    drop(listener);
    let found = runtime.block_on(place::reach(&setup));
    assert_eq!((found[0].state, exit_of(&found)), (State::Wrong, Exit::Unreachable));
    let doctor = Doctor { from: Some(format!("http://{address}")), zone: Some("Asia/Shanghai".to_owned()), ..Doctor::default() };
    let found = runtime.block_on(examine(&doctor, &setup)).unwrap();
    assert_eq!(exit_of(&found), Exit::Unreachable, "{}", terminal(&found, false, Paint::Plain));
    let both = [found, vec![Finding::wrong("charset", None, "x", "x")]].concat();
    assert_eq!(exit_of(&both), Exit::Breaches);
}

#[test]
fn what_init_writes_is_read_and_flags_win_over_it() {
    let folder = tempfile::tempdir().unwrap();
    let environment = format!(
        "ALIPAY_GATEWAY=http://127.0.0.1:8600/gateway.do\nALIPAY_APP_ID={APP}\nALIPAY_APP_PRIVATE_KEY={}\nALIPAY_PUBLIC_KEY={}\n",
        key().pkcs8_base64(),
        public(1)
    );
    std::fs::write(folder.path().join("merchant.env"), environment).unwrap();
    std::fs::write(folder.path().join("app_public_key.pem"), key().verifying().spki_pem()).unwrap();
    let doctor = Doctor { folder: Some(folder.path().to_owned()), charset: Some("gbk".to_owned()), ..Doctor::default() };
    let setup = Setup::read(&doctor).unwrap();
    assert_eq!((setup.app_id.as_deref(), setup.charset.as_deref()), (Some(APP), Some("gbk")));
    let found = keys::examine(&setup, Some(Sdk::Java));
    assert!(found.iter().take(3).all(|one| one.state == State::Right), "{found:?}");
    let other = Doctor { app_id: Some("9021000000000002".to_owned()), key: Some(public(0)), ..doctor };
    let setup = Setup::read(&other).unwrap();
    assert_eq!(setup.app_id.as_deref(), Some("9021000000000002"));
    assert_eq!(keys::examine(&setup, None)[0].state, State::Wrong);
    for missing in [
        Doctor { folder: Some(folder.path().join("none")), ..Doctor::default() },
        Doctor { key: Some("no_such_file.pem".to_owned()), ..Doctor::default() },
    ] {
        assert_eq!(Setup::read(&missing).unwrap_err().exit, Exit::Usage);
    }
}

#[test]
fn findings_are_told_in_both_languages_and_as_json_and_hold_no_private_key() {
    let mut setup = good();
    setup.alipay_public_key = Some(public(0));
    let found = all(&setup, Some(Sdk::Java), false);
    let (english, chinese) = (terminal(&found, false, Paint::Plain), terminal(&found, true, Paint::Plain));
    assert!(
        english.contains("WRONG") && english.contains("[Q31]") && english.ends_with("1 wrong, 0 doubtful; `kabao explain Qnn` tells more"),
        "{english}"
    );
    assert!(chinese.contains("错误") && chinese.contains("这是您自己的应用公钥") && chinese.contains("1 项错误"), "{chinese}");
    assert!(terminal(&found, false, Paint::Terminal).contains("\x1b[1;31mWRONG"));
    let read: Value = serde_json::from_str(&json(&found)).unwrap();
    assert_eq!((&read["wrong"], read["findings"].as_array().unwrap().len()), (&value!(1), found.len()));
    let wrong = read["findings"].as_array().unwrap().iter().find(|one| one["state"] == "wrong").unwrap();
    assert_eq!((&wrong["trap"], wrong["text_zh"].as_str().unwrap().is_empty()), (&value!("Q31"), false));
    let secret = key().pkcs8_base64();
    assert!(!json(&found).contains(&secret[40..80]) && !english.contains(&secret[40..80]));
}

#[test]
fn every_trap_the_doctor_names_stands_in_the_catalogue() {
    let named: Vec<&str> = BROKEN.iter().filter_map(|(_, _, trap, _)| *trap).chain(["Q18", "Q26", "Q27", "Q35", "Q36"]).collect();
    for id in named {
        assert!(wire::alipay::traps::by_id(id).is_some(), "{id}");
    }
    for trap in wire::alipay::traps::all().iter().filter(|trap| trap.is_told_by("doctor")) {
        let known = BROKEN.iter().any(|(_, _, id, _)| *id == Some(trap.id.as_str()));
        assert!(
            known || ["Q18", "Q24", "Q26", "Q27", "Q35", "Q36"].contains(&trap.id.as_str()),
            "{}: no check of the doctor names it",
            trap.id
        );
    }
}
