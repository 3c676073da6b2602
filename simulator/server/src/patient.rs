//! A connection whose peer must take what is written to it, and must finish a request's head that it began: a write that gets nowhere
//! for a while, or a head that does not end, is an error.
//!
//! Without the first a client that asks and never reads keeps its connection, and what is being made for it, until the connection's
//! own end; without the second a client that begins and never ends. Quiet before a head is not looked after here, nor are bodies: they
//! have their own time-outs.

use crate::turn::Turn;
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// A stream with an end to its patience.
pub(crate) struct Patient {
    stream: TcpStream,
    turn: Arc<Turn>,
    write: Patience,
    head: Patience,
}

/// How long something is waited for, and until when once the waiting has begun.
struct Patience {
    limit: Duration,
    end: Pin<Box<Sleep>>,
    waiting: bool,
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Self { limit, end: Box::pin(sleep(limit)), waiting: false }
    }

    /// Waits on, from now if nothing was waited for; ready with the error once it took too long.
    fn wait<T>(&mut self, cx: &mut Context<'_>, too_long: &'static str) -> Poll<Result<T>> {
        if !self.waiting {
            self.waiting = true;
            self.end.as_mut().reset(Instant::now() + self.limit);
        }
        ready!(self.end.as_mut().poll(cx));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, too_long)))
    }
}

impl Patient {
    /// Lets a write wait for at most `write`, and a head that `turn` says is owed for at most `head`.
    pub(crate) fn new(stream: TcpStream, turn: Arc<Turn>, head: Duration, write: Duration) -> Self {
        Self { stream, turn, write: Patience::new(write), head: Patience::new(head) }
    }

    /// Looks after a write: what came of it, or an error once it has waited too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<Result<T>>) -> Poll<Result<T>> {
        if written.is_ready() {
            self.write.waiting = false;
            return written;
        }
        self.write.wait(cx, "the client does not read its answer")
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        if into.filled().len() > before && self.turn.heard() {
            self.head.waiting = false;
        }
        if read.is_pending() && self.turn.owes_head() {
            return self.head.wait(cx, "the client does not finish its head");
        }
        read
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[std::io::IoSlice<'_>]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    const LIMIT: Duration = Duration::from_millis(100);

    async fn pair() -> (Patient, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let there = TcpStream::connect(listener.local_addr().expect("it listens")).await.expect("it listens");
        let (here, _) = listener.accept().await.expect("it was just asked");
        (Patient::new(here, Arc::new(Turn::new()), LIMIT, LIMIT), there)
    }

    #[tokio::test]
    async fn a_peer_that_never_reads_is_given_up() {
        let (mut here, _there) = pair().await;
        let error = here.write_all(&vec![0; 64 << 20]).await.expect_err("64 MiB fit into no buffer");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_slow_peer_that_reads_at_all_gets_everything() {
        let (mut here, mut there) = pair().await;
        let writing = tokio::spawn(async move { here.write_all(&vec![7; 16 << 20]).await });
        let (mut read, mut piece) = (0, vec![0; 4 << 20]);
        while read < 16 << 20 {
            // four of these are longer than the limit, each alone is not
            tokio::time::sleep(LIMIT / 2).await;
            let mut now = 0;
            while now < piece.len() {
                now += there.read(&mut piece[now..]).await.expect("it is written");
            }
            read += now;
        }
        writing.await.expect("it does not panic").expect("all of it went out");
    }
}
