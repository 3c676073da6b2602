//! Measurements that the binary offers: the ledger over its durable log, beside what one would pick instead. Criterion's
//! micro-benchmarks and the start-up measurement are in `benches/benches`, dated results in `benches/results`.

pub mod ledger;
