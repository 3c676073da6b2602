//! A sandbox as a file, and back: JSON lines, one a batch of events, with its keys and pictures.
//!
//! Real times are left out: they belong to the machine that recorded them, and without them the same seed and the same
//! calls give the same file, byte for byte.

use crate::engine::{Engine, SandboxTrouble};
use crate::sandbox::{Sandbox, real_now};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use log::{Appended, Batch, Blob, Broken, Entry, SandboxId, Sequence};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::ops::ControlFlow;
use std::sync::Arc;
use wire::keys::SigningKey;
use world::ledger::Row;
use world::{Event, Moment, World};

/// The version of the file's form.
const FORM: u32 = 1;
/// How many events go into one batch when a file is read.
const BATCH: usize = 512;

#[derive(Serialize, Deserialize)]
struct Head {
    kabao_export: u32,
    sandbox: String,
    /// Private keys of the applications and the platform, PEM; empty when they come from the published pool.
    keys: Vec<String>,
    /// Stored bytes, Base64.
    blobs: Vec<String>,
}

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

/// Why a file could not be read as a sandbox.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveTrouble {
    /// A line is not what it should be.
    #[error("line {line}: {cause}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        cause: String,
    },
    /// The sandbox could not be made.
    #[error(transparent)]
    Sandbox(#[from] SandboxTrouble),
}

impl From<Broken> for ArchiveTrouble {
    fn from(broken: Broken) -> Self {
        Self::Sandbox(broken.into())
    }
}

impl Engine {
    /// Writes a sandbox as text. Waits for what was applied to be durable, so the file is a state that was.
    ///
    /// # Errors
    /// The store's trouble.
    pub fn export(&self, sandbox: &Sandbox) -> Result<String, SandboxTrouble> {
        let ran = sandbox.run(|call| {
            let world = call.world();
            let keys: Vec<String> = world.apps().iter().flat_map(|app| [app.app_key.clone(), app.platform_key.clone()]).collect();
            let hashes: Vec<String> = world.images().iter().map(|image| image.hash.clone()).collect();
            (keys, hashes)
        })?;
        let end = ran.first;
        let (publics, hashes) = ran.settled_blocking()?;
        let keys = if sandbox.published_keys() {
            Vec::new()
        } else {
            publics.iter().filter_map(|public| self.keys().signing(public)).map(|key| key.pkcs8_pem()).collect()
        };
        let mut blobs = Vec::new();
        for hash in hashes {
            if let Some(bytes) = log::BlobHash::from_hex(&hash).map(|hash| self.log().blob(hash)).transpose()?.flatten() {
                blobs.push(STANDARD.encode(&bytes));
            }
        }
        let head = Head { kabao_export: FORM, sandbox: sandbox.name().to_owned(), keys, blobs };
        let mut text = serde_json::to_string(&head).expect("a head is plain data");
        text.push('\n');
        self.log().scan(sandbox.id(), Sequence::FIRST, &mut |record| {
            if record.sequence.0 >= end {
                return ControlFlow::Break(());
            }
            let rows = record.rows.iter().map(hex_of).collect();
            let body = serde_json::from_str(record.body).expect("bodies are JSON");
            let line = Line { sequence: record.sequence.0, virtual_ms: record.at_virtual_ms, kind: record.kind, body, rows };
            text.push_str(&serde_json::to_string(&line).expect("a line is plain data"));
            text.push('\n');
            ControlFlow::Continue(())
        })?;
        Ok(text)
    }

