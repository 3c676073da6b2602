//! A real little merchant behind a socket, who answers what it is told to: honest, slow, crashing, lying. Tests only.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use wire::alipay::{Limits, Notice};

/// What a request to the merchant was, and what it answers: status and body, or nothing at all.
pub(crate) type Manner = Box<dyn Fn(&Notice) -> Option<(u16, Vec<u8>)> + Send>;

/// A merchant behind a socket.
pub(crate) struct Merchant {
    pub(crate) address: SocketAddr,
    taken: Arc<Mutex<Vec<Notice>>>,
}

impl Merchant {
    pub(crate) fn that(manner: Manner) -> Self {
        Self::over(manner, Ok)
    }

    /// The same behind TLS, with a certificate for this machine that signed itself; and that certificate.
    pub(crate) fn over_tls(manner: Manner) -> (Self, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let own = rcgen::CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let config = config.with_single_cert(vec![own.der().clone()], key.serialize_der().try_into().unwrap()).unwrap();
        let config = Arc::new(config);
        let merchant = Self::over(manner, move |stream| {
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            while stream.conn.is_handshaking() {
                stream.conn.complete_io(&mut stream.sock)?;
            }
            Ok(stream)
        });
        (merchant, own.pem())
    }

    fn over<S: Read + Write>(manner: Manner, agree: impl Fn(TcpStream) -> std::io::Result<S> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, taken) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Notice>>>::default());
        let kept = taken.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                // who does not believe us has gone
                let Ok(mut stream) = agree(stream) else { continue };
                let notice = Notice::read(&body(&mut stream).into(), &Limits::default()).unwrap();
                let answer = manner(&notice);
                kept.lock().unwrap().push(notice);
                if let Some((status, body)) = answer {
                    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                    // one that is not waited for any more is gone
                    let _ = stream.write_all(&[head.as_bytes(), &body].concat()).and_then(|()| stream.flush());
                }
            }
        });
        Self { address, taken }
    }

    pub(crate) fn taken(&self) -> Vec<Notice> {
        self.taken.lock().unwrap().clone()
    }
}

/// The body of the one request that comes.
fn body(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let read = stream.read(&mut piece).unwrap_or(0);
        bytes.extend_from_slice(&piece[..read]);
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
        let length = head.and_then(|head| {
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok())
        });
        match head.zip(length) {
            Some((head, length)) if bytes.len() >= head + length => return bytes[head..head + length].to_vec(),
            _ if read == 0 => return Vec::new(),
            _ => {}
        }
    }
}
