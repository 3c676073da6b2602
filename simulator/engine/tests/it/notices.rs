//! Notices on their way: nobody waits for another one's merchant, order, faults, resending, and what a restart finds.

use crate::shop::{Failing, engine, shop};
use engine::journal::{AnswerBytes, RequestBytes};
use engine::provider::Courier;
use engine::sending::{Bent, Fate, Leaving, Meddler, Sealing};
use engine::{Engine, KeyStore, Sandbox, Sealed, Unsettled, pass};
use log::Memory;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use world::Moment;
use world::clock::Clock;
use world::notice::{Attempt, Notice, NoticeMade};
use world::switch::{Switch, SwitchTurned};

const NOW: i64 = 1_700_000_000_000;
/// So long a test waits for what must come: only a broken one waits so long.
const AT_LAST: Duration = Duration::from_secs(100);

/// Writes what a notice says as it stands; tries again after a minute, three times in all.
struct Plain;

impl Courier for Plain {
    fn seal_notice(&self, _: &Sandbox, notice: &Notice, _: Sealing<'_>) -> Result<Sealed, String> {
        let says: Vec<_> = notice.made.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request =
            RequestBytes { method: "POST".to_owned(), target: notice.made.url.clone(), headers: Vec::new(), body: says.join("&").into() };
        let verdict = |answer: &AnswerBytes| if &answer.body[..] == b"success" { Ok(()) } else { Err("it is not the word") };
        Ok(Sealed { provider: "test", method: "tell".to_owned(), request, verdict })
    }

    fn try_again_after(&self, _: &Notice, tried: usize) -> Option<i64> {
        (tried < 3).then_some(60)
    }
}

/// A merchant behind a socket: what it was told, and how many told it at once.
#[derive(Default)]
struct Merchant {
    told: Mutex<Vec<String>>,
    here: AtomicUsize,
    most: AtomicUsize,
}

impl Merchant {
    /// One who answers this after so long.
    fn that(answers: &'static str, after: Duration) -> (SocketAddr, Arc<Self>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, merchant) = (listener.local_addr().unwrap(), Arc::<Self>::default());
        let kept = merchant.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(stream), kept) = (stream, kept.clone()) else { return };
                std::thread::spawn(move || kept.hear(&stream, answers, after));
            }
        });
        (address, merchant)
    }

    fn hear(&self, mut stream: &TcpStream, answers: &str, after: Duration) {
        let mut reader = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line).unwrap_or(0) > 2 {
            if let Some(told) = line.to_lowercase().strip_prefix("content-length:") {
                length = told.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let here = self.here.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(here, Ordering::SeqCst);
        self.told.lock().unwrap().push(String::from_utf8(body).unwrap());
        std::thread::sleep(after);
        self.here.fetch_sub(1, Ordering::SeqCst);
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answers}", answers.len());
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

/// One who takes a connection and says nothing.
fn hanging() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().map(Result::unwrap).collect::<Vec<_>>());
    address
}

fn made(number: usize, to: SocketAddr) -> NoticeMade {
    NoticeMade {
        notice: format!("n{number}").as_str().into(),
        app: "app".into(),
        kind: "told".to_owned(),
        url: format!("http://{to}/notify"),
        parameters: vec![("n".to_owned(), number.to_string())],
        due: Moment(NOW),
    }
}

fn make(sandbox: &Sandbox, notices: impl IntoIterator<Item = NoticeMade>) {
    sandbox.run(|call| notices.into_iter().for_each(|made| call.record(made))).unwrap().settled_blocking().unwrap();
}

fn open(engine: &Engine) -> Arc<Sandbox> {
    let (new, found) = shop("1", 7);
    engine.create(&new, found).unwrap()
}

fn wait<R>(work: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < AT_LAST, "{what} never came to be");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn taken(sandbox: &Sandbox, number: usize) -> bool {
    sandbox.look(|world, _| world.notices().get(&format!("n{number}").as_str().into()).unwrap().is_taken())
}

