//! `/org-users/reviews`: the access reviews, and the start of a new one. A review's own page, its
//! decisions, its sign-off and its evidence have their own files.

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::live_read;
use crate::access_review::{self, StartOutcome};
use crate::app::App;
use crate::db::access_reviews::items::{self, ReviewCounts};
use crate::db::access_reviews::{self, AccessReview};
use crate::directory::{self, TimeBudget};
use crate::domain::ids::AccessReviewId;
use crate::domain::role::Permission;
use crate::domain::text::group_thousands;
use crate::web::access::{Authorized, Read, ReviewAccess, Viewer};
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::render;

mod close;
mod decide;
mod evidence;
mod filter;
mod row;
mod show;

const PATH: &str = "/org-users/reviews";

/// Maximum number of reviews in the list.
const MAX_REVIEWS: i64 = 100;
/// Maximum age of the users of a new review.
const MAX_AGE: Duration = Duration::from_mins(10);

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(PATH, get(index).post(start))
        .route("/org-users/reviews/{id}", get(show::show))
        .route(
            "/org-users/reviews/{id}/users/{place}",
            post(decide::update),
        )
        .route(
            "/org-users/reviews/{id}/sign-off",
            get(close::confirm_sign_off).post(close::sign_off),
        )
        .route(
            "/org-users/reviews/{id}/discard",
            get(close::confirm_discard).post(close::discard),
        )
        .route(
            "/org-users/reviews/{id}/evidence.csv",
            get(evidence::export),
        )
}

#[derive(Template)]
#[template(path = "org_users/reviews/index.html")]
struct IndexPage {
    layout: Layout,
    reviews: Vec<ReviewSummary>,
    /// True if the reader may start a review, and none is open.
    may_start: bool,
    /// Time at which the next review is due. `None` if nobody is reminded.
    due: Option<FormattedTime>,
    is_overdue: bool,
}

/// Row of the list.
struct ReviewSummary {
    href: String,
    name: String,
    is_open: bool,
    started_by: String,
    counts: ReviewCounts,
    /// Time of the sign-off, and who signed off.
    signed_off: Option<(FormattedTime, String)>,
}

impl ReviewSummary {
    fn new(review: AccessReview, counts: ReviewCounts, viewer: &Viewer) -> Self {
        let sign_off = review.sign_off.as_ref();
        Self {
            href: path_of(review.id),
            name: review.name(),
            is_open: review.is_open(),
            counts,
            signed_off: sign_off
                .map(|sign_off| (viewer.times().format(sign_off.at), sign_off.by_name.clone())),
            started_by: review.started_by_name,
        }
    }

    fn decided(&self) -> String {
        let decided = self.counts.users - self.counts.undecided;
        format!(
            "{} of {}",
            group_thousands(decided),
            group_thousands(self.counts.users)
        )
    }
}

/// Returns the address of a review.
fn path_of(id: AccessReviewId) -> String {
    format!("{PATH}/{id}")
}

/// Loads the review of an address. An invalid ID counts as not found.
async fn load_review(app: &App, Path(id): Path<String>) -> Result<AccessReview, Error> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let review = access_reviews::by_id(&app.db, id).await?;
    review.ok_or(Error::NotFound)
}

/// `GET /org-users/reviews`
async fn index(may: Authorized<Read>, State(app): State<App>) -> Result<Response, Error> {
    let reviews = access_reviews::latest(&app.db, MAX_REVIEWS).await?;
    let ids: Vec<AccessReviewId> = reviews.iter().map(|review| review.id).collect();
    let counts = items::counts_of(&app.db, &ids).await?;
    let last = access_reviews::last_signed_off(&app.db).await?;
    let due = access_review::due_at(app.setting().await?, last.as_ref());
    // Without any sign-off there is no day to name.
    let due = due.filter(|_| last.is_some());
    let is_open = reviews.iter().any(AccessReview::is_open);
    render::html(&IndexPage {
        layout: may
            .layout("Access reviews of Telnyx users", Section::OrgUsers)
            .await?,
        may_start: may.can(Permission::ReviewAccess) && !is_open,
        due: due.map(|due| may.times().format(due)),
        is_overdue: due.is_some_and(|due| due <= app.clock.now()),
        reviews: reviews
            .into_iter()
            .map(|review| {
                let counts = counts.get(&review.id).copied().unwrap_or_default();
                ReviewSummary::new(review, counts, &may)
            })
            .collect(),
    })
}

/// `POST /org-users/reviews`
async fn start(may: Authorized<ReviewAccess>, State(app): State<App>) -> Result<Response, Error> {
    let budget = TimeBudget::for_page(&app);
    let fresh = directory::org_users::refresh_for_page(&app, &budget).await?;
    let now = app.clock.now();
    let read_at = fresh.observed_at.filter(|at| at.until(now) <= MAX_AGE);
    let Some(read_at) = read_at else {
        let trouble = fresh.error.map(live_read::failure_message);
        let text = format!("Not started. {}", trouble.unwrap_or_default());
        may.toast(Toast::new("danger", text.trim_end())).await?;
        return Ok(render::redirect(PATH));
    };
    match access_review::start(&app, may.actor(), read_at, fresh.is_partial).await? {
        StartOutcome::Started(id) => {
            may.toast(Toast::success("Review started. Decide about each user."))
                .await?;
            Ok(render::redirect(&path_of(id)))
        }
        StartOutcome::AlreadyOpen(id) => {
            may.toast(Toast::new(
                "info",
                "Another review is open already. This is it.",
            ))
            .await?;
            Ok(render::redirect(&path_of(id)))
        }
    }
}
