//! The newer dialect: `/v3/alipay/…` for every method that is imitated and has a path.
//!
//! The same steps as the classic gateway, in the same order, around the same methods. Refusals are plain JSON with a status of
//! their own and carry no signature. Source: gateway PROTOCOL C, `v3_paths.toml`.

use super::asked::Asked;
use super::record::{Outcome, Visit};
use super::registry::Desk;
use super::{Inside, Sealing, Told, code_of, explained, fields, limits, placed};
use crate::contract::CONTRACTS;
use crate::fault::{self, bent};
use crate::{Alipay, methods};
use engine::journal::{Exchange, RequestBytes, SignatureVerdict};
use engine::real_now;
use std::sync::Arc;
use wire::alipay::codes::sub_code;
use wire::alipay::v3::{self, Envelope, Incoming, Nonces, Opened, Refusal, Stamp};
use wire::alipay::{GatewayRefusal, ObjectText, Slashes};

/// How many nonces a sandbox remembers, some 40 bytes each; beyond them the oldest can be sent again.
const NONCES: usize = 32_768;

impl Alipay {
    /// Answers one request to a path of V3, and keeps the exchange.
    pub async fn answer_v3(&self, request: RequestBytes) -> Arc<Exchange> {
        let mut visit = Visit::begun();
        let told = self.serve_v3(&request, &mut visit).await;
        fault::wait(told.outcome.strike(), false).await;
        self.record(visit, request, told)
    }

    /// Answers a request to V3 that could not be taken in. Its body is not looked at.
    pub(crate) fn refuse_unread_v3(&self, request: RequestBytes, hint: &str) -> Arc<Exchange> {
        let mut visit = Visit::begun();
        let opened = self.open_v3(&RequestBytes { body: bytes::Bytes::new(), ..request.clone() }, &mut visit);
        let outcome = opened.as_ref().map_or_else(|_| Outcome::default(), outcome_of);
        let told = refused(&visit, Refusal::of(sub_code::INVALID_PARAMETER).with_hint(hint), outcome);
        self.record(visit, request, told)
    }

    /// What is answered to V3 when not even the request is left to answer to.
    pub(crate) fn unknown_v3(&self) -> Arc<Exchange> {
        let mut visit = Visit::begun();
        visit.enter(self, None);
        let told = refused(&visit, Refusal::of(sub_code::AOP_UNKNOW_ERROR), Outcome::default());
        self.record(visit, RequestBytes::default(), told)
    }

    fn open_v3(&self, request: &RequestBytes, visit: &mut Visit) -> Result<Opened, Refusal> {
        let incoming = Incoming { http_method: &request.method, target: &request.target, headers: &request.headers, body: &request.body };
        match v3::open(incoming, &limits()) {
            Ok(opened) => {
                visit.enter(self, opened.app_id().and_then(|app_id| self.engine.sandbox_of_app(app_id)));
                Ok(opened)
            }
            Err(error) => {
                visit.enter(self, None);
                Err(Refusal::from(&GatewayRefusal::from(&error)))
            }
        }
    }

    async fn serve_v3(&self, request: &RequestBytes, visit: &mut Visit) -> Told {
        let opened = match self.open_v3(request, visit) {
            Ok(opened) => opened,
            Err(refusal) => return refused(visit, refusal, Outcome::default()),
        };
        let mut outcome = outcome_of(&opened);
        let sandbox = visit.sandbox().cloned();
        let nonces = sandbox.as_ref().map_or_else(|| Arc::new(Nonces::new(1)), |sandbox| self.nonces.of(sandbox, || Nonces::new(NONCES)));
        let Some(place) = self.admission.enter().await else { return refused(visit, Refusal::of(sub_code::AOP_UNKNOW_ERROR), outcome) };
        let desk = Desk::of(self, sandbox.as_deref(), opened.app_id());
        match v3::check(opened, &desk, &nonces, self.options) {
            Err(mut wrong) => {
                explained::v3_refusal(&mut wrong, &desk, &mut outcome);
                let mut refusal = wrong.refusal;
                if refusal.code == "invalid-method" && CONTRACTS.get(&outcome.method).is_some() {
                    refusal = refusal.with_hint("a real method, but not imitated here yet: METHODS.md lists those that are");
                }
                refused(visit, refusal, outcome)
            }
            Ok(envelope) => {
                outcome.signature = SignatureVerdict::Valid;
                match &sandbox {
                    Some(sandbox) => {
                        let inside = Inside { sandbox, place: Some(place), watched: desk.watched() };
                        self.work_v3(request, envelope, inside, visit, outcome).await
                    }
                    None => refused(visit, Refusal::of(sub_code::INVALID_APP_ID), outcome),
                }
            }
        }
    }

