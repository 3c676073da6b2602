//! A run that somebody ends before its plan is over. Asked once, nothing more is begun, what is under way comes to its end, and the
//! report says that it is not whole; asked again, or while there is nothing to tell yet, it ends at once and without figures.

use super::NoLoad;
use super::pace::Watched;
use std::sync::atomic::Ordering;
use tokio::task::JoinSet;

/// Waits until everybody is done; gives whether they were asked to end before.
pub(crate) async fn all_done(crew: &mut JoinSet<()>, watched: &Watched) -> Result<bool, NoLoad> {
    tokio::select! {
        () = everybody(crew) => return Ok(false),
        () = asked() => watched.stop.store(true, Ordering::Relaxed),
    }
    unless_asked(async {
        everybody(crew).await;
        Ok(true)
    })
    .await
}

/// Does it, unless somebody asks for the end meanwhile.
pub(crate) async fn unless_asked<T>(work: impl Future<Output = Result<T, NoLoad>>) -> Result<T, NoLoad> {
    tokio::select! {
        done = work => done,
        () = asked() => Err(NoLoad::ByHand),
    }
}

async fn everybody(crew: &mut JoinSet<()>) {
    while crew.join_next().await.is_some() {}
}

/// Until somebody presses ctrl-C.
async fn asked() {
    if tokio::signal::ctrl_c().await.is_err() {
        // where the system tells nothing, nobody can ask
        std::future::pending::<()>().await;
    }
}
