//! Customers: made as given or invented by seed, listed, looked at.
//!
//! Whoever drives a test made these people, so nothing about them is redacted here.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::chance::Chance;
use engine::people;
use engine::world::Day;
use engine::world::World;
use engine::world::customer::{Customer, Gender, Profile};
use engine::world::names::UserId;
use engine::{Call, Sandbox};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

use super::InSandbox;
use super::asked::{Body, Query};
use super::refused::{ErrorAnswer, Refused};
use super::wallet;
use crate::house::{House, aside};

/// The most customers made or listed at once.
pub(super) const AT_ONCE: usize = 1_000;
/// The longest text about a customer, characters.
const LONGEST: usize = 200;

/// A new customer. What is left out is invented from the sandbox's seed; what is given as empty text stays empty.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCustomer {
    /// So many customers instead of one, at most 1000; the answer is then `{"customers":[…]}`.
    count: Option<usize>,
    /// Real name.
    name: Option<String>,
    /// Mobile number.
    mobile: Option<String>,
    /// `female` or `male`.
    #[schema(value_type = Option<String>, example = "female")]
    gender: Option<Gender>,
    /// Birthday, `yyyy-MM-dd`.
    birthday: Option<String>,
    /// Nick name.
    nick: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// Province.
    province: Option<String>,
    /// City.
    city: Option<String>,
    /// Postal address.
    address: Option<String>,
    /// Identity-card number.
    identity_card: Option<String>,
    /// What the wallet holds, yuan; 1000.00 when absent.
    #[schema(example = "200.00")]
    wallet: Option<String>,
}

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerSheet {
    /// Account number at the platform.
    user_id: String,
    /// Number under the sandbox's first application that sees one.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_id: Option<String>,
    /// Number under each application that sees one.
    open_ids: BTreeMap<String, String>,
    /// Real name.
    name: String,
    /// Mobile number.
    mobile: String,
    /// `female` or `male`, when known.
    #[schema(value_type = Option<String>)]
    gender: Option<Gender>,
    /// Birthday, `yyyy-MM-dd`, when known.
    birthday: Option<String>,
    /// Nick name.
    nick: String,
    /// E-mail address.
    email: String,
    /// Province.
    province: String,
    /// City.
    city: String,
    /// Postal address.
    address: String,
    /// Identity-card number.
    identity_card: String,
}

/// Some customers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerList {
    /// In the order in which they were made.
    customers: Vec<CustomerSheet>,
    /// What to give as `after` for the next ones; absent after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

/// Which customers are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAsk {
    /// Which sandbox is meant; `demo` when absent.
    sandbox: Option<String>,
    /// How many to pass over; 0 when absent.
    after: Option<usize>,
    /// How many at most, 1 to 1000; 100 when absent.
    limit: Option<usize>,
}

impl NewCustomer {
    fn check(&self) -> Result<(), Refused> {
        let texts = [
            &self.name,
            &self.mobile,
            &self.birthday,
            &self.nick,
            &self.email,
            &self.province,
            &self.city,
            &self.address,
            &self.identity_card,
        ];
        if texts.iter().any(|text| text.as_deref().is_some_and(|text| text.chars().count() > LONGEST)) {
            return Err(Refused::bad("bad_customer", format!("no text about a customer is longer than {LONGEST} characters")));
        }
        if let Some(birthday) = self.birthday.as_deref().filter(|text| !text.is_empty())
            && let Err(not_a_day) = Day::parse(birthday)
        {
            return Err(Refused::bad("bad_customer", not_a_day.to_string()));
        }
        wallet::given(self.wallet.as_deref()).map(drop)
    }

    fn profile(&self, invented: Profile) -> Profile {
        let keep = |given: &Option<String>, otherwise: String| given.clone().unwrap_or(otherwise);
        Profile {
            name: keep(&self.name, invented.name),
            mobile: keep(&self.mobile, invented.mobile),
            gender: self.gender.or(invented.gender),
            birthday: match self.birthday.as_deref() {
                None => invented.birthday,
                Some("") => None,
                Some(text) => Day::parse(text).ok(),
            },
            nick: keep(&self.nick, invented.nick),
            email: keep(&self.email, invented.email),
            province: keep(&self.province, invented.province),
            city: keep(&self.city, invented.city),
            address: keep(&self.address, invented.address),
            identity_card: keep(&self.identity_card, invented.identity_card),
        }
    }
}

/// Sheets of customers, told once what they show of applications is durable, too.
fn sheets(house: &House, sandbox: &Sandbox, customers: Vec<Customer>) -> Result<Vec<CustomerSheet>, Refused> {
    let known: Vec<_> = customers.into_iter().map(|customer| (house.provider().open_ids(sandbox, &customer.user), customer)).collect();
    let apps = sandbox.run(|call| call.world().apps().iter().map(|app| app.id.to_string()).collect::<Vec<_>>())?.settled_blocking()?;
    Ok(known.into_iter().map(|(open_ids, customer)| sheet(&apps, open_ids, &customer)).collect())
}

