//! The named ways in which the practice merchant can be wrong. One at least for every rule; each says which rule it breaks
//! and which other rules break with it.

use std::fmt::{self, Display, Formatter};

/// A way to be wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Defect {
    /// Signs with a key that is not the registered one.
    SignsWithAnotherKey,
    /// Writes `timestamp` in UTC.
    UtcTimestamp,
    /// Writes one key of `biz_content` twice.
    RepeatsAKey,
    /// Leaves a comment in `biz_content`.
    CommentsInJson,
    /// Takes a new serial number whenever it asks again.
    NewSerialOnRetry,
    /// Opens the card without reading the form.
    OpensWithoutForm,
    /// States points although the template has no column for them.
    NoPointColumn,
    /// Prints points as a float is printed.
    PointsInExponent,
    /// States points under the application id of the other environment.
    MixesAppIds,
}

impl Defect {
    /// Every one of them.
    pub const ALL: &'static [Self] = &[
        Self::SignsWithAnotherKey,
        Self::UtcTimestamp,
        Self::RepeatsAKey,
        Self::CommentsInJson,
        Self::NewSerialOnRetry,
        Self::OpensWithoutForm,
        Self::NoPointColumn,
        Self::PointsInExponent,
        Self::MixesAppIds,
    ];

    /// Its name, as rules and the command line know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignsWithAnotherKey => "client.signs_with_another_key",
            Self::UtcTimestamp => "client.utc_timestamp",
            Self::RepeatsAKey => "client.repeats_a_key",
            Self::CommentsInJson => "client.comments_in_json",
            Self::NewSerialOnRetry => "merchant.new_serial_on_retry",
            Self::OpensWithoutForm => "merchant.opens_without_form",
            Self::NoPointColumn => "merchant.no_point_column",
            Self::PointsInExponent => "merchant.points_in_exponent",
            Self::MixesAppIds => "merchant.mixes_app_ids",
        }
    }

    /// The defect of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|defect| defect.name() == name)
    }

    /// The rule that must report a breach.
    pub fn breaks(self) -> &'static str {
        match self {
            Self::SignsWithAnotherKey => "SIG-001",
            Self::UtcTimestamp => "SIG-007",
            Self::RepeatsAKey | Self::CommentsInJson => "SIG-008",
            Self::NewSerialOnRetry => "OPN-001",
            Self::OpensWithoutForm => "OPN-003",
            Self::NoPointColumn => "TPL-001",
            Self::PointsInExponent => "UPD-004",
            Self::MixesAppIds => "OPS-001",
        }
    }

    /// Other rules that break with it and are no fault of their own.
    pub fn consequences(self) -> &'static [&'static str] {
        match self {
            // who does not read the form asked for it in vain
            Self::OpensWithoutForm => &["OPS-003"],
            _ => &[],
        }
    }

    /// Stories of the library in which it shows, beside a visit and the stories that provoke what it breaks.
    pub fn shown_by(self) -> &'static [&'static str] {
        &[]
    }
}

impl Display for Defect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_defect_is_found_by_its_name_and_no_name_is_given_twice() {
        for defect in Defect::ALL {
            assert_eq!(Defect::named(defect.name()), Some(*defect));
        }
        assert_eq!(Defect::named("merchant.is_perfect"), None);
    }
}
