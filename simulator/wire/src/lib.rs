//! Bytes to envelopes and back, both sides of the wire: what a platform receives and answers, and what a client of that
//! platform sends and reads. One folder per provider's dialect; this crate knows no other crate of ours.
//!
//! `trust` says whom a client believes over TLS. It decides nothing about applications, methods or business: whoever calls it brings keys and the list of methods.
//! Errors: [`alipay::WireError`] and [`alipay::Refused`] are for the merchant, [`keys::KeyError`] for the person who
//! configured a key, [`alipay::AnswerError`] for the client.

pub mod alipay;
pub mod keys;
pub mod pool;
pub mod signer;
pub mod trust;
