//! Decision about one user of a review.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::filter::ReviewQuery;
use super::row::{DecideForm, ReviewRow};
use super::show::{self, RowFragment};
use super::{load_review, path_of};
use crate::access_review::{self, DecideOutcome};
use crate::app::App;
use crate::db::access_reviews::AccessReview;
use crate::db::access_reviews::items::{self, ReviewItem};
use crate::domain::access_review::{ReviewDecision, parse_note};
use crate::web::access::{Authorized, ReviewAccess, Viewer};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::htmx::Htmx;
use crate::web::render;

/// Answer to a decision that changed nothing.
struct Refusal {
    status: StatusCode,
    note_error: String,
    problem: String,
}

/// `POST /org-users/reviews/{id}/users/{place}`
pub(super) async fn update(
    may: Authorized<ReviewAccess>,
    State(app): State<App>,
    Path((id, place)): Path<(String, String)>,
    htmx: Htmx,
    Form(form): Form<DecideForm>,
) -> Result<Response, Error> {
    let review = load_review(&app, Path(id)).await?;
    let place = place.parse().map_err(|_| Error::NotFound)?;
    let item = load_item(&app, &review, place).await?;
    let query = ReviewQuery::from_path(&form.list).at_path(path_of(review.id));
    let refusal = decide(&app, &may, &review, &item, &form).await?;
    if refusal.is_none() && !htmx.partial {
        return Ok(render::redirect(&format!("{}#user{place}", query.href())));
    }
    let item = load_item(&app, &review, place).await?;
    let row = ReviewRow::new(&item, &review, &may, &query.href());
    let Some(refusal) = refusal else {
        return render::html(&RowFragment::new(&app, &may, &review, (row, &query)).await?);
    };
    let row = row.with_problem(&form.note, &refusal.note_error, &refusal.problem);
    if htmx.partial {
        let fragment = RowFragment::new(&app, &may, &review, (row, &query)).await?;
        return render::with_status(refusal.status, &fragment);
    }
    let page = show::load(&app, &may, &review, query, Some(row)).await?;
    render::with_status(refusal.status, &page)
}

async fn load_item(app: &App, review: &AccessReview, place: i64) -> Result<ReviewItem, Error> {
    let item = items::by_place(&app.db, review.id, place).await?;
    item.ok_or(Error::NotFound)
}

/// Decides as the form says. Returns the reason if nothing was changed.
async fn decide(
    app: &App,
    viewer: &Authorized<ReviewAccess>,
    review: &AccessReview,
    item: &ReviewItem,
    form: &DecideForm,
) -> Result<Option<Refusal>, Error> {
    let Ok(decision) = form.decision.parse::<ReviewDecision>() else {
        return Ok(Some(Refusal {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            note_error: String::new(),
            problem: "Choose Keep or Remove.".to_owned(),
        }));
    };
    let note = match parse_note(&form.note, decision) {
        Ok(note) => note,
        Err(note_error) => {
            return Ok(Some(Refusal {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                note_error,
                problem: String::new(),
            }));
        }
    };
    let row = (item.place, form.version.unwrap_or(item.version));
    let decided = (decision, note.as_str());
    match access_review::decide(app, viewer.actor(), review.id, row, decided).await? {
        DecideOutcome::Done => Ok(None),
        DecideOutcome::Stale => {
            let current = load_item(app, review, item.place).await?;
            Ok(Some(Refusal {
                status: StatusCode::CONFLICT,
                note_error: String::new(),
                problem: describe_conflict(viewer, &current),
            }))
        }
        DecideOutcome::Closed => Err(Error::Conflict(
            "This review is no longer open. Decisions cannot change.".to_owned(),
        )),
    }
}

/// Describes the decision that someone else made meanwhile.
fn describe_conflict(viewer: &Viewer, item: &ReviewItem) -> String {
    let Some(record) = &item.decision else {
        return "Someone changed this meanwhile. Choose again.".to_owned();
    };
    let note = match record.note.as_str() {
        "" => String::new(),
        note => format!(" (“{note}”)"),
    };
    format!(
        "Not saved: {} chose {}{note} {}. Choose again to replace it.",
        record.by_name,
        record.decision.label(),
        viewer.times().relative(record.at),
    )
}
