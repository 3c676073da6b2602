//! What looking for oddities costs a call that is served: the gateway does it for nearly every one, behind the signature.
//!
//! `cargo bench -p kabao-benches --bench remarks`. Beside it stands what the call costs anyway: taking it apart, and verifying.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made should stop loudly")]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use wire::alipay::diagnosis::remarks::{self, Known};
use wire::alipay::{ClientRequest, Incoming, Limits, Opened, Outgoing, open};
use wire::keys::Digest;
use wire::pool;

const NOW_MS: i64 = 1_795_000_000_000;

/// A right call, as a till makes most of them.
fn call(content: &str) -> Outgoing {
    let request = ClientRequest::new("9021786941488678", "alipay.marketing.card.update", NOW_MS).biz_content(content);
    request.sign(&pool::signing_key(0)).unwrap()
}

fn opened(call: &Outgoing) -> Opened {
    let target = call.target("/gateway.do");
    let incoming = Incoming { http_method: "POST", target: &target, content_type: call.content_type.as_deref(), body: &call.body };
    open(incoming, &Limits::default()).unwrap()
}

fn remarks(criterion: &mut Criterion) {
    let small = r#"{"target_card_no":"node000000000001","target_card_no_type":"BIZ_CARD","occur_time":"2026-11-21 12:00:00","card_info":{"point":"35"}}"#;
    let large = format!(r#"{{"target_card_no":"1","ext_info":"{}"}}"#, "星月会员卡".repeat(1_000));
    for (size, content) in [("150 bytes", small), ("15 KB", large.as_str())] {
        let call = call(content);
        let known = Known { clocks_ms: &[NOW_MS, NOW_MS], ..Known::default() };
        let one = opened(&call);
        criterion.bench_function(&format!("taken apart, {size}"), |bencher| bencher.iter(|| black_box(opened(&call))));
        let (content, sign) = (one.string_to_sign(), one.parameters.value("sign").unwrap().to_vec());
        let key = pool::signing_key(0).verifying().clone();
        criterion.bench_function(&format!("verified, {size}"), |bencher| {
            bencher.iter(|| assert!(key.verifies_text(Digest::Sha256, black_box(&content), &sign)));
        });
        criterion.bench_function(&format!("remarked on, {size}"), |bencher| {
            bencher.iter(|| assert!(remarks::of(black_box(&one), None, &known).is_empty()));
        });
    }
}

criterion_group!(benches, remarks);
criterion_main!(benches);
