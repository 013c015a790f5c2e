//! Errors of the provider. Log, audit and pages show their texts, so they contain no token or code.

/// Maximum length of a quoted text from the provider, in characters.
const MAX_QUOTED: usize = 100;

/// Reason why the identity of a person could not be determined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The provider is down, slow or busy. A later attempt may succeed.
    #[error("{0}")]
    Unavailable(String),
    /// Provider and portal do not fit together. Attempts fail until someone changes a setting.
    #[error("{0}")]
    Misconfigured(Misconfiguration),
    /// The answer proves nothing: its code or ID token is forged, used, or another person's.
    #[error("{0}")]
    Refused(String),
}

/// Lasting fault: what the provider sent, and who can fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sent}. {remedy}")]
pub struct Misconfiguration {
    /// Sentence about what the provider sent, without its period: "It sent …".
    pub sent: String,
    /// Sentence that says who can change what.
    pub remedy: &'static str,
}

impl Error {
    pub(super) fn misconfigured(sent: impl Into<String>, remedy: &'static str) -> Self {
        Self::Misconfigured(Misconfiguration {
            sent: sent.into(),
            remedy,
        })
    }
}

/// Sentences that say who can change what.
pub(super) mod remedy {
    pub const ISSUER: &str = "The operator of this portal can correct PORTAL_SSO_ISSUER; \"reseller-portal check\" tests it.";
    pub const CLIENT: &str = "The operator of this portal can correct PORTAL_SSO_CLIENT_ID and PORTAL_SSO_CLIENT_SECRET.";
    pub const CLIENT_ID: &str = "The operator of this portal can correct PORTAL_SSO_CLIENT_ID.";
    pub const AUDIENCES: &str = "The operator of this portal can name them in PORTAL_SSO_TRUSTED_AUDIENCES, if they \
                                 are your organization's own.";
    pub const ALGORITHM: &str = "An administrator of the provider can choose RS256 as the ID token's signature algorithm for this portal.";
    pub const ENCRYPTION: &str =
        "An administrator of the provider can turn off encryption of ID tokens for this portal.";
    pub const USER_INFO: &str = "An administrator of the provider can turn off signing and encryption of user info for this portal.";
    pub const CLOCKS: &str = "The operators of both servers can compare their clocks.";
    pub const PROVIDER: &str =
        "An administrator of the provider can change how this portal is registered there.";
    pub const CERTIFICATE: &str = "The operator of this portal can add the provider's certificate authority to this \
                                   server, or an administrator of the provider can renew the certificate.";
}

/// Quotes a text from the provider on one line, and truncates it.
pub(super) fn quoted(text: &str) -> String {
    let shown: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_QUOTED)
        .collect();
    let dots = if text.chars().count() > MAX_QUOTED {
        "…"
    } else {
        ""
    };
    format!("\"{shown}{dots}\"")
}

/// Reason why no HTTP client could be created.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client of single sign-on could not be set up: {0}")]
pub struct BuildError(#[from] pub(super) reqwest::Error);
