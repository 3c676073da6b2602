//! The list of methods against the tables, the coverage page and the checks.

use super::*;
use crate::contract::CONTRACTS;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_method_has_a_table_and_declares_itself() {
    for entry in all() {
        assert!(CONTRACTS.get(entry.name).is_some(), "{} has no table", entry.name);
        assert_eq!(entry.imitates.name, entry.name);
    }
    let mut names: Vec<_> = all().map(|entry| entry.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "a method stands in two lists");
}

#[test]
fn the_coverage_page_is_as_the_methods_declare() {
    let path = folder().join("METHODS.md");
    let page = methods_md();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "METHODS.md is out of date: run the tests once with UPDATE=1");
}

#[test]
fn every_code_that_is_declared_is_provoked_by_a_check() {
    let texts = tests_below(&folder().join("src"));
    for entry in all() {
        // what a broken store leads to is provoked in the gateway's tests
        for code in entry.imitates.errors.iter().filter(|code| **code != "isp.unknow-error") {
            let short = entry.name.rsplit('.').take(2).collect::<Vec<_>>();
            let of_method = texts.iter().filter(|text| text.contains(entry.name));
            assert!(of_method.clone().any(|text| text.contains(code)), "{}: no check leads to {code} ({short:?})", entry.name);
        }
    }
}

fn tests_below(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            texts.extend(tests_below(&path));
        } else if path.ends_with("tests.rs") {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    texts
}
