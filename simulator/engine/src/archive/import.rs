//! Reading a file as a new sandbox, line by line: it is made beside the others and takes its name when all of it is there.

use super::{ArchiveTrouble, Bytes, End, FORM, Head, Line, row_of};
use crate::engine::Engine;
use crate::sandbox::{Sandbox, real_now};
use crate::staged::Staged;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use log::{Batch, Blob, Entry, Sequence};
use std::fmt::Display;
use std::io::{BufRead, Read};
use std::sync::Arc;
use wire::keys::SigningKey;
use world::{Event, Moment, World};

/// The most bytes of a line, and of the pictures that one event may mention.
const LINE_LIMIT: usize = 64 << 20;
/// How many events go into one batch, and after how many bytes what was read is stored.
const BATCH: usize = 512;
const STORE_AFTER: usize = 1 << 20;

/// The lines of a file that is being read.
struct Lines<'r> {
    from: &'r mut dyn BufRead,
    text: Vec<u8>,
    number: u64,
}

impl Lines<'_> {
    /// The next line that is not empty.
    fn next(&mut self) -> Result<Option<&str>, ArchiveTrouble> {
        loop {
            self.text.clear();
            // what one long line took is not kept for all that follow
            self.text.shrink_to(STORE_AFTER);
            let read = (&mut *self.from).take(LINE_LIMIT as u64 + 1).read_until(b'\n', &mut self.text)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if read > LINE_LIMIT {
                return Err(self.wrong(format!("longer than {LINE_LIMIT} bytes")));
            }
            while self.text.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
                self.text.pop();
            }
            if !self.text.is_empty() {
                break;
            }
        }
        match std::str::from_utf8(&self.text) {
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(ArchiveTrouble::Line { line: self.number, cause: format!("not UTF-8: {error}") }),
        }
    }

    fn wrong(&self, cause: impl Display) -> ArchiveTrouble {
        ArchiveTrouble::Line { line: self.number, cause: cause.to_string() }
    }
}

/// What was read and is not stored yet.
#[derive(Default)]
struct Waiting {
    group: Vec<Batch>,
    blobs: Vec<Blob>,
    blob_bytes: usize,
    bytes: usize,
}

impl Engine {
    /// Makes a sandbox named `name` from such a file, given whole.
    ///
    /// # Errors
    /// [`ArchiveTrouble`]; no sandbox is left behind.
    pub fn import(&self, name: &str, text: &str) -> Result<Arc<Sandbox>, ArchiveTrouble> {
        self.import_from(name, &mut text.as_bytes())
    }

    /// Makes a sandbox named `name` from such a file. Others go on meanwhile, and see nothing of it until it is whole.
    ///
    /// # Errors
    /// [`ArchiveTrouble`]; no sandbox is left behind.
    pub fn import_from(&self, name: &str, from: &mut dyn BufRead) -> Result<Arc<Sandbox>, ArchiveTrouble> {
        self.check_new(name)?;
        let mut lines = Lines { from, text: Vec::new(), number: 0 };
        let keys = head(&mut lines)?;
        let mut staged = Staged::begin(self)?;
        let world = take_in(&mut lines, &mut staged)?;
        // from here to the end nobody else may take the name or one of the applications
        let _founding = self.founding();
        self.check_new(name)?;
        self.check_apps(&world, None)?;
        for key in &keys {
            self.keys().keep(key).map_err(|error| ArchiveTrouble::Line { line: 1, cause: error.to_string() })?;
        }
        Ok(staged.place(name, world, None)?)
    }
}

fn head(lines: &mut Lines<'_>) -> Result<Vec<SigningKey>, ArchiveTrouble> {
    let first = lines.next()?.ok_or(ArchiveTrouble::Line { line: 1, cause: "the file is empty".to_owned() })?;
    let head = serde_json::from_str::<Head>(first);
    let head = head.map_err(|error| lines.wrong(format!("not the head of an export: {error}")))?;
    if head.kabao_export != FORM {
        return Err(lines.wrong(format!("written in form {}, this version reads {FORM}", head.kabao_export)));
    }
    head.keys.iter().map(|pem| SigningKey::from_text(pem).map_err(|error| lines.wrong(error))).collect()
}

