//! What a card's holder is told of points stays small, whatever a merchant sends, and survives snapshot and replay.
//!
//! Source: card SEMANTICS 9, `changed_point`.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

use std::convert::Infallible;
use world::card::{CardOpened, CardRestated, Statement};
use world::customer::{Customer, Profile};
use world::merchant::Merchant;
use world::message::{MessageKey, MessageSent, PointsTold, Received};
use world::programme::{CodeKind, Numbering, ProgrammeCreated, Terms};
use world::{Event, Figure, Moment, World};

/// How often the merchant updates the card.
const UPDATES: i64 = 5_000;
/// Where moments and figures begin: from here on all of them are written in as many bytes.
const EARLY: i64 = 10_000_000;

fn shop() -> World {
    let mut world = World::default();
    let terms = Terms {
        numbering: Numbering { prefix: "tea".to_owned(), digits: 10 },
        columns: vec!["POINT".to_owned()],
        levels: Vec::new(),
        rules: Vec::new(),
        code: CodeKind::StaticQr,
        notify_url: None,
        notify_app: None,
    };
    let created = ProgrammeCreated {
        programme: "P".into(),
        merchant: "M".into(),
        app: "A".into(),
        request_id: "1".to_owned(),
        document: "{}".into(),
        terms,
    };
    let opened = CardOpened {
        card: "C".into(),
        programme: "P".into(),
        user: "U".into(),
        external: "E".to_owned(),
        serial: "S".to_owned(),
        opening: 1,
        opened: Moment(1),
        valid_until: None,
        stated: Statement::default(),
        channel: None,
        channel_id: None,
        member: None,
    };
    let events: [Event; 4] = [
        Merchant { id: "M".into(), name: "tea house".to_owned() }.into(),
        created.into(),
        Customer::new("U", &Profile::default()).into(),
        opened.into(),
    ];
    for event in events {
        world.apply(Moment(1), &event, &[]);
    }
    world
}

fn tell(world: &mut World, at: i64, told: Option<i64>) {
    let told = told.map(|points| Figure { hundredths: points * 100, decimals: 0 });
    let restated = CardRestated { card: "C".into(), moved_to: None, occurred: Moment(1), stated: Statement::default(), told };
    let event = Event::from(restated);
    // as it is written to the log and read back
    let event = Event::read(event.kind(), &event.body()).unwrap();
    world.apply(Moment(at), &event, &[]);
}

fn size(world: &World) -> usize {
    world.freeze().chunks().map(|chunk| chunk.len()).sum()
}

fn read(world: &World, most: usize) -> Vec<String> {
    let words = |received: Received<'_>| match received {
        Received::Message(message) => message.sent.kind.clone(),
        Received::Points(told) => told.signed(),
    };
    world.inbox_of(&world.cards().get(&"C".into()).unwrap(), most).into_iter().map(words).collect()
}

#[test]
fn a_card_keeps_the_last_few_changes_of_points_however_many_come() {
    let mut world = shop();
    for at in 0..UPDATES {
        tell(&mut world, EARLY + at, Some(EARLY + at));
    }
    let last: Vec<String> = (0..UPDATES).rev().take(PointsTold::KEPT).map(|at| format!("+{}", EARLY + at)).collect();
    assert_eq!(read(&world, 100), last);
    let full = size(&world);
    for at in UPDATES..2 * UPDATES {
        tell(&mut world, EARLY + at, Some(EARLY + at));
    }
    assert_eq!(size(&world), full, "what is kept grows with the updates");
    let restored = World::restore(world.freeze().chunks().map(Ok::<_, Infallible>)).unwrap().unwrap();
    assert_eq!(read(&restored, 100), read(&world, 100));
}

#[test]
fn an_update_that_tells_nothing_keeps_nothing() {
    let (mut world, mut other) = (shop(), shop());
    tell(&mut world, EARLY, None);
    let before = size(&world);
    for at in EARLY..EARLY + 100 {
        tell(&mut world, at, None);
    }
    assert_eq!(size(&world), before);
    tell(&mut other, 2, Some(-5));
    assert_eq!((read(&world, 9), read(&other, 9)), (Vec::new(), vec!["-5".to_owned()]));
}

#[test]
fn reminders_and_changes_of_points_are_read_newest_first() {
    let mut world = shop();
    let remind = |number: &str| MessageSent {
        key: MessageKey { merchant: "M".into(), number: number.to_owned() },
        card: "C".into(),
        kind: number.to_owned(),
        content: "{}".into(),
        occurred: Moment(1),
    };
    tell(&mut world, 10, Some(1));
    world.apply(Moment(20), &remind("first").into(), &[]);
    tell(&mut world, 30, Some(-2));
    world.apply(Moment(40), &remind("second").into(), &[]);
    assert_eq!(read(&world, 9), ["second", "-2", "first", "+1"]);
    assert_eq!(read(&world, 3), ["second", "-2", "first"]);
}
