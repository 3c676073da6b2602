//! Where stories are played: which platform, which sandbox, which merchant.

use super::misread;
use crate::exit::Ended;
use crate::house::{House, Plan};
use clap::Args;
use conformance::practice::PracticeShops;
use scenarios::merchant::{Description, Programs};
use scenarios::{Merchant, Target, Venue};
use std::path::PathBuf;
use std::sync::Arc;

/// How many scenarios for each core with a merchant that waits in real time: while one waits, others work.
const WAITING: usize = 4;
/// Where `kabao serve` listens when nothing else is said.
const USUAL: &str = "http://127.0.0.1:8600";

/// Where a story is played.
#[derive(Args)]
pub(in super::super) struct Where {
    /// The running platform; one is started for the play when it can be
    #[arg(long, value_name = "URL", env = "KABAO_URL")]
    platform: Option<String>,
    /// The sandbox of a merchant that runs already
    #[arg(long, default_value = "demo")]
    pub(in super::super) sandbox: String,
    /// Who the merchant is: a `merchant.toml`, or the address of a till API; the built-in practice merchant when absent
    #[arg(long, value_name = "FILE|URL")]
    pub(in super::super) merchant: Option<String>,
}

/// The same, read.
pub(in super::super) struct Place {
    platform: Option<String>,
    sandbox: String,
    merchant: Who,
    /// As it was said, for the command that plays again.
    said: Option<String>,
}

/// Who the merchant is.
enum Who {
    Practice,
    Described(Box<Description>),
}

/// A place that is open: a platform started for the play lives as long as this.
pub(in super::super) struct Open {
    pub(in super::super) venue: Venue,
    house: Option<House>,
}

impl Where {
    /// A platform, or one that is started; a merchant, or the practice merchant.
    pub(in super::super) fn with(platform: Option<String>, merchant: Option<String>) -> Self {
        Self { platform, sandbox: crate::house::DEMO.to_owned(), merchant }
    }

    /// The platform's address without a slash at the end.
    pub(in super::super) fn platform(&self) -> &str {
        self.platform.as_deref().unwrap_or(USUAL).trim_end_matches('/')
    }

    pub(in super::super) fn read(&self) -> Result<Place, Ended> {
        let merchant = match self.merchant.as_deref() {
            None => Who::Practice,
            Some(address) if address.starts_with("http://") || address.starts_with("https://") => {
                Who::Described(Box::new(Description::till_api(address)))
            }
            Some(file) => Who::Described(Box::new(Description::open(file).map_err(|faults| misread(&faults))?)),
        };
        let platform = self.platform.as_ref().map(|address| address.trim_end_matches('/').to_owned());
        Ok(Place { platform, sandbox: self.sandbox.clone(), merchant, said: self.merchant.clone() })
    }
}

impl Place {
    /// The sets of rules that the merchant's description names.
    pub(in super::super) fn profiles(&self) -> &[String] {
        match &self.merchant {
            Who::Practice => &[],
            Who::Described(description) => &description.profiles,
        }
    }

    /// How many scenarios at once, when nobody says: as many as there are cores, and more where the merchant cannot be told the time.
    pub(in super::super) fn jobs(&self, said: Option<usize>) -> usize {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let waits = matches!(&self.merchant, Who::Described(description) if !description.goes_by_virtual_time());
        said.unwrap_or(if waits { cores * WAITING } else { cores })
    }

    /// What says the same again on a command line.
    pub(in super::super) fn again(&self) -> String {
        let mut words = Vec::new();
        let runs = matches!(&self.merchant, Who::Described(description) if !description.is_started());
        if let Some(platform) = self.platform.as_deref().or_else(|| runs.then_some(USUAL)) {
            words.push(format!(" --platform {}", scenarios::in_shell(platform)));
        }
        if runs {
            words.push(format!(" --sandbox {}", scenarios::in_shell(&self.sandbox)));
        }
        if let Some(merchant) = &self.said {
            words.push(format!(" --merchant {}", scenarios::in_shell(merchant)));
        }
        words.concat()
    }

    pub(in super::super) async fn open(self, jobs: usize) -> Result<Open, Ended> {
        let shops: Arc<dyn scenarios::merchant::Shops> = match self.merchant {
            Who::Practice => Arc::new(PracticeShops::default()),
            Who::Described(description) if !description.is_started() => {
                let platform = self.platform.as_deref().unwrap_or(USUAL);
                let target = Target::at(platform, Merchant::running(*description)).sandbox(&self.sandbox);
                return Ok(Open { venue: Venue::One(target), house: None });
            }
            Who::Described(description) => {
                let jobs = if description.can_be_many() { jobs } else { 1 };
                let trust = description.trusted_files();
                return Self::own(self.platform, trust, Arc::new(Programs::new(*description)), jobs).await;
            }
        };
        Self::own(self.platform, Vec::new(), shops, jobs).await
    }

    async fn own(
        platform: Option<String>,
        trust: Vec<PathBuf>,
        shops: Arc<dyn scenarios::merchant::Shops>,
        jobs: usize,
    ) -> Result<Open, Ended> {
        let house = match &platform {
            Some(_) => None,
            // a seed: no keys have to be made for a sandbox that nobody uses
            None => Some(House::open(&Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(1), trust, ..Plan::default() }).await?),
        };
        let platform = platform.unwrap_or_else(|| house.as_ref().map(House::base).unwrap_or_default());
        Ok(Open { venue: Venue::Own { platform, shops, jobs }, house })
    }
}

impl Open {
    pub(in super::super) async fn close(self) {
        if let Some(house) = self.house {
            house.close().await;
        }
    }
}