    /// Everything behind the signature.
    async fn work_v3(
        &self,
        request: &RequestBytes,
        mut envelope: Envelope,
        mut inside: Inside<'_>,
        visit: &Visit,
        mut outcome: Outcome,
    ) -> Told {
        let sandbox = inside.sandbox;
        let placed = placed::check(sandbox, envelope.app_auth_token(), &envelope.app_id, &envelope.route.method);
        let opened = placed.map_err(|refusal| Refusal::from(&refusal)).and_then(|()| envelope.decrypt());
        let desk = Desk::of(self, Some(sandbox), Some(&envelope.app_id));
        if let Err(mut refusal) = opened {
            if let Some(why) = explained::v3(&envelope.opened, &desk, Some(&refusal.code), &mut outcome) {
                refusal = refusal.with_hint(&why);
            }
            return refused(visit, refusal, outcome);
        }
        explained::v3(&envelope.opened, &desk, None, &mut outcome);
        let entry = methods::by_name(&envelope.route.method).expect("the registry knows the methods of this list only");
        let asked = Asked::v3(&envelope, entry.contract().place);
        let (fields, flags) = fields::read(entry, &asked);
        outcome.flags.extend(flags);
        match self.run(entry, request, &asked, &mut inside, fields, &mut outcome).await {
            Ok(Ok(mut object)) => {
                outcome.code = code_of(&object);
                // the status says it
                object.remove("code");
                object.remove("msg");
                let epoch_ms = outcome.at.unwrap_or_else(real_now).0;
                let stamp = Stamp { epoch_ms, nonce: visit.trace(), trace: visit.trace() };
                let object = ObjectText::of(&object, Slashes::Plain);
                let mut sealed = match outcome.strike() {
                    None => v3::seal(&envelope.answering, &object, stamp, &self.signer),
                    Some(strike) => bent::newer(strike, &envelope.answering, &object, stamp, &self.signer),
                };
                if outcome.code != "10000" {
                    // accepted and not done yet: which status says so is read in no source, this is the one its table has for it
                    sealed.status = 202;
                }
                Told { sealed: Sealing::V3(sealed), outcome }
            }
            Ok(Err(no)) => {
                no.code.clone_into(&mut outcome.code);
                refused(visit, Refusal::of_api(no.sub_code, &no.sub_msg), outcome)
            }
            Err(trouble) => {
                tracing::error!(sandbox = sandbox.name(), method = entry.name, error = %trouble, "a call's outcome is unknown");
                refused(visit, Refusal::of(sub_code::ISP_UNKNOW_ERROR), outcome)
            }
        }
    }
}

/// What a request says about itself, before anything is believed.
fn outcome_of(opened: &Opened) -> Outcome {
    let app = opened.app_id().map(|app_id| app_id.chars().take(128).collect());
    Outcome { method: opened.method().unwrap_or_default().to_owned(), app, ..Outcome::default() }
}

fn refused(visit: &Visit, refusal: Refusal, mut outcome: Outcome) -> Told {
    let mut sealed = v3::seal_refusal(&refusal, visit.trace());
    if let Some(strike) = outcome.strike() {
        sealed = bent::newer_refusal(strike, sealed);
    }
    outcome.sub_code = refusal.code;
    if outcome.code.is_empty() {
        outcome.code = refusal.status.to_string();
    }
    Told { sealed: Sealing::V3(sealed), outcome }
}

#[cfg(test)]
mod tests;
