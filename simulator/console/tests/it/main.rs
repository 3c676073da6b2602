//! The control API, the guards and the pages, asked over the router without a socket.
//!
//! One binary. The platform behind them is a small one made here (`platform`): providers are not this crate's to know.

#![expect(clippy::unwrap_used, reason = "these are tests, and a panic is how one fails")]

mod call;
mod clock;
mod control;
mod guards;
mod html;
mod openapi;
mod pages;
mod phone;
mod platform;
mod shop;
mod stopped;
mod till;
mod till_money;
