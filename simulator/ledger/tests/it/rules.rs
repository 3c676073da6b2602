//! Each rule of the ledger by example. The general truths are in `properties.rs`, random life in `workload.rs`.

use ledger::{
    AccountId, Confirm, Done, Instruction, Kind, Ledger, Millis, Misfit, Open, Posting, PostingId, Refusal, Reverse, Row, State, Transfer,
    Unit,
};

use crate::journal::*;

#[test]
fn a_transfer_moves_an_amount_and_gets_the_next_sequence() {
    let mut journal = Journal::with_members();
    assert_eq!(journal.transfer(10, ISSUER, LI, 3500), posted(1));
    assert_eq!(journal.transfer(11, LI, WANG, 500), posted(2));
    assert_eq!([ISSUER, LI, WANG].map(|account| journal.balance(account)), [-3500, 3000, 500]);
    assert!(journal.ledger.totals().iter().all(|&(_, sum)| sum == 0));
}

#[test]
fn the_same_id_and_content_gets_the_first_result_even_when_it_could_not_happen_now() {
    let mut journal = Journal::with_members();
    journal.transfer(10, ISSUER, LI, 100).unwrap();
    assert_eq!(journal.transfer(11, LI, WANG, 100), posted(2));
    journal.at = Millis(2000);
    assert_eq!(journal.transfer(11, LI, WANG, 100), posted_before(2));
    assert_eq!(journal.balance(LI), 0);
}

#[test]
fn the_same_id_with_any_other_content_is_refused() {
    let mut journal = Journal::with_members();
    journal.transfer(9, ISSUER, LI, 1000).unwrap();
    journal.hold(8, LI, WANG, 5, None).unwrap();
    let first = Transfer { until: Some(Millis(5000)), ..transfer(10, ISSUER, LI, 100) };
    journal.one(first).unwrap();
    let others: [Instruction; 10] = [
        Transfer { debit: WANG, ..first }.into(),
        Transfer { credit: WANG, ..first }.into(),
        Transfer { credit: AccountId(77), ..first }.into(),
        Transfer { amount: 101, ..first }.into(),
        Transfer { amount: -100, ..first }.into(),
        Transfer { code: 2, ..first }.into(),
        Transfer { until: None, ..first }.into(),
        hold(10, ISSUER, LI, 100, Some(5000)).into(),
        confirm(10, 8, None).into(),
        state(10, LI, ISSUER, 100).into(),
    ];
    for other in others {
        assert_eq!(journal.one(other), reused(10, 3), "{other:?}");
    }
    assert_eq!(journal.one(first), posted_before(3));
}

#[test]
fn a_batch_sees_its_own_earlier_instructions() {
    let mut journal = Journal::with_members();
    let answers = journal.batch(&[
        Open { id: AccountId(4), unit: Unit::Point, floor: 0, ceiling: 50 }.into(),
        transfer(10, ISSUER, AccountId(4), 50).into(),
        transfer(11, AccountId(4), LI, 30).into(),
        transfer(12, AccountId(4), LI, 30).into(),
        transfer(11, AccountId(4), LI, 30).into(),
    ]);
    assert_eq!(answers[0], Ok(Done::Opened { first: true }));
    assert_eq!(answers[1..3], [posted(1), posted(2)]);
    assert!(matches!(answers[3], Err(Refusal::BelowFloor { balance: 20, amount: 30, .. })));
    assert_eq!(answers[4], posted_before(2));
}

#[test]
fn a_floor_and_a_ceiling_hold_to_the_last_point() {
    let mut journal = Journal::with_members();
    journal.open(AccountId(4), -100, 200).unwrap();
    assert!(matches!(journal.transfer(10, AccountId(4), LI, 101), Err(Refusal::BelowFloor { balance: 0, floor: -100, amount: 101, .. })));
    journal.transfer(10, AccountId(4), LI, 100).unwrap();
    assert!(matches!(
        journal.transfer(11, ISSUER, AccountId(4), 301),
        Err(Refusal::AboveCeiling { balance: -100, ceiling: 200, amount: 301, .. })
    ));
    journal.transfer(11, ISSUER, AccountId(4), 300).unwrap();
    assert_eq!(journal.balance(AccountId(4)), 200);
}

