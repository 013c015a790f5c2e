//! What a request can end in instead of an answer, matched once to status and words, and the layer that renders it:
//! a whole page, or for a part of a page a toast. Validation is a form's value, not an error.

use std::time::Duration;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Json, Response};
use tower_sessions::Session;
use tower_sessions::session_store::Error as Store;

use super::access::Viewer;
use super::banners;
use super::htmx::{self, Htmx};
use super::layout::{Banner, Layout, Section, Toast};
use super::render::ToastFragment;
use super::unavailable;
use crate::app::App;
use crate::db;
use crate::domain::role::Permission;
use crate::staff;

/// When passwords are checked without a wait again.
pub(super) const BUSY_RETRY_AFTER: Duration = Duration::from_secs(5);

/// What a request can end in instead of an answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such page or thing.
    #[error("nothing is here")]
    NotFound,
    /// Not signed in, where the gate before the handlers did not see to it.
    #[error("not signed in")]
    SignedOut,
    /// They must prove again who they are, to which the gate before the handlers leads.
    #[error("not proved shortly before who it is")]
    StepUpRequired,
    /// The role does not allow it.
    #[error("the role cannot {}", .0.verb())]
    Forbidden(Permission),
    /// A rule about the target does not allow it, in a sentence for the reader.
    #[error("{0}")]
    Rule(String),
    /// The request makes no sense, in a sentence for the reader.
    #[error("{0}")]
    BadRequest(String),
    /// Something else happened first, in a sentence for the reader.
    #[error("{0}")]
    Conflict(String),
    /// More was sent than is taken.
    #[error("the request is too large")]
    TooLarge,
    /// Another site sent it.
    #[error("sent from another site")]
    CrossSite,
    /// It names another host.
    #[error("meant for another host")]
    WrongHost,
    /// The portal only reads.
    #[error("the portal is read only")]
    ReadOnly,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// The session.
    #[error("session: {0}")]
    Session(#[from] tower_sessions::session::Error),
    /// The database did not take the session.
    #[error("the session could not be saved: the database does not answer")]
    SessionNotSaved,
    /// Something about the staff that no form has a place for.
    #[error(transparent)]
    Staff(#[from] staff::Error),
    /// A template.
    #[error("template: {0}")]
    Render(#[from] askama::Error),
    /// Something that should not happen; the words are for the log alone.
    #[error("{0}")]
    Internal(String),
}

/// An error's status and words, carried by an answer to the layer that renders it.
#[derive(Clone, Debug)]
struct Problem {
    status: StatusCode,
    title: String,
    text: String,
    /// In how many seconds it is worth another try.
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

    /// For an answer that a layer or axum itself made.
    fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Error::NotFound.problem(),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "This cannot be done here",
                "The page exists, but not for this kind of request. Go back and use its links and buttons.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge.problem(),
            StatusCode::FORBIDDEN => Error::CrossSite.problem(),
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "This took too long",
                "The portal stopped waiting. What was started goes on and shows in the activity; \
                 look there before you do it again.",
            ),
            status if status.is_client_error() => Self::new(
                status,
                "This request was not understood",
                "Go back, load the page again and repeat what you did.",
            ),
            _ => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong here",
                "It is in the portal's log under the number below. Try again; if it stays, tell whoever runs the portal.",
            ),
        }
    }
}

