//! A data directory with a shop in it that has many members: what measurements start from. Written through the engine, not over
//! the wire, so that a million cards take seconds.

use engine::chance::Chance;
use engine::people;
use engine::{Engine, KeyStore, NewSandbox, Sandbox};
use server::house::DEMO;
use std::path::Path;
use std::sync::Arc;
use world::accounts::instructions;
use world::card::{CardOpened, Statement};
use world::clock::Clock;
use world::customer::Customer;
use world::merchant::{App, AppKind, Era, Merchant};
use world::names::MerchantId;
use world::programme::{CodeKind, Numbering, ProgrammeCreated, Terms};
use world::{Figure, Moment};

const MERCHANT: &str = "2088000000000001";
const PROGRAMME: &str = "20261121000000000000001000300111";
/// The shop's application; it signs with the first published test key.
pub(crate) const APP: &str = "9021000000000001";

/// The platform's number of the card `number`.
pub(crate) fn card(number: u64) -> String {
    format!("tea{number:010}00")
}

/// Fills a data directory with a shop of so many members.
pub(crate) fn fill(folder: &Path, cards: u64) {
    std::fs::create_dir_all(folder).unwrap();
    let log = Arc::new(log::Sqlite::open(&folder.join("kabao.db")).unwrap());
    let keys = Arc::new(KeyStore::open(None).unwrap());
    let key = |index| keys.published(index).verifying().spki_base64();
    let (app_key, platform_key) = (key(0), key(1));
    let engine = Arc::new(Engine::open(log, keys.clone()).unwrap());
    let new = NewSandbox { name: DEMO.to_owned(), seed: 1, published_keys: true, clock: Clock::default() };
    let sandbox = engine
        .create(&new, |call| {
            call.record(Merchant { id: MERCHANT.into(), name: "茶馆".to_owned() });
            call.record(App {
                id: APP.into(),
                merchant: MERCHANT.into(),
                name: "till".to_owned(),
                app_key,
                platform_key,
                callback: String::new(),
                era: Era::UserId,
                security: std::sync::Arc::default(),
                kind: AppKind::Merchant,
            });
            call.record(programme());
        })
        .unwrap();
    for number in 0..cards {
        join(&sandbox, number, number % 1_000 == 999);
    }
    engine.move_old_keys(&sandbox).unwrap();
    engine.snapshot(&sandbox).unwrap();
}

fn programme() -> ProgrammeCreated {
    ProgrammeCreated {
        programme: PROGRAMME.into(),
        merchant: MERCHANT.into(),
        app: APP.into(),
        request_id: "r1".to_owned(),
        document: "{}".into(),
        terms: Terms {
            numbering: Numbering { prefix: "tea".to_owned(), digits: 12 },
            columns: vec!["POINT".to_owned(), "LEVEL".to_owned()],
            levels: vec!["VIP1".to_owned()],
            rules: Vec::new(),
            code: CodeKind::StaticQr,
            notify_url: None,
            notify_app: None,
        },
    }
}

/// One customer joins with a card and some points; waits for the disk when told.
fn join(sandbox: &Sandbox, number: u64, wait: bool) {
    let user = format!("2088{number:012}");
    let stated = Statement {
        level: Some("VIP1".to_owned()),
        points: Some(Figure { hundredths: i64::try_from(number % 5_000).unwrap() * 100, decimals: 0 }),
        ..Statement::default()
    };
    let ran = sandbox
        .run(|call| {
            let profile = people::invent(&mut Chance::of(1, "person", number));
            call.record(Customer::new(user.as_str(), &profile));
            let card = CardOpened {
                card: card(number).into(),
                programme: PROGRAMME.into(),
                user: user.as_str().into(),
                external: format!("M{number:09}"),
                serial: format!("S20261121{number:09}"),
                opening: number,
                opened: Moment(1_700_000_000_000),
                valid_until: None,
                stated: stated.clone(),
                channel: None,
                channel_id: None,
                member: None,
            };
            let merchant: MerchantId = MERCHANT.into();
            let postings = instructions(&card.card, &merchant, &stated, || call.posting_id());
            call.record_and_post(card, &postings).unwrap();
        })
        .unwrap();
    if wait {
        ran.settled_blocking().unwrap();
    }
}