#[test]
fn nothing_ever_leaves_64_bits() {
    let mut journal = Journal::with_members();
    journal.open(AccountId(4), NO_FLOOR, NO_CEILING).unwrap();
    journal.transfer(10, ISSUER, AccountId(4), i64::MAX).unwrap();
    assert!(matches!(journal.transfer(11, ISSUER, AccountId(4), 1), Err(Refusal::Overflow { account: AccountId(4), .. })));
    journal.transfer(12, ISSUER, LI, 1).unwrap();
    assert_eq!(journal.balance(ISSUER), i64::MIN);
    assert!(matches!(journal.transfer(13, ISSUER, WANG, 1), Err(Refusal::Overflow { account: ISSUER, .. })));
    let far = journal.state(14, AccountId(4), ISSUER, i64::MIN);
    assert!(matches!(far, Err(Refusal::Overflow { .. })), "{far:?}");
    journal.hold(15, AccountId(4), LI, i64::MAX - 1, None).unwrap();
    let twice = journal.hold(16, AccountId(4), WANG, i64::MAX, None);
    assert!(matches!(twice, Err(Refusal::Overflow { account: AccountId(4), .. })), "{twice:?}");
}

#[test]
fn bad_input_gets_a_named_refusal_and_changes_nothing() {
    let mut journal = Journal::with_members();
    journal.one(Open { id: AccountId(5), unit: Unit::Fen, floor: 0, ceiling: NO_CEILING }).unwrap();
    let unknown = AccountId(99);
    for (answer, refusal) in [
        (journal.transfer(10, unknown, LI, 1), Refusal::UnknownAccount { account: unknown }),
        (journal.transfer(10, LI, unknown, 1), Refusal::UnknownAccount { account: unknown }),
        (journal.transfer(10, LI, LI, 1), Refusal::SameAccount { account: LI }),
        (journal.transfer(10, LI, AccountId(5), 1), Refusal::UnitMismatch { debit: Unit::Point, credit: Unit::Fen }),
        (journal.transfer(10, ISSUER, LI, 0), Refusal::AmountNotPositive { amount: 0 }),
        (journal.transfer(10, ISSUER, LI, -5), Refusal::AmountNotPositive { amount: -5 }),
        (journal.lot(10, ISSUER, LI, 5, 1000), Refusal::AlreadyOver { until: Millis(1000), at: Millis(1000) }),
        (journal.confirm(10, 7, None), Refusal::UnknownHold { hold: PostingId(7) }),
        (journal.release(10, 7), Refusal::UnknownHold { hold: PostingId(7) }),
        (journal.reverse(10, 7), Refusal::UnknownPosting { posting: PostingId(7) }),
        (journal.open(AccountId(6), 1, 5), Refusal::LimitsExcludeZero { floor: 1, ceiling: 5 }),
        (journal.open(AccountId(6), -5, -1), Refusal::LimitsExcludeZero { floor: -5, ceiling: -1 }),
        (journal.open(LI, -1, NO_CEILING), Refusal::AccountExists { account: LI, unit: Unit::Point, floor: 0, ceiling: NO_CEILING }),
    ] {
        assert_eq!(answer, Err(refusal));
    }
    assert_eq!(journal.ledger.sequence().0, 0);
    assert_eq!(journal.open(LI, 0, NO_CEILING), Ok(Done::Opened { first: false }));
    // a refused id is free: nothing of it has happened
    assert_eq!(journal.transfer(10, ISSUER, LI, 1), posted(1));
}

#[test]
fn too_large_a_batch_is_refused_whole() {
    let mut journal = Journal::with_members();
    let batch: Vec<Instruction> = (0..8193).map(|id| transfer(id, ISSUER, LI, 1).into()).collect();
    let answers = journal.batch(&batch);
    assert_eq!(answers, vec![Err(Refusal::BatchTooLarge { size: 8193 }); 8193]);
    let mut rows = Vec::new();
    assert!(journal.ledger.execute(Millis(1), &batch[1..], &mut rows).iter().all(Result::is_ok));
    assert_eq!(rows.len(), 8192);
}

