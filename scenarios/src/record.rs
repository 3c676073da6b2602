//! What people did in a sandbox, written as a story that does it again: from its events and the merchant's calls.
//!
//! Only sentences that exist are written, in English or Chinese; whatever has none is named in a comment at its place and in
//! [`Recorded::untold`], never dropped. What merchant and platform did because of it is not told again but looked at: cards,
//! points, purchases, wallets. What leaves no trace at the platform cannot be told: a code that nobody scanned, cash without a card.

mod known;
mod page;
mod sentence;
mod telling;

use crate::control::{Control, Mark};
use crate::http::Unanswered;
use serde_json::Value;
use std::collections::BTreeMap;

/// In which language a story is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tongue {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

/// What can be known of a visit afterwards.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The sandbox's events, oldest first, with names and numbers as they are.
    pub events: Vec<Value>,
    /// The exchanges between them.
    pub exchanges: Vec<Value>,
    /// Account → what its wallet holds now, fen.
    pub wallets: BTreeMap<String, i64>,
}

/// A story that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The story, a file that can be played.
    pub story: String,
    /// What somebody did that no sentence tells; each stands in the story as a comment, too.
    pub untold: Vec<String>,
}

/// Writes what was done in this sandbox since the event `after` as a story.
///
/// # Errors
/// No usable answer of the platform.
pub async fn record(control: &Control, after: u64, tongue: Tongue) -> Result<Recorded, Unanswered> {
    let events = control.revealed_events(after).await?;
    let first = events.first().and_then(|event| event["sequence"].as_u64()).unwrap_or(u64::MAX);
    let mut exchanges = control.exchanges(Mark::default(), None).await?.exchanges;
    exchanges.retain(|exchange| exchange["events"][1].as_u64().is_none_or(|end| end > first));
    let mut wallets = BTreeMap::new();
    for event in events.iter().filter(|event| event["kind"] == "customer_registered") {
        if let Some(user) = event["body"]["user"].as_str() {
            let wallet = control.get(&format!("/customers/{user}/wallet")).await?;
            wallets.insert(user.to_owned(), wallet["balance_fen"].as_i64().unwrap_or_default());
        }
    }
    Ok(written(&Seen { events, exchanges, wallets }, tongue))
}

/// The story of what was seen.
pub fn written(seen: &Seen, tongue: Tongue) -> Recorded {
    telling::told(seen, tongue).written()
}

fn yuan(fen: i64) -> String {
    crate::seen::yuan(fen)
}

#[cfg(test)]
mod tests;
