//! The practice merchant as the player opens it: one for each play, in this process, ended and started again as stories say.

use super::{CertificateFiles, Defect, Killed, Practice, Role, Setup};
use scenarios::merchant::{Account, Description, Doing, Service, Shops};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Opens practice merchants.
#[derive(Clone, Debug, Default)]
pub struct PracticeShops {
    /// What they do wrong.
    pub defects: BTreeSet<Defect>,
}

impl Shops for PracticeShops {
    fn description(&self) -> Description {
        Description::till_api("").named("the practice merchant").with_certificates()
    }

    fn open<'a>(&'a self, account: &'a Account) -> Doing<'a, Arc<dyn Service>> {
        Box::pin(async {
            let setup = Setup {
                gateway: account.gateway.clone(),
                app_id: account.app_id.clone(),
                app_private_key: account.app_private_key.clone(),
                alipay_public_key: account.alipay_public_key.clone(),
                certificates: account.certificates.as_ref().map(|files| CertificateFiles {
                    app_cert: files.app_cert.clone(),
                    alipay_cert: files.alipay_cert.clone(),
                    alipay_root_cert: files.alipay_root_cert.clone(),
                }),
                role: if account.role == scenarios::merchant::Role::Provider { Role::Provider } else { Role::Merchant },
                seller_id: Some(account.seller_id.clone()).filter(|seller| !seller.is_empty()),
                defects: self.defects.clone(),
                ..Setup::default()
            };
            let practice = Practice::start(setup).await.map_err(|error| error.to_string())?;
            let (address, state) = (practice.address().to_owned(), Mutex::new(State::Open(practice)));
            Ok(Arc::new(Opened { address, state }) as Arc<dyn Service>)
        })
    }
}

/// A practice merchant that was opened for a play.
struct Opened {
    address: String,
    state: Mutex<State>,
}

enum State {
    Open(Practice),
    Killed(Killed),
    /// It could not be opened again.
    Gone,
}

impl Opened {
    async fn killed(&self) -> Option<Killed> {
        match std::mem::replace(&mut *self.state.lock().await, State::Gone) {
            State::Open(practice) => Some(practice.kill().await),
            State::Killed(killed) => Some(killed),
            State::Gone => None,
        }
    }
}

impl Service for Opened {
    fn address(&self) -> String {
        self.address.clone()
    }

    fn kill(&self) -> Doing<'_> {
        Box::pin(async {
            if let Some(killed) = self.killed().await {
                *self.state.lock().await = State::Killed(killed);
            }
            Ok(())
        })
    }

    fn start(&self) -> Doing<'_> {
        Box::pin(async {
            let killed = self.killed().await.ok_or("the practice merchant could not be opened before")?;
            let practice = killed.open().await.map_err(|error| error.to_string())?;
            *self.state.lock().await = State::Open(practice);
            Ok(())
        })
    }

    fn give_key(&self, alipay_public_key: String) -> Doing<'_> {
        Box::pin(async move {
            let killed = self.killed().await.ok_or("the practice merchant could not be opened before")?;
            *self.state.lock().await = State::Killed(killed.with_platform_key(alipay_public_key));
            Ok(())
        })
    }

    fn is_running(&self) -> bool {
        // whoever holds it is ending or starting it
        self.state.try_lock().is_ok_and(|state| matches!(&*state, State::Open(practice) if !practice.has_crashed()))
    }
}
