//! `kabao init DIR`: an application's keys and ready-to-paste configuration for the SDKs, fetched from a running platform.

use super::terminal::tell;
use crate::configurations;
use crate::exit::{Ended, Exit};
use clap::Args;
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wire::keys::SigningKey;

/// What certificate mode needs: the sheet's member, the variable that leads to the file, and the platform's own name of the file.
const CERTIFICATES: [(&str, &str, &str); 3] = [
    ("app_cert", "ALIPAY_APP_CERT", "appCertPublicKey.crt"),
    ("alipay_cert", "ALIPAY_CERT", "alipayCertPublicKey_RSA2.crt"),
    ("alipay_root_cert", "ALIPAY_ROOT_CERT", "alipayRootCert.crt"),
];

/// Write an application's keys and ready-to-paste client configuration
#[derive(Args)]
pub(super) struct Init {
    /// Where to write; made when missing, files that are there are not overwritten
    dir: PathBuf,
    /// The running platform
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8600", env = "KABAO_URL")]
    from: String,
    /// The sandbox
    #[arg(long, default_value = "demo")]
    sandbox: String,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(super) fn run(self) -> Result<Exit, Ended> {
        let from = self.from.trim_end_matches('/');
        let sheet = super::runtime()?.block_on(sheet(from, &self.sandbox))?;
        let app = &sheet["apps"][0];
        let text = |name: &str| {
            app[name]
                .as_str()
                .filter(|text| !text.is_empty())
                .ok_or_else(|| Ended::usage(format!("sandbox `{}` gives no {name}", self.sandbox)))
        };
        let key = SigningKey::from_text(text("app_private_key")?).map_err(Ended::bug)?;
        let gateway = format!("{from}/gateway.do");
        let values = [
            ("{{gateway}}", gateway.clone()),
            ("{{app_id}}", text("app_id")?.to_owned()),
            ("{{app_private_key_pkcs1}}", key.pkcs1_base64()),
            ("{{app_private_key_pkcs8}}", key.pkcs8_base64()),
            ("{{alipay_public_key}}", text("alipay_public_key")?.to_owned()),
        ];
        std::fs::create_dir_all(&self.dir).map_err(|error| Ended::usage(format!("{}: {error}", self.dir.display())))?;
        let certificates: Vec<_> = CERTIFICATES
            .into_iter()
            .filter_map(|(member, variable, file)| Some((variable, file, app["certificates"][member].as_str()?.to_owned())))
            .collect();
        let mut environment = environment(&gateway, text("app_id")?, text("merchant_id")?, text("alipay_public_key")?, &key);
        environment.extend(certificates.iter().map(|(variable, file, _)| format!("{variable}={}\n", self.dir.join(file).display())));
        environment.extend(app["aes_key"].as_str().map(|aes_key| format!("ALIPAY_AES_KEY={aes_key}\n")));
        let mut files = vec![
            ("app_private_key_pkcs8.pem", key.pkcs8_pem()),
            ("app_private_key_pkcs1.pem", key.pkcs1_pem()),
            ("app_public_key.pem", key.verifying().spki_pem()),
            ("alipay_public_key.txt", text("alipay_public_key")?.to_owned() + "\n"),
            ("merchant.env", environment),
        ];
        let certificate_mode = !certificates.is_empty();
        files.extend(certificates.into_iter().map(|(_, file, pem)| (file, pem)));
        files.extend(
            configurations::ALL.iter().map(|(name, template)| {
                (*name, values.iter().fold((*template).to_owned(), |text, (mark, value)| text.replace(mark, value)))
            }),
        );
        for (name, content) in &files {
            self.write(name, content)?;
        }
        let mode = if certificate_mode {
            "\nThis application is in certificate mode: give your SDK the three .crt files; the first calls here are written for key mode."
        } else {
            ""
        };
        let marked = if app["published_test_keys"] == true { "\nThese are published test keys: anyone can sign with them." } else { "" };
        tell(&format!(
            "{} files for application {} in {}; start with the one for your SDK.{mode}{marked}",
            files.len(),
            text("app_id")?,
            self.dir.display()
        ));
        Ok(Exit::Fine)
    }

    fn write(&self, name: &str, content: &str) -> Result<(), Ended> {
        let path = self.dir.join(name);
        write_private(&path, content, self.force).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => Ended::usage(format!("{} is there already; --force overwrites it", path.display())),
            _ => Ended::usage(format!("{}: {error}", path.display())),
        })
    }
}

/// What a program that reads its settings from the environment needs, such as the sample merchant in Node.
fn environment(gateway: &str, app_id: &str, seller_id: &str, platform_key: &str, key: &SigningKey) -> String {
    format!(
        "ALIPAY_GATEWAY={gateway}\nALIPAY_APP_ID={app_id}\nALIPAY_SELLER_ID={seller_id}\nALIPAY_APP_PRIVATE_KEY={}\nALIPAY_PUBLIC_KEY={platform_key}\n",
        key.pkcs8_base64()
    )
}

async fn sheet(from: &str, sandbox: &str) -> Result<Value, Ended> {
    let unreachable = |error: reqwest::Error| {
        Ended::unreachable(format!("{from} does not answer ({error}); start it with `kabao serve`, or name it with --from"))
    };
    let client = reqwest::Client::builder().timeout(Duration::from_secs(15)).no_proxy().build().map_err(Ended::bug)?;
    let answer = client.get(format!("{from}/_kabao/v1/sandboxes/{sandbox}")).send().await.map_err(unreachable)?;
    let status = answer.status();
    let sheet: Value = answer.json().await.map_err(unreachable)?;
    if status.is_success() {
        Ok(sheet)
    } else {
        Err(Ended::usage(sheet["error"]["message"].as_str().unwrap_or("the platform refused").to_owned()))
    }
}

/// Writes a file only its owner may read: it holds a private key.
fn write_private(path: &Path, content: &str, force: bool) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).truncate(true);
    if force {
        options.create(true)
    } else {
        options.create_new(true)
    };
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content.as_bytes())
}
