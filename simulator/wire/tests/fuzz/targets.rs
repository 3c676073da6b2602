//! The targets. Each must not panic on any bytes, nor take long; where something can be said about the result it is.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use wire::alipay::canonical::{Rule, string_to_sign};
use wire::alipay::{AesKey, Answer, Certificate, CertificateFile, Charset, Incoming, Limits, Notice, NoticeRule, Options, form, open, v3};
use wire::keys::{SigningKey, VerifyingKey};
use wire::pool;

use crate::mutate::Random;

/// Mutations of one run in the test command.
const MUTATIONS: usize = 2_000;

const CHARSETS: [Charset; 3] = [Charset::Utf8, Charset::Gbk, Charset::Gb18030];

/// The corpus of a target, then its mutations, then bolero: random bytes here, coverage-guided ones under `.ci/fuzz`.
fn fuzz(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let corpus: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!corpus.is_empty(), "{name} has no corpus");
    for bytes in &corpus {
        target(bytes);
    }
    if std::env::var_os("KABAO_FUZZING").is_some() {
        return;
    }
    let seed = std::env::var("KABAO_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    let mut random = Random::of(seed);
    for round in 0..MUTATIONS {
        let bytes = random.mutated(&corpus);
        let ended = std::panic::catch_unwind(|| target(&bytes));
        assert!(ended.is_ok(), "{name}: seed {seed}, round {round}, bytes {:?}", String::from_utf8_lossy(&bytes));
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                fuzz(stringify!($name), super::targets::bodies::$name);
                bolero::check!().with_iterations(500).with_max_len(4096).with_test_time(Duration::from_secs(1)).for_each(bodies::$name);
            }
        )*

        /// A corpus folder without a target, or a target without a corpus, is a mistake.
        #[test]
        fn every_corpus_has_its_target() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
            let mut found: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            found.sort();
            let mut named = vec![$(stringify!($name).to_owned()),*];
            named.sort();
            assert_eq!(found, named);
        }
    };
}

targets! { aes answer certificates charset key multipart notice request v3_answer v3_request }

mod bodies {
    use super::*;

    pub(super) fn request(bytes: &[u8]) {
        // the first line is the target, the rest the body
        let at = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
        let target = String::from_utf8_lossy(&bytes[..at]);
        let body = Bytes::copy_from_slice(bytes.get(at + 1..).unwrap_or_default());
        let incoming = Incoming { http_method: "POST", target: &target, content_type: None, body: &body };
        if let Ok(opened) = open(incoming, &Limits::default()) {
            let string = opened.string_to_sign();
            // what was read says the same when it is written and read again
            let again = Bytes::from(form::encode_pairs(opened.parameters.pairs()));
            let incoming = Incoming { http_method: "POST", target: "/", content_type: None, body: &again };
            if let Ok(again) = open(incoming, &Limits::default()) {
                assert_eq!(again.string_to_sign(), string);
            }
        }
    }

    pub(super) fn multipart(bytes: &[u8]) {
        let body = Bytes::copy_from_slice(bytes);
        let content_type = Some("multipart/form-data; boundary=b");
        let incoming = Incoming { http_method: "POST", target: "/gateway.do", content_type, body: &body };
        if let Ok(opened) = open(incoming, &Limits::default()) {
            let parts: usize = opened.files.iter().map(|file| file.bytes.len()).sum();
            assert!(parts <= bytes.len());
            let _ = opened.string_to_sign();
        }
    }

    pub(super) fn notice(bytes: &[u8]) {
        if let Ok(notice) = Notice::read(&Bytes::copy_from_slice(bytes), &Limits::default()) {
            let key = pool::signing_key(31);
            assert!(!notice.verifies(key.verifying(), NoticeRule::V1) && !notice.verifies(key.verifying(), NoticeRule::V2));
            let _ = notice.text("notify_id");
            let _ = string_to_sign(notice.parameters.pairs(), Rule::NOTICE_V1);
        }
    }

