//! What is configured: read from flags, and from the folder that `kabao init` wrote.

use super::Doctor;
use crate::exit::Ended;
use std::path::Path;

/// Bytes a key or certificate file may have.
const LARGEST: u64 = 256 << 10;

/// The set-up under examination: texts as they were given.
#[derive(Clone, Default, Debug)]
pub(super) struct Setup {
    pub(super) app_id: Option<String>,
    pub(super) key: Option<String>,
    pub(super) app_public_key: Option<String>,
    pub(super) alipay_public_key: Option<String>,
    pub(super) app_cert: Option<String>,
    pub(super) alipay_cert: Option<String>,
    pub(super) root_cert: Option<String>,
    pub(super) aes_key: Option<String>,
    pub(super) charset: Option<String>,
    pub(super) gateway: Option<String>,
    pub(super) notify_url: Option<String>,
}

impl Setup {
    /// Reads everything that was named.
    pub(super) fn read(doctor: &Doctor) -> Result<Self, Ended> {
        let folder = doctor.folder.as_deref().map(Self::of_folder).transpose()?.unwrap_or_default();
        let text = |flag: &Option<String>, known: Option<String>| flag.as_deref().map(given).transpose().map(|text| text.or(known));
        Ok(Self {
            app_id: doctor.app_id.clone().or(folder.app_id),
            key: text(&doctor.key, folder.key)?,
            app_public_key: text(&doctor.app_public_key, folder.app_public_key)?,
            alipay_public_key: text(&doctor.alipay_public_key, folder.alipay_public_key)?,
            app_cert: text(&doctor.app_cert, folder.app_cert)?,
            alipay_cert: text(&doctor.alipay_cert, folder.alipay_cert)?,
            root_cert: text(&doctor.root_cert, folder.root_cert)?,
            aes_key: text(&doctor.aes_key, folder.aes_key)?,
            charset: doctor.charset.clone().or(folder.charset),
            gateway: doctor.gateway.clone().or(folder.gateway),
            notify_url: doctor.notify_url.clone().or(folder.notify_url),
        })
    }

    /// `merchant.env`, and the key and certificate files beside it under the names that `kabao init` and the platform give them.
    fn of_folder(folder: &Path) -> Result<Self, Ended> {
        let file = folder.join("merchant.env");
        let environment = contents(&file).map_err(|error| Ended::usage(format!("{}: {error}; `kabao init` writes it", file.display())))?;
        let setting = |name: &str| {
            let lines = environment.lines().filter_map(|line| line.trim().split_once('='));
            let mut found = lines.filter(|(known, _)| known.trim() == name).map(|(_, value)| value.trim().trim_matches('"').to_owned());
            found.next().filter(|value| !value.is_empty())
        };
        let beside = |names: &[&str]| names.iter().find_map(|name| contents(&folder.join(name)).ok());
        Ok(Self {
            app_id: setting("ALIPAY_APP_ID"),
            key: setting("ALIPAY_APP_PRIVATE_KEY"),
            app_public_key: setting("ALIPAY_APP_PUBLIC_KEY").or_else(|| beside(&["app_public_key.pem"])),
            alipay_public_key: setting("ALIPAY_PUBLIC_KEY"),
            app_cert: beside(&["appCertPublicKey.crt", "app_cert.crt"]),
            alipay_cert: beside(&["alipayCertPublicKey_RSA2.crt", "alipay_cert.crt"]),
            root_cert: beside(&["alipayRootCert.crt", "alipay_root_cert.crt"]),
            aes_key: setting("ALIPAY_AES_KEY"),
            charset: setting("ALIPAY_CHARSET"),
            gateway: setting("ALIPAY_GATEWAY"),
            notify_url: setting("ALIPAY_NOTIFY_URL"),
        })
    }
}

/// A flag's value: the content of the file it names, else the text itself.
fn given(value: &str) -> Result<String, Ended> {
    let path = Path::new(value);
    // a Base64 text may be longer than any path, and is then no file
    if value.len() < 1_024 && path.is_file() {
        return contents(path).map_err(|error| Ended::usage(format!("{value}: {error}")));
    }
    let looks_like_a_path = value.len() < 200 && [".pem", ".crt", ".txt", ".key", ".cer"].iter().any(|ending| value.ends_with(ending));
    if looks_like_a_path { Err(Ended::usage(format!("{value}: there is no such file"))) } else { Ok(value.to_owned()) }
}

fn contents(path: &Path) -> std::io::Result<String> {
    if std::fs::metadata(path)?.len() > LARGEST {
        return Err(std::io::Error::other("larger than any key or certificate"));
    }
    let bytes = std::fs::read(path)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
