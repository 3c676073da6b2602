//! The contract of `Log`, held against every implementation: what stands here, callers may rely on.
//!
//! Adding an implementation is one line in `contract!`. What only a file can do (crashes, damage) is in other tests.
//! Source: DESIGN "The log's trait is narrow and honest".

#![expect(clippy::unwrap_used, reason = "what cannot go on in a test ends it")]

use std::ops::ControlFlow;
use std::sync::Barrier;

use ledger::{AccountId, Millis, Opening, Row, Unit};
use log::{
    Appended, Batch, Blob, BlobHash, Broken, Chain, Claim, Cut, CutWaits, Entry, Epoch, Log, Memory, RowPlace, SandboxId, Sequence,
    Snapshot, Sqlite, Verdict,
};
use workload::{ACCOUNTS, Maker, directory, expected, read, seed, store};

mod chain;
mod keeping;
mod owners;
mod reading;
mod snapshots;
#[path = "../workload/mod.rs"]
mod workload;

use chain::*;
use keeping::*;
use owners::*;
use reading::*;
use snapshots::*;

macro_rules! contract {
    ($($name:ident)*) => {
        mod memory {
            $(#[test] fn $name() { super::$name(&super::CutWaits::new(super::Memory::new())); })*
        }
        mod sqlite {
            $(#[test] fn $name() {
                let directory = super::directory();
                super::$name(&super::CutWaits::new(super::Sqlite::open(&directory.path().join("kabao.db")).unwrap()));
            })*
        }
    };
}

contract! {
    what_was_appended_is_read_back_in_order
    reading_starts_and_stops_where_it_is_told
    events_of_a_megabyte_are_read_back_like_small_ones
    a_visitor_may_append_while_it_reads
    a_sandbox_that_is_not_there_is_empty
    a_new_sandbox_begins_at_the_first_sequence
    sandboxes_in_one_group_do_not_touch_each_other
    a_group_may_hold_many_batches_of_one_sandbox
    the_chain_depends_on_every_part_of_a_batch_and_on_nothing_else
    the_chain_of_given_bytes_never_changes
    an_older_owner_is_fenced
    a_batch_of_another_owner_at_the_same_place_is_fenced
    a_batch_ahead_of_the_log_is_told_where_to_begin
    the_same_batch_again_is_stored_and_changes_nothing
    other_bytes_under_the_same_epoch_are_fenced
    a_batch_that_cannot_be_stops_its_caller_and_nothing_else
    a_fenced_batch_does_not_hinder_its_group
    a_cut_wait_is_resolved_by_sending_again
    two_owners_racing_a_thousand_times_never_write_over_each_other
    many_writers_at_once_keep_their_sandboxes_apart
    an_accounts_rows_come_in_order_and_page_by_page
    a_blob_is_found_until_its_last_sandbox_is_dropped
    a_dropped_sandbox_is_gone_and_its_owner_fenced
    a_dropped_name_begins_anew
    a_renamed_sandbox_takes_the_place_of_another_and_its_owner_goes_on
    what_is_not_there_cannot_be_renamed_and_nothing_is_lost_by_trying
    a_snapshot_is_read_back_chunk_by_chunk
    the_snapshot_that_stands_furthest_is_the_one_read
    a_snapshot_must_stand_at_the_end_of_a_batch
    a_snapshot_goes_with_its_sandbox
    the_walk_over_the_chain_counts_everything
}

type Subject<L> = CutWaits<L>;

fn demo() -> SandboxId {
    "demo".into()
}

/// Appends `count` random batches, in groups of random sizes.
fn fill(log: &dyn Log, maker: &mut Maker, claim: &mut Claim, count: usize) -> Vec<Batch> {
    let mut all = Vec::new();
    while all.len() < count {
        let mut group = Vec::new();
        for _ in 0..5.min(count - all.len()) {
            let batch = maker.batch(*claim);
            claim.next = batch.next();
            group.push(batch);
        }
        for answer in log.append(&group).unwrap() {
            let Appended::Stored(chain) = answer else { panic!("{answer:?}") };
            claim.chain = chain;
        }
        all.append(&mut group);
    }
    all
}
