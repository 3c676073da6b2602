//! Q07 and Q08 on `sign` itself: the signature is right, its text was damaged on the way.

use super::Found;
use super::trials::{Mended, Trials};

pub(super) fn find(trials: &mut Trials<'_>) -> Option<Found> {
    let string = trials.failed.string_to_sign.clone();
    if trials.mended == Mended::No || !trials.fits(&string) {
        return None;
    }
    Some(match trials.mended {
        Mended::EncodedTwice => Found {
            id: "Q08",
            client_string: string,
            hint: "sign was percent-encoded twice; encode it once, or leave the encoding to the HTTP library".into(),
            hint_zh: "sign 被URL编码了两次，只需编码一次（或交给HTTP库编码）".into(),
        },
        _ => Found {
            id: "Q07",
            client_string: string,
            hint: "sign arrived with spaces where it had +: percent-encode it, + as %2B".into(),
            hint_zh: "sign 中的 + 变成了空格：发送前须做URL编码，+ 应编码为 %2B".into(),
        },
    })
}
