//! The platform that the clients of the table call: one application in key mode with an AES key, one in certificate mode; and
//! what it says to a request, in numbers of the catalogue.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::cipher::{AES_128, AES_192, Algorithm, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::alipay::certificates::{Authority, Certificate, Leaf};
use crate::alipay::diagnosis::remarks::{self, Fields, Known};
use crate::alipay::diagnosis::{Diagnosis, KnownKey};
use crate::alipay::v3::{self, Nonces};
use crate::alipay::{AesKey, Application, CertificateMode, Incoming, Limits, MethodStanding, Options, Outgoing, Registry, check, open};
use crate::pool;

/// 2026-11-21 20:31:43 in Beijing.
pub(super) const NOW: i64 = 1_795_264_303_000;
/// In key mode.
pub(super) const APP: &str = "9021000000000001";
/// In certificate mode.
pub(super) const CERTIFIED: &str = "9021000000000002";
const DAY: i64 = 24 * 3_600_000;

pub(super) fn aes() -> AesKey {
    AesKey::from_bytes(*b"kabao-aes-key-16")
}

pub(super) static AUTHORITY: LazyLock<Authority> =
    LazyLock::new(|| Authority::found(&pool::signing_key(20), &pool::signing_key(21), 1, NOW - DAY));

fn issued(number: u64, key: usize) -> Certificate {
    let key = pool::signing_key(key);
    AUTHORITY.issue(&Leaf { common_name: CERTIFIED, key: key.verifying(), number, not_before_ms: NOW - DAY, not_after_ms: NOW + DAY })
}

pub(super) static LEAF: LazyLock<Certificate> = LazyLock::new(|| issued(1, 0));
pub(super) static PLATFORM_LEAF: LazyLock<Certificate> = LazyLock::new(|| issued(9, 1));

static APPLICATIONS: LazyLock<[Application; 2]> = LazyLock::new(|| {
    let keyed = Application {
        content_key: Some(aes()),
        ..Application::in_key_mode(Some(pool::signing_key(0).verifying().clone()), Some(pool::signing_key(1)))
    };
    let mode = CertificateMode {
        app_certificates: vec![LEAF.clone()],
        root_cert_sn: AUTHORITY.roots().root_sn(),
        alipay_cert_sn: PLATFORM_LEAF.sn().to_owned(),
    };
    let certified = Application { certificates: Some(Arc::new(mode)), ..keyed.clone() };
    [keyed, certified]
});

pub(super) struct Platform;

impl Registry for Platform {
    fn method(&self, _: &str) -> MethodStanding {
        MethodStanding::Known
    }

    fn application(&self, app_id: &str) -> Option<Application> {
        application(app_id).cloned()
    }

    fn now_ms(&self) -> i64 {
        NOW
    }
}

fn application(app_id: &str) -> Option<&'static Application> {
    match app_id {
        APP => Some(&APPLICATIONS[0]),
        CERTIFIED => Some(&APPLICATIONS[1]),
        _ => None,
    }
}

/// A request on its way.
#[derive(Debug)]
pub(super) enum Sent {
    Classic(Outgoing),
    V3(v3::Outgoing),
    /// The second of the two.
    Twice(v3::Outgoing),
}

/// What the platform says to it.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The code of a refusal.
    pub(super) code: Option<String>,
    /// The text of the refusal.
    pub(super) text: String,
    /// Numbers of the catalogue, each once.
    pub(super) ids: Vec<&'static str>,
    /// Everything said about them.
    pub(super) words: Vec<String>,
    pub(super) diagnosis: Option<Diagnosis>,
}

impl Said {
    fn of(code: Option<String>, text: String, diagnosis: Option<Diagnosis>, remarks: Vec<remarks::Remark>) -> Self {
        let mut said = Self { code, text, ..Self::default() };
        let all = diagnosis.iter().map(|found| (found.id, found.hint.clone(), found.hint_zh.clone()));
        for (id, hint, hint_zh) in all.chain(remarks.into_iter().map(|one| (one.id, one.hint, one.hint_zh))) {
            if !said.ids.contains(&id) {
                said.ids.push(id);
            }
            said.words.extend([hint, hint_zh]);
        }
        said.diagnosis = diagnosis;
        said
    }
}

static KEYS: LazyLock<[KnownKey; 3]> = LazyLock::new(|| {
    let key = |index: usize, owner: &str| KnownKey { owner: owner.to_owned(), key: pool::signing_key(index).verifying().clone() };
    [key(0, "this application"), key(1, "the Alipay key of this application"), key(2, "application 9021000000000003")]
});
static ELSEWHERE: LazyLock<[KnownKey; 1]> = LazyLock::new(|| {
    [KnownKey { owner: "application 9021000000000009 of sandbox `other`".to_owned(), key: pool::signing_key(5).verifying().clone() }]
});

