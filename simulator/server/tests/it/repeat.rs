//! Same seed, same clock, same calls: the same answers, headers and pages and the same log, byte for byte; a restart in the middle
//! changes nothing of it but trace ids, which count a process's exchanges.

use crate::client::{Client, template};
use crate::place::Place;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// What came back, as one comparable text each: status, headers, body.
#[derive(Default)]
struct Heard(Vec<String>);

impl Heard {
    async fn hear(&mut self, what: &str, answer: reqwest::Response) {
        let mut text = format!("{what}\n{}\n", answer.status());
        for (name, value) in answer.headers() {
            // the one thing that is the machine's time and not the sandbox's
            if name != "date" {
                writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes())).unwrap();
            }
        }
        text += &String::from_utf8_lossy(&answer.bytes().await.unwrap());
        self.0.push(text);
    }
}

fn http() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.timeout(Duration::from_secs(30)).build().unwrap()
}

/// A signed call, with headers and all.
async fn call(heard: &mut Heard, client: &Client, method: &str, parameters: &[(&str, &str)], biz_content: Option<&Value>) -> String {
    let mut request = client.request(method).parameter("timestamp", "2026-11-21 12:00:00");
    for (name, value) in parameters {
        request = request.parameter(name, value);
    }
    if let Some(biz_content) = biz_content {
        request = request.biz_content(&biz_content.to_string());
    }
    let outgoing = request.sign(&client.key).unwrap();
    let mut sending = http().post(format!("{}{}", client.base, outgoing.target("/gateway.do"))).body(outgoing.body.clone());
    if let Some(kind) = &outgoing.content_type {
        sending = sending.header("content-type", kind);
    }
    heard.hear(method, sending.send().await.unwrap()).await;
    heard.0.last().unwrap().clone()
}

async fn page(heard: &mut Heard, client: &Client, path: &str, cookie: &str) {
    let asked = http().get(format!("{}{path}", client.base)).header("cookie", cookie).send().await.unwrap();
    heard.hear(path, asked).await;
    let whole = heard.0.pop().unwrap();
    heard.0.push(without_calls(whole));
}

/// A card's page without the calls that name the card: they are the journal's, which begins anew with the process and says how long
/// each call really took.
fn without_calls(page: String) -> String {
    let Some((before, rest)) = page.split_once("<h2>提到这张卡的调用</h2>") else { return page };
    let after = rest.split_once("</section>").expect("a section ends").1;
    let before: Vec<&str> = before.lines().filter(|line| !line.starts_with("content-length: ")).collect();
    before.join("\n") + after
}

/// The value of a field somewhere in a text of JSON.
fn field(text: &str, name: &str) -> String {
    let rest = text.split_once(&format!("\"{name}\":\"")).unwrap_or_else(|| panic!("no {name} in {text}")).1;
    rest.split('"').next().unwrap().to_owned()
}

async fn first_half(heard: &mut Heard, client: &Client) -> (String, String, String) {
    let (template_id, link) = client.template().await;
    heard.0.push(link.clone());
    let made = http().post(format!("{}/_kabao/v1/customers?sandbox=twin", client.base)).json(&json!({})).send().await.unwrap();
    heard.hear("a customer", made).await;
    let user = field(heard.0.last().unwrap(), "user_id");
    let activate = format!("{}/_kabao/v1/customers/{user}/activate?sandbox=twin", client.base);
    heard.hear("activate", http().post(activate).json(&json!({"link": link})).send().await.unwrap()).await;
    let code = field(heard.0.last().unwrap(), "auth_code");
    let grant = [("grant_type", "authorization_code"), ("code", code.as_str())];
    let token = field(&call(heard, client, "alipay.system.oauth.token", &grant, None).await, "access_token");
    // a code is spent by its first use, and a wrong grant is refused in the node without `code`
    call(heard, client, "alipay.system.oauth.token", &grant, None).await;
    call(heard, client, "alipay.system.oauth.token", &[("grant_type", "nothing"), ("code", "x")], None).await;
    let opening = json!({
        "out_serial_no": "serial-1",
        "card_template_id": template_id,
        "card_user_info": {"user_uni_id_type": "UID", "user_uni_id": user},
        "card_ext_info": {"external_card_no": "m1", "open_date": "2026-11-21 12:00:00", "point": "0"},
    });
    let opened = call(heard, client, "alipay.marketing.card.open", &[("auth_token", &token)], Some(&opening)).await;
    (template_id, user, field(&opened, "biz_card_no"))
}

