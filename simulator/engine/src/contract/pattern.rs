//! What a `pattern` cell means: a regular expression, or the shape of a date in the platform's own letters.
//!
//! Tables write both in one column: `^2088[0-9]{12}$` and `yyyy-MM-dd HH:mm:ss`. A text that begins with `^` is an
//! expression; one made of `yMdHms` and punctuation alone is a date shape, whose days must exist in the calendar;
//! anything else is an error in the table.

use std::fmt;

use regex::Regex;

/// A parsed `pattern` cell.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    Expression(Regex),
    Date(Vec<Part>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Literal(char),
}

impl Pattern {
    /// Reads a cell.
    ///
    /// # Errors
    /// Says why the text is neither an expression nor a date shape.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shape = if text.starts_with('^') {
            Shape::Expression(Regex::new(text).map_err(|error| error.to_string())?)
        } else {
            Shape::Date(date_parts(text)?)
        };
        Ok(Self { text: text.to_owned(), shape })
    }

    /// The cell as written in the table.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the whole value has this shape.
    pub fn accepts(&self, value: &str) -> bool {
        match &self.shape {
            Shape::Expression(expression) => expression.is_match(value),
            Shape::Date(parts) => is_date(parts, value),
        }
    }

    /// The parts of a date shape, nothing for an expression.
    pub(super) fn date(&self) -> Option<&[Part]> {
        match &self.shape {
            Shape::Date(parts) => Some(parts),
            Shape::Expression(_) => None,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Part {
    /// Digits this part takes in a value; a literal takes itself.
    pub(super) fn digits(self) -> usize {
        match self {
            Self::Year => 4,
            Self::Literal(_) => 0,
            _ => 2,
        }
    }
}

fn date_parts(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = rest.chars().take_while(|letter| *letter == first).count();
        let (part, taken) = match (first, run) {
            ('y', 4) => (Part::Year, 4),
            ('M', 2) => (Part::Month, 2),
            ('d', 2) => (Part::Day, 2),
            ('H', 2) => (Part::Hour, 2),
            ('m', 2) => (Part::Minute, 2),
            ('s', 2) => (Part::Second, 2),
            ('-' | '/' | ':' | '.' | ' ' | 'T', _) => (Part::Literal(first), 1),
            _ => return Err(format!("`{text}` is neither ^expression nor a date shape of yyyy MM dd HH mm ss")),
        };
        parts.push(part);
        rest = &rest[taken..];
    }
    Ok(parts)
}

fn is_date(parts: &[Part], value: &str) -> bool {
    let (mut year, mut month, mut day) = (None, None, None);
    let mut rest = value;
    for part in parts {
        if let Part::Literal(wanted) = part {
            let Some(after) = rest.strip_prefix(*wanted) else { return false };
            rest = after;
            continue;
        }
        let Some((digits, after)) = rest.split_at_checked(part.digits()) else { return false };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        let Ok(number) = digits.parse::<u16>() else { return false };
        rest = after;
        let fits = match part {
            Part::Year => {
                year = Some(number);
                true
            }
            Part::Month => {
                month = Some(number);
                (1..=12).contains(&number)
            }
            Part::Day => {
                day = Some(number);
                (1..=31).contains(&number)
            }
            Part::Hour => number < 24,
            Part::Minute | Part::Second => number < 60,
            Part::Literal(_) => true,
        };
        if !fits {
            return false;
        }
    }
    rest.is_empty() && day.is_none_or(|day| month.is_none_or(|month| day <= days_in(month, year)))
}

/// Without a year, 29 February exists.
fn days_in(month: u16, year: Option<u16>) -> u16 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => match year {
            Some(year) if year % 4 != 0 || (year % 100 == 0 && year % 400 != 0) => 28,
            _ => 29,
        },
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(pattern: &str, value: &str) -> bool {
        Pattern::parse(pattern).unwrap().accepts(value)
    }

    #[test]
    fn an_expression_must_match_up_to_its_own_end() {
        assert!(accepts("^2088[0-9]{12}$", "2088302463082075"));
        assert!(!accepts("^2088[0-9]{12}$", "2088302463082075\n"));
        assert!(!accepts("^2088[0-9]{12}$", "208830246308207"));
        assert!(accepts("^https?://", "http://shop.example/a"));
        assert!(!accepts("^https://", "http://shop.example/a"));
    }

    #[test]
    fn a_date_shape_wants_every_digit_and_a_day_that_exists() {
        let moment = "yyyy-MM-dd HH:mm:ss";
        assert!(accepts(moment, "2014-02-20 21:20:46"));
        for wrong in [
            "2014-2-20 21:20:46",
            "2014-02-30 21:20:46",
            "2100-02-29 21:20:46",
            "2014-13-20 21:20:46",
            "2014-02-20 24:00:00",
            "2014-02-20T21:20:46",
            "2014-02-20 21:20:46 ",
            "2014-02-20",
            "２０１４-02-20 21:20:46",
            "",
        ] {
            assert!(!accepts(moment, wrong), "{wrong}");
        }
        assert!(accepts(moment, "2024-02-29 00:00:00"));
        assert!(accepts("MMdd", "0229"));
        assert!(!accepts("MMdd", "0431"));
        assert!(accepts("yyyy-MM-dd", "1999-12-31"));
    }

    #[test]
    fn a_cell_of_another_kind_is_an_error() {
        for wrong in ["digits only", "[0-9]+", "yy-MM-dd", "yyyy年", "^("] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}
