//! The merchant's own side as stories drive it: poster, member book, till. Source: fixtures/merchants/till-api.md.
//!
//! A refusal of the merchant is an answer here, not an error: whether it is right is the story's affair.

use crate::http::{Answer, Asker, Unanswered, in_address};
use serde_json::Value;

/// A merchant's till API.
#[derive(Clone, Debug)]
pub(crate) struct Till {
    asker: Asker,
    address: String,
}

impl Till {
    pub(crate) fn new(address: &str) -> Self {
        Self { asker: Asker::new(), address: address.trim_end_matches('/').to_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Unanswered> {
        self.asker.get(&format!("{}{path}", self.address)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Unanswered> {
        self.asker.post(&format!("{}{path}", self.address), body).await
    }

    /// How the joining attempt `attempt` stands.
    pub(crate) async fn attempt(&self, attempt: &str) -> Result<Value, Unanswered> {
        self.get(&format!("/join/{}", in_address(attempt))).await?.yes()
    }

    /// What the customer's browser gets when the platform sends it somewhere: any address, HTML expected.
    pub(crate) async fn visit(&self, address: &str) -> Result<Answer, Unanswered> {
        self.asker.ask(reqwest::Method::GET, address, None, "text/html,application/xhtml+xml;q=0.9").await
    }
}
