//! `openssl` on the command line as a judge of every signature there is: requests as our client makes them, answers and notices as
//! the platform makes them, certificates. What is signed is cut out of the bytes here by plain means, not by our own reader.
//!
//! Every signature is shown twice: right, and wrong with one byte changed.

use crate::client::Client;
use crate::place::Place;
use crate::sdk_ready::run;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;
use wire::alipay::v3;
use wire::alipay::{Certificate, CertificateFile, ClientRequest};

const QUERY: &str = "alipay.marketing.card.template.batchquery";

/// The judge, with a folder to hand it files in.
struct Openssl(TempDir);

impl Openssl {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Whether it is content with what it was asked, and what it said.
    fn ask(arguments: &[&str]) -> (bool, String) {
        let mut openssl = Command::new("openssl");
        openssl.args(arguments);
        let ended = run(openssl, Duration::from_secs(30), "openssl is missing: sudo apt-get install openssl");
        (ended.status.success(), ended.said())
    }

    /// It takes the signature over `content`, and not over a changed one.
    fn believes(&self, what: &str, digest: &str, key: &Path, content: &[u8], sign: &str) {
        let text = self.file("sign.b64", sign);
        let signature = self.0.path().join("sign.bin");
        let (text, signature) = (text.to_str().unwrap(), signature.to_str().unwrap());
        let (decoded, said) = Self::ask(&["base64", "-d", "-A", "-in", text, "-out", signature]);
        assert!(decoded, "{what}: {said}");
        let verifies = |content: &[u8]| {
            let content = self.file("content", content);
            Self::ask(&["dgst", digest, "-verify", key.to_str().unwrap(), "-signature", signature, content.to_str().unwrap()])
        };
        let (holds, said) = verifies(content);
        assert!(holds, "{what}: openssl does not believe the signature over {}: {said}", String::from_utf8_lossy(content));
        let mut changed = content.to_vec();
        changed[content.len() / 2] ^= 1;
        let (fooled, said) = verifies(&changed);
        assert!(!fooled && said.contains("Verification failure"), "{what}: openssl believes anything, or does not get as far: {said}");
    }

