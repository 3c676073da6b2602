//! What a merchant needs to know about the platform: handed to whoever opens one for a play.

/// An application of a sandbox, as its owner configures a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The classic gateway, with its path.
    pub gateway: String,
    /// The application.
    pub app_id: String,
    /// Its private key, PKCS#8 PEM.
    pub app_private_key: String,
    /// The platform's public key.
    pub alipay_public_key: String,
    /// The number of the merchant whose application it is: whoever is paid.
    pub seller_id: String,
    /// Whether it is a merchant's own application or a provider's.
    pub role: Role,
    /// The files of certificate mode; absent in key mode.
    pub certificates: Option<Certificates>,
}

/// The files of certificate mode, PEM, as the platform's console hands them out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificates {
    /// The application's certificate.
    pub app_cert: String,
    /// The platform's certificate and its issuer's.
    pub alipay_cert: String,
    /// The bundle of roots.
    pub alipay_root_cert: String,
}

/// Whose application it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// A merchant's own.
    #[default]
    Merchant,
    /// A provider's, who acts for merchants that authorised it.
    Provider,
}

impl Role {
    /// As the till API's configuration writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Provider => "provider",
        }
    }
}
