//! Merchants that no kit would wish for: whatever they answer, a check ends within bounds and says in a sentence what it met. None of
//! them is judged wrongly: what broke off is no verdict, and what nobody showed is not proved.

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Html;
use conformance::judge::Standing;
use conformance::practice::{Practice, Setup};
use conformance::{Judged, Terms, judge_by};
use scenarios::merchant::Description;
use scenarios::{Merchant, Playbill, Run, Season, Target, Venue};
use server::house::{DEMO, House, Plan};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Far longer than anything here takes: only what never ends meets it.
const GUARD: Duration = Duration::from_mins(5);
/// What is played: the visit, and three stories that would show more.
const STORIES: [&str; 4] = [
    "library/alipay/shop_visit.feature",
    "library/alipay/pay/counter.feature",
    "library/alipay/fast/one_step.feature",
    "library/alipay/opening/lost_reply.feature",
];

/// What a merchant's port does with whoever connects.
#[derive(Clone, Copy, Debug)]
enum Port {
    /// Nobody listens.
    Closed,
    /// Takes the connection and never says a word.
    Silent,
    /// Says a little, and a little more, and never comes to an end.
    Trickles,
    /// Closes at once.
    HangsUp,
    /// Closes in the middle of the answer.
    HangsUpLater,
    /// Answers with bytes that are no HTTP.
    Garbage,
    /// Answers with a head that does not end.
    EndlessHead,
    /// Answers with a body that does not end.
    EndlessBody,
    /// Says that the body is longer than anything.
    Boasts,
}

/// One kind of them.
struct Kind {
    name: String,
    /// How long the till is given for an answer: short where none ever comes, long where one always does.
    timeout: &'static str,
    standing: Standing,
    /// What is told of it: one of these, since the machine's system chooses among some words.
    says: &'static [&'static str],
}

fn kind(name: &str, says: &'static [&'static str]) -> Kind {
    Kind { name: name.to_owned(), timeout: "60 s", standing: Standing::Broken, says }
}

async fn open(port: Port) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    if !matches!(port, Port::Closed) {
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(port, stream));
            }
        });
    }
    address
}

async fn answer(port: Port, mut stream: TcpStream) {
    let mut asked = [0; 4096];
    let _ = stream.read(&mut asked).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let _ = match port {
        Port::Closed | Port::HangsUp => Ok(()),
        Port::Silent => std::future::pending().await,
        Port::Trickles => {
            let _ = stream.write_all(format!("{head}\r\n").as_bytes()).await;
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                if stream.write_all(b" ").await.is_err() {
                    break Ok(());
                }
            }
        }
        Port::HangsUpLater => stream.write_all(format!("{head}content-length: 900\r\n\r\n{{\"link\":").as_bytes()).await,
        Port::Garbage => stream.write_all(&[0x16, 0x03, 0x01, 0xff, 0x00, b'\r', b'\n', 0x80, b'\r', b'\n', b'\r', b'\n']).await,
        Port::EndlessHead => {
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(format!("x-more: {}\r\n", "m".repeat(4_000)).as_bytes()).await.is_ok() {}
            Ok(())
        }
        Port::EndlessBody => {
            let _ = stream.write_all(format!("{head}\r\n").as_bytes()).await;
            while stream.write_all(&[b'x'; 8_192]).await.is_ok() {}
            Ok(())
        }
        Port::Boasts => stream.write_all(format!("{head}content-length: 99999999999999999999999\r\n\r\n{{}}").as_bytes()).await,
    };
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// Says the same to everything.
async fn says(status: StatusCode, name: header::HeaderName, value: &str, body: &'static str) -> String {
    let headers: HeaderMap = [(name, value.parse().unwrap())].into_iter().collect();
    serve(Router::new().fallback(async move || (status, headers, body))).await
}

async fn house() -> House {
    House::open(&Plan { listen: vec!["127.0.0.1:0".to_owned()], seed: Some(3), ..Plan::default() }).await.unwrap()
}

/// What a check of a merchant that runs comes to, with so much patience, and how many stories were begun.
async fn checked(house: &House, till: &str, timeout: &str, patience: Duration) -> (Judged, usize) {
    let toml = format!("name = \"hostile\"\n[till]\nkind = \"till-api\"\naddress = \"{till}\"\ntimeout = \"{timeout}\"\n");
    let description = Description::from_bytes("merchant.toml", toml.as_bytes()).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let target = Target::at(&house.base(), Merchant::running(description)).sandbox(DEMO);
    let mut season = Season::new(Venue::One(target), 1, String::new());
    season.patience = patience;
    let bill = Playbill::open(STORIES).unwrap();
    let runs = tokio::time::timeout(GUARD, season.play(&bill, &mut |_| ())).await.expect("a check ends, whoever the merchant is");
    let given_up = |run: &&Run| run.broken().is_some_and(|why| why.starts_with("not begun"));
    let played: BTreeSet<&str> = runs.iter().filter(|run| !given_up(run)).map(|run| run.story.path.as_str()).collect();
    (judge_by(&runs, &Terms::default()), played.len())
}

