//! The figures that are promised of the whole gateway, each by one command that starts a platform of its own and leaves a report:
//! `--million`, `--hour` and `--surge`. What is called, and its proof, is `benches::load`'s; here it is held against the goals.

use super::processes::Server;
use benches::ledger::machine::used_by;
use benches::load::{Address, Mode, Order, Part, Profile, Rate, Report, Slice, Times, page, run, tell};
use engine::journal::EXCHANGE_LIMIT;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What is asked for on the command line.
pub(crate) struct Asked {
    pub(crate) cards: u32,
    pub(crate) seconds: u64,
    pub(crate) rate: f64,
    /// What is called for long.
    pub(crate) profile: String,
    /// Where reports are kept.
    pub(crate) out: Option<PathBuf>,
}

fn order(house: &Server, profile: &str, rate: Rate, asked: &Asked) -> Order {
    Order {
        address: Address { target: format!("http://{}", house.address), token: None, sandbox: None },
        profile: Profile::named(profile).unwrap(),
        rate,
        span: Duration::from_secs(asked.seconds),
        subjects: asked.cards,
        connections: 64,
        mode: Mode::PreSigned,
        seed: 1,
        part: Part::WHOLE,
        start_at: None,
        till: None,
        keep: true,
    }
}

fn told(name: &str, report: &Report, asked: &Asked) {
    println!("{}", tell(report));
    if let Some(folder) = &asked.out {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join(format!("{name}.json")), report.json()).unwrap();
        std::fs::write(folder.join(format!("{name}.html")), page(report)).unwrap();
    }
}

/// Every one of so many cards is stated once, signed before, durable: at most 50 s and 400 bytes a card for a million.
pub(crate) fn million(asked: &Asked) {
    let folder = tempfile::tempdir().unwrap();
    let house = Server::start(&["--house", folder.path().to_str().unwrap()]);
    let report = run(&order(&house, "initial-sync", Rate::AsAnswered, asked)).unwrap();
    told("million", &report, asked);
    let platform = report.platform.unwrap();
    let each = |start: u64| platform.resident_after.saturating_sub(start) / u64::from(report.subjects);
    println!(
        "took {} s (goal 50 for a million); {} bytes a card above an empty start, {} above a loaded one (goal 400)",
        report.took_us / 1_000_000,
        each(platform.resident_at_start),
        each(platform.resident_before)
    );
    drop(house);
    println!("`kabao ledger verify` finds the books in order: {}", verify(folder.path()));
}

/// What was seen of the platform at one moment of a long run.
struct Sight {
    after_s: u64,
    resident: u64,
    log: u64,
    write_ahead: u64,
}

impl Sight {
    fn look(process: u32, folder: &Path, after_s: u64) -> Self {
        let size = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len());
        let resident = used_by(process).map_or(0, |used| used.resident);
        let sight = Self { after_s, resident, log: size("kabao.db"), write_ahead: size("kabao.db-wal") };
        println!("after {after_s:>4} s: resident {} MiB, {}", resident >> 20, files(folder));
        sight
    }
}

/// What the process may grow by from the end of the first tenth to the end: as in the minute's form.
const GROWS: u64 = 64 << 20;
/// The write-ahead file: one pass of the keeper beside what may come during it.
const WRITE_AHEAD: u64 = 32 << 20;
/// Bytes of the log for a call: an event, its posting, and what finds them again.
const LOGGED: u64 = 1_024;

