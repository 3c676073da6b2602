//! Certificate mode and content keys of applications: made when asked for, and made ready for the wire.
//!
//! What is kept stands in the world as public text (`world::merchant::Security`); the authority's private key lies in the key
//! store, its root's is not kept by whoever made it. Certificates are parsed once for each change. Source: gateway PROTOCOL A8, B.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::provider::{CertificateSheet, Renew, Securing, Stopped};
use engine::{Call, KeyStore};
use parking_lot::Mutex;
use wire::alipay::certificates::{Authority, Leaf};
use wire::alipay::{AesKey, Application, Certificate, CertificateFile, CertificateMode};
use wire::keys::SigningKey;
use world::merchant::{App, AppKeysSet, AppSecured, Certificates};
use world::names::AppId;

const DAY_MS: i64 = 24 * 3_600_000;
/// How long a leaf is good.
const LEAF_DAYS: i64 = 5 * 365;
/// Certificates and replaced keys that are remembered for one application and side.
const KEPT: usize = 5;
/// Applications that are remembered ready.
const CACHE_LIMIT: usize = 4_096;

/// Applications with their keys and certificates parsed and derived.
#[derive(Default)]
pub(crate) struct Vault {
    kept: Mutex<HashMap<AppId, Kept>>,
}

/// What was made ready, and from what: the application as the world holds it until it changes. Its private key is the key store's alone,
/// which forgets it with its sandbox.
struct Kept {
    app: Arc<App>,
    ready: Application,
}

impl Vault {
    /// The application as the wire asks for it.
    pub(crate) fn application(&self, app: &Arc<App>, keys: &KeyStore) -> Application {
        let known = self.kept.lock().get(&app.id).filter(|kept| Arc::ptr_eq(&kept.app, app)).map(|kept| kept.ready.clone());
        if let Some(known) = known {
            return Application { platform_key: keys.signing(&app.platform_key), ..known };
        }
        let security = &app.security;
        let ready = Application {
            certificates: security.certificates.as_ref().filter(|certificates| certificates.required).and_then(mode).map(Arc::new),
            content_key: content_key(app, keys),
            retired_keys: security.retired_keys.iter().filter_map(|key| keys.verifying(key).ok()).collect(),
            ..Application::in_key_mode(keys.verifying(&app.app_key).ok(), keys.signing(&app.platform_key))
        };
        if ready.merchant_key.is_some() && ready.platform_key.is_some() {
            // keys that are missing may still come
            let mut kept = self.kept.lock();
            if kept.len() >= CACHE_LIMIT {
                kept.clear();
            }
            kept.insert(app.id.clone(), Kept { app: app.clone(), ready: Application { platform_key: None, ..ready.clone() } });
        }
        ready
    }
}

fn mode(certificates: &Certificates) -> Option<CertificateMode> {
    let parsed = |all: &[String]| all.iter().filter_map(|pem| Certificate::from_pem(pem).ok()).collect::<Vec<_>>();
    Some(CertificateMode {
        app_certificates: parsed(&certificates.app),
        root_cert_sn: CertificateFile::from_pem(&certificates.roots).ok()?.root_sn(),
        alipay_cert_sn: parsed(&certificates.platform).first()?.sn().to_owned(),
    })
}

/// The content key, while one is set and the platform's private key is there to derive it from.
pub(crate) fn content_key(app: &App, keys: &KeyStore) -> Option<AesKey> {
    let generation = app.security.content_key;
    (generation > 0).then(|| keys.signing(&app.platform_key).map(|key| AesKey::derived(&key, &generation.to_string())))?
}

/// What the merchant needs for certificate mode, while it is on.
pub(crate) fn sheet(app: &App) -> Option<CertificateSheet> {
    let certificates = app.security.certificates.as_ref().filter(|certificates| certificates.required)?;
    let (leaf, alipay) = (certificates.app.first()?, certificates.platform.first()?);
    let roots = CertificateFile::from_pem(&certificates.roots).ok()?;
    let sn = |pem: &str| Certificate::from_pem(pem).map(|one| one.sn().to_owned()).ok();
    Some(CertificateSheet {
        app_cert: leaf.clone(),
        alipay_cert: format!("{alipay}\n{}", certificates.authority),
        alipay_root_cert: certificates.roots.clone(),
        app_cert_sn: sn(leaf)?,
        alipay_cert_sn: sn(alipay)?,
        alipay_root_cert_sn: roots.root_sn(),
    })
}

/// `alipay_cert_content` for a serial number: Base64 of the PEM text of that certificate of the platform and its issuer. The
/// newest one when none is named.
pub(crate) fn download(app: &App, alipay_cert_sn: Option<&str>) -> Option<String> {
    let certificates = app.security.certificates.as_ref()?;
    let named = |pem: &&String| alipay_cert_sn.is_none_or(|sn| Certificate::from_pem(pem).is_ok_and(|one| one.sn() == sn));
    let leaf = certificates.platform.iter().find(named)?;
    Some(STANDARD.encode(format!("{leaf}\n{}", certificates.authority)))
}

