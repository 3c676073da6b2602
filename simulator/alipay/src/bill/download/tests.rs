//! Bills fetched through the router: what is in them, whose sums they are, and how long their links live.

use crate::check::Shop;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use serde_json::json;
use std::io::Read;
use testkit::{Answer, Field, Names, Stage};
use tower::ServiceExt;
use wire::alipay::Charset;
use world::merchant::Era;
use world::trade::voucher::{Payer, VoucherGiven};

fn call(shop: &mut Shop, method: &str, fields: &serde_json::Value) -> Answer {
    let fields: Vec<Field> =
        fields.as_object().unwrap().iter().map(|(path, value)| Field { path: path.clone(), value: value.clone() }).collect();
    shop.call(None, method, &fields, &Names::default()).unwrap()
}

fn link(shop: &mut Shop, kind: &str, date: &str) -> String {
    let answer = call(shop, "alipay.data.dataservice.bill.downloadurl.query", &json!({"bill_type": kind, "bill_date": date}));
    let url = answer.object["bill_download_url"].as_str().unwrap_or_else(|| panic!("{:#}", answer.object)).to_owned();
    url.strip_prefix("http://127.0.0.1:8600").unwrap().to_owned()
}

fn fetch(shop: &Shop, target: &str) -> (u16, Vec<u8>) {
    let router = crate::gateway_router(shop.platform.clone());
    shop.runtime.block_on(async {
        let answer = router.oneshot(Request::get(target).body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.unwrap().to_bytes().to_vec())
    })
}

/// The files of a zip, read as GBK.
fn files(bytes: Vec<u8>) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let one = |at| {
        let mut file = zip.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), Charset::Gbk.decode(&bytes).unwrap().into_owned())
    };
    (0..2).map(one).collect()
}

/// A morning: two payments, one of them given back in part; then it is the next day.
fn shop() -> Shop {
    let mut shop = Shop::new(7, Era::UserId);
    let user = shop.customer(0);
    for (order, total) in [("T1", "35.00"), ("T2", "10.50")] {
        let code = engine::provider::Provider::pay_code(&*shop.platform, &shop.sandbox, &user, None).unwrap().code;
        let subject = if order == "T1" { "奶茶,\"大杯\"\n🧋" } else { "红茶" };
        let pay = json!({"out_trade_no": order, "auth_code": code.as_str(), "subject": subject, "total_amount": total, "store_id": "S1"});
        assert_eq!(call(&mut shop, "alipay.trade.pay", &pay).code, "10000");
    }
    shop.pass(1);
    let refund = json!({"out_trade_no": "T1", "refund_amount": "5.25", "out_request_no": "R1", "refund_reason": "洒了"});
    assert_eq!(call(&mut shop, "alipay.trade.refund", &refund).code, "10000");
    shop.pass(86_400);
    shop
}

#[test]
fn a_days_bill_lists_orders_and_refunds_and_sums_to_the_ledger() {
    let mut shop = shop();
    let link = link(&mut shop, "trade", "2026-07-01");
    let (status, bytes) = fetch(&shop, &link);
    assert_eq!(status, 200);
    let [(detailed, lines), (summed, sums)] = files(bytes).try_into().unwrap();
    assert!(
        detailed.ends_with("0156_20260701_业务明细.csv") && summed.ends_with("0156_20260701_业务明细(汇总).csv"),
        "{detailed} {summed}"
    );
    let rows: Vec<&str> = lines.lines().filter(|line| line.starts_with("2026")).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[0].contains(",T1,交易,\"奶茶,\"\"大杯\"\" ?\",2026-07-01 12:00:00,2026-07-01 12:00:00,S1,"), "{}", rows[0]);
    assert!(rows[2].contains(",T1,退款,") && rows[2].contains(",-5.25,-5.25,") && rows[2].ends_with(",R1,0.00,0.00,洒了"), "{}", rows[2]);
    assert!(lines.contains("#交易合计：2笔，商家实收共45.50元，商家优惠共0.00元\r\n#退款合计：1笔，商家实收退款共-5.25元"), "{lines}");
    let held = shop.look(|world, _| world.settlement(&world.merchants().iter().next().unwrap().id));
    assert_eq!(held, 4_025);
    assert!(sums.contains("\r\nS1,,2,1,40.25,40.25,0.00,0.00,0.00,0.00,0.00,40.25\r\n合计,,2,1,40.25,"), "{sums}");
}

#[test]
fn a_bill_of_many_pages_has_every_entry_once_and_no_formulas() {
    let mut shop = shop_with(&["=1+1", "@x", "-5", "茶"], "合计");
    let link = link(&mut shop, "trade", "2026-07-01");
    let [(_, lines), (_, sums)] = files(fetch(&shop, &link).1).try_into().unwrap();
    let orders: Vec<&str> = lines.lines().filter(|line| line.starts_with("2026")).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(orders, ["O0", "O1", "O2", "O3"]);
    assert!(lines.contains(",'=1+1,") && lines.contains(",'@x,") && lines.contains(",'-5,") && lines.contains(",茶,"), "{lines}");
    assert_eq!(sums.lines().filter(|line| line.starts_with("合计,")).count(), 1, "{sums}");
}

