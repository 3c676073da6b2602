//! Checks of `my.tradePay`, beside its table.

use crate::check::Shop;
use crate::contract::CONTRACTS;
use engine::provider::{ClientCall, Decide, Provider};
use world::merchant::Era;
use world::names::UserId;
use world::trade::{Order, Status, Terms};

/// A shop with a trade `N` of 35.00 for its first customer.
fn shop() -> (Shop, UserId) {
    let shop = Shop::new(7, Era::UserId);
    let buyer = shop.customer(1);
    let ran = shop.sandbox.run(|call| {
        let app = call.world().apps().get(&shop.app).unwrap().clone();
        let terms = Terms { subject: "奶茶".to_owned(), ..Terms::default() };
        let expires = call.now().plus_seconds(60);
        let order = Order {
            merchant: app.merchant.clone(),
            app: app.id.clone(),
            number: "T1".into(),
            total: 3_500,
            expires,
            undiscountable: 0,
            terms,
        };
        let decided = call.world().decide_trade("N".into(), &buyer, order, call.now()).unwrap();
        call.enact(decided).unwrap()
    });
    ran.unwrap().settled_blocking().unwrap();
    (shop, buyer)
}

fn pay(shop: &Shop, user: &UserId, trade: &str, decide: Decide) -> String {
    let (api, app) = ("my.tradePay".to_owned(), shop.app.to_string());
    let asked = ClientCall { api, app, trade: Some(trade.to_owned()), decide, ..ClientCall::default() };
    let told = shop.platform.client_call(&shop.sandbox, user, &asked).unwrap();
    let report = CONTRACTS.get("jsapi.my.tradePay").unwrap().validate_response(&told);
    assert!(report.is_valid(), "{report:?}\n{told:#}");
    told["resultCode"].as_str().unwrap().to_owned()
}

#[test]
fn the_cashier_says_done_left_or_failed_and_the_trade_is_what_counts() {
    let (shop, buyer) = shop();
    let status = || shop.look(|world, _| world.trades().get(&"N".into()).unwrap().status);
    assert_eq!(pay(&shop, &buyer, "none", Decide::Agree), "4000");
    assert_eq!(pay(&shop, &shop.customer(2), "N", Decide::Agree), "6001", "another account than the buyer's");
    assert_eq!(pay(&shop, &buyer, "N", Decide::Cancel), "6001");
    assert_eq!(pay(&shop, &buyer, "N", Decide::Deny), "6001");
    assert_eq!(status(), Status::Waiting);
    assert_eq!(pay(&shop, &buyer, "N", Decide::Agree), "9000");
    assert_eq!(status(), Status::Paid);
    assert_eq!(pay(&shop, &buyer, "N", Decide::Agree), "4000", "it is paid");
}
