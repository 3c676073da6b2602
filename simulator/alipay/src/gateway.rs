//! The gateway: one request in, one answer out, in the order of the platform's own questions. The classic dialect here, the
//! newer one in `v3`.
//!
//! open → admission → check (wire) → application authorisation, encryption → run the method in its sandbox (token, JSON, contract,
//! the method) → wait until durable → seal → journal. Nothing is answered that is not durable; what is not known is answered
//! as 20000. Source: gateway PROTOCOL A, D; errors.toml.

mod admission;
mod asked;
mod certificates;
mod explained;
mod fields;
pub(crate) mod placed;
mod record;
mod registry;
mod v3;

pub(crate) use admission::{Admission, Admitted};

use crate::Alipay;
use crate::contract::CONTRACTS;
use crate::fault::{self, Beside, Said, Watched, bent};
use crate::image::Pictures;
use crate::method::{Call, Caller, Entry, Upload};
use crate::methods;
use crate::refused::Refused;
use asked::Asked;
use engine::Sandbox;
use engine::journal::{Exchange, Flag, RequestBytes, SignatureVerdict};
use engine::log::Blob;
use record::{Outcome, Visit};
use registry::Desk;
use std::borrow::Cow;
use std::sync::Arc;
use wire::alipay::codes::{sub_code, with_solution};
use wire::alipay::response::{Outcome as Node, seal_refusal};
use wire::alipay::{Answering, Envelope, FilePart, GatewayRefusal, Incoming, Limits, ObjectText, Opened, Slashes, check, open, seal};
use world::fault::Reply;
use world::names::AppId;

/// Where merchants' SDKs are pointed at.
pub const GATEWAY_PATH: &str = "/gateway.do";

/// Bytes of one uploaded file beyond which it is not even read; the method's own limit is lower.
const FILE_BYTES: usize = 8 << 20;

/// The limits of one request.
pub(crate) fn limits() -> Limits {
    Limits { value_bytes: 1 << 20, file_bytes: FILE_BYTES, ..Limits::default() }
}

/// The one method that belongs to the gateway itself.
const CERTIFICATE_DOWNLOAD: &str = "alipay.open.app.alipaycert.download";

/// An answer on its way out, with what the journal keeps of it.
struct Told {
    sealed: Sealing,
    outcome: Outcome,
}

/// An answer in the dialect of its request.
enum Sealing {
    Classic(wire::alipay::Sealed),
    V3(wire::alipay::v3::Sealed),
}

/// Where a call is worked on.
pub(crate) struct Inside<'a> {
    pub(crate) sandbox: &'a Arc<Sandbox>,
    /// Its place, while it is processor time that it needs.
    pub(crate) place: Option<Admitted>,
    pub(crate) watched: Watched,
}

/// What a method answered, or that its outcome is unknown.
type Answered = Result<Result<serde_json::Map<String, serde_json::Value>, Refused>, engine::Unsettled>;

impl Alipay {
    /// Answers one request of a merchant's: the exchange, as its journal keeps it.
    pub async fn answer(&self, request: RequestBytes) -> Arc<Exchange> {
        let mut visit = Visit::begun();
        let told = self.serve(&request, &mut visit).await;
        fault::wait(told.outcome.strike(), false).await;
        self.record(visit, request, told)
    }

    /// Answers a request that could not be taken in, such as one that is too large. Its body is not looked at.
    pub(crate) fn refuse_unread(&self, request: RequestBytes, hint: &str) -> Arc<Exchange> {
        let refusal = GatewayRefusal::of(sub_code::INVALID_PARAMETER).with_hint(hint);
        let mut visit = Visit::begun();
        let told = self.turn_away(&request, &refusal, &mut visit);
        self.record(visit, request, told)
    }

    /// Answers a request of which nothing is made, because more come than can be done: nothing when its turn may come. Its body is
    /// not looked at.
    pub(crate) fn refuse_busy(&self, target: &str) -> Option<Arc<Exchange>> {
        if !self.admission.refuses() {
            return None;
        }
        let request = RequestBytes { method: "POST".to_owned(), target: target.to_owned(), ..RequestBytes::default() };
        let opened = open(Incoming { http_method: "GET", target, content_type: None, body: &request.body }, &limits()).ok()?;
        let sandbox = self.sandbox_named(&opened)?;
        let mut visit = Visit::begun();
        visit.enter(self, Some(sandbox.clone()));
        let desk = Desk::of(self, Some(&sandbox), opened.app_id().as_deref());
        let outcome = Outcome { at: Some(desk.now()), ..Outcome::of(&opened) };
        let told = self.say(&desk.answering(&opened), &GatewayRefusal::of(sub_code::AOP_UNKNOW_ERROR), outcome);
        Some(self.record(visit, request, told))
    }

