//! The walls: Host × Origin × Sec-Fetch-Site × method × spelling of the path × token × machine.
//!
//! What is to be let through is said by small functions here, written down a second time from UI.md §4; the matrix compares.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, header};
use console::Peer;
use std::net::SocketAddr;

use crate::call::{Answer, Asked, HOST, settings};

const SECURE: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// Written down a second time from UI.md §4: whatever is let in beside it has to be let in here, too.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const LOCAL: &str = "127.0.0.1:40000";
const REMOTE: &str = "192.168.1.20:40000";

#[track_caller]
fn is_secured(answer: &Answer, what: &str) {
    for (name, value) in SECURE {
        assert_eq!(answer.header(name), *value, "{name} of {what}");
    }
    assert_eq!(answer.header("content-security-policy"), POLICY, "{what}");
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "a CORS header in {what}");
}

fn peer(text: &str) -> Peer {
    Peer(text.parse::<SocketAddr>().unwrap())
}

#[tokio::test]
async fn only_the_hosts_listened_on_and_named_are_answered_for() {
    let mut settings = settings();
    settings.listening.push("192.168.1.5:8601".parse().unwrap());
    settings.host_names = vec!["kabao.internal".to_owned(), "proxy.internal:8443".to_owned()];
    let asked = Asked::with(settings);
    let known = [
        "127.0.0.1:8600",
        "localhost:8600",
        "LocalHost:8600",
        "[::1]:8600",
        "192.168.1.5:8601",
        "127.0.0.1:8601",
        "kabao.internal",
        "kabao.internal:8600",
        "proxy.internal:8443",
    ];
    let foreign = [
        "",
        "localhost",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1:9000",
        "evil.example",
        "evil.example:8600",
        "127.0.0.1.nip.io:8600",
        "localhost.:8600",
        "localhost:8600.evil.example",
        "0.0.0.0:8600",
        "2130706433:8600",
        "[::ffff:127.0.0.1]:8600",
        "192.168.1.5:8600:8601",
        "proxy.internal",
        "user@127.0.0.1:8600",
        "127.0.0.1:08600",
    ];
    for path in ["/", "/console/journal", "/_kabao/v1/sandboxes", "/_kabao/v1/nothing", "/nothing", "/assets/nothing"] {
        for (host, wanted) in known.iter().map(|host| (host, true)).chain(foreign.iter().map(|host| (host, false))) {
            let request = Request::builder().uri(path).header(header::HOST, *host).extension(peer(LOCAL)).body(Body::empty()).unwrap();
            let answer = asked.send(request).await;
            assert_eq!(answer.status != 421, wanted, "host `{host}`, path {path}: {}", answer.status);
            is_secured(&answer, path);
        }
    }
}

#[tokio::test]
async fn at_port_80_a_browser_leaves_the_port_out() {
    let mut settings = settings();
    settings.listening = vec!["127.0.0.1:80".parse().unwrap()];
    let asked = Asked::with(settings);
    for (host, wanted) in
        [("localhost", 200), ("127.0.0.1", 200), ("[::1]", 200), ("localhost:80", 200), ("evil.example", 421), ("localhost:8600", 421)]
    {
        let request = Request::builder().uri("/").header(header::HOST, host).extension(peer(LOCAL)).body(Body::empty()).unwrap();
        asked.send(request).await.expect(wanted);
    }
}

#[tokio::test]
async fn a_second_host_or_another_one_in_the_target_is_not_answered() {
    let asked = Asked::new();
    let two = Request::builder().uri("/").header(header::HOST, HOST).header(header::HOST, "evil.example").extension(peer(LOCAL));
    asked.send(two.body(Body::empty()).unwrap()).await.expect(421);
    let none = Request::builder().uri("/").extension(peer(LOCAL));
    asked.send(none.body(Body::empty()).unwrap()).await.expect(421);
    for (target, status) in [("http://evil.example/", 421), ("http://127.0.0.1:8600/", 200)] {
        let absolute = Request::builder().uri(target).header(header::HOST, HOST).extension(peer(LOCAL));
        asked.send(absolute.body(Body::empty()).unwrap()).await.expect(status);
    }
}

/// Whether a request with these headers may change something: written from Go's `CrossOriginProtection`.
fn is_own(site: Option<&str>, origin: Option<&str>) -> bool {
    match (site, origin) {
        (Some("same-origin" | "none"), _) | (None, None) => true,
        (Some(_), _) => false,
        (None, Some(origin)) => origin == "http://127.0.0.1:8600" || origin == "https://127.0.0.1:8600",
    }
}

