//! What the platform brings to a diagnosis, and how its words reach the answer and the journal.
//!
//! The diagnosis itself is the wire's (`wire::alipay::diagnosis`). Gathered for calls that are refused, and, without any keys, for
//! calls that are served.

use super::record::{self, Outcome};
use super::registry::Desk;
use super::{SignatureVerdict, flag};
use crate::contract::CONTRACTS;
use engine::contract::Place;
use engine::real_now;
use std::collections::HashSet;
use wire::alipay::diagnosis::remarks::{self, Fields, Known, Remark};
use wire::alipay::{Application, CertificateFile, Envelope, GatewayRefusal, KnownKey, Opened, Refused, Registry, v3};

/// Keys of other sandboxes that are asked.
const ELSEWHERE: usize = 10;
/// Other sandboxes that are looked into.
const SANDBOXES: usize = 8;
/// Remarks one exchange is given.
const MOST: usize = 20;

/// What is known about one call.
pub(super) struct Brief {
    keys: Vec<KnownKey>,
    elsewhere: Vec<KnownKey>,
    application: Option<Application>,
    roots: Option<CertificateFile>,
    clocks_ms: Vec<i64>,
    names: Vec<&'static str>,
    beside: Option<bool>,
}

impl Brief {
    /// For a call to `method` by `app_id`; keys are gathered when a signature is wrong, roots when a call was refused.
    pub(super) fn of(desk: &Desk<'_>, app_id: Option<&str>, method: &str, refused: bool, wrong_signature: bool) -> Self {
        let app = app_id.and_then(|app_id| desk.app(app_id));
        let roots = app.as_ref().filter(|_| refused).and_then(|app| app.security.certificates.as_ref());
        let contract = CONTRACTS.get(method);
        Self {
            keys: if wrong_signature { desk.known_keys() } else { Vec::new() },
            elsewhere: if wrong_signature { elsewhere(desk) } else { Vec::new() },
            application: app_id.and_then(|app_id| desk.application(app_id)),
            roots: roots.and_then(|certificates| CertificateFile::from_pem(&certificates.roots).ok()),
            // whose clock it should be is not known without a sandbox
            clocks_ms: desk.sandbox.map_or_else(Vec::new, |_| vec![desk.now_ms(), real_now().0]),
            names: contract.map_or_else(Vec::new, |contract| contract.request.fields().iter().map(|field| field.name.as_str()).collect()),
            beside: contract.map(|contract| contract.place == Place::Beside),
        }
    }

    pub(super) fn known(&self) -> Known<'_> {
        Known {
            keys: &self.keys,
            elsewhere: &self.elsewhere,
            application: self.application.as_ref(),
            roots: self.roots.as_ref(),
            clocks_ms: &self.clocks_ms,
            fields: self.beside.map(|beside| Fields { beside, names: &self.names }),
        }
    }
}

/// Keys of other sandboxes of this house.
fn elsewhere(desk: &Desk<'_>) -> Vec<KnownKey> {
    let keys = desk.platform.engine.keys();
    let own = desk.sandbox.map(engine::Sandbox::name);
    let engine = &desk.platform.engine;
    let others = engine.names().into_iter().filter(|other| Some(other.as_str()) != own).take(SANDBOXES);
    let known = others.filter_map(|name| engine.sandbox(&name).ok()).flat_map(|sandbox| {
        let apps: Vec<_> = sandbox.look(|world, _| world.apps().iter().take(ELSEWHERE).cloned().collect());
        let name = sandbox.name().to_owned();
        apps.into_iter().filter_map(move |app| {
            let key = keys.verifying(&app.app_key).ok()?;
            Some(KnownKey { owner: format!("application {} of sandbox `{name}`", app.id), key })
        })
    });
    known.take(ELSEWHERE).collect()
}

/// Explains a refusal of the classic gateway, in its own text, in the outcome's header and flags.
pub(super) fn refusal(refused: &mut Refused, desk: &Desk<'_>, outcome: &mut Outcome) {
    let wrong = refused.failed_signature.is_some();
    let brief = Brief::of(desk, refused.opened.app_id().as_deref(), &outcome.method, true, wrong);
    let known = brief.known();
    let diagnosis = refused.explain(known);
    let remarks = remarks::of(&refused.opened, Some(&refused.refusal.code.sub_code), &known);
    let named = diagnosis.as_ref().map(|found| found.id);
    if let Some(remark) = remarks.iter().find(|remark| named.is_none() && tells_why(remark, &refused.refusal.code.sub_code)) {
        refused.refusal = refused.refusal.clone().with_hint(&remark.in_words());
    }
    if wrong {
        outcome.signature = SignatureVerdict::Invalid(diagnosis.as_ref().map(record::diagnosed));
        outcome.diagnosis = diagnosis.map(|found| found.header());
    }
    remember(remarks, outcome);
}