/// Sets how an application's calls are protected.
pub(crate) fn secure(call: &mut Call<'_>, keys: &KeyStore, app: &AppId, ask: &Securing) -> Result<(), Stopped> {
    let app = call.world().apps().get(app).cloned().ok_or_else(|| stopped("unknown_app", "there is no such application"))?;
    let now_ms = call.now().0;
    let mut fresh = ask.fresh_keys.iter();
    let mut key = || {
        let public = fresh.next().ok_or_else(|| stopped("no_key", "too few keys were made"))?;
        keys.signing(public).ok_or_else(|| stopped("no_key", "a key that was made is not in the key store"))
    };
    let renewed = |one: Renew| ask.renew.contains(&one);
    let mut security = (*app.security).clone();
    let (mut app_key, mut platform_key) = (app.app_key.clone(), app.platform_key.clone());
    if renewed(Renew::AppKey) {
        let new = key()?.verifying().spki_base64();
        security.retired_keys.insert(0, std::mem::replace(&mut app_key, new));
        security.retired_keys.truncate(KEPT);
    }
    if renewed(Renew::AlipayKey) {
        platform_key = key()?.verifying().spki_base64();
    }
    security.content_key = match ask.encryption {
        Some(false) => 0,
        Some(true) if security.content_key == 0 => 1,
        _ if security.content_key > 0 && renewed(Renew::AesKey) => security.content_key + 1,
        _ => security.content_key,
    };
    if ask.certificates == Some(true) && security.certificates.is_none() {
        security.certificates = Some(authority(&key()?, &key()?, number(&app.id), now_ms));
    }
    if let Some(certificates) = &mut security.certificates {
        certificates.required = ask.certificates.unwrap_or(certificates.required);
        let issuing = Issuing { app: &app.id, now_ms, keys };
        if certificates.app.is_empty() || renewed(Renew::AppKey) || renewed(Renew::AppCert) {
            let pem = issuing.leaf(certificates, app.id.as_str(), &app_key)?;
            front(&mut certificates.app, pem);
        }
        if certificates.platform.is_empty() || renewed(Renew::AlipayKey) || renewed(Renew::AlipayCert) {
            let pem = issuing.leaf(certificates, "kabao Sandbox Alipay", &platform_key)?;
            front(&mut certificates.platform, pem);
        }
    }
    if (&app_key, &platform_key) != (&app.app_key, &app.platform_key) {
        call.record(AppKeysSet { app: app.id.clone(), app_key, platform_key });
    }
    if security != *app.security {
        call.record(AppSecured { app: app.id.clone(), security });
    }
    Ok(())
}

fn stopped(code: &str, reason: &str) -> Stopped {
    Stopped { code: code.to_owned(), shown: "系统繁忙，请稍后再试".to_owned(), reason: reason.to_owned() }
}

fn front(all: &mut Vec<String>, new: String) {
    all.insert(0, new);
    all.truncate(KEPT);
}

/// The application's number as one: it keeps serials of different applications apart.
fn number(app: &AppId) -> u64 {
    app.as_str().bytes().filter(u8::is_ascii_digit).fold(0, |number, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')))
}

/// A new authority with nothing issued. Its root's key is not kept: nobody can make a second intermediate.
fn authority(root: &SigningKey, intermediate: &SigningKey, number: u64, now_ms: i64) -> Certificates {
    let authority = Authority::found(root, intermediate, number, now_ms - 365 * DAY_MS);
    Certificates {
        required: true,
        authority_key: intermediate.verifying().spki_base64(),
        roots: authority.roots().pem(),
        authority: authority.intermediate().pem(),
        app: Vec::new(),
        platform: Vec::new(),
        issued: 0,
    }
}

struct Issuing<'a> {
    app: &'a AppId,
    now_ms: i64,
    keys: &'a KeyStore,
}

impl Issuing<'_> {
    fn leaf(&self, certificates: &mut Certificates, common_name: &str, public: &str) -> Result<String, Stopped> {
        let broken = |what: &str| stopped("bad_authority", what);
        let key = self.keys.verifying(public).map_err(|_| broken("the application has no key that could be certified"))?;
        let signing =
            self.keys.signing(&certificates.authority_key).ok_or_else(|| broken("the authority's key is not in the key store"))?;
        let intermediate = Certificate::from_pem(&certificates.authority).map_err(|error| broken(&error.to_string()))?;
        let roots = CertificateFile::from_pem(&certificates.roots).map_err(|error| broken(&error.to_string()))?;
        let authority =
            Authority::resume(intermediate, &signing, roots).ok_or_else(|| broken("the authority's key, certificate and roots differ"))?;
        certificates.issued += 1;
        let number = number(self.app).wrapping_mul(1_000).wrapping_add(certificates.issued);
        let (not_before_ms, not_after_ms) = (self.now_ms - DAY_MS, self.now_ms + LEAF_DAYS * DAY_MS);
        Ok(authority.issue(&Leaf { common_name, key: &key, number, not_before_ms, not_after_ms }).pem())
    }
}

#[cfg(test)]
mod tests;
