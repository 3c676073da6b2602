//! What holds in every history, found out by `proptest` on small worlds where everything meets everything.
//! A failure prints the shortest history it could find.

use std::collections::BTreeMap;

use ledger::{
    AccountId, Answer, Confirm, Done, Hold, Instruction, Kind, Ledger, Millis, Moment, Open, PostingId, Release, Reverse, Row, State,
    Transfer, Unit, balance_at,
};
use proptest::prelude::*;

use crate::journal::*;

#[derive(Clone, Debug)]
enum Step {
    Batch(Vec<Instruction>),
    Wait(i64),
}

fn account() -> impl Strategy<Value = AccountId> {
    (1..=5_u128).prop_map(AccountId)
}

fn until() -> impl Strategy<Value = Option<Millis>> {
    prop_oneof![3 => Just(None), 2 => (1_000..1_060_i64).prop_map(|at| Some(Millis(at)))]
}

/// Few ids, so that they are used again, and instructions refer to what is there.
fn id() -> impl Strategy<Value = PostingId> {
    (1..40_u128).prop_map(PostingId)
}

fn instruction() -> impl Strategy<Value = Instruction> {
    let amount = prop_oneof![20 => 1..50_i64, 1 => Just(0), 1 => Just(-1), 1 => Just(i64::MAX)];
    let order = prop_oneof![
        4 => (id(), account(), account(), amount.clone(), until())
            .prop_map(|(id, debit, credit, amount, until)| Transfer { id, debit, credit, amount, code: 1, until }.into()),
        3 => (id(), account(), account(), amount.clone(), until())
            .prop_map(|(id, debit, credit, amount, until)| Hold { id, debit, credit, amount, code: 2, until }.into()),
        2 => (id(), id(), proptest::option::of(amount.clone()), until())
            .prop_map(|(id, hold, amount, until)| Confirm { id, hold, amount, code: 3, until }.into()),
        1 => (id(), id()).prop_map(|(id, hold)| Release { id, hold, code: 4 }.into()),
        2 => (id(), id(), until()).prop_map(|(id, of, until)| Reverse { id, of, code: 5, until }.into()),
        1 => (id(), account(), account(), amount, until())
            .prop_map(|(id, account, contra, total, until)| State { id, account, contra, total, code: 6, until }.into()),
    ];
    (order, prop::bool::weighted(0.2)).prop_map(|(instruction, linked): (Instruction, bool)| Instruction { linked, ..instruction })
}

fn history() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => prop::collection::vec(instruction(), 1..6).prop_map(Step::Batch),
        2 => (0..12_i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..40)
}

/// Five accounts: two without limits, one that may not owe, one that may hold little, one that may owe a little.
fn small_world() -> Journal {
    let mut journal = Journal { at: Millis(1_000), ..Journal::default() };
    for (id, floor, ceiling) in [(1, NO_FLOOR, NO_CEILING), (2, NO_FLOOR, NO_CEILING), (3, 0, NO_CEILING), (4, 0, 60), (5, -30, 90)] {
        journal.one(Open { id: AccountId(id), unit: Unit::Point, floor, ceiling }).unwrap();
    }
    journal
}