/// Stores the events in the staged sandbox; the state they give.
fn take_in(lines: &mut Lines<'_>, staged: &mut Staged<'_>) -> Result<World, ArchiveTrouble> {
    let (mut world, mut waiting) = (World::default(), Waiting::default());
    let mut next = staged.claim.next;
    loop {
        let Some(text) = lines.next()? else {
            return Err(lines.wrong("the file ends here, before its last line: it was cut"));
        };
        if text.starts_with(r#"{"end":"#) {
            let end = serde_json::from_str::<End>(text);
            let end = end.map_err(|error| lines.wrong(error))?.end;
            let had = next.0 - Sequence::FIRST.0;
            if end != had {
                return Err(lines.wrong(format!("there should be {end} events, and {had} were there")));
            }
            break;
        }
        if text.starts_with(r#"{"blob":"#) {
            let bytes = serde_json::from_str::<Bytes>(text).map_err(|error| error.to_string());
            let bytes = bytes.and_then(|bytes| STANDARD.decode(bytes.blob).map_err(|error| error.to_string()));
            let bytes = bytes.map_err(|cause| lines.wrong(format!("stored bytes: {cause}")))?;
            waiting.blob_bytes += bytes.len();
            if waiting.blob_bytes > LINE_LIMIT {
                return Err(lines.wrong("too many stored bytes before one event"));
            }
            waiting.blobs.push(Blob::new(bytes));
            continue;
        }
        let size = text.len();
        let read = event(text, next, &mut world);
        let (at, entry) = read.map_err(|cause| lines.wrong(cause))?;
        waiting.add(staged, at, entry, size);
        next = next.plus(1);
        if waiting.bytes >= STORE_AFTER {
            staged.append(&std::mem::take(&mut waiting).group)?;
        }
    }
    // as with a fork: what waits in the sandbox that was exported waits there, and a file calls nobody
    if let Some(dropped) = world.decide_dropping_notices().map(Event::from) {
        let at = world.last();
        world.replay(at, &dropped, &[]).map_err(|misfit| lines.wrong(misfit))?;
        let entry = Entry { kind: dropped.kind(), body: dropped.body().into(), rows: Vec::new() };
        waiting.add(staged, at.0, entry, 0);
    }
    if !waiting.group.is_empty() {
        staged.append(&waiting.group)?;
    }
    if world.origin().is_none() || world.apps().is_empty() {
        return Err(ArchiveTrouble::Line { line: 2, cause: "no sandbox with an application begins here".to_owned() });
    }
    Ok(world)
}

/// Takes an event into the state.
fn event(text: &str, next: Sequence, world: &mut World) -> Result<(i64, Entry), String> {
    let read: Line<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if read.sequence != next.0 {
        return Err(format!("event {} follows here, and this is event {}", next.0, read.sequence));
    }
    let event = Event::read(read.kind, read.body.get()).map_err(|error| error.to_string())?;
    let rows = read.rows.iter().map(|row| row_of(row).ok_or_else(|| format!("`{row}` is no ledger row"))).collect::<Result<Vec<_>, _>>()?;
    world.replay(Moment(read.virtual_ms), &event, &rows).map_err(|misfit| misfit.to_string())?;
    Ok((read.virtual_ms, Entry { kind: event.kind(), body: read.body.get().into(), rows }))
}

impl Waiting {
    fn add(&mut self, staged: &Staged<'_>, at: i64, entry: Entry, size: usize) {
        self.bytes += size + self.blob_bytes;
        self.blob_bytes = 0;
        let mut blobs = std::mem::take(&mut self.blobs);
        match self.group.last_mut() {
            Some(batch) if batch.at_virtual_ms == at && batch.entries.len() < BATCH => {
                batch.entries.push(entry);
                batch.blobs.append(&mut blobs);
            }
            last => {
                let first = last.map_or(staged.claim.next, |batch| batch.next());
                let (sandbox, epoch, at_real_ms) = (staged.id.clone(), staged.claim.epoch, real_now().0);
                self.group.push(Batch { sandbox, epoch, first, at_virtual_ms: at, at_real_ms, entries: vec![entry], blobs });
            }
        }
    }
}
