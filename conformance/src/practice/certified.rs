//! Certificate mode: which certificates name this shop's calls, and whose signatures are the platform's.
//!
//! The platform replaces its certificate when it likes and names the one it signed with in every answer (`alipay_cert_sn`). One that
//! nobody here knows is fetched, and believed when the bundle of roots vouches for it; older ones stay, because what was signed with
//! them may be under way. Source: gateway PROTOCOL B.

use super::defect::Defect;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wire::alipay::certificates::CertificateError;
use wire::alipay::{Certificate, CertificateFile, ClientRequest};
use wire::keys::VerifyingKey;

/// The call that gives a certificate of the platform's.
pub(super) const DOWNLOAD: &str = "alipay.open.app.alipaycert.download";
/// Certificates of the platform's that are remembered; the oldest is forgotten.
const KEPT: usize = 5;

/// The files of certificate mode, as the platform's console hands them out: PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The application's certificate.
    pub app_cert: String,
    /// The platform's certificate.
    pub alipay_cert: String,
    /// The bundle of roots.
    pub alipay_root_cert: String,
}

/// An application in certificate mode.
pub(super) struct Certified {
    app: Certificate,
    roots: CertificateFile,
    /// The platform's, newest first; never none.
    known: Mutex<Vec<Certificate>>,
}

impl Certified {
    pub(super) fn of(files: &CertificateFiles) -> Result<Self, CertificateError> {
        Ok(Self {
            app: Certificate::from_pem(&files.app_cert)?,
            roots: CertificateFile::from_pem(&files.alipay_root_cert)?,
            known: Mutex::new(vec![Certificate::from_pem(&files.alipay_cert)?]),
        })
    }

    fn known(&self) -> MutexGuard<'_, Vec<Certificate>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request with the serials that name this shop's certificates, or as these defects name them.
    pub(super) fn named(&self, request: ClientRequest, defects: &BTreeSet<Defect>) -> ClientRequest {
        let request = request.certificates(&self.app, &self.roots);
        if defects.contains(&Defect::HexCertSn) { request.parameter("app_cert_sn", &in_hex(&self.app)) } else { request }
    }

    /// Whether the platform's certificate of that serial is known.
    pub(super) fn knows(&self, sn: &str) -> bool {
        self.known().iter().any(|one| one.sn() == sn)
    }

    /// The keys of the platform's certificates: of the one that is named, or of all.
    pub(super) fn keys(&self, sn: Option<&str>) -> Vec<VerifyingKey> {
        let named = |one: &&Certificate| sn.is_none_or(|sn| one.sn() == sn);
        self.known().iter().filter(named).filter_map(|one| one.key().cloned()).collect()
    }

    /// What is asked for a certificate that is not known.
    pub(super) fn wish(sn: &str) -> Value {
        json!({"alipay_cert_sn": sn})
    }

    /// Takes in a certificate that was fetched (Base64 of PEM), when it is the one that was asked for and a root vouches for it.
    pub(super) fn learn(&self, sn: &str, content: &str, now_ms: i64) -> Result<(), String> {
        let pem = STANDARD.decode(content).map_err(|error| error.to_string())?;
        let file = CertificateFile::from_pem(&String::from_utf8_lossy(&pem)).map_err(|error| error.to_string())?;
        file.verify(&self.roots, now_ms).map_err(|fault| fault.to_string())?;
        if file.leaf().sn() != sn {
            return Err(format!("{} came instead of {sn}", file.leaf().sn()));
        }
        let mut known = self.known();
        known.retain(|one| one.sn() != sn);
        known.insert(0, file.leaf().clone());
        known.truncate(KEPT);
        Ok(())
    }
}

/// A serial as whoever takes the number as it is printed computes it: a defect.
fn in_hex(one: &Certificate) -> String {
    let number: u128 = one.serial_decimal().parse().unwrap_or_default();
    let digest = Md5::digest(format!("{}{number:x}", one.issuer()));
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::alipay::certificates::{Authority, Leaf};
    use wire::pool;

    const NOW_MS: i64 = 1_795_226_400_000;
    const DAY_MS: i64 = 86_400_000;

    fn authority(number: u64) -> Authority {
        Authority::found(&pool::signing_key(1), &pool::signing_key(2), number, NOW_MS - DAY_MS)
    }

    fn leaf(authority: &Authority, number: u64, key: usize) -> Certificate {
        let key = pool::signing_key(key);
        let (not_before_ms, not_after_ms) = (NOW_MS - DAY_MS, NOW_MS + DAY_MS);
        authority.issue(&Leaf { common_name: "platform", key: key.verifying(), number, not_before_ms, not_after_ms })
    }

    fn content(authority: &Authority, leaf: &Certificate) -> String {
        STANDARD.encode(format!("{}\n{}", leaf.pem(), authority.intermediate().pem()))
    }

    #[test]
    fn a_new_certificate_is_believed_when_a_root_vouches_for_it_and_the_old_one_stays() {
        let own = authority(1);
        let (old, new) = (leaf(&own, 1, 3), leaf(&own, 2, 4));
        let files = CertificateFiles { app_cert: leaf(&own, 3, 5).pem(), alipay_cert: old.pem(), alipay_root_cert: own.roots().pem() };
        let shop = Certified::of(&files).unwrap();
        assert!(shop.knows(old.sn()) && !shop.knows(new.sn()));
        assert!(shop.learn(old.sn(), &content(&own, &new), NOW_MS).is_err(), "another one than was asked for");
        assert!(shop.learn(new.sn(), &content(&own, &new), NOW_MS + 2 * DAY_MS).is_err(), "one that has run out");
        assert!(shop.learn(new.sn(), "no Base64", NOW_MS).is_err());
        assert!(!shop.knows(new.sn()));
        shop.learn(new.sn(), &content(&own, &new), NOW_MS).unwrap();
        assert!(shop.knows(old.sn()) && shop.knows(new.sn()));
        assert_eq!((shop.keys(None).len(), shop.keys(Some(new.sn())).len(), shop.keys(Some("other")).len()), (2, 1, 0));
    }

    #[test]
    fn a_certificate_of_somebody_elses_authority_is_not_believed() {
        let (own, other) = (authority(1), Authority::found(&pool::signing_key(6), &pool::signing_key(7), 9, NOW_MS - DAY_MS));
        let files =
            CertificateFiles { app_cert: leaf(&own, 3, 5).pem(), alipay_cert: leaf(&own, 1, 3).pem(), alipay_root_cert: own.roots().pem() };
        let forged = leaf(&other, 2, 4);
        assert!(Certified::of(&files).unwrap().learn(forged.sn(), &content(&other, &forged), NOW_MS).is_err());
    }
}
