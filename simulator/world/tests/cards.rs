//! Cards under random openings, statements, purchases, messages, transfers and deletions, against a naive model written from
//! card SEMANTICS 8 and 11.
//!
//! The model shares nothing with the world but its words. A failure prints the steps that lead to it.

#![expect(clippy::unwrap_used, reason = "in tests, also in what they share")]

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::convert::Infallible;
use world::accounts::{handed_over, instructions, millis};
use world::card::{CardTransferred, Leave, Statement};
use world::customer::{Customer, Profile};
use world::ledger::{PostingId, Row};
use world::merchant::Merchant;
use world::message::{MessageKey, MessageSent};
use world::names::{CardNumber, MerchantId};
use world::programme::{CodeKind, Numbering, ProgrammeCreated, Terms};
use world::{Event, Figure, Moment, Opening, OpeningDecision, Refusal, Release, Transfer, World};

const MERCHANT: &str = "2088000000000001";
/// Who takes cards over, into a programme of its own: the one after the others.
const OTHER: &str = "2088000000000002";
const PROGRAMMES: usize = 2;
const USERS: usize = 3;

/// What people and merchants may do.
#[derive(Clone, Debug)]
enum Step {
    Open { programme: usize, user: usize, external: u8, serial: u8, points: Option<i64> },
    Restate { card: usize, points: i64, level: u8, move_to: Option<usize> },
    Buy { card: usize, trade: u8, at: i64, points: i64 },
    Leave { card: usize, serial: u8, how: Leave },
    Take { card: usize, serial: u8, points: Option<i64> },
    Tell { card: usize, number: u8, text: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    let card = 0..8_usize;
    prop_oneof![
        3 => (0..PROGRAMMES, 0..USERS, 0..4_u8, 0..6_u8, proptest::option::of(-500..5_000_i64))
            .prop_map(|(programme, user, external, serial, points)| Step::Open { programme, user, external, serial, points }),
        2 => (card.clone(), -500..5_000_i64, 0..3_u8, proptest::option::of(0..PROGRAMMES))
            .prop_map(|(card, points, level, move_to)| Step::Restate { card, points, level, move_to }),
        2 => (card.clone(), 0..5_u8, 0..5_i64, 0..5_000_i64).prop_map(|(card, trade, at, points)| Step::Buy { card, trade, at, points }),
        1 => (card.clone(), 0..4_u8, proptest::option::of(-500..5_000_i64)).prop_map(|(card, serial, points)| Step::Take { card, serial, points }),
        1 => (card.clone(), 0..4_u8, 0..2_u8).prop_map(|(card, number, text)| Step::Tell { card, number, text }),
        2 => (card, 0..3_u8, prop_oneof![Just(Leave::Unbound), Just(Leave::GivenAway), Just(Leave::Cancelled)])
            .prop_map(|(card, serial, how)| Step::Leave { card, serial, how }),
    ]
}

/// A card as the model keeps it.
#[derive(Clone, Debug)]
struct Plain {
    programme: usize,
    user: usize,
    external: u8,
    serial: u8,
    opening: (usize, usize, u8, Option<i64>),
    points: Option<i64>,
    gone: Option<(Leave, u8)>,
    synced: Option<i64>,
    trades: Vec<u8>,
    taken: Option<(u8, Option<i64>)>,
    told: usize,
}

#[derive(Default)]
struct Model(Vec<Plain>, BTreeMap<u8, (usize, u8)>);

impl Model {
    fn newest(&self, programme: usize, user: usize) -> Option<&Plain> {
        let of_both = |card: &&Plain| card.programme == programme && card.user == user;
        let held = self.0.iter().rev().filter(of_both).find(|card| card.gone.is_none());
        let closed = self.0.iter().rev().filter(of_both).find(|card| card.gone.is_some_and(|(how, _)| how == Leave::Cancelled));
        held.or(closed).or_else(|| self.0.iter().rev().find(of_both))
    }

