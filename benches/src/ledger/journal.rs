//! The limit: a raw journal, written ahead of time with zeros, one write and one `fdatasync` a batch, and in memory the least
//! that a ledger must do: each id once, two balances, a floor.
//!
//! It writes the same canonical bytes of each posting that the log's hash chain is taken over (101 of them), with a length and
//! a checksum a commit. It has no rules beyond that, no readers and nothing anybody could open.

use super::contender::{Contender, NoFigure};
use super::workload::{AT, CODE, Draft, FLOOR, account_id};
use ::ledger::{Kind, Millis, Posting, PostingId};
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

const NAME: &str = "raw journal";
/// Bytes written ahead of time. When they are used up the journal begins again at its start, as with files used in turn.
const SIZE: u64 = 512 << 20;

/// Ids are random already.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn write(&mut self, _: &[u8]) {}

    fn write_u128(&mut self, id: u128) {
        let (high, low) = (u64::try_from(id >> 64), u64::try_from(id & u128::from(u64::MAX)));
        self.0 = high.unwrap_or_default() ^ low.unwrap_or_default();
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

pub(crate) struct Journal {
    seen: HashSet<u128, BuildHasherDefault<Spread>>,
    balances: Vec<i64>,
    file: File,
    path: PathBuf,
    at: u64,
    bytes: Vec<u8>,
}

impl Journal {
    /// One in a folder, with room in memory for so many ids; a file that an earlier one made there is used again.
    pub(crate) fn new(folder: &Path, accounts: u32, room: usize) -> Result<Self, NoFigure> {
        let path = folder.join("journal");
        let failed = || NoFigure::file("preparing", &path);
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(failed())?;
        let mut there = file.seek(SeekFrom::End(0)).map_err(failed())?;
        // real zeros, not only reserved space: a sync then has no extents to convert
        let zeros = vec![0; 1 << 20];
        while there < SIZE {
            file.write_all(&zeros).map_err(failed())?;
            there += zeros.len() as u64;
        }
        file.sync_all().map_err(failed())?;
        let balances = vec![0; accounts as usize];
        // memory that grows in the middle would be measured
        let seen = HashSet::with_capacity_and_hasher(room, BuildHasherDefault::default());
        Ok(Self { seen, balances, file, path, at: 0, bytes: Vec::new() })
    }

    fn post(&mut self, draft: &Draft) {
        if !self.seen.insert(draft.id) || self.balances[draft.debit as usize] - draft.amount < FLOOR {
            return;
        }
        self.balances[draft.debit as usize] -= draft.amount;
        self.balances[draft.credit as usize] += draft.amount;
        let posting = Posting {
            id: PostingId(draft.id),
            kind: Kind::Transfer,
            debit: account_id(draft.debit),
            credit: account_id(draft.credit),
            amount: draft.amount,
            code: CODE,
            at: Millis(AT),
            refers_to: None,
            stated: None,
            until: None,
        };
        posting.encode(&mut self.bytes);
    }
}

impl Contender for Journal {
    fn name(&self) -> &'static str {
        NAME
    }

    fn commit(&mut self, batch: &[Draft]) -> Result<(), NoFigure> {
        self.bytes.clear();
        self.bytes.extend_from_slice(&[0; 16]);
        for draft in batch {
            self.post(draft);
        }
        let checksum = sum(&self.bytes[16..]);
        let length = self.bytes.len() as u64;
        self.bytes[..8].copy_from_slice(&length.to_be_bytes());
        self.bytes[8..16].copy_from_slice(&checksum.to_be_bytes());
        if self.at + length > SIZE {
            self.at = 0;
        }
        let failed = || NoFigure::file("writing", &self.path);
        self.file.seek(SeekFrom::Start(self.at)).map_err(failed())?;
        self.file.write_all(&self.bytes).map_err(failed())?;
        self.at += length;
        self.file.sync_data().map_err(failed())
    }

    fn prove(&mut self, postings: u64) -> Result<(), NoFigure> {
        let sum: i64 = self.balances.iter().sum();
        if sum != 0 || self.seen.len() as u64 != postings {
            return Err(NoFigure::differs(NAME, format!("{} ids of {postings}, balances sum up to {sum}", self.seen.len())));
        }
        Ok(())
    }

    fn file_bytes(&mut self) -> u64 {
        SIZE
    }
}

/// A cheap checksum, eight bytes at a time, so that a torn commit would be seen.
fn sum(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(0xcbf2_9ce4_8422_2325, |sum, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        (sum ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
    })
}
