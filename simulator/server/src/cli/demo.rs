//! `kabao demo`: the main job. A platform starts, a shop visit is played over real HTTP, the rules judge it, the ledger is measured,
//! and one report says what was seen and where to look next.

use super::check::exit_of;
use super::terminal::{paint, talk, tell};
use crate::exit::{Ended, Exit};
use crate::house::{DEMO, House, Plan};
use crate::node_merchant::{Account, NodeMerchant};
use clap::{Args, ValueEnum};
use conformance::Language;
use conformance::demo::{Merchant, Platform, demo};
use conformance::practice::Setup;
use conformance::report::{Report, Reporter, Terminal};
use scenarios::telling;
use std::time::Duration;

/// Play a shop visit against a platform started for it, and judge it
#[derive(Args)]
pub(super) struct Demo {
    /// Who the merchant is: the sample program in Node with the official SDK, or the one built in
    #[arg(long, value_enum, default_value = "auto")]
    merchant: Which,
    /// Ids, customers and random values are made from this
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long to measure the ledger, seconds
    #[arg(long, default_value_t = 3)]
    measure: u64,
    /// Stories and report in Chinese
    #[arg(long)]
    zh: bool,
    /// Leave the platform running at this address when all is told
    #[arg(long, value_name = "HOST:PORT")]
    stay: Option<String>,
}

/// Which merchant.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Node where it is installed, else built in
    Auto,
    /// The sample program in Node
    Node,
    /// The one built in
    BuiltIn,
}

impl Demo {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        super::runtime()?.block_on(self.play())
    }

    async fn play(self) -> Result<Exit, Ended> {
        let listen = self.stay.clone().unwrap_or_else(|| "127.0.0.1:0".to_owned());
        let house = House::open(&Plan { listen: vec![listen], seed: Some(self.seed), ..Plan::default() }).await?;
        let base = house.base();
        let app = house.app(DEMO)?;
        let gateway = format!("{base}/gateway.do");
        let books = tempfile::tempdir().map_err(Ended::bug)?;
        let account =
            Account { gateway: &gateway, app_id: &app.app_id, private_key: &app.app_private_key, platform_key: &app.alipay_public_key };
        let node = self.node(&account, &books.path().join("merchant-state.json")).await?;
        let (who, merchant) = match &node {
            Some(node) => ("the sample program in Node, with the official SDK alipay-sdk", Merchant::Running(node.address.clone())),
            None => ("the one built in", Merchant::BuiltIn(built_in(&account))),
        };
        tell(&format!("platform  {gateway}\nmerchant  {who}\n"));
        let language = if self.zh { Language::Chinese } else { Language::English };
        let platform = Platform { control: base.clone(), gateway: gateway.clone(), sandbox: DEMO.to_owned() };
        let played = demo(&platform, merchant, language).await.map_err(Ended::bug)?;
        for run in &played.runs {
            tell(&telling::tell(run, paint()));
        }
        for (story, why) in &played.left_out {
            tell(&format!("left out  {story}: {why}\n"));
        }
        tell(&Terminal { paint: paint(), language }.report(&Report { runs: &played.runs, judged: &played.judged }));
        let (measured, folder) = (Duration::from_secs(self.measure), books.path().to_owned());
        let ledger = tokio::task::spawn_blocking(move || benches::ledger::quick(&folder, measured))
            .await
            .map_err(Ended::bug)?
            .map_err(Ended::bug)?;
        tell(&format!("ledger    {ledger}"));
        tell(NEXT);
        drop(node);
        if self.stay.is_some() {
            talk(&format!("the platform stays at {base} until it is interrupted"));
            let _ = tokio::signal::ctrl_c().await;
        }
        house.close().await;
        if played.runs.iter().any(|run| !run.passed()) {
            return Ok(Exit::Breaches);
        }
        // what a shop visit cannot provoke is told as not exercised; only a breach spoils the demonstration
        exit_of(&played.judged).map(|exit| if played.judged.breached().next().is_none() { Exit::Fine } else { exit })
    }

    async fn node(&self, account: &Account<'_>, state: &std::path::Path) -> Result<Option<NodeMerchant>, Ended> {
        if self.merchant == Which::BuiltIn {
            return Ok(None);
        }
        match NodeMerchant::start(account, state).await {
            Ok(node) => Ok(Some(node)),
            Err(why) if self.merchant == Which::Node => Err(Ended::usage(format!("there is no Node merchant here: {why}"))),
            Err(why) => {
                talk(&format!("no Node merchant here: {why}; the built-in one takes its place"));
                Ok(None)
            }
        }
    }
}

fn built_in(account: &Account<'_>) -> Setup {
    Setup {
        gateway: account.gateway.to_owned(),
        app_id: account.app_id.to_owned(),
        app_private_key: account.private_key.to_owned(),
        alipay_public_key: account.platform_key.to_owned(),
        ..Setup::default()
    }
}

const NEXT: &str = "
next      kabao serve                      the platform for your own code, at http://127.0.0.1:8600
          kabao init DIR                   its keys and configuration for your SDK
          kabao explain                    the rules; kabao explain UPD-004 explains one
          kabao demo --stay 127.0.0.1:8600 look at it in the browser afterwards";
