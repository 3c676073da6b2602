//! Signatures: requests signed before they are sent, and how many signatures and verifications this machine makes.

use super::client::Ready;
use super::shop;
use std::time::{Duration, Instant};
use wire::alipay::client::ClientRequest;
use wire::keys::{Digest, SigningKey};
use wire::pool;

/// Requests signed by the shop, on both cores.
pub(crate) fn signed(count: usize, method: &str, business: impl Fn(usize) -> String + Sync) -> Vec<Ready> {
    let key = pool::signing_key(0);
    let now = jiff::Timestamp::now().as_millisecond();
    let one = &|number: usize| {
        let request = ClientRequest::new(shop::APP, method, now).biz_content(&business(number));
        let out = request.sign(&key).unwrap();
        Ready::post(format!("/gateway.do?{}", out.query), out.body)
    };
    std::thread::scope(|scope| {
        let half = count / 2;
        let first = scope.spawn(move || (0..half).map(one).collect::<Vec<_>>());
        let second: Vec<_> = (half..count).map(one).collect();
        first.join().unwrap().into_iter().chain(second).collect()
    })
}

/// How many signatures a second all cores make.
pub(crate) fn sign_rate(span: Duration) -> f64 {
    let threads = std::thread::available_parallelism().unwrap().get();
    let key: SigningKey = pool::signing_key(0);
    let begun = Instant::now();
    let made: u64 = std::thread::scope(|scope| {
        let work: Vec<_> = (0..threads)
            .map(|thread| {
                let key = &key;
                scope.spawn(move || {
                    let mut made = 0_u64;
                    while begun.elapsed() < span {
                        let content = format!("{thread}-{made}-{}", "x".repeat(500));
                        std::hint::black_box(key.sign_text(Digest::Sha256, content.as_bytes()));
                        made += 1;
                    }
                    made
                })
            })
            .collect();
        work.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    rate(made, begun.elapsed())
}

#[expect(clippy::cast_precision_loss, reason = "calls a second are far below where a double is exact")]
pub(crate) fn rate(calls: u64, took: Duration) -> f64 {
    calls as f64 / took.as_secs_f64()
}

/// How long one signature and one verification take on one core, microseconds.
pub(crate) fn one_of_each(span: Duration) -> (f64, f64) {
    let key = pool::signing_key(0);
    let content = "x".repeat(600).into_bytes();
    let sign = key.sign_text(Digest::Sha256, &content);
    let time = |work: &dyn Fn()| {
        let (begun, mut times) = (Instant::now(), 0_u64);
        while begun.elapsed() < span {
            work();
            times += 1;
        }
        1e6 / rate(times, begun.elapsed())
    };
    let signing = time(&|| drop(std::hint::black_box(key.sign_text(Digest::Sha256, &content))));
    let verifying = time(&|| assert!(key.verifying().verifies_text(Digest::Sha256, &content, sign.as_bytes())));
    (signing, verifying)
}
