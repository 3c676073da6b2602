//! What a story is played against: addresses only. The stories never reach into a process.

use crate::merchant::Merchant;

/// A platform and a merchant.
#[derive(Clone, Debug)]
pub struct Target {
    /// The platform's control API without its path, such as `http://127.0.0.1:8600`.
    pub control: String,
    /// The classic gateway, with its path. Stories do not call it; reports name it.
    pub gateway: String,
    /// The sandbox, such as `demo`.
    pub sandbox: String,
    /// The merchant; an address alone is that of a till API (`fixtures/merchants/till-api.md`).
    pub merchant: Merchant,
}

impl Target {
    /// A platform that serves everything at one address, as `kabao serve` does, with the sandbox `demo`.
    pub fn at(platform: &str, merchant: impl Into<Merchant>) -> Self {
        let platform = platform.trim_end_matches('/');
        Self {
            control: platform.to_owned(),
            gateway: format!("{platform}/gateway.do"),
            sandbox: "demo".to_owned(),
            merchant: merchant.into(),
        }
    }

    /// The same target with another sandbox.
    #[must_use]
    pub fn sandbox(self, sandbox: &str) -> Self {
        Self { sandbox: sandbox.to_owned(), ..self }
    }
}
