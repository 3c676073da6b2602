//! Micro-benchmarks of the core ledger in memory, without any disk: postings over a million accounts (uniform and
//! Zipf), snapshot, restoring, replay. The durable figures are `kabao ledger bench`'s.
//!
//! `cargo bench -p kabao-benches --bench ledger`. Compare ratios of one run; absolute rates are the machine's.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ledger::{AccountId, Instruction, Ledger, MOST_IN_A_BATCH, Millis, Open, PostingId, Row, Transfer, Unit};

const ACCOUNTS: u64 = 1_000_000;
const AT: Millis = Millis(1_795_255_200_000);

/// Numbers that look random and are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(bound)) >> 64).expect("below a u64")
    }

    fn id(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }
}

/// How the accounts of a posting are drawn.
enum Draw {
    Uniform,
    /// Zipf with exponent 1: the sums of 1/rank, scaled to the whole range.
    Zipf(Vec<u64>),
}

impl Draw {
    fn zipf() -> Self {
        let mut sum = 0;
        let sums: Vec<u64> = (1..=ACCOUNTS)
            .map(|rank| {
                sum += (1 << 40) / rank;
                sum
            })
            .collect();
        Self::Zipf(sums)
    }

    fn account(&self, numbers: &mut Numbers) -> u64 {
        match self {
            Self::Uniform => numbers.below(ACCOUNTS),
            Self::Zipf(sums) => {
                let point = numbers.below(sums[sums.len() - 1]);
                let rank = sums.partition_point(|&sum| sum <= point) as u64;
                // neighbours in rank are no neighbours in memory
                rank * 611_953 % ACCOUNTS
            }
        }
    }
}

fn account_id(number: u64) -> AccountId {
    AccountId(Numbers(number).id())
}

fn ledger_of_a_million() -> Ledger {
    let mut ledger = Ledger::new();
    let mut rows = Vec::new();
    let opens: Vec<Instruction> = (0..ACCOUNTS)
        .map(|number| {
            let (floor, ceiling) = (i64::MIN, i64::MAX);
            Open { id: account_id(number), unit: Unit::Point, floor, ceiling }.into()
        })
        .collect();
    for batch in opens.chunks(MOST_IN_A_BATCH) {
        rows.clear();
        ledger.execute(AT, batch, &mut rows);
    }
    ledger
}

fn batch_of(size: usize, ids: &[AccountId], draw: &Draw, numbers: &mut Numbers) -> Vec<Instruction> {
    let place = |number| usize::try_from(number).expect("a million");
    (0..size)
        .map(|_| {
            let debit = draw.account(numbers);
            let credit = match draw.account(numbers) {
                same if same == debit => (same + 1) % ACCOUNTS,
                other => other,
            };
            let id = PostingId(numbers.id());
            let (debit, credit) = (ids[place(debit)], ids[place(credit)]);
            Transfer { id, debit, credit, amount: 35, code: 1, until: None }.into()
        })
        .collect()
}

fn postings(c: &mut Criterion) {
    let fresh = ledger_of_a_million();
    let ids: Vec<AccountId> = (0..ACCOUNTS).map(account_id).collect();
    let mut group = c.benchmark_group("postings");
    for (name, draw) in [("uniform", Draw::Uniform), ("zipf", Draw::zipf())] {
        for size in [1, 128, MOST_IN_A_BATCH] {
            group.throughput(Throughput::Elements(size as u64));
            let mut ledger = fresh.clone();
            let mut numbers = Numbers(size as u64);
            let mut rows = Vec::new();
            group.bench_function(BenchmarkId::new(format!("execute {name}"), size), |bencher| {
                bencher.iter_custom(|times| {
                    let mut spent = Duration::ZERO;
                    let mut left = times;
                    while left > 0 {
                        // many batches are prepared at once, so that a clock is not read for every posting
                        let now = left.min(u64::try_from((MOST_IN_A_BATCH / size).max(1)).expect("small"));
                        let prepared: Vec<_> = (0..now).map(|_| batch_of(size, &ids, &draw, &mut numbers)).collect();
                        let start = Instant::now();
                        for batch in &prepared {
                            rows.clear();
                            black_box(ledger.execute(AT, batch, &mut rows));
                        }
                        spent += start.elapsed();
                        left -= now;
                    }
                    spent
                });
            });
        }
        let size = 128;
        group.throughput(Throughput::Elements(size as u64));
        let mut ledger = fresh.clone();
        let mut numbers = Numbers(7);
        group.bench_function(BenchmarkId::new(format!("decide, then apply {name}"), size), |bencher| {
            bencher.iter_custom(|times| {
                let mut spent = Duration::ZERO;
                for _ in 0..times {
                    let batch = batch_of(size, &ids, &draw, &mut numbers);
                    let start = Instant::now();
                    let decision = ledger.decide(AT, &batch);
                    for row in &decision.rows {
                        ledger.apply(row);
                    }
                    spent += start.elapsed();
                }
                spent
            });
        });
    }
    group.finish();
}

fn snapshots(c: &mut Criterion) {
    let mut ledger = ledger_of_a_million();
    let ids: Vec<AccountId> = (0..ACCOUNTS).map(account_id).collect();
    let mut numbers = Numbers(3);
    let mut rows = Vec::new();
    let mut made: Vec<Row> = Vec::new();
    for _ in 0..ACCOUNTS / 8192 {
        rows.clear();
        ledger.execute(AT, &batch_of(8192, &ids, &Draw::Uniform, &mut numbers), &mut rows);
        made.extend_from_slice(&rows);
    }
    let mut group = c.benchmark_group("a million accounts, a million keys");
    group.bench_function("take a snapshot", |bencher| bencher.iter_with_large_drop(|| ledger.snapshot()));
    group.bench_function("execute 8192 right after a snapshot", |bencher| {
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                let batch = batch_of(8192, &ids, &Draw::Uniform, &mut numbers);
                let snapshot = ledger.snapshot();
                rows.clear();
                let start = Instant::now();
                black_box(ledger.execute(AT, &batch, &mut rows));
                spent += start.elapsed();
                drop(snapshot);
            }
            spent
        });
    });
    let snapshot = ledger.snapshot();
    group.bench_function("write it as chunks", |bencher| {
        bencher.iter(|| snapshot.chunks().map(|chunk| chunk.len()).sum::<usize>());
    });
    let chunks: Vec<_> = snapshot.chunks().collect();
    group.bench_function("restore", |bencher| {
        bencher.iter_with_large_drop(|| Ledger::restore(&chunks).expect("just written"));
    });
    let only_accounts: Vec<_> = ledger_of_a_million().snapshot().chunks().collect();
    group.bench_function("restore the accounts alone", |bencher| {
        bencher.iter_with_large_drop(|| Ledger::restore(&only_accounts).expect("just written"));
    });
    group.finish();

    let mut group = c.benchmark_group("replay");
    group.throughput(Throughput::Elements(made.len() as u64));
    let fresh = ledger_of_a_million();
    group.bench_function("a million rows", |bencher| {
        bencher.iter_batched(
            || fresh.clone(),
            |mut ledger| {
                ledger.replay_all(&made).expect("they were made in this order");
                ledger
            },
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group! {
    name = ledger_in_memory;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = postings, snapshots
}
criterion_main!(ledger_in_memory);
