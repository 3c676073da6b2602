//! Switches of a sandbox: behaviour that no source states, or that the platform keeps to itself, turned on by a tester.
//!
//! All are off from the start, and a fold like everything else: turning one is an event. Source: card SEMANTICS 16.

use serde::{Deserialize, Serialize};

/// What can be switched.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// Merchants may issue cards without a customer's consent, which the platform keeps to itself.
    OpenWithoutConsent,
    /// A statement older than the last one by the merchant's own clock changes nothing.
    StrictOccurTime,
    /// Delegations run out after a year, as they did before they became permanent.
    DelegationsRunOut,
    /// Merchants who delegated have signed for no product.
    DelegatedWithoutProduct,
    /// A changed programme is seen only some minutes later, as on the platform.
    DelayedTemplateChanges,
    /// Notices to one target go several at once and in any order, instead of one after the other.
    NoticesOutOfOrder,
    /// Texts of refusals end with the address that explains them, as in production.
    SolutionLinks,
    /// Fault words in a request's header and in merchants' own ids do nothing; rules still do.
    NoFaultWords,
}

impl Switch {
    /// All there are, with their names.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::OpenWithoutConsent, "open_without_consent"),
        (Self::StrictOccurTime, "strict_occur_time"),
        (Self::DelegationsRunOut, "delegations_run_out"),
        (Self::DelegatedWithoutProduct, "delegated_without_product"),
        (Self::DelayedTemplateChanges, "delayed_template_changes"),
        (Self::NoticesOutOfOrder, "notices_out_of_order"),
        (Self::SolutionLinks, "solution_links"),
        (Self::NoFaultWords, "no_fault_words"),
    ];
}

/// A switch was turned.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SwitchTurned {
    /// Which.
    pub switch: Switch,
    /// On or off.
    pub on: bool,
}
