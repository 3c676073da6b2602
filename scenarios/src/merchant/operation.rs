//! What a player can ask of a till, whatever the till is: each operation with the values its template may use and the results
//! its answer may show. The names are those of `merchant.toml`. Source: fixtures/merchants/till-api.md.

/// Something a till can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Setup,
    SetupChange,
    Poster,
    Attempt,
    Lookup,
    Sale,
    SaleNow,
    Cancel,
    Refund,
    Sales,
    Refunds,
    Members,
    AddMember,
    Notices,
    Provider,
    ProviderLink,
    Clock,
    Health,
    Lose,
}

/// What is known of an operation.
pub(crate) struct Shape {
    pub(crate) operation: Operation,
    /// As `merchant.toml` calls it.
    pub(crate) name: &'static str,
    /// Values a template may use.
    pub(crate) takes: &'static [&'static str],
    /// Results a table may point at.
    pub(crate) shows: &'static [&'static str],
    /// What the result `status` may mean.
    pub(crate) means: &'static [&'static str],
}

const SALE: &[&str] = &[
    "status",
    "sale_no",
    "amount",
    "payable",
    "paid",
    "refunded",
    "out_trade_no",
    "trade_no",
    "qr_code",
    "points_spent",
    "points_added",
    "points",
    "level",
    "member_no",
    "biz_card_no",
    "sync",
    "reason",
];
const SALE_MEANS: &[&str] = &["paid", "waiting", "unknown", "cancelled", "refused", "refunded"];
const ATTEMPT: &[&str] = &["status", "message", "member_no", "biz_card_no", "already_member", "reason"];
const MEMBER: &[&str] = &["name", "mobile", "points", "level", "member_no", "external_card_no", "biz_card_no", "in_wallet"];
const REFUND: &[&str] = &["status", "sale_no", "refund_no", "amount", "points_taken", "refunded", "reason"];
const CHARGE: &[&str] = &["card_no", "code", "kind", "amount", "sale_no", "pay_code", "qr", "spend_points"];
const LIST: &[&str] = &["count", "list"];

/// Every operation, in the order of [`Operation`].
pub(crate) const SHAPES: &[Shape] = &[
    shape(Operation::Setup, "setup", &["card_name", "write_off_type", "flow"], &["template_id", "link", "created"], &[]),
    shape(Operation::SetupChange, "setup_change", &["card_name"], &["template_id"], &[]),
    shape(Operation::Poster, "poster", &[], &["template_id", "link"], &[]),
    shape(Operation::Attempt, "attempt", &["attempt"], ATTEMPT, &["working", "joined", "failed"]),
    shape(Operation::Lookup, "lookup", &["code", "kind"], MEMBER, &[]),
    shape(Operation::Sale, "sale", CHARGE, SALE, SALE_MEANS),
    shape(Operation::SaleNow, "sale_now", &["sale_no"], SALE, SALE_MEANS),
    shape(Operation::Cancel, "cancel", &["sale_no"], SALE, SALE_MEANS),
    shape(Operation::Refund, "refund", &["sale_no", "amount", "refund_no"], REFUND, &["done", "pending", "refused"]),
    shape(Operation::Sales, "sales", &[], LIST, &[]),
    shape(Operation::Refunds, "refunds", &[], LIST, &[]),
    shape(Operation::Members, "members", &[], LIST, &[]),
    shape(Operation::AddMember, "add_member", &["name", "mobile", "points"], &["member_no"], &[]),
    shape(Operation::Notices, "notices", &[], LIST, &[]),
    shape(Operation::Provider, "provider", &[], &["authorised", "app_id"], &[]),
    shape(Operation::ProviderLink, "provider_link", &[], &["link"], &[]),
    shape(Operation::Clock, "clock", &["now_ms"], &["now_ms", "busy", "next_ms"], &[]),
    shape(Operation::Health, "health", &[], &["pending", "busy"], &[]),
    shape(Operation::Lose, "lose", &["method"], &[], &[]),
];

const fn shape(
    operation: Operation,
    name: &'static str,
    takes: &'static [&'static str],
    shows: &'static [&'static str],
    means: &'static [&'static str],
) -> Shape {
    Shape { operation, name, takes, shows, means }
}

impl Operation {
    /// What is known of it.
    pub(crate) fn shape(self) -> &'static Shape {
        SHAPES.iter().find(|shape| shape.operation == self).expect("every operation has a shape, a test says so")
    }

    /// As `merchant.toml` calls it.
    pub(crate) fn name(self) -> &'static str {
        self.shape().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_one_shape_in_order() {
        let order: Vec<usize> = SHAPES.iter().map(|shape| shape.operation as usize).collect();
        assert_eq!(order, (0..SHAPES.len()).collect::<Vec<_>>());
        assert_eq!(Operation::Lose as usize + 1, SHAPES.len());
    }
}
