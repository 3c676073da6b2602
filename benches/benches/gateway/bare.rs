//! The server that the gateway is held against: axum on the same runtime, which parses the form, builds the string to sign, verifies
//! the signature with a parsed key, and answers one constant. It knows no sandbox, keeps nothing and signs nothing.

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::routing::post;
use bytes::Bytes;
use std::sync::Arc;
use wire::alipay::canonical::{Rule, string_to_sign};
use wire::alipay::form::decode_slice;
use wire::keys::{Digest, VerifyingKey};

/// What `alipay.marketing.card.update` answers when it went well, with a signature that nobody checks here.
const ANSWER: &str = concat!(
    r#"{"alipay_marketing_card_update_response":{"code":"10000","msg":"Success"},"sign":""#,
    "R4Sgo0Sf0aBbc8hVlJ0hHqZFz2LbJ7mXl0N0p2c3Yk1Wm5r8Uu0aQ3dTgV7yPqkXe9oC6iBnMtLsJzEhGfDwRvKxAaSdFgHjKlQwErTyUiOpZxCvBnM1234567890",
    "R4Sgo0Sf0aBbc8hVlJ0hHqZFz2LbJ7mXl0N0p2c3Yk1Wm5r8Uu0aQ3dTgV7yPqkXe9oC6iBnMtLsJzEhGfDwRvKxAaSdFgHjKlQwErTyUiOpZxCvBnM1234567890",
    r#"=="}"#
);

/// Listens on a free port, says which, and serves until the process is ended.
pub(crate) async fn serve(key: VerifyingKey) {
    let router = Router::new().route("/hello", post(async || ANSWER)).route("/gateway.do", post(verified)).with_state(Arc::new(key));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    super::processes::say_ready(listener.local_addr().unwrap());
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| stream.set_nodelay(true).unwrap());
    axum::serve(listener, router).await.unwrap();
}

async fn verified(State(key): State<Arc<VerifyingKey>>, uri: Uri, body: Bytes) -> &'static str {
    let pieces = uri.query().unwrap_or_default().as_bytes().split(|byte| *byte == b'&').chain(body.split(|byte| *byte == b'&'));
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = pieces
        .filter_map(|pair| {
            let middle = pair.iter().position(|byte| *byte == b'=')?;
            Some((decode_slice(&pair[..middle]), decode_slice(&pair[middle + 1..])))
        })
        .collect();
    let sign = pairs.iter().position(|(name, _)| name == b"sign").map(|place| pairs.swap_remove(place).1).unwrap_or_default();
    let content = string_to_sign(pairs.iter().map(|(name, value)| (&name[..], &value[..])), Rule::REQUEST);
    if key.verifies_text(Digest::Sha256, &content, &sign) { ANSWER } else { "wrong signature" }
}
