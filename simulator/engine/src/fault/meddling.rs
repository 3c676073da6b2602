//! Faults of notices: a rule that is about notices lays hands on their deliveries, scheduled ones and those somebody asked for.
//!
//! Counted and decided as for calls; what a rule does to a delivery is the delivery's own vocabulary (`delivery`).

use super::{Again, Found, Struck, find, replay};
use crate::delivery::{Delivery, Forgery, Meddler};
use crate::sandbox::Sandbox;
use std::sync::Arc;
use world::fault::{Deliver, Rule, Seen};
use world::notice::Edit;

/// Rules for notices at work, in a house with this address.
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
    fn meddle(&self, sandbox: &Sandbox, delivery: &mut Delivery) {
        if sandbox.look(|world, _| !world.faults().rules().values().any(|fault| fault.rule.notice.is_some())) {
            return;
        }
        let made = &delivery.notice.made;
        let said = |name: &str| made.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let (kind, app, at) = (made.kind.as_str(), &made.app, delivery.at);
        let asked = Seen {
            is_notice: true,
            method: kind,
            app,
            now: at,
            parameter: &said,
            header: &|_| None,
            card: &|number| made.parameters.iter().any(|(name, value)| name.ends_with("card_no") && value == number),
            says: &|_| false,
            dice: &|_, _| 0,
        };
        let Ok(ran) = sandbox.run_when(crate::real_now, Some(at), |call| find(call, &asked, sandbox.seed(), None)) else { return };
        // what the attempt records stands behind this, so whoever waits for that waits for this
        let Found { strike: Some(strike), .. } = ran.unsettled() else { return };
        let again = Again { address: &self.address, sandbox: sandbox.name(), seed: sandbox.seed(), method: kind, ids: &[], limited: "" };
        let line = replay(&strike, &again);
        let number = strike.fault.map_or_else(String::new, |number| format!("fault {number}, "));
        delivery.cause = Some(format!("{number}{}", strike.rule.action()));
        lay_hands(&strike.rule, delivery);
        delivery.struck = Some(Box::new(Struck { seed: sandbox.seed(), replay: line, strike }));
    }
}

fn lay_hands(rule: &Rule, delivery: &mut Delivery) {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let edits = rule.fields.iter().map(|(name, value)| -> Edit { (name.clone(), (!value.is_null()).then(|| text(value))) });
    delivery.edits.extend(edits);
    delivery.put_off_ms = rule.late_seconds.map(|seconds| seconds.saturating_mul(1_000));
    match rule.deliver {
        Some(Deliver::Twice) => delivery.copies = 1,
        Some(Deliver::Lost) => delivery.lost = true,
        Some(Deliver::OtherKey) => delivery.forge = Some(Forgery::WrongKey),
        Some(Deliver::WrongSignature) => delivery.forge = Some(Forgery::FlippedByte),
        Some(Deliver::NoSignature) => delivery.forge = Some(Forgery::NoSignature),
        None => {}
    }
}
