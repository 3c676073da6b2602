//! Delegation: one stands between two applications, what ended is told apart and forgotten, and a snapshot keeps it all.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

use world::consent::{CodeSpent, TokenEnd};
use world::delegation::{Delegation, DelegationOffer, DelegationWithdrawn};
use world::{Event, Moment, Refusal, World};

const BEGINNING: Moment = Moment(1_782_878_400_000);

fn after(seconds: i64) -> Moment {
    BEGINNING.plus_seconds(seconds)
}

fn delegation(token: &str, from: Moment) -> Delegation {
    Delegation {
        token: token.into(),
        refresh: format!("{token}-refresh").into(),
        provider: "P".into(),
        app: "A".into(),
        merchant: "M".into(),
        calls: vec!["card.query".to_owned()],
        from,
        refresh_expires: from.plus_seconds(100),
        ended: None,
    }
}

fn offer() -> DelegationOffer {
    let (provider, merchant) = ("P".into(), "M".into());
    DelegationOffer { code: "C".into(), provider, merchant, apps: vec!["A".into()], calls: Vec::new(), expires: after(60), spent: None }
}

fn take(world: &mut World, at: Moment, event: impl Into<Event>) {
    let event = event.into();
    let again = Event::read(event.kind(), &event.body()).unwrap();
    assert_eq!(again, event, "an event is read as it was written");
    world.apply(at, &again, &[]);
}

#[test]
fn an_offer_is_taken_up_once_in_time_and_by_whom_it_was_made_to() {
    let mut world = World::default();
    take(&mut world, BEGINNING, offer());
    let kept = |world: &World| world.delegation_offers().get(&"C".into()).cloned().unwrap();
    assert_eq!(kept(&world).take_up(&"P".into(), after(59)), Ok(()));
    assert!(matches!(kept(&world).take_up(&"P".into(), after(60)), Err(Refusal::CodeExpired { .. })));
    assert!(matches!(kept(&world).take_up(&"Q".into(), after(1)), Err(Refusal::OtherApp { .. })));
    take(&mut world, after(2), CodeSpent { code: "C".into() });
    assert!(matches!(kept(&world).take_up(&"P".into(), after(3)), Err(Refusal::CodeSpent { .. })));
}

#[test]
fn one_delegation_stands_between_two_applications_and_each_end_has_its_reason() {
    let mut world = World::default();
    take(&mut world, after(0), delegation("one", after(0)));
    take(&mut world, after(1), delegation("two", after(1)));
    let end = |world: &World, token: &str| world.delegations().get(&token.into()).unwrap().ended;
    assert_eq!(end(&world, "one"), Some((after(1), TokenEnd::Replaced)));
    assert_eq!(world.delegation_between(&"P".into(), &"A".into()).unwrap().token.as_str(), "two");
    take(&mut world, after(2), DelegationWithdrawn { provider: "P".into(), app: "A".into() });
    assert_eq!(end(&world, "two"), Some((after(2), TokenEnd::Withdrawn)));
    assert_eq!(world.delegation_between(&"P".into(), &"A".into()), None);
    let renew = |token: &str, app: &str, at| world.delegations().get(&token.into()).unwrap().renew(&app.into(), at);
    assert_eq!(renew("one", "P", after(3)), Err(Refusal::RefreshTokenReplaced));
    assert_eq!(renew("two", "P", after(3)), Err(Refusal::DelegationGone));
    assert_eq!(delegation("three", after(0)).renew(&"P".into(), after(99)), Ok(()));
    assert_eq!(delegation("three", after(0)).renew(&"P".into(), after(100)), Err(Refusal::RefreshTokenExpired));
}

#[test]
fn what_stands_is_never_forgotten_and_what_ended_is() {
    let mut world = World::default();
    take(&mut world, after(0), offer());
    take(&mut world, after(0), delegation("one", after(0)));
    take(&mut world, after(1), delegation("two", after(1)));
    let days = |count: i64| after(count * 24 * 3_600);
    assert_eq!(world.decide_forgetting(days(2)), None);
    let forgotten = world.decide_forgetting(days(3)).unwrap();
    take(&mut world, days(3), forgotten);
    assert!(world.delegation_offers().is_empty());
    let left: Vec<_> = world.delegations().iter().map(|one| one.token.as_str()).collect();
    assert_eq!(left, ["two"]);
    assert_eq!(world.delegation_by_refresh("two-refresh").unwrap().token.as_str(), "two");
    assert_eq!(world.decide_forgetting(days(400)), None);
}

#[test]
fn a_snapshot_keeps_offers_and_delegations() {
    let mut world = World::default();
    take(&mut world, after(0), offer());
    take(&mut world, after(0), delegation("one", after(0)));
    let chunks: Vec<_> = world.freeze().chunks().map(Ok::<_, ()>).collect();
    let again = World::restore(chunks.into_iter()).unwrap().unwrap();
    assert_eq!(again.delegation_offers().get(&"C".into()), Some(&offer()));
    assert_eq!(again.delegations().get(&"one".into()), Some(&delegation("one", after(0))));
}