#[test]
fn linked_instructions_happen_all_or_none() {
    let mut journal = Journal::with_members();
    let failed = |culprit| Err(Refusal::LinkedFailed { culprit });
    let link = |instruction: Transfer| Instruction::from(instruction).linked();
    let batch = [
        transfer(10, ISSUER, LI, 100).into(),
        link(transfer(11, LI, WANG, 60)),
        link(transfer(12, LI, WANG, 60)),
        transfer(13, ISSUER, WANG, 1).into(),
        link(transfer(14, LI, WANG, 40)),
        transfer(15, LI, WANG, 40).into(),
        link(transfer(16, ISSUER, WANG, 5)),
    ];
    let answers = journal.batch(&batch);
    assert_eq!(answers[0], posted(1));
    assert_eq!(answers[1], failed(2));
    assert!(matches!(answers[2], Err(Refusal::BelowFloor { balance: 40, .. })), "a member sees the members before it");
    assert_eq!(answers[3], failed(2));
    assert_eq!(answers[4], posted(2));
    assert!(matches!(answers[5], Ok(Done::Posted { .. })) == (journal.balance(LI) == 20));
    assert_eq!(answers[6], Err(Refusal::LinkedToNothing));
}

#[test]
fn a_linked_run_sent_again_gets_its_first_results() {
    let mut journal = Journal::with_members();
    let opens = Open { id: AccountId(4), unit: Unit::Point, floor: 0, ceiling: 10 };
    let run = [
        Instruction::from(opens).linked(),
        Instruction::from(transfer(10, ISSUER, AccountId(4), 10)).linked(),
        Instruction::from(hold(11, AccountId(4), LI, 10, None)).linked(),
        confirm(12, 11, None).into(),
    ];
    assert_eq!(journal.batch(&run), [Ok(Done::Opened { first: true }), posted(1), posted(2), posted(3)]);
    let again = [Ok(Done::Opened { first: false }), posted_before(1), posted_before(2), posted_before(3)];
    assert_eq!(journal.batch(&run), again);
    assert_eq!((journal.balance(AccountId(4)), journal.balance(LI)), (0, 10));
}

#[test]
fn a_hold_freezes_what_it_will_move() {
    let mut journal = Journal::with_members();
    journal.transfer(9, ISSUER, LI, 100).unwrap();
    assert_eq!(journal.hold(10, LI, WANG, 70, None), posted(2));
    assert_eq!((journal.balance(LI), journal.available(LI), journal.balance(WANG)), (100, 30, 0));
    assert!(matches!(journal.transfer(11, LI, WANG, 31), Err(Refusal::BelowFloor { frozen: 70, amount: 31, .. })));
    assert!(matches!(journal.transfer(11, WANG, LI, 1), Err(Refusal::BelowFloor { .. })), "not there yet");
    assert_eq!(journal.confirm(12, 10, None), posted(3));
    assert_eq!((journal.balance(LI), journal.available(LI), journal.balance(WANG)), (30, 30, 70));
    assert!(journal.ledger.open_holds().is_empty());
}

#[test]
fn a_hold_is_settled_exactly_once() {
    let mut journal = Journal::with_members();
    journal.transfer(9, ISSUER, LI, 100).unwrap();
    journal.hold(10, LI, WANG, 70, None).unwrap();
    let too_much = Refusal::MoreThanHeld { hold: PostingId(10), held: 70, asked: 71 };
    assert_eq!(journal.confirm(11, 10, Some(71)), Err(too_much));
    assert_eq!(journal.confirm(11, 10, Some(0)), Err(Refusal::AmountNotPositive { amount: 0 }));
    assert_eq!(journal.confirm(11, 10, Some(50)), posted(3));
    let settled = Err(Refusal::HoldSettled { hold: PostingId(10), by: Kind::Confirm });
    assert_eq!(journal.confirm(12, 10, Some(20)), settled);
    assert_eq!(journal.release(13, 10), settled);
    assert_eq!(journal.confirm(11, 10, Some(50)), posted_before(3));
    assert_eq!(journal.confirm(11, 10, None), reused(11, 3), "all of the hold was not what was confirmed");
    assert_eq!((journal.balance(LI), journal.available(LI), journal.balance(WANG)), (50, 50, 50));

    journal.hold(20, LI, WANG, 50, None).unwrap();
    assert_eq!(journal.release(21, 20), posted(5));
    assert_eq!(journal.release(21, 20), posted_before(5));
    let settled = Err(Refusal::HoldSettled { hold: PostingId(20), by: Kind::Release });
    assert_eq!(journal.confirm(22, 20, None), settled);
    assert_eq!(journal.available(LI), 50);

    journal.hold(30, LI, WANG, 50, None).unwrap();
    assert_eq!(journal.confirm(31, 30, None), posted(7));
    assert_eq!(journal.confirm(31, 30, Some(50)), posted_before(7), "all of it, said in another way");
}

