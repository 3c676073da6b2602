//! Protocol v3: JSON under `/v3/alipay/…`, signed in the header `Authorization` (PROTOCOL C).
//!
//! As in the classic dialect beside it: [`open`] reads a request, [`check`] asks the ordered questions and gives an
//! [`Envelope`] or a [`Refused`], [`seal`] and [`seal_refusal`] write answers; [`ClientRequest`] signs a request, [`Answer`]
//! reads and verifies an answer. Applications, keys, certificates and refusals are the classic dialect's own.

mod answer;
mod authorization;
mod canonical;
mod checks;
mod client;
mod diagnosis;
mod nonces;
mod paths;
mod refusal;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use authorization::{Authorization, SCHEME};
pub use canonical::{answer_to_sign, string_to_sign};
pub use checks::{Envelope, Refused, WINDOW_MS, check};
pub use client::{ClientRequest, Outgoing};
pub use diagnosis::remarks;
pub use nonces::Nonces;
pub use paths::{Body, Found, Route, find, of_method};
pub use refusal::{Refusal, also_documented, v3_only};
pub use request::{Incoming, Opened, open};
pub use response::{Answering, Sealed, Stamp, seal, seal_content, seal_refusal};

/// What every path of the protocol begins with.
pub const PREFIX: &str = "/v3/";
