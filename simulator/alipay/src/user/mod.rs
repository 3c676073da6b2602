//! What an application may ask about a customer: tokens for codes, and the profile.

mod authinfo_query;
mod info_auth;
mod info_share;
pub(crate) mod oauth_token;

use crate::method::Entry;

pub(crate) const METHODS: &[Entry] = &[
    Entry::of::<authinfo_query::AuthinfoQuery>(),
    Entry::of::<oauth_token::OauthToken>(),
    Entry::of::<info_auth::InfoAuth>(),
    Entry::of::<info_share::InfoShare>(),
];