/// Payments of a fen each at one moment, with these titles; then it is the next day.
fn shop_with(subjects: &[&str], store: &str) -> Shop {
    let mut shop = Shop::new(7, Era::UserId);
    let user = shop.customer(0);
    for (at, subject) in subjects.iter().enumerate() {
        let code = engine::provider::Provider::pay_code(&*shop.platform, &shop.sandbox, &user, None).unwrap().code;
        let pay = json!({"out_trade_no": format!("O{at}"), "auth_code": code.as_str(), "subject": subject, "total_amount": "0.01", "store_id": store});
        assert_eq!(call(&mut shop, "alipay.trade.pay", &pay).code, "10000");
    }
    shop.pass(86_400);
    shop
}

#[test]
fn the_accounts_bill_has_what_came_in_and_went_out() {
    let mut shop = shop();
    let link = link(&mut shop, "signcustomer", "2026-07-01");
    let [(_, lines), (_, sums)] = files(fetch(&shop, &link).1).try_into().unwrap();
    assert!(lines.contains("#支出合计：1笔，共-5.25元\r\n#收入合计：2笔，共45.50元\r\n"), "{lines}");
    assert!(sums.contains("在线支付,2,45.50,0,0.00\r\n交易退款,0,0.00,1,-5.25\r\n"), "{sums}");
}

#[test]
fn a_link_is_good_for_half_a_minute_and_for_what_it_says_only() {
    let mut shop = shop();
    let link = link(&mut shop, "trade", "2026-07-01");
    for (from, to) in
        [("bizDates=2026-07-01", "bizDates=2026-07-02"), ("bizType=trade", "bizType=signcustomer"), ("userId=2088", "userId=2089")]
    {
        assert_eq!(fetch(&shop, &link.replace(from, to)).0, 404, "{to}");
    }
    assert_eq!(fetch(&shop, "/downloadBillFile.resource").0, 404);
    shop.pass(29);
    let (status, once) = fetch(&shop, &link);
    assert_eq!((status, &once), (200, &fetch(&shop, &link).1), "the same bill has the same bytes");
    shop.pass(1);
    assert_eq!(fetch(&shop, &link).0, 410);
}

#[test]
fn a_bill_names_the_voucher_and_agrees_with_the_account() {
    let mut shop = Shop::new(7, Era::UserId);
    let (user, merchant) = (shop.customer(0), shop.look(|world, _| world.merchants().iter().next().unwrap().id.clone()));
    for (number, by) in [("T1", Payer::Platform), ("T2", Payer::Merchant)] {
        let ran = shop.sandbox.run(|call| {
            let (from, merchant) = (call.now(), Some(merchant.clone()));
            let (voucher, name, until) = (number.into(), format!("券{number}"), from.plus_seconds(60));
            let given = VoucherGiven { voucher, user: user.clone(), name, by, merchant, off: 500, threshold: 500, from, until };
            call.world().decide_voucher(given, call.now()).and_then(|decided| call.enact(decided))
        });
        ran.unwrap().settled_blocking().unwrap().unwrap();
        let code = engine::provider::Provider::pay_code(&*shop.platform, &shop.sandbox, &user, None).unwrap().code;
        let pay = json!({"out_trade_no": number, "auth_code": code.as_str(), "subject": "茶", "total_amount": "35.00"});
        assert_eq!(call(&mut shop, "alipay.trade.pay", &pay).code, "10000");
    }
    let refund = json!({"out_trade_no": "T1", "refund_amount": "31.00", "out_request_no": "R1"});
    assert_eq!(call(&mut shop, "alipay.trade.refund", &refund).code, "10000");
    shop.pass(86_400);
    let target = link(&mut shop, "trade", "2026-07-01");
    let lines = files(fetch(&shop, &target).1).remove(0).1;
    // total, receipt, two kinds of gifts, the platform's part, the merchant's, the voucher and its name
    assert!(lines.contains(",35.00,35.00,0.00,0.00,5.00,0.00,5.00,券T1,"), "{lines}");
    assert!(lines.contains(",35.00,30.00,0.00,0.00,0.00,5.00,5.00,券T2,"), "{lines}");
    assert!(lines.contains(",-31.00,-31.00,0.00,0.00,-1.00,0.00,-1.00,券T1,"), "{lines}");
    assert!(lines.contains("#交易合计：2笔，商家实收共65.00元，商家优惠共5.00元\r\n#退款合计：1笔，商家实收退款共-31.00元"), "{lines}");
    assert_eq!(shop.look(|world, _| world.settlement(&merchant)), 3_400);
}
