//! Q14 on numbers: the forms in which languages print one and the same number.
//!
//! A number is carried through the printing as a text behind [`MARK`], so that its form is kept; a client's own text that begins
//! so is printed oddly, and then fits nothing.

/// Stands before a number's literal.
pub(super) const MARK: char = '\u{1}';
/// The same inside JSON.
const MARK_IN_JSON: &str = "\\u0001";
/// Bytes of the longest text whose numbers are put into other forms than the two first.
const LONGEST: usize = 8 << 10;

/// A form of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As they were sent.
    Sent,
    /// Whole numbers as they are, others shortest: Python.
    Python,
    /// Shortest, `1.0` as `1`: JavaScript, Go, PHP.
    Script,
    /// All as doubles, `1` as `1.0`, great ones with an exponent: gson.
    Java,
    /// Those with a point with two decimals, as amounts.
    Amounts,
    /// All with two decimals.
    AllAmounts,
}

impl Numbers {
    const ALL: [Self; 6] = [Self::Sent, Self::Python, Self::Script, Self::Java, Self::Amounts, Self::AllAmounts];

    /// In English and Chinese; of the forms that change a number.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Sent => ("", ""),
            Self::Python => (", numbers as Python prints them", "、数字为Python格式"),
            Self::Script => (", numbers as JavaScript, Go or PHP print them (1.0 as 1)", "、数字为JavaScript、Go或PHP格式（1.0写作1）"),
            Self::Java => (", numbers as doubles, as gson prints them (1 as 1.0)", "、数字为gson的双精度格式（1写作1.0）"),
            Self::Amounts | Self::AllAmounts => (", numbers with two decimals", "、数字带两位小数"),
        }
    }

    fn print(self, literal: &str) -> String {
        let whole = !literal.contains(['.', 'e', 'E']);
        let Some(number) = literal.parse::<f64>().ok().filter(|number| number.abs() < 1e21) else { return literal.to_owned() };
        match self {
            Self::Sent => literal.to_owned(),
            Self::Python | Self::Amounts if whole => literal.to_owned(),
            Self::Python => format!("{number:?}"),
            Self::Script => format!("{number}"),
            Self::Java => java(number),
            Self::Amounts | Self::AllAmounts => format!("{number:.2}"),
        }
    }
}

/// As `Double.toString`.
fn java(number: f64) -> String {
    if number == 0.0 || (1e-3..1e7).contains(&number.abs()) {
        return format!("{number:?}");
    }
    let text = format!("{number:E}");
    if text.contains('.') { text } else { text.replacen('E', ".0E", 1) }
}

/// `json` with its numbers as marked texts, in each form that gives another text.
pub(super) fn forms(json: &str) -> Vec<(Numbers, String)> {
    let mut all: Vec<(Numbers, String)> = Vec::new();
    for form in Numbers::ALL.into_iter().take(if json.len() > LONGEST { 2 } else { Numbers::ALL.len() }) {
        let marked = marked(json, form);
        if all.iter().all(|(_, known)| *known != marked) {
            all.push((form, marked));
        }
    }
    all
}

fn marked(json: &str, form: Numbers) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut rest = json;
    let mut quoted = false;
    while let Some(one) = rest.chars().next() {
        let length = match one {
            // the character behind a backslash ends no text
            '\\' if quoted => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '-' | '0'..='9' if !quoted => {
                rest.find(|next: char| !matches!(next, '-' | '+' | '.' | 'e' | 'E' | '0'..='9')).unwrap_or(rest.len())
            }
            _ => one.len_utf8(),
        };
        let (piece, behind) = rest.split_at(length);
        if !quoted && matches!(one, '-' | '0'..='9') {
            out.extend(["\"", MARK_IN_JSON, &form.print(piece), "\""]);
        } else {
            quoted ^= one == '"';
            out.push_str(piece);
        }
        rest = behind;
    }
    out
}