async fn is_told(house: &House, till: String, kind: &Kind) {
    let (judged, _) = checked(house, &till, kind.timeout, Duration::from_mins(1)).await;
    let Kind { name, standing, says, .. } = kind;
    assert_eq!(judged.standing(), *standing, "{name}: {:?}", judged.trouble);
    assert!(judged.breached().next().is_none(), "{name} was judged: {judged:?}");
    let why = judged.trouble.unwrap_or_default();
    assert!(says.iter().any(|words| why.contains(words)), "{name}: {why:?} says nothing of {says:?}");
    assert!(why.lines().count() <= 1 && why.chars().count() < 400, "{name}: one sentence, not {why:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_misbehaves_is_told_in_a_sentence_and_is_no_verdict() {
    let house = house().await;
    for (port, timeout, says) in [
        (Port::Closed, "60 s", &["refused"][..]),
        (Port::Silent, "200 ms", &["in time"]),
        (Port::Trickles, "200 ms", &["in time"]),
        (Port::HangsUp, "60 s", &["closed", "reset"]),
        (Port::HangsUpLater, "60 s", &["end of file", "closed", "reset"]),
        (Port::Garbage, "60 s", &["HTTP", "invalid"]),
        (Port::EndlessHead, "60 s", &["too large", "too many", "reset", "closed"]),
        (Port::EndlessBody, "60 s", &["larger than"]),
        (Port::Boasts, "60 s", &["content-length", "invalid"]),
    ] {
        is_told(&house, open(port).await, &Kind { name: format!("{port:?}"), timeout, standing: Standing::Broken, says }).await;
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_means_nothing_is_told_in_a_sentence_and_is_no_verdict() {
    let house = house().await;
    let nginx = async || Html("<html><h1>Welcome to nginx</h1></html>");
    is_told(&house, serve(Router::new().fallback(nginx)).await, &kind("HTML everywhere", &["Welcome to nginx"])).await;
    let around = says(StatusCode::FOUND, header::LOCATION, "/setup", "").await;
    let redirects = Kind { standing: Standing::NotProved, ..kind("a redirect to itself", &[""]) };
    is_told(&house, around, &redirects).await;
    let binary = says(StatusCode::OK, header::CONTENT_TYPE, "application/json", "\u{0}\u{1}\u{7f}").await;
    is_told(&house, binary, &kind("control characters", &["no JSON"])).await;
    let yes = says(StatusCode::OK, header::CONTENT_TYPE, "application/json", "{}").await;
    is_told(&house, yes, &Kind { standing: Standing::NotProved, ..kind("says yes to everything", &[""]) }).await;
    let no_tls = open(Port::Garbage).await.replace("http:", "https:");
    is_told(&house, no_tls, &kind("https without TLS", &["https", "TLS", "tls", "scheme", "InvalidContentType", "corrupt"])).await;
    house.close().await;
}

/// The practice merchant behind a door that is shut for ever as soon as somebody wants to pay.
async fn crashes_at_the_sale(house: &House) -> (String, Practice) {
    let app = house.app(DEMO).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let setup = Setup {
        gateway: format!("{}/gateway.do", house.base()),
        app_id: app.app_id,
        app_private_key: app.app_private_key,
        alipay_public_key: app.alipay_public_key,
        public_url: Some(address.clone()),
        ..Setup::default()
    };
    let practice = Practice::start(setup).await.unwrap();
    let inside = practice.address().trim_start_matches("http://").to_owned();
    let (shut, is_shut) = watch::channel(false);
    tokio::spawn(async move {
        let mut ending = is_shut.clone();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = ending.wait_for(|shut| *shut) => return,
            };
            let Ok((outside, _)) = accepted else { return };
            tokio::spawn(pass(outside, inside.clone(), shut.clone(), is_shut.clone()));
        }
    });
    (address, practice)
}

async fn pass(outside: TcpStream, inside: String, shut: watch::Sender<bool>, mut is_shut: watch::Receiver<bool>) {
    let (mut asks, mut hears) = split(outside);
    let (mut answers, mut is_asked) = split(TcpStream::connect(inside).await.unwrap());
    let forth = async {
        let mut bytes = [0; 16_384];
        while let Ok(count @ 1..) = asks.read(&mut bytes).await {
            if bytes[..count].windows(15).any(|part| part == b"POST /till/sale") {
                shut.send_replace(true);
                return;
            }
            if is_asked.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = forth => {}
        _ = copy(&mut answers, &mut hears) => {}
        _ = is_shut.wait_for(|shut| *shut) => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_that_dies_in_mid_run_is_told_and_what_it_showed_before_stands() {
    let house = house().await;
    let (address, practice) = crashes_at_the_sale(&house).await;
    let (judged, _) = checked(&house, &address, "60 s", Duration::from_mins(1)).await;
    assert_eq!(judged.standing(), Standing::Broken, "{judged:?}");
    assert!(judged.trouble.as_deref().is_some_and(|why| why.contains("POST") && why.contains("/till/sale")), "{:?}", judged.trouble);
    assert_eq!(judged.verdict("SIG-007"), Some(&conformance::Verdict::Holds), "it signed rightly while it lived");
    assert!(judged.breached().next().is_none(), "{judged:?}");
    practice.stop().await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_answers_is_given_up_on_when_patience_ends() {
    let house = house().await;
    for (patience, begun) in [(Duration::ZERO, 1), (Duration::from_hours(1), STORIES.len())] {
        let (judged, played) = checked(&house, &open(Port::Silent).await, "50 ms", patience).await;
        assert_eq!((played, judged.standing()), (begun, Standing::Broken), "{patience:?}");
        assert!(judged.trouble.as_deref().is_some_and(|why| why.contains("in time")), "{:?}", judged.trouble);
    }
    house.close().await;
}
