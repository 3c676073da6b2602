//! Work that ends whether or not somebody waits for it.
//!
//! It runs in the task of whoever waits, so that a call costs no task of its own; whoever stops waiting leaves it to the runtime,
//! which brings it to its end. A panic in it is told, as of a task.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::runtime::Handle;

/// What a panic said, in words.
#[derive(Debug)]
pub struct Panicked(pub String);

/// The work, while it is not over.
pub struct ToItsEnd<F>(Option<Pin<Box<F>>>)
where
    F: Future + Send + 'static,
    F::Output: Send;

impl<F> ToItsEnd<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    /// Work that begins when it is waited for.
    pub fn of(work: F) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<F> Future for ToItsEnd<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    type Output = Result<F::Output, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let work = self.0.as_mut().expect("nobody waits for what is over");
        // what a panic leaves half done is not looked at again: the work is dropped, and a sandbox marks itself lost
        let over = match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(panic) => Err(Panicked(words_of(&*panic))),
        };
        self.0 = None;
        Poll::Ready(over)
    }
}

impl<F> Drop for ToItsEnd<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn drop(&mut self) {
        // without a runtime the process is ending, and so does the work
        if let (Some(work), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without words".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn what_is_waited_for_gives_its_result() {
        assert_eq!(ToItsEnd::of(async { 7 }).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_ends_all_the_same() {
        let (go, going) = oneshot::channel::<()>();
        let (end, ended) = oneshot::channel();
        let work = ToItsEnd::of(async move {
            going.await.unwrap();
            end.send(7).unwrap();
        });
        {
            let mut work = std::pin::pin!(work);
            let begun = std::future::poll_fn(|cx| Poll::Ready(work.as_mut().poll(cx).is_pending())).await;
            assert!(begun);
        }
        go.send(()).unwrap();
        assert_eq!(ended.await, Ok(7));
    }

    #[tokio::test]
    async fn what_was_never_looked_at_ends_too() {
        let (end, ended) = oneshot::channel();
        drop(ToItsEnd::of(async move { end.send(7).unwrap() }));
        assert_eq!(ended.await, Ok(7));
    }

    #[tokio::test]
    async fn a_panic_is_told_in_its_words() {
        let said = ToItsEnd::of(async { assert!(std::hint::black_box(1) > 1, "one is not more than {}", 1) }).await.unwrap_err();
        assert_eq!(said.0, "one is not more than 1");
    }
}
