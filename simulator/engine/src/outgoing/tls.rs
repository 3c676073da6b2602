//! What went wrong with a merchant's TLS, in words for whoever set it up.

use rustls::{CertificateError, Error};

/// How somebody makes a certificate known.
const MENDED: &str = "`kabao serve --trust FILE` (PEM) takes its issuer's certificate, or itself";

/// Why no handshake came about with this host.
pub(super) fn words(host: &str, error: &std::io::Error) -> String {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match tls {
        Some(Error::InvalidCertificate(why)) => certificate(host, why),
        Some(Error::InvalidMessage(_)) => "what answers there does not speak TLS: is it an http address?".to_owned(),
        Some(Error::AlertReceived(alert)) => format!("the merchant broke the handshake off: {alert:?}"),
        Some(other) => format!("no handshake: {other}"),
        None => format!("the handshake broke off: {error}"),
    }
}

fn certificate(host: &str, why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => format!("nobody here knows who issued the merchant's certificate; {MENDED}"),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the merchant's certificate has run out: its dates are held against the real clock, whatever a sandbox's shows".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the merchant's certificate is not valid yet: its dates are held against the real clock, whatever a sandbox's shows".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the merchant's certificate is not for `{host}`")
        }
        other => format!("the merchant's certificate is not believed ({other}); {MENDED}"),
    }
}
