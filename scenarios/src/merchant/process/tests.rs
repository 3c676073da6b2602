//! Programs that start, do not start, and are ended: small shell scripts stand for merchants.

use super::running::KEPT;
use super::*;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::sleep;

fn plan(script: &str) -> ProcessPlan {
    let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
    ProcessPlan {
        argv,
        folder: PathBuf::new(),
        env: [("OWN".to_owned(), "{app_id}!".to_owned())].into(),
        start: Duration::from_secs(30),
        announces: true,
        reuse: false,
    }
}

fn account(app_id: &str) -> Account {
    Account { app_id: app_id.to_owned(), ..Account::default() }
}

async fn open(script: &str) -> Result<Program, String> {
    Program::open(&plan(script), None, &account("9021"), Rested::default()).await
}

async fn refusal(script: &str, start: Duration) -> String {
    let plan = ProcessPlan { start, ..plan(script) };
    let begun = Instant::now();
    let Err(why) = Program::open(&plan, None, &Account::default(), Rested::default()).await else { panic!("it started") };
    assert!(begun.elapsed() < Duration::from_secs(25), "it took {:?}", begun.elapsed());
    why
}

/// Says where it listens: at the place it was told, else at a place of its own choice.
const LISTENING: &str = r#"place=$MERCHANT_LISTEN; case $place in *:0) place=127.0.0.1:4321;; esac
    echo "{\"event\":\"listening\",\"address\":\"http://$place\"}"; echo "$OWN $ALIPAY_APP_ID $MERCHANT_LISTEN" >&2; exec sleep 300"#;

