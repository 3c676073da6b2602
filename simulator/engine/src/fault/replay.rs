//! The line that makes a fault strike again: a rule about exactly that call, given to a fresh sandbox of the same seed before the
//! same calls.

use super::{Door, Strike};
use world::fault::Rule;

/// Where and what was struck.
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// Where the house is reached.
    pub address: &'a str,
    /// The sandbox.
    pub sandbox: &'a str,
    /// Its seed.
    pub seed: u64,
    /// The method that was called.
    pub method: &'a str,
    /// The merchant's own ids in the call, by their paths.
    pub ids: &'a [(String, String)],
    /// The code that answers a call beyond the pace.
    pub limited: &'a str,
}

/// One line for a terminal.
pub fn replay(strike: &Strike, again: &Again<'_>) -> String {
    let Again { address, sandbox, seed, method, ids, limited } = *again;
    let told = match strike.fault {
        Some(fault) => format!("again: fault {fault}, call {}, seed {seed}", strike.nth),
        None => format!("again: by {}, seed {seed}", strike.door.name()),
    };
    let again =
        Rule { every: None, first: None, percent: None, times: Some(1), nth: Some(strike.nth), note: told, ..(*strike.rule).clone() };
    let again = match strike.door {
        Door::Rule => again,
        // the call is told apart by the ids it carries
        Door::Header | Door::Id => {
            let parameters = ids.iter().cloned().collect();
            Rule { method: Some(method.to_owned()), parameters, nth: Some(1), ..again }
        }
    };
    let again = match again.limit {
        Some(_) => {
            let answer = world::fault::Answer { sub_code: limited.to_owned(), sub_msg: None };
            Rule { limit: None, answer: Some(answer), ..again }
        }
        None => again,
    };
    let rule = serde_json::to_string(&again).expect("a rule is plain data").replace('\'', r"'\''");
    format!("curl -s '{address}/_kabao/v1/faults?sandbox={sandbox}' -H 'content-type: application/json' -d '{rule}'")
}
