//! The scanner: the device at the till that reads the code on a phone's screen and types it in.

use super::step;
use crate::stage::{Stage, Trouble};
use crate::vocabulary::Step;
use crate::words::Words;

pub(super) const STEPS: &[Step] = &[
    step!(Scanner, Act, "the scanner reads the code", "扫码枪读码", such_as "the scanner reads the code", "扫码枪读码", read),
    step!(
        Scanner, Act, "{customer} shows the card, and the scanner reads it twice", "(顾客){customer}出示会员卡，扫码枪读了两次",
        such_as "Li Lei shows the card, and the scanner reads it twice", "李雷出示会员卡，扫码枪读了两次", read_twice
    ),
    step!(
        Scanner, Act, "the scanner reads {text} instead", "扫码枪误读成{text}",
        such_as "the scanner reads \"KB999999\" instead", "扫码枪误读成\"KB999999\"", misread
    ),
];

async fn read(stage: &mut Stage, _: &Words) -> Result<(), Trouble> {
    let code = stage.on_screen.clone().ok_or_else(|| Trouble::usage("nobody has shown a code yet"))?;
    if code.is_empty() {
        return Err(Trouble::unmet("a code on the card's page", "the card shows none").for_good());
    }
    stage.scanned = Some(code);
    Ok(())
}

/// A gun that fires twice types the code two times: the till looks the member up each time.
async fn read_twice(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    super::customer::show(stage, words).await?;
    read(stage, words).await?;
    for _ in 0..2 {
        super::cashier::look_up(stage, words).await?;
    }
    Ok(())
}

async fn misread(stage: &mut Stage, words: &Words) -> Result<(), Trouble> {
    stage.scanned = Some(words.text(0).to_owned());
    Ok(())
}