#[test]
fn a_hold_that_nobody_settles_expires() {
    let mut journal = Journal::with_members();
    journal.transfer(9, ISSUER, LI, 100).unwrap();
    journal.hold(10, LI, WANG, 70, Some(5000)).unwrap();
    assert_eq!(journal.ledger.next_due(Millis(0)), Some(Millis(5000)));
    assert_eq!(journal.drain(4999), 0);
    journal.at = Millis(5000);
    let over = Err(Refusal::HoldExpired { hold: PostingId(10), at: Millis(5000) });
    assert_eq!(journal.confirm(11, 10, None), over, "too late, even before the expiry is posted");
    assert_eq!(journal.available(LI), 30, "frozen until the expiry is posted");
    assert_eq!(journal.drain(5000), 1);
    assert_eq!(journal.available(LI), 100);
    assert_eq!(journal.confirm(11, 10, None), over);
    assert_eq!(journal.release(12, 10), over);
    assert!(matches!(
        journal.rows.last(),
        Some(Row::Posting(Posting { kind: Kind::Expire, amount: 70, refers_to: Some(PostingId(10)), .. }))
    ));
    assert_eq!(journal.ledger.next_due(Millis(0)), None);
}

#[test]
fn a_confirmation_is_never_refused_for_the_receivers_ceiling() {
    let mut journal = Journal::with_members();
    journal.open(AccountId(4), 0, 100).unwrap();
    journal.transfer(9, ISSUER, LI, 100).unwrap();
    journal.hold(10, LI, AccountId(4), 80, None).unwrap();
    assert!(matches!(journal.transfer(11, ISSUER, AccountId(4), 21), Err(Refusal::AboveCeiling { coming: 80, amount: 21, .. })));
    journal.transfer(11, ISSUER, AccountId(4), 20).unwrap();
    assert_eq!(journal.confirm(12, 10, None), posted(4));
    assert_eq!(journal.balance(AccountId(4)), 100);
}

#[test]
fn a_posting_is_reversed_once() {
    let mut journal = Journal::with_members();
    journal.transfer(9, ISSUER, LI, 100).unwrap();
    journal.transfer(10, LI, WANG, 60).unwrap();
    assert_eq!(journal.reverse(11, 10), posted(3));
    assert_eq!((journal.balance(LI), journal.balance(WANG)), (100, 0));
    assert_eq!(journal.reverse(11, 10), posted_before(3));
    assert_eq!(journal.reverse(12, 10), Err(Refusal::AlreadyReversed { posting: PostingId(10) }));
    let of_reversal = Refusal::NotReversible { posting: PostingId(11), kind: Kind::Reverse };
    assert_eq!(journal.reverse(12, 11), Err(of_reversal));
}

#[test]
fn a_confirmation_can_be_reversed_but_the_hold_itself_cannot() {
    let mut journal = Journal::with_members();
    journal.transfer(9, ISSUER, LI, 100).unwrap();
    journal.hold(10, LI, WANG, 60, None).unwrap();
    let of_hold = Refusal::NotReversible { posting: PostingId(10), kind: Kind::Hold };
    assert_eq!(journal.reverse(12, 10), Err(of_hold));
    journal.confirm(11, 10, Some(40)).unwrap();
    journal.reverse(12, 11).unwrap();
    assert_eq!((journal.balance(LI), journal.available(LI), journal.balance(WANG)), (100, 100, 0));
}

#[test]
fn what_was_spent_meanwhile_cannot_be_taken_back() {
    let mut journal = Journal::with_members();
    journal.transfer(9, ISSUER, LI, 100).unwrap();
    journal.transfer(10, LI, WANG, 1).unwrap();
    assert!(matches!(journal.reverse(11, 9), Err(Refusal::BelowFloor { balance: 99, amount: 100, .. })));
    journal.reverse(12, 10).unwrap();
    journal.reverse(11, 9).unwrap();
}

