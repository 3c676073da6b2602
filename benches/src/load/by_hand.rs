//! A run that somebody ends before its plan is over. Asked once, nothing more is begun, what is under way comes to its end, and the
//! report says that it is not whole; asked again, or while there is nothing to tell yet, it ends at once and without figures.

use super::NoLoad;
use super::pace::Watched;
use std::sync::atomic::Ordering;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

/// Who may press ctrl-C, from now on: what was pressed between two waits is heard by the next.
pub(crate) struct Hand(Option<Signal>);

impl Hand {
    /// Begins to listen. Where the system tells nothing, nobody can ask.
    pub(crate) fn watched() -> Self {
        Self(signal(SignalKind::interrupt()).ok())
    }

    /// Waits until everybody is done; gives whether they were asked to end before.
    pub(crate) async fn all_done(&mut self, crew: &mut JoinSet<()>, watched: &Watched) -> Result<bool, NoLoad> {
        tokio::select! {
            () = everybody(crew) => return Ok(false),
            () = self.asks() => watched.stop.store(true, Ordering::Relaxed),
        }
        let ending = async {
            everybody(crew).await;
            Ok(true)
        };
        self.unless_asked(ending).await
    }

    /// Does it, unless somebody asks for the end meanwhile.
    pub(crate) async fn unless_asked<T>(&mut self, work: impl Future<Output = Result<T, NoLoad>>) -> Result<T, NoLoad> {
        tokio::select! {
            done = work => done,
            () = self.asks() => Err(NoLoad::ByHand),
        }
    }

    async fn asks(&mut self) {
        match &mut self.0 {
            Some(pressed) => drop(pressed.recv().await),
            None => std::future::pending().await,
        }
    }
}

async fn everybody(crew: &mut JoinSet<()>) {
    while crew.join_next().await.is_some() {}
}
