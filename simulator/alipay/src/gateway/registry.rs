//! What the wire asks about methods and applications, answered from the lists and the sandbox.

use super::CERTIFICATE_DOWNLOAD;
use crate::fault::Watched;
use crate::{Alipay, methods};
use engine::{Sandbox, real_now};
use std::sync::Arc;
use wire::alipay::{Answering, Application, DeclaredCharset, KnownKey, MethodStanding, Opened, Registry, SignType};
use world::merchant::App;
use world::switch::Switch;
use world::{Moment, World};

/// The gateway's desk for one request: the platform, the sandbox the application lives in, and what one look into it showed.
pub(super) struct Desk<'a> {
    pub(super) platform: &'a Alipay,
    pub(super) sandbox: Option<&'a Sandbox>,
    seen: Seen,
}

/// How a sandbox stood when the request came to its turn. It is looked into once, because it stands still for whoever looks.
struct Seen {
    app: Option<Arc<App>>,
    now: Moment,
    solution_links: bool,
    watched: Watched,
}

impl Registry for Desk<'_> {
    fn method(&self, method: &str) -> MethodStanding {
        if methods::by_name(method).is_some() || method == CERTIFICATE_DOWNLOAD { MethodStanding::Known } else { MethodStanding::Unknown }
    }

    fn application(&self, app_id: &str) -> Option<Application> {
        self.app(app_id).map(|app| self.platform.vault.application(&app, self.platform.engine.keys()))
    }

    fn now_ms(&self) -> i64 {
        self.seen.now.0
    }
}

impl<'a> Desk<'a> {
    /// For a request that names this application.
    pub(super) fn of(platform: &'a Alipay, sandbox: Option<&'a Sandbox>, app_id: Option<&str>) -> Self {
        let look = |world: &World, now| Seen {
            app: app_id.and_then(|app_id| world.apps().get(&app_id.into()).cloned()),
            now,
            solution_links: world.is_on(Switch::SolutionLinks),
            watched: Watched::of(world),
        };
        let nothing = || Seen { app: None, now: real_now(), solution_links: false, watched: Watched::default() };
        Self { platform, sandbox, seen: sandbox.map_or_else(nothing, |sandbox| sandbox.look(look)) }
    }

    /// An application of the sandbox.
    pub(super) fn app(&self, app_id: &str) -> Option<Arc<App>> {
        match &self.seen.app {
            Some(app) if app.id.as_str() == app_id => Some(app.clone()),
            _ => self.sandbox?.look(|world, _| world.apps().get(&app_id.into()).cloned()),
        }
    }

    /// The sandbox's time when it was looked into.
    pub(super) fn now(&self) -> Moment {
        self.seen.now
    }

    /// What of the request is looked at for faults.
    pub(super) fn watched(&self) -> Watched {
        self.seen.watched
    }

    /// Whether texts of refusals end as in production.
    pub(super) fn has_solution_links(&self) -> bool {
        self.seen.solution_links
    }

    /// How a request is answered of which nothing is asked: in its charset and algorithm, with its application's key.
    pub(super) fn answering(&self, opened: &Opened) -> Answering {
        let application = opened.app_id().and_then(|app_id| self.application(&app_id));
        let value = |name: &str| opened.parameters.value(name);
        let plain = Answering::to_method(opened.method().as_deref());
        Answering {
            charset: value("charset").and_then(|label| DeclaredCharset::of(label)).unwrap_or_default(),
            sign_type: value("sign_type").and_then(|name| SignType::of(name)).unwrap_or(plain.sign_type),
            alipay_cert_sn: application.as_ref().and_then(|one| one.certificates.as_ref()).map(|mode| mode.alipay_cert_sn.clone()),
            key: application.and_then(|one| one.platform_key),
            ..plain
        }
    }

    /// Keys that a merchant might have signed with by mistake.
    pub(super) fn known_keys(&self) -> Vec<KnownKey> {
        let apps: Vec<_> = self.sandbox.map_or_else(Vec::new, |sandbox| sandbox.look(|world, _| world.apps().iter().cloned().collect()));
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