#[test]
fn a_statement_posts_the_difference_and_keeps_the_total() {
    let mut journal = Journal::with_members();
    let last = |journal: &Journal| match journal.rows.last() {
        Some(&Row::Posting(posting)) => (posting.kind, posting.debit, posting.credit, posting.amount, posting.stated),
        other => panic!("{other:?}"),
    };
    assert_eq!(journal.state(10, LI, ISSUER, 3500), posted(1));
    assert_eq!(last(&journal), (Kind::StatedUp, ISSUER, LI, 3500, Some(3500)));
    assert_eq!(journal.state(11, LI, ISSUER, 2000), posted(2));
    assert_eq!(last(&journal), (Kind::StatedDown, LI, ISSUER, 1500, Some(2000)));
    assert_eq!(journal.state(12, LI, ISSUER, 2000), posted(3), "the same total is still a statement");
    assert_eq!(last(&journal), (Kind::StatedUp, ISSUER, LI, 0, Some(2000)));
    assert_eq!((journal.balance(LI), journal.balance(ISSUER)), (2000, -2000));
    assert_eq!(journal.state(11, LI, ISSUER, 2000), posted_before(2), "though today the difference would be another");
    assert_eq!(journal.state(11, ISSUER, LI, 2000), reused(11, 2), "another account's total");
    assert_eq!(journal.state(12, LI, ISSUER, 2001), reused(12, 3));
    assert!(matches!(journal.state(13, LI, ISSUER, -1), Err(Refusal::BelowFloor { .. })));
    assert!(matches!(journal.reverse(14, 10), Err(Refusal::NotReversible { kind: Kind::StatedUp, .. })));
}

#[test]
fn a_statement_below_what_is_frozen_is_refused() {
    let mut journal = Journal::with_members();
    journal.state(10, LI, ISSUER, 100).unwrap();
    journal.hold(11, LI, WANG, 60, None).unwrap();
    assert!(matches!(journal.state(12, LI, ISSUER, 59), Err(Refusal::BelowFloor { frozen: 60, amount: 41, .. })));
    journal.state(12, LI, ISSUER, 60).unwrap();
    assert_eq!(journal.available(LI), 0);
}

#[test]
fn spending_takes_the_points_that_expire_first() {
    let mut journal = Journal::with_members();
    journal.transfer(9, ISSUER, LI, 10).unwrap();
    journal.lot(10, ISSUER, LI, 100, 9000).unwrap();
    journal.lot(11, ISSUER, LI, 100, 5000).unwrap();
    journal.lot(12, ISSUER, LI, 100, 9000).unwrap();
    journal.transfer(13, LI, WANG, 150).unwrap();
    assert_eq!(journal.lots(LI), [(9000, 50, 0), (9000, 100, 0)]);
    assert_eq!(journal.lots(WANG), [], "what was given on does not expire unless the giver says so");
    journal.transfer(14, LI, WANG, 155).unwrap();
    assert_eq!((journal.lots(LI), journal.balance(LI)), (vec![], 5), "what no lot holds goes last");
}

#[test]
fn what_is_left_of_a_lot_goes_back_to_its_issuer() {
    let mut journal = Journal::with_members();
    journal.lot(10, ISSUER, LI, 100, 5000).unwrap();
    journal.lot(11, ISSUER, LI, 100, 4000).unwrap();
    journal.transfer(12, LI, WANG, 130).unwrap();
    assert_eq!(journal.ledger.next_due(Millis(0)), Some(Millis(5000)), "nothing is left of the other");
    journal.at = Millis(5000);
    assert_eq!((journal.balance(LI), journal.available(LI)), (70, 0), "over, though not yet posted");
    assert!(matches!(journal.transfer(13, LI, WANG, 1), Err(Refusal::BelowFloor { frozen: 70, .. })));
    assert_eq!(journal.drain(5000), 1);
    assert!(matches!(
        journal.rows.last(),
        Some(Row::Posting(Posting {
            kind: Kind::LotExpiry,
            debit: LI,
            credit: ISSUER,
            amount: 70,
            refers_to: Some(PostingId(10)),
            until: Some(Millis(5000)),
            ..
        }))
    ));
    assert_eq!((journal.balance(LI), journal.balance(ISSUER)), (0, -130));
    assert_eq!(journal.drain(6000), 0);
}

