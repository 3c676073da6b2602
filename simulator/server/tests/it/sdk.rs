//! Other people's SDKs, unmodified, walk a member card's life and a round of refusals (`fixtures/judges`).
//!
//! Both sides of our wire share a crate, so these are the judges that count: each signs its requests and verifies every answer by
//! itself. A judge prints a JSON line a step; the table is shown when one fails. What an SDK cannot do is stated in its lines.

use crate::place::Place;
use crate::sdk_ready::{Ended, direct, fixtures, node_program, python_with, run};
use serde_json::Value;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How long a judge may take.
const LIMIT: Duration = Duration::from_mins(3);
/// How many steps a judge has, so that one that stops early in silence is noticed.
const STEPS: usize = 34;
/// Five steps a mode, and one more in certificate mode.
const MODE_STEPS: usize = 8 * 5 + 4;

#[test]
fn the_official_node_sdk_walks_a_card_through_its_life() {
    let judge = node_program("judges/node");
    let place = Place::in_memory(&[]);
    let mut node = direct("node");
    node.arg(judge.join("judge.mjs"));
    judged(&run(asked(node, &format!("{}/gateway.do", place.base), &place.base), LIMIT, "node is missing: sudo apt-get install nodejs"));
}

/// Key and certificate mode, classic and v3, AES on and off: eight sandboxes.
#[test]
fn the_official_node_sdk_is_understood_in_every_mode_it_has() {
    let judge = node_program("judges/node");
    let place = Place::in_memory(&[]);
    let mut node = direct("node");
    node.arg(judge.join("modes.mjs"));
    let ended = run(asked(node, &format!("{}/gateway.do", place.base), &place.base), LIMIT, "node is missing: sudo apt-get install nodejs");
    all_held(&ended, MODE_STEPS);
}

#[test]
fn the_community_python_sdk_walks_a_card_through_its_life() {
    let place = Place::in_memory(&[]);
    let python = python("judges/python-community");
    judged(&run(asked(python, &format!("{}/gateway.do", place.base), &place.base), LIMIT, "the environment's Python is gone"));
}

/// This SDK connects to port 80 whatever its address says, so an address of this machine has to be served there.
#[test]
fn the_official_python_sdk_walks_a_card_through_its_life() {
    let python = python("judges/python-official");
    let address = address_of_our_own();
    if TcpListener::bind((address, 80)).is_ok() {
        let place = Place::in_memory(&["--listen", &format!("{address}:80")]);
        judged(&run(asked(python, &format!("http://{address}/gateway.do"), &place.base), LIMIT, "the environment's Python is gone"));
        return;
    }
    let mut alone = direct("unshare");
    alone.args(["--user", "--map-root-user", "--net"]).arg("python3").arg(fixtures().join("judges/python/alone.py"));
    alone.arg(env!("CARGO_BIN_EXE_kabao")).arg(python.get_program()).args(python.get_args());
    for (name, value) in python.get_envs() {
        alone.env(name, value.unwrap_or_default());
    }
    let ended = run(alone, LIMIT, PORT_80);
    assert!(ended.output.contains("\"step\""), "{PORT_80}\n{}", ended.said());
    judged(&ended);
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

/// Fails with the table of steps unless every one held.
fn judged(ended: &Ended) {
    all_held(ended, STEPS);
}

fn all_held(ended: &Ended, expected: usize) {
    let steps: Vec<Value> = ended.output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let held = steps.iter().filter(|step| step["ok"] == true && step["step"] != "verdict").count();
    let verdict = steps.last().is_some_and(|last| last["step"] == "verdict" && last["ok"] == true);
    if ended.status.success() && verdict && held == steps.len() - 1 && held >= expected {
        return;
    }
    let table: String = steps.iter().map(row).collect();
    panic!("{held} steps held, {expected} were expected; {}\n{table}{}", ended.status, ended.errors);
}

fn row(step: &Value) -> String {
    let word = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
    let mark = if step["ok"] == true { "✓" } else { "✗" };
    let limit = step["sdk_limit"].as_str().map(|limit| format!("\n      the SDK's limit: {limit}")).unwrap_or_default();
    format!("  {mark} {}\n      {}{limit}\n", word("step"), word("detail"))
}