fn sheet(apps: &[String], open_ids: BTreeMap<String, String>, customer: &Customer) -> CustomerSheet {
    let first = apps.iter().find(|app| open_ids.contains_key(*app));
    let Profile { name, mobile, gender, birthday, nick, email, province, city, address, identity_card } = customer.profile.get();
    CustomerSheet {
        user_id: customer.user.to_string(),
        open_id: first.and_then(|app| open_ids.get(app).cloned()),
        open_ids,
        name,
        mobile,
        gender,
        birthday: birthday.map(|day| day.to_string()),
        nick,
        email,
        province,
        city,
        address,
        identity_card,
    }
}

/// Registers customers; everything was checked before.
pub(super) fn register(house: &House, call: &mut Call<'_>, seed: u64, ask: &NewCustomer, count: usize) -> Vec<Customer> {
    (0..count)
        .map(|_| {
            let number = call.world().customers().len() as u64;
            let profile = ask.profile(people::invent(&mut Chance::of(seed, "person", number)));
            let customer = Customer::new(house.provider().new_user(call), &profile);
            call.record(customer.clone());
            if let Ok(Some(fen)) = wallet::given(ask.wallet.as_deref()) {
                wallet::fill(call, &customer, fen);
            }
            customer
        })
        .collect()
}

/// Invents customers.
pub(crate) async fn make_customers(house: &House, sandbox: &Sandbox, count: usize) -> Result<(), Refused> {
    let ran = sandbox.run(|call| register(house, call, sandbox.seed(), &NewCustomer::default(), count).len())?;
    ran.settled().await?;
    Ok(())
}

/// Make customers.
#[utoipa::path(post, path = "/customers", tag = "customers", params(InSandbox), request_body = NewCustomer,
    responses((status = 201, body = CustomerSheet, description = "One customer; `{\"customers\":[…]}` when `count` was given"),
        (status = 400, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
pub(super) async fn create(
    State(house): State<House>,
    Query(query): Query<InSandbox>,
    Body(ask): Body<NewCustomer>,
) -> Result<Response, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    ask.check()?;
    let count = ask.count.unwrap_or(1);
    if !(1..=AT_ONCE).contains(&count) {
        return Err(Refused::bad("bad_count", format!("`count` is 1 to {AT_ONCE}, not {count}")));
    }
    let ran = sandbox.run(|call| register(&house, call, sandbox.seed(), &ask, count))?;
    let made = ran.settled().await?;
    let mut sheets = aside(move || sheets(&house, &sandbox, made)).await?;
    Ok(match (ask.count, sheets.pop()) {
        (None, Some(only)) => (StatusCode::CREATED, Json(only)).into_response(),
        (_, last) => {
            sheets.extend(last);
            (StatusCode::CREATED, Json(CustomerList { customers: sheets, next: None })).into_response()
        }
    })
}

/// Customers, in the order in which they were made.
#[utoipa::path(get, path = "/customers", tag = "customers", params(ListAsk),
    responses((status = 200, body = CustomerList), (status = 404, body = ErrorAnswer)))]
pub(super) async fn list(State(house): State<House>, Query(query): Query<ListAsk>) -> Result<Json<CustomerList>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let limit = bounded(query.limit, 100)?;
    let after = query.after.unwrap_or(0);
    let ran = sandbox.run(|call| {
        let customers = call.world().customers();
        // by row, so that the last page takes no longer than the first
        let next = after.saturating_add(limit).min(customers.len());
        let rows = (after..next).filter_map(|row| u32::try_from(row).ok());
        let listed: Vec<Customer> = rows.map(|row| customers.at(row)).collect();
        (listed, (next < customers.len()).then_some(next))
    })?;
    let (listed, next) = ran.settled().await?;
    let customers = aside(move || sheets(&house, &sandbox, listed)).await?;
    Ok(Json(CustomerList { customers, next }))
}

/// A customer.
#[utoipa::path(get, path = "/customers/{id}", tag = "customers", params(InSandbox, ("id" = String, Path)),
    responses((status = 200, body = CustomerSheet), (status = 404, body = ErrorAnswer)))]
pub(super) async fn show(
    State(house): State<House>,
    Path(user): Path<String>,
    Query(query): Query<InSandbox>,
) -> Result<Json<CustomerSheet>, Refused> {
    let sandbox = house.sandbox(query.sandbox.as_deref())?;
    let ran = sandbox.run(|call| known(call.world(), &user))?;
    let customer = ran.settled().await??;
    let only = aside(move || sheets(&house, &sandbox, vec![customer])).await?.pop();
    Ok(Json(only.expect("a sheet each")))
}

/// The customer with this account.
pub(super) fn known(world: &World, user: &str) -> Result<Customer, Refused> {
    Ok(world.customer(&UserId::from(user))?)
}

/// A list's length: as asked, within 1 to 1000.
pub(super) fn bounded(asked: Option<usize>, otherwise: usize) -> Result<usize, Refused> {
    match asked.unwrap_or(otherwise) {
        limit @ 1..=AT_ONCE => Ok(limit),
        limit => Err(Refused::bad("bad_limit", format!("`limit` is 1 to {AT_ONCE}, not {limit}"))),
    }
}
