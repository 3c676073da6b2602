//! The merchant under test: who it is (`merchant.toml`), how its till is asked, how its program is started and ended.

mod account;
mod adapter;
mod command;
mod description;
mod operation;
mod process;
mod service;
mod sheet;
mod template;
mod told;

pub use account::{Account, Certificates, Role};
pub use description::{Addresses, Description};
pub use process::Programs;
pub use service::{Doing, Service, Shops};

pub(crate) use adapter::{Charge, Till};
pub(crate) use operation::Operation;
pub(crate) use process::last_words;
pub(crate) use told::{Told, Verdict};

use crate::http::Asker;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

/// The merchant of a play: how it is driven, where it runs, and who can start it again.
#[derive(Clone)]
pub struct Merchant {
    description: Arc<Description>,
    address: String,
    service: Option<Arc<dyn Service>>,
    asker: Asker,
}

impl Merchant {
    /// One that runs already, as it is described.
    pub fn running(description: Description) -> Self {
        let address = description.till.address.clone().unwrap_or_default();
        Self::of(description, &address, None)
    }

    /// One that was opened for this play.
    pub fn opened(description: Description, service: Arc<dyn Service>) -> Self {
        let address = service.address();
        Self::of(description, &address, Some(service))
    }

    fn of(description: Description, address: &str, service: Option<Arc<dyn Service>>) -> Self {
        let trust = (!description.trust.is_empty()).then(|| description.trust());
        let asker = Asker::of_merchant(trust.as_ref());
        Self { description: Arc::new(description), address: address.trim_end_matches('/').to_owned(), service, asker }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.description.name
    }

    /// Where its till is; empty when it has none.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its addresses, as far as it says them: a path stands behind the address where its till is.
    pub fn addresses(&self) -> Addresses {
        let whole = |said: &Option<String>| {
            let said = said.as_ref()?;
            if !said.starts_with('/') {
                return Some(said.clone());
            }
            (!self.address.is_empty()).then(|| format!("{}{said}", self.address))
        };
        let Addresses { join, callback, notify, spi, payment_return } = &self.description.addresses;
        let payment_return = whole(payment_return);
        Addresses { join: join.clone(), callback: whole(callback), notify: whole(notify), spi: whole(spi), payment_return }
    }

    /// Whether it can be told what time it is.
    pub(crate) fn goes_by_virtual_time(&self) -> bool {
        self.description.goes_by_virtual_time()
    }

    /// Who it is and what its till offers, without what is secret: no headers, no environment, no commands.
    pub(crate) fn described(&self) -> serde_json::Value {
        let Description { name, addresses, till, process, profiles, .. } = &*self.description;
        let Addresses { join, callback, notify, spi, payment_return } = addresses;
        let calls: Vec<&str> = till.calls.keys().map(|operation| operation.name()).collect();
        serde_json::json!({
            "name": name,
            "addresses": {"join": join, "callback": callback, "notify": notify, "spi": spi, "payment_return": payment_return},
            "till": calls,
            "started": process.is_some(),
            "profiles": profiles,
        })
    }

    /// Its till.
    pub(crate) fn till(&self) -> Till {
        Till::new(self.description.clone(), &self.address, self.asker.clone())
    }

    /// Asks whatever it shows to customers and the platform.
    pub(crate) fn asker(&self) -> Asker {
        self.asker.clone()
    }

    /// Who can end it and start it again, when somebody can.
    pub(crate) fn service(&self) -> Option<&Arc<dyn Service>> {
        self.service.as_ref()
    }
}

/// A merchant that speaks the till API at this address.
impl From<&str> for Merchant {
    fn from(address: &str) -> Self {
        Self::running(Description::till_api(address))
    }
}

impl From<String> for Merchant {
    fn from(address: String) -> Self {
        address.as_str().into()
    }
}

impl Debug for Merchant {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merchant").field("name", &self.description.name).field("address", &self.address).finish_non_exhaustive()
    }
}
