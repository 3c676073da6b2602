//! Which ledger accounts belong to whom, and the postings that a merchant's statement becomes.
//!
//! Account ids are digests of what the account is for, so nothing has to remember them. A card's account is opened by the
//! first statement about it. What a merchant states is posted as the difference from what the account holds, against the
//! merchant's own account of the same unit. Source: DESIGN "The ledger".

use crate::card::{Card, Statement};
use crate::moment::Moment;
use crate::names::{CardNumber, MerchantId};
use crate::world::World;
use ledger::{AccountId, Instruction, Millis, Open, PostingId, State, Unit};
use sha2::{Digest, Sha256};

/// Business codes of postings: why value moved.
pub mod code {
    /// A merchant stated a card's points.
    pub const POINTS_STATED: u16 = 1;
    /// A merchant stated a card's stored value.
    pub const BALANCE_STATED: u16 = 2;
}

/// A moment in the ledger's terms.
pub fn millis(at: Moment) -> Millis {
    Millis(at.0)
}

fn digest(kind: &str, name: &str) -> u128 {
    let mut digest = Sha256::new();
    digest.update(kind.as_bytes());
    digest.update([0]);
    digest.update(name.as_bytes());
    let digest = digest.finalize();
    u128::from_be_bytes(digest[..16].try_into().expect("a SHA-256 digest has 32 bytes"))
}

pub(crate) fn account(kind: &str, name: &str) -> AccountId {
    AccountId(digest(kind, name))
}

/// The posting of this kind for what bears this name: there can be one only.
pub(crate) fn posting(kind: &str, name: &str) -> PostingId {
    PostingId(digest(kind, name))
}

/// The account of a card's points.
pub fn points_of(card: &CardNumber) -> AccountId {
    account("card points", card.as_str())
}

/// The account of a card's stored value.
pub fn balance_of(card: &CardNumber) -> AccountId {
    account("card balance", card.as_str())
}

/// The merchant's account that a card's points come from and go to.
pub fn points_issued_by(merchant: &MerchantId) -> AccountId {
    account("points issued", merchant.as_str())
}

/// The merchant's account that cards' stored value comes from and goes to.
pub fn balance_issued_by(merchant: &MerchantId) -> AccountId {
    account("balance issued", merchant.as_str())
}

/// The instructions that make a card's accounts hold what was stated; none when nothing was.
pub fn instructions(card: &CardNumber, merchant: &MerchantId, stated: &Statement, mut id: impl FnMut() -> PostingId) -> Vec<Instruction> {
    let mut instructions = Vec::new();
    let mut state = |account, contra, unit, total, code| {
        let open = |id| Open { id, unit, floor: i64::MIN, ceiling: i64::MAX };
        instructions.push(Instruction::from(open(contra)).linked());
        instructions.push(Instruction::from(open(account)).linked());
        instructions.push(Instruction::from(State { id: id(), account, contra, total, code, until: None }));
    };
    if let Some(points) = stated.points {
        state(points_of(card), points_issued_by(merchant), Unit::Point, points.hundredths, code::POINTS_STATED);
    }
    if let Some(balance) = stated.balance {
        state(balance_of(card), balance_issued_by(merchant), Unit::Fen, balance.hundredths, code::BALANCE_STATED);
    }
    instructions
}

/// The instructions that move what a card holds from one merchant's accounts to another's, before anything new is stated.
pub fn handed_over(world: &World, card: &Card, from: &MerchantId, to: &MerchantId, mut id: impl FnMut() -> PostingId) -> Vec<Instruction> {
    let points = (points_of(&card.number), points_issued_by(from), points_issued_by(to), Unit::Point, code::POINTS_STATED);
    let balance = (balance_of(&card.number), balance_issued_by(from), balance_issued_by(to), Unit::Fen, code::BALANCE_STATED);
    let mut instructions = Vec::new();
    for (account, giving, taking, unit, code) in [points, balance] {
        let Some(total) = world.ledger().balance(account) else { continue };
        let state = |id, contra, total| State { id, account, contra, total, code, until: None };
        instructions.push(Instruction::from(state(id(), giving, 0)).linked());
        instructions.push(Instruction::from(Open { id: taking, unit, floor: i64::MIN, ceiling: i64::MAX }).linked());
        instructions.push(Instruction::from(state(id(), taking, total)));
    }
    instructions
}

impl World {
    /// A card's points as last stated, in the merchant's writing; nothing when they never were.
    pub fn points(&self, card: &Card) -> Option<crate::Figure> {
        let decimals = card.points_shown?;
        Some(crate::Figure { hundredths: self.ledger().balance(points_of(&card.number))?, decimals })
    }

    /// A card's stored value as last stated, in the merchant's writing; nothing when it never was.
    pub fn balance(&self, card: &Card) -> Option<crate::Figure> {
        let decimals = card.balance_shown?;
        Some(crate::Figure { hundredths: self.ledger().balance(balance_of(&card.number))?, decimals })
    }
}
