//! Q01 and Q04: the right string, but another digest or another key.

use super::trials::Trials;
use super::{Found, KnownKey};

pub(super) fn find_digest(trials: &mut Trials<'_>) -> Option<Found> {
    let failed = trials.failed;
    let (said, used) = (failed.sign_type, failed.sign_type.other());
    trials.fits_with(&failed.registered_key, used, &failed.string_to_sign).then(|| Found {
        id: "Q04",
        client_string: failed.string_to_sign.clone(),
        hint: format!("the signature is valid as {}, but sign_type says {}", used.name(), said.name()),
        hint_zh: format!("签名按 {} 算法验证通过，但 sign_type 写的是 {}", used.name(), said.name()),
    })
}

pub(super) fn find_owner(trials: &mut Trials<'_>, others: &[KnownKey]) -> Option<Found> {
    let failed = trials.failed;
    let registered = failed.registered_key.fingerprint();
    let other = others
        .iter()
        .filter(|other| other.key != failed.registered_key)
        .take(30)
        .find(|other| trials.fits_with(&other.key, failed.sign_type, &failed.string_to_sign))?;
    let fingerprint = other.key.fingerprint();
    Some(Found {
        id: "Q01",
        client_string: failed.string_to_sign.clone(),
        hint: format!(
            "signed with the private key of {} (fingerprint {fingerprint}); registered for this app_id is {registered}",
            other.owner
        ),
        hint_zh: format!("签名使用的是 {} 的私钥（指纹 {fingerprint}），本应用登记的公钥指纹为 {registered}", other.owner),
    })
}
