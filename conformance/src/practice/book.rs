//! The member book: members, joining attempts, sales. In memory; every change is one whole statement.

use super::gateway::Reason;
use super::money;
use serde::Serialize;
use std::collections::BTreeMap;

/// Where a member's card stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CardState {
    /// A member of old without a card yet.
    None,
    /// It is being opened.
    Opening,
    /// In the customer's wallet.
    Held,
    /// The customer removed it.
    Released,
}

/// A member.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the till API names the fields")]
pub(super) struct Member {
    pub(super) member_no: String,
    pub(super) name: Option<String>,
    pub(super) mobile: Option<String>,
    pub(super) points: i64,
    pub(super) level: &'static str,
    pub(super) external_card_no: String,
    pub(super) biz_card_no: Option<String>,
    pub(super) card: CardState,
    pub(super) user_id: Option<String>,
    pub(super) open_id: Option<String>,
    pub(super) joined_at: String,
}

/// How a joining attempt stands.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the till API names the fields")]
pub(super) struct Attempt {
    pub(super) attempt: String,
    pub(super) status: &'static str,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) member_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) biz_card_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) already_member: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Reason>,
}

/// A sale.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the till API names the fields")]
pub(super) struct Sale {
    pub(super) sale_no: String,
    pub(super) amount: String,
    pub(super) points_added: i64,
    pub(super) points: i64,
    pub(super) level: &'static str,
    pub(super) member_no: String,
    pub(super) biz_card_no: String,
    pub(super) occur_time: String,
    pub(super) sync: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Reason>,
}

/// The template once it is set up.
#[derive(Clone, Debug)]
pub(super) struct Poster {
    pub(super) template_id: String,
    pub(super) link: String,
    pub(super) write_off_type: String,
}

/// The book.
pub(super) struct Book {
    /// Tells this opening of the shop from every other, in numbers the platform must never see twice.
    pub(super) opening: String,
    pub(super) poster: Option<Poster>,
    pub(super) members: Vec<Member>,
    pub(super) attempts: BTreeMap<String, Attempt>,
    pub(super) sales: Vec<Sale>,
    pub(super) pending: usize,
}

impl Book {
    pub(super) fn new(opened_ms: i64) -> Self {
        Self {
            opening: format!("{opened_ms:x}"),
            poster: None,
            members: Vec::new(),
            attempts: BTreeMap::new(),
            sales: Vec::new(),
            pending: 0,
        }
    }

    /// A new member with the next numbers.
    pub(super) fn enrol(&mut self, name: Option<String>, mobile: Option<String>, points: i64, joined_at: String) -> &mut Member {
        let number = self.members.len() + 1;
        self.members.push(Member {
            member_no: format!("M{number:06}"),
            name,
            mobile,
            points,
            level: money::level(points),
            external_card_no: format!("KB{number:06}"),
            biz_card_no: None,
            card: CardState::None,
            user_id: None,
            open_id: None,
            joined_at,
        });
        self.members.last_mut().expect("just pushed")
    }

    pub(super) fn member(&mut self, member_no: &str) -> &mut Member {
        self.members.iter_mut().find(|member| member.member_no == member_no).expect("members are never struck out")
    }

    pub(super) fn by_mobile(&self, mobile: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.mobile.as_deref() == Some(mobile))
    }

    /// By the merchant's or the platform's number.
    pub(super) fn by_card(&self, number: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.external_card_no == number || member.biz_card_no.as_deref() == Some(number))
    }
}
