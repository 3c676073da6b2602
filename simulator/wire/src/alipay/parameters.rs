//! The parameters of one request: query string and body merged, in the order they came, as raw decoded bytes.
//!
//! Values are slices of the request wherever no escape forced a copy. A name that comes twice with the same value is one
//! parameter (gopay sends charset twice); with different values the first counts and the second is kept as a
//! [`Conflict`] (PROTOCOL A2, QUIRKS Q13 and Q29). Servers skip a pair with an empty name; so does this.

use bytes::Bytes;

use super::{WireError, form};

/// How many parameters most requests have at most.
const USUAL: usize = 12;

/// How much one request may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Parameters of query and body together, repeats included; also the number of parts of a multipart body.
    pub parameters: usize,
    /// Bytes of one name, still encoded.
    pub name_bytes: usize,
    /// Bytes of one value, still encoded.
    pub value_bytes: usize,
    /// Bytes of the headers of one multipart part.
    pub part_header_bytes: usize,
    /// Bytes of one file part.
    pub file_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { parameters: 200, name_bytes: 256, value_bytes: 4 << 20, part_header_bytes: 8 << 10, file_bytes: 50 << 20 }
    }
}

/// One parameter, decoded to bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name, decoded.
    pub name: Bytes,
    /// Value, decoded, in whatever charset the client used.
    pub value: Bytes,
    /// Whether it stands in the query string.
    pub in_query: bool,
    /// Whether it stands in the body.
    pub in_body: bool,
}

/// A name that came a second time with another value; the first value counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The name.
    pub name: Bytes,
    /// The value that does not count.
    pub ignored: Bytes,
    /// Whether the ignored value stands in the body (else in the query string).
    pub in_body: bool,
}

/// All parameters of a request by name, in order of arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    items: Vec<Parameter>,
    conflicts: Vec<Conflict>,
    taken: usize,
}

/// Which half of the request a pair comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Query,
    Body,
}

impl Parameters {
    /// The parameter called `name`.
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.items.iter().find(|one| one.name == name.as_bytes())
    }

    /// The value of `name`, if it is there and not empty.
    pub fn value(&self, name: &str) -> Option<&Bytes> {
        self.get(name).map(|one| &one.value).filter(|value| !value.is_empty())
    }

    /// All parameters in order of arrival, query string first.
    pub fn iter(&self) -> std::slice::Iter<'_, Parameter> {
        self.items.iter()
    }

    /// How many different names there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Names that came again with another value.
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// Name and value pairs, the form [`super::canonical`] takes.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.items.iter().map(|one| (&one.name[..], &one.value[..]))
    }

    /// Takes the value of `name` out.
    pub(super) fn take(&mut self, name: &str) -> Option<Bytes> {
        let place = self.items.iter().position(|one| one.name == name.as_bytes())?;
        Some(self.items.remove(place).value)
    }

    pub(super) fn read(&mut self, text: &Bytes, side: Side, limits: &Limits) -> Result<(), WireError> {
        for (name, value) in form::split(text) {
            check_sizes(&name, &value, limits)?;
            self.add(form::decode(&name), form::decode(&value), side, limits)?;
        }
        Ok(())
    }

    pub(super) fn add(&mut self, name: Bytes, value: Bytes, side: Side, limits: &Limits) -> Result<(), WireError> {
        self.taken += 1;
        if self.taken > limits.parameters {
            return Err(WireError::TooManyParameters(limits.parameters));
        }
        if name.is_empty() {
            return Ok(());
        }
        if self.items.is_empty() {
            self.items.reserve(USUAL);
        }
        match self.items.iter_mut().find(|one| one.name == name) {
            None => self.items.push(Parameter { name, value, in_query: side == Side::Query, in_body: side == Side::Body }),
            Some(known) if known.value == value => {
                known.in_query |= side == Side::Query;
                known.in_body |= side == Side::Body;
            }
            Some(_) => self.conflicts.push(Conflict { name, ignored: value, in_body: side == Side::Body }),
        }
        Ok(())
    }
}

pub(super) fn check_sizes(name: &[u8], value: &[u8], limits: &Limits) -> Result<(), WireError> {
    if name.len() > limits.name_bytes {
        return Err(WireError::NameTooLong {
            length: name.len(),
            limit: limits.name_bytes,
            begins: String::from_utf8_lossy(&name[..name.len().min(40)]).into_owned(),
        });
    }
    if value.len() > limits.value_bytes {
        return Err(WireError::ValueTooLong {
            name: String::from_utf8_lossy(name).into_owned(),
            length: value.len(),
            limit: limits.value_bytes,
        });
    }
    Ok(())
}

impl<'a> IntoIterator for &'a Parameters {
    type Item = &'a Parameter;
    type IntoIter = std::slice::Iter<'a, Parameter>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(query: &'static str, body: &'static str) -> Result<Parameters, WireError> {
        let limits = Limits { parameters: 5, name_bytes: 10, value_bytes: 20, ..Limits::default() };
        let mut parameters = Parameters::default();
        parameters.read(&Bytes::from_static(query.as_bytes()), Side::Query, &limits)?;
        parameters.read(&Bytes::from_static(body.as_bytes()), Side::Body, &limits)?;
        Ok(parameters)
    }

    #[test]
    fn query_and_body_are_one_list_in_order_of_arrival() {
        let all = merged("b=1&a=2", "c=3").unwrap();
        let seen: Vec<_> = all.iter().map(|one| (&one.name[..], one.in_query, one.in_body)).collect();
        assert_eq!(seen, [(&b"b"[..], true, false), (&b"a"[..], true, false), (&b"c"[..], false, true)]);
    }

    #[test]
    fn a_repeat_with_the_same_value_is_one_parameter() {
        let all = merged("charset=utf-8&charset=utf-8", "charset=utf%2D8").unwrap();
        assert_eq!(all.len(), 1);
        assert!(all.conflicts().is_empty());
        assert!(all.get("charset").is_some_and(|one| one.in_query && one.in_body));
    }

    #[test]
    fn a_repeat_with_another_value_is_reported_and_the_first_counts() {
        let all = merged("charset=utf-8", "charset=UTF-8").unwrap();
        assert_eq!(all.value("charset").unwrap(), "utf-8");
        let second = Conflict { name: "charset".into(), ignored: "UTF-8".into(), in_body: true };
        assert_eq!(all.conflicts(), [second]);
    }

    #[test]
    fn what_is_over_a_limit_is_named() {
        assert_eq!(merged("a&b&c", "d&e&f").unwrap_err(), WireError::TooManyParameters(5));
        assert!(matches!(merged("abcdefghijk=1", ""), Err(WireError::NameTooLong { length: 11, .. })));
        let error = merged("", "a=123456789012345678901").unwrap_err();
        assert_eq!(error.to_string(), "parameter a has 21 bytes, at most 20 are taken");
    }
}
