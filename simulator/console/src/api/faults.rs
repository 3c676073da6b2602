//! Faults of a sandbox: rules made, read with what came of them, taken away.
//!
//! A rule that no call was ever about is named wherever somebody could miss it: a test that passes because its fault never came
//! proves nothing. What a rule says stands in FAULTS.md; `world::fault` decides, the provider acts.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::Sandbox;
use engine::world::fault::{Fault, FaultMade, FaultRemoved, LIMIT, Rule};
use engine::world::switch::Switch;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::InSandbox;
use super::asked::{Body, Query};
use super::refused::{ErrorAnswer, Refused};
use crate::house::House;

/// Which faults are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FaultsAsk {
    /// Which sandbox is meant; `demo` when absent.
    sandbox: Option<String>,
    /// `true`: only rules that no call was ever about.
    #[serde(default)]
    unmatched: bool,
}

/// A rule and what came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FaultSheet {
    /// Its number.
    pub(crate) id: u32,
    /// What goes wrong, in short.
    pub(crate) action: String,
    /// The rule as it is kept.
    #[schema(value_type = Object)]
    pub(crate) rule: Rule,
    /// When it was made, virtual time, China.
    pub(crate) made: String,
    /// How many calls it was about.
    pub(crate) matched: u64,
    /// How often it struck.
    pub(crate) struck: u64,
    /// When it struck last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last: Option<String>,
    /// No call was ever one that it is about: whatever it was to test was not tested.
    pub(crate) never_matched: bool,
}

impl FaultSheet {
    pub(crate) fn new(id: u32, fault: &Fault) -> Self {
        Self {
            id,
            action: fault.rule.action(),
            rule: fault.rule.clone(),
            made: fault.made.text(),
            matched: fault.matched,
            struck: fault.struck,
            last: fault.last.map(engine::world::Moment::text),
            never_matched: fault.matched == 0,
        }
    }
}

/// The faults of a sandbox.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultList {
    /// By number.
    faults: Vec<FaultSheet>,
    /// How many of all its rules no call was ever about.
    never_matched: usize,
    /// Whether fault words in headers and ids are heeded: the switch `no_fault_words` is off.
    words: bool,
}

/// A rule that was taken away.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Removed {
    #[serde(flatten)]
    sheet: FaultSheet,
    /// Said when it never had to do with any call.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
}

/// Rules with no `when` strike once, unless they are about how quick things are.
fn bounded(rule: Rule) -> Rule {
    let says_when = [rule.nth, rule.every, rule.first, rule.percent.map(u64::from)].iter().any(Option::is_some);
    let lasting = rule.limit.is_some() || rule.delay_ms.is_some();
    let times = rule.times.or((!says_when && !lasting).then_some(1));
    Rule { times, ..rule }
}

/// Keeps a rule and gives its number.
pub(crate) async fn make(house: &House, sandbox: &Sandbox, rule: Rule) -> Result<FaultSheet, Refused> {
    house.provider().check_fault(&rule).map_err(|wrong| Refused::bad("bad_fault", wrong.message).hint(wrong.hint))?;
    let rule = bounded(rule);
    let ran = sandbox.run(|call| {
        let faults = call.world().faults();
        if faults.rules().len() >= LIMIT {
            return Err(Refused::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_faults",
                format!("this sandbox has {LIMIT} faults, and no more are kept"),
            )
            .hint("DELETE /_kabao/v1/faults/{id} takes one away; every sandbox has its own"));
        }
        let fault = faults.next();
        call.record(FaultMade { fault, rule });
        Ok(FaultSheet::new(fault, &call.world().faults().rules()[&fault]))
    })?;
    ran.settled().await?
}

/// Takes a rule away.
pub(crate) async fn take(sandbox: &Sandbox, id: &str) -> Result<FaultSheet, Refused> {
    let unknown =
        || Refused::missing("unknown_fault", format!("this sandbox has no fault `{id}`")).hint("GET /_kabao/v1/faults lists them");
    let fault: u32 = id.parse().map_err(|_| unknown())?;
    let ran = sandbox.run(|call| {
        let sheet = call.world().faults().rules().get(&fault).map(|known| FaultSheet::new(fault, known))?;
        call.record(FaultRemoved { fault });
        Some(sheet)
    })?;
    ran.settled().await?.ok_or_else(unknown)
}

/// The faults of a sandbox, with how often each had to do with a call and how often it struck.
#[utoipa::path(get, path = "/faults", tag = "faults", params(FaultsAsk), responses((status = 200, body = FaultList), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(State(house): State<House>, Query(ask): Query<FaultsAsk>) -> Result<Json<FaultList>, Refused> {
    let sandbox = house.sandbox(ask.sandbox.as_deref())?;
    let ran = sandbox.run(|call| {
        let faults = call.world().faults();
        let sheets = faults.rules().iter().map(|(id, fault)| FaultSheet::new(*id, fault));
        FaultList {
            faults: sheets.filter(|sheet| sheet.never_matched || !ask.unmatched).collect(),
            never_matched: faults.unmatched().count(),
            words: !call.world().is_on(Switch::NoFaultWords),
        }
    })?;
    Ok(Json(ran.settled().await?))
}

/// Make a fault: whom it is about (`method`, `app`, `card`, `where`, `header`; or requests to merchants, `notice` and `ask`), when it
/// strikes (`nth`, `every`, `first`, `percent`, counted from now), one thing that goes wrong (`answer`, `reply`, `fields`, `delay_ms`,
/// `limit`, `renew`; of requests to merchants `deliver`, `fields`, `late_seconds`, `aged_seconds`, `delay_ms`), how often (`times`).
#[utoipa::path(post, path = "/faults", tag = "faults", params(InSandbox), request_body(content = Object, example = json!({"method": "alipay.marketing.card.open", "nth": 2, "reply": "drop"})),
    responses((status = 201, body = FaultSheet), (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer), (status = 429, body = ErrorAnswer)))]
pub(super) async fn add(
    State(house): State<House>,
    Query(query): Query<InSandbox>,
    Body(rule): Body<Rule>,
) -> Result<(StatusCode, Json<FaultSheet>), Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    Ok((StatusCode::CREATED, Json(make(&house, &sandbox, rule).await?)))
}

/// Take a fault away; the answer warns when it never had to do with any call.
#[utoipa::path(delete, path = "/faults/{id}", tag = "faults", params(InSandbox, ("id" = String, Path)),
    responses((status = 200, body = Removed), (status = 404, body = ErrorAnswer)))]
pub(super) async fn remove(
    State(house): State<House>,
    Path(id): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<Removed>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let sheet = take(&sandbox, &id).await?;
    let warning = sheet.never_matched.then(|| "no call was ever one that this fault is about: it tested nothing".to_owned());
    Ok(Json(Removed { sheet, warning }))
}
