//! Faults of this platform: what a call says that rules and words look at, the codes it may be refused with, and what a strike
//! does before and after the work. How an answer is bent stands in `bent`.
//!
//! The one hook is in the gateway, behind the signature and the reading of parameters, for both dialects: no method knows of it.
//! Source: issue "Money, notices, time and faults"; commerce SEMANTICS 13; gateway errors.toml.

pub(crate) mod bent;
mod broken_off;
mod page;
pub(crate) mod said;
pub mod words;

pub(crate) use broken_off::BrokenOff;
pub use page::faults_md;
pub(crate) use said::Said;

use crate::Alipay;
use crate::customer::fast::spi;
use crate::gateway::Inside;
use crate::method::{BUSINESS, Entry};
use crate::methods;
use crate::notice::{self, kind::Kind};
use crate::refused::Refused;
use engine::contract::Contract;
use engine::fault::{Found, Spoken, Strike, Struck, Wrong, find};
use engine::journal::RequestBytes;
use engine::provider::Securing;
use engine::{Sandbox, Unsettled};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use wire::alipay::codes::{self, sub_code};
use wire::alipay::ordered;
use world::fault::{Aim, Answer, Rule, Seen};
use world::names::{AppId, NoticeId};
use world::switch::Switch;
use world::{Moment, World};

/// What of a call is looked at for faults: seen with the rest of how its sandbox stands when it begins.
#[derive(Clone, Copy, Default)]
pub(crate) struct Watched {
    /// There are rules.
    rules: bool,
    /// Words are listened to.
    words: bool,
}

impl Watched {
    pub(crate) fn of(world: &World) -> Self {
        Self { rules: !world.faults().rules().is_empty(), words: !world.is_on(Switch::NoFaultWords) }
    }
}

/// What came of looking for faults.
pub(crate) struct Looked {
    pub(crate) found: Found,
    /// When, and what was recorded.
    pub(crate) at: Moment,
    pub(crate) events: Option<(u64, u64)>,
    pub(crate) struck: Option<Box<Struck>>,
}

impl Alipay {
    /// Looks whether a fault strikes this call. Where there is no rule and no word, nothing is recorded and nothing waits.
    ///
    /// # Errors
    /// [`Unsettled`] when what was counted may not be durable.
    pub(crate) async fn look_for_faults(
        &self,
        inside: &mut Inside<'_>,
        entry: &'static Entry,
        said: Said<'_>,
        request: &RequestBytes,
    ) -> Result<Option<Looked>, Unsettled> {
        let sandbox = inside.sandbox;
        let Watched { rules, words } = inside.watched;
        let header = |name: &str| crate::gateway::header(request, name).map(str::to_owned);
        let in_header = words.then(|| header(words::HEADER)).flatten();
        let in_ids = words && said.has_mark();
        if !rules && in_header.is_none() && !in_ids {
            return Ok(None);
        }
        // what is counted has to be durable, and a fault may have the call wait: it comes in anew afterwards
        inside.place = None;
        let said = said.read();
        let contract = entry.contract();
        let mut remarks = Vec::new();
        let spoken = spoken(contract, in_header, in_ids.then(|| said.ids()), &mut remarks);
        let app = AppId::from(said.app());
        let ran = sandbox.run(|call| {
            let seen = Seen {
                aim: Aim::Call,
                can_wait: false,
                method: entry.name,
                app: &app,
                now: call.now(),
                parameter: &|path| said.value(path),
                header: &header,
                card: &|number| said.is_about_card(number),
                says: &|code| says(contract, code),
                dice: &|_, _| 0,
            };
            find(call, &seen, sandbox.seed(), spoken)
        })?;
        let (at, events) = (ran.at, (ran.events > 0).then_some((ran.first, ran.first + ran.events)));
        let mut found = ran.settled().await?;
        found.remarks.extend(remarks);
        let struck = found.strike.clone().map(|strike| {
            let again = engine::fault::Again {
                address: &self.address,
                sandbox: sandbox.name(),
                seed: sandbox.seed(),
                method: entry.name,
                app: app.as_str(),
                ids: &said.ids(),
                called: called(sandbox, entry.name, said.app()),
                limited: sub_code::APP_CALL_LIMITED.as_str(),
            };
            Box::new(Struck { replay: engine::fault::replay(&strike, &again), seed: sandbox.seed(), strike })
        });
        Ok(Some(Looked { found, at, events, struck }))
    }

