//! `kabao demo`: the main job. A platform starts, a shop's day is played over real HTTP, the rules judge it, cards are synced by a plan
//! and proved, the ledger is measured, and one page shows all of it.

use super::check::exit_of;
use super::serve::stop_signal;
use super::terminal::{paint, talk, tell};
use crate::build_folder::build_folder;
use crate::exit::{Ended, Exit};
use crate::house::{DEMO, House, Plan};
use crate::node_merchant;
use benches::load;
use clap::{Args, ValueEnum};
use conformance::Language;
use conformance::demo::{Demo as Played, demo};
use conformance::practice::PracticeShops;
use conformance::report::{Report, Reporter, Terminal};
use scenarios::merchant::{Account, Programs, Role, Service, Shops};
use scenarios::telling::Paint;
use scenarios::{Merchant, Target, diagram, telling};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use wire::alipay::timestamp;
use world::clock::Clock;
use world::moment::Moment;

/// When the day begins, China time: the story's first scenario says so.
const MORNING: &[u8] = b"2026-11-21 10:00:00";
/// How long a merchant may take to be open.
const OPEN_LIMIT: Duration = Duration::from_mins(1);
/// Calls a second, and cards, of the sync: what a shop with a few hundred tills does.
const SYNC_RATE: f64 = 100.0;
const SYNC_CARDS: u32 = 500;
/// The ledger writes gigabytes in a minute, and says the same after this.
const LEDGER_MOST: Duration = Duration::from_secs(3);
/// The drawing when no other name is given.
const DRAWING: &str = "kabao-demo.html";

/// Play a shop's day against a platform started for it, and judge it
#[derive(Args)]
pub(super) struct Demo {
    /// Who the merchant is: the practice merchant built in, or the sample program in Node with the official SDK
    #[arg(long, value_enum, default_value = "built-in")]
    merchant: Which,
    /// Ids, customers and random values are made from this
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long to sync cards, seconds; the ledger is measured for as long, but for three at most
    #[arg(long, default_value_t = 60)]
    measure: u64,
    /// Story and report in Chinese
    #[arg(long)]
    zh: bool,
    /// Write the page with the day as a sequence diagram, the verdicts and the figures into this file; a file in the build or temporary
    /// folder when absent
    #[arg(long, value_name = "FILE")]
    diagram: Option<PathBuf>,
    /// Leave the platform running at this address when all is told
    #[arg(long, value_name = "HOST:PORT")]
    stay: Option<String>,
}

/// Which merchant.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// The practice merchant
    BuiltIn,
    /// The sample program in Node
    Node,
}

impl Demo {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        super::runtime()?.block_on(self.play())
    }

    async fn play(self) -> Result<Exit, Ended> {
        // from now on to the end: what is pressed between two waits is heard by the next
        let mut stop = pin!(stop_signal()?);
        let listen = self.stay.clone().unwrap_or_else(|| "127.0.0.1:0".to_owned());
        let at = Moment(timestamp::parse(MORNING).expect("a moment as the platform writes it"));
        let clock = Clock::Stopped { at };
        let house = House::open(&Plan { listen: vec![listen], seed: Some(self.seed), clock, ..Plan::default() }).await?;
        let (who, shops) = self.shops().await?;
        let service = opened(&house, &*shops).await?;
        tell(&format!("platform  {}/gateway.do\nmerchant  {who}\n", house.base()));
        let language = if self.zh { Language::Chinese } else { Language::English };
        let target = Target::at(&house.base(), Merchant::opened(shops.description(), service.clone())).sandbox(DEMO);
        let played = tokio::select! {
            played = demo(&target, language) => Some(played),
            () = stop.as_mut() => None,
        };
        // one that cannot be ended is ended when it is dropped
        let _ = service.kill().await;
        let Some(Played { run, judged }) = played else {
            house.close().await;
            return Ok(Exit::Interrupted);
        };
        tell(&telling::tell(&run, paint()));
        let report = Report { runs: std::slice::from_ref(&run), judged: &judged };
        tell(&Terminal { paint: paint(), language }.report(&report));
        let span = Duration::from_secs(self.measure.max(1));
        talk(&format!("cards are synced for {} s (--measure SECONDS)", span.as_secs()));
        let measured = tokio::select! {
            measured = measured(house.base(), self.seed, span) => Some(measured?),
            () = stop.as_mut() => None,
        };
        let Some((synced, ledger)) = measured else {
            house.close().await;
            return Ok(Exit::Interrupted);
        };
        tell(&format!("card sync {}", summary(&synced)));
        tell(&format!("ledger    {ledger}"));
        let verdicts = Terminal { paint: Paint::Plain, language }.report(&report);
        let parts = format!("<pre>{}\nledger    {}</pre>\n{}", escaped(&verdicts), escaped(&ledger), load::part(&synced));
        tell(&format!("picture   {}", draw(self.diagram.as_deref(), &diagram::page_before(&run, &parts, load::STYLE))?));
        tell(NEXT);
        if self.stay.is_some() {
            talk(&format!("the platform stays at {} until it is interrupted", house.base()));
            stop.await;
        }
        house.close().await;
        if !run.passed() || !synced.holds() {
            return Ok(Exit::Breaches);
        }
        // what a day cannot provoke is told as not exercised; only a breach spoils the demonstration
        exit_of(&judged).map(|exit| if judged.breached().next().is_none() { Exit::Fine } else { exit })
    }

    /// Who opens the merchant, and what to call it.
    async fn shops(&self) -> Result<(&'static str, Arc<dyn Shops>), Ended> {
        match self.merchant {
            Which::BuiltIn => Ok(("the practice merchant, built in", Arc::new(PracticeShops::default()))),
            Which::Node => match node_merchant::description().await {
                Ok(node) => Ok(("the sample program in Node, with the official SDK alipay-sdk", Arc::new(Programs::new(node)))),
                Err(why) => Err(Ended::usage(format!("there is no Node merchant here: {why}"))),
            },
        }
    }
}

