//! What a method of the platform is, and what it has in hand while it runs.
//!
//! One file a method: its name, its parameters, its reply, `run`, and what it imitates. `run` is synchronous: it loads,
//! decides and records; nothing in it waits. The lists of methods stand in each area's `mod.rs`. Source: STYLE "One method".

use crate::contract::CONTRACTS;
use crate::ids;
use crate::image::Pictures;
use crate::refusal_codes;
use crate::refused::{No, Refused};
use engine::contract::{Contract, ImitatedMethod};
use engine::journal::Flag;
use engine::log::Blob;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use wire::alipay::codes::sub_code;
use wire::alipay::{FilePart, ordered};
use world::consent::Token;
use world::merchant::{App, Era};
use world::names::{MerchantId, UserId};
use world::{Moment, Refusal};

/// Class of a refusal that the API itself makes.
pub(crate) const BUSINESS: &str = "40004";

/// What a method answers: its reply, or why not.
pub(crate) type Outcome<T> = Result<T, No>;

/// One method of the platform.
pub(crate) trait Method {
    /// Its name, as merchants call it.
    const NAME: &'static str;
    /// How far it is imitated; a test writes `METHODS.md` from it.
    const IMITATES: ImitatedMethod<'static>;
    /// Whether a success carries no `code` and `msg` and keeps its members in the order of `Reply` (PROTOCOL A6).
    const BARE: bool = false;
    /// Whether a browser makes it: the answer is then a redirect to the reply's `location`.
    const PAGE: bool = false;
    /// Whether it keeps the files that come with it: then they are copied and named before it runs.
    const KEEPS_FILES: bool = false;
    /// What stands in a refusal beside its code and text, of the fields as they came: nothing in most calls.
    const BESIDE_REFUSAL: fn(&Map<String, Value>) -> Map<String, Value> = |_| Map::new();
    /// The parameters, after the contract accepted them and `meant` gave them their types.
    type Params: DeserializeOwned + Send + 'static;
    /// The members of a successful answer.
    type Reply: Serialize;

    /// Decides and records.
    fn run(call: &mut Call<'_, '_>, params: Self::Params) -> Outcome<Self::Reply>;
}

/// A method as the gateway keeps it.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) imitates: ImitatedMethod<'static>,
    bare: bool,
    pub(crate) page: bool,
    pub(crate) keeps_files: bool,
    /// What stands in a refusal beside its code and text, of the fields as they came.
    pub(crate) beside_refusal: fn(&Map<String, Value>) -> Map<String, Value>,
    prepare: fn(Value) -> Result<Work, Refused>,
}

/// A method with its parameters read, ready to run.
type Work = Box<dyn FnOnce(&mut Call<'_, '_>) -> Outcome<Value> + Send>;

/// A call whose fields are read: what is left is done while its sandbox stands still.
pub(crate) struct Prepared {
    work: Result<Work, Refused>,
    /// What stands in a refusal beside its code and text.
    beside: Option<Map<String, Value>>,
}

impl Entry {
    pub(crate) const fn of<M: Method>() -> Self {
        Self {
            name: M::NAME,
            imitates: M::IMITATES,
            bare: M::BARE,
            page: M::PAGE,
            keeps_files: M::KEEPS_FILES,
            beside_refusal: M::BESIDE_REFUSAL,
            prepare: prepare::<M>,
        }
    }