#[tokio::test]
async fn other_sites_change_nothing_and_read_nothing_of_the_api() {
    let asked = Asked::demo().await;
    let sites = [None, Some("same-origin"), Some("none"), Some("same-site"), Some("cross-site"), Some("Same-Origin"), Some("")];
    let origins = [
        None,
        Some("http://127.0.0.1:8600"),
        Some("https://127.0.0.1:8600"),
        Some("null"),
        Some("http://evil.example"),
        Some("http://127.0.0.1:9000"),
        Some("http://127.0.0.1:8600.evil.example"),
        Some(""),
    ];
    let calls = [
        ("GET", "/console/customers", false),
        ("POST", "/console/customers/make", true),
        ("GET", "/_kabao/v1/customers", true),
        ("POST", "/_kabao/v1/customers", true),
        ("POST", "/_kabao/v1/clock/advance", true),
        ("DELETE", "/_kabao/v1/sandboxes/none", true),
        ("OPTIONS", "/_kabao/v1/customers", true),
        ("GET", "/_kabao/v1/openapi.json", true),
    ];
    for site in sites {
        for origin in origins {
            for (method, path, guarded) in calls {
                let mut request = Asked::request(method, path).header(header::CONTENT_TYPE, "application/json");
                if let Some(site) = site {
                    request = request.header("sec-fetch-site", site);
                }
                if let Some(origin) = origin {
                    request = request.header(header::ORIGIN, origin);
                }
                let answer = asked.send(request.body(Body::empty()).unwrap()).await;
                let wanted = !guarded || is_own(site, origin);
                assert_eq!(answer.status != 403, wanted, "{method} {path}, site {site:?}, origin {origin:?}: {}", answer.status);
                is_secured(&answer, path);
            }
        }
    }
}

#[tokio::test]
async fn what_was_refused_has_not_happened() {
    let asked = Asked::demo().await;
    for path in ["/_kabao/v1/customers", "/console/customers/make"] {
        let request = Asked::request("POST", path).header(header::CONTENT_TYPE, "application/json").header("sec-fetch-site", "cross-site");
        asked.send(request.body(Body::from("{}")).unwrap()).await.expect(403);
    }
    assert_eq!(asked.get("/sandboxes").await.json()["sandboxes"][0]["customers"], 0);
    // the same without the header, to know that the above could have worked
    asked.post("/customers", "{}").await.expect(201);
}

#[tokio::test]
async fn repeated_headers_are_nobodys() {
    let asked = Asked::demo().await;
    for (name, one, other) in [("sec-fetch-site", "same-origin", "cross-site"), ("origin", "http://127.0.0.1:8600", "http://evil.example")]
    {
        let request = Asked::request("POST", "/_kabao/v1/customers").header(name, one).header(name, other);
        asked.send(request.body(Body::empty()).unwrap()).await.expect(403);
    }
    let request = Asked::request("POST", "/_kabao/v1/customers").header("origin", HeaderValue::from_bytes(&[0xff]).unwrap());
    asked.send(request.body(Body::empty()).unwrap()).await.expect(403);
}

#[tokio::test]
async fn a_path_spelt_otherwise_walks_round_no_wall() {
    let asked = Asked::demo().await;
    let spellings = [
        "/%5fkabao/v1/customers",
        "/_%6babao/v1/customers",
        "//_kabao/v1/customers",
        "/_kabao//v1/customers",
        "/_kabao/v1/customers/",
        "/_KABAO/v1/customers",
        "/./_kabao/v1/customers",
        "/console/../_kabao/v1/customers",
        "/console/..;/_kabao/v1/customers",
        "/_kabao/v1/%63ustomers",
        "/_kabao/health/../v1/customers",
        "/_kabao/health;/../v1/customers",
        "/_kabao/v1/customers%00",
        "//console/customers/make",
        "/console%2fcustomers/make",
        "/console/customers/make/",
        "/%63onsole/customers/make",
        "/_kabao/health%2f..%2fv1/customers",
    ];
    for path in spellings {
        for (host, site, from, refused) in [
            (HOST, "cross-site", LOCAL, Some(403)),
            ("evil.example", "same-origin", LOCAL, Some(421)),
            (HOST, "same-origin", REMOTE, Some(403)),
            (HOST, "same-origin", LOCAL, None),
        ] {
            let request = Request::builder()
                .method("POST")
                .uri(path)
                .header(header::HOST, host)
                .header("sec-fetch-site", site)
                .header(header::CONTENT_TYPE, "application/json");
            let answer = asked.send(request.extension(peer(from)).body(Body::from("{}")).unwrap()).await;
            match refused {
                Some(status) => assert_eq!(answer.status, status, "{path}"),
                // let through, it is no address of ours at all
                None => assert!(answer.status == 404 || answer.status == 405, "{path}: {}", answer.status),
            }
            is_secured(&answer, path);
        }
    }
    assert_eq!(asked.get("/sandboxes").await.json()["sandboxes"][0]["customers"], 0);
}

