//! Explaining a balance, and any balance of the past.

use ledger::{AccountId, Millis, Misfit, Moment, Row, Sequence, Transfer, balance_at, explain, standing_at};

use crate::journal::*;

fn a_year_of_li() -> Journal {
    let mut journal = Journal::with_members();
    journal.at = Millis(1_000);
    journal.state(10, LI, ISSUER, 10_000).unwrap();
    journal.at = Millis(2_000);
    journal.one(Transfer { until: Some(Millis(86_400_000)), ..transfer(11, ISSUER, LI, 3_500) }).unwrap();
    journal.transfer(12, ISSUER, WANG, 1_000).unwrap();
    journal.at = Millis(3_000);
    journal.hold(13, LI, WANG, 2_000, Some(50_000)).unwrap();
    journal.at = Millis(4_000);
    journal.confirm(14, 13, Some(1_250)).unwrap();
    journal.hold(15, LI, WANG, 5, None).unwrap();
    journal.release(16, 15).unwrap();
    journal.at = Millis(5_000);
    journal.reverse(17, 14).unwrap();
    journal.state(18, LI, ISSUER, 13_500).unwrap();
    journal.state(19, LI, ISSUER, 13_000).unwrap();
    journal.drain(86_400_000);
    journal
}

#[test]
fn each_posting_is_a_sentence_with_the_balance_after_it() {
    let journal = a_year_of_li();
    let lines: Vec<String> = explain(LI, journal.numbered())
        .map(|line| {
            let line = line.unwrap();
            let after = &line.after;
            let lots: i64 = after.lots.iter().map(|lot| lot.remaining + lot.frozen).sum();
            let text = line.text.replace(&"0".repeat(26), "..");
            format!("{}: {text} = {} held {} lots {lots}", after.sequence.0, after.account.balance, after.account.held)
        })
        .collect();
    let expected = [
        "1: +100 points from ..000001: a total of 100 points was stated (code 6) = 10000 held 0 lots 0",
        "2: +35 points from ..000001, until 1970-01-02T00:00:00.000Z (code 1) = 13500 held 0 lots 3500",
        "4: 20 points frozen for ..000003, until 1970-01-01T00:00:50.000Z (code 2) = 13500 held 2000 lots 3500",
        "5: -12.5 points to ..000003: hold ..00000d confirmed, 7.5 points freed (code 3) = 12250 held 0 lots 2250",
        "6: 0.05 points frozen for ..000003 (code 2) = 12250 held 5 lots 2250",
        "7: 0.05 points freed: hold ..00000f released (code 4) = 12250 held 0 lots 2250",
        "8: +12.5 points from ..000003: posting ..00000e reversed (code 5) = 13500 held 0 lots 3500",
        "9: no change: a total of 135 points was stated (code 6) = 13500 held 0 lots 3500",
        "10: -5 points to ..000001: a total of 130 points was stated (code 6) = 13000 held 0 lots 3000",
        "11: -30 points to ..000001: what was left of lot ..00000b expired = 10000 held 0 lots 0",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn the_other_side_reads_as_the_other_side() {
    let journal = a_year_of_li();
    let lines: Vec<String> = explain(WANG, journal.numbered()).map(|line| line.unwrap().text).collect();
    assert_eq!(lines[1], format!("20 points on hold from {LI}, until 1970-01-01T00:00:50.000Z (code 2)"));
    assert_eq!(lines[2], format!("+12.5 points from {LI}: hold {:032x} confirmed (code 3)", 13));
    assert_eq!(lines[4], format!("0.05 points no longer on hold: hold {:032x} released (code 4)", 15));
    assert_eq!(lines[5], format!("-12.5 points to {LI}: posting {:032x} reversed (code 5)", 14));
    let mut issuer = explain(ISSUER, journal.numbered()).map(|line| line.unwrap().text);
    let stated = issuer.find(|text| text.contains("stated")).unwrap();
    assert_eq!(stated, format!("-100 points to {LI}: a total of 100 points was stated of the other account (code 6)"));
}

#[test]
fn the_last_line_is_the_account_as_it_stands() {
    let journal = a_year_of_li();
    for account in [ISSUER, LI, WANG] {
        let last = explain(account, journal.numbered()).last().unwrap().unwrap();
        assert_eq!(last.after.account, journal.ledger.view(account).unwrap());
        assert_eq!(last.after.lots, journal.ledger.lots(account));
    }
}

#[test]
fn any_past_moment_can_be_asked() {
    let journal = a_year_of_li();
    let after = |sequence| balance_at(LI, Moment::After(Sequence(sequence)), journal.numbered()).unwrap();
    let at = |millis| balance_at(LI, Moment::At(Millis(millis)), journal.numbered()).unwrap();
    assert_eq!([0, 1, 3, 5, 11, 99].map(after), [0, 10_000, 13_500, 12_250, 10_000, 10_000]);
    assert_eq!(
        [0, 999, 1_000, 1_999, 2_000, 4_500, 86_399_999, 86_400_000].map(at),
        [0, 0, 10_000, 10_000, 13_500, 12_250, 13_000, 10_000]
    );
    let standing = standing_at(LI, Moment::At(Millis(3_000)), journal.numbered()).unwrap();
    assert_eq!((standing.sequence, standing.account.held), (Sequence(4), 2_000));
    assert_eq!((standing.lots[0].remaining, standing.lots[0].frozen), (1_500, 2_000));
}

#[test]
fn the_rows_of_the_account_alone_tell_the_same() {
    let journal = a_year_of_li();
    let own = |account: AccountId| {
        journal.numbered().filter(move |(_, row)| match row {
            Row::Opening(opening) => opening.id == account,
            Row::Posting(posting) => posting.debit == account || posting.credit == account,
        })
    };
    for account in [ISSUER, LI, WANG] {
        assert!(explain(account, own(account)).eq(explain(account, journal.numbered())));
        for millis in [0, 1_500, 4_000, 5_000, 90_000_000] {
            let moment = Moment::At(Millis(millis));
            assert_eq!(standing_at(account, moment, own(account)), standing_at(account, moment, journal.numbered()));
        }
    }
}

#[test]
fn an_answer_about_the_past_survives_a_clock_set_back() {
    let mut journal = a_year_of_li();
    let ask = |journal: &Journal| balance_at(LI, Moment::At(Millis(2_500)), journal.numbered()).unwrap();
    let before = ask(&journal);
    journal.at = Millis(2_400);
    journal.transfer(90, ISSUER, LI, 77).unwrap();
    assert_eq!(ask(&journal), before);
    assert_eq!(journal.balance(LI), 10_077);
}

#[test]
fn rows_without_the_opening_explain_nothing() {
    let journal = a_year_of_li();
    let mut lines = explain(LI, journal.numbered().skip(3));
    assert_eq!(lines.next(), Some(Err(Misfit::NeverOpened(LI))));
    assert_eq!(standing_at(AccountId(99), Moment::At(Millis(0)), journal.numbered()), Err(Misfit::NeverOpened(AccountId(99))));
}
