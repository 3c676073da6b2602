//! A card of a template was opened or left the wallet: told to the template's `notify_url`.
//!
//! What the message carries is not published: these are the suggested members of SEMANTICS 16.10, beside the usual ones of a
//! message. Source: card SEMANTICS 7 (Notifications).

use crate::notice::{make, named, number};
use engine::Call;
use world::names::CardNumber;

/// The outbox's word for it.
pub(crate) const KIND: &str = "card_changed";
/// The journal's name for it.
pub(crate) const METHOD: &str = "notify_url.card";

/// What happened to the card.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Opened,
    Deleted,
}

/// Tells whoever the template says, if it says anybody.
pub(crate) fn tell(call: &mut Call<'_>, card: &CardNumber, change: Change) {
    let world = call.world();
    let Some(card) = world.cards().get(card) else { return };
    let programme = world.programme_at(card.programme);
    let Some((url, app)) = programme.terms.notify_url.clone().zip(world.apps().get(&programme.app).cloned()) else { return };
    let seed = world.origin().map_or(0, |origin| origin.seed);
    let user = world.holder_of(card).user.clone();
    let (template, number_of, external) = (programme.id.to_string(), card.number.to_string(), card.external.to_string());
    let notice = number(call);
    let kind = match change {
        Change::Opened => "card_open",
        Change::Deleted => "card_delete",
    };
    let own = [
        ("notify_id", notice.to_string()),
        ("notify_time", call.now().text()),
        ("notify_type", kind.to_owned()),
        ("app_id", app.id.to_string()),
        ("charset", "UTF-8".to_owned()),
        ("version", "1.0".to_owned()),
        ("template_id", template),
        ("biz_card_no", number_of),
        ("external_card_no", external),
    ];
    let mut parameters: Vec<_> = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    parameters.extend(named(seed, &app, &user));
    make(call, &app.id, KIND, url, parameters, notice);
}