#[derive(Clone, Copy, Debug)]
enum Shown {
    Nothing,
    Bearer(&'static str),
    Cookie(&'static str),
    Query(&'static str),
}

#[tokio::test]
async fn other_machines_need_the_token() {
    let token = "s3cret+/= token";
    let machines = [Some(LOCAL), Some("[::1]:4"), Some("[::ffff:127.0.0.1]:4"), Some(REMOTE), Some("[fe80::1]:4"), None];
    let shown = [
        Shown::Nothing,
        Shown::Bearer("s3cret+/= token"),
        Shown::Bearer("wrong"),
        Shown::Bearer(""),
        Shown::Cookie("s3cret%2B%2F%3D%20token"),
        Shown::Cookie("wrong"),
        Shown::Query("s3cret%2B%2F%3D%20token"),
        Shown::Query("wrong"),
    ];
    for set in [None, Some(token.to_owned())] {
        let mut settings = settings();
        settings.token.clone_from(&set);
        let asked = Asked::with(settings);
        for machine in machines {
            let local = machine.is_some_and(|machine| machine == LOCAL || machine.starts_with("[::1]") || machine.starts_with("[::ffff"));
            for shown in shown {
                for (path, is_page) in [("/", true), ("/nothing", true), ("/_kabao/v1/sandboxes", false)] {
                    let target = if let Shown::Query(text) = shown { format!("{path}?a=b&token={text}") } else { path.to_owned() };
                    let mut request = Request::builder().uri(target).header(header::HOST, HOST);
                    match shown {
                        Shown::Bearer(text) => request = request.header(header::AUTHORIZATION, format!("Bearer {text}")),
                        Shown::Cookie(text) => request = request.header(header::COOKIE, format!("a=b; kabao_token={text}")),
                        Shown::Nothing | Shown::Query(_) => {}
                    }
                    if let Some(machine) = machine {
                        request = request.extension(ConnectInfo(machine.parse::<SocketAddr>().unwrap()));
                    }
                    let answer = asked.send(request.body(Body::empty()).unwrap()).await;
                    let what = format!("{path} from {machine:?}, token {set:?}, shown {shown:?}: {}", answer.status);
                    let right = matches!(shown, Shown::Bearer("s3cret+/= token"))
                        || is_page && matches!(shown, Shown::Cookie("s3cret%2B%2F%3D%20token"));
                    let served = !matches!(answer.status.as_u16(), 401 | 403 | 303);
                    match (local, &set) {
                        // the API has no field `token`, a page does not mind
                        (true, _) => assert!(served, "{what}"),
                        (false, None) => assert_eq!(answer.status, 403, "{what}"),
                        (false, Some(_)) if right => assert!(served, "{what}"),
                        (false, Some(_)) if is_page && matches!(shown, Shown::Query("s3cret%2B%2F%3D%20token")) => {
                            assert_eq!(
                                (answer.status.as_u16(), answer.header("location")),
                                (303, format!("{path}?a=b").as_str()),
                                "{what}"
                            );
                            assert_eq!(
                                answer.header("set-cookie"),
                                "kabao_token=s3cret%2B%2F%3D%20token; Path=/; HttpOnly; SameSite=Strict"
                            );
                        }
                        (false, Some(_)) => assert_eq!(answer.status, 401, "{what}"),
                    }
                    is_secured(&answer, &what);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_welcome_never_leads_to_another_host() {
    let mut settings = settings();
    settings.token = Some("t".to_owned());
    let asked = Asked::with(settings);
    let request = Request::builder().uri("//evil.example/?token=t").header(header::HOST, HOST).extension(peer(REMOTE));
    assert_eq!(asked.send(request.body(Body::empty()).unwrap()).await.expect(303).header("location"), "/evil.example/");
    // an address that changes something is no welcome, and it is not repeated by a browser that is sent on
    let request =
        Request::builder().method("POST").uri("/console/customers/make?token=t").header(header::HOST, HOST).extension(peer(REMOTE));
    asked.send(request.body(Body::empty()).unwrap()).await.expect(401);
}

#[tokio::test]
async fn a_page_may_say_more_about_itself_and_others_pages_are_guarded_alike() {
    let asked = Asked::new();
    let own = axum::Router::new().route(
        "/oauth2/publicAppAuthorize.htm",
        axum::routing::get(async || {
            ([(header::CONTENT_SECURITY_POLICY, "default-src 'none'; form-action http://127.0.0.1:9000")], "consent")
        })
        .post(async || "agreed"),
    );
    let guarded = Asked { router: console::guard(own, &asked.house), house: asked.house.clone() };
    let shown = guarded.send(Asked::request("GET", "/oauth2/publicAppAuthorize.htm").body(Body::empty()).unwrap()).await.expect(200);
    assert_eq!(shown.header("content-security-policy"), "default-src 'none'; form-action http://127.0.0.1:9000");
    assert_eq!(shown.header("x-content-type-options"), "nosniff");
    let request = Asked::request("POST", "/oauth2/publicAppAuthorize.htm").header("sec-fetch-site", "cross-site");
    guarded.send(request.body(Body::empty()).unwrap()).await.expect(403);
}
