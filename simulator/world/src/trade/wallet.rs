//! Customers' wallets and merchants' settlement accounts: which ledger accounts they are, how money comes into them, and up to
//! which amount a payment code pays without asking.
//!
//! A wallet nobody touched holds [`NEW_WALLET`] and has no account yet: its first use opens the account with a posting of that
//! much from outside, so that a million customers cost nothing until they pay. Both defaults are ours (no source states any).

use super::Decided;
use crate::accounts::{account, posting};
use crate::moment::Moment;
use crate::names::{MerchantId, UserId};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use ledger::{AccountId, Instruction, Open, Transfer, Unit};
use serde::{Deserialize, Serialize};

/// What a wallet holds from the start, fen.
pub const NEW_WALLET: i64 = 100_000;
/// Up to which amount a payment code pays without asking, unless the customer says otherwise, fen.
pub const ASKED_ABOVE: i64 = 20_000;
/// The most a wallet may hold, fen.
pub const LARGEST_WALLET: i64 = 1_000_000_000_000;
/// How many changes of a wallet are remembered.
const REMEMBERED: usize = 20;

/// Business codes of postings: why money moved.
pub mod why {
    /// A wallet was opened with what a new one holds.
    pub const NEW_WALLET: u16 = 10;
    /// A tester put money into a wallet, or took some.
    pub const WALLET_CHANGED: u16 = 11;
    /// A customer paid.
    pub const PAID: u16 = 12;
    /// The platform paid its part.
    pub const PLATFORM_PAID: u16 = 13;
    /// A customer got money back.
    pub const REFUNDED: u16 = 14;
    /// The platform got its part back.
    pub const PLATFORM_REFUNDED: u16 = 15;
    /// A merchant took its money out.
    pub const WITHDRAWN: u16 = 16;
}

/// A customer's wallet.
pub fn wallet_of(user: &UserId) -> AccountId {
    account("wallet", user.as_str())
}

/// What a merchant was paid and has not taken out.
pub fn settlement_of(merchant: &MerchantId) -> AccountId {
    account("settlement", merchant.as_str())
}

/// Where money comes from and goes to that is in neither: everything outside the sandbox.
pub fn outside() -> AccountId {
    account("outside", "")
}

/// What the platform pays its part of discounts from.
pub fn platform() -> AccountId {
    account("platform", "")
}

/// How much money a wallet gets or loses, and that it does.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WalletChanged {
    /// Whose.
    pub user: UserId,
    /// The difference, fen.
    pub by: i64,
}

/// Up to which amount a customer pays without being asked was set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LimitSet {
    /// Whose.
    pub user: UserId,
    /// Fen; 0 for always asking.
    pub asked_above: i64,
}

/// A merchant took money out of its settlement account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Whose.
    pub merchant: MerchantId,
    /// How much, fen.
    pub fen: i64,
    /// Which of the merchant's withdrawals it is, from 0.
    pub count: u64,
}

/// What a customer set, and what a tester did to the wallet; few customers have any.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Habits {
    /// Whose.
    pub user: UserId,
    /// Up to which amount is paid without asking, when it was set.
    pub asked_above: Option<i64>,
    /// How often a tester changed the wallet.
    pub changed: u64,
    /// The newest of these changes, oldest first: when, and by how much.
    pub changes: Vec<(Moment, i64)>,
}

impl Keyed for Habits {
    type Key = UserId;
    fn key(&self) -> &UserId {
        &self.user
    }
}

/// What is to become of a wallet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// It is to hold so much, fen.
    To(i64),
    /// It is to hold so much more, or less, fen.
    By(i64),
}

/// Opens an account of money, or changes nothing when it is open.
pub(super) fn open(id: AccountId, floor: i64) -> Instruction {
    Open { id, unit: Unit::Fen, floor, ceiling: i64::MAX }.into()
}

/// All of them or none.
pub(super) fn together(mut instructions: Vec<Instruction>) -> Vec<Instruction> {
    let last = instructions.len().saturating_sub(1);
    instructions[..last].iter_mut().for_each(|instruction| instruction.linked = true);
    instructions
}

impl World {
    /// What a customer's wallet holds, fen.
    pub fn wallet(&self, user: &UserId) -> i64 {
        self.ledger().balance(wallet_of(user)).unwrap_or(NEW_WALLET)
    }

    /// What a merchant was paid and has not taken out, fen.
    pub fn settlement(&self, merchant: &MerchantId) -> i64 {
        self.ledger().balance(settlement_of(merchant)).unwrap_or_default()
    }

    /// Up to which amount a payment code of this customer's pays without asking, fen.
    pub fn asked_above(&self, user: &UserId) -> i64 {
        self.habits.get(user).and_then(|habits| habits.asked_above).unwrap_or(ASKED_ABOVE)
    }