fn notice(sandbox: &Sandbox, number: usize) -> Notice {
    sandbox.look(|world, _| world.notices().get(&format!("n{number}").as_str().into()).cloned().unwrap())
}

#[test]
fn merchants_who_hang_delay_nobody_elses_notices() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (address, merchant) = Merchant::that("success", Duration::ZERO);
    // one after another they would take minutes
    let hang: Vec<_> = (100..160).map(|number| made(number, hanging())).collect();
    make(&sandbox, hang.into_iter().chain((0..20).map(|number| made(number, address))));
    engine.attend(Arc::new(Plain));
    until("all twenty were told", || (0..20).all(|number| taken(&sandbox, number)));
    assert_eq!(merchant.told().len(), 20, "one was told twice");
}

#[test]
fn to_one_target_notices_go_in_order_and_one_at_a_time() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (address, merchant) = Merchant::that("success", Duration::from_millis(1));
    engine.attend(Arc::new(Plain));
    for number in 0..40 {
        make(&sandbox, [made(number, address)]);
    }
    until("all forty were told", || (0..40).all(|number| taken(&sandbox, number)));
    assert_eq!(merchant.told(), (0..40).map(|number| format!("n={number}")).collect::<Vec<_>>());
    assert_eq!(merchant.most.load(Ordering::SeqCst), 1);
}

#[test]
fn with_the_switch_on_order_is_broken_and_the_same_seed_breaks_it_the_same_way() {
    let told = |on: bool| {
        let engine = engine(&Arc::new(Memory::new()));
        let sandbox = open(&engine);
        let (address, merchant) = Merchant::that("success", Duration::ZERO);
        sandbox.run(|call| call.record(SwitchTurned { switch: Switch::NoticesOutOfOrder, on })).unwrap();
        make(&sandbox, (0..10).map(|number| made(number, address)));
        assert_eq!(wait(pass(&engine, &Plain, &sandbox, Moment(NOW))).unwrap().total(), 10);
        merchant.told()
    };
    let (kept, broken) = (told(false), told(true));
    assert_ne!(kept, broken);
    assert_eq!(told(true), broken, "seed 7");
    let sorted = |mut told: Vec<String>| {
        told.sort();
        told
    };
    assert_eq!(sorted(kept), sorted(broken));
}

#[test]
fn out_of_order_a_target_is_told_several_at_once_but_not_without_bound() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (address, merchant) = Merchant::that("success", Duration::from_millis(20));
    sandbox.run(|call| call.record(SwitchTurned { switch: Switch::NoticesOutOfOrder, on: true })).unwrap();
    make(&sandbox, (0..40).map(|number| made(number, address)));
    engine.attend(Arc::new(Plain));
    until("all forty were told", || (0..40).all(|number| taken(&sandbox, number)));
    assert!((2..=4).contains(&merchant.most.load(Ordering::SeqCst)), "{:?} at once", merchant.most);
    assert_eq!(merchant.told().len(), 40);
}

/// A meddler made of a function.
struct Meddling(fn() -> Bent);

impl Meddler for Meddling {
    fn meddle(&self, _: &dyn Courier, sandbox: &Sandbox, leaving: &Leaving<'_>) -> Result<Bent, Unsettled> {
        // it may record what it did
        sandbox.run(|_| ())?;
        let is_first = leaving.parameters == [("n".to_owned(), "0".to_owned())];
        Ok(if is_first { Bent { cause: Some("by the test".to_owned()), ..self.0() } } else { Bent::default() })
    }
}

