//! The pages over the router, without a socket: what a browser would get and send.

use crate::check::{Merchant, Shop};
use axum::body::Body;
use axum::http::{Request, Response};
use http_body_util::BodyExt;
use testkit::{Field, Names, Stage};
use tower::ServiceExt;
use wire::alipay::SignType;
use world::merchant::Era;

struct Browser {
    shop: Shop,
    runtime: tokio::runtime::Runtime,
    cookie: String,
    link: String,
}

struct Seen {
    status: u16,
    headers: Vec<(String, String)>,
    text: String,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl Browser {
    fn open() -> Self {
        let mut shop = Shop::new(7, Era::UserId);
        let mut names = Names::default();
        for line in ["a template T", "a form on T asking NAME GENDER BIRTHDAY optionally EMAIL", "a link L to T"] {
            shop.given(&line.split(' ').collect::<Vec<_>>(), &[], &mut names).unwrap();
        }
        let link = percent_encoding::percent_decode_str(names.get("L").unwrap()).decode_utf8().unwrap().into_owned();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { shop, runtime, cookie: String::new(), link: link.trim_start_matches("http://127.0.0.1:8600").to_owned() }
    }

    fn held_by(mut self, number: u64) -> Self {
        self.cookie = format!("lang=zh; kabao_phone={}", self.shop.customer(number));
        self
    }

    fn go(&self, request: Request<Body>) -> Seen {
        let router = crate::router(self.shop.platform.clone());
        self.runtime.block_on(async {
            let response: Response<Body> = router.oneshot(request).await.unwrap();
            let (head, body) = response.into_parts();
            let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
            let headers =
                head.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned())).collect();
            Seen { status: head.status.as_u16(), headers, text }
        })
    }

    fn get(&self, target: &str) -> Seen {
        self.go(Request::get(target).header("cookie", &self.cookie).body(Body::empty()).unwrap())
    }

    fn post(&self, target: &str, form: &str) -> Seen {
        let request = Request::post(target).header("cookie", &self.cookie).header("sec-fetch-site", "same-origin");
        self.go(request.header("content-type", "application/x-www-form-urlencoded").body(Body::from(form.to_owned())).unwrap())
    }

    fn consent(&self, scope: &str) -> String {
        format!(
            "/oauth2/publicAppAuthorize.htm?app_id={}&scope={scope}&redirect_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fcb&state=s1",
            self.shop.app
        )
    }
}

#[test]
fn a_phone_that_nobody_holds_asks_who() {
    let browser = Browser::open();
    let user = browser.shop.customer(0);
    let page = browser.get(&browser.link);
    assert!(page.text.contains("谁拿着这部手机？") && page.text.contains(user.as_str()));
    let chosen = browser.post(&browser.link, &format!("kabao_who={user}"));
    assert_eq!((chosen.status, chosen.header("location")), (303, browser.link.as_str()));
    assert!(chosen.header("set-cookie").starts_with(&format!("kabao_phone={user}; Path=/; HttpOnly; SameSite=Lax")));
    let stranger = browser.post(&browser.link, "kabao_who=2088000000000000");
    assert!(stranger.header("set-cookie").is_empty());
}

