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
    /// The application that called.
    pub app: &'a str,
    /// The merchant's own ids in the call, by their paths.
    pub ids: &'a [(String, String)],
    /// The how-manieth call of that method by that application it is, where that is known.
    pub called: Option<u64>,
    /// The code that answers a call beyond the pace.
    pub limited: &'a str,
}

/// A value that only this very text is like.
fn exactly(id: &str) -> String {
    if id.contains('*') || id.starts_with('=') { format!("={id}") } else { id.to_owned() }
}

/// One line for a terminal.
pub fn replay(strike: &Strike, again: &Again<'_>) -> String {
    let Again { address, sandbox, seed, method, app, ids, called, limited } = *again;
    let told = match strike.fault {
        Some(fault) => format!("again: fault {fault}, call {}, seed {seed}", strike.nth),
        None => format!("again: by {}, seed {seed}", strike.door.name()),
    };
    let again =
        Rule { every: None, first: None, percent: None, times: Some(1), nth: Some(strike.nth), note: told, ..(*strike.rule).clone() };
    let again = match strike.door {
        Door::Rule => again,
        Door::Header | Door::Id => {
            let again = Rule { method: Some(method.to_owned()), ..again };
            match called.filter(|_| strike.door == Door::Header) {
                // a header strikes whichever call has it: it is told apart by those before it
                Some(called) => Rule { app: Some(app.to_owned()), nth: Some(called), ..again },
                // an id strikes the first call that carries it
                None => Rule { parameters: ids.iter().map(|(path, id)| (path.clone(), exactly(id))).collect(), nth: Some(1), ..again },
            }
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
