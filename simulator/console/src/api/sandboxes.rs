//! Sandboxes: made, listed, emptied, dropped. (Written to a file and read from one: `carried`.)
//!
//! A sandbox made here takes its keys from the published pool, so it is ready at once; anyone can sign with them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::provider::{AppSheet, Founding};
use engine::wire::pool;
use engine::world::World;
use engine::world::clock::Clock;
use engine::world::merchant::Era;
use engine::{NewSandbox, Ran, Sandbox, SandboxTrouble, real_now};
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use utoipa::ToSchema;

use super::apps::check_callback;
use super::asked::Body;
use super::clock::{ClockAsk, ClockSheet};
use super::refused::{ErrorAnswer, Refused};
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
        let asked: Vec<_> = engine.names().into_iter().filter_map(|name| engine.sandbox(&name).ok()).map(|of| (line(&of), of)).collect();
        let told = asked.into_iter().filter_map(|(ran, of)| match ran.and_then(|ran| Ok(ran.settled_blocking()?)) {
            // dropped meanwhile: then there is nothing to tell
            Err(_) if engine.sandbox(of.name()).is_err() => None,
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
    let founding = Founding { era: ask.era.unwrap_or_default(), app_key: key(place), platform_key: key(place + pool::SIZE / 2), callback };
    let new = NewSandbox { name, seed, published_keys: true, clock };
    let made = aside(move || found(&house, &new, &founding).and_then(|sandbox| sheet(&house, &sandbox))).await?;
    Ok((StatusCode::CREATED, Json(made)))
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
    aside(move || house.engine().drop_sandbox(&name)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Empty a sandbox: everything that happened in it is gone, its first application with its keys and callback, its seed and
/// the clock it was founded with stay. It is one step: there is always the old one or the new one, also after a power cut.
#[utoipa::path(post, path = "/sandboxes/{id}/reset", tag = "sandboxes", params(("id" = String, Path)),
    responses((status = 200, body = SandboxSheet), (status = 404, body = ErrorAnswer)))]
pub(super) async fn reset(State(house): State<House>, Path(name): Path<String>) -> Result<Json<SandboxSheet>, Refused> {
    aside(move || {
        let mut tries = 0;
        let again = loop {
            let sandbox = house.sandbox(Some(&name))?;
            let ran = sandbox.run(|call| {
                let world = call.world();
                Ok::<_, Refused>((founding_of(world)?, world.origin().map(|origin| origin.clock).unwrap_or_default()))
            })?;
            let (founding, clock) = ran.settled_blocking()??;
            let new = NewSandbox { name: name.clone(), seed: sandbox.seed(), published_keys: sandbox.published_keys(), clock };
            tries += 1;
            match house.engine().replace(&sandbox, &new, |call| house.provider().found(call, &founding)) {
                // somebody else's reset came between: the sandbox that is there now is reset
                Err(SandboxTrouble::Unknown(_)) if tries < RESET_TRIES => {}
                replaced => break replaced?,
            }
        };
        Ok(Json(sheet(&house, &again)?))
    })
    .await
}

fn founding_of(world: &World) -> Result<Founding, Refused> {
    let app = world.apps().iter().next();
    let app = app.ok_or_else(|| Refused::new(StatusCode::CONFLICT, "no_app", "this sandbox has no application to begin again with"))?;
    Ok(Founding { era: app.era, app_key: app.app_key.clone(), platform_key: app.platform_key.clone(), callback: app.callback.clone() })
}
