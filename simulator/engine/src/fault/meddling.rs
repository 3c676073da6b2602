//! Faults of requests to merchants: a rule that is about notices or questions lays hands on them, on deliveries that are scheduled and
//! those somebody asked for.
//!
//! Counted and decided as for calls; what a rule does to a request is the request's own vocabulary (`sending`).

use super::{Again, Found, Struck, find, replay};
use crate::provider::Courier;
use crate::sandbox::{Sandbox, Unsettled};
use crate::sending::{Bent, Fate, Leaving, Meddler, Twist};
use std::sync::Arc;
use std::time::Duration;
use world::fault::{Deliver, Rule, Seen};
use world::notice::Edit;

/// Rules for requests to merchants at work, in a house with this address.
pub struct Meddling {
    address: Arc<str>,
}

impl Meddling {
    /// For a house that is reached here, without a slash at the end.
    pub fn at(address: Arc<str>) -> Self {
        Self { address }
    }
}

impl Meddler for Meddling {
    fn meddle(&self, courier: &dyn Courier, sandbox: &Sandbox, leaving: &Leaving<'_>) -> Result<Bent, Unsettled> {
        let Leaving { aim, kind, app, parameters, at, can_wait } = *leaving;
        if sandbox.look(|world, _| !world.faults().rules().values().any(|fault| fault.rule.aim() == aim)) {
            return Ok(Bent::default());
        }
        let said = courier.reads(parameters);
        let asked = Seen {
            aim,
            can_wait,
            method: kind,
            app,
            now: at,
            parameter: &|path| said.value(path),
            header: &|_| None,
            card: &|number| said.is_about_card(number),
            says: &|_| false,
            dice: &|_, _| 0,
        };
        let ran = sandbox.run_when(crate::real_now, Some(at), |call| find(call, &asked, sandbox.seed(), None))?;
        // whoever sends waits for it when a rule struck; what others counted is recorded before what comes of the request
        let Found { strike: Some(strike), .. } = ran.unsettled() else { return Ok(Bent::default()) };
        let again = Again {
            address: &self.address,
            sandbox: sandbox.name(),
            seed: sandbox.seed(),
            method: kind,
            app: app.as_str(),
            ids: &[],
            called: None,
            limited: "",
        };
        let line = replay(&strike, &again);
        let number = strike.fault.map_or_else(String::new, |number| format!("fault {number}, "));
        let cause = Some(format!("{number}{}", strike.rule.action()));
        let bent = bent(&strike.rule);
        Ok(Bent { cause, struck: Some(Box::new(Struck { seed: sandbox.seed(), replay: line, strike })), ..bent })
    }
}

fn bent(rule: &Rule) -> Bent {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let edits = rule.fields.iter().map(|(name, value)| -> Edit { (name.clone(), (!value.is_null()).then(|| text(value))) });
    let bent = Bent {
        edits: edits.collect(),
        put_off_ms: rule.late_seconds.map(|seconds| seconds.saturating_mul(1_000)),
        aged_ms: rule.aged_seconds.map_or(0, |seconds| seconds.saturating_mul(1_000)),
        delay: Duration::from_millis(rule.delay_ms.unwrap_or_default().min(super::DELAY_LIMIT_MS)),
        ..Bent::default()
    };
    let twisted = |twist| Bent { twist: Some(twist), ..Bent::default() };
    let fated = |fate| Bent { fate: Some(fate), ..Bent::default() };
    match rule.deliver {
        Some(Deliver::Twice) => Bent { copies: 1, ..bent },
        Some(Deliver::TwiceAtOnce) => Bent { copies: 1, at_once: true, ..bent },
        Some(Deliver::Lost) => fated(Fate::Lost),
        Some(Deliver::Unanswered) => fated(Fate::Unanswered),
        Some(Deliver::Unreachable) => fated(Fate::Unreachable),
        Some(Deliver::OtherKey) => twisted(Twist::WrongKey),
        Some(Deliver::WrongSignature) => twisted(Twist::FlippedByte),
        Some(Deliver::NoSignature) => twisted(Twist::NoSignature),
        Some(Deliver::ExtraFields) => twisted(Twist::ExtraFields),
        Some(Deliver::OtherCharset) => twisted(Twist::OtherCharset),
        None => bent,
    }
}
