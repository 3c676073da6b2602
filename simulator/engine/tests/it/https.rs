//! Merchants behind TLS: believed are Mozilla's roots and what was named; everything else fails in words, and in time.

use crate::outgoing::{BRIEF, PATIENT, go, server};
use crate::shop::{engine, shop};
use engine::outgoing::{Came, Failed};
use engine::{Engine, Sandbox};
use log::Memory;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use wire::trust::Trust;
use world::clock::Clock;

/// A certificate with its key, and the text of whoever issued it.
struct Shown {
    certificate: CertificateDer<'static>,
    key: KeyPair,
    root: String,
}

/// For these years, and these names.
fn params(names: &[&str], years: (i32, i32)) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    params
}

/// Far enough in both directions from whenever this runs.
const LONG: (i32, i32) = (2000, 4000);

/// Issued by a root of its own.
fn issued(names: &[&str], years: (i32, i32)) -> Shown {
    let (mut root, root_key) = (params(&[], LONG), KeyPair::generate().unwrap());
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = root.self_signed(&root_key).unwrap().pem();
    let (issuer, key) = (Issuer::from_params(&root, &root_key), KeyPair::generate().unwrap());
    Shown { certificate: params(names, years).signed_by(&key, &issuer).unwrap().der().clone(), key, root: pem }
}

/// Signed by itself, as `openssl req -x509` makes them.
fn own(names: &[&str], years: (i32, i32)) -> Shown {
    let (mut own, key) = (params(names, years), KeyPair::generate().unwrap());
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = own.self_signed(&key).unwrap();
    Shown { certificate: certificate.der().clone(), root: certificate.pem(), key }
}

/// Signed by itself, and nobody's issuer.
fn plain(names: &[&str], years: (i32, i32)) -> Shown {
    let (mut plain, key) = (params(names, years), KeyPair::generate().unwrap());
    plain.is_ca = IsCa::ExplicitNoCa;
    let certificate = plain.self_signed(&key).unwrap();
    Shown { certificate: certificate.der().clone(), root: certificate.pem(), key }
}

/// A merchant who shows this and says `success`.
fn merchant(shown: &Shown) -> SocketAddr {
    let key = PrivateKeyDer::try_from(shown.key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![shown.certificate.clone()], key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            // who does not believe us has gone
            if stream.read(&mut [0; 4_096]).is_ok_and(|read| read > 0) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nsuccess");
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    address
}

/// A sandbox whose own clock stands in November 2023.
fn house(trusted: &[&str]) -> (Arc<Engine>, Arc<Sandbox>) {
    let engine = engine(&Arc::new(Memory::new()));
    let (new, found) = shop("1", 7);
    let sandbox = engine.create(&new, found).unwrap();
    sandbox.look(|world, _| assert!(matches!(world.clock(), Clock::Stopped { .. })));
    let mut trust = Trust::default();
    for pem in trusted {
        trust.add(pem.as_bytes()).unwrap();
    }
    engine.outgoing().trust(&trust);
    (engine, sandbox)
}

fn to(address: SocketAddr, trusted: &[&str]) -> Came {
    let (engine, sandbox) = house(trusted);
    go(&engine, &sandbox, &format!("https://localhost:{}/notify", address.port()), PATIENT)
}

/// One who never answers.
fn to_nobody(address: SocketAddr) -> Came {
    let (engine, sandbox) = house(&[]);
    go(&engine, &sandbox, &format!("https://localhost:{}/notify", address.port()), BRIEF)
}

fn why(came: Came) -> String {
    match came {
        Err(Failed::Tls(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_merchant_is_believed_once_its_issuer_or_its_own_certificate_is_named() {
    for shown in [issued as fn(&[&str], (i32, i32)) -> Shown, own, plain].map(|make| make(&["localhost"], LONG)) {
        let address = merchant(&shown);
        assert!(why(to(address, &[])).contains("--trust"));
        let answer = to(address, &[&shown.root]).unwrap();
        assert_eq!((answer.status, &answer.body[..]), (200, &b"success"[..]));
        let (other, mine) = (issued(&["localhost"], LONG).root, &*shown.root);
        assert!(why(to(address, &[&other])).contains("--trust"), "another root was named");
        assert!(to(address, &[&format!("{other}{mine}")]).is_ok(), "one file, two certificates");
    }
}

#[test]
fn a_certificate_for_another_name_or_out_of_its_time_is_not_believed_and_time_is_the_real_one() {
    let root = |shown: &Shown| why(to(merchant(shown), &[&shown.root]));
    for make in [issued, own, plain] {
        assert!(root(&make(&["elsewhere.test"], LONG)).contains("not for `localhost`"));
        // valid when the sandbox's clock was read, and not any more
        assert!(root(&make(&["localhost"], (2023, 2024))).contains("has run out"));
        assert!(root(&make(&["localhost"], (3000, 4000))).contains("not valid yet"));
    }
}

#[test]
fn a_servers_own_certificate_that_is_named_vouches_for_no_other() {
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa] {
        let (mut leaf, leaf_key) = (params(&["elsewhere.test"], LONG), KeyPair::generate().unwrap());
        leaf.is_ca = is_ca;
        let root = leaf.self_signed(&leaf_key).unwrap().pem();
        let key = KeyPair::generate().unwrap();
        let certificate = params(&["localhost"], LONG).signed_by(&key, &Issuer::from_params(&leaf, &leaf_key)).unwrap().der().clone();
        let forged = Shown { certificate, key, root };
        assert!(why(to(merchant(&forged), &[&forged.root])).contains("--trust"), "whoever has that key is believed to be anybody");
    }
}

#[test]
fn who_speaks_no_tls_or_never_ends_the_handshake_fails_in_words_and_in_time() {
    assert!(why(to(server(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec()), &[])).contains("does not speak TLS"));
    assert!(matches!(to_nobody(server(Vec::new())), Err(Failed::TimedOut(_))));
    // one byte of a handshake, and then nothing
    assert!(matches!(to_nobody(server(vec![0x16])), Err(Failed::TimedOut(_))));
    let closing = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closing.local_addr().unwrap();
    std::thread::spawn(move || closing.incoming().for_each(|stream| drop(stream.map(|mut stream| stream.read(&mut [0; 512])))));
    assert!(why(to(address, &[])).contains("broke off"));
}

#[test]
fn what_went_wrong_stands_in_the_journal_and_we_never_call_ourselves_over_tls_either() {
    let shown = issued(&["localhost"], LONG);
    let address = merchant(&shown);
    let (engine, sandbox) = house(&[]);
    go(&engine, &sandbox, &format!("https://localhost:{}/notify", address.port()), PATIENT).unwrap_err();
    let kept = sandbox.journal().get(1).unwrap();
    assert!(kept.flags.iter().any(|flag| flag.text.contains("nobody here knows who issued")), "{:?}", kept.flags);
    engine.outgoing().forbid(&[address]);
    for name in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"] {
        let came = go(&engine, &sandbox, &format!("https://{name}:{}/", address.port()), PATIENT);
        assert!(matches!(came, Err(Failed::Ourselves(_))), "{name}: {came:?}");
    }
}