/// What is odd about a classic call that is served. Nearly every call comes here, so only what it can need is gathered.
pub(super) fn served(envelope: &Envelope, desk: &Desk<'_>, outcome: &mut Outcome) {
    let certificates = ["app_cert_sn", "alipay_root_cert_sn"].into_iter().any(|name| envelope.text(name).is_some());
    let clocks_ms = [desk.now_ms(), real_now().0];
    if certificates || envelope.api_parameters().next().is_some() {
        let brief = Brief::of(desk, Some(&envelope.app_id), &outcome.method, false, false);
        return remember(remarks::of(&envelope.opened, None, &brief.known()), outcome);
    }
    remember(remarks::of(&envelope.opened, None, &Known { clocks_ms: &clocks_ms, ..Known::default() }), outcome);
}

/// What is odd about a classic call that was refused behind its signature; the refusal with the reason in its text.
pub(super) fn behind(opened: &Opened, desk: &Desk<'_>, refusal: GatewayRefusal, outcome: &mut Outcome) -> GatewayRefusal {
    let brief = Brief::of(desk, opened.app_id().as_deref(), &outcome.method, true, false);
    let remarks = remarks::of(opened, Some(&refusal.code.sub_code), &brief.known());
    let why = remarks.iter().find(|remark| tells_why(remark, &refusal.code.sub_code)).map(Remark::in_words);
    remember(remarks, outcome);
    why.map_or(refusal.clone(), |why| refusal.with_hint(&why))
}

/// Explains a refusal of V3, in its own text, in the outcome's header and flags.
pub(super) fn v3_refusal(refused: &mut v3::Refused, desk: &Desk<'_>, outcome: &mut Outcome) {
    if refused.failed_signature.is_some() {
        let brief = Brief::of(desk, refused.opened.app_id(), &outcome.method, true, true);
        let diagnosis = refused.explain(brief.known());
        outcome.signature = SignatureVerdict::Invalid(diagnosis.as_ref().map(record::diagnosed));
        outcome.diagnosis = diagnosis.map(|found| found.header());
    }
    let code = refused.refusal.code.clone();
    let why = v3(&refused.opened, desk, Some(&code), outcome);
    if let Some(why) = why.filter(|_| outcome.diagnosis.is_none()) {
        refused.refusal = refused.refusal.clone().with_hint(&why);
    }
}

/// What is odd about a call to V3, refused with `code` or served; the words of what explains the refusal.
pub(super) fn v3(opened: &v3::Opened, desk: &Desk<'_>, code: Option<&str>, outcome: &mut Outcome) -> Option<String> {
    let mut brief = Brief::of(desk, opened.app_id(), &outcome.method, code.is_some(), false);
    if desk.sandbox.is_none() && code == Some("illegal-timestamp") {
        // this refusal came of looking at a clock: the one that was looked at
        brief.clocks_ms = vec![desk.now_ms()];
    }
    let remarks = v3::remarks(opened, code, &brief.known());
    let why = remarks.iter().find(|remark| code.is_some_and(|code| tells_why(remark, code))).map(Remark::in_words);
    remember(remarks, outcome);
    why
}

/// Whether a remark explains a refusal with this code; the others are true of calls that are served as well.
fn tells_why(remark: &Remark, code: &str) -> bool {
    match remark.id {
        "Q12" | "Q13" | "Q20" | "Q29" | "Q49" => false,
        "Q18" => code.contains("timestamp"),
        _ => true,
    }
}

/// Keeps remarks as flags, each number and place once.
fn remember(remarks: Vec<Remark>, outcome: &mut Outcome) {
    let mut known: HashSet<(String, &'static str)> = HashSet::new();
    for remark in remarks.into_iter().take(MOST) {
        if known.insert((remark.path.clone(), remark.id)) {
            outcome.flags.push(flag(remark.path, format!("{}: {} / {}", remark.id, remark.hint, remark.hint_zh)));
        }
    }
}

#[cfg(test)]
mod tests;