    fn external_held(&self, programme: usize, external: u8, but: Option<usize>) -> bool {
        self.0
            .iter()
            .enumerate()
            .any(|(at, card)| Some(at) != but && card.gone.is_none() && card.programme == programme && card.external == external)
    }
}

struct Shop {
    world: World,
    history: Vec<(Event, Vec<Row>)>,
    postings: u128,
}

impl Shop {
    fn new() -> Self {
        let mut shop = Self { world: World::default(), history: Vec::new(), postings: 0 };
        for (id, name) in [(MERCHANT, "tea house"), (OTHER, "book shop")] {
            shop.take(Merchant { id: id.into(), name: name.to_owned() }, &Statement::default(), None);
        }
        for programme in 0..=PROGRAMMES {
            let terms = Terms {
                numbering: Numbering { prefix: "tea".to_owned(), digits: 10 },
                columns: vec!["POINT".to_owned()],
                levels: vec!["L0".to_owned(), "L1".to_owned()],
                rules: Vec::new(),
                code: CodeKind::StaticQr,
                notify_url: None,
                notify_app: None,
            };
            let created = ProgrammeCreated {
                programme: format!("P{programme}").into(),
                merchant: if programme < PROGRAMMES { MERCHANT.into() } else { OTHER.into() },
                app: "app".into(),
                request_id: programme.to_string(),
                document: "{}".into(),
                terms,
            };
            shop.take(created, &Statement::default(), None);
        }
        for user in 0..USERS {
            shop.take(Customer::new(format!("U{user}"), &Profile::default()), &Statement::default(), None);
        }
        shop
    }

    fn merchant() -> MerchantId {
        MERCHANT.into()
    }

    fn take(&mut self, event: impl Into<Event>, stated: &Statement, card: Option<&CardNumber>) {
        let postings = &mut self.postings;
        let asked = card.map(|card| {
            instructions(card, &Self::merchant(), stated, || {
                *postings += 1;
                PostingId(*postings)
            })
        });
        let rows = self.world.ledger().decide(millis(Moment(1)), &asked.unwrap_or_default()).rows;
        let event = event.into();
        self.world.apply(Moment(1), &event, &rows);
        self.history.push((event, rows));
    }

    /// A card and what it holds go to the other merchant.
    fn hand_over(&mut self, transferred: CardTransferred) {
        let (from, to) = (Self::merchant(), MerchantId::from(OTHER));
        let postings = &mut self.postings;
        let mut id = || {
            *postings += 1;
            PostingId(*postings)
        };
        let card = self.world.card_of(&from, &transferred.card).unwrap();
        let mut asked = handed_over(&self.world, &card, &from, &to, &mut id);
        asked.extend(instructions(&transferred.card, &to, &transferred.stated, &mut id));
        let decision = self.world.ledger().decide(millis(Moment(1)), &asked);
        assert!(decision.answers.iter().all(Result::is_ok), "{:?}", decision.answers);
        let event = transferred.into();
        self.world.apply(Moment(1), &event, &decision.rows);
        self.history.push((event, decision.rows));
    }

