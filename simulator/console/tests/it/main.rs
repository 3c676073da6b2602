//! The control API, the guards and the pages, asked over the router without a socket.
//!
//! One binary. The platform behind them is a small one made here (`platform`): providers are not this crate's to know.

mod call;
mod control;
mod guards;
mod openapi;
mod platform;
mod shop;
