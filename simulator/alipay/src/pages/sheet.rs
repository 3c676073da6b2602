//! The walk that all sheets of the platform share: take the request in, find the sandbox by the application it names, do what
//! the sheet does, wait for the disk, keep the exchange, answer.
//!
//! Before a sheet on a phone stands who holds it; before what a form asks, whether the form is our own and the person agreed.
//! Source: UI 4, 8.

use crate::Alipay;
use crate::customer::{BUSY, Visit, stopped};
use crate::http::{give_out, take_in};
use crate::pages::{guard, notice, phone};
use axum::extract::{Request, State};
use axum::response::Response;
use engine::Sandbox;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::provider::Stopped;
use std::collections::BTreeMap;
use std::sync::Arc;
use world::names::UserId;

/// One sheet: what its address asks for, and what it does.
pub(super) trait Sheet: Sized + Send + Sync + 'static {
    /// The largest form, bytes.
    const FORM_BYTES: usize;

    /// Reads what the address asks for.
    ///
    /// # Errors
    /// [`Stopped`] for an address that asks nothing.
    fn read(request: &RequestBytes) -> Result<Self, Stopped>;

    /// The application it names: that one tells the sandbox.
    fn app(&self) -> &str;

    /// Shows, or does what was agreed to.
    fn serve(
        &self,
        platform: &Alipay,
        visit: &mut Visit,
        sandbox: &Arc<Sandbox>,
    ) -> impl Future<Output = Result<AnswerBytes, Stopped>> + Send;
}

/// A sheet's answer to one request.
pub(super) async fn page<S: Sheet>(State(platform): State<Arc<Alipay>>, request: Request) -> Response {
    let (request, _share) = match take_in(&platform.intake, request, S::FORM_BYTES, S::FORM_BYTES).await {
        Ok(taken) => taken,
        Err((_, trouble)) => return give_out(&notice::unread(&trouble)),
    };
    let sheet = match S::read(&request) {
        Ok(sheet) => sheet,
        Err(stopped) => return give_out(&notice::stopped(&stopped)),
    };
    let app = sheet.app();
    let Some(sandbox) = platform.engine.sandbox_of_app(app) else {
        return give_out(&notice::stopped(&stopped("UNKNOWN_APP", BUSY, format!("no sandbox has application `{app}`"))));
    };
    let mut visit = Visit::begin(request, Some(app.to_owned()));
    let (answer, code) = match on_disk(&sandbox, sheet.serve(&platform, &mut visit, &sandbox).await).await {
        Ok(answer) => (answer, String::new()),
        Err(stopped) => (notice::stopped(&stopped), stopped.code),
    };
    give_out(&visit.keep(&sandbox, answer, &code, Vec::new()).answer)
}

/// What a page says, once everything it may show is on the disk; a sandbox that stopped says nothing else.
async fn on_disk(sandbox: &Sandbox, told: Result<AnswerBytes, Stopped>) -> Result<AnswerBytes, Stopped> {
    sandbox.run(|_| ())?.settled().await?;
    told
}

/// How far a request goes by itself.
pub(super) enum Step<Who> {
    /// It is answered already: a form of another site, somebody who said no.
    Over(AnswerBytes),
    /// Somebody looks.
    Looks(Who),
    /// Somebody sent what was typed, and agrees.
    Agrees(Who, BTreeMap<String, String>),
}

/// The step of a request whoever makes it.
pub(super) fn step(request: &RequestBytes) -> Step<()> {
    if !phone::is_post(request) {
        return Step::Looks(());
    }
    if !guard::is_own(request) {
        return Step::Over(notice::not_ours());
    }
    let typed = phone::fields(request);
    if typed.get("decide").map(String::as_str) != Some("agree") {
        return Step::Over(notice::cancelled());
    }
    Step::Agrees((), typed)
}

/// The step of a request from a phone: who holds it is asked for before anything else but whose form it is.
pub(super) fn step_on_phone(request: &RequestBytes, sandbox: &Sandbox) -> Step<UserId> {
    if phone::is_post(request) {
        if !guard::is_own(request) {
            return Step::Over(notice::not_ours());
        }
        if let Some(answer) = phone::chosen(request, &phone::fields(request), sandbox) {
            return Step::Over(answer);
        }
    }
    let Some(user) = phone::holder(request, sandbox) else { return Step::Over(phone::ask(request, sandbox)) };
    match step(request) {
        Step::Over(answer) => Step::Over(answer),
        Step::Looks(()) => Step::Looks(user),
        Step::Agrees((), typed) => Step::Agrees(user, typed),
    }
}
