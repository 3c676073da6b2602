//! How a practice merchant that runs as a program is configured: the environment over the JSON file named by `MERCHANT_CONFIG`
//! over defaults. Source: fixtures/merchants/till-api.md, "Start and configuration".

use super::{CertificateFiles, Flow, Role, Setup};
use serde_json::{Map, Value};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Every setting: its name in the file, and in the environment.
const SETTINGS: [(&str, &str); 14] = [
    ("gateway", "ALIPAY_GATEWAY"),
    ("app_id", "ALIPAY_APP_ID"),
    ("app_private_key", "ALIPAY_APP_PRIVATE_KEY"),
    ("alipay_public_key", "ALIPAY_PUBLIC_KEY"),
    ("listen", "MERCHANT_LISTEN"),
    ("public_url", "MERCHANT_PUBLIC_URL"),
    ("books", "MERCHANT_BOOKS"),
    ("flow", "MERCHANT_FLOW"),
    ("role", "ALIPAY_ROLE"),
    ("seller_id", "ALIPAY_SELLER_ID"),
    ("code_key", "ALIPAY_CODE_KEY"),
    ("app_cert", "ALIPAY_APP_CERT"),
    ("alipay_cert", "ALIPAY_CERT"),
    ("alipay_root_cert", "ALIPAY_ROOT_CERT"),
];
/// A setting of the Node program's, so that one file serves both.
const OTHERS: &str = "state";

impl Setup {
    /// Reads a configuration. `environment` gives a variable's value, `file` is the text of the file that `MERCHANT_CONFIG` names.
    ///
    /// # Errors
    /// One sentence that says what to change.
    pub fn configured(environment: impl Fn(&str) -> Option<String>, file: Option<&str>) -> Result<Self, String> {
        let file = file.map_or(Ok(Map::new()), |text| {
            serde_json::from_str::<Map<String, Value>>(text).map_err(|error| format!("the file named by MERCHANT_CONFIG: {error}"))
        })?;
        let known = |name: &String| SETTINGS.iter().any(|(known, _)| known == name) || name == OTHERS;
        if let Some(stranger) = file.keys().find(|name| !known(name)) {
            return Err(format!("the file named by MERCHANT_CONFIG has a setting `{stranger}` that there is not"));
        }
        let setting = |wanted: &str| {
            let (name, variable) = SETTINGS.iter().find(|(name, _)| *name == wanted).expect("asked for by the names above");
            let written = environment(variable).or_else(|| file.get(*name).and_then(Value::as_str).map(str::to_owned));
            written.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let needed = |wanted: &str| {
            let variable = SETTINGS.iter().find(|(name, _)| *name == wanted).map_or("", |(_, variable)| variable);
            setting(wanted).ok_or_else(|| format!("{variable} (or \"{wanted}\" in the file named by MERCHANT_CONFIG) is missing"))
        };
        let gateway = needed("gateway")?;
        if reqwest::Url::parse(&gateway).map_or(true, |url| !url.has_host()) {
            return Err(format!("ALIPAY_GATEWAY \"{gateway}\" is no address"));
        }
        let listen = setting("listen").map(|text| {
            text.parse::<SocketAddr>().map_err(|_| format!("MERCHANT_LISTEN \"{text}\" is not address:port, such as 127.0.0.1:0"))
        });
        let listen = listen.transpose()?;
        if listen.is_some_and(|listen| !listen.ip().is_loopback()) {
            return Err("MERCHANT_LISTEN is loopback only: the till asks for no password".to_owned());
        }
        let seller_id = setting("seller_id");
        if seller_id.as_deref().is_some_and(|seller| !(seller.len() == 16 && seller.starts_with("2088") && is_digits(seller))) {
            return Err(format!("ALIPAY_SELLER_ID \"{}\" is not 2088 and 12 more digits", seller_id.unwrap_or_default()));
        }
        let certificates = match ["app_cert", "alipay_cert", "alipay_root_cert"].map(&setting) {
            [Some(app_cert), Some(alipay_cert), Some(alipay_root_cert)] => {
                Some(CertificateFiles { app_cert, alipay_cert, alipay_root_cert })
            }
            [None, None, None] => None,
            _ => {
                return Err(
                    "ALIPAY_APP_CERT, ALIPAY_CERT and ALIPAY_ROOT_CERT are needed together: certificate mode has three files".to_owned()
                );
            }
        };
        Ok(Self {
            gateway,
            app_id: needed("app_id")?,
            app_private_key: needed("app_private_key")?,
            alipay_public_key: needed("alipay_public_key")?,
            certificates,
            role: chosen(setting("role"), "ALIPAY_ROLE", [("merchant", Role::Merchant), ("provider", Role::Provider)])?,
            seller_id,
            code_key: setting("code_key"),
            flow: chosen(setting("flow"), "MERCHANT_FLOW", [("callback", Flow::Callback), ("fast", Flow::Fast)])?,
            listen,
            public_url: setting("public_url"),
            books: setting("books").map(PathBuf::from),
            alone: true,
            ..Self::default()
        })
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn chosen<T: Copy>(text: Option<String>, variable: &str, choices: [(&str, T); 2]) -> Result<T, String> {
    let Some(text) = text else { return Ok(choices[0].1) };
    let choice = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
    choice.ok_or_else(|| format!("{variable} \"{text}\" is neither {} nor {}", choices[0].0, choices[1].0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [(&str, &str); 4] = [
        ("ALIPAY_GATEWAY", "http://127.0.0.1:8600/gateway.do"),
        ("ALIPAY_APP_ID", "9021000000000001"),
        ("ALIPAY_APP_PRIVATE_KEY", "MII…"),
        ("ALIPAY_PUBLIC_KEY", "MII…"),
    ];

    fn read(more: &[(&str, &str)], file: Option<&str>) -> Result<Setup, String> {
        let all: Vec<_> = more.iter().chain(&WHOLE).copied().collect();
        Setup::configured(|name| all.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()), file)
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_defaults() {
        let setup =
            read(&[("MERCHANT_FLOW", "fast")], Some(r#"{"flow":"callback","role":"provider","books":"b.sqlite","state":"s.json"}"#))
                .unwrap();
        assert_eq!((setup.flow, setup.role, setup.books), (Flow::Fast, Role::Provider, Some(PathBuf::from("b.sqlite"))));
        let setup = read(&[], None).unwrap();
        assert_eq!((setup.flow, setup.role, setup.listen, setup.alone), (Flow::Callback, Role::Merchant, None, true));
    }

    #[test]
    fn what_cannot_be_used_is_said_in_one_sentence() {
        for (more, file, part) in [
            (("ALIPAY_APP_ID", ""), None, "ALIPAY_APP_ID"),
            (("ALIPAY_GATEWAY", "gateway.do"), None, "no address"),
            (("MERCHANT_LISTEN", "8700"), None, "address:port"),
            (("MERCHANT_LISTEN", "0.0.0.0:8700"), None, "loopback"),
            (("ALIPAY_ROLE", "isv"), None, "neither merchant nor provider"),
            (("ALIPAY_SELLER_ID", "12"), None, "2088"),
            (("ALIPAY_APP_CERT", "-----BEGIN CERTIFICATE-----"), None, "needed together"),
            (("MERCHANT_FLOW", ""), Some("{"), "MERCHANT_CONFIG"),
            (("MERCHANT_FLOW", ""), Some(r#"{"flwo":"fast"}"#), "flwo"),
        ] {
            let said = read(&[more], file).unwrap_err();
            assert!(said.contains(part) && !said.contains('\n'), "{said}");
        }
    }
}
