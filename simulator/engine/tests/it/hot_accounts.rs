//! Many clients on few accounts: sums are exact, no floor is crossed, and what is sent again is posted once.
//!
//! Over the real log in a file, each client a thread that waits for the disk like a caller does. `KABAO_LONG=1` for fifty times as
//! many. Seeds are fixed; what the machine does between is not.

use crate::long_life::file;
use crate::shop::shop;
use engine::{Engine, KeyStore, Sandbox};
use log::{Log, Verdict};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::sync::Arc;
use world::ledger::{AccountId, Answer, Done, Instruction, Open, PostingId, Refusal, Transfer, Unit};

const CLIENTS: u64 = 64;
const HOT: u128 = 10;
const EACH: i64 = 500;

fn post(sandbox: &Sandbox, instructions: &[Instruction]) -> Vec<Answer> {
    sandbox.run(|call| call.post(instructions)).unwrap().settled_blocking().unwrap()
}

/// What a client was told: the posting's content and its place.
type Told = Vec<(Transfer, u64)>;

/// Moves random amounts between the hot accounts, some of it twice, and looks that no account is below its floor.
fn client(sandbox: &Sandbox, number: u64, calls: usize) -> (Told, usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(number);
    let (mut told, mut refused): (Told, usize) = (Vec::new(), 0);
    for call in 0..calls {
        let transfers: Vec<Transfer> = (0..rng.random_range(1..6_u128))
            .map(|n| {
                let debit = rng.random_range(0..HOT);
                let credit = (debit + rng.random_range(1..HOT)) % HOT;
                let id = PostingId(u128::from(number) << 64 | (call as u128) << 8 | n);
                Transfer { id, debit: AccountId(debit), credit: AccountId(credit), amount: rng.random_range(1..200), code: 1, until: None }
            })
            .collect();
        let batch: Vec<Instruction> = transfers.iter().map(|transfer| (*transfer).into()).collect();
        for (transfer, answer) in transfers.iter().zip(post(sandbox, &batch)) {
            match answer {
                Ok(Done::Posted { first: true, sequence }) => told.push((*transfer, sequence.0)),
                Err(Refusal::BelowFloor { .. }) => refused += 1,
                other => panic!("client {number}: {transfer:?} was answered {other:?}"),
            }
        }
        if let Some((transfer, sequence)) = told.get(rng.random_range(0..told.len().max(1))) {
            let other = Transfer { amount: transfer.amount + 1, ..*transfer };
            let again = post(sandbox, &[(*transfer).into(), other.into()]);
            let same = matches!(again[0], Ok(Done::Posted { first: false, sequence: again }) if again.0 == *sequence);
            assert!(same && matches!(again[1], Err(Refusal::IdReused { .. })), "client {number}: {again:?}");
        }
        sandbox.look(|world, _| {
            for account in (0..HOT).map(AccountId) {
                assert!(world.ledger().balance(account).unwrap() >= 0, "{account} is below its floor");
            }
        });
    }
    (told, refused)
}

#[test]
fn sixty_four_clients_on_ten_accounts_lose_and_double_nothing() {
    let calls = if std::env::var_os("KABAO_LONG").is_some() { 500 } else { 10 };
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let log = file(folder.path());
        (Engine::open(log.clone(), Arc::new(KeyStore::open(None).unwrap())).unwrap(), log)
    };
    let (engine, log) = open();
    let (new, found) = shop("1", 1);
    let sandbox = engine.create(&new, found).unwrap();
    let bank = AccountId(1_000);
    let account = |id, floor| Instruction::from(Open { id, unit: Unit::Fen, floor, ceiling: i64::MAX });
    let mut opening: Vec<Instruction> = (0..HOT).map(|id| account(AccountId(id), 0)).chain([account(bank, i64::MIN)]).collect();
    opening.extend((0..HOT).map(|id| {
        let credit = AccountId(id);
        Instruction::from(Transfer { id: PostingId(u128::MAX - id), debit: bank, credit, amount: EACH, code: 1, until: None })
    }));
    assert!(post(&sandbox, &opening).iter().all(Result::is_ok));

    let done: Vec<(Told, usize)> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let sandbox = &sandbox;
                scope.spawn(move || client(sandbox, number, calls))
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });

    let refused: usize = done.iter().map(|(_, refused)| refused).sum();
    let told: Told = done.into_iter().flat_map(|(told, _)| told).collect();
    assert!(refused > 20 && told.len() > 500, "{refused} refused, {} posted: the floors were hardly tried", told.len());
    let mut expected: BTreeMap<AccountId, i64> = (0..HOT).map(|id| (AccountId(id), EACH)).collect();
    for (transfer, _) in &told {
        *expected.get_mut(&transfer.debit).unwrap() -= transfer.amount;
        *expected.get_mut(&transfer.credit).unwrap() += transfer.amount;
    }
    let mut places: Vec<u64> = told.iter().map(|(_, sequence)| *sequence).collect();
    places.sort_unstable();
    assert!(places.iter().copied().eq(11..11 + places.len() as u64), "two were told the same place, or one posting was told to nobody");
    let balances = |sandbox: &Sandbox| -> BTreeMap<AccountId, i64> {
        sandbox.look(|world, _| expected.keys().map(|id| (*id, world.ledger().balance(*id).unwrap())).collect())
    };
    assert_eq!(balances(&sandbox), expected);
    assert_eq!(expected.values().sum::<i64>(), i64::try_from(HOT).unwrap() * EACH);
    drop((sandbox, engine));
    assert!(matches!(log.verify(&"1".into()), Ok(Verdict::Whole { .. })));
    drop(log);
    let (engine, _log) = open();
    assert_eq!(balances(&engine.sandbox("1").unwrap()), expected, "read back it is the same");
}
