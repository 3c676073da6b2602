//! The customer's pages and the console in a real browser: Debian's Chromium, without a screen, driven by chromedriver.
//!
//! A machine without it gets it into the build folder first (`chromium`). Each test has its own house, sandbox and browser
//! session; nothing sleeps, everything waits for what should appear and fails when it does not. Pictures of the pages are
//! left in the build folder and compared by nobody. Source: UI.md 3.6, 4, 8, 11.4.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

mod browser;
mod chromium;
#[expect(dead_code, reason = "the client of the other test binary, which calls more of it")]
#[path = "../it/client.rs"]
mod client;
mod clock;
mod consent;
mod console;
mod driver;
mod fast;
mod hostile;
mod joining;
mod merchant;
mod paying;
#[expect(dead_code, reason = "the house of the other test binary, which starts it in more ways")]
#[path = "../it/place.rs"]
mod place;
mod scanner;
mod shop;
mod till;
mod wallet;
