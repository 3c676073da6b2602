//! The names things go by: newtypes over text, so that a card number never stands where an app id belongs.
//!
//! Their shapes are the provider's business; the world only compares them.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub CompactString);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<T: AsRef<str>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(CompactString::new(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    )+};
}

names! {
    /// A merchant's account at the platform.
    MerchantId,
    /// An application of a merchant (or of a provider).
    AppId,
    /// A person's account at the platform, the same for all applications.
    UserId,
    /// A member-card programme: what a platform calls a card template.
    ProgrammeId,
    /// An external benefit of a programme.
    BenefitId,
    /// A notice to a merchant.
    NoticeId,
    /// The platform's number of one card.
    CardNumber,
    /// A stored picture.
    ImageId,
    /// A one-time authorisation code.
    AuthCode,
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
    /// One submission of an activation form.
    SubmissionId,
    /// The platform's number of one trade.
    TradeNumber,
    /// A payment code, or another token that pays.
    PayCode,
    /// What stands in the code of an order to be scanned.
    OfferCode,
    /// A customer's voucher.
    VoucherId,
}
