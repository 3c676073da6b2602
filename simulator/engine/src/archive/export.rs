//! Writing a sandbox as a file, piece by piece.

use super::{ArchiveTrouble, Bytes, End, FORM, Head, Line, hex_of};
use crate::engine::Engine;
use crate::sandbox::Sandbox;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use log::{Broken, Log, Record, Sequence};
use serde::Serialize;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use world::Event;

/// About how many bytes a piece has.
const PIECE: usize = 64 << 10;

/// A sandbox as it stood when this was made, ready to be written.
pub struct Export {
    log: Arc<dyn Log>,
    sandbox: Arc<Sandbox>,
    head: Head,
    /// Place of the first event that is not in it.
    end: u64,
}

impl Engine {
    /// Prepares to write a sandbox. Waits for what was applied to be durable, so the file is a state that was.
    ///
    /// # Errors
    /// [`ArchiveTrouble`] when the store does not answer.
    pub fn exporting(&self, sandbox: &Arc<Sandbox>) -> Result<Export, ArchiveTrouble> {
        let ran = sandbox.run(|call| {
            let apps = call.world().apps().iter();
            apps.flat_map(|app| app.public_keys()).collect::<Vec<_>>()
        })?;
        let end = ran.first;
        let publics = ran.settled_blocking().map_err(crate::SandboxTrouble::from)?;
        let keys = if sandbox.published_keys() {
            Vec::new()
        } else {
            publics.iter().filter_map(|public| self.keys().signing(public)).map(|key| key.pkcs8_pem()).collect()
        };
        let head = Head { kabao_export: FORM, sandbox: sandbox.name().to_owned(), keys };
        Ok(Export { log: self.log().clone(), sandbox: sandbox.clone(), head, end })
    }

    /// The whole file at once, for sandboxes known to be small.
    ///
    /// # Errors
    /// [`ArchiveTrouble`] when the store does not answer.
    pub fn export(&self, sandbox: &Arc<Sandbox>) -> Result<String, ArchiveTrouble> {
        let mut text = Vec::new();
        self.exporting(sandbox)?.write(&mut |piece| {
            text.extend_from_slice(&piece);
            ControlFlow::Continue(())
        })?;
        Ok(String::from_utf8(text).expect("JSON is UTF-8"))
    }
}

impl Export {
    /// Hands the file out piece by piece, until its end or until `take` breaks.
    ///
    /// # Errors
    /// [`ArchiveTrouble`] when the store does not answer, or the sandbox was dropped meanwhile; what was handed out is then no
    /// whole file, and cannot be read as one.
    pub fn write(&self, take: &mut dyn FnMut(Vec<u8>) -> ControlFlow<()>) -> Result<(), ArchiveTrouble> {
        let mut piece = Vec::with_capacity(PIECE + PIECE / 4);
        line(&mut piece, &self.head);
        let (mut next, mut told, mut trouble, mut stopped) = (Sequence::FIRST.0, HashSet::new(), None, false);
        self.log.scan(self.sandbox.id(), Sequence::FIRST, &mut |record| {
            if record.sequence.0 >= self.end {
                return ControlFlow::Break(());
            }
            if let Err(broken) = self.event(&record, &mut told, &mut piece) {
                trouble = Some(broken);
                return ControlFlow::Break(());
            }
            next = record.sequence.0 + 1;
            if piece.len() >= PIECE {
                stopped = take(std::mem::replace(&mut piece, Vec::with_capacity(PIECE + PIECE / 4))).is_break();
            }
            if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if let Some(broken) = trouble {
            return Err(broken.into());
        }
        if stopped {
            return Ok(());
        }
        if next < self.end || self.sandbox.lost().is_some() {
            return Err(
                Broken::Misuse(format!("sandbox `{}` was dropped while it was written to a file", self.sandbox.name()).into()).into()
            );
        }
        line(&mut piece, &End { end: self.end - Sequence::FIRST.0 });
        let _ = take(piece);
        Ok(())
    }

    /// An event, behind the bytes it mentions for the first time.
    fn event(&self, record: &Record<'_>, told: &mut HashSet<String>, piece: &mut Vec<u8>) -> Result<(), Broken> {
        if let Ok(Event::ImageStored(image)) = read_image(record)
            && let Some(hash) = log::BlobHash::from_hex(&image.hash)
            && told.insert(image.hash)
            && let Some(bytes) = self.log.blob(hash)?
        {
            line(piece, &Bytes { blob: STANDARD.encode(&bytes) });
        }
        let rows = record.rows.iter().map(hex_of).collect();
        let body = serde_json::from_str(record.body).expect("bodies are JSON");
        line(piece, &Line { sequence: record.sequence.0, virtual_ms: record.at_virtual_ms, kind: record.kind, body, rows });
        Ok(())
    }
}

/// The event, if it is one that mentions a picture.
fn read_image(record: &Record<'_>) -> Result<Event, world::event::Unreadable> {
    if record.kind != "image_stored" {
        return Err(world::event::Unreadable { kind: record.kind.to_owned(), reason: String::new() });
    }
    Event::read(record.kind, record.body)
}

fn line(piece: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(&mut *piece, value).expect("a line is plain data, and memory takes everything");
    piece.push(b'\n');
}
