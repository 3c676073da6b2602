//! `kabao practice`: the practice merchant as a program of its own, configured as every merchant with the till API is.
//!
//! The first line on standard output says where it listens. Source: fixtures/merchants/till-api.md, "Start and configuration".

use super::terminal::tell;
use crate::exit::{Ended, Exit};
use clap::Args;
use conformance::practice::{Practice, Setup};
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Open the practice merchant's shop (configured by ALIPAY_… and MERCHANT_… in the environment)
#[derive(Args)]
pub(super) struct Open {
    /// Where its till API listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The file with the shop's books; in memory without one
    #[arg(long, value_name = "FILE")]
    books: Option<PathBuf>,
}

impl Open {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        super::runtime()?.block_on(self.serve())
    }

    async fn serve(self) -> Result<Exit, Ended> {
        let environment = |name: &str| std::env::var(name).ok();
        let read = |path: &String| std::fs::read_to_string(path).map_err(|error| Ended::usage(format!("MERCHANT_CONFIG {path}: {error}")));
        let file = environment("MERCHANT_CONFIG").filter(|path| !path.is_empty()).as_ref().map(read).transpose()?;
        let environment = |name: &str| match (name, &self.listen, &self.books) {
            ("MERCHANT_LISTEN", Some(listen), _) => Some(listen.to_string()),
            ("MERCHANT_BOOKS", _, Some(books)) => Some(books.display().to_string()),
            _ => environment(name),
        };
        let setup = Setup::configured(environment, file.as_deref()).map_err(Ended::usage)?;
        let practice = Practice::start(setup).await.map_err(Ended::usage)?;
        let address = practice.address().to_owned();
        tell(&json!({"event": "listening", "address": address, "callback": format!("{address}/join/callback")}).to_string());
        tokio::select! {
            () = practice.ended() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        practice.stop().await;
        Ok(Exit::Fine)
    }
}
