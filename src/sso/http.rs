//! Requests to the provider: https except on loopback, no redirects, answers of limited size.

use std::error::Error as _;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Response, StatusCode};
use reqwest::{Request, RequestBuilder};
use serde::de::DeserializeOwned;
use url::Url;

use super::Error;
use super::error::{BuildError, remedy};
use crate::config::{http_client, is_loopback};

/// Maximum size of an answer, in bytes. Keys and metadata take a few thousand.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// HTTP client of single sign-on.
pub(super) struct HttpClient(reqwest::Client);

/// Answer of the provider.
pub(super) struct ProviderResponse {
    pub status: StatusCode,
    /// Content type without parameters, in lower case.
    pub media_type: String,
    body: Bytes,
}

impl HttpClient {
    pub(super) fn new(patience: Duration) -> Result<Self, BuildError> {
        let client = http_client().timeout(patience).build()?;
        Ok(Self(client))
    }

    pub(super) fn get(&self, url: &Url) -> RequestBuilder {
        self.0.get(url.clone()).header("accept", "application/json")
    }

    pub(super) fn post(&self, url: &Url) -> RequestBuilder {
        self.0
            .post(url.clone())
            .header("accept", "application/json")
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Result<ProviderResponse, Error> {
        let request: Request = request.build().map_err(|_| {
            Error::misconfigured(
                "It sent a text that no HTTP request can carry",
                remedy::PROVIDER,
            )
        })?;
        if !is_secure(request.url()) {
            return Err(Error::misconfigured(
                "One of its addresses is not https",
                remedy::ISSUER,
            ));
        }
        let answer = self.0.execute(request).await.map_err(transport_error)?;
        let (parts, body) = Response::from(answer).into_parts();
        let media_type = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let media_type = media_type
            .and_then(|value| value.split(';').next())
            .unwrap_or_default();
        let body = to_bytes(Body::new(body), MAX_BODY_BYTES)
            .await
            .map_err(|_| Error::Unavailable("its answer breaks off or is too large".to_owned()))?;
        Ok(ProviderResponse {
            status: parts.status,
            media_type: media_type.trim().to_ascii_lowercase(),
            body,
        })
    }
}

impl ProviderResponse {
    /// Returns the JSON object of a successful answer.
    /// `what` names it in an error message, for example "its keys".
    pub(super) fn read<T: DeserializeOwned>(
        &self,
        what: &str,
        remedy: &'static str,
    ) -> Result<T, Error> {
        if !self.status.is_success() {
            return Err(self.status_error(what, remedy));
        }
        self.json().ok_or_else(|| {
            Error::misconfigured(format!("For {what} it sent what is no JSON object"), remedy)
        })
    }

    /// Returns the JSON object, regardless of the status.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        // Serde's derive would also read a list as a struct.
        let is_object = self.body.trim_ascii_start().starts_with(b"{");
        is_object
            .then(|| serde_json::from_slice(&self.body).ok())
            .flatten()
    }

    /// Converts an error status to an error. Some are temporary, the others permanent.
    pub(super) fn status_error(&self, what: &str, remedy: &'static str) -> Error {
        let passes = self.status.is_server_error()
            || matches!(
                self.status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
            );
        let status = self.status.as_u16();
        if passes {
            Error::Unavailable(format!("for {what} it answered with the status {status}"))
        } else {
            Error::misconfigured(
                format!("For {what} it answered with the status {status}"),
                remedy,
            )
        }
    }
}

/// Converts a transport error.
/// Leaves out the address, because the log only needs to say that it was the provider's.
fn transport_error(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if text.starts_with("invalid peer certificate") {
            return Error::misconfigured(
                format!("This server does not trust its certificate ({text})"),
                remedy::CERTIFICATE,
            );
        }
        cause = inner.source();
    }
    Error::Unavailable(format!("no answer: {error}"))
}

/// Returns `true` if data sent there reaches only the intended recipient.
pub(super) fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}
