//! What is posted: transfers between numbered accounts, drawn uniformly or by Zipf's law, the same in every run of a seed.
//!
//! Account numbers are the workload's; who needs 128-bit ids makes them from the numbers.

use ::ledger::{AccountId, Instruction, PostingId, Transfer};

/// Numbers that look random and are the same in every run (splitmix64).
#[derive(Clone, Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number below `bound`, which is above 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from((u128::from(self.draw()) * u128::from(bound)) >> 64).expect("below a u32")
    }

    /// The next 128-bit id.
    pub fn id(&mut self) -> u128 {
        u128::from(self.draw()) << 64 | u128::from(self.draw())
    }
}

/// The id of a numbered account: spread over all ids, different for different numbers.
pub fn account_id(number: u32) -> AccountId {
    AccountId((u128::from(number) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

/// How the accounts of a posting are drawn.
#[derive(Clone, Debug)]
pub enum Draw {
    /// Each as likely as any other.
    Uniform,
    /// Zipf with exponent 1: the sums of 1/rank, scaled to the whole range.
    Zipf(Vec<u64>),
}

impl Draw {
    /// By Zipf's law over so many accounts.
    pub fn zipf(accounts: u32) -> Self {
        let mut sum = 0;
        let sums = (1..=u64::from(accounts)).map(|rank| {
            sum += (1 << 40) / rank;
            sum
        });
        Self::Zipf(sums.collect())
    }

    /// `uniform` or `zipf`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Zipf(_) => "zipf",
        }
    }

    fn account(&self, accounts: u32, numbers: &mut Numbers) -> u32 {
        match self {
            Self::Uniform => numbers.below(accounts),
            Self::Zipf(sums) => {
                let all = sums.last().copied().unwrap_or(1);
                let point = u64::try_from((u128::from(numbers.draw()) * u128::from(all)) >> 64).expect("below a u64");
                let rank = sums.partition_point(|&sum| sum <= point) as u64;
                // neighbours in rank are no neighbours in memory
                u32::try_from(rank * 2_654_435_761 % u64::from(accounts)).expect("below the number of accounts")
            }
        }
    }
}

/// A transfer to be posted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Draft {
    /// The posting's id, never used before.
    pub id: u128,
    /// The number of the account that gives.
    pub debit: u32,
    /// The number of the account that receives: another one.
    pub credit: u32,
    /// How much, 1 to 99.
    pub amount: i64,
}

impl From<&Draft> for Instruction {
    fn from(draft: &Draft) -> Self {
        let (debit, credit) = (account_id(draft.debit), account_id(draft.credit));
        Transfer { id: PostingId(draft.id), debit, credit, amount: draft.amount, code: CODE, until: None }.into()
    }
}

/// The business code of every transfer.
pub(crate) const CODE: u16 = 7;
/// The virtual time of every transfer, milliseconds since 1970.
pub(crate) const AT: i64 = 1_795_255_200_000;
/// No account falls below this: low enough that no transfer is refused, checked all the same.
pub(crate) const FLOOR: i64 = -1_000_000_000_000;

/// Makes transfers.
#[derive(Clone, Debug)]
pub struct Transfers<'a> {
    accounts: u32,
    draw: &'a Draw,
    numbers: Numbers,
}

impl<'a> Transfers<'a> {
    /// Between so many accounts (at least two), from a seed.
    pub fn new(accounts: u32, draw: &'a Draw, seed: u64) -> Self {
        // two generators of neighbouring seeds would run behind each other on the same way
        Self { accounts, draw, numbers: Numbers(Numbers(seed).draw()) }
    }

    /// The next batch.
    pub fn batch(&mut self, size: usize) -> Vec<Draft> {
        (0..size).map(|_| self.next_draft()).collect()
    }

    fn next_draft(&mut self) -> Draft {
        let id = self.numbers.id();
        let debit = self.draw.account(self.accounts, &mut self.numbers);
        let credit = match self.draw.account(self.accounts, &mut self.numbers) {
            same if same == debit => (same + 1) % self.accounts,
            other => other,
        };
        Draft { id, debit, credit, amount: i64::from(self.numbers.below(99)) + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_transfers_and_another_gives_others() {
        let draw = Draw::zipf(1_000);
        let make = |seed| Transfers::new(1_000, &draw, seed).batch(100);
        assert_eq!(make(1), make(1));
        let (one, other) = (make(1), make(2));
        assert!(one.iter().all(|draft| other.iter().all(|another| another.id != draft.id)));
        assert!(one.iter().all(|draft| draft.debit != draft.credit && draft.debit < 1_000 && draft.credit < 1_000 && draft.amount > 0));
    }

    #[test]
    fn zipf_has_hot_accounts_and_uniform_has_none() {
        let hottest = |draw: &Draw| {
            let mut count = vec![0_u32; 1_000];
            Transfers::new(1_000, draw, 3).batch(10_000).iter().for_each(|draft| count[draft.debit as usize] += 1);
            count.into_iter().max().unwrap()
        };
        // the first of a thousand ranks has a share of 1/7.5
        assert!((1_100..1_600).contains(&hottest(&Draw::zipf(1_000))));
        assert!(hottest(&Draw::Uniform) < 40);
    }

    #[test]
    fn numbered_accounts_have_different_ids() {
        let mut ids: Vec<_> = (0..10_000).map(account_id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 10_000);
    }
}