#[test]
fn expiries_come_oldest_first_and_as_many_as_asked_for() {
    let mut journal = Journal::with_members();
    for (id, until) in [(10, 7000), (11, 5000), (12, 6000)] {
        journal.lot(id, ISSUER, LI, 10, until).unwrap();
    }
    journal.hold(13, ISSUER, WANG, 5, Some(5500)).unwrap();
    let of = |rows: &[Row]| -> Vec<u128> {
        let posting = |row: &Row| match row {
            Row::Posting(posting) => posting.refers_to.unwrap().0,
            Row::Opening(_) => panic!("nothing opens by itself"),
        };
        rows.iter().map(posting).collect()
    };
    assert_eq!(of(&journal.ledger.due(Millis(6500), 10)), [11, 13, 12]);
    assert_eq!(of(&journal.ledger.due(Millis(9999), 2)), [11, 13]);
    assert_eq!(journal.drain(9999), 4);
}

#[test]
fn a_frozen_part_of_a_lot_expires_only_when_its_hold_lets_go() {
    let mut journal = Journal::with_members();
    journal.lot(10, ISSUER, LI, 100, 5000).unwrap();
    journal.hold(11, LI, WANG, 60, Some(8000)).unwrap();
    assert_eq!(journal.lots(LI), [(5000, 40, 60)]);
    assert_eq!(journal.drain(5000), 1);
    assert_eq!((journal.balance(LI), journal.lots(LI)), (60, vec![(5000, 0, 60)]));
    journal.confirm(12, 11, Some(25)).unwrap();
    assert_eq!((journal.balance(LI), journal.available(LI), journal.lots(LI)), (35, 0, vec![(5000, 35, 0)]));
    assert_eq!(journal.drain(5001), 1);
    assert_eq!((journal.balance(LI), journal.balance(WANG), journal.lots(LI)), (0, 25, vec![]));
}

#[test]
fn a_hold_and_its_overdue_lot_expire_in_one_go() {
    let mut journal = Journal::with_members();
    journal.lot(10, ISSUER, LI, 100, 5000).unwrap();
    journal.hold(11, LI, WANG, 60, Some(8000)).unwrap();
    let rows = journal.ledger.due(Millis(9000), 10);
    let amounts = rows.iter().map(|row| match row {
        Row::Posting(posting) => (posting.kind, posting.amount),
        Row::Opening(_) => panic!("nothing opens by itself"),
    });
    assert_eq!(amounts.collect::<Vec<_>>(), [(Kind::LotExpiry, 40), (Kind::Expire, 60), (Kind::LotExpiry, 60)]);
    assert_eq!(journal.drain(9000), 3);
    assert_eq!(journal.balance(LI), 0);
}

#[test]
fn a_reversal_gives_points_back_to_the_lots_they_came_from() {
    let mut journal = Journal::with_members();
    journal.lot(10, ISSUER, LI, 100, 5000).unwrap();
    journal.lot(11, ISSUER, LI, 100, 9000).unwrap();
    journal.transfer(12, LI, WANG, 150).unwrap();
    journal.reverse(13, 12).unwrap();
    assert_eq!(journal.lots(LI), [(5000, 100, 0), (9000, 100, 0)]);
    journal.transfer(14, LI, WANG, 150).unwrap();
    journal.drain(6000);
    journal.one(Reverse { until: Some(Millis(7000)), ..reverse(15, 14) }).unwrap();
    assert_eq!(journal.lots(LI), [(7000, 100, 0), (9000, 100, 0)], "the first lot's day has passed");
    assert_eq!(journal.balance(LI), 200);
}

#[test]
fn a_reversal_of_points_granted_takes_those_very_points() {
    let mut journal = Journal::with_members();
    journal.lot(10, ISSUER, LI, 100, 5000).unwrap();
    journal.lot(11, ISSUER, LI, 100, 9000).unwrap();
    journal.transfer(12, LI, WANG, 20).unwrap();
    journal.reverse(13, 11).unwrap();
    assert_eq!(journal.lots(LI), [(5000, 80, 0)]);
    journal.lot(14, ISSUER, LI, 100, 9000).unwrap();
    journal.reverse(15, 10).unwrap();
    assert_eq!(journal.lots(LI), [(9000, 80, 0)], "what is missing of its own comes from the others");
}