    /// The contract of the method.
    pub(crate) fn contract(&self) -> &'static Contract {
        CONTRACTS.get(self.name).expect("a test finds a table for every method")
    }

    /// Reads fields that were judged before as the method's parameters.
    pub(crate) fn prepare(&self, fields: Result<Value, Refused>) -> Prepared {
        // a refusal that the fields themselves earned comes with its members
        let beside = fields.as_ref().ok().and_then(Value::as_object).map(self.beside_refusal);
        Prepared { work: fields.and_then(self.prepare), beside }
    }

    /// Runs the method while the sandbox stands still, and gives the members of its reply.
    pub(crate) fn run(&self, call: &mut Call<'_, '_>, prepared: Prepared) -> Result<Value, Refused> {
        let contract = self.contract();
        let Prepared { work, beside } = prepared;
        let with = |mut refused: Refused| {
            if let (BUSINESS, Some(beside)) = (refused.code, beside) {
                refused.beside = Some(Box::new(beside));
            }
            refused
        };
        match admit(contract, call).and_then(|()| Ok(work?)).and_then(|work| work(call)) {
            Ok(members) => Ok(members),
            Err(No::Refused(refused)) => Err(with(refusal_codes::worded(contract, refused))),
            Err(No::World(refusal)) => {
                call.flag("", refusal.to_string());
                Err(with(refusal_codes::refused(contract, &refusal)))
            }
        }
    }

    /// The object to answer, of the members of a reply.
    pub(crate) fn answer(&self, members: Value) -> Map<String, Value> {
        let mut object = match members {
            Value::Object(members) if self.bare => return members,
            Value::Object(members) => members,
            _ => Map::new(),
        };
        // a reply that is another kind of success says so itself
        object.entry("code").or_insert_with(|| Value::from("10000"));
        object.entry("msg").or_insert_with(|| Value::from("Success"));
        ordered(object)
    }
}

/// The user's token is asked for before the fields are (PROTOCOL D).
fn admit(contract: &Contract, call: &Call<'_, '_>) -> Outcome<()> {
    if contract.auth.contains("user auth_token required") { call.token().map(|_| ()) } else { Ok(()) }
}

fn prepare<M: Method>(fields: Value) -> Result<Work, Refused> {
    // what the table cannot say about a type ends here, still as the merchant's mistake
    let params: M::Params = serde_json::from_value(fields).map_err(|error| Refused::parameter(error.to_string()))?;
    Ok(Box::new(move |call| {
        let reply = M::run(call, params)?;
        Ok(serde_json::to_value(reply).expect("replies are plain data"))
    }))
}

/// Who calls, from where, with what beside the fields.
pub(crate) struct Caller {
    /// The application whose call it is: the merchant's own, also when a provider makes it in its place.
    pub(crate) app: Arc<App>,
    /// The provider's application that signed, when it calls in the place of `app`.
    pub(crate) provider: Option<Arc<App>>,
    pub(crate) sandbox: String,
    pub(crate) seed: u64,
    /// Address of this server, without a slash at the end.
    pub(crate) address: Arc<str>,
    pub(crate) auth_token: Option<String>,
    pub(crate) notify_url: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) files: Vec<Upload>,
    /// Bytes of the pictures that are kept.
    pub(crate) pictures: Arc<Pictures>,
}

/// An uploaded file.
pub(crate) struct Upload {
    pub(crate) part: FilePart,
    /// Its bytes as the log keeps them, for a method that keeps files.
    pub(crate) blob: Option<Blob>,
}

/// One call: the engine's, and who makes it.
pub(crate) struct Call<'a, 'w> {
    work: &'a mut engine::Call<'w>,
    caller: &'a Caller,
    flags: Vec<Flag>,
}

impl<'w> Deref for Call<'_, 'w> {
    type Target = engine::Call<'w>;

    fn deref(&self) -> &engine::Call<'w> {
        self.work
    }
}

impl DerefMut for Call<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.work
    }
}

impl<'a, 'w> Call<'a, 'w> {
    pub(crate) fn new(work: &'a mut engine::Call<'w>, caller: &'a Caller) -> Self {
        Self { work, caller, flags: Vec::new() }
    }

