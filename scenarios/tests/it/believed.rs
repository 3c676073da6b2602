//! A merchant that speaks TLS with a certificate of its own authority: played when its description trusts it, else told why not.

use crate::stand_in::{merchant, platform, serve};
use axum::Router;
use axum::serve::Listener;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use scenarios::merchant::Description;
use scenarios::run::Outcome;
use scenarios::telling::{Paint, tell};
use scenarios::{Merchant, PlayOptions, Run, Story, Target, play};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

const STORY: &str = "Feature: Points\n  Scenario: A poster hangs\n    Given the merchant \"tea\" with a member card template\n";

struct Encrypted {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, from) = self.tcp.accept().await.unwrap();
            // who does not believe us has gone
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

/// Serves a router over TLS; gives its address and its authority's certificate.
async fn serve_encrypted(router: Router) -> (String, String) {
    let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap();
    let own = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let own = own.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = config.with_single_cert(vec![own.der().clone()], key.serialize_der().try_into().unwrap()).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", tcp.local_addr().unwrap());
    let listener = Encrypted { tcp, acceptor: Arc::new(config).into() };
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, root.pem())
}

async fn played(address: &str, trust: Option<&str>) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("merchant.toml").display().to_string();
    let mut text = format!("till = \"{address}\"\n");
    if let Some(pem) = trust {
        std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
        text += "trust = [\"ca.pem\"]\n";
    }
    let described = Description::from_bytes(&path, text.as_bytes()).unwrap();
    let target = Target::at(&serve(platform("35")).await, Merchant::running(described));
    play(&Story::read("poster.feature", STORY).unwrap(), &target, &PlayOptions::default()).await
}

#[tokio::test]
async fn a_merchant_whose_authority_is_trusted_is_played() {
    let (address, authority) = serve_encrypted(merchant()).await;
    let run = played(&address, Some(&authority)).await;
    assert!(run.passed(), "{}", tell(&run, Paint::Plain));
}

#[tokio::test]
async fn a_merchant_whose_authority_nobody_trusts_is_told_with_the_key_that_is_missing() {
    let (address, _) = serve_encrypted(merchant()).await;
    let (_, another) = serve_encrypted(merchant()).await;
    for trust in [None, Some(another.as_str())] {
        let run = played(&address, trust).await;
        let Some(Outcome::Broken(why)) = run.steps().map(|step| &step.outcome).next() else { panic!("{run:?}") };
        assert!(why.contains("invalid peer certificate") && why.contains("`trust` of merchant.toml"), "{why}");
    }
}