    /// Replaces what a strike asks for, of the application that called: from the next call on.
    pub(crate) async fn renew(&self, sandbox: &Arc<Sandbox>, app: &str, words: &[String]) -> Result<(), String> {
        let mut securing =
            Securing { renew: words.iter().filter_map(|word| engine::fault::renewed(word)).collect(), ..Securing::default() };
        let app = AppId::from(app);
        let known = sandbox.look(|world, _| world.apps().get(&app).cloned()).ok_or("there is no such application")?;
        let (engine, there) = (self.engine.clone(), sandbox.clone());
        let needed = securing.keys_needed(known.security.certificates.is_some());
        // making a key takes a tenth of a second
        let made = tokio::task::spawn_blocking(move || engine.keys().fresh(&there, &known, needed));
        securing.fresh_keys = made.await.expect("making keys does not panic, and nobody aborts it").map_err(|error| error.to_string())?;
        let secured = match sandbox.run(|call| crate::security::secure(call, self.engine.keys(), &app, &securing)) {
            Ok(ran) => ran.settled().await.map_err(|error| error.to_string()),
            Err(broken) => Err(broken.to_string()),
        };
        self.engine.keys().forget_unused(sandbox, &app, &securing.fresh_keys);
        secured?.map_err(|stopped| stopped.reason)
    }
}

/// The how-manieth call of a method by an application this is; nothing when the journal had to drop something. Rules are asked about
/// calls whose signature is right.
fn called(sandbox: &Sandbox, method: &str, app: &str) -> Option<u64> {
    sandbox.journal().calls(app, method).map(|before| before + 1)
}

/// The word that a call says: the header's before any id's.
fn spoken(contract: &Contract, header: Option<String>, ids: Option<Vec<(String, String)>>, remarks: &mut Vec<String>) -> Option<Spoken> {
    let mut heard = |said: Result<Spoken, String>| said.map_err(|remark| remarks.push(remark)).ok();
    let about_this = |spoken: Spoken| match spoken.rule.method.as_deref().filter(|method| *method != contract.method) {
        Some(method) => Err(format!("{}: `{}` is only about {method}", words::HEADER, spoken.word)),
        None => Ok(spoken),
    };
    if let Some(spoken) = header.and_then(|value| heard(words::in_header(&value, |code| says(contract, code)).and_then(about_this))) {
        return Some(spoken);
    }
    let codes = || contract.errors.iter().map(|row| row.sub_code.as_str()).chain(codes::all().iter().map(|row| row.sub_code.as_str()));
    let said = ids.into_iter().flatten().filter_map(|(_, id)| words::in_id(&id, codes()));
    said.filter_map(heard).find(|spoken| spoken.rule.method.as_deref().is_none_or(|method| method == contract.method))
}

/// Whether a call can be answered with a code: one of its own table or of the gateway.
fn says(contract: &Contract, code: &str) -> bool {
    !code.is_empty() && (contract.error(code).is_some() || codes::by_sub_code(code).is_some())
}

/// The refusal with which a strike keeps a call from its work; nothing when the call is worked on.
pub(crate) fn instead(strike: &Strike, entry: &'static Entry, beside: &Beside) -> Option<Refused> {
    let rule = &strike.rule;
    if rule.works() {
        return None;
    }
    let limited = rule.limit.map(|_| Refused::gateway(sub_code::APP_CALL_LIMITED));
    let refused = rule.answer.as_ref().map(|answer| refusal(answer, entry, beside));
    // what is lost on the way has no answer; the journal keeps what is as unknown as that
    Some(refused.or(limited).unwrap_or_else(|| Refused::gateway(sub_code::ISP_UNKNOW_ERROR)))
}

/// What the merchant is told of a call that was worked on.
pub(crate) fn after(
    strike: &Strike,
    entry: &'static Entry,
    beside: &Beside,
    answered: Result<Map<String, Value>, Refused>,
) -> Result<Map<String, Value>, Refused> {
    if let Some(answer) = &strike.rule.answer {
        return Err(refusal(answer, entry, beside));
    }
    let mut object = answered?;
    object.extend(strike.rule.fields.clone());
    Ok(if strike.rule.fields.is_empty() { object } else { ordered(object) })
}

/// A code in the platform's words: of the call's own table, else of the gateway.
fn refusal(answer: &Answer, entry: &'static Entry, beside: &Beside) -> Refused {
    const UNKNOWN_TEXT: &str = "业务处理失败";
    let of_table = entry.contract().error(&answer.sub_code).map(|row| {
        let read = Some(&row.sub_msg).filter(|text| !text.is_empty()).or(row.sub_msg_examples.first());
        Refused::of(&row.code, &row.sub_code, read.map_or(UNKNOWN_TEXT, String::as_str))
    });
    let of_gateway = || codes::by_sub_code(&answer.sub_code).map(|row| Refused::of(&row.code, &row.sub_code, row.sub_msg.clone()));
    let mut refused = of_table.or_else(of_gateway).expect("a rule is about calls that can say its code, and words are of those codes");
    if refused.code == BUSINESS {
        refused.beside.clone_from(&beside.0);
    }
    match &answer.sub_msg {
        Some(sub_msg) => Refused { sub_msg: sub_msg.clone(), ..refused },
        None => refused,
    }
}

