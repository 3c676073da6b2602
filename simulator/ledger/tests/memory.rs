//! What an account and an idempotency key take in memory, index and all, counted by the allocator: fifty million
//! cards are to fit in 16 GiB. Measured all along the way, since indexes grow in steps.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use ledger::{AccountId, Instruction, Ledger, Millis, Open, PostingId, Transfer, Unit};

struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator can be counted in no other way; it only passes calls on")]
// SAFETY: every call goes to the system's allocator with the same arguments
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The worst bytes a thing while `count` things are added, sampled from 300 000 on (below, the
/// 4 096 shards of the index weigh more on each, and all of it is a few megabytes).
fn worst(count: usize, mut add: impl FnMut(usize)) -> usize {
    let before = IN_USE.load(Ordering::Relaxed);
    let mut worst = 0;
    for done in (0..count).step_by(1_000) {
        add(done);
        let things = done + 1_000;
        if things >= 300_000 {
            worst = worst.max((IN_USE.load(Ordering::Relaxed) - before).div_ceil(things));
        }
    }
    worst
}

/// Bytes in use beside this must not change: the tests of this file are one, so that none runs beside it.
#[test]
fn an_account_takes_at_most_64_bytes_and_a_key_at_most_48() {
    let mut ledger = Ledger::new();
    let mut rows = Vec::with_capacity(1_000);
    let spread = |number: usize| (number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);

    let account = worst(450_000, |first| {
        let batch: Vec<Instruction> = (first..first + 1_000)
            .map(|number| Open { id: AccountId(spread(number)), unit: Unit::Point, floor: i64::MIN, ceiling: i64::MAX }.into())
            .collect();
        rows.clear();
        assert!(ledger.execute(Millis(0), &batch, &mut rows).iter().all(Result::is_ok));
    });
    let key = worst(450_000, |first| {
        let batch: Vec<Instruction> = (first..first + 1_000)
            .map(|number| {
                let (id, debit, credit) = (PostingId(!spread(number)), AccountId(spread(number)), AccountId(spread(number ^ 1)));
                Transfer { id, debit, credit, amount: 35, code: 1, until: None }.into()
            })
            .collect();
        rows.clear();
        assert!(ledger.execute(Millis(0), &batch, &mut rows).iter().all(Result::is_ok));
    });
    println!("at worst {account} bytes an account, {key} bytes a key");
    assert!(account <= 64, "{account} bytes an account");
    assert!(key <= 48, "{key} bytes a key");

    // what is not used is not paid for: a thousand accounts with lots and holds leave the others as they were
    let before = IN_USE.load(Ordering::Relaxed);
    for number in 0..1_000 {
        let (id, debit, credit) = (PostingId(number), AccountId(spread(0)), AccountId(spread(1 + number as usize)));
        rows.clear();
        let lot = Transfer { id, debit, credit, amount: 1, code: 1, until: Some(Millis(5)) };
        assert!(ledger.execute(Millis(0), &[lot.into()], &mut rows)[0].is_ok());
    }
    let lot = (IN_USE.load(Ordering::Relaxed) - before) / 1_000;
    println!("about {lot} bytes an account with a lot, its key included");
    assert!(lot < 1_000, "{lot} bytes a lot");
}