    /// What is answered when not even the request is left to answer to: the outcome is unknown.
    pub(crate) fn unknown(&self) -> Arc<Exchange> {
        let told = self.say(&Answering::to_method(None), &GatewayRefusal::of(sub_code::AOP_UNKNOW_ERROR), Outcome::default());
        self.record(Visit::begun(), RequestBytes::default(), told)
    }

    async fn serve(&self, request: &RequestBytes, visit: &mut Visit) -> Told {
        let content_type = header(request, "content-type");
        let incoming = Incoming { http_method: &request.method, target: &request.target, content_type, body: &request.body };
        let opened = match open(incoming, &limits()) {
            Ok(opened) => opened,
            Err(error) => return self.turn_away(request, &GatewayRefusal::from(&error), visit),
        };
        let sandbox = self.sandbox_named(&opened);
        visit.enter(self, sandbox.clone());
        let Some(place) = self.admission.enter().await else {
            let desk = Desk::of(self, sandbox.as_deref(), opened.app_id().as_deref());
            return self.say(&desk.answering(&opened), &GatewayRefusal::of(sub_code::AOP_UNKNOW_ERROR), Outcome::of(&opened));
        };
        let desk = Desk::of(self, sandbox.as_deref(), opened.app_id().as_deref());
        let mut outcome = Outcome { leads_to: visit.leads_to(&desk), ..Outcome::of(&opened) };
        match check(opened, &desk, self.options) {
            Err(refused) => self.refuse(*refused, &desk, outcome),
            Ok(envelope) => {
                outcome.signature = SignatureVerdict::Valid;
                match sandbox.as_ref() {
                    Some(sandbox) => {
                        let inside = Inside { sandbox, place: Some(place), watched: desk.watched() };
                        self.work(request, envelope, inside, &desk, outcome).await
                    }
                    None => self.say(&envelope.answering, &GatewayRefusal::of(sub_code::INVALID_APP_ID), outcome),
                }
            }
        }
    }

    fn sandbox_named(&self, opened: &Opened) -> Option<Arc<Sandbox>> {
        self.engine.sandbox_of_app(&opened.app_id()?)
    }

    /// A request that could not be opened: what its target says is enough to name method and application.
    fn turn_away(&self, request: &RequestBytes, refusal: &GatewayRefusal, visit: &mut Visit) -> Told {
        let incoming = Incoming { http_method: "GET", target: &request.target, content_type: None, body: &bytes::Bytes::new() };
        let opened = open(incoming, &limits()).ok();
        visit.enter(self, opened.as_ref().and_then(|opened| self.sandbox_named(opened)));
        let answering = Answering::to_method(opened.as_ref().and_then(Opened::method).as_deref());
        let outcome = opened.as_ref().map_or_else(Outcome::default, Outcome::of);
        let desk = Desk::of(self, visit.sandbox().map(|sandbox| &**sandbox), None);
        self.say(&answering, refusal, Outcome { leads_to: visit.leads_to(&desk), ..outcome })
    }

    fn refuse(&self, mut refused: wire::alipay::Refused, desk: &Desk<'_>, mut outcome: Outcome) -> Told {
        explained::refusal(&mut refused, desk, &mut outcome);
        if refused.failed_signature.is_none() && refused.refusal.code.order > sub_code::INVALID_SIGNATURE.entry().order {
            outcome.signature = SignatureVerdict::Valid;
        }
        if refused.refusal.code.sub_code == sub_code::INVALID_METHOD.as_str() && CONTRACTS.get(&outcome.method).is_some() {
            refused.refusal = refused.refusal.with_hint("a real method, but not imitated here yet: METHODS.md lists those that are");
        }
        self.say(&refused.answering, &refused.refusal, outcome)
    }

