//! The page of a rule: the heading comment of its own file, or its Chinese twin. There is no second copy.

use crate::rules;

/// The language a page is read in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

/// The page of the rule with this id, as Markdown; letter case does not matter.
pub fn explain(id: &str, language: Language) -> Option<String> {
    let rule = rules::all().find(|rule| rule.id.eq_ignore_ascii_case(id))?;
    let page = match language {
        Language::Chinese => rule.chinese.trim_end().to_owned(),
        Language::English => {
            let lines = rule.source.lines().map_while(|line| line.strip_prefix("//!"));
            lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
        }
    };
    Some(page + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_heading_comment_and_nothing_else() {
        let page = explain("sig-007", Language::English).unwrap();
        assert!(page.starts_with("# SIG-007: "), "{page}");
        assert!(page.contains("**Why.**") && !page.contains("//!") && !page.contains("use crate"), "{page}");
        assert!(explain("SIG-007", Language::Chinese).unwrap().starts_with("# SIG-007："));
        assert_eq!(explain("SIG-999", Language::English), None);
    }
}
