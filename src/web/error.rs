//! Errors of requests. Each maps to a status and a text in one place. Invalid input is not an error
//! but a value of its form.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_sessions::session_store::Error as Store;

use crate::db;
use crate::domain::role::Permission;
use crate::staff;

/// `Retry-After` if too many passwords are being checked.
pub(super) const BUSY_RETRY_AFTER: Duration = Duration::from_secs(5);

/// `Retry-After` if the database does not answer.
const DATABASE_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Error of a request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The page or thing does not exist.
    #[error("nothing is here")]
    NotFound,
    /// It was there, but was removed since. Holds a sentence for the reader.
    #[error("{0}")]
    Removed(String),
    /// No one is signed in, and the guard before the handlers did not catch it.
    #[error("not signed in")]
    SignedOut,
    /// The person must first prove their identity again. The guard before the handlers leads them
    /// there.
    #[error("not proved shortly before who it is")]
    StepUpRequired,
    /// The role does not allow it.
    #[error("the role cannot {}", .0.verb())]
    Forbidden(Permission),
    /// A rule about the target forbids it. Holds a sentence for the reader.
    #[error("{0}")]
    Rule(String),
    /// The request is invalid. Holds a sentence for the reader.
    #[error("{0}")]
    BadRequest(String),
    /// Something else happened first. Holds a sentence for the reader.
    #[error("{0}")]
    Conflict(String),
    /// The body is too large.
    #[error("the request is too large")]
    TooLarge,
    /// The request came from another site.
    #[error("sent from another site")]
    CrossSite,
    /// The request names another host.
    #[error("meant for another host")]
    WrongHost,
    /// The portal is read-only.
    #[error("the portal is read-only")]
    ReadOnly,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// The session could not be read or written.
    #[error("session: {0}")]
    Session(#[from] tower_sessions::session::Error),
    /// The session could not be saved, because the database does not answer.
    #[error("the session could not be saved: the database does not answer")]
    SessionNotSaved,
    /// A change of the staff failed, and no form can show the error.
    #[error(transparent)]
    Staff(#[from] staff::Error),
    /// A template could not be rendered.
    #[error("template: {0}")]
    Render(#[from] askama::Error),
    /// Something happened that should not. The text is only for the log.
    #[error("{0}")]
    Internal(String),
}

/// Status and text of an error. The answer carries it to the layer that renders it.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub status: StatusCode,
    pub title: String,
    pub text: String,
    /// Number of seconds after which another try makes sense.
    retry_after: Option<u64>,
}

impl Problem {
    fn new(status: StatusCode, title: &str, text: impl Into<String>) -> Self {
        Self {
            status,
            title: title.to_owned(),
            text: text.into(),
            retry_after: None,
        }
    }

    /// Returns the problem for an answer from a layer or from axum itself.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Error::NotFound.problem(),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "Not supported",
                "This page does not support this kind of request. Go back and use its links and \
                 buttons.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge.problem(),
            StatusCode::FORBIDDEN => Error::CrossSite.problem(),
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "This took too long",
                "The request timed out. A change that was started continues. Check the activity \
                 before you try again.",
            ),
            status if status.is_client_error() => Self::new(
                status,
                "Invalid request",
                "Go back, reload the page and try again.",
            ),
            _ => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "Try again. If it happens again, tell the operator of this portal the number \
                 below.",
            ),
        }
    }
}

impl Error {
    /// Returns `true` if the database cannot be used at the moment.
    fn is_unavailable(&self) -> bool {
        match self {
            Self::Db(error) | Self::Staff(staff::Error::Db(error)) => error.is_unavailable(),
            Self::Session(tower_sessions::session::Error::Store(Store::Backend(_)))
            | Self::SessionNotSaved => true,
            _ => false,
        }
    }

