//! Which scenarios are meant: expressions over tags such as `@till and not @slow`. A tag with particulars, such as
//! `@load(rate=50/s,duration=10s)`, is meant by its name.

use gherkin::tagexpr::TagOperation;

/// The longest expression.
const LIMIT: usize = 1_000;

/// An expression over tags.
#[derive(Clone, Debug)]
pub struct Tags(TagOperation);

impl Tags {
    /// Reads an expression: tags, `and`, `or`, `not`, parentheses.
    ///
    /// # Errors
    /// Where it cannot be read, for the person who wrote it.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.len() > LIMIT {
            return Err(format!("an expression over tags has at most {LIMIT} characters"));
        }
        text.trim().parse().map(Self).map_err(|error: <TagOperation as std::str::FromStr>::Err| {
            let pad: String = " ".repeat(error.location.column.saturating_sub(1));
            format!("this is no expression over tags; such as: @till and not @slow\n    {}\n    {pad}^", text.trim())
        })
    }

    /// Whether something with these tags (without `@`) is meant.
    pub fn mean(&self, tags: &[String]) -> bool {
        holds(&self.0, tags)
    }
}

fn holds(wanted: &TagOperation, tags: &[String]) -> bool {
    match wanted {
        TagOperation::And(one, other) => holds(one, tags) && holds(other, tags),
        TagOperation::Or(one, other) => holds(one, tags) || holds(other, tags),
        TagOperation::Not(one) => !holds(one, tags),
        TagOperation::Tag(name) => tags.iter().any(|tag| name_of(tag) == name),
    }
}

/// A tag without its particulars.
pub(crate) fn name_of(tag: &str) -> &str {
    tag.split('(').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_choose_by_tags() {
        let tags: Vec<String> = ["till", "load(rate=50/s,duration=10s)"].map(str::to_owned).to_vec();
        for (text, wanted) in [("@till", true), ("@till and not @slow", true), ("@slow or (@load and @till)", true), ("not @till", false)] {
            assert_eq!(Tags::read(text).unwrap().mean(&tags), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_pointed_at() {
        let said = Tags::read("@till und @slow").unwrap_err();
        assert!(said.contains("@till and not @slow") && said.ends_with("      ^"), "{said}");
        assert!(Tags::read(&"(".repeat(100_000)).is_err());
        assert!(Tags::read("").is_err());
    }
}