impl Error {
    /// Whether the database cannot be used at the moment.
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
                retry_after: Some(unavailable::RETRY_AFTER.as_secs()),
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
                "Nothing is here",
                "The address is wrong, or what was here is gone.",
            ),
            Self::SignedOut => Problem::new(
                StatusCode::UNAUTHORIZED,
                "You are signed out",
                "Sign in to go on.",
            ),
            Self::StepUpRequired => Problem::new(
                StatusCode::UNAUTHORIZED,
                "Show again who you are",
                "Load the page again: it asks for your password or a passkey. Nothing was done.",
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
            Self::BadRequest(text) => Problem::new(
                StatusCode::BAD_REQUEST,
                "This request was not understood",
                text.as_str(),
            ),
            Self::Conflict(text) => Problem::new(
                StatusCode::CONFLICT,
                "Something else happened first",
                text.as_str(),
            ),
            Self::TooLarge => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "This is too much at once",
                "More was sent than the portal takes. Nothing was done. Go back and send less.",
            ),
            Self::CrossSite => Problem::new(
                StatusCode::FORBIDDEN,
                "Another site sent this",
                "Changes are only taken from the portal's own pages. Nothing was done.",
            ),
            Self::WrongHost => Problem::new(
                StatusCode::MISDIRECTED_REQUEST,
                "This address is not the portal's",
                "The request names a host that is not this portal. Use the portal's public address; \
                 whoever runs it finds it in PORTAL_PUBLIC_URL.",
            ),
            Self::ReadOnly => Problem::new(
                StatusCode::FORBIDDEN,
                "The portal is read only",
                "Whoever runs the portal has switched changes off. Nothing was done.",
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
        | staff::Error::InvalidLink
        | staff::Error::NotLinked
        | staff::Error::WrongPassword => Problem::new(
            StatusCode::CONFLICT,
            "Something else happened first",
            error.to_string(),
        ),
        staff::Error::Busy => Problem {
            retry_after: Some(BUSY_RETRY_AFTER.as_secs()),
            ..Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too much at once",
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

/// Marks an answer to somebody who must prove again who they are, for the gate.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepUpRequired;

/// Marks an answer for which the database was needed and does not answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unavailable;

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let not_proved = matches!(self, Self::StepUpRequired);
        let unavailable = self.is_unavailable();
        let problem = self.problem();
        if problem.status.is_server_error() {
            // Once, here; the span around it holds the request's id.
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

/// Renders what failed further in, with the portal's frame around it for whoever is signed in.
pub async fn error_layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let session = request.extensions().get::<Session>().cloned();
    let response = next.run(request).await;
    // A database that does not answer is put into words further out: whoever is signed in is not asked of it again.
    if !is_unrendered(&response) || response.extensions().get::<Unavailable>().is_some() {
        return response;
    }
    let layout = match session {
        // A database that does not answer is no reason to show nothing.
        Some(session) => Viewer::of_session(&app, &session)
            .await
            .ok()
            .flatten()
            .map(|viewer| viewer.error_page_layout()),
        None => None,
    };
    render_error(&app, response, &headers, layout)
}

/// Whether an answer is an error that nobody has put into words yet.
fn is_unrendered(response: &Response) -> bool {
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let html = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    failed && !html
}

/// Whether a script of ours asks, which shows the words itself.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .is_some_and(|accepts| accepts.as_bytes() == b"application/json")
}

/// Gives an error that is not in words yet these ones.
pub(super) fn with_text(mut response: Response, text: &str) -> Response {
    if let Some(problem) = response.extensions_mut().get_mut::<Problem>() {
        text.clone_into(&mut problem.text);
    }
    response
}

/// Puts an error into words: a toast where htmx asked for a part, JSON where a script did, else a page.
pub(super) fn render_error(
    app: &App,
    response: Response,
    headers: &HeaderMap,
    layout: Option<Layout>,
) -> Response {
    let (mut parts, _) = response.into_parts();
    let problem = parts
        .extensions
        .remove::<Problem>()
        .unwrap_or_else(|| Problem::of_status(parts.status));
    parts.status = problem.status;
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    let request_id = headers
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    if wants_json(headers) {
        let text = format!("{}. {}", problem.title, problem.text);
        return (parts, Json(serde_json::json!({ "error": text }))).into_response();
    }
    let partial = Htmx::of(headers).partial;
    let html = if partial {
        let toast = Toast {
            kind: "danger",
            text: format!("{}. {}", problem.title, problem.text),
            undo: None,
        };
        ToastFragment { toast: &toast }.render()
    } else if let Some(layout) = layout {
        let layout = Layout {
            title: problem.title.clone(),
            ..layout
        };
        ErrorPage {
            layout,
            problem: &problem,
            request_id: &request_id,
        }
        .render()
    } else {
        PlainErrorPage {
            banners: banners::for_everyone(app),
            problem: &problem,
            request_id: &request_id,
        }
        .render()
    };
    let Ok(html) = html else {
        return (problem.status, problem.text).into_response();
    };
    let mut response = (parts, Html(html)).into_response();
    if partial {
        htmx::retarget(&mut response, "#toasts", "beforeend");
    }
    response
}

/// What an error page is reached through when it belongs to no section.
pub(super) const SECTION: Section = Section::Other;

#[derive(Template)]
#[template(path = "error/page.html")]
struct ErrorPage<'a> {
    layout: Layout,
    problem: &'a Problem,
    request_id: &'a str,
}

#[derive(Template)]
#[template(path = "error/plain.html")]
struct PlainErrorPage<'a> {
    banners: Vec<Banner>,
    problem: &'a Problem,
    request_id: &'a str,
}