    pub(super) fn answer(bytes: &[u8]) {
        let body = Bytes::copy_from_slice(bytes);
        for charset in CHARSETS {
            if let Ok(mut answer) = Answer::read(&body, charset, "alipay_trade_query_response") {
                let text = charset.decode(answer.signed_text()).unwrap().into_owned();
                // what was cut out is the value and nothing else
                assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), answer.value);
                let _ = answer.decrypt(&AesKey::from_bytes([0; 16]));
                let _ = answer.is_success();
            }
        }
    }

    pub(super) fn v3_request(bytes: &[u8]) {
        // three lines: target, Authorization, Content-Type; the rest is the body
        let mut lines = bytes.splitn(4, |&byte| byte == b'\n');
        let mut line = || String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
        let (target, authorization, content_type) = (line(), line(), line());
        let body = Bytes::copy_from_slice(lines.next().unwrap_or_default());
        let headers = [("authorization".to_owned(), authorization), ("content-type".to_owned(), content_type)];
        let incoming = v3::Incoming { http_method: "POST", target: &target, headers: &headers, body: &body };
        if let Ok(opened) = v3::open(incoming, &Limits::default()) {
            if let Some(read) = opened.authorization.as_ref().filter(|read| read.sign.is_some()) {
                assert_eq!(&v3::Authorization::read(&read.to_string()), read);
            }
            assert!(opened.string_to_sign().ends_with(b"\n"));
            let _ = v3::check(opened, &Nobody, &v3::Nonces::new(2), Options::default());
        }
    }

    pub(super) fn v3_answer(bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let headers = text.lines().filter_map(|line| line.split_once(": "));
        let answer = v3::Answer::read(200, headers, &Bytes::copy_from_slice(bytes));
        assert!(answer.verify(pool::signing_key(31).verifying()).is_err());
        let _ = answer.object(None);
        let _ = answer.object(Some(&AesKey::from_bytes([0; 16])));
    }

    pub(super) fn certificates(bytes: &[u8]) {
        let _ = Certificate::from_der(bytes);
        if let Ok(file) = CertificateFile::from_pem(&String::from_utf8_lossy(bytes)) {
            let again = CertificateFile::from_pem(&file.pem()).unwrap();
            assert_eq!(again, file);
            assert!(file.certificates().iter().all(|one| one.sn().len() == 32));
            let _ = file.root_sn();
            let _ = file.verify(&again, 0);
        }
    }

    pub(super) fn key(bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let _ = (SigningKey::from_der(bytes), SigningKey::from_text(&text));
        for key in [VerifyingKey::from_der(bytes), VerifyingKey::from_text(&text)].into_iter().flatten() {
            assert_eq!(VerifyingKey::from_text(&key.spki_pem()).unwrap(), key);
            assert!(!key.pkcs1_der().is_empty());
        }
    }

    pub(super) fn aes(bytes: &[u8]) {
        let key = AesKey::from_base64("UnryCy5aX6cSkHOntqlDLQ==").unwrap();
        if let Ok(content) = key.decrypt(bytes) {
            assert_eq!(key.decrypt(key.encrypt(&content).as_bytes()).unwrap(), content);
        }
        let _ = AesKey::from_base64(&String::from_utf8_lossy(bytes));
    }

    pub(super) fn charset(bytes: &[u8]) {
        for charset in CHARSETS {
            match charset.decode(bytes) {
                Ok(text) => assert_eq!(charset.decode(&charset.encode_json(&text)).unwrap().is_empty(), text.is_empty()),
                Err(wrong) => {
                    assert!(wrong.offset < bytes.len());
                    assert!(charset.decode(&bytes[..wrong.offset]).is_ok());
                }
            }
            let _ = charset.decode_lossy(bytes);
        }
    }

    /// A gateway that knows nobody.
    struct Nobody;

    impl wire::alipay::Registry for Nobody {
        fn method(&self, _: &str) -> wire::alipay::MethodStanding {
            wire::alipay::MethodStanding::Known
        }

        fn application(&self, _: &str) -> Option<wire::alipay::Application> {
            None
        }

        fn now_ms(&self) -> i64 {
            1_795_293_101_000
        }
    }
}
