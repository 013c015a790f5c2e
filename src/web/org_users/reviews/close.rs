//! End of a review: its sign-off, or discarding it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{PATH, load_review, path_of};
use crate::access_review::{self, SignOffOutcome, count_users};
use crate::app::App;
use crate::db::access_reviews::AccessReview;
use crate::db::access_reviews::items::{self, ItemFilter, ReviewCounts};
use crate::domain::access_review::ReviewSubset;
use crate::domain::text::group_thousands;
use crate::web::access::{Authorized, RecentlyAuthenticated, ReviewAccess};
use crate::web::confirmation::{Confirmation, Consequence, Fact, FactValue, Subject, crumbs};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::htmx::Htmx;
use crate::web::layout::{Section, Toast};
use crate::web::notice::Notice;
use crate::web::org_users::display_email;
use crate::web::render;

/// Maximum number of users that the sign-off names as still present.
const MAX_NAMED: u32 = 20;

/// Version of the decisions that the form showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SignOffForm {
    shown: i64,
}

/// `GET /org-users/reviews/{id}/sign-off`
pub(super) async fn confirm_sign_off(
    may: RecentlyAuthenticated<ReviewAccess>,
    State(app): State<App>,
    htmx: Htmx,
    id: Path<String>,
) -> Result<Response, Error> {
    let review = load_review(&app, id).await?;
    let form = sign_off_form(&app, &review).await?;
    form.respond(&may, &htmx).await
}

/// `POST /org-users/reviews/{id}/sign-off`
pub(super) async fn sign_off(
    may: RecentlyAuthenticated<ReviewAccess>,
    State(app): State<App>,
    htmx: Htmx,
    id: Path<String>,
    Form(input): Form<SignOffForm>,
) -> Result<Response, Error> {
    let review = load_review(&app, id).await?;
    let status = match access_review::sign_off(&app, may.actor(), review.id, input.shown).await? {
        SignOffOutcome::Done => {
            let text = format!("Access review of {} signed off.", review.name());
            may.toast(Toast::success(text)).await?;
            return Ok(render::redirect(&path_of(review.id)));
        }
        SignOffOutcome::Undecided(_) => StatusCode::UNPROCESSABLE_ENTITY,
        SignOffOutcome::Stale | SignOffOutcome::Closed => StatusCode::CONFLICT,
    };
    let mut form = sign_off_form(&app, &review).await?;
    form.status = status;
    if !form.button.is_empty() {
        let notice = Notice::alert(
            "warn",
            "Not signed off: a decision changed meanwhile",
            "Check the numbers below, and sign off again.",
        );
        form.notices.insert(0, notice);
    }
    form.respond(&may, &htmx).await
}

/// Returns the confirmation of the sign-off. Without a button if it is not possible.
async fn sign_off_form(app: &App, review: &AccessReview) -> Result<Confirmation, Error> {
    let counts = items::counts(&app.db, review.id).await?;
    let mut form = Confirmation {
        title: format!("Sign off the access review of {}?", review.name()),
        lead: format!(
            "You confirm the decisions about {} with your name and today’s date.",
            count_users(counts.users)
        ),
        icon: "list-checks",
        action: format!("{}/sign-off", path_of(review.id)),
        hidden: vec![("shown", counts.version.to_string())],
        facts: facts(app, review, &counts).await?,
        consequences: vec![
            Consequence::plain("The decisions can no longer change."),
            Consequence::plain("Nobody is removed. Remove each user from the review’s page."),
            Consequence::plain("It is recorded in the activity, with a digest of the decisions."),
        ],
        button: "Sign off".to_owned(),
        ..confirmation(review, "Sign off")
    };
    if !review.is_open() {
        let text = "Its decisions can no longer change.";
        form.obstruct(Notice::new(
            "info",
            "This review is signed off already",
            text,
        ));
    } else if counts.undecided > 0 {
        let text = "Decide about each user first. Then sign off.";
        let title = format!("{} without a decision", count_users(counts.undecided));
        let undecided = format!("{}?decision=undecided", path_of(review.id));
        let notice = Notice::new("warn", title, text);
        form.obstruct(notice.with_link("Show them", undecided));
    }
    Ok(form)
}

