//! A single attempt: builds the HTTP request of a call and reads the answer.

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use secrecy::ExposeSecret;

use crate::domain::time::Timestamp;
use crate::traces::TRACEPARENT;

use super::call::{Call, Reply};
use super::client::{ApiResponse, Client};
use super::error::{self, Cause, Error};
use super::rate::RateLimit;
use super::retry;

impl Client {
    /// Sends a request once and reads its answer.
    pub(super) async fn execute<T>(
        &self,
        request: reqwest::Request,
        call: &Call,
        started_at: Timestamp,
        read: &impl Fn(&Reply) -> Option<T>,
    ) -> Result<ApiResponse<T>, Error> {
        let response = match self.shared.http.execute(request).await {
            Ok(response) => response,
            Err(error) => {
                let why = connection_failure(&error);
                return Err(Error::new(transport_cause(&error)).with_connection_failure(why));
            }
        };
        let status = response.status();
        let headers = response.headers().clone();
        let now = self.shared.clock.now();
        if let Some(rate) = RateLimit::read(&headers, now) {
            self.state().rate = Some(rate);
        }
        let request_id = plain_header(&headers, "x-request-id");
        let retry_after = retry::requested_wait(&headers, status.as_u16(), now);
        let body = read_body(response, call.max_response_bytes).await;
        if status.is_client_error() || status.is_server_error() {
            let items = body.map(|body| error::read_items(&body, &|text| self.redact(text, call)));
            return Err(Error::new(Cause::Status(status.as_u16()))
                .with_items(items.unwrap_or_default())
                .with_request_id(request_id)
                .with_retry_after(retry_after));
        }
        let read = match body {
            Ok(body) if status.is_success() => {
                read(&Reply { body }).ok_or(Cause::Unreadable(status.as_u16()))
            }
            Err(BodyError::Truncated) if status.is_success() => {
                Err(Cause::Truncated(status.as_u16()))
            }
            // A redirect is not followed, and it does not say if the change was made.
            Ok(_) | Err(BodyError::Truncated | BodyError::TooLarge) => {
                Err(Cause::Unreadable(status.as_u16()))
            }
        };
        match read {
            Ok(value) => Ok(ApiResponse {
                value,
                request_id,
                status: status.as_u16(),
                started_at,
                earlier_unanswered: false,
            }),
            Err(cause) => Err(Error::new(cause).with_request_id(request_id)),
        }
    }

    /// Builds the HTTP request of a call. `traceparent` passes the trace on.
    pub(super) fn build_request(
        &self,
        call: &Call,
        traceparent: Option<String>,
    ) -> Result<reqwest::Request, Error> {
        let not_built = || Error::new(Cause::NotBuilt);
        let mut url = self.shared.base.clone();
        url.path_segments_mut()
            .map_err(|()| not_built())?
            .pop_if_empty()
            .extend(&call.path);
        let mut request = self
            .shared
            .http
            .request(call.method.clone(), url)
            .header(AUTHORIZATION, self.shared.authorization.clone())
            .header(ACCEPT, "application/json");
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(traceparent) = traceparent {
            request = request.header(TRACEPARENT, traceparent);
        }
        if let Some(account) = &call.acting_account {
            request = request.header("x-managed-account-id", account.as_str());
        }
        if let Some(body) = &call.body {
            let json = body.0.clone().ok_or_else(not_built)?;
            request = request.header(CONTENT_TYPE, "application/json").body(json);
        }
        request.build().map_err(|_| not_built())
    }

    /// Replaces the API key and the secret of the call in a text from Telnyx.
    fn redact(&self, text: &str, call: &Call) -> String {
        let mut text = text.replace(self.shared.api_key.expose_secret(), "[secret]");
        if let Some(secret) = call.secret.as_ref().map(ExposeSecret::expose_secret)
            && !secret.is_empty()
        {
            text = text.replace(secret, "[secret]");
        }
        text
    }
}

/// Reason why a body could not be read completely.
enum BodyError {
    Truncated,
    TooLarge,
}

async fn read_body(mut response: reqwest::Response, largest: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > largest => {
                return Err(BodyError::TooLarge);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(_) => return Err(BodyError::Truncated),
        }
    }
}

/// Returns the cause of a transport error.
/// Only a failed connection proves that nothing was sent; any other request may have arrived.
fn transport_cause(error: &reqwest::Error) -> Cause {
    if error.is_builder() {
        Cause::NotBuilt
    } else if error.is_connect() {
        Cause::Connect
    } else if error.is_timeout() {
        Cause::Timeout
    } else {
        Cause::ConnectionLost
    }
}

/// Returns why no connection could be opened, such as an expired certificate.
fn connection_failure(error: &reqwest::Error) -> Option<String> {
    if !error.is_connect() {
        return None;
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let words = innermost.to_string();
    Some(
        words
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect(),
    )
}

/// Returns the value of a short plain header, such as an ID.
/// Returns `None` if it is empty, longer than 200 characters or not ASCII.
fn plain_header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    (!text.is_empty() && text.len() <= 200).then(|| text.to_owned())
}
