//! Sandboxes: made, listed, emptied, dropped. (Written to a file and read from one: `carried`.)
//!
//! A sandbox made here takes its keys from the published pool, so it is ready at once; anyone can sign with them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::provider::{AppSheet, CertificateSheet, Founding, Registering};
use engine::wire::pool;
use engine::world::World;
use engine::world::clock::Clock;
use engine::world::merchant::{AppKind, Era};
use engine::{Lost, NewSandbox, Ran, Sandbox, real_now};
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use utoipa::ToSchema;

use super::apps::check_callback;
use super::asked::Body;
use super::clock::{ClockAsk, ClockSheet};
use super::refused::{ErrorAnswer, Refused};
use super::security::{Mode, SecurityAsk, secure};
use crate::house::{House, aside};

/// How often a reset begins again because another one came first.
const RESET_TRIES: u32 = 5;

/// What a new sandbox shall be like. Everything may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSandboxAsk {
    /// Its name: 1 to 64 letters, digits, `-`, `_`, `.`.
    name: Option<String>,
    /// What its ids and random values are made from. The same seed gives the same application, so two sandboxes with one
    /// seed cannot be open at once.
    seed: Option<u64>,
    /// How its clock runs; real time when absent.
    clock: Option<ClockAsk>,
    /// How its application names customers: `user_id` (default), `open_id` or `both`.
    #[schema(value_type = Option<String>)]
    era: Option<Era>,
    /// Where customers may be sent back to; empty or absent means any address on this machine.
    callback: Option<String>,
    /// Which mode its application is in: `key` (default) or `certificate`.
    mode: Option<Mode>,
    /// Whether its application's calls may be encrypted with AES; absent means not.
    aes: Option<bool>,
}

/// A sandbox in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SandboxLine {
    /// Its name.
    sandbox: String,
    /// What its ids are made from.
    seed: u64,
    /// Whether its keys are from the published pool.
    published_test_keys: bool,
    /// Its clock.
    clock: ClockSheet,
    /// How many customers it has.
    customers: usize,
    /// How many card templates.
    templates: usize,
    /// How many cards, in whatever state.
    cards: usize,
}

/// A sandbox with what is needed to use it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SandboxSheet {
    #[serde(flatten)]
    line: SandboxLine,
    /// Its applications, with their keys.
    apps: Vec<AppKeys>,
}

/// An application with what its owner needs to configure a client.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppKeys {
    /// The application's number.
    app_id: String,
    /// Its name.
    name: String,
    /// The merchant's number.
    merchant_id: String,
    /// Private key of the application, PKCS#8 PEM.
    app_private_key: String,
    /// The same as PKCS#1 PEM.
    app_private_key_pkcs1: String,
    /// Public key of the application, Base64.
    app_public_key: String,
    /// Public key of the platform, Base64: answers verify with it.
    alipay_public_key: String,
    /// Where customers may be sent back to.
    callback: String,
    /// Whether the keys are from the published pool: then anyone can sign with them.
    published_test_keys: bool,
    /// What it is for: `merchant`, or `provider` in third-party mode.
    #[schema(value_type = String)]
    kind: AppKind,
    /// What certificate mode needs; absent in key mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificates: Option<CertificateFiles>,
    /// The key of encrypted calls, Base64; absent while calls are not encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    aes_key: Option<String>,
}

/// The files and serial numbers of certificate mode.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CertificateFiles {
    /// Certificate of the application, PEM.
    app_cert: String,
    /// Certificate of the platform and its issuer, PEM.
    alipay_cert: String,
    /// The bundle of roots, PEM.
    alipay_root_cert: String,
    /// Serial number of `app_cert`.
    app_cert_sn: String,
    /// Serial number of `alipay_cert`.
    alipay_cert_sn: String,
    /// Serial number of `alipay_root_cert`.
    alipay_root_cert_sn: String,
}

impl From<CertificateSheet> for CertificateFiles {
    fn from(sheet: CertificateSheet) -> Self {
        let CertificateSheet { app_cert, alipay_cert, alipay_root_cert, app_cert_sn, alipay_cert_sn, alipay_root_cert_sn } = sheet;
        Self { app_cert, alipay_cert, alipay_root_cert, app_cert_sn, alipay_cert_sn, alipay_root_cert_sn }
    }
}

impl From<AppSheet> for AppKeys {
    fn from(sheet: AppSheet) -> Self {
        let AppSheet {
            app_id,
            name,
            merchant_id,
            app_private_key,
            app_private_key_pkcs1,
            app_public_key,
            alipay_public_key,
            callback,
            published_test_keys,
            certificates,
            aes_key,
            kind,
        } = sheet;
        Self {
            app_id,
            name,
            merchant_id,
            app_private_key,
            app_private_key_pkcs1,
            app_public_key,
            alipay_public_key,
            callback,
            published_test_keys,
            certificates: certificates.map(CertificateFiles::from),
            aes_key,
            kind,
        }
    }
}