async fn second_half(heard: &mut Heard, client: &Client, (template_id, user, card): &(String, String, String)) {
    let of_card = json!({"target_card_no": card, "target_card_no_type": "BIZ_CARD"});
    let update = json!({"target_card_no": card, "target_card_no_type": "BIZ_CARD", "occur_time": "2026-11-21 12:00:00", "card_info": {"point": "35"}});
    let calls: [(&str, Value); 6] = [
        ("alipay.marketing.card.update", update),
        ("alipay.marketing.card.query", of_card),
        ("alipay.marketing.card.template.query", json!({"template_id": template_id})),
        ("alipay.marketing.card.query", json!({"target_card_no": "nobody", "target_card_no_type": "BIZ_CARD"})),
        ("alipay.marketing.card.template.create", template("no-such-image", "again")),
        ("alipay.no.such.method", json!({})),
    ];
    for (method, biz_content) in calls {
        call(heard, client, method, &[], Some(&biz_content)).await;
    }
    let phone = format!("kabao_phone={user}");
    for path in [
        format!("/oauth2/publicAppAuthorize.htm?app_id={}&scope=auth_user&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fjoin", client.app_id),
        format!("/phone/{user}?sandbox=twin"),
        format!("/phone/{user}/card/{card}?sandbox=twin"),
        format!("/console/cards/{card}?sandbox=twin"),
        "/console/customers?sandbox=twin&lang=en".to_owned(),
        "/console/templates?sandbox=twin".to_owned(),
        "/no/such/page".to_owned(),
        "/_kabao/v1/customers?sandbox=twin".to_owned(),
        "/_kabao/v1/events?sandbox=twin".to_owned(),
        "/_kabao/v1/clock?sandbox=twin".to_owned(),
    ] {
        page(heard, client, &path, &phone).await;
    }
}

const TWIN: &str = r#"{"name": "twin", "seed": 42, "clock": {"set": "2026-11-21 12:00:00", "stop": true}}"#;

/// Plays a visit; gives everything that was heard, the export, and the chain over the log.
async fn play(data: &Path, port: u16, restarted: bool) -> (Vec<String>, String, String) {
    let listen = format!("127.0.0.1:{port}");
    let mut place = Place::over_at(data, &listen, &["--seed", "1"]);
    let mut heard = Heard::default();
    let client = Client::new(&place.base, serde_json::from_str(TWIN).unwrap()).await;
    let card = first_half(&mut heard, &client).await;
    if restarted {
        // once as planned, once not
        place.stop();
        place = Place::over_at(data, &listen, &["--seed", "1"]);
        place.kill();
        place = Place::over_at(data, &listen, &["--seed", "1"]);
    }
    second_half(&mut heard, &client, &card).await;
    let export = http().get(format!("{}/_kabao/v1/sandboxes/twin/export", place.base)).send().await.unwrap().text().await.unwrap();
    place.stop();
    let log = log::Sqlite::open(&data.join("kabao.db")).unwrap();
    let verdict = log::Log::verify(&log, &"twin".into()).unwrap();
    let log::Verdict::Whole { chain, .. } = verdict else { panic!("{verdict:?}") };
    (heard.0, export, chain.to_string())
}

fn without_trace(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("trace_id: ")).collect::<Vec<_>>().join("\n")
}

/// A port that nobody has just now: the address stands in links, so each play needs the same one.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_and_calls_give_the_same_bytes_also_across_a_restart() {
    let (folders, port) = ([(); 3].map(|()| tempfile::tempdir().unwrap()), free_port());
    let first = play(folders[0].path(), port, false).await;
    for (folder, restarted) in [(&folders[1], false), (&folders[2], true)] {
        let again = play(folder.path(), port, restarted).await;
        for (number, (one, other)) in first.0.iter().zip(&again.0).enumerate() {
            // the journal, which trace ids count, begins anew with the process; everything else is the log's
            let seen = |text: &String| if restarted { without_trace(text) } else { text.clone() };
            assert_eq!(seen(one), seen(other), "answer {number}, restarted {restarted}");
        }
        assert_eq!(first.0.len(), again.0.len());
        assert_eq!(first.1, again.1, "restarted {restarted}");
        assert_eq!(first.2, again.2, "the hash chain, restarted {restarted}");
    }
    assert!(first.1.contains("card_opened") && first.1.lines().count() > 10, "{}", first.1);
    assert!(first.0.iter().filter(|text| text.contains("\ntrace_id: ")).count() > 8, "answers carry trace ids");
    assert!(first.0.iter().any(|text| text.contains("alipay_system_oauth_token_response")), "{:?}", first.0);
}
