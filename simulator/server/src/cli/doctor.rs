//! `kabao doctor`: is an integration's set-up right, before its first call?
//!
//! What is given is checked, by itself and against a running sandbox; nothing is asked of any address that was not given, and
//! an address that is given is connected to, not called. A key is printed only when asked for (`--convert`).
//! Source: gateway QUIRKS, "a key-check page", Q03, Q18, Q23, Q25 to Q27, Q30, Q31, Q35.

mod certificates;
mod finding;
mod keys;
mod place;
mod platform;
mod sdk;
mod setup;
#[cfg(test)]
mod tests;

use super::terminal::tell;
use crate::exit::{Ended, Exit};
use clap::Args;
use finding::{Finding, State};
use setup::Setup;
use std::path::PathBuf;

/// Check an integration's set-up: keys, certificates, clock, addresses, SDK
#[derive(Args, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(after_help = "Keys, certificates and the AES key are given as a file or as the text itself; flags win over FOLDER.
Exit codes: 0 nothing wrong, 1 something is wrong, 2 usage, 3 only an address does not answer.")]
pub(super) struct Doctor {
    /// What `kabao init` wrote: its merchant.env and key files are read
    folder: Option<PathBuf>,
    /// The application's number
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,
    /// The application's private key
    #[arg(long, value_name = "FILE|TEXT")]
    key: Option<String>,
    /// The application's public key, as it was uploaded
    #[arg(long, value_name = "FILE|TEXT")]
    app_public_key: Option<String>,
    /// What is configured as the Alipay public key
    #[arg(long, value_name = "FILE|TEXT")]
    alipay_public_key: Option<String>,
    /// Certificate mode: the application's certificate
    #[arg(long, value_name = "FILE")]
    app_cert: Option<String>,
    /// Certificate mode: the Alipay certificate
    #[arg(long, value_name = "FILE")]
    alipay_cert: Option<String>,
    /// Certificate mode: the bundle of roots
    #[arg(long, value_name = "FILE")]
    root_cert: Option<String>,
    /// The AES key
    #[arg(long, value_name = "FILE|TEXT")]
    aes_key: Option<String>,
    /// What is configured as charset
    #[arg(long)]
    charset: Option<String>,
    /// The gateway's address, as configured
    #[arg(long, value_name = "URL")]
    gateway: Option<String>,
    /// Where notifications are sent
    #[arg(long, value_name = "URL")]
    notify_url: Option<String>,
    /// The time zone of the server, such as Asia/Shanghai; this machine's own without it
    #[arg(long, value_name = "NAME")]
    zone: Option<String>,
    /// The SDK
    #[arg(long, value_enum)]
    sdk: Option<sdk::Sdk>,
    /// Node: whether validateSign is on
    #[arg(long)]
    validate_sign: bool,
    /// Print the private key in the form the SDK wants, and nothing else
    #[arg(long, requires = "sdk")]
    convert: bool,
    /// Compare with a running platform
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// Its sandbox
    #[arg(long, default_value = "demo")]
    sandbox: String,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// In Chinese
    #[arg(long)]
    zh: bool,
}

impl Doctor {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        let setup = Setup::read(&self)?;
        if self.convert {
            tell(&sdk::converted(&setup, self.sdk)?);
            return Ok(Exit::Fine);
        }
        let findings = super::runtime()?.block_on(examine(&self, &setup))?;
        tell(&if self.json { finding::json(&findings) } else { finding::terminal(&findings, self.zh, super::terminal::paint()) });
        Ok(exit_of(&findings))
    }
}

/// Every check, in the order in which mistakes bite.
async fn examine(doctor: &Doctor, setup: &Setup) -> Result<Vec<Finding>, Ended> {
    let mut found = vec![place::clock(doctor.zone.as_deref())];
    found.extend(keys::examine(setup, doctor.sdk));
    found.extend(certificates::examine(setup, engine::real_now().0));
    found.extend(place::settings(setup));
    found.extend(place::reach(setup).await);
    found.extend(sdk::traps(setup, doctor.sdk, doctor.validate_sign));
    if let Some(from) = &doctor.from {
        found.extend(platform::compare(from.trim_end_matches('/'), &doctor.sandbox, setup).await);
    }
    Ok(found)
}

/// One when something is wrong; three when all that is wrong is that an address does not answer.
fn exit_of(findings: &[Finding]) -> Exit {
    let mut wrong = findings.iter().filter(|finding| finding.state == State::Wrong).peekable();
    if wrong.peek().is_none() {
        return Exit::Fine;
    }
    if wrong.all(|finding| finding.check == place::REACHABLE) { Exit::Unreachable } else { Exit::Breaches }
}
