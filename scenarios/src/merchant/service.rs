//! A merchant that the player can end and start again: a program of its own, or one handed in by whoever calls the player
//! (the practice merchant runs in the same process and is not known here).

use super::account::Account;
use super::description::Description;
use std::pin::Pin;
use std::sync::Arc;

/// Something that takes a while and may fail, in words for the person at the terminal.
pub type Doing<'a, T = ()> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// A running merchant. It ends when it is dropped.
pub trait Service: Send + Sync {
    /// The address of its till; the same after it was started again.
    fn address(&self) -> String;
    /// Ends it at once, as a power cut would: nothing is finished or stored any more. No error when it is not running.
    fn kill(&self) -> Doing<'_>;
    /// Starts it again with the same books at the same address; ends it before when it runs.
    fn start(&self) -> Doing<'_>;
    /// From its next start on it has this public key of the platform's.
    fn give_key(&self, alipay_public_key: String) -> Doing<'_>;
    /// The play is over: ends it, or lets it wait for another play.
    fn leave(&self) -> Doing<'_> {
        self.kill()
    }
    /// Whether it runs, as far as that is known.
    fn is_running(&self) -> bool;
    /// What it said lately, for failures; bounded.
    fn said(&self) -> String {
        String::new()
    }
}

/// Somebody who opens merchants, one for each play.
pub trait Shops: Send + Sync {
    /// How their tills are driven.
    fn description(&self) -> Description;
    /// Opens one that acts with this application.
    fn open<'a>(&'a self, account: &'a Account) -> Doing<'a, Arc<dyn Service>>;
}