/// Lives a history; `after` sees the journal after each step, with the batch and its answers if it was one.
fn lived(history: &[Step], mut after: impl FnMut(&mut Journal, &[Instruction], &[Answer])) -> Journal {
    let mut journal = small_world();
    for step in history {
        match step {
            Step::Wait(millis) => {
                journal.drain(journal.at.0 + millis);
                after(&mut journal, &[], &[]);
            }
            Step::Batch(batch) => {
                let answers = journal.batch(batch);
                after(&mut journal, batch, &answers);
            }
        }
    }
    journal
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn money_is_conserved_and_no_limit_is_crossed(history in history()) {
        lived(&history, |journal, _, _| {
            for (unit, total) in journal.ledger.totals() {
                assert_eq!(total, 0, "sum of all {unit:?}");
            }
            for account in journal.ledger.accounts() {
                let (balance, held, coming) = (i128::from(account.balance), i128::from(account.held), i128::from(account.coming));
                assert!(balance - held >= i128::from(account.floor), "{account:?}");
                assert!(balance + coming <= i128::from(account.ceiling), "{account:?}");
                let lots = journal.ledger.lots(account.id);
                assert!(lots.iter().all(|lot| lot.remaining >= 0 && lot.frozen >= 0));
                assert!(lots.iter().map(|lot| i128::from(lot.frozen)).sum::<i128>() <= held, "{account:?} {lots:?}");
                if account.floor == 0 {
                    let in_lots: i128 = lots.iter().map(|lot| i128::from(lot.remaining + lot.frozen)).sum();
                    assert!(in_lots <= balance, "{account:?} {lots:?}");
                }
            }
        });
    }

    #[test]
    fn a_hold_is_settled_at_most_once_and_a_posting_reversed_at_most_once(history in history()) {
        let journal = lived(&history, |_, _, _| ());
        let (mut settled, mut reversed, mut lots) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut amounts = BTreeMap::new();
        for row in &journal.rows {
            let Row::Posting(posting) = row else { continue };
            amounts.insert(posting.id, posting.amount);
            let Some(of) = posting.refers_to else { continue };
            let whole = amounts[&of];
            match posting.kind {
                Kind::Confirm => assert!(posting.amount <= whole, "more than was held"),
                Kind::Release | Kind::Expire | Kind::Reverse => assert_eq!(posting.amount, whole),
                _ => assert!(posting.amount <= whole, "more expired than there was"),
            }
            match posting.kind {
                Kind::Reverse => *reversed.entry(of).or_insert(0) += 1,
                Kind::LotExpiry => *lots.entry(of).or_insert(0) += posting.amount,
                _ => *settled.entry(of).or_insert(0) += 1,
            }
        }
        assert!(settled.values().chain(reversed.values()).all(|&times| times == 1));
        assert!(lots.iter().all(|(lot, &expired)| expired <= amounts[lot]));
        let open = journal.ledger.open_holds();
        assert!(open.iter().all(|hold| !settled.contains_key(&hold.id)));
    }

    #[test]
    fn what_was_accepted_sent_again_changes_nothing(history in history()) {
        lived(&history, |journal, batch, answers| {
            let rows = journal.rows.len();
            let accepted: Vec<_> = batch.iter().zip(answers).filter(|(_, answer)| answer.is_ok()).collect();
            let again: Vec<_> = accepted.iter().map(|(instruction, _)| Instruction { linked: false, ..**instruction }).collect();
            for (answer, (_, first)) in journal.batch(&again).iter().zip(&accepted) {
                match (answer, first) {
                    (Ok(Done::Posted { first: false, sequence }), Ok(Done::Posted { sequence: first, .. })) => {
                        assert_eq!(sequence, first);
                    }
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(journal.rows.len(), rows);
        });
    }

    #[test]
    fn rows_replayed_give_the_same_ledger_from_the_start_and_from_any_snapshot(history in history(), from in 0..40_usize) {
        let mut snapshots = Vec::new();
        let journal = lived(&history, |journal, _, _| snapshots.push((journal.rows.len(), bytes_of(&journal.ledger))));
        let now = bytes_of(&journal.ledger);
        let mut replayed = Ledger::new();
        for row in &journal.rows {
            prop_assert_eq!(replayed.replay(row), Ok(()));
        }
        prop_assert!(bytes_of(&replayed) == now);
        let (place, chunks) = &snapshots[from % snapshots.len()];
        let mut restored = Ledger::restore(chunks).unwrap();
        for row in &journal.rows[*place..] {
            prop_assert_eq!(restored.replay(row), Ok(()));
        }
        prop_assert!(bytes_of(&restored) == now);
    }

    #[test]
    fn past_balances_never_change(history in history()) {
        let mut seen = Vec::new();
        let journal = lived(&history, |journal, _, _| {
            for account in journal.ledger.accounts() {
                seen.push((account.id, journal.ledger.sequence(), account.balance));
            }
        });
        for (account, sequence, balance) in seen {
            assert_eq!(balance_at(account, Moment::After(sequence), journal.numbered()), Ok(balance));
        }
    }

    #[test]
    fn a_linked_run_is_accepted_whole_or_not_at_all(history in history()) {
        lived(&history, |_, batch, answers| {
            let mut first = 0;
            for (place, instruction) in batch.iter().enumerate() {
                if !instruction.linked || place + 1 == batch.len() {
                    let run = &answers[first..=place];
                    assert!(run.iter().all(Result::is_ok) || run.iter().all(Result::is_err), "{run:?}");
                    first = place + 1;
                }
            }
        });
    }
}
