//! Other people's SDKs, unmodified, walk a member card's life, a round of refusals, a day at the till and every mode they have (`fixtures/judges`).
//!
//! Both sides of our wire share a crate, so these are the judges that count: each signs its requests and verifies every answer by
//! itself. A judge runs once and prints a JSON line a step; its steps are shown when one fails. What an SDK cannot do is stated in
//! its lines, and `simulator/alipay/SDKS.md` is written from them (`sdk_page`).

use crate::place::Place;
use crate::sdk_page::{Judged, page};
use crate::sdk_ready::{Ended, direct, fixtures, node_program, python_with, run};
use serde_json::Value;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

/// How long a judge may take.
const LIMIT: Duration = Duration::from_mins(3);
/// How many steps a walk through a card's life has, so that a judge that stops early in silence is noticed.
const LIFE: usize = 34;
/// What a till does, in one dialect.
const MONEY: usize = 14;
/// Five steps a mode, one more in certificate mode, one for each mode an SDK lacks.
const NODE_MODES: usize = 9 * 5 + 4 + 1;
const COMMUNITY_MODES: usize = 4 * 5 + 2 + 3;
const OFFICIAL_MODES: usize = 3 * 5 + 3;

const NO_NODE: &str = "node is missing: sudo apt-get install nodejs npm";
const NO_PYTHON: &str = "the environment's Python is gone";

static NODE_LIFE: LazyLock<Ended> = LazyLock::new(|| node("judge.mjs"));
static NODE_ALL_MODES: LazyLock<Ended> = LazyLock::new(|| node("modes.mjs"));
static NODE_MONEY: LazyLock<Ended> = LazyLock::new(|| node("money.mjs"));
static COMMUNITY: LazyLock<Ended> = LazyLock::new(|| {
    let place = Place::in_memory(&[]);
    run(asked(python("judges/python-community"), &format!("{}/gateway.do", place.base), &place.base), LIMIT, NO_PYTHON)
});
static OFFICIAL: LazyLock<Ended> = LazyLock::new(official);

#[test]
fn the_official_node_sdk_walks_a_card_through_its_life() {
    all_held(&NODE_LIFE, LIFE);
}

/// Key and certificate mode, classic and v3, RSA2 and RSA, AES on and off.
#[test]
fn the_official_node_sdk_is_understood_in_every_mode_it_has() {
    all_held(&NODE_ALL_MODES, NODE_MODES);
}

/// Classic and v3; it verifies the notices as well, with its own two verifiers.
#[test]
fn the_official_node_sdk_pays_polls_cancels_refunds_and_believes_the_notices() {
    all_held(&NODE_MONEY, 2 * MONEY);
}

/// Key and certificate mode, RSA2 and RSA; at the till as well.
#[test]
fn the_community_python_sdk_walks_a_card_through_its_life_takes_money_and_is_understood_in_every_mode_it_has() {
    all_held(&COMMUNITY, LIFE + MONEY + COMMUNITY_MODES);
}

/// RSA2 and RSA, utf-8 and GBK; at the till as well.
#[test]
fn the_official_python_sdk_walks_a_card_through_its_life_takes_money_and_is_understood_in_every_mode_it_has() {
    all_held(&OFFICIAL, LIFE + MONEY + OFFICIAL_MODES);
}

#[test]
fn the_page_of_sdks_says_what_they_did() {
    let judged = [
        Judged::of("official Node SDK", "judges/node/package.json", "alipay-sdk", &[&NODE_LIFE, &NODE_MONEY, &NODE_ALL_MODES]),
        Judged::of("official Python SDK", "judges/python-official/requirements.txt", "alipay-sdk-python", &[&OFFICIAL]),
        Judged::of("community Python SDK", "judges/python-community/requirements.txt", "python-alipay-sdk", &[&COMMUNITY]),
    ];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../alipay/SDKS.md");
    let page = page(&judged);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "SDKS.md is out of date: run this test once with UPDATE=1 and read what changed");
}

fn node(program: &str) -> Ended {
    let judge = node_program("judges/node");
    let place = Place::in_memory(&[]);
    let mut node = direct("node");
    node.arg(judge.join(program));
    run(asked(node, &format!("{}/gateway.do", place.base), &place.base), LIMIT, NO_NODE)
}

/// This SDK connects to port 80 whatever its address says, so an address of this machine has to be served there.
fn official() -> Ended {
    let python = python("judges/python-official");
    let address = address_of_our_own();
    if TcpListener::bind((address, 80)).is_ok() {
        let place = Place::in_memory(&["--listen", &format!("{address}:80")]);
        return run(asked(python, &format!("http://{address}/gateway.do"), &place.base), LIMIT, NO_PYTHON);
    }
    let mut alone = direct("unshare");
    alone.args(["--user", "--map-root-user", "--net"]).arg("python3").arg(fixtures().join("judges/python/alone.py"));
    alone.arg(env!("CARGO_BIN_EXE_kabao")).arg(python.get_program()).args(python.get_args());
    for (name, value) in python.get_envs() {
        alone.env(name, value.unwrap_or_default());
    }
    let ended = run(alone, LIMIT, PORT_80);
    assert!(ended.output.contains("\"step\""), "{PORT_80}\n{}", ended.said());
    ended
}

const PORT_80: &str = "the official Python SDK connects to port 80 only, and this user may neither listen there nor make a network of its own. \
    Allow one of them: run the tests as root, or `sudo sysctl net.ipv4.ip_unprivileged_port_start=80`, or allow user namespaces \
    (`sudo sysctl kernel.unprivileged_userns_clone=1`, on some systems also `kernel.apparmor_restrict_unprivileged_userns=0`) with \
    unshare of the package util-linux installed";

/// One of the many loopback addresses, so that runs beside each other do not meet on port 80.
fn address_of_our_own() -> Ipv4Addr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 | (high & 63), middle, low.max(2))
}

fn python(folder: &str) -> Command {
    let (program, variables) = python_with(folder);
    let mut python = direct(program);
    python.arg(fixtures().join(folder).join("judge.py")).envs(variables);
    python
}

fn asked(mut judge: Command, gateway: &str, base: &str) -> Command {
    judge.env("KABAO_GATEWAY", gateway).env("KABAO_CONTROL", format!("{base}/_kabao/v1")).env("KABAO_FIXTURES", fixtures());
    judge.current_dir(Path::new(env!("CARGO_TARGET_TMPDIR")));
    judge
}

/// Fails with the steps unless every one held.
fn all_held(ended: &Ended, expected: usize) {
    let steps: Vec<Value> = ended.output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let held = steps.iter().filter(|step| step["ok"] == true && step["step"] != "verdict").count();
    let verdict = steps.last().is_some_and(|last| last["step"] == "verdict" && last["ok"] == true);
    if ended.status.success() && verdict && held == steps.len() - 1 && held == expected {
        return;
    }
    let rows: String = steps.iter().map(row).collect();
    panic!("{held} steps held, {expected} were expected; {}\n{rows}{}", ended.status, ended.errors);
}

fn row(step: &Value) -> String {
    let word = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
    let mark = if step["ok"] == true { "✓" } else { "✗" };
    let limit = step["sdk_limit"].as_str().map(|limit| format!("\n      the SDK's limit: {limit}")).unwrap_or_default();
    format!("  {mark} {}: {}\n      {}{limit}\n", word("mode"), word("step"), word("detail"))
}