/// What a merchant hears of three notices when the first is meddled with, and what its history says.
fn meddled(meddle: fn() -> Bent) -> (Vec<String>, Notice, Vec<String>) {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (address, merchant) = Merchant::that("success", Duration::ZERO);
    engine.set_meddler(Arc::new(Meddling(meddle)));
    make(&sandbox, (0..3).map(|number| made(number, address)));
    wait(pass(&engine, &Plain, &sandbox, Moment(NOW + 30_000))).unwrap();
    let remarks = sandbox.journal().after(0, 100, |exchange| exchange.about.as_deref() == Some("n0"));
    let remarks = remarks.exchanges.iter().flat_map(|exchange| exchange.flags.iter().map(|flag| flag.text.clone())).collect();
    (merchant.told(), notice(&sandbox, 0), remarks)
}

#[test]
fn a_delivery_can_be_doubled_changed_lost_or_overtaken_and_its_history_says_so() {
    let (told, notice, remarks) = meddled(|| Bent { copies: 2, ..Bent::default() });
    assert_eq!(told, ["n=0", "n=0", "n=0", "n=1", "n=2"]);
    assert_eq!((notice.attempts.len(), notice.attempts[0].special.as_ref().unwrap().copies), (1, 2));
    assert_eq!(remarks, ["by a fault: by the test"; 3]);
    let (told, notice, _) =
        meddled(|| Bent { edits: vec![("n".to_owned(), Some("9".to_owned())), ("x".to_owned(), None)], ..Bent::default() });
    assert_eq!(told, ["n=9", "n=1", "n=2"]);
    assert!(!notice.is_taken(), "what was taken is not what the notice says");
    assert_eq!(notice.made.parameters, [("n".to_owned(), "0".to_owned())], "the notice itself was changed");
    let (told, notice, remarks) = meddled(|| Bent { fate: Some(Fate::Lost), ..Bent::default() });
    assert_eq!(told, ["n=1", "n=2"]);
    assert_eq!((notice.attempts[0].attempt, notice.next), (Attempt::Lost, Some(Moment(NOW + 60_000))));
    assert_eq!(notice.attempts[0].special.as_ref().unwrap().cause.as_deref(), Some("by the test"));
    assert_eq!(remarks, ["by a fault: by the test", "nothing was sent"], "what never left is in the journal, too");
    for (fate, attempt, times) in [(Fate::Unreachable, Attempt::Unreachable, 0), (Fate::Unanswered, Attempt::TimedOut, 1)] {
        let meddle: fn() -> Bent = match fate {
            Fate::Unreachable => || Bent { fate: Some(Fate::Unreachable), ..Bent::default() },
            _ => || Bent { fate: Some(Fate::Unanswered), ..Bent::default() },
        };
        let (told, notice, remarks) = meddled(meddle);
        assert_eq!((told.iter().filter(|told| *told == "n=0").count(), notice.attempts[0].attempt), (times, attempt), "{fate:?}");
        assert_eq!(notice.next, Some(Moment(NOW + 60_000)), "{fate:?}");
        assert_eq!(remarks[0], "by a fault: by the test");
        assert_eq!(remarks.iter().any(|remark| remark == "nothing was sent"), times == 0, "{remarks:?}");
    }
    let (told, notice, remarks) = meddled(|| Bent { put_off_ms: Some(1), ..Bent::default() });
    assert_eq!(told, ["n=1", "n=2", "n=0"], "it is put off again and again, or not at all");
    assert_eq!((notice.put_off.unwrap().until, notice.attempts[0].at), (Moment(NOW + 1), Moment(NOW + 1)));
    assert_eq!(remarks, ["by a fault: by the test", "nothing was sent", "by a fault: by the test"], "put off, and sent later");
    assert_eq!(notice.attempts[0].special.as_ref().unwrap().cause.as_deref(), Some("by the test"));
}

