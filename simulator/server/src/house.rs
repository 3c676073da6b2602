//! A running house: store, engine, demo sandbox, providers, console, listeners. What `kabao serve` and `kabao demo` start.
//!
//! Nothing that takes long stands before the first answer: keys are made in the background, and only calls that need them wait.

use crate::configurations;
use crate::exit::Ended;
use crate::listen::{self, CONNECTION_LIMIT, Front, Times};
use crate::providers::{self, Installed};
use console::{Door, Settings, Snippet};
use engine::provider::{AppSheet, Founding, Provider};
use engine::{Engine, KEYS_IN_MEMORY, KeyStore, NewSandbox, Sandbox};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use wire::keys::SigningKey;
use wire::trust::Trust;
use world::clock::Clock;
use world::merchant::{App, AppKeysSet};

/// The sandbox that is there from the start.
pub const DEMO: &str = "demo";
/// A planned stop writes a snapshot of sandboxes with this many new events, so that the next start is quick.
const SNAPSHOT_AT_STOP: u64 = 1_000;

/// What a house is started with.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Where to listen, `host:port`; port 0 takes a free one.
    pub listen: Vec<String>,
    /// The data directory; in memory without one.
    pub data: Option<PathBuf>,
    /// What the demo sandbox's ids, customers and random values are made from; its keys are then the published test keys.
    pub seed: Option<u64>,
    /// How the demo sandbox's time runs when it is made.
    pub clock: Clock,
    /// What callers from other machines must show.
    pub token: Option<String>,
    /// Further names this house is reached by.
    pub host_names: Vec<String>,
    /// PEM files with certificates that are believed when a merchant is called over https, beside Mozilla's roots.
    pub trust: Vec<PathBuf>,
    /// How many idempotency keys each sandbox's ledger keeps in memory; the engine's own number when nothing is said.
    pub keys_in_memory: Option<usize>,
}

/// A house that runs.
pub struct House {
    /// Where it listens, with the ports that were taken.
    pub addresses: Vec<SocketAddr>,
    engine: Arc<Engine>,
    provider: Arc<dyn Provider>,
    keys_made: watch::Receiver<bool>,
    stop: watch::Sender<bool>,
    listening: Vec<JoinHandle<()>>,
}

impl House {
    /// Opens the store and starts to listen.
    ///
    /// # Errors
    /// [`Ended`] with what to do: a store that cannot be opened, an address that is taken, an open address without token.
    pub async fn open(plan: &Plan) -> Result<Self, Ended> {
        let trust = trusted(&plan.trust)?;
        let listeners = bind(plan).await?;
        let addresses: Vec<SocketAddr> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let (opening, address) = (plan.clone(), base(&addresses));
        // reading a store is blocking work
        let opened = tokio::task::spawn_blocking(move || Opened::of(&opening, &address)).await.map_err(Ended::bug)??;
        let Opened { engine, installed, keys_made } = opened;

        let provider = installed[0].provider.clone();
        // the platform calls merchants, never itself
        engine.outgoing().forbid(&addresses);
        engine.outgoing().trust(&trust);
        engine.attend(provider.clone());
        let settings = settings(plan, &addresses);
        let house = console::House::new(engine.clone(), installed.iter().map(|one| one.provider.clone()).collect(), settings);
        let (mut router, mut busiest) = (console::router(&house), Vec::new());
        for one in installed {
            router = router.merge(one.gateway).merge(console::guard(one.pages, &house));
            busiest.push(one.busiest);
        }
        let front = Arc::new(Front { router, busiest, keys_made: keys_made.clone() });
        let (stop, stopped) = watch::channel(false);
        let places = Arc::new(Semaphore::new(CONNECTION_LIMIT as usize));
        let listening = listeners
            .into_iter()
            .map(|listener| tokio::spawn(listen::serve(listener, front.clone(), places.clone(), stopped.clone(), Times::HOUSE)))
            .collect();
        let house = Self { addresses, engine, provider, keys_made, stop, listening };
        if let Some(folder) = &plan.data {
            house.write_addresses(folder)?;
        }
        Ok(house)
    }