    /// A public key as a file, from the text without a frame that SDKs are given.
    fn public_key(&self, name: &str, base64: &str) -> PathBuf {
        let lines: Vec<_> = base64.trim().as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        self.file(name, format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n")))
    }
}

/// `key=value` pairs in order of their names, as the documents say, without those that are left out.
fn string_to_sign(pairs: &[(String, String)], left_out: &[&str]) -> Vec<u8> {
    let mut taken: Vec<_> = pairs.iter().filter(|(name, value)| !left_out.contains(&name.as_str()) && !value.is_empty()).collect();
    taken.sort();
    taken.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&").into_bytes()
}

fn form(text: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://127.0.0.1/?{text}")).unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn value_of<'p>(pairs: &'p [(String, String)], name: &str) -> &'p str {
    pairs.iter().find(|(known, _)| known == name).map_or_else(|| panic!("no {name} in {pairs:?}"), |(_, value)| value.as_str())
}

/// The object between its node's name and the next member, and the signature.
fn cut(body: &str) -> (Vec<u8>, String) {
    let begin = body.find(':').unwrap() + 1;
    let end = body.find(",\"alipay_cert_sn\":").or_else(|| body.rfind(",\"sign\":")).unwrap_or_else(|| panic!("unsigned: {body}"));
    let sign = serde_json::from_str::<Value>(body).unwrap()["sign"].as_str().unwrap().to_owned();
    (body.as_bytes()[begin..end].to_vec(), sign)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_believes_requests_answers_and_notices_with_the_keys_that_init_wrote() {
    let (openssl, place) = (Openssl::new(), Place::in_memory(&["--seed", "1"]));
    let keys = openssl.0.path().join("keys");
    let mut init = Command::new(env!("CARGO_BIN_EXE_kabao"));
    init.arg("init").arg(&keys).args(["--from", &place.base]);
    let ended = run(init, Duration::from_secs(30), "the binary is built");
    assert!(ended.status.success(), "{}", ended.said());
    let client = Client::of(&place.base, "demo").await;
    let app_key = keys.join("app_public_key.pem");
    let platform_key = openssl.public_key("alipay.pem", &std::fs::read_to_string(keys.join("alipay_public_key.txt")).unwrap());

    for (sign_type, digest) in [("RSA2", "-sha256"), ("RSA", "-sha1")] {
        let request = |content: &str| client.request(QUERY).parameter("sign_type", sign_type).biz_content(content);
        let sent = request(r#"{"page_no":1}"#).sign(&client.key).unwrap();
        let pairs = [form(&sent.query), form(std::str::from_utf8(&sent.body).unwrap())].concat();
        openssl.believes("a request", digest, &app_key, &string_to_sign(&pairs, &["sign"]), value_of(&pairs, "sign"));

        // what openssl signs is accepted, with either form of the private key
        for key in ["app_private_key_pkcs8.pem", "app_private_key_pkcs1.pem"] {
            let content = openssl.file("content", string_to_sign(&pairs, &["sign"]));
            let signature = openssl.0.path().join("signed");
            let (key, signature) = (keys.join(key), signature.to_str().unwrap().to_owned());
            let signing = ["dgst", digest, "-sign", key.to_str().unwrap(), "-out", &signature, content.to_str().unwrap()];
            assert!(Openssl::ask(&signing).0);
            let encoded = Command::new("openssl").args(["base64", "-A", "-in", &signature]).output().unwrap().stdout;
            assert_eq!(String::from_utf8(encoded).unwrap(), value_of(&pairs, "sign"), "the same bytes as ours");
        }

        let cases = [
            ("a success", request(r#"{"page_no":1}"#)),
            ("a refusal", request(r#"{"page_no":0}"#)),
            (
                "an error",
                client.request("alipay.system.oauth.token").parameter("sign_type", sign_type).parameter("grant_type", "authorization_code"),
            ),
        ];
        for (what, request) in cases {
            let (_, body) = client.send(&request.sign(&client.key).unwrap()).await.unwrap();
            let (content, sign) = cut(std::str::from_utf8(&body).unwrap());
            openssl.believes(what, digest, &platform_key, &content, &sign);
        }
    }

    let (template, link) = client.template().await;
    v3_is_believed(&openssl, &client, &template, &app_key, &platform_key).await;
    notices_are_believed(&openssl, &client, (&template, &link), &platform_key).await;
}

/// The request's string and the answer's, put together as PROTOCOL C says.
async fn v3_is_believed(openssl: &Openssl, client: &Client, template: &str, app_key: &Path, platform_key: &Path) {
    let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let route = v3::of_method("alipay.marketing.card.template.query").unwrap();
    let sent = v3::ClientRequest::to(route, &client.app_id, "openssl-1", now).query("template_id", template).sign(&client.key);
    let header = |name: &str| sent.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap();
    let authorization = header("authorization");
    let (auth_string, sign) = authorization.strip_prefix("ALIPAY-SHA256withRSA ").unwrap().split_once(",sign=").unwrap();
    let body = std::str::from_utf8(&sent.body).unwrap();
    let content = format!("{auth_string}\n{}\n{}\n{body}\n", sent.http_method, sent.target);
    openssl.believes("a v3 request", "-sha256", app_key, content.as_bytes(), sign);

    let mut request = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .request(sent.http_method.parse().unwrap(), format!("{}{}", client.base, sent.target));
    for (name, value) in &sent.headers {
        request = request.header(name, value);
    }
    let answer = request.body(sent.body.clone()).send().await.unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let (timestamp, nonce, sign) = (header("alipay-timestamp"), header("alipay-nonce"), header("alipay-signature"));
    let body = answer.text().await.unwrap();
    assert!(body.contains("茶馆会员卡"), "{body}");
    openssl.believes("a v3 answer", "-sha256", platform_key, format!("{timestamp}\n{nonce}\n{body}\n").as_bytes(), &sign);
}

/// A card is opened, and the template's `notify_url` hears of it.
async fn notices_are_believed(openssl: &Openssl, client: &Client, (template, link): (&str, &str), platform_key: &Path) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/notify", listener.local_addr().unwrap());
    let (say, said) = std::sync::mpsc::channel();
    std::thread::spawn(move || say.send(heard(&listener)));
    let method = "alipay.marketing.card.template.modify";
    let told = client.call("alipay.marketing.card.template.query", &json!({"template_id": template})).await;
    let mut change = crate::client::template(told["template_style_info"]["logo_id"].as_str().unwrap(), "with-notices");
    change.as_object_mut().unwrap().remove("card_type");
    change["template_id"] = json!(template);
    let asked = client.request(method).parameter("notify_url", &url).biz_content(&change.to_string());
    let changed = client.try_call(method, asked).await.unwrap();
    assert_eq!(changed["code"], "10000", "{changed}");
    client.join(template, link, "M-1").await;
    let pairs = form(&said.recv_timeout(Duration::from_mins(1)).expect("a notice comes"));
    assert_eq!(value_of(&pairs, "notify_type"), "card_open");
    let content = string_to_sign(&pairs, &["sign", "sign_type"]);
    openssl.believes("a notice", "-sha256", platform_key, &content, value_of(&pairs, "sign"));
}

/// The body of the first request that comes; it is answered as a merchant answers.
fn heard(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let (mut bytes, mut piece) = (Vec::new(), [0; 4_096]);
    loop {
        let read = stream.read(&mut piece).unwrap();
        assert!(read > 0, "the request broke off: {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok()).unwrap();
        if body.len() >= length {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nsuccess").unwrap();
            return body.to_owned();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_believes_the_certificates_of_certificate_mode_and_what_they_sign() {
    let (openssl, place) = (Openssl::new(), Place::in_memory(&[]));
    let client = Client::new(&place.base, json!({"mode": "certificate"})).await;
    let sheet = client.control("GET", &format!("/sandboxes/{}", client.sandbox), None).await;
    let text = |name: &str| sheet["apps"][0]["certificates"][name].as_str().unwrap();
    let (app, chain, roots) = (text("app_cert"), text("alipay_cert"), text("alipay_root_cert"));
    let file = |name: &str, pem: &str| openssl.file(name, pem).to_str().unwrap().to_owned();
    let (app_file, chain_file, roots_file) = (file("app.crt", app), file("alipay.crt", chain), file("roots.crt", roots));
    for (what, leaf) in [("the application's", &app_file), ("the platform's", &chain_file)] {
        let (holds, said) = Openssl::ask(&["verify", "-x509_strict", "-CAfile", &roots_file, "-untrusted", &chain_file, leaf]);
        assert!(holds, "{what} certificate: {said}");
        let (fooled, _) = Openssl::ask(&["verify", "-x509_strict", "-CAfile", &app_file, "-untrusted", &chain_file, leaf]);
        assert!(!fooled, "{what} certificate is trusted without its root");
    }
    let key_in = |certificate: &str, name: &str| {
        let (path, name) = (openssl.0.path().join(name), name);
        let (taken, said) = Openssl::ask(&["x509", "-in", certificate, "-pubkey", "-noout", "-out", path.to_str().unwrap()]);
        assert!(taken, "{name}: {said}");
        path
    };
    let (app_key, platform_key) = (key_in(&app_file, "app.pem"), key_in(&chain_file, "alipay.pem"));
    let named = |request: ClientRequest| {
        request.certificates(&Certificate::from_pem(app).unwrap(), &CertificateFile::from_pem(roots).unwrap()).sign(&client.key).unwrap()
    };
    let sent = named(client.request(QUERY).biz_content(r#"{"page_no":1}"#));
    let pairs = [form(&sent.query), form(std::str::from_utf8(&sent.body).unwrap())].concat();
    openssl.believes("a request", "-sha256", &app_key, &string_to_sign(&pairs, &["sign"]), value_of(&pairs, "sign"));
    let (_, body) = client.send(&sent).await.unwrap();
    let body = std::str::from_utf8(&body).unwrap();
    assert!(body.contains(text("alipay_cert_sn")), "{body}");
    let (content, sign) = cut(body);
    openssl.believes("an answer", "-sha256", &platform_key, &content, &sign);
}