    /// Everything behind the signature.
    async fn work(
        &self,
        request: &RequestBytes,
        mut envelope: Envelope,
        mut inside: Inside<'_>,
        desk: &Desk<'_>,
        mut outcome: Outcome,
    ) -> Told {
        let sandbox = inside.sandbox;
        let placed = placed::check(sandbox, envelope.app_auth_token().as_deref(), &envelope.app_id, &envelope.method);
        let opened = placed.and_then(|()| envelope.decrypt());
        if let Err(refusal) = opened {
            let refusal = explained::behind(&envelope.opened, desk, refusal, &mut outcome);
            return self.say(&envelope.answering, &refusal, outcome);
        }
        explained::served(&envelope, desk, &mut outcome);
        if envelope.method == CERTIFICATE_DOWNLOAD {
            inside.place = None;
            return Box::pin(self.certificate(&envelope, sandbox, outcome)).await;
        }
        let entry = methods::by_name(&envelope.method).expect("the registry knows the methods of this list only");
        let asked = Asked::classic(&envelope);
        let (fields, flags) = fields::read(entry, &asked);
        outcome.flags.extend(flags);
        match self.run(entry, request, &asked, &mut inside, fields, &mut outcome).await {
            Ok(Ok(object)) => {
                if entry.page {
                    outcome.location = object.get("location").and_then(serde_json::Value::as_str).map(str::to_owned);
                }
                outcome.code = code_of(&object);
                self.seal(&envelope.answering, Node::Success, &ObjectText::of(&object, Slashes::Escaped), outcome)
            }
            Ok(Err(mut refused)) => {
                if let Some(trace) = &outcome.leads_to {
                    refused.sub_msg = with_solution(&refused.sub_msg, trace);
                }
                refused.code.clone_into(&mut outcome.code);
                refused.sub_code.clone_into(&mut outcome.sub_code);
                self.seal(&envelope.answering, Node::Failure, &refused.object(), outcome)
            }
            Err(trouble) => {
                tracing::error!(sandbox = sandbox.name(), method = entry.name, error = %trouble, "a call's outcome is unknown");
                self.say(&envelope.answering, &GatewayRefusal::of(sub_code::ISP_UNKNOW_ERROR), outcome)
            }
        }
    }

    /// Seals an answer, bent when a fault struck.
    fn seal(&self, answering: &Answering, node: Node, object: &ObjectText, outcome: Outcome) -> Told {
        let sealed = match outcome.strike() {
            None => seal(answering, node, object, &self.signer),
            Some(strike) => bent::classic(strike, answering, node, object, &outcome.sub_code, &self.signer),
        };
        Told { sealed: Sealing::Classic(sealed), outcome }
    }

    /// Runs a method, or what a fault makes of it: the one place where faults strike, in both dialects.
    async fn run(
        &self,
        entry: &'static Entry,
        request: &RequestBytes,
        asked: &Asked<'_>,
        inside: &mut Inside<'_>,
        fields: Result<serde_json::Value, Refused>,
        outcome: &mut Outcome,
    ) -> Answered {
        let sandbox = inside.sandbox;
        let said = Said { app: asked.app_id, biz_content: asked.biz_content.as_deref(), parameters: &asked.parameters };
        if let Some(looked) = self.look_for_faults(inside, entry, said, request).await? {
            outcome.looked(looked);
        }
        let strike = outcome.strike().cloned();
        fault::wait(strike.as_ref(), true).await;
        let beside = strike.as_ref().map(|strike| (strike, Beside::of(entry, &fields)));
        if let Some(refused) = beside.as_ref().and_then(|(strike, beside)| fault::instead(strike, entry, beside)) {
            return Ok(Err(refused));
        }
        if inside.place.is_none() {
            inside.place = self.admission.enter().await;
        }
        if inside.place.is_none() {
            return Ok(Err(Refused::gateway(sub_code::AOP_UNKNOW_ERROR)));
        }
        let answered = self.run_method(entry, asked, inside, fields, outcome).await?;
        let Some((strike, beside)) = beside else { return Ok(answered) };
        inside.place = None;
        if !strike.rule.renew.is_empty()
            && let Err(why) = Box::pin(self.renew(sandbox, asked.app_id, &strike.rule.renew)).await
        {
            outcome.flags.push(flag("", format!("the fault renewed nothing: {why}")));
        }
        if strike.rule.reply == Some(Reply::AfterNotice) {
            // seldom, and large: in a place of its own, so that not every call has room for it
            Box::pin(self.notices_first(sandbox, &outcome.notices)).await;
        }
        Ok(fault::after(strike, entry, &beside, answered))
    }