/// A steady rate for long: memory, files, journal and p99 by tenths of the time, each against its bound, then the books. Whether all of
/// it held.
pub(crate) fn hour(asked: &Asked) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let house = Server::start(&["--house", folder.path().to_str().unwrap()]);
    let process = house.id();
    let over = AtomicBool::new(false);
    let (report, sights) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let (begun, mut sights) = (Instant::now(), Vec::new());
            while !over.load(Ordering::Relaxed) {
                sights.push(Sight::look(process, folder.path(), begun.elapsed().as_secs()));
                std::thread::park_timeout(Duration::from_secs((asked.seconds / 10).max(1)));
            }
            sights
        });
        let report = run(&Order { mode: Mode::Live, ..order(&house, &asked.profile, Rate::PerSecond(asked.rate), asked) });
        over.store(true, Ordering::Relaxed);
        watch.thread().unpark();
        (report.unwrap(), watch.join().unwrap())
    });
    told("hour", &report, asked);
    // what was answered after the plan's end is no tenth of it
    let planned = usize::try_from(asked.seconds.div_ceil(report.slice_s)).unwrap();
    let slices = &report.slices[..report.slices.len().min(planned)];
    let tenths: Vec<Times> = slices.chunks(slices.len().div_ceil(10)).map(together).collect();
    for (tenth, all) in tenths.iter().enumerate() {
        println!("tenth {:>2}: {} done, p50 {} us, p99 {} us", tenth + 1, all.count(), all.at(500), all.at(990));
    }
    let mut held = vec![
        (report.holds(), "everything that was acknowledged is there once, sums exact".to_owned()),
        (report.invalid.is_empty(), "the generator kept up".to_owned()),
        (report.codes.is_empty(), format!("every call was done: {} of {}", report.done(), report.answered())),
    ];
    held.extend([p99(&tenths), journal(&house)]);
    held.extend(bounds(&sights, report.answered()));
    drop(house);
    held.push((verify(folder.path()), "`kabao ledger verify` finds the books in order".to_owned()));
    println!();
    for (holds, says) in &held {
        println!("{:<6} {says}", if *holds { "holds" } else { "MISSED" });
    }
    held.iter().all(|(holds, _)| *holds)
}

