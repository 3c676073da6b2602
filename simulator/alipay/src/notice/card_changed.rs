//! A card of a template was opened or left the wallet: told to the template's `notify_url`.
//!
//! What the message carries is not published: these are the suggested members of SEMANTICS 16.10, beside the usual ones of a
//! message. Source: card SEMANTICS 7 (Notifications).

use super::kind::{Kind, SentAt, Signs, TRADE_CALENDAR, success};
use super::{named, post};
use engine::Call;
use wire::alipay::NoticeRule;
use world::names::CardNumber;

/// How it goes.
pub(crate) const KIND: Kind = Kind {
    word: "card_changed",
    method: Some("notify_url.card"),
    rule: NoticeRule::V1,
    charset: "UTF-8",
    signs: Signs::ForTheApp,
    verdict: success,
    calendar: TRADE_CALENDAR,
    sent_at: Some(SentAt::NotifyTime),
    encrypts: false,
};

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
    // a provider that made the template is told itself, and in whose place
    let (told, for_app) = match &programme.terms.notify_app {
        Some(provider) => (provider.clone(), Some(("auth_app_id".to_owned(), app.id.to_string()))),
        None => (app.id.clone(), None),
    };
    let seed = world.origin().map_or(0, |origin| origin.seed);
    let user = world.holder_of(&card).user;
    let (template, number_of, external) = (programme.id.to_string(), card.number.to_string(), card.external.to_string());
    let kind = match change {
        Change::Opened => "card_open",
        Change::Deleted => "card_delete",
    };
    let own = [("template_id", template), ("biz_card_no", number_of), ("external_card_no", external)];
    let mut own: Vec<_> = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    own.extend(for_app);
    own.extend(named(seed, &app, &user));
    post(call, &told, &KIND, kind, url, own);
}
