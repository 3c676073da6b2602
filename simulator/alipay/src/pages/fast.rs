//! `/account/openform/fastopen.htm`: the form of the fast flow, in which the card lies in the wallet after one tap.
//!
//! The path is ours: where the platform's half-screen component leads is not published. Source: card SEMANTICS 4.

use crate::Alipay;
use crate::activation::link::Link;
use crate::customer::Visit;
use crate::customer::fast::{self, Joining};
use crate::customer::join::Page;
use crate::pages::form::{FORM_BYTES, form};
use crate::pages::sheet::{Sheet, Step, step_on_phone};
use crate::pages::{frame, phone};
use engine::Sandbox;
use engine::journal::{AnswerBytes, RequestBytes};
use engine::provider::Stopped;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The form behind a link of the fast flow.
pub(super) struct FastForm(Link);

impl Sheet for FastForm {
    const FORM_BYTES: usize = FORM_BYTES;

    fn read(request: &RequestBytes) -> Result<Self, Stopped> {
        Ok(Self(fast::read(&request.target).unwrap_or_default()))
    }

    fn app(&self) -> &str {
        &self.0.app_id
    }

    async fn serve(&self, platform: &Alipay, visit: &mut Visit, sandbox: &Arc<Sandbox>) -> Result<AnswerBytes, Stopped> {
        let (request, link) = (visit.request().clone(), &self.0);
        Ok(match step_on_phone(&request, sandbox) {
            Step::Over(answer) => answer,
            Step::Looks(user) => match sandbox.look(|world, _| fast::open(world, &user, link))? {
                Page::Card(card) => frame::redirect(302, &phone::card(sandbox.name(), &user, card.as_str())),
                Page::Form(page) => form(&request, sandbox, &page, &BTreeMap::new(), &[]),
            },
            Step::Agrees(user, typed) => match platform.join_fast(sandbox, &user, link, &typed, visit).await? {
                Joining::Opened(card) | Joining::Holds(card) => frame::redirect(303, &phone::card(sandbox.name(), &user, card.as_str())),
                Joining::Wrong(page, complaints) => form(&request, sandbox, &page, &typed, &complaints),
            },
        })
    }
}
