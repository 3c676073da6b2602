//! Every rule there is, by provider. Ids are never reused.

pub mod alipay;

use crate::rule::Rule;

/// Every rule, by provider and id.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    alipay::RULES.iter()
}
