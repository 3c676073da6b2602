//! Measurements that the binary offers: the ledger over its durable log, beside what one would pick instead, and load on a platform
//! over HTTP. Benchmarks that only developers run are in `benches/benches`, dated results in `benches/results`.

pub mod ledger;
pub mod load;
