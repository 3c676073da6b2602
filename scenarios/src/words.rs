//! What a step's sentence says: the values in it, in order, and the table under it.

use crate::nearest::nearest;
use crate::stage::Trouble;
use std::collections::BTreeMap;

/// Values and table of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The values, quotation marks taken off.
    pub values: Vec<String>,
    /// The table under the step, its heading row included.
    pub table: Option<Vec<Vec<String>>>,
}

impl Words {
    /// The value at `index`; that it is there follows from the step's wording.
    pub(crate) fn text(&self, index: usize) -> &str {
        self.values.get(index).expect("the wording has as many parameters as its step reads")
    }

    /// The same words with `<name>` replaced by what was remembered under that name, such as `<Li Lei.biz_card_no>`.
    pub(crate) fn filled(&self, captures: &BTreeMap<String, String>) -> Result<Self, Trouble> {
        let fill = |text: &String| filled(text, captures);
        let values = self.values.iter().map(fill).collect::<Result<_, _>>()?;
        let rows = |rows: &Vec<Vec<String>>| rows.iter().map(|row| row.iter().map(fill).collect()).collect::<Result<_, _>>();
        Ok(Self { values, table: self.table.as_ref().map(rows).transpose()? })
    }

    /// A whole number.
    pub(crate) fn number(&self, index: usize) -> Result<i64, Trouble> {
        let text = self.text(index);
        text.parse().map_err(|_| Trouble::usage(format!("{text} is too large a number")))
    }

    /// The rows of the table without its heading, as pairs.
    pub(crate) fn pairs(&self) -> Result<Vec<(&str, &str)>, Trouble> {
        let rows = self.table.as_deref().ok_or_else(|| Trouble::usage("this step needs a table of two columns below it"))?;
        let pair = |row: &'_ Vec<String>| -> Result<(usize, usize), Trouble> {
            if row.len() == 2 {
                Ok((0, 1))
            } else {
                Err(Trouble::usage(format!("the table has {} columns, this step needs two", row.len())))
            }
        };
        rows.iter().skip(1).map(|row| pair(row).map(|(name, value)| (row[name].as_str(), row[value].as_str()))).collect()
    }
}

fn filled(text: &str, captures: &BTreeMap<String, String>) -> Result<String, Trouble> {
    let (mut whole, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('<') {
        let Some((name, behind)) = after.split_once('>').filter(|(name, _)| is_name(name)) else {
            whole.push_str(before);
            whole.push('<');
            rest = after;
            continue;
        };
        whole.push_str(before);
        whole.push_str(captures.get(name).ok_or_else(|| nothing_called(name, captures))?);
        rest = behind;
    }
    Ok(whole + rest)
}

/// Whose what: a person or thing, a point, and what of it. Other texts in pointed brackets are texts.
fn is_name(name: &str) -> bool {
    let plain = |part: &str| {
        part.starts_with(char::is_alphabetic) && part.chars().all(|character| character.is_alphanumeric() || " _-'’·".contains(character))
    };
    name.rsplit_once('.').is_some_and(|(who, what)| plain(who) && plain(what))
}

fn nothing_called(name: &str, captures: &BTreeMap<String, String>) -> Trouble {
    let known: Vec<&str> = captures.keys().map(String::as_str).collect();
    let near = nearest(name, known.iter().copied()).map(|near| format!("; nearest: <{near}>")).unwrap_or_default();
    Trouble::usage(format!("nothing was remembered as <{name}> so far{near}; known: {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captures() -> BTreeMap<String, String> {
        BTreeMap::from([("Li Lei.biz_card_no".to_owned(), "7001".to_owned()), ("李雷.code".to_owned(), "KB1".to_owned())])
    }

    #[test]
    fn what_was_remembered_stands_in_values_and_tables() {
        let words = Words {
            values: vec!["no. <Li Lei.biz_card_no>!".to_owned(), "<李雷.code>".to_owned()],
            table: Some(vec![vec!["a".to_owned(), "<Li Lei.biz_card_no>".to_owned()]]),
        };
        let filled = words.filled(&captures()).unwrap();
        assert_eq!(filled.values, ["no. 7001!", "KB1"]);
        assert_eq!(filled.table.unwrap()[0][1], "7001");
    }

    #[test]
    fn what_was_not_remembered_is_named_with_the_nearest() {
        let words = Words { values: vec!["<Li Lei.biz_cardno>".to_owned()], table: None };
        let Err(Trouble::Broken(why)) = words.filled(&captures()) else { panic!("it was filled") };
        assert!(why.contains("nearest: <Li Lei.biz_card_no>"), "{why}");
    }

    #[test]
    fn other_pointed_brackets_are_text() {
        for text in ["<script>alert(1)</script>", "1 < 2.5 > 2", "<", "a<b.c", "<..>"] {
            let words = Words { values: vec![text.to_owned()], table: None };
            assert_eq!(words.filled(&captures()).unwrap().values, [text]);
        }
    }
}