    fn problem(&self) -> Problem {
        if self.is_unavailable() {
            return Problem {
                retry_after: Some(DATABASE_RETRY_AFTER.as_secs()),
                ..Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The database does not answer",
                    "",
                )
            };
        }
        match self {
            Self::NotFound => Problem::new(
                StatusCode::NOT_FOUND,
                "Page not found",
                "The address is wrong, or the page no longer exists.",
            ),
            Self::Removed(text) => Problem::new(StatusCode::GONE, "No longer here", text.as_str()),
            Self::SignedOut => Problem::new(
                StatusCode::UNAUTHORIZED,
                "You are signed out",
                "Sign in to continue.",
            ),
            Self::StepUpRequired => Problem::new(
                StatusCode::UNAUTHORIZED,
                "Confirm it's you",
                "Reload the page and confirm with your password or a passkey. Nothing was done.",
            ),
            Self::Forbidden(permission) => Problem::new(
                StatusCode::FORBIDDEN,
                "Your role does not allow this",
                format!(
                    "Your role cannot {}. An admin or an owner can change your role.",
                    permission.verb()
                ),
            ),
            Self::Rule(text) => {
                Problem::new(StatusCode::FORBIDDEN, "This is not allowed", text.as_str())
            }
            Self::BadRequest(text) => {
                Problem::new(StatusCode::BAD_REQUEST, "Invalid request", text.as_str())
            }
            Self::Conflict(text) => Problem::new(
                StatusCode::CONFLICT,
                "Changed by someone else",
                text.as_str(),
            ),
            Self::TooLarge => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Too large",
                "The request is larger than the portal accepts. Nothing was done. Go back and \
                 send less.",
            ),
            Self::CrossSite => Problem::new(
                StatusCode::FORBIDDEN,
                "Request from another site",
                "The portal accepts changes only from its own pages. Nothing was done.",
            ),
            Self::WrongHost => Problem::new(
                StatusCode::MISDIRECTED_REQUEST,
                "Wrong address",
                "This host name is not the portal's. Use the portal's public address \
                 (PORTAL_PUBLIC_URL).",
            ),
            Self::ReadOnly => Problem::new(
                StatusCode::FORBIDDEN,
                "The portal is read-only",
                "The operator of the portal turned changes off. Nothing was done.",
            ),
            Self::Staff(error) => staff_problem(error),
            Self::Db(_)
            | Self::Session(_)
            | Self::SessionNotSaved
            | Self::Render(_)
            | Self::Internal(_) => Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

fn staff_problem(error: &staff::Error) -> Problem {
    match error {
        staff::Error::Refused(_) => Problem::new(
            StatusCode::FORBIDDEN,
            "This is not allowed",
            error.to_string(),
        ),
        staff::Error::Unknown | staff::Error::NoSingleSignOn => Error::NotFound.problem(),
        staff::Error::LastFactor
        | staff::Error::NoFactor
        | staff::Error::NoPasskeys
        | staff::Error::TooManyPasskeys
        | staff::Error::Stale(_)
        | staff::Error::EmailTaken
        | staff::Error::SameEmail
        | staff::Error::InvalidLink
        | staff::Error::NotLinked
        | staff::Error::WrongPassword => Problem::new(
            StatusCode::CONFLICT,
            "Changed by someone else",
            error.to_string(),
        ),
        staff::Error::Busy => Problem {
            retry_after: Some(BUSY_RETRY_AFTER.as_secs()),
            ..Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many requests",
                format!("{error} Nothing was changed."),
            )
        },
        staff::Error::ProviderUnavailable(_) => Problem {
            retry_after: Some(BUSY_RETRY_AFTER.as_secs()),
            ..Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "No answer",
                error.to_string(),
            )
        },
        staff::Error::ProviderMisconfigured(text) => Problem::new(
            StatusCode::BAD_GATEWAY,
            "Single sign-on does not work",
            text.clone(),
        ),
        staff::Error::Hash(_) | staff::Error::Passkeys(_) | staff::Error::Db(_) => {
            Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Marks an answer to someone who must prove their identity again, for the guard.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepUpRequired;

/// Marks an answer that failed because the database does not answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unavailable;

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let not_proved = matches!(self, Self::StepUpRequired);
        let unavailable = self.is_unavailable();
        let problem = self.problem();
        if problem.status.is_server_error() {
            // Each error is logged once, here. The surrounding span holds the request's ID.
            tracing::error!(error = %self, "request failed");
        }
        let mut response = problem.status.into_response();
        if let Some(seconds) = problem.retry_after {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(problem);
        if not_proved {
            response.extensions_mut().insert(StepUpRequired);
        }
        if unavailable {
            response.extensions_mut().insert(Unavailable);
        }
        response
    }
}
