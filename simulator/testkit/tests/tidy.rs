//! The house's own order, checked: arrows between crates, headers, lists that name every file, words that mean a place was
//! not found yet. Each check names the file and what to do; lists are written by `UPDATE=1`.
//! Source: STYLE "The map", DESIGN "The house".

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Who may know whom, from the map in `simulator/ARCHITECTURE.md`; the second list is for tests only.
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("simulator/wire", &[], &[]),
    ("simulator/ledger", &[], &[]),
    ("simulator/world", &["ledger"], &[]),
    ("simulator/log", &["ledger"], &[]),
    ("simulator/engine", &["log", "wire", "world"], &["ledger"]),
    ("simulator/alipay", &["engine", "wire", "world"], &["testkit"]),
    ("simulator/console", &["engine", "wire", "world"], &[]),
    ("simulator/server", &["alipay", "benches", "conformance", "console", "engine", "ledger", "log", "scenarios", "wire", "world"], &[]),
    ("simulator/testkit", &["engine", "log", "world"], &[]),
    ("scenarios", &["wire"], &[]),
    ("conformance", &["scenarios", "wire"], &["server"]),
    ("benches", &["ledger", "log", "wire"], &["engine", "server", "world"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn files(below: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !["target", ".git", "node_modules"].contains(&name.as_str()) {
                folders.push(path);
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn manifest(folder: &str) -> toml::Table {
    std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap().parse().unwrap()
}

/// Our own crates among a manifest's dependencies.
fn ours(manifest: &toml::Table, section: &str) -> BTreeSet<String> {
    let names: BTreeSet<&str> = ARROWS.iter().map(|(folder, ..)| folder.rsplit('/').next().unwrap()).collect();
    let section = manifest.get(section).and_then(toml::Value::as_table).cloned().unwrap_or_default();
    section.keys().filter(|name| names.contains(name.as_str())).cloned().collect()
}

fn as_set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn only_the_arrows_of_the_map_exist() {
    let mut wrong = Vec::new();
    for (folder, knows, knows_in_tests) in ARROWS {
        let manifest = manifest(folder);
        for arrow in ours(&manifest, "dependencies").difference(&as_set(knows)) {
            wrong.push(format!("{folder} must not know `{arrow}`: see the map in simulator/ARCHITECTURE.md"));
        }
        let in_tests = as_set(knows_in_tests).union(&as_set(knows)).cloned().collect();
        for arrow in ours(&manifest, "dev-dependencies").difference(&in_tests) {
            wrong.push(format!("{folder} must not know `{arrow}`, not even in its tests"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_of_the_workspace_is_on_the_map() {
    let on_the_map: BTreeSet<String> = ARROWS.iter().map(|(folder, ..)| (*folder).to_owned()).collect();
    let in_the_tree: BTreeSet<String> = files(&root(), "Cargo.toml")
        .iter()
        .filter_map(|path| path.parent())
        .map(shown)
        .filter(|folder| !folder.is_empty() && !folder.contains("fuzz"))
        .collect();
    assert_eq!(in_the_tree, on_the_map);
}

#[test]
fn every_crate_takes_lints_and_versions_from_the_workspace() {
    for (folder, ..) in ARROWS {
        let manifest = manifest(folder);
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{folder}: add `[lints] workspace = true`");
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in manifest.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
                let inherits = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                assert!(inherits, "{folder}: `{name}` must take its version from the workspace");
            }
        }
    }
}

#[test]
fn every_source_file_opens_with_what_it_is() {
    let wrong: Vec<String> = files(&root(), ".rs")
        .iter()
        .filter(|path| !std::fs::read_to_string(path).unwrap().starts_with("//! "))
        .map(|path| format!("{}: open with two to eight lines of `//!`", shown(path)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_named_for_nothing() {
    const EMPTY: &[&str] = &["util", "utils", "common", "helper", "helpers", "manager", "misc"];
    let wrong: Vec<String> = files(&root(), ".rs")
        .iter()
        .filter(|path| path.components().any(|part| EMPTY.contains(&part.as_os_str().to_string_lossy().trim_end_matches(".rs"))))
        .map(|path| format!("{}: find the place where this belongs", shown(path)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_file_is_named_by_its_parent() {
    let mut wrong = Vec::new();
    for source in files(&root().join("simulator"), ".rs")
        .into_iter()
        .chain(files(&root().join("scenarios"), ".rs"))
        .chain(files(&root().join("conformance"), ".rs"))
    {
        let name = source.file_stem().unwrap().to_string_lossy().into_owned();
        let folder = source.parent().unwrap();
        let is_root = ["main", "lib", "mod", "build"].contains(&name.as_str());
        let is_target = ["tests", "benches", "examples", "bin", "fuzz_targets"].iter().any(|kind| folder.ends_with(kind));
        if is_root || is_target {
            continue;
        }
        let beside = folder.with_extension("rs");
        let parents = ["mod.rs", "lib.rs", "main.rs"].map(|parent| folder.join(parent)).into_iter().chain([beside]);
        let texts: Vec<String> = parents.filter_map(|parent| std::fs::read_to_string(parent).ok()).collect();
        if !texts.iter().any(|text| text.contains(&format!("mod {name};")) || text.contains(&format!("{name}.rs\""))) {
            wrong.push(format!("{}: no file names it; add `mod {name};` to its folder's list or remove it", shown(&source)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["unimpl", "emented!"].concat(), ["to", "do!("].concat()];
    let mut wrong = BTreeMap::new();
    for source in files(&root(), ".rs") {
        let text = std::fs::read_to_string(&source).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| marks.iter().any(|mark| line.contains(mark.as_str()))) {
            wrong.insert(format!("{}:{}", shown(&source), number + 1), line.trim().to_owned());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
