//! A sandbox as a file, and back: JSON lines. A head with its keys, a line an event, a picture's bytes before the event that
//! mentions them, and an end that counts the events, so that a file that was cut is not taken for a whole one.
//!
//! Both ways hold a piece at a time, however large the sandbox is. Real times are left out: they belong to the machine that
//! recorded them, and without them the same seed and the same calls give the same file, byte for byte.

mod export;
mod import;

pub use export::Export;

use crate::engine::SandboxTrouble;
use log::Broken;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use world::ledger::Row;

/// The version of the file's form.
const FORM: u32 = 2;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    kabao_export: u32,
    sandbox: String,
    /// Private keys of the applications and the platform, PEM; empty when they come from the published pool.
    keys: Vec<String>,
}

/// Bytes that the next event mentions, Base64.
#[derive(Serialize, Deserialize)]
struct Bytes {
    blob: String,
}

/// An event.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    sequence: u64,
    virtual_ms: i64,
    kind: &'a str,
    #[serde(borrow)]
    body: &'a RawValue,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rows: Vec<String>,
}

/// The last line.
#[derive(Serialize, Deserialize)]
struct End {
    /// How many events there are.
    end: u64,
}

/// Why a file could not be read as a sandbox.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveTrouble {
    /// A line is not what it should be.
    #[error("line {line}: {cause}")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong.
        cause: String,
    },
    /// The file could not be read to its end.
    #[error(transparent)]
    Reading(#[from] std::io::Error),
    /// The sandbox could not be made.
    #[error(transparent)]
    Sandbox(#[from] SandboxTrouble),
}

impl From<Broken> for ArchiveTrouble {
    fn from(broken: Broken) -> Self {
        Self::Sandbox(broken.into())
    }
}

fn hex_of(row: &Row) -> String {
    let mut bytes = Vec::new();
    row.encode(&mut bytes);
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

fn row_of(hex: &str) -> Option<Row> {
    if !hex.is_ascii() || !hex.len().is_multiple_of(2) {
        return None;
    }
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect();
    let bytes = bytes?;
    let mut rest = bytes.as_slice();
    let row = Row::decode(&mut rest).ok()?;
    rest.is_empty().then_some(row)
}