    /// Makes a sandbox named `name` from such a text.
    ///
    /// # Errors
    /// [`ArchiveTrouble`]; no sandbox is left behind.
    pub fn import(&self, name: &str, text: &str) -> Result<Arc<Sandbox>, ArchiveTrouble> {
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.is_empty());
        let (_, first) = lines.next().ok_or(ArchiveTrouble::Line { line: 1, cause: "the file is empty".to_owned() })?;
        let head: Head = serde_json::from_str(first)
            .map_err(|error| ArchiveTrouble::Line { line: 1, cause: format!("not the head of an export: {error}") })?;
        if head.kabao_export != FORM {
            return Err(ArchiveTrouble::Line {
                line: 1,
                cause: format!("written in form {}, this version reads {FORM}", head.kabao_export),
            });
        }
        let mut entries = Vec::new();
        for (line, text) in lines {
            entries.push(read_line(line, text)?);
        }
        // from here to the end nobody else may take the name or one of the applications
        let _founding = self.founding();
        self.check_new(name)?;
        let world = fold(&entries)?;
        self.check_apps(&world)?;
        for pem in &head.keys {
            let key = SigningKey::from_text(pem).map_err(|error| ArchiveTrouble::Line { line: 1, cause: error.to_string() })?;
            self.keys().keep(&key).map_err(|error| ArchiveTrouble::Line { line: 1, cause: error.to_string() })?;
        }
        let blobs: Result<Vec<Blob>, _> = head.blobs.iter().map(|text| STANDARD.decode(text).map(Blob::new)).collect();
        let blobs = blobs.map_err(|error| ArchiveTrouble::Line { line: 1, cause: format!("stored bytes: {error}") })?;
        let id = SandboxId::from(name);
        let opened = self.write_all(&id, entries, blobs).and_then(|()| {
            let sandbox = self.load(&id)?;
            self.know(sandbox.clone())?;
            Ok(sandbox)
        });
        if opened.is_err() {
            self.log().drop_sandbox(&id)?;
        }
        opened
    }

    /// Stores everything in one transaction: a process that ends in the middle leaves no half of a sandbox.
    fn write_all(&self, id: &SandboxId, entries: Vec<(i64, Entry)>, mut blobs: Vec<Blob>) -> Result<(), ArchiveTrouble> {
        let claim = self.claim_new(id)?;
        let (mut group, mut first) = (Vec::new(), claim.next);
        let mut left = entries.into_iter().peekable();
        while let Some((at, entry)) = left.next() {
            let mut batch = Batch {
                sandbox: id.clone(),
                epoch: claim.epoch,
                first,
                at_virtual_ms: at,
                at_real_ms: real_now().0,
                entries: vec![entry],
                blobs: std::mem::take(&mut blobs),
            };
            while batch.entries.len() < BATCH
                && let Some((_, entry)) = left.next_if(|(next, _)| *next == at)
            {
                batch.entries.push(entry);
            }
            first = batch.next();
            group.push(batch);
        }
        let stored = self.log().append(&group)?;
        match stored.iter().find(|verdict| !matches!(verdict, Appended::Stored(_))) {
            None => Ok(()),
            Some(other) => Err(Broken::Misuse(format!("an import was not stored: {other:?}").into()).into()),
        }
    }
}

/// The state that the entries of a file give, if they give one.
fn fold(entries: &[(i64, Entry)]) -> Result<World, ArchiveTrouble> {
    let mut world = World::default();
    for (at, (virtual_ms, entry)) in entries.iter().enumerate() {
        let wrong = |cause: String| ArchiveTrouble::Line { line: at + 2, cause };
        let event = Event::read(entry.kind, &entry.body).map_err(|error| wrong(error.to_string()))?;
        world.replay(Moment(*virtual_ms), &event, &entry.rows).map_err(|misfit| wrong(misfit.to_string()))?;
    }
    if world.origin().is_none() || world.apps().is_empty() {
        return Err(ArchiveTrouble::Line { line: 2, cause: "no sandbox with an application begins here".to_owned() });
    }
    Ok(world)
}

fn read_line(line: usize, text: &str) -> Result<(i64, Entry), ArchiveTrouble> {
    let wrong = |cause: String| ArchiveTrouble::Line { line, cause };
    let read: Line<'_> = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    let event = Event::read(read.kind, read.body.get()).map_err(|error| wrong(error.to_string()))?;
    let rows =
        read.rows.iter().map(|row| row_of(row).ok_or_else(|| wrong(format!("`{row}` is no ledger row")))).collect::<Result<_, _>>()?;
    Ok((read.virtual_ms, Entry { kind: event.kind(), body: read.body.get().into(), rows }))
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