    /// The address people and merchants use, without a slash at the end.
    pub fn base(&self) -> String {
        base(&self.addresses)
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The first application of a sandbox, with its keys.
    ///
    /// # Errors
    /// [`Ended`] when there is no such sandbox.
    pub fn app(&self, sandbox: &str) -> Result<AppSheet, Ended> {
        let sandbox = self.engine.sandbox(sandbox).map_err(Ended::usage)?;
        self.provider.apps(&sandbox, self.engine.keys()).into_iter().next().ok_or_else(|| Ended::bug("a sandbox without application"))
    }

    /// Waits until the demo sandbox's keys are made.
    pub async fn keys_made(&self) {
        let mut made = self.keys_made.clone();
        listen::wait_for_keys(&mut made).await;
    }

    /// Ends: no new connections, running requests may finish, snapshots are written.
    pub async fn close(self) {
        let _ = self.stop.send(true);
        for listening in self.listening {
            let _ = listening.await;
        }
        let engine = self.engine;
        for sandbox in engine.names().iter().filter_map(|name| engine.sandbox(name).ok()) {
            engine::fault::warn_of_unmatched(&sandbox);
        }
        let _ = tokio::task::spawn_blocking(move || engine.snapshot_all(SNAPSHOT_AT_STOP)).await;
    }

    fn write_addresses(&self, folder: &Path) -> Result<(), Ended> {
        let lines: Vec<String> = self.addresses.iter().map(|address| format!("http://{address}\n")).collect();
        let file = folder.join("addresses");
        std::fs::write(&file, lines.concat()).map_err(|error| Ended::usage(format!("{}: {error}", file.display())))
    }
}

/// What stands before anything is listened to.
struct Opened {
    engine: Arc<Engine>,
    installed: Vec<Installed>,
    keys_made: watch::Receiver<bool>,
}

impl Opened {
    fn of(plan: &Plan, address: &str) -> Result<Self, Ended> {
        let log: Arc<dyn log::Log> = match &plan.data {
            Some(folder) => {
                std::fs::create_dir_all(folder).map_err(|error| Ended::usage(format!("data directory {}: {error}", folder.display())))?;
                Arc::new(log::Sqlite::open(&folder.join("kabao.db")).map_err(Ended::usage)?)
            }
            None => Arc::new(log::Memory::new()),
        };
        let keys = KeyStore::open(plan.data.as_ref().map(|folder| folder.join("keys"))).map_err(Ended::usage)?;
        let engine = Arc::new(Engine::open_with(log, Arc::new(keys), plan.keys_in_memory.unwrap_or(KEYS_IN_MEMORY)).map_err(Ended::usage)?);
        engine.keep_snapshots();
        engine.keep_old_keys_out();
        engine.keep_mending();
        let installed = providers::all(&engine, address);
        let (made, keys_made) = watch::channel(false);
        prepare_demo(&engine, &*installed[0].provider, plan, made)?;
        Ok(Self { engine, installed, keys_made })
    }
}

/// Mozilla's roots, and what stands in these files.
fn trusted(files: &[PathBuf]) -> Result<Trust, Ended> {
    let mut trust = Trust::default();
    for file in files {
        let wrong = |why: String| Ended::usage(format!("--trust {}: {why}", file.display()));
        let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
        trust.add(&pem).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(trust)
}

fn base(addresses: &[SocketAddr]) -> String {
    addresses.first().map(|address| format!("http://{address}")).unwrap_or_default()
}

async fn bind(plan: &Plan) -> Result<Vec<TcpListener>, Ended> {
    let mut listeners = Vec::new();
    for address in &plan.listen {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Ended::usage(format!("cannot listen on {address}: {error}; choose another address with --listen (port 0 takes a free one)"))
        })?;
        let local = listener.local_addr().map_err(Ended::bug)?;
        if !local.ip().is_loopback() && plan.token.is_none() {
            return Err(Ended::usage(format!(
                "{address} can be reached from other machines, and whoever reaches it can read every key and change everything; give a token: kabao serve --listen {address} --token SECRET"
            )));
        }
        listeners.push(listener);
    }
    Ok(listeners)
}

fn settings(plan: &Plan, addresses: &[SocketAddr]) -> Settings {
    let base = base(addresses);
    let door = |zh: &str, en: &str, path: &str| Door { zh: zh.to_owned(), en: en.to_owned(), address: format!("{base}{path}") };
    Settings {
        doors: vec![
            door("网关", "gateway", "/gateway.do"),
            door("控制台", "console", "/console/journal"),
            door("控制接口", "control API", "/_kabao/v1/openapi.json"),
        ],
        base,
        listening: addresses.to_vec(),
        host_names: plan.host_names.clone(),
        token: plan.token.clone(),
        snippets: configurations::ALL
            .iter()
            .map(|(title, text)| Snippet { title: (*title).to_owned(), text: (*text).to_owned() })
            .collect(),
    }
}

