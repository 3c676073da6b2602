//! Customers: people with an account at the platform, and what they have said about themselves.

use crate::day::Day;
use crate::names::UserId;
use crate::packed::Packed;
use crate::table::Keyed;
use serde::{Deserialize, Serialize};

/// A person's gender as the platform keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// 女
    Female,
    /// 男
    Male,
}

/// What a customer's account says about its owner.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Real name.
    pub name: String,
    /// Mobile number, as text.
    pub mobile: String,
    /// Gender, when known.
    pub gender: Option<Gender>,
    /// Birthday, when known.
    pub birthday: Option<Day>,
    /// Nick name.
    pub nick: String,
    /// E-mail address.
    pub email: String,
    /// Province.
    pub province: String,
    /// City.
    pub city: String,
    /// Postal address.
    pub address: String,
    /// Identity-card number.
    pub identity_card: String,
}

/// A person with an account at the platform.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Customer {
    /// The account's number.
    pub user: UserId,
    /// What it says about its owner.
    pub profile: Packed<Profile>,
}

impl Customer {
    /// A person of whom the account says this.
    pub fn new(user: impl Into<UserId>, profile: &Profile) -> Self {
        Self { user: user.into(), profile: Packed::of(profile) }
    }
}

impl Keyed for Customer {
    type Key = UserId;
    fn key(&self) -> &UserId {
        &self.user
    }
}