#[test]
fn a_notice_that_somebody_asks_for_leaves_the_calendar_as_it_was() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (no, stubborn) = Merchant::that("fail", Duration::ZERO);
    let (yes, friendly) = Merchant::that("success", Duration::ZERO);
    make(&sandbox, [made(0, no), made(1, yes)]);
    let asked = |number: usize, edits| wait(engine.resend(&Plain, &sandbox, &format!("n{number}").as_str().into(), edits)).unwrap();
    assert_eq!(asked(0, Vec::new()), Attempt::NotTaken);
    assert_eq!(notice(&sandbox, 0).next, Some(Moment(NOW)));
    let passed = wait(pass(&engine, &Plain, &sandbox, Moment(NOW + 30_000))).unwrap();
    assert_eq!(passed.total(), 2);
    assert_eq!(asked(0, Vec::new()), Attempt::NotTaken);
    let left = wait(pass(&engine, &Plain, &sandbox, Moment(NOW + 3_600_000))).unwrap();
    let times: Vec<_> = left.ran.iter().map(|one| (one.at.0 - NOW) / 1_000).collect();
    assert_eq!(times, [60, 120], "three attempts of its calendar, whatever was asked for");
    let (kept, again) = (notice(&sandbox, 0), stubborn.told().len());
    assert_eq!((kept.attempts.len(), kept.scheduled(), again), (5, 3, 5));
    // one that was taken can be had again, also with other words
    assert_eq!(asked(1, vec![("n".to_owned(), Some("8".to_owned()))]), Attempt::Taken);
    assert_eq!(friendly.told(), ["n=1", "n=8"]);
    let special = notice(&sandbox, 1).attempts[1].special.clone().unwrap();
    assert!(special.asked && special.edited == [("n".to_owned(), Some("8".to_owned()))]);
}

#[test]
fn a_notice_taken_when_somebody_asked_for_it_has_come_to_its_end() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (address, merchant) = Merchant::that("success", Duration::ZERO);
    make(&sandbox, [made(0, address)]);
    let attempt = wait(engine.resend(&Plain, &sandbox, &"n0".into(), vec![("n".to_owned(), Some("5".to_owned()))])).unwrap();
    assert_eq!((attempt, notice(&sandbox, 0).next), (Attempt::Taken, Some(Moment(NOW))), "other words are another notice");
    assert_eq!(wait(engine.resend(&Plain, &sandbox, &"n0".into(), Vec::new())).unwrap(), Attempt::Taken);
    assert_eq!(wait(pass(&engine, &Plain, &sandbox, Moment(NOW + 3_600_000))).unwrap().total(), 0);
    assert_eq!(merchant.told(), ["n=5", "n=0"]);
}

#[test]
fn whatever_the_disk_stops_at_every_notice_is_delivered_and_none_twice_that_was_recorded() {
    for appends in 2..14 {
        let inner = Arc::new(Memory::new());
        let failing = Arc::new(Failing { left: AtomicI64::new(appends), ..Failing::over(inner.clone()) });
        let keys = Arc::new(KeyStore::open(None).unwrap());
        let before = Engine::open(failing, keys).unwrap();
        let (address, merchant) = Merchant::that("success", Duration::ZERO);
        let (new, found) = shop("1", 7);
        let sandbox = before.create(&new, found).unwrap();
        let mut known = 0;
        for number in 0..4 {
            let ran = sandbox.run(|call| call.record(made(number, address)));
            // sent while the disk is still at it, if it were sent so early
            let _ = wait(pass(&before, &Plain, &sandbox, Moment(NOW)));
            if ran.is_ok_and(|ran| ran.settled_blocking().is_ok()) {
                known = number + 1;
            }
        }
        assert!(merchant.told().iter().all(|told| told[2..].parse::<usize>().unwrap() < known), "sent before it was durable");
        // the process ends, and another one begins with what is on disk
        drop((sandbox, before));
        let after = engine(&inner);
        let sandbox = after.sandbox("1").unwrap();
        let recorded: Vec<_> = (0..known).filter(|number| taken(&sandbox, *number)).collect();
        wait(pass(&after, &Plain, &sandbox, Moment(NOW))).unwrap();
        let told = merchant.told();
        for number in 0..known {
            let times = told.iter().filter(|told| **told == format!("n={number}")).count();
            let most = if recorded.contains(&number) { 1 } else { 2 };
            assert!(times >= 1 && times <= most, "after {appends} appends notice {number} came {times} times");
        }
    }
}