    fn number(&self, card: usize) -> CardNumber {
        let found = self.world.cards().iter().nth(card).map(|card| card.number.clone());
        found.unwrap_or_else(|| "nobody".into())
    }
}

fn points(total: i64) -> Figure {
    Figure { hundredths: total, decimals: 2 }
}

#[expect(clippy::too_many_lines, reason = "one arm a step, each read beside the rule it repeats")]
/// Plays one step on the world and the model and compares what comes of it.
fn play(shop: &mut Shop, model: &mut Model, step: &Step) -> Result<(), TestCaseError> {
    match step {
        Step::Open { programme, user, external, serial, points: total } => {
            let content = (*programme, *user, *external, *total);
            let own = |card: &&Plain| card.serial == *serial && card.programme < PROGRAMMES;
            let same_serial = model.0.iter().rev().find(own).cloned();
            let newest = model.newest(*programme, *user).cloned();
            let expected = match (&same_serial, &newest) {
                (Some(before), _) if before.opening == content => "repeat",
                (Some(_), _) => "serial reused",
                (None, Some(before)) if before.gone.is_none() => "holds",
                (None, Some(before)) if before.gone.is_some_and(|(how, _)| how == Leave::Cancelled) => "closed",
                _ if model.external_held(*programme, *external, None) => "external taken",
                _ => "opened",
            };
            let ask = Opening {
                merchant: Shop::merchant(),
                programme: format!("P{programme}").into(),
                user: format!("U{user}").into(),
                submission: None,
                form_waived: false,
                external: format!("m{external}"),
                serial: format!("s{serial}"),
                digest: (*programme as u64)
                    | (*user as u64) << 8
                    | u64::from(*external) << 16
                    | total.map_or(0, |total| (total.cast_unsigned() << 1 | 1) << 24),
                open_date: None,
                valid_date: None,
                sent: Statement { points: total.map(points), ..Statement::default() },
                channel: None,
                channel_id: None,
                member: None,
            };
            let count = shop.world.cards().len();
            let decided = shop.world.decide_opening(ask, Moment(1), |_, _| format!("tea{count:010}").into());
            let got = match &decided {
                Ok(OpeningDecision::Open(_)) => "opened",
                Ok(OpeningDecision::Repeat(_)) => "repeat",
                Err(Refusal::SerialReused { .. }) => "serial reused",
                Err(Refusal::AlreadyHolds(_)) => "holds",
                Err(Refusal::ClosedForGood(_)) => "closed",
                Err(Refusal::ExternalNumberTaken { .. }) => "external taken",
                Err(other) => panic!("{other}"),
            };
            prop_assert_eq!(got, expected);
            if let Ok(OpeningDecision::Open(opened)) = decided {
                let (card, stated) = (opened.card.clone(), opened.stated.clone());
                shop.take(opened, &stated, Some(&card));
                model.0.push(Plain {
                    programme: *programme,
                    user: *user,
                    external: *external,
                    serial: *serial,
                    opening: content,
                    points: *total,
                    gone: None,
                    synced: None,
                    trades: Vec::new(),
                    taken: None,
                    told: 0,
                });
            }
        }
        Step::Restate { card, points: total, level, move_to } => {
            let stated = Statement { points: Some(points(*total)), level: Some(format!("L{level}")), ..Statement::default() };
            let target = move_to.map(|programme| format!("P{programme}").into());
            let found = shop.world.card_of(&Shop::merchant(), &shop.number(*card));
            let decided = found.and_then(|card| shop.world.decide_restating(&Shop::merchant(), &card, target, Moment(1), stated));
            let plain = model.0.get(*card).cloned();
            let expected = plain.as_ref().is_some_and(|plain| {
                let programme = move_to.unwrap_or(plain.programme);
                let holds_there = programme != plain.programme
                    && model.newest(programme, plain.user).is_some_and(|other| other.gone.is_none_or(|(how, _)| how == Leave::Cancelled));
                plain.gone.is_none()
                    && plain.programme < PROGRAMMES
                    && *level < 2
                    && !holds_there
                    && !model.external_held(programme, plain.external, Some(*card))
            });
            prop_assert_eq!(decided.is_ok(), expected, "{:?}", decided);
            if let Ok(restated) = decided {
                let (number, stated) = (restated.card.clone(), restated.stated.clone());
                shop.take(restated, &stated, Some(&number));
                model.0[*card].points = Some(*total);
                if let Some(programme) = move_to {
                    model.0[*card].programme = *programme;
                }
            }
        }
        Step::Buy { card, trade, at, points: total } => {
            let stated = Statement { points: Some(points(*total)), ..Statement::default() };
            let decided = shop
                .world
                .card_of(&Shop::merchant(), &shop.number(*card))
                .and_then(|card| shop.world.decide_purchase(&card, &format!("t{trade}"), Moment(*at), "{}".into(), stated));
            let Some(plain) = model.0.get_mut(*card).filter(|plain| plain.gone.is_none() && plain.programme < PROGRAMMES) else {
                prop_assert!(decided.is_err());
                return Ok(());
            };
            let recorded = decided.unwrap();
            prop_assert_eq!(recorded.is_none(), plain.trades.contains(trade));
            if let Some(recorded) = recorded {
                prop_assert_eq!(recorded.newest, plain.synced.is_none_or(|last| *at > last));
                plain.trades.push(*trade);
                if recorded.newest {
                    plain.synced = Some(*at);
                    plain.points = Some(*total);
                }
                let number = recorded.card.clone();
                let stated = if recorded.newest { recorded.stated.clone() } else { Statement::default() };
                shop.take(recorded, &stated, Some(&number));
            }
        }
        Step::Leave { card, serial, how } => {
            let decided =
                shop.world.decide_release(&Shop::merchant(), &shop.number(*card), *how, Some(&format!("d{serial}")), format!("r{serial}"));
            let Some(plain) = model.0.get_mut(*card).filter(|plain| plain.programme < PROGRAMMES) else {
                prop_assert!(decided.is_err());
                return Ok(());
            };
            match (plain.gone, decided) {
                (None, Ok(Release::New(released))) => {
                    plain.gone = Some((*how, *serial));
                    shop.take(released, &Statement::default(), None);
                }
                (Some((_, before)), Ok(Release::Repeat(receipt))) => prop_assert_eq!((before, receipt), (*serial, format!("r{}", *serial))),
                (Some((_, before)), Err(Refusal::CardReleased(_))) => prop_assert_ne!(before, *serial),
                (gone, decided) => prop_assert!(false, "{gone:?} gave {decided:?}"),
            }
        }
        Step::Take { card, serial, points: total } => {
            let number = shop.number(*card);
            let plain = model.0.get(*card).cloned();
            let from = plain.as_ref().map_or(0, |plain| plain.programme);
            let decided = shop.world.decide_transfer(
                &OTHER.into(),
                Transfer {
                    source: MERCHANT.into(),
                    from: format!("P{from}").into(),
                    to: format!("P{PROGRAMMES}").into(),
                    card: number.clone(),
                    serial: format!("t{serial}"),
                    digest: total.map_or(0, |total| total.cast_unsigned() << 1 | 1),
                    occurred: Moment(1),
                    stated: Statement { points: total.map(points), ..Statement::default() },
                },
            );
            let Some(plain) = plain else {
                prop_assert!(decided.is_err());
                return Ok(());
            };
            if let Some((before, stated)) = plain.taken {
                let repeat = before == *serial && stated == *total;
                prop_assert_eq!(matches!(decided, Ok(None)), repeat, "{:?}", decided);
                prop_assert!(repeat || decided.is_err());
                return Ok(());
            }
            let holds = model.newest(PROGRAMMES, plain.user).is_some_and(|other| other.gone.is_none_or(|(how, _)| how == Leave::Cancelled));
            let expected = plain.gone.is_none() && !holds && !model.external_held(PROGRAMMES, plain.external, Some(*card));
            prop_assert_eq!(matches!(decided, Ok(Some(_))), expected, "{:?}", decided);
            if let Ok(Some(transferred)) = decided {
                shop.hand_over(transferred);
                let plain = &mut model.0[*card];
                plain.programme = PROGRAMMES;
                plain.taken = Some((*serial, *total));
                plain.points = total.or(plain.points);
            }
        }
        Step::Tell { card, number, text } => {
            let sent = MessageSent {
                key: MessageKey { merchant: Shop::merchant(), number: number.to_string() },
                card: shop.number(*card),
                kind: "remind".to_owned(),
                content: text.to_string().into(),
                occurred: Moment(1),
            };
            let decided = shop.world.decide_message(sent);
            let known = model.0.get(*card).is_some_and(|plain| plain.gone.is_none() && plain.programme < PROGRAMMES);
            match (model.1.get(number), known) {
                (Some(before), _) => prop_assert_eq!(matches!(decided, Ok(None)), *before == (*card, *text)),
                (None, false) => prop_assert!(decided.is_err()),
                (None, true) => {
                    shop.take(decided.unwrap().unwrap(), &Statement::default(), None);
                    model.1.insert(*number, (*card, *text));
                    model.0[*card].told += 1;
                }
            }
        }
    }
    Ok(())
}

fn compare(world: &World, model: &Model) -> Result<(), TestCaseError> {
    prop_assert_eq!(world.cards().len(), model.0.len());
    let mut issued = [0; 2];
    for (card, plain) in world.cards().iter().zip(&model.0) {
        prop_assert_eq!(world.points(&card).map(|points| points.hundredths), plain.points);
        prop_assert_eq!(world.programme_at(card.programme).id.as_str(), format!("P{}", plain.programme));
        prop_assert_eq!(card.clone().held().is_ok(), plain.gone.is_none());
        let trades: Vec<String> = world.purchases_of(&card).map(|purchase| purchase.key.trade.clone()).collect();
        prop_assert_eq!(trades, plain.trades.iter().rev().map(|trade| format!("t{trade}")).collect::<Vec<_>>());
        prop_assert_eq!(world.messages_of(&card).count(), plain.told);
        issued[usize::from(plain.programme == PROGRAMMES)] += plain.points.unwrap_or_default();
    }
    for (merchant, issued) in [MERCHANT, OTHER].into_iter().zip(issued) {
        let owed = world.ledger().balance(world::accounts::points_issued_by(&merchant.into())).unwrap_or_default();
        prop_assert_eq!(owed, -issued, "a merchant's account is not what its cards hold");
    }
    let mut held = BTreeMap::new();
    for plain in model.0.iter().filter(|plain| plain.gone.is_none()) {
        *held.entry((plain.programme, plain.user)).or_insert(0) += 1;
    }
    prop_assert!(held.values().all(|count| *count == 1), "somebody holds two cards of one programme");
    Ok(())
}

/// Which card every look-up finds.
fn found(world: &World) -> Vec<Option<CardNumber>> {
    let number = |card: Option<world::card::Card>| card.map(|card| card.number.clone());
    let mut found = Vec::new();
    for programme in 0..=PROGRAMMES {
        let programme = format!("P{programme}").into();
        found.extend((0..USERS).map(|user| number(world.card_by_holder(&programme, &format!("U{user}").into()))));
        found.extend((0..4).map(|external| number(world.card_by_external(&programme, &format!("m{external}")))));
    }
    found.extend((0..6).map(|serial| number(world.card_by_serial(&Shop::merchant(), &format!("s{serial}")))));
    found
}

proptest! {
    #[test]
    fn cards_do_what_the_model_says_and_replay_gives_the_same(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut shop, mut model) = (Shop::new(), Model::default());
        for step in &steps {
            play(&mut shop, &mut model, step)?;
        }
        compare(&shop.world, &model)?;
        let mut again = World::default();
        for (event, rows) in &shop.history {
            let read = Event::read(event.kind(), &event.body()).unwrap();
            again.replay(Moment(1), &read, rows).unwrap();
        }
        compare(&again, &model)?;
        let chunks = |world: &World| world.freeze().chunks().collect::<Vec<_>>();
        prop_assert_eq!(chunks(&again), chunks(&shop.world));
        let restored = World::restore(chunks(&shop.world).into_iter().map(Ok::<_, Infallible>)).unwrap().unwrap();
        compare(&restored, &model)?;
        prop_assert_eq!(found(&restored), found(&shop.world), "a restored world finds other cards");
        prop_assert_eq!(chunks(&restored), chunks(&shop.world));
    }
}