    async fn run_method(
        &self,
        entry: &'static Entry,
        asked: &Asked<'_>,
        inside: &mut Inside<'_>,
        fields: Result<serde_json::Value, Refused>,
        outcome: &mut Outcome,
    ) -> Answered {
        let sandbox = inside.sandbox;
        let files = uploads(asked.files, entry.keeps_files).await;
        let prepared = entry.prepare(fields);
        let pictures = self.galleries.of(sandbox, Pictures::default);
        let notices = &mut outcome.notices;
        let owned = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
        let (auth_token, notify_url, return_url) = (owned(&asked.auth_token), owned(&asked.notify_url), owned(&asked.return_url));
        let (name, signer_id) = (sandbox.name().to_owned(), AppId::from(asked.app_id));
        // dropped after the sandbox stood still, which nobody waits for
        let mut made = None;
        let ran = sandbox.run(|call| {
            let signer = call.world().apps().get(&signer_id).cloned();
            // an application is never taken away while its sandbox lives
            let signer = signer.expect("the registry found the application in this sandbox");
            let (app, provider) = match asked.app_auth_token.as_deref() {
                None => (signer, None),
                Some(token) => match placed::app(call.world(), &signer.id, token, entry.name, call.now()) {
                    Ok(app) => (app.clone(), Some(signer)),
                    Err(refusal) => return (Err(Refused::from(&refusal)), Vec::new()),
                },
            };
            let (seed, address) = (sandbox.seed(), self.address.clone());
            let caller = Caller { app, provider, sandbox: name, seed, address, auth_token, notify_url, return_url, files, pictures };
            let mut call = Call::new(call, made.insert(caller));
            let replied = entry.run(&mut call, prepared);
            notices.extend(call.notices_made().take(fault::NOTICES_FIRST).cloned());
            (replied, call.into_flags())
        })?;
        drop(made);
        outcome.at = Some(ran.at);
        outcome.caused(ran.first, ran.events);
        if ran.waits() {
            inside.place = None;
        }
        let (replied, flags) = ran.settled().await?;
        outcome.flags.extend(flags);
        Ok(replied.map(|reply| entry.answer(reply)))
    }

    fn say(&self, answering: &Answering, refusal: &GatewayRefusal, mut outcome: Outcome) -> Told {
        outcome.code.clone_from(&refusal.code.code);
        outcome.sub_code.clone_from(&refusal.code.sub_code);
        let leading = outcome.leads_to.as_ref().map(|trace| refusal.clone().with_solution(trace));
        Told { sealed: Sealing::Classic(seal_refusal(answering, leading.as_ref().unwrap_or(refusal), &self.signer)), outcome }
    }
}

/// The files that came, copied and named if they are to be kept: before the sandbox stands still for the call, and beside the
/// runtime's workers, since a large one takes milliseconds.
async fn uploads(files: &[FilePart], keep: bool) -> Vec<Upload> {
    let files = files.to_vec();
    if !keep || files.is_empty() {
        return files.into_iter().map(|part| Upload { part, blob: None }).collect();
    }
    let kept = |part: FilePart| Upload { blob: Some(Blob::new(Arc::<[u8]>::from(&part.bytes[..]))), part };
    let work = tokio::task::spawn_blocking(move || files.into_iter().map(kept).collect());
    work.await.expect("copying and hashing do not panic, and nobody aborts them")
}

/// The class of a success: methods that write no code of their own into the answer succeed plainly.
fn code_of(object: &serde_json::Map<String, serde_json::Value>) -> String {
    object.get("code").and_then(serde_json::Value::as_str).unwrap_or("10000").to_owned()
}

/// The value of a header.
pub(crate) fn header<'r>(request: &'r RequestBytes, name: &str) -> Option<&'r str> {
    request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// A remark.
pub(crate) fn flag(path: impl Into<String>, text: impl Into<String>) -> Flag {
    Flag { path: path.into(), text: text.into() }
}

#[cfg(test)]
mod tests;
