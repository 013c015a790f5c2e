//! Single sign-on: the provider, and whether staff may still sign in with passwords.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::Settings;
use super::values::{InvalidSetting, Source, parse_bool, web_address};
use crate::domain::role::Role;
use crate::domain::text;

const ISSUER: &str = "PORTAL_SSO_ISSUER";
const CLIENT_ID: &str = "PORTAL_SSO_CLIENT_ID";
const CLIENT_SECRET: &str = "PORTAL_SSO_CLIENT_SECRET";
const NAME: &str = "PORTAL_SSO_NAME";
const TRUST_EMAIL: &str = "PORTAL_SSO_TRUST_EMAIL";
const TRUSTED_AUDIENCES: &str = "PORTAL_SSO_TRUSTED_AUDIENCES";
const PASSWORD_SIGN_IN: &str = "PORTAL_PASSWORD_SIGN_IN";

/// Maximum length of the provider's name, in characters.
const MAX_NAME_LENGTH: usize = 60;

/// Microsoft's names for groups of tenants, used in place of a tenant's ID.
const MULTI_TENANT_NAMES: [&str; 3] = ["common", "organizations", "consumers"];

/// Time that the provider has to answer while a person waits for the page.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(5);

/// Path to which the provider sends browsers back.
const CALLBACK_PATH: &str = "/login/sso/callback";

/// Provider of single sign-on and the rules for signing in.
#[derive(Clone, Debug)]
pub struct SsoSettings {
    /// The provider's exact name for itself, which ID tokens repeat (`PORTAL_SSO_ISSUER`).
    pub issuer: String,
    /// Client ID of the portal at the provider (`PORTAL_SSO_CLIENT_ID`).
    pub client_id: String,
    /// Client secret of the portal at the provider (`PORTAL_SSO_CLIENT_SECRET`).
    pub client_secret: SecretString,
    /// Name that people know the provider by (`PORTAL_SSO_NAME`, default: the issuer's host).
    pub name: String,
    /// True if an email address counts as verified when the provider does not say.
    /// This is for providers whose addresses all belong to the organization
    /// (`PORTAL_SSO_TRUST_EMAIL`, default false). An address that the provider calls unverified
    /// never counts.
    pub trust_email: bool,
    /// Other audiences that an ID token may name besides the portal.
    /// `PORTAL_SSO_TRUSTED_AUDIENCES`, default none.
    pub trusted_audiences: Vec<String>,
    /// True if everyone may still sign in with a password or a passkey; otherwise only owners.
    /// `PORTAL_PASSWORD_SIGN_IN`, default true.
    pub password_sign_in: bool,
    /// Longest time that a page waits for the provider. No variable sets it; tests shorten it.
    pub timeout: Duration,
}

impl SsoSettings {
    /// Reads only these settings, for the demo. `variable` returns the value of a variable.
    pub fn read_from(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, InvalidSetting> {
        Self::read(&Source(variable))
    }

    pub(super) fn read(
        source: &Source<impl Fn(&str) -> Option<String>>,
    ) -> Result<Option<Self>, InvalidSetting> {
        let passwords = source.value(PASSWORD_SIGN_IN);
        let passwords = passwords.is_none() || parse_bool(PASSWORD_SIGN_IN, passwords.as_deref())?;
        let Some(issuer) = source.value(ISSUER) else {
            if !passwords {
                return Err(InvalidSetting::new(
                    PASSWORD_SIGN_IN,
                    format!(
                        "is false, but without {ISSUER} nobody but owners could sign in; set that too, or leave it out"
                    ),
                ));
            }
            let stray = [
                CLIENT_ID,
                CLIENT_SECRET,
                NAME,
                TRUST_EMAIL,
                TRUSTED_AUDIENCES,
            ]
            .into_iter()
            .find(|name| source.value(name).is_some());
            return match stray {
                Some(name) => Err(InvalidSetting::new(
                    name,
                    format!("is set, but {ISSUER} is not; set both, or neither"),
                )),
                None => Ok(None),
            };
        };
        let address = web_address(ISSUER, &issuer, "https://login.example.com")?;
        let required = |name| {
            source.value(name).ok_or_else(|| {
                InvalidSetting::new(
                    name,
                    format!("is not set, but {ISSUER} is; copy it from where the portal is registered at the provider"),
                )
            })
        };
        let host = address.host_str().unwrap_or_default();
        let tenant = address.path_segments().and_then(|mut parts| parts.next());
        if host == "login.microsoftonline.com"
            && tenant.is_some_and(|tenant| MULTI_TENANT_NAMES.contains(&tenant))
        {
            return Err(InvalidSetting::new(
                ISSUER,
                "names many tenants of Microsoft Entra ID; name your own by its ID: \
                 https://login.microsoftonline.com/TENANT-ID/v2.0",
            ));
        }
        let name = source
            .value(NAME)
            .unwrap_or_else(|| host.chars().take(MAX_NAME_LENGTH).collect());
        let name = text::parse_line(&name, MAX_NAME_LENGTH).map_err(|_| {
            InvalidSetting::new(
                NAME,
                format!("is no name of one line and {MAX_NAME_LENGTH} characters at most"),
            )
        })?;
        Ok(Some(Self {
            client_id: required(CLIENT_ID)?,
            client_secret: required(CLIENT_SECRET)?.into(),
            issuer,
            name,
            trust_email: parse_bool(TRUST_EMAIL, source.value(TRUST_EMAIL).as_deref())?,
            trusted_audiences: source
                .value(TRUSTED_AUDIENCES)
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|audience| !audience.is_empty())
                .map(str::to_owned)
                .collect(),
            password_sign_in: passwords,
            timeout: PROVIDER_TIMEOUT,
        }))
    }
}

impl Settings {
    /// Returns `true` if this role may sign in with a password or a passkey.
    /// Such a sign-in needs no provider. Owners may always do so, so that the portal stays usable
    /// while the provider is down.
    #[must_use]
    pub fn allows_local_sign_in(&self, role: Role) -> bool {
        role == Role::Owner || self.sso.as_ref().is_none_or(|sso| sso.password_sign_in)
    }

    /// Returns the URL that the provider sends browsers back to, to be registered there.
    #[must_use]
    pub fn sso_callback(&self) -> Url {
        let mut url = self.public_url.clone();
        url.set_path(CALLBACK_PATH);
        url
    }
}
