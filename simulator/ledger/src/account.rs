//! An account as kept in memory: 32 bytes, whatever its limits. Limits are shared, because nearly all accounts have
//! one of a few; what few accounts have (frozen amounts, lots) is in a purse beside.

use hashbrown::HashTable;

use crate::digest;
use crate::pages::Pages;
use crate::posting::{AccountId, Opening};
use crate::unit::Unit;

/// What an account counts and between which limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Terms {
    pub(crate) unit: Unit,
    pub(crate) floor: i64,
    pub(crate) ceiling: i64,
}

impl Terms {
    pub(crate) fn of(opening: &Opening) -> Self {
        Self { unit: opening.unit, floor: opening.floor, ceiling: opening.ceiling }
    }

    fn hash(&self) -> u64 {
        let limits = u128::from(self.floor.cast_unsigned()) << 64 | u128::from(self.ceiling.cast_unsigned());
        digest::of_id(limits ^ u128::from(self.unit.code()))
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self { unit: Unit::Point, floor: 0, ceiling: 0 }
    }
}

#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) balance: i64,
    /// The number of its terms.
    pub(crate) terms: u32,
    /// 0 for no purse, else one more than its slot.
    pub(crate) purse: u32,
}

/// The different terms in use, numbered in order of first use.
#[derive(Clone, Default, Debug)]
pub(crate) struct TermsList {
    list: Pages<Terms, 64>,
    numbers: HashTable<u32>,
}

impl TermsList {
    pub(crate) fn list(&self) -> &Pages<Terms, 64> {
        &self.list
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Terms {
        self.list[number as usize]
    }

    pub(crate) fn number_of(&mut self, terms: Terms) -> u32 {
        let hash = terms.hash();
        if let Some(&number) = self.numbers.find(hash, |&number| self.list[number as usize] == terms) {
            return number;
        }
        let number = u32::try_from(self.list.push(terms)).expect("there are fewer terms than accounts");
        self.numbers.insert_unique(hash, number, |&number| self.list[number as usize].hash());
        number
    }
}
