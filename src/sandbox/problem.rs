//! Telnyx's error envelope, and the errors that several operations share.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Error that is answered as `{"errors": [{…}]}`.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    /// Telnyx's decimal code, if the description names one for this status.
    code: Option<&'static str>,
    title: String,
    detail: String,
    source: Option<Value>,
    retry_after: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code: Some(code),
            title: title.to_owned(),
            detail: detail.into(),
            source: None,
            retry_after: None,
        }
    }

    /// Returns a 400: the request itself is malformed.
    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "10015", "Bad Request", detail)
    }

    /// Returns a 400 about one query parameter.
    pub(super) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let mut problem = Self::malformed(detail);
        problem.source = Some(json!({ "parameter": name }));
        problem
    }

    /// Returns a 422: the request is well-formed but cannot be carried out.
    pub(super) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "10027",
            "Unprocessable Entity",
            detail,
        )
    }

    /// Returns a 422 about one field of the body.
    pub(super) fn field(name: &str, detail: impl Into<String>) -> Self {
        let mut problem = Self::unprocessable(detail);
        problem.source = Some(json!({ "pointer": format!("/{name}") }));
        problem
    }

    pub(super) fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "10009",
            "Authentication failed",
            "Could not understand the provided credentials.",
        )
    }

    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "10010",
            "Authorization failed",
            detail,
        )
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "10005",
            "Resource not found",
            "The requested resource or URL could not be found.",
        )
    }

    pub(super) fn too_many_requests(retry_after: u64) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "10011",
            "Too many requests",
            "You have exceeded the maximum number of allowed requests.",
        );
        problem.retry_after = Some(retry_after);
        problem
    }

    /// Returns the error with the status that a fault asks for.
    /// It has no code if none is published for the status.
    pub(super) fn simulated(status: StatusCode, retry_after: Option<u64>) -> Self {
        let mut problem = match status.as_u16() {
            401 => Self::unauthenticated(),
            403 => Self::forbidden(
                "You do not have permission to perform the requested action on the specified resource or resources.",
            ),
            404 => Self::not_found(),
            422 => Self::unprocessable(
                "The server understood the syntax of the request but was unable to process the instructions.",
            ),
            429 => Self::too_many_requests(1),
            400 => Self::malformed("The request failed because it was not well-formed."),
            _ => Self::without_code(status, "The sandbox was told to answer this request so."),
        };
        problem.retry_after = retry_after;
        problem
    }

    /// Returns an error with a status for which the description publishes no code.
    pub(super) fn without_code(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            code: None,
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            detail: detail.into(),
            source: None,
            retry_after: None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut error = json!({ "title": self.title, "detail": self.detail });
        if let Some(code) = self.code {
            error["code"] = json!(code);
            error["meta"] = json!({ "url": format!("https://developers.telnyx.com/docs/overview/errors/{code}") });
        }
        if let Some(source) = self.source {
            error["source"] = source;
        }
        let mut response = (self.status, Json(json!({ "errors": [error] }))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Answers a path that the API does not have.
pub(super) async fn path_not_found() -> Problem {
    Problem::not_found()
}

/// Answers a path that exists but does not support the method.
pub(super) async fn method_not_allowed() -> Problem {
    Problem::without_code(
        StatusCode::METHOD_NOT_ALLOWED,
        "This path does not take this method.",
    )
}