/// What a program said, once it contains this.
async fn said(program: &Program, part: &str) -> String {
    for _ in 0..3_000 {
        let said = program.said();
        if said.contains(part) {
            return said;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("{part} was never said: {}", program.said());
}

#[tokio::test]
async fn a_program_is_told_its_account_killed_and_started_again_where_it_listened() {
    let program = open(LISTENING).await.unwrap();
    assert_eq!((program.address().as_str(), program.is_running()), ("http://127.0.0.1:4321", true));
    said(&program, "9021! 9021 127.0.0.1:0").await;
    program.kill().await.unwrap();
    assert!(!program.is_running());
    program.start().await.unwrap();
    assert!(program.is_running());
    said(&program, "9021! 9021 127.0.0.1:4321").await;
}

#[tokio::test]
async fn what_a_program_started_ends_with_it() {
    let program = open(&format!("sleep 300 & echo \"child $! .\" >&2; {LISTENING}")).await.unwrap();
    let said = said(&program, " .").await;
    let child: u32 = said.split(' ').nth(1).unwrap().parse().unwrap();
    drop(program);
    let gone = |id: u32| std::fs::read_to_string(format!("/proc/{id}/stat")).map_or(true, |stat| stat.contains(") Z "));
    for _ in 0..3_000 {
        if gone(child) {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("process {child} is still there");
}

#[tokio::test]
async fn a_program_that_does_not_start_says_why() {
    let why = refusal("echo 'no key given' >&2; exit 2", Duration::from_secs(20)).await;
    assert!(why.contains("ended before it listened") && why.contains("no key given"), "{why}");
    // as Node prints it: the error, and where it was behind it
    let node = "printf 'Error [ERR_MODULE_NOT_FOUND]: Cannot find package '\\''alipay-sdk'\\'' imported from /shop/main.mjs\n' >&2; \
                for at in 1 2 3 4 5 6; do echo \"    at step (node:internal: $at)\" >&2; done; exit 1";
    let why = refusal(node, Duration::from_secs(20)).await;
    assert!(why.contains("Cannot find package 'alipay-sdk'") && why.contains("`npm ci`"), "{why}");
    let why = refusal("echo Welcome; exec sleep 300", Duration::from_secs(20)).await;
    assert!(why.contains("said `Welcome` on its first line"), "{why}");
    let why = refusal("exec sleep 300", Duration::from_millis(200)).await;
    assert!(why.contains("did not say within 200 ms where it listens"), "{why}");
    let why = refusal("yes | tr -d '\\n'", Duration::from_secs(20)).await;
    assert!(why.contains("yyyy"), "an endless line is cut: {why}");
    let missing = ProcessPlan { argv: vec!["/no/such/program".to_owned()], ..plan("") };
    let Err(why) = Program::open(&missing, None, &Account::default(), Rested::default()).await else { panic!("it started") };
    assert!(why.contains("`/no/such/program` cannot be started"), "{why}");
}

#[tokio::test]
async fn a_program_with_a_fixed_address_is_waited_for_there() {
    let plan = ProcessPlan { announces: false, start: Duration::from_millis(300), ..plan("exec sleep 300") };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    assert!(Program::open(&plan, Some(address.clone()), &Account::default(), Rested::default()).await.is_ok());
    drop(listener);
    let Err(why) = Program::open(&plan, Some(address.clone()), &Account::default(), Rested::default()).await else {
        panic!("nobody listens")
    };
    assert!(why.contains(&format!("did not listen at {address} within 300 ms")), "{why}");
}

#[tokio::test]
async fn what_a_program_says_is_kept_within_bounds() {
    let program = open(&format!("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo end. >&2; {LISTENING}")).await.unwrap();
    let said = said(&program, "end.").await;
    assert!(said.len() <= KEPT, "{}", said.len());
}

#[tokio::test]
async fn what_a_program_says_reaches_a_terminal_without_its_colours_and_in_few_short_lines() {
    let why =
        refusal(r"yes x | head -n 3000 >&2; printf '\033]0;title\007\033[31mred %0300d' 7 >&2; exit 2", Duration::from_secs(20)).await;
    assert!(!why.contains(char::is_control), "{why:?}");
    assert!(why.contains("[31mred") && why.matches(" x ").count() <= LAST_WORDS && why.len() < 1_000, "{why:?}");
}

/// Serves one shop after the other, each at a place of its own, and says who it acts for.
const REUSED: &str = r#"listening() { echo "{\"event\":\"listening\",\"address\":\"http://127.0.0.1:$1\"}"; }
    echo "first for $ALIPAY_APP_ID" >&2; listening 4001
    while read -r line; do case $line in
        *leave*) echo talk; echo '{"event":"left"}' ;;
        *) echo "process $$ told $line" >&2; listening 4002 ;;
    esac; done"#;

async fn reused(rested: &Rested, app_id: &str) -> Program {
    let plan = ProcessPlan { reuse: true, ..plan(REUSED) };
    Program::open(&plan, None, &account(app_id), rested.clone()).await.unwrap()
}

#[tokio::test]
async fn a_program_that_serves_one_shop_after_the_other_is_started_once() {
    let rested = Rested::default();
    let first = reused(&rested, "9021").await;
    assert_eq!(first.address(), "http://127.0.0.1:4001");
    said(&first, "first for 9021").await;
    first.leave().await.unwrap();
    assert!(!first.is_running());
    let second = reused(&rested, "9022").await;
    assert_eq!(second.address(), "http://127.0.0.1:4002");
    let told = said(&second, "told").await;
    for part in [r#""ALIPAY_APP_ID":"9022""#, r#""MERCHANT_LISTEN":"127.0.0.1:0""#, r#""OWN":"9022!""#] {
        assert!(told.contains(part), "{part} is missing in {told}");
    }
    assert!(!told.contains("first"), "what it said for another play is nobody's: {told}");
    assert!(reused(&rested, "9023").await.address().ends_with(":4001"), "one that serves is not taken away");
}

#[tokio::test]
async fn a_program_that_was_ended_or_that_does_not_leave_is_started_anew() {
    let rested = Rested::default();
    let killed = reused(&rested, "9021").await;
    killed.kill().await.unwrap();
    killed.leave().await.unwrap();
    assert!(lock(&rested).is_empty());
    let plan = ProcessPlan { reuse: true, ..plan(LISTENING) };
    let deaf = Program::open(&plan, None, &account("9021"), rested.clone()).await.unwrap();
    deaf.leave().await.unwrap();
    assert!(lock(&rested).is_empty() && !deaf.is_running());
}

#[tokio::test]
async fn what_waits_for_another_play_ends_with_those_who_start_it() {
    let rested = Rested::default();
    let program = reused(&rested, "9021").await;
    program.leave().await.unwrap();
    let again = reused(&rested, "9022").await;
    let told = said(&again, "told").await;
    let process: u32 = told.split(' ').nth(1).unwrap().parse().unwrap();
    again.leave().await.unwrap();
    drop((program, again, rested));
    for _ in 0..3_000 {
        if std::fs::read_to_string(format!("/proc/{process}/stat")).map_or(true, |stat| stat.contains(") Z ")) {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("process {process} is still there");
}