/// Whether p99 grew: the half of the last three tenths against the half of the first three, so that one bad second is no growth.
fn p99(tenths: &[Times]) -> (bool, String) {
    let half = |tenths: &[Times]| {
        let mut all: Vec<u64> = tenths.iter().map(|tenth| tenth.at(990)).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    let some = tenths.len().min(3);
    let (first, last) = (half(&tenths[..some]), half(&tenths[tenths.len() - some..]));
    let ends = [tenths.first(), tenths.last()].map(|tenth| tenth.map_or(0, |tenth| tenth.at(990)));
    let says =
        format!("p99 does not grow by a quarter: {first} us, at the end {last} us (first tenth {} us, last {} us)", ends[0], ends[1]);
    (last * 4 <= first * 5, says)
}

/// Memory and files against what they may be.
fn bounds(sights: &[Sight], calls: u64) -> Vec<(bool, String)> {
    let warm = sights.get(1).or(sights.first()).unwrap();
    let last = sights.last().unwrap();
    let grown = sights.iter().skip(1).map(|sight| sight.resident).max().unwrap_or_default().saturating_sub(warm.resident);
    let ahead = sights.iter().map(|sight| sight.write_ahead).max().unwrap_or_default();
    let logged = (last.log.saturating_sub(sights[0].log)).checked_div(calls).unwrap_or_default();
    let (from, to) = (warm.after_s, last.after_s);
    vec![
        (grown <= GROWS, format!("memory grew by {} MiB at most between {from} s and {to} s (bound {} MiB)", grown >> 20, GROWS >> 20)),
        (ahead <= WRITE_AHEAD, format!("the write-ahead file was {} MiB at most (bound {} MiB)", ahead >> 20, WRITE_AHEAD >> 20)),
        (logged <= LOGGED, format!("the log took {logged} bytes a call (bound {LOGGED})")),
    ]
}

/// Whether the exchange journal of the run's sandbox stays within its declared limit, as the platform tells it.
fn journal(house: &Server) -> (bool, String) {
    let ask = |path: &str| -> serde_json::Value {
        let mut stream = TcpStream::connect(house.address).unwrap();
        write!(stream, "GET /_kabao/v1{path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", house.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let there = ask("/sandboxes");
    let names = there["sandboxes"].as_array().unwrap().iter().filter_map(|sheet| sheet["sandbox"].as_str());
    let name = names.rev().find(|name| name.starts_with("load-")).unwrap();
    let page = ask(&format!("/journal?sandbox={name}&limit=1"));
    let (newest, dropped) = (page["newest"].as_u64().unwrap(), page["dropped"].as_u64().unwrap());
    let kept = newest - dropped;
    (kept <= EXCHANGE_LIMIT as u64, format!("the journal keeps {kept} of {newest} exchanges (bound {EXCHANGE_LIMIT})"))
}

/// How long before and after a change of the load a second counts neither to one nor to the other.
const TURN: usize = 1;

/// Three times of what look-ups reach, in the middle third: how much was shed, and how p99 stood before, meanwhile and after. The
/// platform has one core and whoever calls it the others: who plans three times of what two cores can do finds no core to do it with.
pub(crate) fn surge(asked: &Asked) {
    let folder = tempfile::tempdir().unwrap();
    let house = Server::start_on_last_core(&["--house", folder.path().to_str().unwrap()]);
    let reached = run(&Order { span: Duration::from_secs(5), ..order(&house, "look-ups", Rate::AsAnswered, asked) }).unwrap();
    let rate = 3e6 * precise(reached.done()) / precise(reached.took_us);
    println!("look-ups on one core reach {:.0}/s; three times of it comes in the middle third", rate / 3.0);
    let report = run(&Order { connections: 2_000, ..order(&house, "surge", Rate::PerSecond(rate), asked) }).unwrap();
    told("surge", &report, asked);
    for (second, slice) in report.slices.iter().enumerate() {
        println!(
            "{second:>4} s: {} planned, {} answered, {} of them shed; of what was done p50 {} us, p99 {} us",
            slice.planned,
            slice.answered,
            slice.failed,
            slice.served.at(500),
            slice.served.at(990)
        );
    }
    let third = usize::try_from(asked.seconds / 3).unwrap();
    let part = |from: usize, to: usize| report.slices.get(from..to.min(report.slices.len())).unwrap_or_default();
    let (before, meanwhile, after) = (part(TURN, third), part(third, 2 * third), part(2 * third + TURN, 3 * third));
    let shed = |slices: &[Slice]| slices.iter().map(|slice| slice.failed).sum::<u64>();
    let (normal, crowded, again) = (together(before), together(meanwhile), together(after));
    println!("before     p50 {:>6} us, p99 {:>6} us, {} shed", normal.at(500), normal.at(990), shed(before));
    println!(
        "meanwhile  p50 {:>6} us, p99 {:>6} us (goal {}), {} shed",
        crowded.at(500),
        crowded.at(990),
        2 * normal.at(990),
        shed(meanwhile)
    );
    println!("a second after  p50 {:>6} us, p99 {:>6} us, {} shed (goal 0)", again.at(500), again.at(990), shed(after));
}

/// What was done in all of these.
fn together(slices: &[Slice]) -> Times {
    let mut all = Times::default();
    for slice in slices {
        all.add(&slice.served);
    }
    all
}

/// The log's file and what was not yet written back into it.
fn files(folder: &Path) -> String {
    let size = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len() >> 20);
    format!("log {} MiB, write-ahead {} MiB", size("kabao.db"), size("kabao.db-wal"))
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls and microseconds are far below where a double is exact")]
fn precise(count: u64) -> f64 {
    count as f64
}

/// `kabao ledger verify`, itself.
fn verify(folder: &Path) -> bool {
    println!("{}", files(folder));
    let line = ["kabao", "ledger", "verify", "--data", folder.to_str().unwrap()];
    server::cli::run(line.map(Into::into)) == server::exit::Exit::Fine
}
