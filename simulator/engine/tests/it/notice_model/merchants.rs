//! Merchants behind loopback sockets who answer each notice as a seed says: with the word, with something else, elsewhere, not at
//! all, or only after they took it and cut the line.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What a merchant does with a notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    Success,
    Fail,
    /// Sent on to the other merchant.
    Redirect,
    /// A page that has the word in it.
    Page,
    /// The line is cut without an answer.
    Cut,
    /// The line stays open and nothing comes.
    Hang,
}

/// How merchants answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mood {
    pub(super) seed: u64,
    /// The one notice that is left hanging when it comes for the first time.
    pub(super) hangs_at: Option<usize>,
}

impl Mood {
    /// The answer to a notice that comes for the n-th time.
    pub(super) fn answer(self, notice: usize, nth: usize) -> Answer {
        if self.hangs_at == Some(notice) && nth == 1 {
            return Answer::Hang;
        }
        let mut mixed = self.seed ^ (notice as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (nth as u64).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        match (mixed ^ (mixed >> 31)) % 20 {
            0..=7 => Answer::Success,
            8..=11 => Answer::Fail,
            12..=13 => Answer::Redirect,
            14..=15 => Answer::Page,
            _ => Answer::Cut,
        }
    }
}

/// A merchant, and what it was told, in the order in which it came.
pub(super) struct Merchant {
    pub(super) address: SocketAddr,
    told: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    listens: Option<JoinHandle<()>>,
}

impl Merchant {
    /// Two merchants in one mood, who send each other's notices on.
    pub(super) fn pair(mood: Mood) -> [Self; 2] {
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [first, second] = [0, 1].map(|which: usize| listeners[which].local_addr().unwrap());
        let [one, two] = listeners;
        [Self::behind(one, mood, second), Self::behind(two, mood, first)]
    }

    fn behind(listener: TcpListener, mood: Mood, other: SocketAddr) -> Self {
        let address = listener.local_addr().unwrap();
        let (told, over) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let (kept, end) = (told.clone(), over.clone());
        let listens = std::thread::spawn(move || {
            let came = Arc::<Mutex<HashMap<usize, usize>>>::default();
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let (kept, came) = (kept.clone(), came.clone());
                std::thread::spawn(move || hear(&stream.unwrap(), mood, other, &kept, &came));
            }
        });
        Self { address, told, over, listens: Some(listens) }
    }

    pub(super) fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

impl Drop for Merchant {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // whoever waits for a call gets one, and looks
        let _ = TcpStream::connect(self.address);
        let _ = self.listens.take().map(JoinHandle::join);
    }
}

fn hear(mut stream: &TcpStream, mood: Mood, other: SocketAddr, told: &Mutex<Vec<String>>, came: &Mutex<HashMap<usize, usize>>) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        if let Some(said) = line.to_lowercase().strip_prefix("content-length:") {
            length = said.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let body = String::from_utf8(body).unwrap();
    let number = body.strip_prefix("n=").and_then(|rest| rest.split('&').next()?.parse().ok());
    told.lock().unwrap().push(body);
    let Some(number) = number else { return };
    let nth = {
        let mut came = came.lock().unwrap();
        let count = came.entry(number).or_default();
        *count += 1;
        *count
    };
    let answer = |status: &str, more: &str, body: &str| format!("HTTP/1.1 {status}\r\n{more}content-length: {}\r\n\r\n{body}", body.len());
    let text = match mood.answer(number, nth) {
        Answer::Success => answer("200 OK", "", "success"),
        Answer::Fail => answer("200 OK", "", "fail"),
        Answer::Redirect => answer("302 Found", &format!("location: http://{other}/notify\r\n"), "success"),
        Answer::Page => answer("200 OK", "content-type: text/html\r\n", "<html>success</html>"),
        Answer::Cut => return,
        Answer::Hang => {
            // until whoever called has gone
            let _ = reader.read(&mut [0]);
            return;
        }
    };
    let _ = stream.write_all(text.as_bytes());
}
