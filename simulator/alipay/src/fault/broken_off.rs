//! A body whose connection is closed before its end: after its first bytes, or before even the head went out.

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::io::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What goes out, and the length that is said.
pub(crate) struct BrokenOff {
    first: Option<Bytes>,
    /// Whether the server had a chance to write them.
    written: bool,
    length: u64,
}

impl BrokenOff {
    /// The first `bytes` of a body; its length is said as if it were whole.
    pub(crate) fn after(body: &Bytes, bytes: usize) -> Body {
        let first = Some(body.slice(..bytes.min(body.len()))).filter(|first| !first.is_empty());
        Body::new(Self { written: first.is_none(), first, length: body.len().max(1) as u64 })
    }
}

impl HttpBody for BrokenOff {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if !std::mem::replace(&mut self.written, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        // an error makes the server close the connection; what it has not written by then never goes out
        Poll::Ready(Some(Err(Error::other("a fault closes the connection here"))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