    /// What a tester did to a wallet, the newest such changes, oldest first.
    pub fn wallet_changes(&self, user: &UserId) -> &[(Moment, i64)] {
        self.habits.get(user).map(|habits| habits.changes.as_slice()).unwrap_or_default()
    }

    /// What opens a wallet with what a new one holds, if it has no account yet.
    pub(super) fn opening(&self, user: &UserId) -> Vec<Instruction> {
        if self.ledger().balance(wallet_of(user)).is_some() {
            return Vec::new();
        }
        let (id, debit, credit) = (posting("new wallet", user.as_str()), outside(), wallet_of(user));
        let first = Transfer { id, debit, credit, amount: NEW_WALLET, code: why::NEW_WALLET, until: None };
        vec![open(debit, i64::MIN), open(credit, 0), first.into()]
    }

    /// Decides what becomes of a wallet; tells what it then holds.
    ///
    /// # Errors
    /// Unknown customer; less than nothing, or more than [`LARGEST_WALLET`].
    pub fn decide_wallet(&self, user: &UserId, change: Change) -> Result<Decided<i64>, Refusal> {
        self.customer(user)?;
        let held = self.wallet(user);
        let total = match change {
            Change::To(total) => Some(total),
            Change::By(by) => held.checked_add(by),
        };
        let total = total.filter(|total| (0..=LARGEST_WALLET).contains(total)).ok_or(Refusal::WalletOutOfRange)?;
        let count = self.habits.get(user).map_or(0, |habits| habits.changed);
        let by = total - held;
        if by == 0 {
            return Ok(Decided::nothing(total));
        }
        let mut instructions = self.opening(user);
        let id = posting("wallet changed", &format!("{user} {count}"));
        let (debit, credit) = if by > 0 { (outside(), wallet_of(user)) } else { (wallet_of(user), outside()) };
        instructions.push(Transfer { id, debit, credit, amount: by.abs(), code: why::WALLET_CHANGED, until: None }.into());
        Ok(Decided::nothing(total).with(WalletChanged { user: user.clone(), by }, together(instructions)))
    }

    /// Decides up to which amount a customer pays without being asked.
    ///
    /// # Errors
    /// Unknown customer; less than nothing.
    pub fn decide_limit(&self, user: &UserId, asked_above: i64) -> Result<Decided<i64>, Refusal> {
        self.customer(user)?;
        if asked_above < 0 {
            return Err(Refusal::WalletOutOfRange);
        }
        Ok(Decided::nothing(asked_above).with(LimitSet { user: user.clone(), asked_above }, Vec::new()))
    }

    /// Decides that a merchant takes money out; tells what is left.
    ///
    /// # Errors
    /// More than there is, or nothing.
    pub fn decide_withdrawal(&self, merchant: &MerchantId, fen: i64) -> Result<Decided<i64>, Refusal> {
        let held = self.settlement(merchant);
        if !(1..=held).contains(&fen) {
            return Err(Refusal::SettlementTooLow { has: held });
        }
        let count = self.withdrawals.get(merchant).copied().unwrap_or_default();
        let id = posting("withdrawn", &format!("{merchant} {count}"));
        let transfer = Transfer { id, debit: settlement_of(merchant), credit: outside(), amount: fen, code: why::WITHDRAWN, until: None };
        let withdrawn = Withdrawn { merchant: merchant.clone(), fen, count };
        Ok(Decided::nothing(held - fen).with(withdrawn, together(vec![open(outside(), i64::MIN), transfer.into()])))
    }
}

/// How it changes the state.
impl World {
    fn change_habits(&mut self, user: &UserId, change: impl FnOnce(&mut Habits)) {
        let row = self
            .habits
            .find(user)
            .unwrap_or_else(|| self.habits.push(Habits { user: user.clone(), asked_above: None, changed: 0, changes: Vec::new() }));
        change(self.habits.at_mut(row));
    }

    pub(crate) fn wallet_changed(&mut self, at: Moment, changed: &WalletChanged) {
        self.change_habits(&changed.user, |habits| {
            habits.changed += 1;
            if habits.changes.len() == REMEMBERED {
                habits.changes.remove(0);
            }
            habits.changes.push((at, changed.by));
        });
    }

    pub(crate) fn limit_set(&mut self, set: &LimitSet) {
        self.change_habits(&set.user, |habits| habits.asked_above = Some(set.asked_above));
    }

    pub(crate) fn withdrawn(&mut self, withdrawn: &Withdrawn) {
        self.withdrawals.insert(withdrawn.merchant.clone(), withdrawn.count + 1);
    }
}
