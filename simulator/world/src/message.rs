//! Messages about a card that a merchant asked the platform to send its holder.
//!
//! The merchant's number of a message makes it once-only. Source: card SEMANTICS 11 (message.notify).

use crate::moment::Moment;
use crate::names::{CardNumber, MerchantId};
use crate::refusal::Refusal;
use crate::table::Keyed;
use crate::world::World;
use serde::{Deserialize, Serialize};

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

impl World {
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
