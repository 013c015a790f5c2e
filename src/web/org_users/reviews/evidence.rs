//! Evidence of a review as a file: each user with their decision, and the sign-off in each row.

use axum::extract::{Path, State};
use axum::response::Response;

use super::load_review;
use crate::access_review;
use crate::app::App;
use crate::db::access_reviews::items::{self, ReviewItem};
use crate::db::access_reviews::{self, AccessReview};
use crate::directory;
use crate::domain::access_review::ReviewChange;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::export::{self, Cell};
use crate::web::org_users::export::{kind_text, sign_in_cells, yes_no};

/// Columns of the file: the user, the decision, and the review.
const HEADER: [&str; 36] = [
    "user_id",
    "email",
    "kind",
    "status",
    "groups",
    "created_at",
    "last_sign_in_at",
    "never_signed_in",
    "change",
    "groups_before",
    "kind_before",
    "decision",
    "note",
    "decided_by",
    "decided_by_email",
    "decided_at",
    "listed_now",
    "listed_now_as_of",
    "review_id",
    "review",
    "state",
    "started_at",
    "started_by",
    "started_by_email",
    "users_read_at",
    "users_complete",
    "compared_with_review_id",
    "compared_with",
    "signed_off_at",
    "signed_off_by",
    "signed_off_by_email",
    "audit_event",
    "audit_event_hash",
    "sha256",
    "matches_audit_event",
    "exported_at",
];

/// `GET /org-users/reviews/{id}/evidence.csv`
pub(super) async fn export(
    may: Authorized<Read>,
    State(app): State<App>,
    id: Path<String>,
) -> Result<Response, Error> {
    let review = load_review(&app, id).await?;
    let users = items::all(&app.db, review.id).await?;
    let seen = directory::org_users::observed_at(&app).await?;
    let rest = review_cells(&app, &review, &users).await?;
    let target = format!("the access review of {}", review.name());
    let message = format!("{}.", review.state.label());
    export::record(&app, &may, &target, message, None).await?;
    let rows = users.into_iter().map(|item| {
        let mut row = user_cells(&item);
        row.push(Cell::optional_text(seen));
        row.extend(rest.iter().cloned());
        row
    });
    let name = format!("access-review-{}", review.name());
    Ok(export::table(&name, &HEADER.map(Cell::text), rows))
}

/// Returns the cells of a user, up to whether Telnyx lists them now.
fn user_cells(item: &ReviewItem) -> Vec<Cell> {
    let user = &item.user;
    let (last, never) = sign_in_cells(user.last_sign_in);
    let groups = user.groups.iter().flatten();
    let before = item.groups_before.iter().flatten();
    let decision = item.decision.as_ref();
    vec![
        Cell::optional_text(user.id.as_ref()),
        Cell::optional_text(user.email.as_deref()),
        Cell::text(kind_text(user.kind)),
        Cell::text(user.status.as_str()),
        Cell::list(groups.map(|group| group.name.as_str())),
        Cell::optional_text(user.created_at),
        last,
        never,
        Cell::text(match item.change {
            ReviewChange::Unchanged => "",
            change => change.as_str(),
        }),
        Cell::list(before.map(String::as_str)),
        Cell::optional_text(item.kind_before.map(kind_text)),
        Cell::optional_text(decision.map(|record| record.decision.as_str())),
        Cell::optional_text(decision.map(|record| &record.note)),
        Cell::optional_text(decision.map(|record| &record.by_name)),
        Cell::optional_text(decision.map(|record| &record.by_email)),
        Cell::optional_text(decision.map(|record| record.at)),
        Cell::text(yes_no(item.is_present)),
    ]
}

/// Returns the cells of the review, which are the same in each row.
async fn review_cells(
    app: &App,
    review: &AccessReview,
    users: &[ReviewItem],
) -> Result<Vec<Cell>, Error> {
    let previous = match review.previous {
        Some(id) => access_reviews::by_id(&app.db, id).await?,
        None => None,
    };
    let matches = access_review::is_as_signed_off(app, review, users).await?;
    let sign_off = review.sign_off.as_ref();
    Ok(vec![
        Cell::text(review.id),
        Cell::text(review.name()),
        Cell::text(review.state.as_str()),
        Cell::text(review.started_at),
        Cell::text(&review.started_by_name),
        Cell::text(&review.started_by_email),
        Cell::text(review.read_at),
        Cell::text(yes_no(!review.is_partial)),
        Cell::optional_text(review.previous),
        Cell::optional_text(previous.map(|previous| previous.name())),
        Cell::optional_text(sign_off.map(|sign_off| sign_off.at)),
        Cell::optional_text(sign_off.map(|sign_off| &sign_off.by_name)),
        Cell::optional_text(sign_off.map(|sign_off| &sign_off.by_email)),
        Cell::optional_text(sign_off.map(|sign_off| sign_off.event)),
        Cell::optional_text(sign_off.map(|sign_off| &sign_off.event_hash)),
        Cell::optional_text(sign_off.map(|sign_off| &sign_off.digest)),
        Cell::optional_text(matches.map(yes_no)),
        Cell::text(app.clock.now()),
    ])
}