#[test]
fn on_a_running_clock_the_next_attempt_comes_although_nothing_else_happens() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (address, merchant) = Merchant::that("fail", Duration::ZERO);
    sandbox.run(|call| call.record(Clock::Running { offset_ms: 0 })).unwrap().settled_blocking().unwrap();
    let now = sandbox.run(|call| call.now()).unwrap().settled_blocking().unwrap();
    // due a little after the last event
    make(&sandbox, [NoticeMade { due: Moment(now.0 + 300), ..made(0, address) }]);
    engine.attend(Arc::new(Plain));
    until("it was tried", || !notice(&sandbox, 0).attempts.is_empty());
    assert_eq!(merchant.told().len(), 1);
}

#[test]
fn after_a_clock_was_set_running_a_notice_is_sent_at_what_it_shows() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (address, _) = Merchant::that("success", Duration::ZERO);
    make(&sandbox, [made(0, address)]);
    sandbox.run(|call| call.record(Clock::Running { offset_ms: 0 })).unwrap().settled_blocking().unwrap();
    assert_eq!(wait(engine.resend(&Plain, &sandbox, &"n0".into(), Vec::new())).unwrap(), Attempt::Taken);
    let sent = sandbox.journal().after(0, 1, |_| true).exchanges[0].clone();
    assert!(sent.at.0 > NOW, "it is said to have been sent at {:?}", sent.at);
}

#[test]
fn a_copy_of_a_sandbox_tells_nobody_what_waits_in_the_other() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (address, merchant) = Merchant::that("success", Duration::ZERO);
    make(&sandbox, [made(0, address)]);
    let copy = engine.fork(&sandbox, "copy", |count| format!("9021{count:012}").as_str().into()).unwrap();
    assert_eq!(wait(pass(&engine, &Plain, &copy, Moment(NOW + 60_000))).unwrap().total(), 0);
    assert_eq!(wait(pass(&engine, &Plain, &sandbox, Moment(NOW))).unwrap().total(), 1);
    assert_eq!(merchant.told().len(), 1);
    copy.run(|call| call.record(made(1, address))).unwrap().settled_blocking().unwrap();
    assert_eq!(wait(pass(&engine, &Plain, &copy, Moment(NOW))).unwrap().total(), 1, "the copy tells what happens in it");
}

/// The rules of the house, and a store that stops just before they are asked.
struct StoppedBefore(engine::fault::Meddling, Arc<Failing>);

impl Meddler for StoppedBefore {
    fn meddle(&self, courier: &dyn Courier, sandbox: &Sandbox, leaving: &Leaving<'_>) -> Result<Bent, Unsettled> {
        self.1.fail();
        let last = sandbox.run(|call| call.record(made(1, SocketAddr::from(([127, 0, 0, 1], 1))))).unwrap();
        // a runtime's own thread may not wait like this
        std::thread::spawn(move || assert!(last.settled_blocking().is_err())).join().unwrap();
        self.0.meddle(courier, sandbox, leaving)
    }
}