/// Returns the numbers of a review, and the users to remove who are still present.
async fn facts(
    app: &App,
    review: &AccessReview,
    counts: &ReviewCounts,
) -> Result<Vec<Fact>, Error> {
    let filter = ItemFilter {
        subset: Some(ReviewSubset::StillPresent),
        ..ItemFilter::default()
    };
    let present = items::page(&app.db, review.id, &filter, 1, MAX_NAMED).await?;
    let mut names: Vec<String> = present
        .iter()
        .map(|item| display_email(&item.user))
        .collect();
    let more = counts.still_present - i64::from(MAX_NAMED);
    if more > 0 {
        names.push(format!("and {} more", group_thousands(more)));
    }
    let still_present = if names.is_empty() {
        FactValue::Missing("none")
    } else {
        FactValue::Names(names)
    };
    Ok(vec![
        Fact::text("Users", group_thousands(counts.users)),
        Fact::text("Keep", group_thousands(counts.keep)),
        Fact::text("Remove", group_thousands(counts.remove)),
        Fact::new("To remove, still present", still_present).wide(),
    ])
}

/// Returns the parts that both confirmations share.
fn confirmation(review: &AccessReview, verb: &str) -> Confirmation {
    let page = path_of(review.id);
    Confirmation {
        section: Section::OrgUsers,
        crumbs: crumbs([
            ("Access reviews", PATH),
            (&review.name(), &page),
            (verb, ""),
        ]),
        subject: Subject::new(format!("Access review of {}", review.name()), ""),
        cancel: ("Cancel", page),
        ..Confirmation::default()
    }
}

/// `GET /org-users/reviews/{id}/discard`
pub(super) async fn confirm_discard(
    may: Authorized<ReviewAccess>,
    State(app): State<App>,
    htmx: Htmx,
    id: Path<String>,
) -> Result<Response, Error> {
    let review = load_review(&app, id).await?;
    let form = discard_form(&app, &review).await?;
    form.respond(&may, &htmx).await
}

/// `POST /org-users/reviews/{id}/discard`
pub(super) async fn discard(
    may: Authorized<ReviewAccess>,
    State(app): State<App>,
    htmx: Htmx,
    id: Path<String>,
) -> Result<Response, Error> {
    let review = load_review(&app, id).await?;
    if access_review::discard(&app, may.actor(), review.id).await? {
        let text = format!("Access review of {} discarded.", review.name());
        may.toast(Toast::success(text)).await?;
        return Ok(render::redirect(PATH));
    }
    let mut form = discard_form(&app, &review).await?;
    form.status = StatusCode::CONFLICT;
    form.respond(&may, &htmx).await
}

async fn discard_form(app: &App, review: &AccessReview) -> Result<Confirmation, Error> {
    let counts = items::counts(&app.db, review.id).await?;
    let decided = counts.users - counts.undecided;
    let mut form = Confirmation {
        title: format!("Discard the access review of {}?", review.name()),
        lead: "This cannot be undone. You can start another review.".to_owned(),
        icon: "x",
        danger: true,
        action: format!("{}/discard", path_of(review.id)),
        facts: vec![
            Fact::text("Users", group_thousands(counts.users)),
            Fact::text("Decided", group_thousands(decided)),
            Fact::text("Started by", review.started_by_name.as_str()),
        ],
        consequences: vec![
            Consequence::bad("All decisions and notes of this review are deleted."),
            Consequence::plain("That you discarded it is recorded in the activity."),
        ],
        button: "Discard review".to_owned(),
        ..confirmation(review, "Discard")
    };
    if !review.is_open() {
        let text = "A signed-off review is kept.";
        form.obstruct(Notice::new("info", "This review is signed off", text));
    }
    Ok(form)
}
