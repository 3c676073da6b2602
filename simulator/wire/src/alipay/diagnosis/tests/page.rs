//! The page `simulator/wire/DIAGNOSES.md` says what the catalogue and the table of clients say; `UPDATE=1` writes it.

use std::fmt::Write as _;

use super::clients::CLIENTS;
use crate::alipay::traps;

fn page() -> String {
    let mut page = String::from(
        "# What kabao diagnoses / kabao能诊断的问题\n\n\
         Written by a test (`UPDATE=1 cargo test -p kabao-wire`): do not edit. `kabao explain Q07` prints one, `--zh` in Chinese.\n\n\
         **Told by**: *signature* explains a wrong signature in `sub_msg`, the header `kabao-signature` and the journal; *request* is a \
         remark in `sub_msg` of a refusal and in the journal; *doctor* is `kabao doctor`; *documents* does not show at the gateway.\n\n\
         | | Mistake | 问题 | Told by | What to change | 如何修改 | A client that … |\n|---|---|---|---|---|---|---|\n",
    );
    for trap in traps::all() {
        let clients: Vec<&str> = CLIENTS.iter().filter(|(id, ..)| trap.id == *id).map(|(_, mistake, _)| *mistake).collect();
        let cells = [&trap.id, &trap.title, &trap.title_zh, &trap.told, &trap.change, &trap.change_zh].map(|text| text.replace('|', "\\|"));
        let _ = writeln!(page, "| {} | {} |", cells.join(" | "), clients.join("; "));
    }
    page
}

#[test]
fn the_page_of_all_diagnoses_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/DIAGNOSES.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, page()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page(), "DIAGNOSES.md is not what the catalogue says: write it with UPDATE=1 cargo test -p kabao-wire diagnoses");
}

#[test]
fn what_the_catalogue_says_is_told_here_has_a_client_and_the_other_way_round() {
    for trap in traps::all() {
        let shown = trap.is_told_by("signature") || trap.is_told_by("request");
        assert_eq!(CLIENTS.iter().any(|(id, ..)| trap.id == *id), shown, "{}", trap.id);
    }
}

/// Mistakes that no request can show, and why.
const SILENT: [(&str, &str); 3] = [
    ("Q03", "the SDK fails at reading the private key, before it sends anything"),
    ("Q26", "the SDK raises a TypeError while it encrypts, before it sends anything"),
    ("Q27", "the SDK ignores the port or raises a TypeError, so that nothing arrives"),
];

#[test]
fn each_mistake_of_the_request_side_has_a_client_or_a_reason_why_no_request_shows_it() {
    for number in 1..=29 {
        let id = format!("Q{number:02}");
        let clients = CLIENTS.iter().filter(|(of, ..)| id == *of).count();
        let silent = SILENT.iter().any(|(of, why)| id == *of && !why.is_empty());
        assert!((clients > 0) != silent, "{id}: {clients} clients, {}", if silent { "and a reason" } else { "no reason" });
    }
}
