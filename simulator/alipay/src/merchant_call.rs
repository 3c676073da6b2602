//! Calls that a merchant's program makes from within the house: the till's pages, which stand for that program.
//!
//! Signed as the official SDKs sign, in the application's own mode, and answered by the gateway from the same bytes as over the
//! network, so that faults strike and the journal keeps them like any other. Of an answer only what went out is believed, and only
//! once its signature fits. Source: gateway PROTOCOL A1 to A8.

use crate::customer::fast::wait;
use crate::customer::{BUSY, stopped};
use crate::gateway::GATEWAY_PATH;
use crate::{Alipay, security, view};
use engine::Sandbox;
use engine::journal::{Exchange, RequestBytes, Sent};
use engine::provider::{Heard, MerchantCall, Stopped};
use serde_json::Value;
use wire::alipay::response::node_of;
use wire::alipay::{Answer, Certificate, CertificateFile, Charset, ClientRequest, Outgoing, SignType};
use wire::keys::SigningKey;
use world::merchant::App;
use world::names::AppId;

/// Makes a call and waits for its answer; gives the exchange's number in the sandbox's journal.
pub(crate) fn make(platform: &Alipay, sandbox: &Sandbox, app: &AppId, call: &MerchantCall) -> Result<u64, Stopped> {
    let (found, now) = sandbox.look(|world, now| (world.apps().get(app).cloned(), now));
    let app = found.ok_or_else(|| stopped("UNKNOWN_APP", BUSY, format!("no application `{app}` in this sandbox")))?;
    let key = platform.engine.keys().signing(&app.app_key);
    let key = key.ok_or_else(|| {
        let why = "its merchant made its key itself, and whoever has no private key cannot sign in its place";
        stopped("NO_PRIVATE_KEY", BUSY, format!("application {}: {why}", app.id))
    })?;
    let request = ClientRequest::new(app.id.as_str(), &call.method, now.0).biz_content(&call.content.to_string());
    let signed = signed(platform, &app, &key, request).map_err(|why| stopped("CANNOT_SIGN", BUSY, why))?;
    Ok(wait(platform.answer(over_the_wire(signed, &call.program))).id)
}

/// Signs in the application's mode.
fn signed(platform: &Alipay, app: &App, key: &SigningKey, mut request: ClientRequest) -> Result<Outgoing, String> {
    if let Some(sheet) = security::sheet(app) {
        let leaf = Certificate::from_pem(&sheet.app_cert).map_err(|error| error.to_string())?;
        let roots = CertificateFile::from_pem(&sheet.alipay_root_cert).map_err(|error| error.to_string())?;
        request = request.certificates(&leaf, &roots);
    }
    if let Some(key) = security::content_key(app, platform.engine.keys()) {
        request = request.encrypted(&key);
    }
    request.sign(key).map_err(|error| error.to_string())
}

fn over_the_wire(out: Outgoing, program: &str) -> RequestBytes {
    let kind = out.content_type.clone().map(|kind| ("content-type".to_owned(), kind));
    let headers = kind.into_iter().chain([("user-agent".to_owned(), program.to_owned())]).collect();
    RequestBytes { method: out.http_method.to_owned(), target: out.target(GATEWAY_PATH), headers, body: out.body }
}

/// What the program that made a call knows of it.
pub(crate) fn heard(platform: &Alipay, sandbox: &Sandbox, exchange: &Exchange) -> Heard {
    let app = sandbox.look(|world, _| world.apps().get(&exchange.app.as_deref().unwrap_or_default().into()).cloned());
    let mut asked = view::view(exchange)["biz_content"].take();
    let Some(app) = app else { return Heard { asked, says: Err("no application of this sandbox made this call".to_owned()) } };
    let content_key = security::content_key(&app, platform.engine.keys());
    if let (Some(key), Value::String(cipher_text)) = (&content_key, &asked)
        && let Ok(plain) = key.decrypt(cipher_text.as_bytes())
    {
        asked = serde_json::from_slice(&plain).unwrap_or_default();
    }
    Heard { asked, says: believed(platform, &app, exchange) }
}

/// The answer's object, if the bytes that went out are an answer of the platform.
fn believed(platform: &Alipay, app: &App, exchange: &Exchange) -> Result<Value, String> {
    let answer = &exchange.answer;
    match answer.sent {
        Sent::Whole if answer.status == 200 => {}
        Sent::Whole => return Err(format!("HTTP {} came instead of an answer", answer.status)),
        Sent::First(bytes) => return Err(format!("the answer broke off after {bytes} bytes")),
        Sent::Nothing => return Err("no answer came".to_owned()),
    }
    let node = node_of(&exchange.method).unwrap_or_default();
    let mut read = Answer::read(&answer.body, Charset::Utf8, &node).map_err(|error| error.to_string())?;
    let key = platform.engine.keys().verifying(&app.platform_key).map_err(|error| error.to_string())?;
    read.verify(&key, SignType::Rsa2).map_err(|error| error.to_string())?;
    if let Some(key) = security::content_key(app, platform.engine.keys()) {
        read.decrypt(&key).map_err(|error| error.to_string())?;
    }
    Ok(read.value)
}

#[cfg(test)]
mod tests;
