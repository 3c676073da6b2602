//! How connections end. Nothing here is a race: a time that is to run out is short and waited for, one that must not is minutes, and
//! what a test needs in time was sent before the listener began.

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_mins(10);
/// Far beyond what is waited for, far below what must not have run out.
const ENOUGH: Duration = Duration::from_mins(1);
const CALL: &[u8] = b"POST /call HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";
/// Everything lasts, unless a test says otherwise.
const LASTING: Times = Times { head: LONG, idle: LONG, unread: LONG, life: LONG, cut: LONG, farewell: LONG };

/// A listener with one connection to it, on which `first` was sent before anybody looked.
struct One {
    client: TcpStream,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl One {
    async fn with(first: &[u8], times: Times) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        client.write_all(first).await.unwrap();
        let (made, keys_made) = watch::channel(true);
        drop(made);
        let router = Router::new().fallback(|body: String| async move { format!("heard {body}") });
        let front = Arc::new(Front { router, busiest: Vec::new(), keys_made });
        let (stop, stopped) = watch::channel(false);
        let places = Arc::new(Semaphore::new(CONNECTION_LIMIT as usize));
        Self { client, stop, serving: tokio::spawn(serve(listener, front, places, stopped, times)) }
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.client.write_all(bytes).await.unwrap();
    }

    /// The next answer; `None` when the connection ended instead.
    async fn answer(&mut self) -> Option<String> {
        let mut told = String::new();
        while !told.ends_with("heard {}") {
            let mut piece = [0; 512];
            let read = timeout(LONG, self.client.read(&mut piece)).await.expect("an answer or an end");
            match read {
                Ok(read @ 1..) => told.push_str(std::str::from_utf8(&piece[..read]).unwrap()),
                Ok(_) | Err(_) => return None,
            }
        }
        Some(told)
    }

    /// Whether the connection ends without another word.
    async fn ends(&mut self) -> bool {
        let read = timeout(ENOUGH, self.client.read(&mut [0; 1])).await;
        matches!(read, Ok(Ok(0) | Err(_)))
    }
}

fn says_close(answer: &str) -> bool {
    answer.contains("connection: close\r\n")
}

#[tokio::test]
async fn a_connection_that_lasted_long_is_told_so_with_its_next_answer() {
    let mut life = SHORT;
    loop {
        let mut one = One::with(CALL, Times { life, ..LASTING }).await;
        // on a slow machine the first answer may be late enough to be the last
        if says_close(&one.answer().await.unwrap()) {
            assert!(one.ends().await);
            life *= 2;
            continue;
        }
        sleep(2 * life).await;
        one.send(CALL).await;
        let last = one.answer().await.expect("a call after the bound is answered");
        assert!(says_close(&last), "{last}");
        assert!(one.ends().await, "hyper closes after an answer that says so");
        return;
    }
}

#[tokio::test]
async fn until_then_nothing_is_said_of_an_end() {
    let mut one = One::with(CALL, LASTING).await;
    for _ in 0..3 {
        let answer = one.answer().await.unwrap();
        assert!(!says_close(&answer), "{answer}");
        one.send(CALL).await;
    }
}

#[tokio::test]
async fn quiet_after_an_answer_may_last_longer_than_a_head() {
    let mut one = One::with(CALL, Times { head: SHORT, ..LASTING }).await;
    for _ in 0..2 {
        one.answer().await.expect("quiet is no head");
        sleep(3 * SHORT).await;
        one.send(CALL).await;
    }
    one.answer().await.expect("quiet is no head");
}

#[tokio::test]
async fn a_head_that_began_ends_in_time_or_its_connection_does() {
    let mut silent = One::with(b"", Times { head: SHORT, ..LASTING }).await;
    assert!(silent.ends().await, "who opens a connection owes a head");
    let mut first = One::with(b"POST /call HT", Times { head: SHORT, ..LASTING }).await;
    assert!(first.ends().await, "the first head never ended");
    let mut later = One::with(CALL, Times { head: SHORT, ..LASTING }).await;
    later.answer().await.unwrap();
    later.send(b"POST /call HT").await;
    assert!(later.ends().await, "a later head never ended");
}

#[tokio::test]
async fn a_head_that_trickles_has_no_more_time_than_one_that_stops() {
    let mut one = One::with(b"POST /call HTTP/1.1\r\nx: ", Times { head: 10 * SHORT, ..LASTING }).await;
    let trickled = async {
        while one.client.write_all(b"x").await.is_ok() {
            sleep(SHORT).await;
        }
    };
    timeout(ENOUGH, trickled).await.expect("each byte gave the head its time anew");
}

#[tokio::test]
async fn a_connection_that_nobody_uses_is_closed() {
    let mut one = One::with(CALL, Times { idle: SHORT, ..LASTING }).await;
    one.answer().await.unwrap();
    assert!(one.ends().await);
}

#[tokio::test]
async fn nothing_outlives_the_cut() {
    // its head is never whole and has all the time there is
    let mut one = One::with(b"POST /call HT", Times { cut: SHORT, farewell: SHORT, ..LASTING }).await;
    assert!(one.ends().await);
}

#[tokio::test]
async fn a_stop_ends_quiet_connections_and_the_listener() {
    let mut one = One::with(CALL, LASTING).await;
    one.answer().await.unwrap();
    one.stop.send(true).unwrap();
    assert!(one.ends().await);
    timeout(ENOUGH, one.serving).await.expect("a stop ends the listener").unwrap();
}