#[test]
fn a_confirmation_and_a_statement_may_bring_lots() {
    let mut journal = Journal::with_members();
    journal.hold(10, ISSUER, LI, 50, None).unwrap();
    journal.one(Confirm { until: Some(Millis(5000)), ..confirm(11, 10, None) }).unwrap();
    journal.one(State { until: Some(Millis(6000)), ..state(12, LI, ISSUER, 80) }).unwrap();
    journal.one(State { until: Some(Millis(7000)), ..state(13, LI, ISSUER, 80) }).unwrap();
    assert_eq!(journal.lots(LI), [(5000, 50, 0), (6000, 30, 0)]);
    journal.one(State { until: Some(Millis(7000)), ..state(14, LI, ISSUER, 70) }).unwrap();
    assert_eq!(journal.lots(LI), [(5000, 40, 0), (6000, 30, 0)]);
}

#[test]
fn a_lot_whose_issuer_has_no_room_waits() {
    let mut journal = Journal::with_members();
    let shop = AccountId(4);
    journal.open(shop, 0, 100).unwrap();
    journal.transfer(9, ISSUER, shop, 100).unwrap();
    journal.lot(10, shop, LI, 30, 5000).unwrap();
    journal.transfer(11, ISSUER, shop, 30).unwrap();
    assert_eq!(journal.drain(6000), 0, "the ceiling stands");
    assert_eq!((journal.balance(LI), journal.available(LI)), (30, 0));
    assert_eq!(journal.ledger.next_due(Millis(6000)), None, "nothing to wait for by the clock");
    journal.transfer(12, shop, WANG, 30).unwrap();
    assert_eq!(journal.drain(6000), 1);
    assert_eq!(journal.balance(LI), 0);
}

#[test]
fn an_expiry_keeps_clear_of_ids_clients_took() {
    let mut journal = Journal::with_members();
    journal.lot(10, ISSUER, LI, 100, 5000).unwrap();
    let id_now = |journal: &Journal| match journal.ledger.due(Millis(5000), 1)[0] {
        Row::Posting(posting) => posting.id,
        Row::Opening(_) => panic!("nothing opens by itself"),
    };
    // the id depends on the sequence: what a client must know is the one after its own posting
    let taken = {
        let mut ahead = Journal::with_members();
        ahead.lot(10, ISSUER, LI, 100, 5000).unwrap();
        ahead.transfer(11, ISSUER, WANG, 1).unwrap();
        id_now(&ahead)
    };
    journal.transfer(taken.0, ISSUER, WANG, 1).unwrap();
    assert_ne!(id_now(&journal), taken);
    assert_eq!(journal.drain(5000), 1);
}

#[test]
fn rows_that_cannot_follow_are_named() {
    let journal = {
        let mut journal = Journal::with_members();
        journal.transfer(10, ISSUER, LI, 100).unwrap();
        journal.hold(11, LI, WANG, 50, None).unwrap();
        journal.confirm(12, 11, None).unwrap();
        journal
    };
    let rows = &journal.rows;
    let replay = |rows: &[&Row]| {
        let mut ledger = Ledger::new();
        rows.iter().try_for_each(|row| ledger.replay(row))
    };
    assert_eq!(replay(&rows.iter().collect::<Vec<_>>()), Ok(()));
    assert_eq!(replay(&[&rows[0], &rows[0]]), Err(Misfit::OpenTwice(ISSUER)));
    assert_eq!(replay(&[&rows[0], &rows[3]]), Err(Misfit::NeverOpened(LI)));
    assert_eq!(replay(&[&rows[0], &rows[1], &rows[3], &rows[3]]), Err(Misfit::MadeTwice(PostingId(10))));
    let without_hold: Vec<_> = rows[..4].iter().chain(&rows[5..]).collect();
    assert_eq!(replay(&without_hold), Err(Misfit::NoOpenHold(PostingId(12))));
}

#[test]
fn a_clock_set_back_neither_stops_the_ledger_nor_revives_what_expired() {
    let mut journal = Journal::with_members();
    journal.lot(10, ISSUER, LI, 100, 5000).unwrap();
    journal.drain(6000);
    journal.at = Millis(2000);
    assert_eq!(journal.balance(LI), 0);
    journal.lot(11, ISSUER, LI, 40, 5000).unwrap();
    journal.transfer(12, LI, WANG, 40).unwrap();
    assert_eq!(journal.drain(6000), 0);
}
