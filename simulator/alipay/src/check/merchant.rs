//! A real little merchant behind a socket, who answers what it is told to: honest, slow, crashing, lying. Tests only.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
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
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, taken) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<Notice>>>::default());
        let kept = taken.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut bytes = Vec::new();
                let mut piece = [0; 4_096];
                let body = loop {
                    let read = stream.read(&mut piece).unwrap_or(0);
                    bytes.extend_from_slice(&piece[..read]);
                    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
                    let length = head.and_then(|head| {
                        let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
                        text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok())
                    });
                    match head.zip(length) {
                        Some((head, length)) if bytes.len() >= head + length => break bytes[head..head + length].to_vec(),
                        _ if read == 0 => break Vec::new(),
                        _ => {}
                    }
                };
                let notice = Notice::read(&body.into(), &Limits::default()).unwrap();
                let answer = manner(&notice);
                kept.lock().unwrap().push(notice);
                if let Some((status, body)) = answer {
                    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                    // one that is not waited for any more is gone
                    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
                }
            }
        });
        Self { address, taken }
    }

    pub(crate) fn taken(&self) -> Vec<Notice> {
        self.taken.lock().unwrap().clone()
    }
}