#[test]
fn where_what_a_fault_counts_cannot_be_kept_nothing_is_sent() {
    let failing = Arc::new(Failing::over(Arc::new(Memory::new())));
    let engine = Engine::open(failing.clone(), Arc::new(KeyStore::open(None).unwrap())).unwrap();
    let sandbox = open(&engine);
    let (address, merchant) = Merchant::that("success", Duration::ZERO);
    make(&sandbox, [made(0, address)]);
    let rule = serde_json::from_str(r#"{"notice":"*","deliver":"wrong_signature"}"#).unwrap();
    sandbox.run(|call| call.record(world::fault::FaultMade { fault: 1, rule })).unwrap().settled_blocking().unwrap();
    engine.set_meddler(Arc::new(StoppedBefore(engine::fault::Meddling::at("http://127.0.0.1:8600".into()), failing)));
    assert!(wait(engine.resend(&Plain, &sandbox, &"n0".into(), Vec::new())).is_err());
    assert_eq!(merchant.told(), [""; 0], "it was sent without its fault");
}

/// The rules of the house, and a store that stops with the very count of theirs.
struct StopsAtTheCount(engine::fault::Meddling, Arc<Failing>);

impl Meddler for StopsAtTheCount {
    fn meddle(&self, courier: &dyn Courier, sandbox: &Sandbox, leaving: &Leaving<'_>) -> Result<Bent, Unsettled> {
        self.1.fail();
        self.0.meddle(courier, sandbox, leaving)
    }
}

#[test]
fn nothing_is_sent_before_what_its_fault_counts_is_kept() {
    let failing = Arc::new(Failing::over(Arc::new(Memory::new())));
    let engine = Engine::open(failing.clone(), Arc::new(KeyStore::open(None).unwrap())).unwrap();
    let sandbox = open(&engine);
    let (address, merchant) = Merchant::that("success", Duration::ZERO);
    make(&sandbox, [made(0, address)]);
    let rule = serde_json::from_str(r#"{"notice":"*","nth":1,"deliver":"twice"}"#).unwrap();
    sandbox.run(|call| call.record(world::fault::FaultMade { fault: 1, rule })).unwrap().settled_blocking().unwrap();
    engine.set_meddler(Arc::new(StopsAtTheCount(engine::fault::Meddling::at("http://127.0.0.1:8600".into()), failing)));
    assert!(wait(engine.resend(&Plain, &sandbox, &"n0".into(), Vec::new())).is_err());
    assert_eq!(merchant.told(), [""; 0], "it was sent, and its fault strikes again after a start");
}

#[test]
fn a_merchant_whose_answer_a_fault_lost_is_waited_for_as_long_as_any() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (address, _) = Merchant::that("success", Duration::from_secs(1));
    engine.set_meddler(Arc::new(Meddling(|| Bent { fate: Some(Fate::Unanswered), ..Bent::default() })));
    make(&sandbox, (0..2).map(|number| made(number, address)));
    wait(pass(&engine, &Plain, &sandbox, Moment(NOW + 30_000))).unwrap();
    let came = [0, 1].map(|number| notice(&sandbox, number).attempts[0].attempt);
    assert_eq!(came, [Attempt::TimedOut, Attempt::Taken]);
}

#[test]
fn neither_a_fork_nor_an_imported_file_tells_merchants_what_waited_where_it_came_from() {
    let engine = engine(&Arc::new(Memory::new()));
    let sandbox = open(&engine);
    let (address, merchant) = Merchant::that("success", Duration::ZERO);
    make(&sandbox, [made(0, address)]);
    let file = engine.export(&sandbox).unwrap();
    let fork = engine.fork(&sandbox, "fork", |count| format!("f{count}").as_str().into()).unwrap();
    engine.drop_sandbox("1").unwrap();
    let imported = engine.import("copy", &file).unwrap();
    for (before, copy) in [fork, imported].into_iter().enumerate() {
        assert_eq!(wait(pass(&engine, &Plain, &copy, Moment(NOW + 3_600_000))).unwrap().total(), 0);
        assert_eq!((merchant.told().len(), notice(&copy, 0).next), (before, None), "{}", copy.name());
        // what was read is what is on disk
        let again = engine.export(&copy).unwrap();
        assert!(again.contains("notices_dropped"));
        assert_eq!(wait(engine.resend(&Plain, &copy, &"n0".into(), Vec::new())).unwrap(), Attempt::Taken, "whoever asks gets it");
    }
}
