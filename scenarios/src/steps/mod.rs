//! The steps stories can use, one file or folder per actor. Adding one is a function and an entry in its actor's file.

mod at_till;
mod cashier;
mod customer;
mod merchant;
mod platform;
mod scanner;

use crate::vocabulary::Step;
use std::sync::LazyLock;

/// An entry of an actor's list: wordings, examples and the function that plays it.
macro_rules! step {
    ($actor:ident, $kind:ident, $english:literal, $chinese:literal, such_as $example:literal, $example_chinese:literal, $play:path) => {
        $crate::vocabulary::Step {
            actor: $crate::vocabulary::Actor::$actor,
            kind: $crate::vocabulary::Kind::$kind,
            english: $english,
            chinese: $chinese,
            example: $example,
            example_chinese: $example_chinese,
            play: |stage, words| Box::pin($play(stage, words)),
        }
    };
}
use step;

pub(crate) use customer::HABITS;
pub(crate) use platform::{ASKINGS, BENDINGS, MOMENTS};

pub(crate) static STEPS: LazyLock<Vec<&'static Step>> = LazyLock::new(|| {
    let actors = [customer::STEPS, &[scanner::STEPS], cashier::STEPS, merchant::STEPS, platform::STEPS];
    actors.into_iter().flatten().copied().flatten().collect()
});

/// Every step a story can use, by actor, with wording and example in both languages.
pub fn steps() -> &'static [&'static Step] {
    &STEPS
}
