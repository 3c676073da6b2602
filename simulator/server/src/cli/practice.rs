//! `kabao practice`: the practice merchant as a program of its own, configured as every merchant with the till API is; with hidden
//! bugs when asked for them, and `kabao practice score` says what whoever looked for them is worth.
//!
//! The first line on standard output says where it listens. Source: fixtures/merchants/till-api.md, "Start and configuration".

use super::play::interrupted;
use super::terminal::{talk, tell};
use crate::exit::{Ended, Exit};
use crate::house::{DEMO, House, Plan};
use clap::{Args, Subcommand};
use conformance::hunt::Hunt;
use conformance::practice::{Practice, Setup};
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Open the practice merchant's shop (configured by ALIPAY_… and MERCHANT_… in the environment)
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Open {
    #[command(subcommand)]
    then: Option<Then>,
    /// Where its till API listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The file with the shop's books; in memory without one
    #[arg(long, value_name = "FILE")]
    books: Option<PathBuf>,
    /// Hide this many bugs in it; a platform is started too when none is configured
    #[arg(long, value_name = "COUNT")]
    defects: Option<usize>,
    /// Which bugs are hidden: the same seed hides the same
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Subcommand)]
enum Then {
    Score(Scored),
}

/// Say what was found of the hidden bugs, what was a false alarm, and how many are left
#[derive(Args)]
struct Scored {
    /// As many as were hidden
    #[arg(long, value_name = "COUNT")]
    defects: usize,
    /// With the same seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Give up: name those that are still hidden
    #[arg(long)]
    reveal: bool,
    /// The rules that are breached, such as SIG-007, or names of defects, such as `client.utc_timestamp`
    #[arg(value_name = "RULE|DEFECT")]
    found: Vec<String>,
}

impl Scored {
    fn run(&self) -> Result<Exit, Ended> {
        let hunt = Hunt::new(self.defects, self.seed).map_err(Ended::usage)?;
        let score = hunt.score(&self.found).map_err(Ended::usage)?;
        tell(&score.to_string());
        if self.reveal {
            score.left.iter().for_each(|defect| tell(&format!("  · {}  {defect}", defect.breaks())));
        }
        Ok(if score.is_perfect() { Exit::Fine } else { Exit::Breaches })
    }
}

impl Open {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        match &self.then {
            Some(Then::Score(scored)) => scored.run(),
            None => super::runtime()?.block_on(self.serve()),
        }
    }

    async fn serve(self) -> Result<Exit, Ended> {
        let hunt = self.defects.map(|count| Hunt::new(count, self.seed)).transpose().map_err(Ended::usage)?;
        let configured = ["ALIPAY_GATEWAY", "MERCHANT_CONFIG"].iter().any(|name| std::env::var_os(name).is_some_and(|set| !set.is_empty()));
        let house = if hunt.is_some() && !configured { Some(self.house().await?) } else { None };
        let mut setup = match &house {
            Some(house) => self.at(house)?,
            None => self.configured()?,
        };
        setup.defects = hunt.map(|hunt| hunt.hidden).unwrap_or_default();
        let practice = Practice::start(setup).await.map_err(Ended::usage)?;
        let address = practice.address().to_owned();
        let mut told = json!({"event": "listening", "address": address, "callback": format!("{address}/join/callback")});
        if let Some(house) = &house {
            told["platform"] = house.base().into();
        }
        tell(&told.to_string());
        if let Some(count) = self.defects {
            talk(&self.riddle(count, &address, house.as_ref()));
        }
        tokio::select! {
            () = practice.ended() => {}
            () = interrupted() => {}
        }
        practice.stop().await;
        if let Some(house) = house {
            house.close().await;
        }
        Ok(Exit::Fine)
    }

    /// A platform for this shop alone.
    async fn house(&self) -> Result<House, Ended> {
        House::open(&Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(self.seed), ..Plan::default() }).await
    }

    /// A shop at that platform.
    fn at(&self, house: &House) -> Result<Setup, Ended> {
        let app = house.app(DEMO)?;
        Ok(Setup {
            gateway: format!("{}/gateway.do", house.base()),
            app_id: app.app_id,
            app_private_key: app.app_private_key,
            alipay_public_key: app.alipay_public_key,
            seller_id: Some(app.merchant_id),
            listen: self.listen,
            books: self.books.clone(),
            alone: true,
            ..Setup::default()
        })
    }

    fn configured(&self) -> Result<Setup, Ended> {
        let environment = |name: &str| std::env::var(name).ok();
        let read = |path: &String| std::fs::read_to_string(path).map_err(|error| Ended::usage(format!("MERCHANT_CONFIG {path}: {error}")));
        let file = environment("MERCHANT_CONFIG").filter(|path| !path.is_empty()).as_ref().map(read).transpose()?;
        let environment = |name: &str| match (name, &self.listen, &self.books) {
            ("MERCHANT_LISTEN", Some(listen), _) => Some(listen.to_string()),
            ("MERCHANT_BOOKS", _, Some(books)) => Some(books.display().to_string()),
            _ => environment(name),
        };
        Setup::configured(environment, file.as_deref()).map_err(Ended::usage)
    }

    /// What the person is told who shall find the bugs.
    fn riddle(&self, count: usize, address: &str, house: Option<&House>) -> String {
        let seed = self.seed;
        let look = house.map_or_else(String::new, |house| {
            let base = house.base();
            format!(
                "\nlook    {base}/console/journal, or play stories with\n        kabao play library/alipay/shop_visit.feature --platform {base} --merchant {address}"
            )
        });
        format!(
            "{count} bugs are hidden in this shop; each breaks a rule (`kabao explain` lists them).{look}\nscore   kabao practice score --defects {count} --seed {seed} RULE …"
        )
    }
}
