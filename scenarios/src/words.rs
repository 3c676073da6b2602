//! What a step's sentence says: the values in it, in order, and the table under it.

use crate::stage::Trouble;

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
