//! Answer while the database does not answer: 503. For a change, it tells if anything was sent to
//! Telnyx.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::{Error, Unavailable};
use super::error_page;
use super::session::{SAVE, SessionSave};
use crate::app::App;
use crate::operations::send_progress::{Progress, SendTracker};

/// Answers 503 if the database fails or stops answering during the request.
pub async fn answer_unavailable(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let sent = SendTracker::default();
    let save = SessionSave::of(request.method());
    let work = SAVE.scope(save.clone(), sent.track(next.run(request)));
    let response = match app.db.watch(work).await {
        Ok(response) => response,
        Err(error) => Error::Db(error).into_response(),
    };
    let response = if response.status().is_server_error() && save.has_failed() {
        Error::SessionNotSaved.into_response()
    } else {
        response
    };
    if response.extensions().get::<Unavailable>().is_none() {
        return response;
    }
    let response = error_page::with_text(response, text(changes, sent.progress()));
    error_page::render_error(&app, response, &headers, None)
}

const fn text(changes: bool, progress: Progress) -> &'static str {
    match (changes, progress) {
        (_, Progress::Sent) => {
            "Your change was sent to Telnyx. The portal records its outcome when the database \
             answers again. Check the activity before you send it again."
        }
        (_, Progress::MaybeSent) => {
            "The database stopped answering while your change was recorded. Nothing was sent yet. \
             The activity shows the outcome when the database answers again. Check it before you \
             send it again."
        }
        (true, Progress::NotSent) => {
            "Nothing was sent to Telnyx. What you entered may not be saved. Wait a few seconds, \
             reload the page and try again."
        }
        (false, Progress::NotSent) => {
            "Wait a few seconds and reload the page. If it happens again, tell the operator of \
             this portal."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Progress, text};

    #[test]
    fn a_change_is_told_whether_it_was_sent() {
        assert!(text(true, Progress::NotSent).starts_with("Nothing was sent"));
        assert!(
            text(true, Progress::Sent)
                .starts_with("Your change was sent to Telnyx. The portal records")
        );
        assert!(!text(false, Progress::NotSent).contains("sent"));
    }
}
