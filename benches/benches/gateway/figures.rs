//! The figures that are promised of the whole gateway, each by one command that starts a platform of its own and leaves a report:
//! `--million`, `--seventy`, `--hour` and `--surge`. What is called, and its proof, is `benches::load`'s; here it is held against the goals.

use super::processes::Server;
use benches::ledger::machine::used_by;
use benches::load::hour::{self, Journal, Sight, together};
use benches::load::{Address, Mode, Order, Part, Profile, Rate, Report, Slice, page, run, tell};
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

/// Planned calls at 70 % of what the same calls reach as fast as answers come, each stating another card: what one of a hundred takes at most.
pub(crate) fn seventy(asked: &Asked) {
    let folder = tempfile::tempdir().unwrap();
    let house = Server::start(&["--house", folder.path().to_str().unwrap()]);
    let first = run(&order(&house, "initial-sync", Rate::AsAnswered, asked)).unwrap();
    assert!(first.invalid.is_empty(), "the rate that is reached could not be measured: {:?}", first.invalid);
    let reached = rate_of(&first);
    println!("{reached:.0}/s reached; at 70 % of it (goal p99 5 ms):");
    let report = run(&order(&house, "initial-sync", Rate::PerSecond(0.7 * reached), asked)).unwrap();
    told("seventy", &report, asked);
}

/// Calls a second that were done.
fn rate_of(report: &Report) -> f64 {
    1e6 * precise(report.done()) / precise(report.took_us)
}

fn look(process: u32, folder: &Path, after_s: u64) -> Sight {
    let size = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len());
    let resident = used_by(process).map_or(0, |used| used.resident);
    println!("after {after_s:>4} s: resident {} MiB, {}", resident >> 20, files(folder));
    Sight { after_s, resident, log: size("kabao.db"), write_ahead: size("kabao.db-wal") }
}

/// A steady rate for long: memory, files, journal and p99 by tenths of the time, each against its bound, then the books. Whether all of
/// it held.
pub(crate) fn long(asked: &Asked) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let house = Server::start(&["--house", folder.path().to_str().unwrap()]);
    let process = house.id();
    let over = AtomicBool::new(false);
    let (report, sights) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let (begun, mut sights) = (Instant::now(), Vec::new());
            while !over.load(Ordering::Relaxed) {
                sights.push(look(process, folder.path(), begun.elapsed().as_secs()));
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
    let tenths = hour::tenths(&report, asked.seconds);
    for (tenth, all) in tenths.iter().enumerate() {
        println!("tenth {:>2}: {} done, p50 {} us, p99 {} us", tenth + 1, all.count(), all.at(500), all.at(990));
    }
    let mut lines = hour::verdict(&report, &tenths, &sights, journal(&house));
    drop(house);
    lines.push(hour::Line { holds: verify(folder.path()), says: "`kabao ledger verify` finds the books in order".to_owned() });
    println!();
    for line in &lines {
        println!("{:<6} {}", if line.holds { "holds" } else { "MISSED" }, line.says);
    }
    lines.iter().all(|line| line.holds)
}

/// The exchange journal of the run's sandbox, as the platform tells it.
fn journal(house: &Server) -> Journal {
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
    Journal { newest: page["newest"].as_u64().unwrap(), dropped: page["dropped"].as_u64().unwrap(), limit: EXCHANGE_LIMIT as u64 }
}

/// How long before and after a change of the load a second counts neither to one nor to the other.
const TURN: usize = 1;

/// Three times of what look-ups reach, in the middle third: how much was shed, and how p99 stood before, meanwhile and after. The
/// platform has one core and whoever calls it the others: who plans three times of what two cores can do finds no core to do it with.
pub(crate) fn surge(asked: &Asked) {
    let folder = tempfile::tempdir().unwrap();
    let house = Server::start_on_last_core(&["--house", folder.path().to_str().unwrap()]);
    let reached = run(&Order { span: Duration::from_secs(5), ..order(&house, "look-ups", Rate::AsAnswered, asked) }).unwrap();
    assert!(reached.invalid.is_empty(), "the rate that is reached could not be measured: {:?}", reached.invalid);
    let rate = 3.0 * rate_of(&reached);
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