/// The merchant, opened for the sandbox.
async fn opened(house: &House, shops: &dyn Shops) -> Result<Arc<dyn Service>, Ended> {
    let app = house.app(DEMO)?;
    let account = Account {
        gateway: format!("{}/gateway.do", house.base()),
        app_id: app.app_id,
        app_private_key: app.app_private_key,
        alipay_public_key: app.alipay_public_key,
        seller_id: app.merchant_id,
        role: Role::Merchant,
        certificates: None,
    };
    let opened = tokio::time::timeout(OPEN_LIMIT, shops.open(&account)).await;
    opened
        .map_err(|_| format!("it was not open within {} s", OPEN_LIMIT.as_secs()))
        .flatten()
        .map_err(|why| Ended::unreachable(format!("the merchant could not be opened: {why}")))
}

/// What this machine does: cards synced, then the ledger.
async fn measured(target: String, seed: u64, span: Duration) -> Result<(load::Report, String), Ended> {
    let synced = beside(move || load::run(&sync(target, seed, span))).await?.map_err(Ended::bug)?;
    let books = tempfile::tempdir().map_err(Ended::bug)?;
    let ledger = beside(move || benches::ledger::quick(books.path(), span.min(LEDGER_MOST))).await?.map_err(Ended::bug)?;
    Ok((synced, ledger.to_string()))
}

/// Work on a thread that nobody waits for when the demo is interrupted.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Ended> {
    let (done, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || done.send(work()));
    told.await.map_err(|_| Ended::bug("what measures panicked"))
}

/// Cards synced at a steady rate in a sandbox of their own, and proved.
fn sync(target: String, seed: u64, span: Duration) -> load::Order {
    load::Order {
        address: load::Address { target, token: None, sandbox: None },
        profile: load::Profile::named("steady").expect("it is built in"),
        rate: load::Rate::PerSecond(SYNC_RATE),
        span,
        subjects: SYNC_CARDS,
        connections: 16,
        mode: load::Mode::Live,
        seed,
        part: load::Part::WHOLE,
        start_at: None,
        till: None,
        keep: false,
    }
}

/// A run in a line: the proof first.
fn summary(synced: &load::Report) -> String {
    if !synced.holds() {
        return load::tell(synced);
    }
    let (done, all) = (synced.done(), synced.latency());
    let trusted = if synced.invalid.is_empty() { String::new() } else { format!(" (no measurement: {})", synced.invalid.join("; ")) };
    let proof = format!("{done} of {} calls done, each once, sums exact", synced.answered());
    format!(
        "{proof}; {SYNC_RATE}/s planned, p50 {}, p99 {} from the planned moment{trusted}",
        load::shown(all.at(500)),
        load::shown(all.at(990))
    )
}

/// Text within a page.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Writes the drawing; gives where it is.
fn draw(file: Option<&Path>, page: &str) -> Result<String, Ended> {
    let file = file.map_or_else(|| build_folder().join(DRAWING), Path::to_owned);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(&file, page))
        .map_err(|error| Ended::usage(format!("{}: {error}", file.display())))?;
    // as short as it can be typed here
    let here = std::env::current_dir().unwrap_or_default();
    Ok(file.strip_prefix(here).unwrap_or(&file).display().to_string())
}

const NEXT: &str = "
next      kabao serve                      the platform for your own code, at http://127.0.0.1:8600
          kabao init DIR                   its keys and configuration for your SDK
          kabao explain                    the rules; kabao explain UPD-004 explains one
          kabao demo --merchant node       the same day with the sample program in Node and the official SDK
          kabao demo --stay 127.0.0.1:8600 look at it in the browser afterwards";
