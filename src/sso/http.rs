//! Requests to the provider: https unless loopback, no redirect, an answer of bounded size.

use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http};
use url::Url;

use super::error::BuildError;
use crate::config::is_loopback;

/// The largest answer that is read, in bytes; keys and descriptions take a few thousand.
const LARGEST: usize = 256 * 1024;

/// The HTTP client that `openidconnect` asks with.
pub(super) struct Http(reqwest::Client);

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// The address is open to whoever listens.
    #[error("an address of it is not https")]
    Open,
    /// No connection, no TLS, no answer.
    #[error("no answer: {0}")]
    Lost(#[from] reqwest::Error),
    /// The answer breaks off, or is larger than any that is meant.
    #[error("an answer that breaks off or is too large")]
    Cut,
}

impl Http {
    pub(super) fn new(patience: Duration) -> Result<Self, BuildError> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("reseller-portal/", env!("CARGO_PKG_VERSION")))
            .timeout(patience)
            // A redirect could take the code and the secret elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            // A code is used once.
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .build()?;
        Ok(Self(client))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        if !is_safe(request.url()) {
            return Err(HttpError::Open);
        }
        // Without the address: a log need not tell more than that it was the provider's.
        let answer = self.0.execute(request).await.map_err(reqwest::Error::without_url)?;
        let (parts, body) = http::Response::from(answer).into_parts();
        let body = to_bytes(Body::new(body), LARGEST).await.map_err(|_| HttpError::Cut)?;
        Ok(http::Response::from_parts(parts, body.into()))
    }
}

/// Whether what is sent there reaches only who is meant.
pub(super) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