/// All sandboxes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SandboxList {
    sandboxes: Vec<SandboxLine>,
}

/// What a sandbox is like, to be told once everything it speaks of is durable.
fn line(sandbox: &Sandbox) -> Result<Ran<SandboxLine>, Refused> {
    let ran = sandbox.run(|call| {
        let world = call.world();
        SandboxLine {
            sandbox: sandbox.name().to_owned(),
            seed: sandbox.seed(),
            published_test_keys: sandbox.published_keys(),
            clock: ClockSheet::new(world.clock(), call.now()),
            customers: world.customers().len(),
            templates: world.programmes().len(),
            cards: world.cards().len(),
        }
    });
    Ok(ran?)
}

pub(super) fn sheet(house: &House, sandbox: &Sandbox) -> Result<SandboxSheet, Refused> {
    // read first, so that what the line waits for holds for it, too
    let apps = house.provider().apps(sandbox, house.engine().keys()).into_iter().map(AppKeys::from).collect();
    Ok(SandboxSheet { line: line(sandbox)?.settled_blocking()?, apps })
}

/// All sandboxes.
#[utoipa::path(get, path = "/sandboxes", tag = "sandboxes", responses((status = 200, body = SandboxList)))]
pub(super) async fn list(State(house): State<House>) -> Result<Json<SandboxList>, Refused> {
    let lines = aside(move || {
        let engine = house.engine();
        // all are asked before any is waited for: they share the disk's next answer
        let asked: Vec<_> = engine.names().into_iter().filter_map(|name| engine.sandbox(&name).ok()).map(|of| line(&of)).collect();
        let told = asked.into_iter().filter_map(|ran| match ran.and_then(|ran| Ok(ran.settled_blocking()?)) {
            // dropped or replaced meanwhile, or stopped, of which health tells: the others are listed all the same
            Err(_) if engine.stopped().is_none() => None,
            told => Some(told),
        });
        told.collect::<Result<Vec<_>, Refused>>()
    });
    Ok(Json(SandboxList { sandboxes: lines.await? }))
}

