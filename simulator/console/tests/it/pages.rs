//! The pages: what they say, in both languages; what hostile texts come to; what their buttons do.

use axum::body::Body;
use axum::http::header;
use engine::journal::{Flag, SignatureVerdict};
use engine::world::names::UserId;
use serde_json::{Value, json};

use crate::call::{Answer, Asked, HOST};
use crate::html::{is_harmless, lines};
use crate::shop::{CARD, Shop};

pub(crate) async fn page(asked: &Asked, path: &str) -> Answer {
    asked.send(Asked::request("GET", path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn push(asked: &Asked, path: &str) -> Answer {
    push_form(asked, path, "").await
}

pub(crate) async fn push_form(asked: &Asked, path: &str, fields: &str) -> Answer {
    let form = Asked::request("POST", path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, format!("http://{HOST}"));
    asked.send(form.header("sec-fetch-site", "same-origin").body(Body::from(fields.to_owned())).unwrap()).await
}

/// Every page of a shop, by a name.
fn pages(shop: &Shop, exchange: u64) -> Vec<(&'static str, String)> {
    vec![
        ("start", "/".to_owned()),
        ("journal", "/console/journal".to_owned()),
        ("strays", "/console/journal?stray=1".to_owned()),
        ("exchange", format!("/console/journal/{exchange}")),
        ("cards", "/console/cards".to_owned()),
        ("card", format!("/console/cards/{CARD}")),
        ("templates", "/console/templates".to_owned()),
        ("customers", "/console/customers".to_owned()),
        ("notices", "/console/notices".to_owned()),
        ("notice", "/console/notices/n1".to_owned()),
        ("faults", "/console/faults".to_owned()),
        ("clock", "/console/clock".to_owned()),
        ("ledger", "/console/ledger".to_owned()),
        ("account", format!("/console/ledger?account={}", engine::world::accounts::points_of(&CARD.into()))),
        ("tills", "/till".to_owned()),
        ("till", format!("/till/{}/1", shop.app)),
        ("till_sale", format!("/till/{}/1?due=35.00&no=T202611211400000000001", shop.app)),
        ("till_trade", format!("/till/{}/1/trade/T1", shop.app)),
        ("till_journal", format!("/till/{}/1/journal", shop.app)),
        ("wallet", format!("/phone/{}", shop.user)),
        ("inbox", format!("/phone/{}/inbox", shop.user)),
        ("pay", format!("/phone/{}/pay", shop.user)),
        ("confirm", format!("/phone/{}/confirm/T1", shop.user)),
        ("phone_card", format!("/phone/{}/card/{CARD}", shop.user)),
    ]
}

fn diagnosis() -> Value {
    json!({"id": "Q07", "gateway_string": "app_id=1&biz_content={\"level\":\"VIP 1\"}", "client_string": "app_id=1&biz_content={\"level\":\"VIP+1\"}", "first_difference": 36,
        "hint": "'+' in the form body was not percent-encoded", "hint_zh": "表单中的“+”没有转义"})
}

#[tokio::test]
async fn every_page_reads_as_it_should_in_both_languages() {
    let shop = Shop::open().await;
    let exchange = shop.exchange(|exchange| {
        exchange.signature = SignatureVerdict::Invalid(Some(diagnosis()));
        exchange.code = "40002".to_owned();
        exchange.sub_code = "isv.invalid-signature".to_owned();
    });
    for lang in ["zh", "en"] {
        for (name, path) in pages(&shop, exchange) {
            let address = format!("{path}{}lang={lang}", if path.contains('?') { '&' } else { '?' });
            let shown = page(&shop.asked, &address).await.expect(200);
            is_harmless(&shown.text, &address);
            insta::assert_snapshot!(format!("{name}_{lang}"), lines(&shown.text));
        }
    }
}

#[tokio::test]
async fn the_start_page_has_first_calls_with_the_applications_values() {
    let mut settings = crate::call::settings();
    settings.snippets = vec![console::Snippet {
        title: "first_call.mjs".to_owned(),
        text: "{{gateway}}|{{app_id}}|{{app_private_key_pkcs8}}|{{alipay_public_key}}|<b>".to_owned(),
    }];
    let asked = Asked::with(settings);
    asked.post("/sandboxes", r#"{"name":"demo","seed":7}"#).await.expect(201);
    let app = asked.get("/sandboxes/demo").await.json()["apps"][0].clone();
    let shown = page(&asked, "/?lang=en").await.expect(200).text;
    let text = is_harmless(&shown, "the start page");
    let key: String = app["app_private_key"].as_str().unwrap().lines().filter(|line| !line.contains("-----")).collect();
    let wanted = format!("http://{HOST}|{}|{key}|{}|<b>", app["app_id"].as_str().unwrap(), app["alipay_public_key"].as_str().unwrap());
    assert!(text.contains(&wanted), "{text}");
    assert!(text.contains("kabao init DIR --from"));
    assert_eq!(page(&asked, "/").await.header("cache-control"), "no-store", "a page with a private key is not kept");
}

#[tokio::test]
async fn an_empty_sandbox_says_what_would_fill_each_page() {
    let asked = Asked::demo().await;
    for (path, zh, en) in [
        ("/console/journal", "还没有调用", "Nothing yet"),
        ("/console/cards", "还没有会员卡", "No card yet"),
        ("/console/templates", "还没有卡模板", "No template yet"),
        ("/console/customers", "还没有顾客", "No customer yet"),
        ("/console/notices", "还没有通知", "No notice yet"),
        ("/console/faults", "没有故障", "No fault"),
        ("/console/clock", "没有将要到期的事", "Nothing will fall due"),
    ] {
        for (lang, words) in [("zh", zh), ("en", en)] {
            let shown = page(&asked, &format!("{path}?lang={lang}")).await.expect(200);
            assert!(is_harmless(&shown.text, path).contains(words), "{path} in {lang}");
        }
    }
    let user = asked.post("/customers", "{}").await.json()["user_id"].as_str().unwrap().to_owned();
    assert!(page(&asked, &format!("/phone/{user}")).await.expect(200).text.contains("还没有会员卡"));
    let none = Asked::new();
    assert!(page(&none, "/?lang=en").await.expect(200).text.contains("No sandbox yet"));
}

/// Everything a hostile merchant might write, in one text.
const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1) style='x'>'`</textarea></title></style>{{7*7}}\u{202e}\u{2066}\u{0}\u{7}\u{1b}[31m&lt;\\u003c]]>--><!--";

fn hostile() -> String {
    format!("{HOSTILE}{}", "长".repeat(4_000))
}

fn hostile_document() -> Value {
    let (text, long) = (HOSTILE, hostile());
    let addresses = [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//evil.example",
        "https://good.example@evil.example/\"onclick=\"x",
        "http://evil.example/\"><script>",
        "http://evil.example/a?b=c",
    ];
    let items: Vec<Value> = addresses
        .iter()
        .map(|address| json!({"code": text, "title": text, "text": long, "value": text, "icon_id": address, "tag": text, "url": address, "more_info": {"url": address, "descs": if address.starts_with("http:") { vec![] } else { vec![text, &long] }}}))
        .collect();
    json!({
        "template_style_info": {"card_show_name": long, "logo_id": text, "background_id": "x\"onload=\"alert(1)"},
        "card_show_name": long, "brand_name": text, "slogan": long, "logo_id": text, "background_id": "javascript:alert(1)", "front_image_id": text, "bg_color": "rgb(0,0,0);}body{display:none",
        "state": "expired", "front_text_list": [{"label": text, "value": long}], "actions": items, "columns": items, "column_info_layout": text, "benefits": [{"title": text, "benefit_desc": [text]}],
        "records": [{"trade_name": text, "trade_amount": long, "trade_time": text}], "valid_date": text,
        text: {text: [text, long]},
    })
}

#[tokio::test]
async fn a_hostile_merchants_texts_are_nothing_but_text_on_every_page() {
    let shop = Shop::with(hostile_document(), json!({"name": HOSTILE, "mobile": HOSTILE, "nick": HOSTILE}), &hostile()).await;
    let exchange = shop.exchange(|exchange| {
        exchange.method = hostile();
        exchange.app = Some(HOSTILE.to_owned());
        exchange.sub_code = HOSTILE.to_owned();
        exchange.flags = vec![Flag { path: HOSTILE.to_owned(), text: hostile() }];
        exchange.request.target = format!("/gateway.do{HOSTILE}");
        exchange.request.headers = vec![("user-agent".to_owned(), HOSTILE.to_owned()), (HOSTILE.to_owned(), hostile())];
        exchange.request.body = json!({HOSTILE: [HOSTILE, {HOSTILE: hostile()}]}).to_string().into();
        exchange.signature = SignatureVerdict::Invalid(Some(json!({"id": HOSTILE, "hint": HOSTILE, "hint_zh": HOSTILE, "gateway_string": HOSTILE, "client_string": hostile(), "first_difference": 3})));
    });
    let encoded: String = percent_encoding::utf8_percent_encode(HOSTILE, percent_encoding::NON_ALPHANUMERIC).to_string();
    let mut paths: Vec<String> = pages(&shop, exchange).into_iter().map(|(_, path)| path).collect();
    paths.extend([
        format!("/console/journal?q={encoded}"),
        format!("/console/cards?q={encoded}"),
        format!("/console/cards/{encoded}"),
        format!("/console/journal?sandbox={encoded}"),
        format!("/console/journal/{encoded}"),
        format!("/phone/{encoded}"),
        format!("/phone/{}/card/{encoded}", shop.user),
        format!("/phone/leave?to={encoded}"),
        format!("/phone/leave?to=http%3a%2f%2fevil.example%2f{encoded}"),
        format!("/console/ledger?account={encoded}&after={encoded}"),
        format!("/till/{encoded}/1"),
        format!("/till/{}/{encoded}", shop.app),
        format!("/till/{}/1?due={encoded}&no={encoded}&member={encoded}", shop.app),
        format!("/till/{}/1/trade/{encoded}", shop.app),
        format!("/console/clock?from=1&to=900&{encoded}=1"),
        format!("/{encoded}"),
        format!("/?lang={encoded}&theme={encoded}&{encoded}={encoded}"),
    ]);
    for path in paths {
        for lang in ["zh", "en"] {
            let address = format!("{path}{}lang={lang}", if path.contains('?') { '&' } else { '?' });
            let shown = page(&shop.asked, &address).await;
            assert!([200, 400, 404, 409].contains(&shown.status.as_u16()), "{address}: {}", shown.status);
            is_harmless(&shown.text, &address);
            assert!(shown.text.len() < 400_000, "{address} is flooded: {} bytes", shown.text.len());
        }
    }
    let css = page(&shop.asked, &format!("/phone/{}/card/{CARD}/face.css", shop.user)).await.expect(200);
    assert_eq!((css.text.as_str(), css.header("content-type")), ("", "text/css; charset=utf-8"));
}

#[tokio::test]
async fn a_colour_becomes_three_numbers_in_a_sheet_of_its_own() {
    let mut document = crate::shop::document();
    document["bg_color"] = "rgb(55,112,179)".into();
    let shop = Shop::with(document, json!({}), "M-1").await;
    let path = format!("/phone/{}/card/{CARD}", shop.user);
    assert!(page(&shop.asked, &path).await.expect(200).text.contains(&format!("href=\"{path}/face.css\"")));
    assert_eq!(page(&shop.asked, &format!("{path}/face.css")).await.expect(200).text, ".columns .value { color: rgb(55 112 179); }\n");
}

#[tokio::test]
async fn the_journal_is_filtered_by_words_and_goes_on_where_it_ended() {
    let shop = Shop::open().await;
    for number in 0..150 {
        shop.exchange(|exchange| {
            if number % 50 == 0 {
                exchange.method = "alipay.marketing.card.open".to_owned();
                exchange.code = "40004".to_owned();
                exchange.sub_code = "MEMBER_CARD_EXISTS".to_owned();
                exchange.signature = SignatureVerdict::Invalid(None);
            }
        });
    }
    let listed = async |query: &str| {
        let shown = page(&shop.asked, &format!("/console/journal?lang=en{query}")).await.expect(200).text;
        let ids: Vec<u64> = shown.split(">#").skip(1).filter_map(|rest| rest.split('<').next().unwrap().parse().ok()).collect();
        (ids, shown)
    };
    let (first, shown) = listed("").await;
    assert_eq!((first.len(), first[0], first[99]), (100, 150, 51));
    assert!(shown.contains("after=51"));
    let (rest, shown) = listed("&after=51").await;
    assert_eq!((rest.len(), rest[0], rest[49]), (50, 50, 1));
    assert!(!shown.contains("after=1\""));
    for query in [
        "&q=method:card.open",
        "&q=code:40004",
        "&q=code:MEMBER_CARD_EXISTS",
        "&q=sign:bad",
        "&q=-ok",
        "&q=member_card",
        "&q=dir:in+sign:bad+-ok",
    ] {
        assert_eq!(listed(query).await.0, [101, 51, 1], "{query}");
    }
    let (none, shown) = listed("&q=method:nothing").await;
    assert!(none.is_empty() && shown.contains("hides all 150"), "{none:?}");
}

#[tokio::test]
async fn cards_are_found_by_either_number() {
    let shop = Shop::open().await;
    for number in [CARD, "M-0001"] {
        assert!(
            page(&shop.asked, &format!("/console/cards?q={number}")).await.expect(200).text.contains(&format!("/console/cards/{CARD}"))
        );
    }
    assert!(page(&shop.asked, "/console/cards?q=M-0002&lang=en").await.expect(200).text.contains("No card has the number"));
    page(&shop.asked, "/console/cards/nothing").await.expect(404);
}

#[tokio::test]
async fn a_phone_is_picked_up_and_stays_in_hand() {
    let shop = Shop::open().await;
    let picked = push(&shop.asked, &format!("/console/customers/{}/pick-up", shop.user)).await.expect(303);
    assert_eq!(picked.header("location"), format!("/phone/{}", shop.user));
    assert_eq!(picked.header("set-cookie"), format!("{}={}; Path=/; HttpOnly; SameSite=Lax", console::PHONE_COOKIE, shop.user));
    let held = Asked::request("GET", "/phone")
        .header(header::COOKIE, format!("{}={}", console::PHONE_COOKIE, shop.user))
        .body(Body::empty())
        .unwrap();
    assert_eq!(shop.asked.send(held).await.expect(303).header("location"), format!("/phone/{}", shop.user));
    assert_eq!(page(&shop.asked, "/phone").await.expect(303).header("location"), "/console/customers");
    push(&shop.asked, "/console/customers/nobody/pick-up").await.expect(404);
    page(&shop.asked, &format!("/console/customers/{}/pick-up", shop.user)).await.expect(405);
}

#[tokio::test]
async fn ten_customers_are_made_by_a_button() {
    let asked = Asked::demo().await;
    assert_eq!(push(&asked, "/console/customers/make").await.expect(303).header("location"), "/console/customers");
    assert_eq!(asked.get("/customers").await.json()["customers"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_card_taken_out_of_the_wallet_is_gone_from_the_phone() {
    let shop = Shop::open().await;
    let path = format!("/phone/{}/card/{CARD}", shop.user);
    assert!(page(&shop.asked, &format!("/phone/{}", shop.user)).await.text.contains(&path));
    assert_eq!(push(&shop.asked, &format!("{path}/remove")).await.expect(303).header("location"), format!("/phone/{}", shop.user));
    assert!(page(&shop.asked, &format!("/phone/{}", shop.user)).await.text.contains("还没有会员卡"));
    assert!(page(&shop.asked, &path).await.expect(409).text.contains("卡片不存在"));
    push(&shop.asked, &format!("{path}/remove")).await.expect(409);
}

#[tokio::test]
async fn secrets_do_not_show_on_a_calls_page() {
    let shop = Shop::open().await;
    let id = shop.exchange(|_| {});
    let shown = page(&shop.asked, &format!("/console/journal/{id}")).await.expect(200).text;
    for secret in ["composeB0123456789abcdef", "13800138000", "李雷", "session=secret"] {
        assert!(!shown.contains(secret), "{secret} shows");
    }
    assert!(shown.contains("customer_registered") && shown.contains("‹redacted"));
}

#[tokio::test]
async fn language_and_theme_chosen_in_the_address_are_kept() {
    let asked = Asked::demo().await;
    let chosen = page(&asked, "/?lang=en&theme=dark").await.expect(200);
    let kept: Vec<_> = chosen
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect();
    assert_eq!(kept, ["kabao_lang=en", "kabao_theme=dark"]);
    let later = Asked::request("GET", "/").header(header::COOKIE, kept.join("; ")).body(Body::empty()).unwrap();
    assert!(asked.send(later).await.text.contains("<html lang=\"en\" data-theme=\"dark\">"));
}

#[tokio::test]
async fn pages_stay_in_the_sandbox_they_are_of() {
    let shop = Shop::open().await;
    shop.asked.post("/sandboxes", r#"{"name":"other"}"#).await.expect(201);
    let shown = page(&shop.asked, "/console/cards?sandbox=other").await.expect(200).text;
    assert!(shown.contains("/console/journal?sandbox=other") && !shown.contains(CARD));
    assert!(shop.sandbox.look(|world, _| world.customer(&UserId::from(&shop.user)).is_ok()));
    page(&shop.asked, &format!("/phone/{}?sandbox=other", shop.user)).await.expect(404);
    page(&shop.asked, "/console/cards?sandbox=none").await.expect(404);
}

#[tokio::test]
async fn style_sheets_are_kept_for_ever_under_the_name_of_their_content() {
    let asked = Asked::demo().await;
    let start = page(&asked, "/").await.text;
    let addresses: Vec<&str> = start.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert_eq!(addresses.len(), 3);
    for address in addresses {
        let asset = page(&asked, address).await.expect(200);
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(asset.header("x-content-type-options"), "nosniff");
    }
    page(&asked, "/assets/console.css").await.expect(404);
}

#[tokio::test]
async fn an_account_is_explained_posting_by_posting_and_leads_to_the_other_side() {
    let shop = Shop::open().await;
    let wallet = engine::world::trade::wallet::wallet_of(&UserId::from(&shop.user)).to_string();
    assert!(page(&shop.asked, "/console/ledger?lang=en").await.expect(200).text.contains("No posting yet"), "nobody has paid");
    push(&shop.asked, &format!("/phone/{}/confirm/T1?decide=pay", shop.user)).await.expect(303);
    let listed = page(&shop.asked, "/console/ledger?lang=en").await.expect(200).text;
    assert!(listed.contains(&format!("/console/ledger?account={wallet}")) && listed.contains("700.00"), "{listed}");
    let shown = page(&shop.asked, &format!("/console/ledger?account={wallet}&lang=en")).await.expect(200).text;
    let text = is_harmless(&shown, "an account");
    assert!(text.contains("700.00") && text.contains("1000.00"), "{text}");
    let merchant = shop.sandbox.look(|world, _| world.apps().iter().next().unwrap().merchant.clone());
    let seller = engine::world::trade::wallet::settlement_of(&merchant).to_string();
    assert!(shown.contains(&format!("/console/ledger?account={seller}")), "{shown}");
    assert!(page(&shop.asked, &format!("/console/ledger?account={seller}")).await.expect(200).text.contains("300.00"));
    let rest = page(&shop.asked, &format!("/console/ledger?account={wallet}&after=1&lang=en")).await.expect(200).text;
    assert!(rest.contains("700.00") && rest.matches("<tr>").count() == 2, "a head and one posting: {rest}");
    page(&shop.asked, "/console/ledger?account=nothing").await.expect(400);
    page(&shop.asked, "/console/ledger?account=0x1").await.expect(404);
}

#[tokio::test]
async fn a_cards_page_leads_to_the_calls_that_name_it() {
    let shop = Shop::open().await;
    let address = format!("/console/cards/{CARD}?lang=en");
    assert!(page(&shop.asked, &address).await.expect(200).text.contains("None among the last calls"));
    let named = shop.exchange(|exchange| exchange.request.body = format!("biz_content=%7B%22target_card_no%22%3A%22{CARD}%22%7D").into());
    let other = shop.exchange(|_| {});
    let shown = page(&shop.asked, &address).await.expect(200).text;
    assert!(shown.contains(&format!("/console/journal/{named}\"")) && !shown.contains(&format!("/console/journal/{other}\"")), "{shown}");
}

#[tokio::test]
async fn a_fault_is_made_by_a_form_shown_and_taken_away_and_a_wrong_one_is_explained() {
    let asked = Asked::demo().await;
    let made = push_form(&asked, "/console/faults/make", "method=alipay.trade.pay&when=nth&n=2&action=drop&code=").await.expect(303);
    assert_eq!(made.header("location"), "/console/faults");
    let sheet = asked.get("/faults").await.json()["faults"][0].clone();
    assert_eq!((&sheet["rule"]["nth"], &sheet["rule"]["reply"]), (&json!(2), &json!("drop")));
    let shown = page(&asked, "/console/faults?lang=en").await.expect(200);
    assert!(is_harmless(&shown.text, "faults").contains("never matched"));
    let wrong = push_form(&asked, "/console/faults/make", "when=percent&n=900&action=drop").await.expect(400);
    assert!(is_harmless(&wrong.text, "a wrong fault").contains("✕"));
    assert_eq!(push(&asked, "/console/faults/1/remove").await.expect(303).header("location"), "/console/faults");
    push(&asked, "/console/faults/1/remove").await.expect(404);
    assert_eq!(asked.get("/faults").await.json()["faults"], json!([]));
}
