//! `alipay.open.app.alipaycert.download`: the certificate of the platform that a serial number names, with its issuer.
//!
//! SDKs call it by themselves when an answer names a certificate they do not have (PROTOCOL B). It has no specification table
//! and no V3 path, reads no state but the application's certificates, and is the same for every sandbox.

use super::record::Outcome;
use super::{Sealing, Told};
use crate::{Alipay, security};
use engine::Sandbox;
use serde_json::{Map, Value};
use std::sync::Arc;
use wire::alipay::codes::sub_code;
use wire::alipay::response::Outcome as Node;
use wire::alipay::{Envelope, GatewayRefusal, ObjectText, Slashes, ordered, seal};

impl Alipay {
    /// Answers the download.
    pub(super) async fn certificate(&self, envelope: &Envelope, sandbox: &Arc<Sandbox>, mut outcome: Outcome) -> Told {
        let asked = envelope.biz_content().map(|text| serde_json::from_str::<Map<String, Value>>(&text));
        let Some(Ok(fields)) = asked.or(Some(Ok(Map::new()))) else {
            return self.say(&envelope.answering, &GatewayRefusal::of(sub_code::ILLEGAL_JSON), outcome);
        };
        let sn = fields.get("alipay_cert_sn").and_then(Value::as_str).filter(|sn| !sn.is_empty());
        // what is told of must be durable, like any other answer
        let found = sandbox.run(|call| security::download(call.world().apps().get(&envelope.app_id.as_str().into())?, sn));
        let settled = match found {
            Ok(ran) => ran.settled().await,
            Err(broken) => Err(broken.into()),
        };
        match settled {
            Ok(Some(content)) => {
                "10000".clone_into(&mut outcome.code);
                let members = [("code", "10000"), ("msg", "Success"), ("alipay_cert_content", &content)];
                let object = members.into_iter().map(|(name, text)| (name.to_owned(), Value::from(text))).collect();
                let sealed = seal(&envelope.answering, Node::Success, &ObjectText::of(&ordered(object), Slashes::Escaped), &self.signer);
                Told { sealed: Sealing::Classic(sealed), outcome }
            }
            Ok(None) => self.say(&envelope.answering, &GatewayRefusal::of(sub_code::ALIPAY_CERT_NOT_EXIST), outcome),
            Err(trouble) => {
                tracing::error!(sandbox = sandbox.name(), error = %trouble, "a certificate could not be told");
                self.say(&envelope.answering, &GatewayRefusal::of(sub_code::ISP_UNKNOW_ERROR), outcome)
            }
        }
    }
}
