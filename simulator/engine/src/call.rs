//! One call: what a method sees and what it may do.
//!
//! A method loads, decides, then records. What it recorded has happened, also when it refuses afterwards (that is how a code
//! is spent by an exchange that fails), so everything is decided before the first record. Nothing here waits.

use crate::chance::Chance;
use log::Blob;
use world::event::LedgerPosted;
use world::ledger::{Answer, Decision, Instruction, PostingId, Row};
use world::names::NoticeId;
use world::trade::Decided;
use world::{Event, Moment, Refusal, World};

/// What a call has in hand while its sandbox stands still for it.
pub struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) now: Moment,
    pub(crate) chance: Chance,
    pub(crate) entries: Vec<(Event, Vec<Row>)>,
    pub(crate) blobs: Vec<Blob>,
}

impl Call<'_> {
    /// The sandbox as it stands, with what this call has recorded.
    pub fn world(&self) -> &World {
        self.world
    }

    /// Virtual time of the call.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The call's source of randomness.
    pub fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }

    /// Takes in what happened.
    pub fn record(&mut self, event: impl Into<Event>) {
        let event = event.into();
        self.world.apply(self.now, &event, &[]);
        self.note(event, Vec::new());
    }

    fn note(&mut self, event: Event, rows: Vec<Row>) {
        if self.entries.is_empty() {
            // most calls cause one event, and events are large
            self.entries.reserve_exact(1);
        }
        self.entries.push((event, rows));
    }

    /// Takes in what happened together with postings: all of it or, when the ledger refuses one, nothing.
    ///
    /// # Errors
    /// [`Refusal::Ledger`] with the ledger's own words.
    pub fn record_and_post(&mut self, event: impl Into<Event>, instructions: &[Instruction]) -> Result<(), Refusal> {
        let decision = self.world.ledger().decide(world::accounts::millis(self.now), instructions);
        if let Some(refusal) = decision.answers.iter().find_map(|answer| answer.as_ref().err()) {
            return Err(Refusal::Ledger(refusal.to_string()));
        }
        let rows = decision.rows;
        let event = event.into();
        self.world.apply(self.now, &event, &rows);
        self.note(event, rows);
        Ok(())
    }

    /// Takes in all that was decided, with its postings, or nothing; gives what is told.
    ///
    /// # Errors
    /// [`Refusal::Ledger`] with the ledger's own words, and then nothing has happened.
    pub fn enact<T>(&mut self, decided: Decided<T>) -> Result<T, Refusal> {
        let entries = decided.rows(self.world, self.now)?;
        for (event, rows) in entries {
            self.world.apply(self.now, &event, &rows);
            self.note(event, rows);
        }
        Ok(decided.told)
    }

    /// Posts to the ledger directly: every instruction gets its own answer, and what was refused hinders only those linked with it.
    pub fn post(&mut self, instructions: &[Instruction]) -> Vec<Answer> {
        let Decision { answers, rows } = self.world.ledger().decide(world::accounts::millis(self.now), instructions);
        if !rows.is_empty() {
            let event = Event::LedgerPosted(LedgerPosted { rows: rows.len() });
            self.world.apply(self.now, &event, &rows);
            self.note(event, rows);
        }
        answers
    }

    /// The notices that this call has made, in order.
    pub fn notices_made(&self) -> impl Iterator<Item = &NoticeId> {
        self.entries.iter().filter_map(|(event, _)| match event {
            Event::NoticeMade(made) => Some(&made.notice),
            _ => None,
        })
    }

    /// Keeps bytes beside the events that mention them.
    pub fn keep(&mut self, blob: Blob) {
        self.blobs.push(blob);
    }

    /// A fresh name for a posting of this call.
    pub fn posting_id(&mut self) -> PostingId {
        PostingId((u128::from(self.chance.bits()) << 64) | u128::from(self.chance.bits()))
    }
}