fn known<'a>(application: Option<&'a Application>, method: &str) -> Known<'a> {
    let fields = match method {
        "alipay.system.oauth.token" => Fields { beside: true, names: &["grant_type", "code", "refresh_token"] },
        _ => Fields { beside: false, names: &["subject", "out_trade_no", "target_card_no"] },
    };
    Known {
        keys: &KEYS[..],
        elsewhere: &ELSEWHERE[..],
        application,
        roots: Some(AUTHORITY.roots()),
        clocks_ms: &[NOW],
        fields: Some(fields),
    }
}

/// What the platform says. Behind the signature it asks as the engine does, for as much as the catalogue needs: `grant_type`
/// of one method, a token that is none, JSON.
pub(super) fn said(sent: &Sent) -> Said {
    match sent {
        Sent::Classic(sent) => said_to_classic(sent),
        Sent::V3(sent) => said_to_v3(sent, &Nonces::new(10)),
        Sent::Twice(sent) => {
            let nonces = Nonces::new(10);
            said_to_v3(sent, &nonces);
            said_to_v3(sent, &nonces)
        }
    }
}

fn said_to_classic(sent: &Outgoing) -> Said {
    let (target, content_type) = (sent.target("/gateway.do"), sent.content_type.as_deref());
    let opened =
        open(Incoming { http_method: sent.http_method, target: &target, content_type, body: &sent.body }, &Limits::default()).unwrap();
    let application = opened.app_id().and_then(|app_id| application(&app_id));
    let method = opened.method().unwrap_or_default().into_owned();
    let known = known(application, &method);
    let options = Options { suspect_reserved_names: true, ..Options::default() };
    match check(opened, &Platform, options) {
        Err(mut refused) => {
            let diagnosis = refused.explain(known);
            let code = refused.refusal.code.sub_code.clone();
            let remarks = remarks::of(&refused.opened, Some(&code), &known);
            Said::of(Some(code), refused.refusal.sub_msg, diagnosis, remarks)
        }
        Ok(mut envelope) => {
            let code = match envelope.decrypt() {
                Err(refusal) => Some(refusal.code.sub_code.clone()),
                Ok(()) if method == "alipay.system.oauth.token" && envelope.text("grant_type").is_none() => {
                    Some("isv.missing-parameter".into())
                }
                Ok(()) if method == "alipay.user.info.share" && envelope.auth_token().is_none() => Some("aop.invalid-auth-token".into()),
                // a merchant's trade, asked for by somebody else
                Ok(()) if method == "alipay.trade.refund" && envelope.text("app_auth_token").is_none() => {
                    Some("ACQ.TRADE_NOT_EXIST".into())
                }
                Ok(()) => {
                    let text = envelope.biz_content().map(std::borrow::Cow::into_owned);
                    let read = text.map(|text| serde_json::from_str::<serde_json::Value>(&text));
                    read.filter(Result::is_err).map(|_| "isv.illegal-json".into())
                }
            };
            let remarks = remarks::of(&envelope.opened, code.as_deref(), &known);
            Said::of(code, String::new(), None, remarks)
        }
    }
}

fn said_to_v3(sent: &v3::Outgoing, nonces: &Nonces) -> Said {
    let incoming = v3::Incoming { http_method: &sent.http_method, target: &sent.target, headers: &sent.headers, body: &sent.body };
    let opened = v3::open(incoming, &Limits::default()).unwrap();
    let known = known(opened.app_id().and_then(application), opened.method().unwrap_or_default());
    match v3::check(opened, &Platform, nonces, Options::default()) {
        Err(mut refused) => {
            let diagnosis = refused.explain(known);
            let code = refused.refusal.code.clone();
            let remarks = v3::remarks(&refused.opened, Some(&code), &known);
            Said::of(Some(code), refused.refusal.message, diagnosis, remarks)
        }
        Ok(mut envelope) => {
            let code = envelope.decrypt().err().map(|refusal| refusal.code);
            let remarks = v3::remarks(&envelope.opened, code.as_deref(), &known);
            Said::of(code, String::new(), None, remarks)
        }
    }
}

/// A cipher text as a client makes it that has the cipher wrong: ECB without an IV.
pub(super) fn encrypted(key: &[u8], iv: Option<[u8; 16]>, prefix: &[u8], content: &str) -> String {
    let algorithm: &Algorithm = if key.len() == 16 { &AES_128 } else { &AES_192 };
    let unbound = UnboundCipherKey::new(algorithm, key).unwrap();
    let mut bytes = content.as_bytes().to_vec();
    match iv {
        Some(iv) => {
            let key = PaddedBlockEncryptingKey::cbc_pkcs7(unbound).unwrap();
            key.less_safe_encrypt(&mut bytes, EncryptionContext::Iv128(FixedLength::from(iv))).unwrap();
        }
        None => {
            PaddedBlockEncryptingKey::ecb_pkcs7(unbound).unwrap().less_safe_encrypt(&mut bytes, EncryptionContext::None).unwrap();
        }
    }
    STANDARD.encode([prefix, &bytes].concat())
}
