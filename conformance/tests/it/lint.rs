//! The rules themselves: ids, order, titles, pages, and that every file is listed.

use conformance::Language;
use conformance::practice::Defect;
use conformance::{Rule, explain, rules};
use std::collections::BTreeSet;
use std::path::PathBuf;

const MODAL: &[&str] = &["must", "should", "may", "might", "can", "could", "shall", "will", "would", "ought"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/rules/alipay")
}

/// `sig_007_beijing_time` of `SIG-007`.
fn file_of(rule: &Rule) -> String {
    let begins = rule.id.to_lowercase().replace('-', "_") + "_";
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let own: Vec<String> =
        files.filter(|name| name.starts_with(&begins)).filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect();
    assert_eq!(own.len(), 1, "{}: {own:?}", rule.id);
    own[0].clone()
}

#[test]
fn ids_are_unique_and_the_list_is_sorted_by_them() {
    let ids: Vec<&str> = rules::alipay::RULES.iter().map(|rule| rule.id).collect();
    assert!(ids.is_sorted_by(|one, other| one < other), "sort the list, no id twice: {ids:?}");
    for id in ids {
        let (area, number) = id.split_once('-').unwrap();
        assert!(area.len() == 3 && area.bytes().all(|byte| byte.is_ascii_uppercase()), "{id}");
        assert!(number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    }
}

#[test]
fn every_file_in_the_folder_is_listed_and_has_its_chinese_twin() {
    let listed: BTreeSet<String> = rules::alipay::RULES.iter().map(file_of).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(rule) = name.strip_suffix(".rs").filter(|name| *name != "mod") {
            assert!(listed.contains(rule), "add to mod.rs: mod {rule}; and {rule}::RULE,");
            assert!(folder().join(format!("{rule}.zh.md")).exists(), "{rule}.zh.md is missing");
        }
    }
}

#[test]
fn a_rule_carries_its_own_file_and_its_own_page() {
    for rule in rules::alipay::RULES {
        let file = file_of(rule);
        assert_eq!(rule.source, std::fs::read_to_string(folder().join(format!("{file}.rs"))).unwrap(), "{}", rule.id);
        assert_eq!(rule.chinese, std::fs::read_to_string(folder().join(format!("{file}.zh.md"))).unwrap(), "{}", rule.id);
    }
}

#[test]
fn a_title_is_one_statement_without_modal_verbs() {
    for rule in rules::all() {
        let title = rule.title();
        assert!((10..=90).contains(&title.len()) && !title.contains(['.', ';', '?', '!']), "{}: {title}", rule.id);
        let modal = title.split(|character: char| !character.is_alphabetic()).find(|word| MODAL.contains(&word.to_lowercase().as_str()));
        assert_eq!(modal, None, "{}: {title}", rule.id);
        let chinese = rule.title_chinese();
        assert!(!chinese.is_empty() && !["必须", "应该", "应当"].iter().any(|word| chinese.contains(word)), "{}: {chinese}", rule.id);
    }
}

#[test]
fn a_page_says_why_how_it_is_provoked_when_it_holds_and_where_that_stands() {
    for rule in rules::all() {
        let page = explain(rule.id, Language::English).unwrap();
        for part in ["**Why.**", "**Provoked by**", "**Holds**", "**Source.**"] {
            assert!(page.contains(part), "{} has no {part}", rule.id);
        }
        let chinese = explain(rule.id, Language::Chinese).unwrap();
        for part in ["**为什么。**", "**触发方式**", "**成立条件**", "**来源**"] {
            assert!(chinese.contains(part), "{} has no {part}", rule.id);
        }
        let source = page.split("**Source.**").nth(1).unwrap_or_default().trim();
        assert!(source.len() > 5, "{} gives no source", rule.id);
        assert!(!has_chinese(rule.title()) && has_chinese(rule.title_chinese()), "{}: each language has its own title", rule.id);
    }
}

/// Whether a text has Chinese in it.
pub(crate) fn has_chinese(text: &str) -> bool {
    text.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character))
}

#[test]
fn every_rule_names_a_defect_that_breaks_it_and_every_defect_a_rule() {
    for rule in rules::all() {
        let defect = Defect::named(rule.bites_on).unwrap_or_else(|| panic!("{}: there is no defect {}", rule.id, rule.bites_on));
        assert_eq!(defect.breaks(), rule.id, "{defect}");
    }
    let ids: BTreeSet<&str> = rules::all().map(|rule| rule.id).collect();
    for defect in Defect::ALL {
        for id in defect.consequences().iter().copied().chain([defect.breaks()]) {
            assert!(ids.contains(id), "{defect} names {id}, which is no rule");
        }
    }
}

#[test]
fn a_story_that_provokes_a_rule_stands_in_the_library() {
    for rule in rules::all() {
        if let Some(path) = rule.provoked_by {
            assert!(scenarios::library::story(path).is_ok(), "{}: {path}", rule.id);
        }
    }
}