/// Make a sandbox.
#[utoipa::path(post, path = "/sandboxes", tag = "sandboxes", request_body = NewSandboxAsk,
    responses((status = 201, body = SandboxSheet), (status = 400, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
pub(super) async fn create(
    State(house): State<House>,
    Body(ask): Body<NewSandboxAsk>,
) -> Result<(StatusCode, Json<SandboxSheet>), Refused> {
    let callback = ask.callback.unwrap_or_default();
    check_callback(&callback)?;
    let clock = ask.clock.map_or(Ok(Clock::default()), |clock| {
        let real = real_now();
        clock.decide(Clock::default(), real, real)
    })?;
    let seed = ask.seed.unwrap_or_else(invented_seed);
    let name = ask.name.unwrap_or_else(|| invented_name(seed));
    let key = |index: usize| house.engine().keys().published(index).verifying().spki_base64();
    let place = usize::try_from(seed % pool::SIZE as u64).expect("the pool is small");
    let founding = Founding {
        app: None,
        era: ask.era.unwrap_or_default(),
        app_key: key(place),
        platform_key: key(place + pool::SIZE / 2),
        callback,
        ..Founding::default()
    };
    let new = NewSandbox { name, seed, published_keys: true, clock };
    let security = SecurityAsk { mode: ask.mode, aes: ask.aes, renew: Vec::new() };
    let made = aside(move || {
        let sandbox = found(&house, &new, &founding)?;
        secured(&house, &sandbox, &security).inspect_err(|_| {
            // who is refused has made nothing
            if let Err(trouble) = house.engine().drop_sandbox(&new.name) {
                tracing::warn!(sandbox = new.name, error = %trouble, "a sandbox that was refused could not be dropped");
            }
        })?;
        sheet(&house, &sandbox)
    })
    .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

fn secured(house: &House, sandbox: &Sandbox, security: &SecurityAsk) -> Result<(), Refused> {
    if security.mode.is_none() && security.aes.is_none() {
        return Ok(());
    }
    let apps = sandbox.look(|world, _| world.apps().iter().map(|app| app.id.clone()).collect::<Vec<_>>());
    apps.iter().try_for_each(|app| secure(house, sandbox, app, security))
}

fn found(house: &House, new: &NewSandbox, founding: &Founding) -> Result<Arc<Sandbox>, Refused> {
    Ok(house.engine().create(new, |call| house.provider().found(call, founding))?)
}

/// A seed nobody chose: 53 bits, so that every JSON reader keeps it whole.
pub(super) fn invented_seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish() >> 11
}

pub(super) fn invented_name(seed: u64) -> String {
    format!("s-{seed:013x}")
}

/// What the copy of a sandbox shall be called.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForkAsk {
    /// Its name; one is invented when absent.
    name: Option<String>,
}

/// Copy a sandbox as it stands: the same history, customers, keys, seed and clock, and applications with numbers of their own.
/// From then on neither hears of the other. Notices that wait are sent by both, each for its own application.
#[utoipa::path(post, path = "/sandboxes/{id}/fork", tag = "sandboxes", params(("id" = String, Path)), request_body = ForkAsk,
    responses((status = 201, body = SandboxSheet), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
pub(super) async fn fork(
    State(house): State<House>,
    Path(of): Path<String>,
    Body(ask): Body<ForkAsk>,
) -> Result<(StatusCode, Json<SandboxSheet>), Refused> {
    let sandbox = house.sandbox(Some(&of))?;
    let name = ask.name.unwrap_or_else(|| invented_name(invented_seed()));
    let made = aside(move || {
        let (provider, seed) = (house.provider().clone(), sandbox.seed());
        let copy = house.engine().fork(&sandbox, &name, |count| provider.app_number(seed, count))?;
        sheet(&house, &copy)
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// A sandbox with its applications and their keys.
#[utoipa::path(get, path = "/sandboxes/{id}", tag = "sandboxes", params(("id" = String, Path)),
    responses((status = 200, body = SandboxSheet), (status = 404, body = ErrorAnswer)))]
pub(super) async fn show(State(house): State<House>, Path(name): Path<String>) -> Result<Json<SandboxSheet>, Refused> {
    let sandbox = house.sandbox(Some(&name))?;
    Ok(Json(aside(move || sheet(&house, &sandbox)).await?))
}

/// Drop a sandbox and everything in it.
#[utoipa::path(delete, path = "/sandboxes/{id}", tag = "sandboxes", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorAnswer)))]
pub(super) async fn delete(State(house): State<House>, Path(name): Path<String>) -> Result<StatusCode, Refused> {
    if let Ok(sandbox) = house.sandbox(Some(&name)) {
        engine::fault::warn_of_unmatched(&sandbox);
    }
    aside(move || house.engine().drop_sandbox(&name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Empty a sandbox: everything that happened in it is gone, its applications with their merchants, keys and callbacks, its seed and
/// the clock it was founded with stay. It is one step: there is always the old one or the new one, also after a power cut.
#[utoipa::path(post, path = "/sandboxes/{id}/reset", tag = "sandboxes", params(("id" = String, Path)),
    responses((status = 200, body = SandboxSheet), (status = 404, body = ErrorAnswer)))]
pub(super) async fn reset(State(house): State<House>, Path(name): Path<String>) -> Result<Json<SandboxSheet>, Refused> {
    aside(move || {
        let mut told = reset_once(&house, &name);
        for _ in 1..RESET_TRIES {
            // somebody else's reset came between: the sandbox that is there now is reset
            let raced = told.as_ref().is_err_and(|refused| ["unknown_sandbox", "sandbox_not_answering"].contains(&refused.code()));
            if !raced || house.sandbox(Some(&name)).map_or(true, |sandbox| sandbox.lost() == Some(Lost::Panicked)) {
                break;
            }
            told = reset_once(&house, &name);
        }
        told.map(Json)
    })
    .await
}

fn reset_once(house: &House, name: &str) -> Result<SandboxSheet, Refused> {
    let sandbox = house.sandbox(Some(name))?;
    let ran = sandbox.run(|call| {
        let world = call.world();
        applications_of(world).map(|_| world.origin().map(|origin| origin.clock).unwrap_or_default())
    })?;
    let clock = ran.settled_blocking()??;
    let new = NewSandbox { name: name.to_owned(), seed: sandbox.seed(), published_keys: sandbox.published_keys(), clock };
    engine::fault::warn_of_unmatched(&sandbox);
    let again = house.engine().replace(&sandbox, &new, |call| {
        // nobody adds an application from here on: one that came since the first look stays as well
        let (first, others) = sandbox.look(|world, _| applications_of(world)).expect("it had an application, and none is ever taken away");
        house.provider().found(call, &first.founding);
        for mut other in others {
            // a merchant comes with its first application
            other.merchant = other.merchant.filter(|merchant| call.world().merchants().get(merchant).is_some());
            house.provider().register(call, &other).expect("its merchant is there, or new");
        }
    })?;
    sheet(house, &again)
}

/// The applications of a sandbox as they would be made again: the first, and the others.
fn applications_of(world: &World) -> Result<(Registering, Vec<Registering>), Refused> {
    let mut apps = world.apps().iter().map(|app| Registering {
        name: Some(app.name.clone()),
        merchant: Some(app.merchant.clone()),
        kind: app.kind,
        founding: Founding {
            app: Some(app.id.clone()),
            era: app.era,
            app_key: app.app_key.clone(),
            platform_key: app.platform_key.clone(),
            callback: app.callback.clone(),
            security: app.security.clone(),
        },
    });
    let first = apps.next();
    let first = first.ok_or_else(|| Refused::new(StatusCode::CONFLICT, "no_app", "this sandbox has no application to begin again with"))?;
    Ok((first, apps.collect()))
}
