//! A batch run over books, one instruction after the other: singly, or a linked run on a sketch of its own that is
//! copied only when every member was accepted.

use crate::books::{Books, Guess};
use crate::fold::post;
use crate::instruction::{Answer, Done, Instruction, MOST_IN_A_BATCH};
use crate::overlay::Overlay;
use crate::posting::{Millis, Posting, Row, Sequence};
use crate::refusal::Refusal;
use crate::rules::{self, Decided};

/// How many instructions ahead the books are told to look.
pub(crate) const AHEAD: usize = 32;

/// One answer per instruction; the rows made are added to `rows`, in order.
pub(crate) fn run<B: Books>(books: &mut B, at: Millis, batch: &[Instruction], rows: &mut Vec<Row>) -> Vec<Answer> {
    if batch.len() > MOST_IN_A_BATCH {
        return vec![Err(Refusal::BatchTooLarge { size: batch.len() }); batch.len()];
    }
    let mut answers = Vec::with_capacity(batch.len());
    let mut guesses = [Guess::default(); AHEAD];
    let (mut seen_from, mut seen_to) = (0, 0);
    while let Some(instruction) = batch.get(answers.len()) {
        if answers.len() >= seen_to {
            seen_from = answers.len();
            seen_to = batch.len().min(seen_from + AHEAD);
            books.look_ahead(&batch[seen_from..seen_to], &mut guesses[..seen_to - seen_from]);
        }
        if instruction.linked {
            linked(books, at, batch, rows, &mut answers);
        } else {
            let guess = guesses[answers.len() - seen_from];
            answers.push(single(books, at, instruction, guess, rows));
        }
    }
    answers
}

#[inline]
fn single<B: Books>(books: &mut B, at: Millis, instruction: &Instruction, guess: Guess, rows: &mut Vec<Row>) -> Answer {
    let decided = rules::decide(books, at, &instruction.order, guess, rows)?;
    match (decided, rows.last()) {
        (Decided::Again(done), _) => Ok(done),
        (Decided::Open, Some(Row::Opening(opening))) => {
            books.open(opening);
            Ok(Done::Opened { first: true })
        }
        (Decided::Post(debit, credit), Some(Row::Posting(posting))) => {
            write(books, posting, debit, credit);
            Ok(Done::Posted { first: true, sequence: Sequence(books.sequence()) })
        }
        (Decided::Open | Decided::Post(..), _) => unreachable!("the rules added the row they speak of"),
    }
}

/// Runs the linked instructions from `answers.len()` on, and the one they end with.
fn linked<B: Books>(books: &mut B, at: Millis, batch: &[Instruction], rows: &mut Vec<Row>, answers: &mut Vec<Answer>) {
    let first = answers.len();
    let Some(last) = batch[first..].iter().position(|member| !member.linked) else {
        let culprit = batch.len() - 1;
        answers.resize(culprit, Err(Refusal::LinkedFailed { culprit }));
        answers.push(Err(Refusal::LinkedToNothing));
        return;
    };
    let members = &batch[first..=first + last];
    let mut sketch = Overlay::new(&*books);
    let mut made = Vec::with_capacity(members.len());
    for (place, member) in members.iter().enumerate() {
        let answer = single(&mut sketch, at, member, Guess::default(), &mut made);
        if answer.is_err() {
            let culprit = first + place;
            answers.truncate(first);
            answers.resize(first + members.len(), Err(Refusal::LinkedFailed { culprit }));
            answers[culprit] = answer;
            return;
        }
        answers.push(answer);
    }
    drop(sketch);
    for row in &made {
        copy(books, row);
    }
    rows.append(&mut made);
}

/// Writes a row that was just judged on a sketch of these very books.
fn copy<B: Books>(books: &mut B, row: &Row) {
    match row {
        Row::Opening(opening) => books.open(opening),
        Row::Posting(posting) => {
            let place = |id| books.find(id).expect("the sketch knew the account from here");
            let (debit, credit) = (place(posting.debit), place(posting.credit));
            write(books, posting, debit, credit);
        }
    }
}

/// Writes a posting that the rules let through.
#[inline]
pub(crate) fn write<B: Books>(books: &mut B, posting: &Posting, debit: u32, credit: u32) {
    post(books, posting, debit, credit).expect("the rules let only fitting rows through");
}
