//! Allowed values of each variable, and an error message for each invalid one.
//!
//! A message fits on one line, names the variable and the remedy, and never repeats a secret.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use ipnet::IpNet;
use rust_decimal::Decimal;
use secrecy::SecretString;
use url::{Host, Url};

use super::DEFAULT_TELNYX_BASE;
use crate::domain::email::Email;
use crate::domain::proxy::ForwardedHeader;

/// Missing or invalid setting, as one line that names it and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct InvalidSetting {
    name: &'static str,
    problem: String,
}

impl InvalidSetting {
    pub(super) fn new(name: &'static str, problem: impl Into<String>) -> Self {
        Self {
            name,
            problem: problem.into(),
        }
    }
}

/// Source of the variables' values. An empty value counts as absent.
pub(super) struct Source<F>(pub(super) F);

impl<F: Fn(&str) -> Option<String>> Source<F> {
    /// Reads a whole number within a range. `usual` is the value if the variable is not set.
    pub(super) fn number(
        &self,
        name: &'static str,
        range: RangeInclusive<usize>,
        usual: usize,
    ) -> Result<usize, InvalidSetting> {
        let Some(text) = self.value(name) else {
            return Ok(usual);
        };
        text.parse()
            .ok()
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                InvalidSetting::new(
                    name,
                    format!(
                        "is no number from {least} to {most}: {text:?}; the usual one is {usual}"
                    ),
                )
            })
    }

    pub(super) fn value(&self, name: &'static str) -> Option<String> {
        self.0(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    pub(super) fn duration(
        &self,
        name: &'static str,
        default: Duration,
    ) -> Result<Duration, InvalidSetting> {
        let length = self.duration_or_zero(name, default)?;
        if length.is_zero() {
            return Err(no_length_of_time(name, "0"));
        }
        Ok(length)
    }

    pub(super) fn duration_or_zero(
        &self,
        name: &'static str,
        default: Duration,
    ) -> Result<Duration, InvalidSetting> {
        let Some(text) = self.value(name) else {
            return Ok(default);
        };
        humantime::parse_duration(&text).map_err(|_| no_length_of_time(name, &text))
    }
}

fn no_length_of_time(name: &'static str, text: &str) -> InvalidSetting {
    let why = format!("is no length of time: {text:?}; write one such as 20s, 30m or 8h");
    InvalidSetting::new(name, why)
}

pub(super) fn parse_amount(
    name: &'static str,
    text: Option<&str>,
) -> Result<Decimal, InvalidSetting> {
    let text = text.unwrap_or("10").trim();
    let amount: Option<Decimal> = text.parse().ok();
    amount
        .filter(|amount| !amount.is_sign_negative())
        .ok_or_else(|| InvalidSetting::new(name, "is no amount; write a number such as 10 or 2.50"))
}

/// Returns `true` if the URL's host is this machine: `localhost` or a loopback address.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    url.host().is_some_and(|host| is_loopback_host(&host))
}

pub(super) fn is_loopback_host<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost" || name.as_ref().ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Variable with the key that `PORTAL_SECRET_KEY` replaces, only for `rotate-secret-key`.
pub const PREVIOUS_SECRET_KEY: &str = "PORTAL_PREVIOUS_SECRET_KEY";

/// Checks a secret key; `name` is its variable.
///
/// # Errors
/// Fails if it is missing or shorter than 32 bytes.
pub fn secret_key(
    name: &'static str,
    value: Option<String>,
) -> Result<SecretString, InvalidSetting> {
    const MIN_LENGTH: usize = 32;
    match value {
        None => Err(InvalidSetting::new(
            name,
            "is not set; set it to 32 random bytes or more, such as the output of: openssl rand -hex 32",
        )),
        Some(key) if key.len() < MIN_LENGTH => Err(InvalidSetting::new(
            name,
            format!(
                "has {} bytes; it needs {MIN_LENGTH} or more, such as the output of: openssl rand -hex 32",
                key.len()
            ),
        )),
        Some(key) => Ok(key.into()),
    }
}

pub(super) fn telnyx_key(value: Option<String>) -> Result<SecretString, InvalidSetting> {
    const NAME: &str = "TELNYX_API_KEY";
    match value {
        None => Err(InvalidSetting::new(
            NAME,
            "is not set; set it to the manager account's API key (Mission Control, API keys), or try: reseller-portal demo",
        )),
        Some(key) if !key.chars().all(|c| c.is_ascii_graphic()) => Err(InvalidSetting::new(
            NAME,
            "has a space or another character that no key has; copy the key again",
        )),
        Some(key) => Ok(key.into()),
    }
}

pub(super) fn listen(value: Option<String>) -> Result<SocketAddr, InvalidSetting> {
    match value {
        Some(text) => address("PORTAL_LISTEN", &text),
        None => Ok(SocketAddr::from(([127, 0, 0, 1], 8080))),
    }
}

