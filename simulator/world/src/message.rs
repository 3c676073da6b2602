//! Messages about a card that a merchant asked the platform to send its holder: reminders, and changes of points.
//!
//! The merchant's number of a reminder makes it once-only. A change of points has no number and comes with every update of a
//! card, so only the last few of a card are kept. Source: card SEMANTICS 9 (card.update) and 11 (message.notify).

use crate::card::Card;
use crate::figure::Figure;
use crate::moment::Moment;
use crate::names::{CardNumber, MerchantId};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::VecDeque;

/// What a message is found by.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct MessageKey {
    /// Who asked for it.
    pub merchant: MerchantId,
    /// The merchant's number of it.
    pub number: String,
}

/// A message was sent to a card's holder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MessageSent {
    /// Who asked for it, and under which number.
    pub key: MessageKey,
    /// The card it is about.
    pub card: CardNumber,
    /// The provider's word for what kind it is.
    pub kind: String,
    /// The provider's content (JSON text).
    pub content: Box<str>,
    /// When it happened at the merchant, by its own clock.
    pub occurred: Moment,
}

/// A message as it is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Message {
    /// What was sent.
    pub sent: MessageSent,
    /// When it was sent.
    pub at: Moment,
    /// Row of the message before it on the same card.
    pub previous: Option<u32>,
}

impl Keyed for Message {
    type Key = MessageKey;
    fn key(&self) -> &MessageKey {
        &self.sent.key
    }
}

/// The holder was told that points were added or taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PointsTold {
    /// When it was sent.
    pub at: Moment,
    /// How many points more, or fewer when negative.
    pub changed: Figure,
}

impl PointsTold {
    /// The most of them that a card keeps: a merchant may update a card a million times, and the customer reads the last ones.
    pub const KEPT: usize = 20;

    /// The change with its sign, as people read it: `+100`, `-100`.
    pub fn signed(self) -> String {
        let sign = if self.changed.hundredths > 0 { "+" } else { "" };
        format!("{sign}{}", self.changed)
    }

    /// Joins those before it; the oldest gives way.
    pub(crate) fn join(self, kept: &mut VecDeque<Self>) {
        kept.push_back(self);
        if kept.len() > Self::KEPT {
            kept.pop_front();
        }
    }
}

/// What lies in the inbox of a card's holder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received<'a> {
    /// A message that the merchant numbered.
    Message(&'a Message),
    /// A change of points.
    Points(PointsTold),
}

impl Received<'_> {
    /// What kind it is: the provider's word, or ours for a change of points.
    pub fn kind(&self) -> &str {
        match self {
            Self::Message(message) => &message.sent.kind,
            Self::Points(_) => "POINT_CHANGE",
        }
    }

    /// When it was sent.
    pub fn at(self) -> Moment {
        match self {
            Self::Message(message) => message.at,
            Self::Points(told) => told.at,
        }
    }
}

impl World {
    /// What the holder of a card received about it, newest first, at most `most`.
    pub fn inbox_of(&self, card: &Card, most: usize) -> Vec<Received<'_>> {
        let points = card.more.get().points_told.into_iter().rev().map(Received::Points);
        let mut received: Vec<_> = points.chain(self.messages_of(card).take(most).map(Received::Message)).collect();
        received.sort_by_key(|one| Reverse(one.at()));
        received.truncate(most);
        received
    }

    /// Decides on a message; `None` when the very same was sent before.
    ///
    /// # Errors
    /// Unknown or released card; the number was used for another message.
    pub fn decide_message(&self, message: MessageSent) -> Result<Option<MessageSent>, Refusal> {
        if let Some(before) = self.messages().get(&message.key) {
            return if before.sent == message { Ok(None) } else { Err(Refusal::MessageNumberReused(message.key.number)) };
        }
        self.card_of(&message.key.merchant, &message.card)?.held()?;
        Ok(Some(message))
    }
}
