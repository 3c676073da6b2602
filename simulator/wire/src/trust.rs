//! Whom a client believes that speaks TLS: Mozilla's roots, and whom somebody trusts beside them.
//!
//! The roots are compiled in and not read from the machine: the same merchant is believed on every machine, in a container without
//! any certificates as well, and nothing is believed because a machine was set up so. A company's own roots, or a whole bundle of
//! the system's, are named by file. A certificate that was named is believed when a server shows it as its own, as test machines'
//! that signed themselves are, and as a root only when it is an issuer's: a server's key vouches for nobody else. Validity is judged by the real clock: certificates know no sandbox's time.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::Arc;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

/// Whom a client believes.
#[derive(Clone, Debug)]
pub struct Trust {
    roots: RootCertStore,
    named: Vec<CertificateDer<'static>>,
}

/// Why what somebody named cannot be trusted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotTrusted {
    /// It is no PEM, or there is something else in it.
    #[error("there is no certificate in it: PEM is expected, `-----BEGIN CERTIFICATE-----`")]
    NoCertificate,
    /// A certificate in it is none.
    #[error("certificate {0} in it cannot be read: {1}")]
    Unreadable(usize, String),
}

impl Default for Trust {
    fn default() -> Self {
        Self { roots: RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }, named: Vec::new() }
    }
}

impl Trust {
    /// Believes the certificates of a PEM text as well: issuers' (`CA:TRUE`) as roots, others only when a server shows them.
    ///
    /// # Errors
    /// [`NotTrusted`].
    pub fn add(&mut self, pem: &[u8]) -> Result<(), NotTrusted> {
        let mut found = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let unreadable = |error: String| NotTrusted::Unreadable(found.len() + 1, error);
            let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
            let (_, read) = X509Certificate::from_der(&certificate).map_err(|error| unreadable(error.to_string()))?;
            // whoever judges a chain does not look whether its root may issue anything
            if read.is_ca() {
                self.roots.add(certificate.clone()).map_err(|error| unreadable(error.to_string()))?;
            }
            found.push(certificate);
        }
        if found.is_empty() {
            return Err(NotTrusted::NoCertificate);
        }
        self.named.extend(found);
        Ok(())
    }

    /// How a client that believes them speaks TLS: HTTP/1.1, with no certificate of its own.
    pub fn client(&self) -> ClientConfig {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let by_roots = WebPkiServerVerifier::builder_with_provider(Arc::new(self.roots.clone()), provider.clone());
        let believer =
            Believer { by_roots: by_roots.build().expect("there are roots, and no list of revoked ones"), named: self.named.clone() };
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has ciphers for TLS 1.2 and 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(believer))
            .with_no_client_auth();
        client.alpn_protocols = vec![b"http/1.1".to_vec()];
        client
    }
}

/// Judges what a server shows.
#[derive(Debug)]
struct Believer {
    by_roots: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Believer {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.named.contains(shown) {
            return self.by_roots.verify_server_cert(shown, between, server, ocsp, now);
        }
        let (_, certificate) = X509Certificate::from_der(shown).map_err(|_| CertificateError::BadEncoding)?;
        let now = ASN1Time::from_timestamp(i64::try_from(now.as_secs()).unwrap_or(i64::MAX)).map_err(|_| CertificateError::Expired)?;
        if now < certificate.validity().not_before {
            return Err(CertificateError::NotValidYet.into());
        }
        if now > certificate.validity().not_after {
            return Err(CertificateError::Expired.into());
        }
        verify_server_name(&ParsedCertificate::try_from(shown)?, server)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_roots.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_roots.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_roots.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_not_trusted_and_said_so() {
        let mut trust = Trust::default();
        for nothing in ["", "hello", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            assert_eq!(trust.add(nothing.as_bytes()), Err(NotTrusted::NoCertificate), "{nothing}");
        }
        let garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(trust.add(garbled.as_bytes()), Err(NotTrusted::Unreadable(1, _))));
        assert!(trust.named.is_empty());
    }
}