/// What a business refusal of a call says beside code and text.
pub(crate) struct Beside(Option<Box<Map<String, Value>>>);

impl Beside {
    /// For a call with these fields.
    pub(crate) fn of(entry: &Entry, fields: &Result<Value, Refused>) -> Self {
        Self(fields.as_ref().ok().and_then(Value::as_object).map(|fields| Box::new((entry.beside_refusal)(fields))))
    }
}

/// Questions to merchants that there are.
fn check_ask(ask: &str) -> Result<(), Wrong> {
    let known = spi::METHOD == ask || ask.contains('*');
    let hint = "`*` is all; requests for merchants' codes are notices: \"notice\":\"merchant_code\"";
    if known { Ok(()) } else { Err(Wrong { message: format!("the platform asks merchants only `{}`", spi::METHOD), hint }) }
}

/// Kinds of notices that there are.
fn check_kind(kind: &str) -> Result<(), Wrong> {
    let known = kind.contains('*') || Kind::of(kind).is_some();
    let near = engine::contract::nearest(kind, notice::kind::words()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let hint = "a notice's kind stands in GET /_kabao/v1/notices; messages go by their methods' names; `*` is all";
    if known { Ok(()) } else { Err(Wrong { message: format!("no notice is of the kind `{kind}`{near}"), hint }) }
}

impl Alipay {
    /// Sees to it that notices that a call made come before its answer.
    pub(crate) async fn notices_first(&self, sandbox: &Arc<Sandbox>, notices: &[NoticeId]) {
        if let Err(error) = self.engine.deliver_now(self, sandbox, notices).await {
            tracing::error!(sandbox = sandbox.name(), %error, "whether a notice came before its answer is unknown");
        }
    }
}

/// How many notices of one call come before its answer at most.
pub(crate) const NOTICES_FIRST: usize = 4;

/// Waits as long as a strike says, when it says so for this side of the work.
pub(crate) async fn wait(strike: Option<&Strike>, before: bool) {
    let ms = strike.filter(|strike| strike.rule.waits_before() == before).and_then(|strike| strike.rule.delay_ms);
    if let Some(ms) = ms {
        tokio::time::sleep(Duration::from_millis(ms.min(engine::fault::DELAY_LIMIT_MS))).await;
    }
}

/// Looks whether a rule names methods and codes that there are.
///
/// # Errors
/// [`Wrong`] with what it names.
pub(crate) fn check(rule: &Rule) -> Result<(), Wrong> {
    engine::fault::check(rule)?;
    if let Some(kind) = rule.notice.as_deref() {
        if rule.aged_seconds.is_some() && Kind::of(kind).is_some_and(|kind| kind.sent_at.is_none()) {
            let message = format!("a notice of the kind `{kind}` does not say when it was sent");
            return Err(Wrong { message, hint: "leave `aged_seconds` out, or mean another kind" });
        }
        return check_kind(kind);
    }
    if let Some(ask) = rule.ask.as_deref() {
        return check_ask(ask);
    }
    let about = |name: &str| match &rule.method {
        Some(wanted) => wanted == name || wanted.strip_suffix('*').is_some_and(|start| name.starts_with(start)) || wanted.starts_with('*'),
        None => true,
    };
    let methods: Vec<_> = methods::all().filter(|entry| about(entry.name)).collect();
    if methods.is_empty() {
        let wanted = rule.method.as_deref().unwrap_or_default();
        let near = engine::contract::nearest(wanted, methods::all().map(|entry| entry.name));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Wrong { message: format!("no method is called `{wanted}`{near}"), hint: "METHODS.md lists the methods there are" });
    }
    if let Some(answer) = &rule.answer
        && !methods.iter().any(|entry| says(entry.contract(), &answer.sub_code))
    {
        let known = methods.iter().flat_map(|entry| entry.contract().errors.iter()).map(|row| row.sub_code.as_str());
        let near = engine::contract::nearest(&answer.sub_code, known.chain(codes::all().iter().map(|row| row.sub_code.as_str())));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Wrong {
            message: format!("neither the methods that the rule is about nor the gateway answer `{}`{near}", answer.sub_code),
            hint: "METHODS.md lists every method's codes; those of the gateway stand in errors.toml",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
