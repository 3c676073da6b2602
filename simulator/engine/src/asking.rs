//! A question of the platform to a merchant for whose answer somebody waits: what a fault makes of it, signed, sent, judged.
//!
//! Unlike a notice it has no calendar: whoever asks decides what an answer that never came means.

use crate::engine::Engine;
use crate::journal::RequestBytes;
use crate::outgoing::{Came, Judged};
use crate::provider::Courier;
use crate::sandbox::{Sandbox, Unsettled};
use crate::sending::{Leaving, Ready, Sealing};
use std::sync::Arc;
use std::time::Duration;
use world::fault::Aim;
use world::names::AppId;
use world::notice::edit;

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Which provider's dialect it is in.
    pub provider: &'static str,
    /// The platform's name for it.
    pub method: &'static str,
    /// The application it is for.
    pub app: AppId,
    /// What it says, unsigned.
    pub parameters: Vec<(String, String)>,
    /// How long the merchant may take.
    pub patience: Duration,
    /// Bytes of an answer beyond which it is not read.
    pub most: usize,
}

/// Why nothing was asked.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// What a fault counts could not be kept.
    #[error(transparent)]
    Unsettled(#[from] Unsettled),
    /// It cannot be signed.
    #[error("{0}")]
    Unsealed(String),
    /// The process was ending.
    #[error("the process was ending")]
    Ending,
}

impl Engine {
    /// Asks a merchant, and waits for what the platform hears.
    ///
    /// # Errors
    /// [`NotAsked`].
    pub async fn ask(
        &self,
        courier: &dyn Courier,
        sandbox: &Sandbox,
        question: Question,
        seal: impl FnOnce(Vec<(String, String)>, Sealing<'_>) -> Result<RequestBytes, String>,
        judge: impl Fn(&Came) -> Judged + Send + Sync + 'static,
    ) -> Result<Came, NotAsked> {
        let Question { provider, method, app, mut parameters, patience, most } = question;
        let at = sandbox.look(|_, now| now);
        let leaving = Leaving { aim: Aim::Ask, kind: method, app: &app, parameters: &parameters, at, can_wait: false };
        let bent = self.bend(courier, sandbox, &leaving).await?;
        edit(&mut parameters, &bent.edits);
        let sealing = Sealing { at: at.plus_ms(-bent.aged_ms), twist: bent.twist, edits: &bent.edits };
        let request = seal(parameters, sealing).map_err(NotAsked::Unsealed)?;
        tokio::time::sleep(bent.delay).await;
        let ready = Ready { provider, method: method.to_owned(), app: app.to_string(), about: None, at, request, patience, most };
        self.send(sandbox, &ready, &bent, &(Arc::new(judge) as _)).await.ok_or(NotAsked::Ending)
    }
}
