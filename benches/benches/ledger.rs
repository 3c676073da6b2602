//! Micro-benchmarks of the core ledger in memory, without any disk: postings over a million accounts (uniform and
//! Zipf), snapshot, restoring, replay. The durable figures are `kabao ledger bench`'s.
//!
//! `cargo bench -p kabao-benches --bench ledger`. Compare ratios of one run; absolute rates are the machine's.

use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::ledger::{Draw, Transfers, account_id};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ledger::{Instruction, Ledger, MOST_IN_A_BATCH, Millis, Open, Row, Unit};

const ACCOUNTS: u32 = 1_000_000;
const AT: Millis = Millis(1_795_255_200_000);

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

fn batch_of(size: usize, transfers: &mut Transfers<'_>) -> Vec<Instruction> {
    transfers.batch(size).iter().map(Instruction::from).collect()
}

fn postings(c: &mut Criterion) {
    let fresh = ledger_of_a_million();
    let mut group = c.benchmark_group("postings");
    for draw in [Draw::Uniform, Draw::zipf(ACCOUNTS)] {
        let name = draw.name();
        for size in [1, 128, MOST_IN_A_BATCH] {
            group.throughput(Throughput::Elements(size as u64));
            let mut ledger = fresh.clone();
            let mut transfers = Transfers::new(ACCOUNTS, &draw, size as u64);
            let mut rows = Vec::new();
            group.bench_function(BenchmarkId::new(format!("execute {name}"), size), |bencher| {
                bencher.iter_custom(|times| {
                    let mut spent = Duration::ZERO;
                    let mut left = times;
                    while left > 0 {
                        // many batches are prepared at once, so that a clock is not read for every posting
                        let now = left.min(u64::try_from((MOST_IN_A_BATCH / size).max(1)).expect("small"));
                        let prepared: Vec<_> = (0..now).map(|_| batch_of(size, &mut transfers)).collect();
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
        let mut transfers = Transfers::new(ACCOUNTS, &draw, 7);
        group.bench_function(BenchmarkId::new(format!("decide, then apply {name}"), size), |bencher| {
            bencher.iter_custom(|times| {
                let mut spent = Duration::ZERO;
                for _ in 0..times {
                    let batch = batch_of(size, &mut transfers);
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
    let mut transfers = Transfers::new(ACCOUNTS, &Draw::Uniform, 3);
    let mut rows = Vec::new();
    let mut made: Vec<Row> = Vec::new();
    for _ in 0..ACCOUNTS / 8192 {
        rows.clear();
        ledger.execute(AT, &batch_of(8192, &mut transfers), &mut rows);
        made.extend_from_slice(&rows);
    }
    let mut group = c.benchmark_group("a million accounts, a million keys");
    group.bench_function("take a snapshot", |bencher| bencher.iter_with_large_drop(|| ledger.snapshot()));
    group.bench_function("execute 8192 right after a snapshot", |bencher| {
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                let batch = batch_of(8192, &mut transfers);
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
        bencher.iter(|| snapshot.clone().chunks().map(|chunk| chunk.len()).sum::<usize>());
    });
    let chunks: Vec<_> = snapshot.clone().chunks().collect();
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