pub(super) fn metrics_listen(value: Option<String>) -> Result<Option<SocketAddr>, InvalidSetting> {
    value
        .map(|text| address("PORTAL_METRICS_LISTEN", &text))
        .transpose()
}

fn address(name: &'static str, text: &str) -> Result<SocketAddr, InvalidSetting> {
    text.parse().map_err(|_| {
        InvalidSetting::new(
            name,
            format!(
                "is no address with a port: {text:?}; write one such as 127.0.0.1:8080 or [::]:8080"
            ),
        )
    })
}

pub(super) fn public_url(value: Option<String>, listen: SocketAddr) -> Result<Url, InvalidSetting> {
    const NAME: &str = "PORTAL_PUBLIC_URL";
    let Some(text) = value else {
        if !listen.ip().is_loopback() {
            return Err(InvalidSetting::new(
                NAME,
                "is not set; set it to the https address under which browsers reach the portal",
            ));
        }
        return Url::parse(&format!("http://{listen}"))
            .map_err(|error| InvalidSetting::new(NAME, error.to_string()));
    };
    let url = web_address(NAME, &text, "https://portal.example.com")?;
    if url.path() != "/" {
        return Err(InvalidSetting::new(
            NAME,
            format!("has a path: {text:?}; the portal needs a host name of its own"),
        ));
    }
    Ok(url)
}

pub(super) fn telnyx_base(value: Option<&str>) -> Result<Url, InvalidSetting> {
    web_address(
        "TELNYX_API_BASE",
        value.unwrap_or(DEFAULT_TELNYX_BASE),
        DEFAULT_TELNYX_BASE,
    )
}

/// Parses an http or https URL without user, query and fragment.
/// It must be https unless its host is loopback.
pub(super) fn web_address(
    name: &'static str,
    text: &str,
    example: &str,
) -> Result<Url, InvalidSetting> {
    let url = plain_web_address(name, text, example)?;
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(InvalidSetting::new(
            name,
            format!("is not https: {text:?}; only a loopback address may be http"),
        ));
    }
    Ok(url)
}

/// Parses an http or https URL without user, query and fragment.
pub(super) fn plain_web_address(
    name: &'static str,
    text: &str,
    example: &str,
) -> Result<Url, InvalidSetting> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| {
            InvalidSetting::new(
                name,
                format!("is no web address: {text:?}; write one such as {example}"),
            )
        })?;
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(InvalidSetting::new(
            name,
            format!("has a user, query or fragment; write it plainly, such as {example}"),
        ));
    }
    Ok(url)
}

pub(super) fn forwarded_header(
    value: Option<&str>,
) -> Result<Option<ForwardedHeader>, InvalidSetting> {
    let read = |text| {
        ForwardedHeader::from_name(text).ok_or_else(|| {
            InvalidSetting::new(
                "PORTAL_FORWARDED_HEADER",
                format!("is no header that is known: {text:?}; write X-Forwarded-For or Forwarded"),
            )
        })
    };
    value.map(read).transpose()
}

pub(super) fn trusted_proxies(value: Option<&str>) -> Result<Vec<IpNet>, InvalidSetting> {
    let parts = value
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts
        .map(|part| {
            part.parse::<IpNet>()
                .or_else(|_| part.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| {
                    InvalidSetting::new(
                        "PORTAL_TRUSTED_PROXIES",
                        format!("has no address or network in {part:?}; write such as 10.0.0.5 or 10.0.0.0/24"),
                    )
                })
        })
        .collect()
}

pub(super) fn database_url(value: Option<String>) -> Result<SecretString, InvalidSetting> {
    let text = value.unwrap_or_else(|| "sqlite:portal.db".to_owned());
    let known = ["sqlite:", "postgres:", "postgresql:"];
    if known.iter().any(|scheme| text.starts_with(scheme)) {
        Ok(text.into())
    } else {
        Err(InvalidSetting::new(
            "DATABASE_URL",
            "must start with sqlite: or postgres:, such as sqlite:portal.db or postgres://user@host/portal",
        ))
    }
}

pub(super) fn key_owner(value: Option<String>) -> Result<Option<String>, InvalidSetting> {
    let Some(text) = value else {
        return Ok(None);
    };
    match text.parse::<Email>() {
        Ok(email) => Ok(Some(email.as_str().to_owned())),
        Err(_) => Err(InvalidSetting::new(
            "TELNYX_KEY_OWNER_EMAIL",
            format!(
                "is no email address: {text:?}; write the address of the person whose API key it is"
            ),
        )),
    }
}

pub(super) fn parse_bool(name: &'static str, value: Option<&str>) -> Result<bool, InvalidSetting> {
    match value.map(str::to_ascii_lowercase).as_deref() {
        None | Some("false" | "0" | "no" | "off") => Ok(false),
        Some("true" | "1" | "yes" | "on") => Ok(true),
        Some(other) => Err(InvalidSetting::new(
            name,
            format!("is neither true nor false: {other:?}; write one of them"),
        )),
    }
}