    /// The application whose call it is: what it may touch, and by which ids it names customers, follow from it.
    pub(crate) fn app(&self) -> &'a App {
        &self.caller.app
    }

    /// The provider's application that signed, when it calls in the place of [`Self::app`].
    pub(crate) fn provider(&self) -> Option<&'a App> {
        self.caller.provider.as_deref()
    }

    /// The merchant it belongs to.
    pub(crate) fn merchant(&self) -> &'a MerchantId {
        &self.caller.app.merchant
    }

    /// Who calls.
    pub(crate) fn caller(&self) -> &'a Caller {
        self.caller
    }

    /// The uploaded file of this name.
    pub(crate) fn file(&self, name: &str) -> Option<&'a Upload> {
        self.caller.files.iter().find(|file| file.part.name == name)
    }

    /// The user's token that came with the call.
    ///
    /// # Errors
    /// `aop.invalid-auth-token` with the reason; `aop.auth-token-time-out` for one that ran out.
    pub(crate) fn token(&self) -> Outcome<Token> {
        let Some(access) = self.caller.auth_token.as_deref() else {
            return Err(Refused::gateway(sub_code::INVALID_AUTH_TOKEN).with_hint("the public parameter auth_token is missing").into());
        };
        match self.world().admit(access, &self.caller.app.id, self.now()) {
            Ok(token) => Ok(token.clone()),
            Err(_) if self.ran_out(access) => Err(Refused::gateway(sub_code::AUTH_TOKEN_TIME_OUT).into()),
            Err(refusal) => Err(refusal.into()),
        }
    }

    fn ran_out(&self, access: &str) -> bool {
        let token = self.world().tokens().get(&access.into());
        token.is_some_and(|token| token.app == self.caller.app.id && token.ended.is_none() && self.now() >= token.expires)
    }

    /// The user that a call names by user id or open id.
    ///
    /// Either is taken whatever the application is set to, as while applications migrate; what it could not know is remarked on.
    ///
    /// # Errors
    /// An open id of another application, one that is none, or two ids of two users.
    pub(crate) fn user(&mut self, user_id: Option<&str>, open_id: Option<&str>) -> Outcome<Option<UserId>> {
        let seed = self.caller.seed;
        let by_open_id = open_id.map(|open_id| {
            let known = |app: &App| ids::user_of(seed, &app.id, open_id).filter(|user| self.world().customer(user).is_ok());
            match known(&self.caller.app) {
                Some(user) => Ok(user),
                None if self.world().apps().iter().any(|app| known(app).is_some()) => Err(Refused::gateway(sub_code::APP_OPENID_NOT_MATCH)),
                None => Err(Refused::gateway(sub_code::INVALID_OPENID)),
            }
        });
        let found = by_open_id.transpose()?;
        match self.caller.app.era {
            Era::OpenId if user_id.is_some() => {
                self.flag("user_id", "this application names customers by open_id: the platform tells it no user_id; taken all the same");
            }
            Era::UserId if open_id.is_some() => {
                self.flag("open_id", "this application names customers by user_id: the platform tells it no open_id; taken all the same");
            }
            Era::OpenId | Era::UserId | Era::Both => {}
        }
        match (user_id.map(UserId::from), found) {
            (Some(one), Some(other)) if one != other => Err(Refused::parameter("user_uni_id与open_id不是同一用户").into()),
            (one, other) => Ok(one.or(other)),
        }
    }

    /// A remark for the journal; the call is served all the same.
    pub(crate) fn flag(&mut self, path: &str, text: impl Into<String>) {
        self.flags.push(Flag { path: path.to_owned(), text: text.into() });
    }

    /// The remarks made.
    pub(crate) fn into_flags(self) -> Vec<Flag> {
        self.flags
    }
}

/// A time that the contract found to be one.
///
/// # Errors
/// `INVALID_PARAMETER` for a day that does not exist.
pub(crate) fn moment(path: &str, text: &str) -> Outcome<Moment> {
    Moment::parse(text).map_err(|_| Refused::parameter(format!("{path}格式不正确")).into())
}

/// A token that covers a scope.
///
/// # Errors
/// [`Refusal::OutOfScope`].
pub(crate) fn covering(token: Token, scope: &'static str) -> Outcome<Token> {
    if token.covers(scope) { Ok(token) } else { Err(Refusal::OutOfScope(scope).into()) }
}

#[cfg(test)]
mod tests;
