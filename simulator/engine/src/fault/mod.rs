//! Faults at work: what a rule may ask for (`check`), what strikes a call, and the line that makes it strike again (`replay`).
//!
//! Which rule strikes is decided in `world::fault`; the provider bends its answer accordingly. Nothing here knows a platform:
//! its codes and ids come in. Source: issue "Money, notices, time and faults"; FEATURES 2 "three doors to the same fault".

mod check;
mod meddling;
mod replay;

pub use check::{DELAY_LIMIT_MS, Wrong, check, renewed};
pub use meddling::Meddling;
pub use replay::{Again, replay};

use crate::call::Call;
use crate::chance::Chance;
use crate::sandbox::Sandbox;
use std::sync::Arc;
use world::World;
use world::fault::{Decision, Fault, FaultMet, Rule, Seen};

/// How a fault came to strike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    /// By a rule.
    Rule,
    /// By the header of the request.
    Header,
    /// By a word in an id that the merchant made.
    Id,
}

impl Door {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Header => "header",
            Self::Id => "id",
        }
    }
}

/// A fault word that a call said, and the rule it stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spoken {
    /// As it was said.
    pub word: String,
    /// What goes wrong.
    pub rule: Rule,
    /// Word and id, when it strikes once only.
    pub spends: Option<String>,
}

/// A fault that strikes a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Strike {
    /// The rule's number, when it is one.
    pub fault: Option<u32>,
    /// How it came.
    pub door: Door,
    /// What goes wrong.
    pub rule: Arc<Rule>,
    /// The how-manieth call that the rule is about this is.
    pub nth: u64,
}

/// What an exchange that was struck says about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Struck {
    /// The strike.
    pub strike: Strike,
    /// The sandbox's seed.
    pub seed: u64,
    /// The line for a terminal that makes it strike again.
    pub replay: String,
}

/// What comes of asking for faults: what strikes, and remarks for the journal.
#[derive(Debug, Default)]
pub struct Found {
    /// What strikes.
    pub strike: Option<Strike>,
    /// Remarks.
    pub remarks: Vec<String>,
}

/// Decides what strikes a call, and records what counts for it: rules first, oldest first, then the header, then ids.
pub fn find(call: &mut Call<'_>, asked: &Seen<'_>, seed: u64, spoken: Option<Spoken>) -> Found {
    let dice = |fault: u32, count: u64| Chance::of(seed, "fault", (u64::from(fault) << 40) ^ count).below(100);
    let Decision { mut met, strikes, outdone } = call.world().faults().decide(&Seen { dice: &dice, ..*asked });
    let mut found = Found::default();
    if !outdone.is_empty() {
        found.remarks.push(format!("faults {outdone:?} would have struck as well; of several the oldest does"));
    }
    found.strike = strikes.map(|(fault, rule, nth)| Strike { fault: Some(fault), door: Door::Rule, rule: Arc::new(rule), nth });
    match spoken {
        Some(spoken) if found.strike.is_some() => found.remarks.push(format!("the word `{}` was not heeded: a rule struck", spoken.word)),
        Some(Spoken { word, rule, spends }) => {
            let is_spent = spends.as_deref().is_some_and(|spends| call.world().faults().is_spent(spends));
            if is_spent {
                found.remarks.push(format!("the word `{word}` struck the first call with this id and is spent"));
            } else {
                let door = if spends.is_some() { Door::Id } else { Door::Header };
                found.strike = Some(Strike { fault: None, door, rule: Arc::new(rule), nth: 1 });
                if let Some(spends) = spends {
                    let fresh = || FaultMet { app: asked.app.clone(), met: Vec::new(), word: None };
                    met.get_or_insert_with(fresh).word = Some(spends);
                }
            }
        }
        None => {}
    }
    if let Some(met) = met {
        call.record(met);
    }
    found
}

/// The rules of a sandbox that no call was ever about, in words for whoever trusted in them.
pub fn unmatched(world: &World) -> Vec<String> {
    let in_words = |(number, fault): (u32, &Fault)| {
        let rule = serde_json::to_string(&fault.rule).expect("a rule is plain data");
        format!("fault {number} ({}) never matched a call, so it tested nothing: {rule}", fault.rule.action())
    };
    world.faults().unmatched().map(in_words).collect()
}

/// Says in the process's messages which rules of a sandbox never matched a call, before they are gone.
pub fn warn_of_unmatched(sandbox: &Sandbox) {
    for words in sandbox.look(|world, _| unmatched(world)) {
        tracing::warn!(sandbox = sandbox.name(), "{words}");
    }
}
