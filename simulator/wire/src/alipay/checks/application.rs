//! An application as far as signatures and encryption go: what the gateway brings to the checks.

use std::sync::Arc;

use crate::alipay::certificates::Certificate;
use crate::alipay::encryption::AesKey;
use crate::keys::{SigningKey, VerifyingKey};

/// What the gateway knows of an application's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationStanding {
    /// It may call.
    Online,
    /// It was never put online.
    NotOnline,
    /// It is frozen or closed.
    Unusable,
}

/// An application as far as signatures go.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its state.
    pub standing: ApplicationStanding,
    /// The public key the merchant registered, if any. Not asked for in certificate mode.
    pub merchant_key: Option<VerifyingKey>,
    /// Keys the merchant has replaced: a request that one of them signed is refused by name.
    pub retired_keys: Vec<VerifyingKey>,
    /// The platform's private key for this application, with which answers are signed.
    pub platform_key: Option<SigningKey>,
    /// Certificate mode, if the application is in it.
    pub certificates: Option<Arc<CertificateMode>>,
    /// The key of encrypted requests and answers, if one is set.
    pub content_key: Option<AesKey>,
}

/// What certificate mode adds to an application.
#[derive(Clone, Debug)]
pub struct CertificateMode {
    /// The merchant's certificates that may be named by `app_cert_sn`; several while one replaces the other.
    pub app_certificates: Vec<Certificate>,
    /// `alipay_root_cert_sn` of the bundle the merchant was given.
    pub root_cert_sn: String,
    /// Serial number of the certificate of [`Application::platform_key`], which stands in answers.
    pub alipay_cert_sn: String,
}

impl Application {
    /// An application in key mode, online.
    pub fn in_key_mode(merchant_key: Option<VerifyingKey>, platform_key: Option<SigningKey>) -> Self {
        let standing = ApplicationStanding::Online;
        Self { standing, merchant_key, retired_keys: Vec::new(), platform_key, certificates: None, content_key: None }
    }
}
