//! Q01, Q02 and Q04: another key or another digest. RSA itself says which, whatever text was signed.

use super::Fault;
use super::trials::{Bench, Signer};
use crate::alipay::SignType;
use crate::alipay::checks::FailedSignature;

pub(in crate::alipay) fn owner_fault(bench: &Bench, failed: &FailedSignature) -> Option<Fault> {
    let Signer::Other { known: other, elsewhere } = &bench.signer else { return None };
    let (registered, fingerprint) = (failed.registered_key.fingerprint(), other.key.fingerprint());
    let (id, place, place_zh) =
        if *elsewhere { ("Q02", ", which is of another environment", "（属于另一环境）") } else { ("Q01", "", "") };
    Some(Fault {
        id,
        hint: format!(
            "signed with the private key of {} (fingerprint {fingerprint}){place}; registered for this app_id is {registered}",
            other.owner
        ),
        hint_zh: format!("签名使用的是 {} 的私钥{place_zh}（指纹 {fingerprint}），本应用登记的公钥指纹为 {registered}", other.owner),
    })
}

pub(in crate::alipay) fn digest_fault(bench: &Bench, failed: &FailedSignature) -> Option<Fault> {
    let (said, used) = (failed.sign_type, failed.sign_type.other());
    (bench.algorithm() != said.digest()).then(|| {
        let (said, used) = (SignType::name(said), SignType::name(used));
        Fault {
            id: "Q04",
            hint: format!("the signature is valid as {used}, but sign_type says {said}"),
            hint_zh: format!("签名按 {used} 算法验证通过，但 sign_type 写的是 {said}"),
        }
    })
}
