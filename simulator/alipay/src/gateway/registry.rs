//! What the wire asks about methods and applications, answered from the lists and the sandbox.

use super::CERTIFICATE_DOWNLOAD;
use crate::{Alipay, methods};
use engine::{Sandbox, real_now};
use wire::alipay::{Application, KnownKey, MethodStanding, Registry};
use world::merchant::App;

/// The gateway's desk for one request: the platform, and the sandbox the application lives in.
pub(super) struct Desk<'a> {
    pub(super) platform: &'a Alipay,
    pub(super) sandbox: Option<&'a Sandbox>,
}

impl Registry for Desk<'_> {
    fn method(&self, method: &str) -> MethodStanding {
        if methods::by_name(method).is_some() || method == CERTIFICATE_DOWNLOAD { MethodStanding::Known } else { MethodStanding::Unknown }
    }

    fn application(&self, app_id: &str) -> Option<Application> {
        let app: App = self.sandbox?.look(|world, _| world.apps().get(&app_id.into()).cloned())?;
        Some(self.platform.vault.application(&app, self.platform.engine.keys()))
    }

    fn now_ms(&self) -> i64 {
        self.sandbox.map_or_else(real_now, |sandbox| sandbox.look(|_, now| now)).0
    }
}

impl Desk<'_> {
    /// Keys that a merchant might have signed with by mistake.
    pub(super) fn known_keys(&self) -> Vec<KnownKey> {
        let apps: Vec<App> = self.sandbox.map_or_else(Vec::new, |sandbox| sandbox.look(|world, _| world.apps().iter().cloned().collect()));
        let keys = self.platform.engine.keys();
        let named = |public: &str, owner: String| keys.verifying(public).ok().map(|key| KnownKey { owner, key });
        apps.iter()
            .flat_map(|app| {
                [
                    named(&app.app_key, format!("application {}", app.id)),
                    named(&app.platform_key, format!("the Alipay key of application {}", app.id)),
                ]
            })
            .flatten()
            .take(30)
            .collect()
    }
}
