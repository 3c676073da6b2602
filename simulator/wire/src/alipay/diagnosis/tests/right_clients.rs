//! Random valid requests of right clients, classic and v3: served, never diagnosed, never remarked on.
//!
//! 2 000 of them in the test command, 100 000 with `KABAO_LONG=1`. The seed is printed when one is blamed.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::platform::{APP, AUTHORITY, CERTIFIED, LEAF, NOW, Sent, aes, said};
use crate::alipay::{Carriage, ClientRequest, v3};
use crate::pool;

/// Texts that look like the traces of mistakes, and are none.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "\\PC{0,30}",
        3 => "[ +%&=?/a-z0-9@<>'😀会]{0,20}",
        1 => "(%7B|%2B|&quot;|&amp;|¬|×|@|0| {1,12}|\\+ )[a-z ]{0,5}",
        1 => Just("0".to_owned()),
        1 => Just(String::new()),
    ]
}

fn classic() -> impl Strategy<Value = Sent> {
    let carriage = prop_oneof![Just(Carriage::PostForm), Just(Carriage::PostBody), Just(Carriage::Get), Just(Carriage::Multipart)];
    let json = (proptest::collection::vec(("[a-z_]{1,6}", text()), 0..5), 0..4_u8);
    let parameters = proptest::collection::vec(("x[a-zA-Z_]{1,8}", text()), 0..5);
    (parameters, json, carriage, -115_i64..115, 0..3_u8, 0..3_u8, any::<bool>()).prop_map(
        |(parameters, (members, layout), carriage, seconds, kind, charset, notify)| {
            let object: serde_json::Map<_, _> = members.into_iter().map(|(name, value)| (name, value.into())).collect();
            let json = match layout {
                0 => serde_json::to_string_pretty(&object).unwrap(),
                1 => serde_json::to_string(&object).unwrap().replace('/', "\\/"),
                _ => serde_json::to_string(&object).unwrap(),
            };
            let app = if kind == 2 { CERTIFIED } else { APP };
            let mut request = ClientRequest::new(app, "alipay.trade.query", NOW + seconds * 1_000).biz_content(&json);
            for (name, value) in &parameters {
                request = request.parameter(name, value);
            }
            if notify {
                request = request.parameter("notify_url", "https://m.example.com/notify?a=1&b=%20");
            }
            request = match kind {
                1 => request.encrypted(&aes()),
                2 => request.certificates(&LEAF, AUTHORITY.roots()),
                _ => request,
            };
            request = if charset == 0 { request.parameter("sign_type", "RSA") } else { request };
            request = request.parameter("charset", ["utf-8", "UTF-8", "utf-8"][usize::from(charset)]);
            Sent::Classic(request.carriage(carriage).sign(&pool::signing_key(0)).unwrap())
        },
    )
}

fn newer() -> impl Strategy<Value = Sent> {
    let members = proptest::collection::vec(("[a-z]{2,6}", text()), 0..5);
    (members, "[a-z0-9]{8,32}", proptest::collection::vec(("[a-z]{1,6}", text()), 0..3), 0..4_u8, -500_i64..500).prop_map(
        |(members, nonce, query, kind, seconds)| {
            let object: serde_json::Map<_, _> = members.into_iter().map(|(name, value)| (name, value.into())).collect();
            let app = if kind == 1 { CERTIFIED } else { APP };
            let mut request = v3::ClientRequest::new(app, "POST", "/v3/alipay/marketing/card/open", &nonce, NOW + seconds * 1_000)
                .json(&serde_json::to_string(&object).unwrap());
            for (name, value) in &query {
                request = request.query(name, value);
            }
            request = match kind {
                1 => request.certificates(&LEAF, AUTHORITY.roots()),
                2 => request.encrypted(&aes()),
                3 => request.app_auth_token("202611BB1234"),
                _ => request,
            };
            Sent::V3(request.sign(&pool::signing_key(0)))
        },
    )
}

#[test]
fn no_right_client_is_ever_diagnosed() {
    let cases = if std::env::var_os("KABAO_LONG").is_some() { 100_000 } else { 2_000 };
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let all = prop_oneof![3 => classic().boxed(), 1 => newer().boxed()];
    let outcome = runner.run(&all.prop_map(std::sync::Arc::new).no_shrink(), |sent| {
        let said = said(&sent);
        if said.code.is_none() && said.ids.is_empty() { Ok(()) } else { Err(TestCaseError::fail(format!("{said:?}"))) }
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