#[test]
fn the_form_shows_what_the_account_knows_and_leads_back_with_a_code() {
    let browser = Browser::open().held_by(0);
    let page = browser.get(&browser.link);
    for words in ["同意并领取", "取消", "来自支付宝", "（必填）", "（选填）", "姓名", "生日", "星月会员卡"] {
        assert!(page.text.contains(words), "{words} is missing in {}", page.text);
    }
    assert!(!page.text.contains("style=") && !page.text.contains("<script"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' http://127.0.0.1:3000;") && policy.contains("default-src 'none'"), "{policy}");
    let sent = browser.post(&browser.link, "OPEN_FORM_FIELD_GENDER=%E5%A5%B3&decide=agree");
    assert_eq!(sent.status, 303);
    assert!(sent.header("location").starts_with("http://127.0.0.1:3000/cb?app_id=9021"), "{}", sent.header("location"));
    let answers = browser.shop.look(|world, _| world.submissions().iter().next().unwrap().answers.clone());
    assert_eq!(answers[1], ("OPEN_FORM_FIELD_GENDER".to_owned(), "女".to_owned()));
    let kept = browser.shop.sandbox.journal().before(u64::MAX, 1, |_| true).exchanges[0].clone();
    assert_eq!((kept.method.as_str(), kept.events.map(|(first, next)| next - first)), ("/account/openform/activecard.htm", Some(2)));
}

#[test]
fn a_mistake_is_shown_in_its_place_and_what_was_typed_stays() {
    let browser = Browser::open().held_by(0);
    let page = browser.post(&browser.link, "OPEN_FORM_FIELD_EMAIL=%3Cb%3E&decide=agree");
    assert_eq!(page.status, 200);
    assert!(page.text.contains("格式不正确") && page.text.contains(r#"value="&lt;b&gt;""#), "{}", page.text);
    assert!(browser.shop.look(|world, _| world.grants().is_empty()));
}

#[test]
fn cancelling_stays_and_a_form_of_another_site_does_nothing() {
    let browser = Browser::open().held_by(0);
    assert!(browser.post(&browser.link, "decide=cancel").text.contains("已取消"));
    let request = Request::post(&browser.link).header("cookie", &browser.cookie).header("sec-fetch-site", "cross-site");
    assert_eq!(browser.go(request.body(Body::from("decide=agree")).unwrap()).status, 403);
    assert!(browser.shop.look(|world, _| world.grants().is_empty()));
}

#[test]
fn a_holder_and_a_stopped_step_get_their_own_pages() {
    let browser = Browser::open().held_by(0);
    let wrong = browser.get(&browser.link.replace("http://127.0.0.1:3000/cb", "https://shop.example/cb"));
    assert!(wrong.text.contains("系统异常，请联系商家(ERR010)") && wrong.text.contains("为什么"), "{}", wrong.text);
    let nowhere = browser.get("/account/openform/activecard.htm?app_id=1&template_id=%3Cscript%3E");
    assert!(nowhere.text.contains("系统繁忙，请稍后再试") && !nowhere.text.contains("<script"), "{}", nowhere.text);
    let (user, programme) = browser
        .shop
        .look(|world, _| (world.customers().iter().next().unwrap().user.clone(), world.programmes().iter().next().unwrap().id.clone()));
    let card = format!("/phone/{user}/card/kabao0000000197?sandbox=demo");
    browser.shop.pass(1);
    let now = browser.shop.now();
    browser.shop.record(world::card::CardOpened {
        card: "kabao0000000197".into(),
        programme,
        user,
        external: "E".to_owned(),
        serial: "S".to_owned(),
        opening: 0,
        opened: now,
        valid_until: None,
        stated: world::card::Statement::default(),
        channel: None,
        channel_id: None,
        member: None,
    });
    let (seen, sent) = (browser.get(&browser.link), browser.post(&browser.link, "decide=agree"));
    assert_eq!((seen.status, seen.header("location"), sent.status, sent.header("location")), (302, card.as_str(), 303, card.as_str()));
}

#[test]
fn consent_says_who_asks_and_what_is_handed_over() {
    let browser = Browser::open().held_by(0);
    let page = browser.get(&browser.consent("auth_user%2Cauth_ecard"));
    for words in ["星月咖啡会员", "会员卡", "昵称、性别、地区", "同意", "拒绝", "取消"] {
        assert!(page.text.contains(words), "{words} is missing in {}", page.text);
    }
    let name = browser.shop.look(|world, _| world.customers().iter().next().unwrap().profile.get().name);
    assert!(!page.text.contains(&name), "the name is half masked");
    assert!(browser.post(&browser.consent("auth_user"), "decide=deny").text.contains("已取消"));
    let agreed = browser.post(&browser.consent("auth_user"), "decide=agree");
    assert_eq!(agreed.status, 303);
    assert!(
        agreed.header("location").contains("source=alipay_wallet&scope=auth_user&state=s1&auth_code="),
        "{}",
        agreed.header("location")
    );
}

#[test]
fn a_silent_scope_asks_nothing() {
    let browser = Browser::open().held_by(0);
    let back = browser.get(&browser.consent("auth_base"));
    assert_eq!(back.status, 302);
    assert!(back.header("location").contains("scope=auth_base"));
}

#[test]
fn pictures_and_the_style_sheet_are_served_safely() {
    let mut browser = Browser::open();
    testkit::check(
        &mut browser.shop,
        "> alipay.offline.material.image.upload image_type=png image_name=l image_content=file:png:100\n< 10000",
    );
    let id = browser.shop.look(|world, _| world.images().iter().next().unwrap().id.clone());
    let picture = browser.get(&format!("/image/demo/{id}"));
    assert_eq!(
        (picture.status, picture.header("content-type"), picture.header("content-security-policy")),
        (200, "image/png", "sandbox; default-src 'none'")
    );
    assert_eq!(browser.get("/image/demo/nothing").status, 404);
    assert_eq!(browser.get(&format!("/image/other/{id}")).status, 404);
    let style = browser.get(&crate::pages::style::address());
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(browser.get("/alipay/other.css").status, 404);
}

#[test]
fn a_body_that_is_too_large_is_answered_as_the_platform_answers() {
    let browser = Browser::open();
    let request =
        |kind: &str, bytes: usize| Request::post("/gateway.do").header("content-type", kind).body(Body::from(vec![b'a'; bytes])).unwrap();
    let form = browser.go(request("application/x-www-form-urlencoded", (1 << 20) + 1));
    assert_eq!(form.status, 200);
    assert!(form.text.contains("isv.invalid-parameter") && form.text.contains("1048576"), "{}", form.text);
    assert_eq!(form.header("connection"), "close");
    let upload = browser.go(request("multipart/form-data; boundary=x", (8 << 20) + 1));
    assert!(upload.text.contains("8388608"), "{}", upload.text);
}

#[test]
fn the_fast_form_ends_at_the_card_or_says_why_there_is_none() {
    let mut browser = Browser::open();
    let key = browser.shop.app_key.clone();
    let merchant = Merchant::that(Box::new(move |notice| {
        let number = notice.text("biz_card_no")?;
        let response = serde_json::json!({"card_info": {"biz_card_no": number, "external_card_no": "E1"}}).to_string();
        let sign = key.sign_text(SignType::Rsa2.digest(), response.as_bytes());
        Some((200, format!(r#"{{"response":{response},"sign":"{sign}"}}"#).into_bytes()))
    }));
    let fields = [
        ("spi_app_id", serde_json::json!(browser.shop.app.as_str())),
        ("template_form_config", serde_json::json!({"fields": {"required": ["OPEN_FORM_FIELD_GENDER"]}})),
    ];
    let fields = fields.map(|(path, value)| Field { path: path.to_owned(), value });
    let mut names = Names::default();
    browser.shop.given(&["a", "template", "F"], &fields, &mut names).unwrap();
    browser.link = crate::customer::fast::link(browser.shop.app.as_str(), names.get("F").unwrap());
    let browser = browser.held_by(0);
    let page = browser.get(&browser.link);
    assert!(page.text.contains("同意并领取") && page.header("content-security-policy").contains("form-action 'self';"), "{}", page.text);
    let agree = "OPEN_FORM_FIELD_GENDER=%E5%A5%B3&decide=agree";
    assert!(browser.post(&browser.link, agree).text.contains("SPI_NOT_CONFIGURED"));
    let gateway = format!("http://{}/", merchant.address);
    browser.shop.record(world::joining::GatewaySet { app: browser.shop.app.clone(), gateway });
    assert!(browser.post(&browser.link, "decide=cancel").text.contains("已取消"));
    let request = Request::post(&browser.link).header("cookie", &browser.cookie).header("sec-fetch-site", "cross-site");
    assert_eq!(browser.go(request.body(Body::from(agree)).unwrap()).status, 403);
    assert!(merchant.taken().is_empty());
    let sent = browser.post(&browser.link, agree);
    let card = browser.shop.look(|world, _| world.cards().iter().next().unwrap().number.clone());
    assert_eq!(sent.status, 303);
    assert!(sent.header("location").ends_with(&format!("/card/{card}?sandbox=demo")), "{}", sent.header("location"));
    assert_eq!(browser.get(&browser.link).header("location"), sent.header("location"), "a holder sees the card");
}

#[test]
fn a_merchant_authorises_a_provider_and_takes_it_back() {
    let mut browser = Browser::open();
    let mut names = Names::default();
    browser.shop.given(&["a", "provider", "P"], &[], &mut names).unwrap();
    let (provider, app) = (names.get("P").unwrap(), browser.shop.app.clone());
    let target = format!("/oauth2/appToAppAuth.htm?app_id={provider}&redirect_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fisv&state=s1");
    let page = browser.get(&target);
    assert!(page.text.contains("星月咖啡会员") && !page.text.contains("已授权"), "{}", page.text);
    assert!(page.header("content-security-policy").contains("form-action 'self' http://127.0.0.1:3000;"));
    assert!(!page.text.contains(&format!("value=\"{provider}\"")), "a provider is not among those who can authorise");
    assert!(browser.post(&target, "decide=agree").text.contains("请选择"));
    assert!(browser.post(&target, &format!("app={app}&decide=deny")).text.contains("已取消"));
    let request = Request::post(&target).header("sec-fetch-site", "cross-site");
    assert_eq!(browser.go(request.body(Body::from(format!("app={app}&decide=agree"))).unwrap()).status, 403);
    let stranger = browser.post(&target, &format!("app={provider}&decide=agree"));
    assert!(stranger.text.contains("NO_SUCH_CHOICE"), "{}", stranger.text);
    assert!(browser.shop.look(|world, _| world.delegation_offers().is_empty()));

    let agreed = browser.post(&target, &format!("app={app}&decide=agree"));
    let back = format!("http://127.0.0.1:3000/isv?app_id={provider}&source=alipay_app_auth&application_type=WEBAPP&app_auth_code=");
    assert!(agreed.status == 303 && agreed.header("location").starts_with(&back), "{}", agreed.header("location"));
    assert!(agreed.header("location").ends_with("&state=s1"));
    let wrong = browser.get(&format!("/oauth2/appToAppAuth.htm?app_id={app}"));
    assert!(wrong.text.contains("APP_NOT_ISV"), "{}", wrong.text);

    browser.shop.given(&["P", "stands", "for", "the", "merchant"], &[], &mut names).unwrap();
    assert!(browser.get(&target).text.contains("解除授权"));
    assert_eq!(browser.post(&target, &format!("withdraw={app}&decide=agree")).status, 303);
    assert!(browser.shop.look(|world, _| world.delegations().iter().all(|one| !one.holds())));
}