/// Makes sure that the demo sandbox is there and that its keys are, sooner or later.
fn prepare_demo(engine: &Arc<Engine>, provider: &dyn Provider, plan: &Plan, made: watch::Sender<bool>) -> Result<(), Ended> {
    if let Ok(demo) = engine.sandbox(DEMO) {
        if plan.seed.is_some_and(|seed| seed != demo.seed()) {
            return Err(Ended::usage(format!(
                "the data directory holds a demo sandbox made from seed {}; choose another --data, or leave --seed out",
                demo.seed()
            )));
        }
        if demo.look(|world, _| world.apps().iter().all(|app| has_keys(engine, app))) {
            let _ = made.send(true);
            return Ok(());
        }
        make_keys(engine.clone(), demo, made);
        return Ok(());
    }
    let published_keys = plan.seed.is_some();
    let seed = plan.seed.unwrap_or_else(random_seed);
    let founding = if published_keys {
        let key = |index| engine.keys().published(index).verifying().spki_base64();
        Founding { app_key: key(0), platform_key: key(1), ..Founding::default() }
    } else {
        Founding::default()
    };
    let new = NewSandbox { name: DEMO.to_owned(), seed, published_keys, clock: plan.clock };
    let demo = engine.create(&new, |call| provider.found(call, &founding)).map_err(Ended::usage)?;
    if published_keys {
        let _ = made.send(true);
    } else {
        make_keys(engine.clone(), demo, made);
    }
    Ok(())
}

/// Whether an application has its keys: not yet made on the very first start, or lost with their files since.
fn has_keys(engine: &Engine, app: &App) -> bool {
    !app.app_key.is_empty() && engine.keys().signing(&app.platform_key).is_some()
}

fn random_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    // the standard library's hash keys are random for each process: enough for ids that need not be guessed
    std::hash::RandomState::new().build_hasher().finish()
}

/// Makes the keys of a sandbox's applications in the background, on a thread whose end the runtime waits for: a process that ended in
/// the middle of a key would be aborted by the library that makes it.
fn make_keys(engine: Arc<Engine>, sandbox: Arc<Sandbox>, made: watch::Sender<bool>) {
    let work = move || {
        let apps = sandbox
            .look(|world, _| world.apps().iter().filter(|app| !has_keys(&engine, app)).map(|app| app.id.clone()).collect::<Vec<_>>());
        for app in apps {
            let keys = [engine.keys().make(), engine.keys().make()];
            let [Ok(app_key), Ok(platform_key)] = &keys else {
                tracing::error!(?keys, "the demo sandbox has no keys: its calls will be refused");
                return;
            };
            let public = |key: &SigningKey| key.verifying().spki_base64();
            let set = AppKeysSet { app, app_key: public(app_key), platform_key: public(platform_key) };
            match sandbox.run(|call| call.record(set)).map(engine::Ran::settled_blocking) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return tracing::error!(%error, "the demo sandbox's keys could not be kept"),
                Err(error) => return tracing::error!(%error, "the demo sandbox's keys could not be kept"),
            }
        }
        let _ = made.send(true);
    };
    tokio::task::spawn_blocking(work);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_begun_is_made_before_the_process_ends() {
        let (folder, runtime) = (tempfile::tempdir().unwrap(), tokio::runtime::Runtime::new().unwrap());
        let plan = Plan { listen: vec!["127.0.0.1:0".to_owned()], data: Some(folder.path().to_owned()), ..Plan::default() };
        let made = runtime.block_on(async { House::open(&plan).await.map(|house| house.keys_made).unwrap() });
        drop(runtime);
        assert!(*made.borrow(), "its thread went on after the runtime");
    }

    #[test]
    fn a_file_that_holds_no_certificate_is_named_and_nothing_starts() {
        for (file, why) in [(file!(), "no certificate"), ("no/such/file.pem", "No such file")] {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join(file);
            let said = trusted(std::slice::from_ref(&file)).unwrap_err().to_string();
            assert!(said.contains(why) && said.contains(&file.display().to_string()), "{said}");
        }
        assert!(trusted(&[]).is_ok());
    }
}
