//! Settings of the OpenTelemetry collector that traces are sent to.

use secrecy::SecretString;
use url::Url;

use super::values::{InvalidSetting, Source, is_loopback, plain_web_address};

const ENDPOINT: &str = "PORTAL_OTLP_ENDPOINT";
const HEADERS: &str = "PORTAL_OTLP_HEADERS";

/// Collector of traces.
#[derive(Clone, Debug)]
pub struct CollectorSettings {
    /// Base address of its OTLP receiver (`PORTAL_OTLP_ENDPOINT`).
    pub endpoint: Url,
    /// Names and values of headers that are sent to it (`PORTAL_OTLP_HEADERS`).
    pub headers: Vec<(String, SecretString)>,
}

impl CollectorSettings {
    /// Returns the address to which traces are sent.
    #[must_use]
    pub fn traces_url(&self) -> Url {
        let mut url = self.endpoint.clone();
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }

    pub(super) fn read(
        source: &Source<impl Fn(&str) -> Option<String>>,
    ) -> Result<Option<Self>, InvalidSetting> {
        let headers = source.value(HEADERS);
        let Some(text) = source.value(ENDPOINT) else {
            return match headers {
                Some(_) => Err(InvalidSetting::new(
                    HEADERS,
                    "is set without PORTAL_OTLP_ENDPOINT; set both, or neither",
                )),
                None => Ok(None),
            };
        };
        let endpoint = plain_web_address(ENDPOINT, &text, "http://127.0.0.1:4318")?;
        let headers = parse_headers(&headers.unwrap_or_default())?;
        if !headers.is_empty() && endpoint.scheme() == "http" && !is_loopback(&endpoint) {
            return Err(InvalidSetting::new(
                ENDPOINT,
                "is not https, but PORTAL_OTLP_HEADERS has a secret; use https, or a loopback address",
            ));
        }
        Ok(Some(Self { endpoint, headers }))
    }
}

/// Parses `name=value` pairs, separated by commas. Values may be percent-encoded.
fn parse_headers(text: &str) -> Result<Vec<(String, SecretString)>, InvalidSetting> {
    let is_name = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !name.is_empty() && name.bytes().all(allowed)
    };
    let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let value = percent_encoding::percent_decode_str(value.trim());
            let value = value.decode_utf8().ok()?.into_owned();
            let is_plain = value
                .bytes()
                .all(|byte| byte.is_ascii_graphic() || byte == b' ');
            let name = name.trim();
            (is_name(name) && is_plain).then(|| (name.to_owned(), value.into()))
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| {
            InvalidSetting::new(
                HEADERS,
                "is no list of headers; write such as authorization=Bearer%20TOKEN,x-team=voice",
            )
        })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(endpoint: &str, headers: &str) -> Result<Option<CollectorSettings>, InvalidSetting> {
        CollectorSettings::read(&Source(|name: &str| {
            let value = match name {
                ENDPOINT => endpoint,
                _ => headers,
            };
            Some(value.to_owned())
        }))
    }

    #[test]
    fn headers_are_pairs_and_need_an_encrypted_connection() {
        let to = read(
            "https://otlp.example.com/otel/",
            "a-b=c, authorization=Bearer%20x=",
        )
        .unwrap()
        .unwrap();
        assert_eq!(
            to.traces_url().as_str(),
            "https://otlp.example.com/otel/v1/traces"
        );
        let headers: Vec<(&str, &str)> = to
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
            .collect();
        assert_eq!(headers, [("a-b", "c"), ("authorization", "Bearer x=")]);
        assert!(!format!("{to:?}").contains("Bearer"));
        assert!(read("", "").unwrap().is_none());
        assert!(read("http://otel:4318", "").unwrap().is_some());
        assert!(read("http://127.0.0.1:4318", "a=secret").unwrap().is_some());
        for (endpoint, headers) in [
            ("", "a=secret"),
            ("http://otel:4318", "a=secret"),
            ("https://otel.example.com", "secret"),
            ("https://otel.example.com", "a b=secret"),
            ("https://otel.example.com", "a=secret%0A"),
            ("otel:4318", ""),
            ("https://user:secret@otel.example.com", ""),
        ] {
            let error = read(endpoint, headers).unwrap_err().to_string();
            assert!(
                !error.contains("secret@") && !error.contains("a=secret"),
                "{error}"
            );
        }
    }
}
