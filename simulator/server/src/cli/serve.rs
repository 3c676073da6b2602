//! `kabao serve`: the platform on this machine, until it is told to stop.

use super::terminal::{talk, tell};
use crate::exit::{Ended, Exit};
use crate::house::{DEMO, House, Plan};
use clap::Args;
use std::path::PathBuf;
use world::Moment;
use world::clock::Clock;

/// Run the platform on this machine
#[derive(Args)]
pub(super) struct Serve {
    /// Address to listen on; may be given several times; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8600", env = "KABAO_LISTEN", value_delimiter = ',')]
    listen: Vec<String>,
    /// Where everything is kept
    #[arg(long, value_name = "DIR", default_value = "kabao-data", env = "KABAO_DATA")]
    data: PathBuf,
    /// Keep everything in memory; it is gone when the process ends
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// Make the demo sandbox repeatable: ids and customers from this seed, keys from the published test keys
    #[arg(long, env = "KABAO_SEED")]
    seed: Option<u64>,
    /// Stop the demo sandbox's time here (China time): with a seed, the same calls then give the same bytes
    #[arg(long, value_name = "yyyy-MM-dd HH:mm:ss", value_parser = stopped_at)]
    clock: Option<Clock>,
    /// What callers from other machines must show; needed to listen beyond this machine
    #[arg(long, env = "KABAO_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Another name this machine is called by, for the list of allowed Host headers
    #[arg(long, value_name = "NAME")]
    host_name: Vec<String>,
    /// Believe the certificates in this PEM file when a merchant is called over https: an issuer's, or a server's own; may be given several times
    #[arg(long, value_name = "FILE", env = "KABAO_TRUST", value_delimiter = ',')]
    trust: Vec<PathBuf>,
    /// How many idempotency keys each sandbox's ledger keeps in memory (47 bytes each); older ones are looked up in the file
    #[arg(long, value_name = "N", env = "KABAO_KEYS_IN_MEMORY", default_value_t = engine::KEYS_IN_MEMORY)]
    keys_in_memory: usize,
}

impl Serve {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        let plan = Plan {
            listen: self.listen,
            data: (!self.memory).then_some(self.data),
            seed: self.seed,
            clock: self.clock.unwrap_or_default(),
            // an empty variable means that none was set
            token: self.token.filter(|token| !token.trim().is_empty()),
            host_names: self.host_name,
            trust: self.trust,
            keys_in_memory: Some(self.keys_in_memory),
        };
        super::runtime()?.block_on(serve(plan))
    }
}

fn stopped_at(text: &str) -> Result<Clock, world::moment::NotATime> {
    Moment::parse(text).map(|at| Clock::Stopped { at })
}

async fn serve(plan: Plan) -> Result<Exit, Ended> {
    let stop = stop_signal()?;
    let _files_may_not_grow = no_end_by_a_full_file()?;
    let house = House::open(&plan).await?;
    tell(&greeting(&house, &plan)?);
    stop.await;
    talk("stopping: running requests may end");
    house.close().await;
    Ok(Exit::Fine)
}

fn greeting(house: &House, plan: &Plan) -> Result<String, Ended> {
    let base = house.base();
    let demo = house.engine().sandbox(DEMO).map_err(Ended::bug)?;
    let app = demo.look(|world, _| world.apps().iter().next().map(|app| app.id.to_string())).unwrap_or_default();
    let keys = match (&plan.data, plan.seed) {
        (_, Some(_)) => "published test keys: anyone can sign with them".to_owned(),
        (Some(folder), None) => format!("{} (made now if missing)", folder.join("keys").display()),
        (None, None) => "made now, in memory".to_owned(),
    };
    let also: Vec<String> = house.addresses.iter().skip(1).map(|address| format!("\nalso at      http://{address}")).collect();
    let more = also.concat();
    Ok(format!(
        "gateway      {base}/gateway.do\nconsole      {base}/\ncontrol API  {base}/_kabao/v1/openapi.json{more}\ndemo app     {app}\nkeys         {keys}\nclients      kabao init DIR --from {base} writes ready-to-paste configuration"
    ))
}

/// A file that reaches the process's limit ends it by a signal, unless somebody listens: then the write fails like one on a full
/// disk, and the store says so.
fn no_end_by_a_full_file() -> Result<impl Sized, Ended> {
    /// `SIGXFSZ` on every system that we run on.
    const FILE_TOO_LARGE: i32 = 25;
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::from_raw(FILE_TOO_LARGE)).map_err(Ended::bug)
}

/// Resolves when the process is asked to end, or its terminal is closed.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()>, Ended> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(Ended::bug)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Ended::bug)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(Ended::bug)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}
