//! The practice merchant against a real platform in the same process, over loopback: what a sound shop does about money,
//! notices, time and restarts. Here is only what each test looks at; the rules judge the traffic elsewhere.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod clock;
mod notices;
mod opening;
mod paying;
mod refunds;
mod restarts;
mod street;
