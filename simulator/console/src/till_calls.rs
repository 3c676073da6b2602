//! What the tills' pages called from this process: calls that have no answer yet, and which exchanges of a journal are theirs.
//!
//! A header can be written by anybody, so it does not make a call a till's: only what a till's page itself made counts. Lives as long as
//! the journal, which is in memory too. Source: UI.md §8 "Till".

use engine::Sandbox;
use engine::world::names::AppId;
use serde_json::Value;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// How many answered calls of all tills are known by their numbers.
const ANSWERED: usize = 10_000;

/// A till that calls.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) app: AppId,
    pub(crate) till: String,
}

/// A call without an answer so far.
#[derive(Clone, Debug)]
pub(crate) struct UnderWay {
    pub(crate) method: String,
    pub(crate) content: Value,
}

/// The calls of all tills.
#[derive(Default)]
pub(crate) struct TillCalls(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    tickets: u64,
    /// As many as the runtime lets wait at once.
    under_way: HashMap<u64, (Caller, UnderWay)>,
    answered: VecDeque<(Weak<Sandbox>, u64)>,
}

impl TillCalls {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call begins; gives its ticket.
    pub(crate) fn begin(&self, caller: Caller, call: UnderWay) -> u64 {
        let mut kept = self.kept();
        kept.tickets += 1;
        let ticket = kept.tickets;
        kept.under_way.insert(ticket, (caller, call));
        ticket
    }

    /// A call ended: with this number in the journal, or without having been made.
    pub(crate) fn end(&self, ticket: u64, number: Option<u64>) {
        let mut kept = self.kept();
        if let (Some((caller, _)), Some(number)) = (kept.under_way.remove(&ticket), number) {
            if kept.answered.len() == ANSWERED {
                kept.answered.pop_front();
            }
            kept.answered.push_back((Arc::downgrade(&caller.sandbox), number));
        }
    }

    /// A till's calls about an order that have no answer yet.
    pub(crate) fn under_way(&self, caller: &Caller, order: &str) -> Vec<UnderWay> {
        let is_its = |by: &Caller| Arc::ptr_eq(&by.sandbox, &caller.sandbox) && by.app == caller.app && by.till == caller.till;
        let kept = self.kept();
        let found = kept.under_way.values().filter(|(by, call)| is_its(by) && call.content["out_trade_no"] == order);
        found.map(|(_, call)| call.clone()).collect()
    }

    /// The numbers of all answered calls in a sandbox's journal.
    pub(crate) fn answered(&self, sandbox: &Arc<Sandbox>) -> HashSet<u64> {
        let sandbox = Arc::downgrade(sandbox);
        self.kept().answered.iter().filter(|(of, _)| of.ptr_eq(&sandbox)).map(|(_, number)| *number).collect()
    }
}
