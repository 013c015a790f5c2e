//! Page of a review: its progress, its users with their decisions, and who left.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use super::filter::{ReviewFilter, ReviewQuery};
use super::row::{DecideForm, ReviewRow};
use super::{load_review, path_of};
use crate::access_review::count_users;
use crate::app::App;
use crate::db::access_reviews::items::{self, ReviewCounts};
use crate::db::access_reviews::{self, AccessReview};
use crate::directory;
use crate::domain::access_review::{DecisionFilter, ReviewSubset};
use crate::domain::role::Permission;
use crate::domain::text::group_thousands;
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::error::Error;
use crate::web::form::DraftForm;
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::listing::{Pager, SelectOption, Tab, select_option};
use crate::web::org_users::display_email;
use crate::web::render;

/// Maximum number of users who left that the page names.
const MAX_LEAVERS: i64 = 20;

#[derive(Template)]
#[template(path = "org_users/reviews/show.html")]
pub(super) struct ReviewPage {
    layout: Layout,
    review: ReviewView,
    progress: Progress,
    query: ReviewQuery,
    tabs: Vec<Tab>,
    rows: Vec<ReviewRow>,
    total: i64,
    pager: Pager,
    /// Some of the users who left, by email address.
    leavers: Vec<String>,
    /// Number of the others, in words; empty if all are named.
    more_leavers: String,
}

impl ReviewPage {
    fn shown(&self) -> String {
        if self.pager.previous.is_empty() && self.pager.next.is_empty() {
            return count_users(self.total);
        }
        format!("{} users", self.pager.shown)
    }

    fn subsets(&self) -> [SelectOption; ReviewSubset::ALL.len()] {
        let chosen = self.query.filter.subset.map_or("", ReviewSubset::as_str);
        ReviewSubset::ALL.map(|subset| select_option(subset.as_str(), subset.label(), chosen))
    }
}

/// Row after a decision, with the parts of the page that change with it.
#[derive(Template)]
#[template(path = "org_users/reviews/_row_fragment.html")]
pub(super) struct RowFragment {
    row: ReviewRow,
    review: ReviewView,
    progress: Progress,
    tabs: Vec<Tab>,
}

impl RowFragment {
    pub(super) async fn new(
        app: &App,
        viewer: &Viewer,
        review: &AccessReview,
        (row, query): (ReviewRow, &ReviewQuery),
    ) -> Result<Self, Error> {
        let counts = items::counts(&app.db, review.id).await?;
        Ok(Self {
            row,
            review: ReviewView::new(app, viewer, review).await?,
            tabs: tabs(query, &counts),
            progress: Progress::new(review, &counts),
        })
    }
}

/// Review as its page shows it.
struct ReviewView {
    name: String,
    href: String,
    is_open: bool,
    is_partial: bool,
    started: FormattedTime,
    started_by: String,
    read: FormattedTime,
    /// Time of the last reading of the users; `None` if there was none.
    seen: Option<FormattedTime>,
    /// Name and address of the review that this one is compared with.
    previous: Option<(String, String)>,
    sign_off: Option<SignOffView>,
    may_review: bool,
}

/// Sign-off as a page shows it.
struct SignOffView {
    at: FormattedTime,
    by: String,
    event: String,
    event_hash: String,
}

impl ReviewView {
    async fn new(app: &App, viewer: &Viewer, review: &AccessReview) -> Result<Self, Error> {
        let times = viewer.times();
        let previous = match review.previous {
            Some(id) => access_reviews::by_id(&app.db, id).await?,
            None => None,
        };
        let seen = directory::org_users::observed_at(app).await?;
        Ok(Self {
            name: review.name(),
            href: path_of(review.id),
            is_open: review.is_open(),
            is_partial: review.is_partial,
            started: times.format(review.started_at),
            started_by: review.started_by_name.clone(),
            read: times.format(review.read_at),
            seen: seen.map(|at| times.format(at)),
            previous: previous.map(|previous| (previous.name(), path_of(previous.id))),
            sign_off: review.sign_off.as_ref().map(|sign_off| SignOffView {
                at: times.format(sign_off.at),
                by: sign_off.by_name.clone(),
                event: group_thousands(sign_off.event),
                event_hash: sign_off.event_hash.clone(),
            }),
            may_review: review.is_open() && viewer.can(Permission::ReviewAccess),
        })
    }
}

/// Numbers of a review in words.
struct Progress {
    title: String,
    decisions: String,
    /// Number of removed users of those to remove; empty if there are none.
    removed: String,
    /// Number of users to remove who are still present; empty if there are none.
    still_present: String,
    /// Changes since the last review.
    changes: String,
    may_sign_off: bool,
}

impl Progress {
    fn new(review: &AccessReview, counts: &ReviewCounts) -> Self {
        let number = group_thousands;
        let unless_none = |count: i64, text: String| if count == 0 { String::new() } else { text };
        let present = counts.still_present;
        Self {
            title: match counts.undecided {
                _ if !review.is_open() => "Signed off".to_owned(),
                0 => "Everyone has a decision".to_owned(),
                1 => format!("1 of {} is undecided", number(counts.users)),
                many => format!("{} of {} are undecided", number(many), number(counts.users)),
            },
            decisions: format!(
                "{} to keep, {} to remove",
                number(counts.keep),
                number(counts.remove)
            ),
            removed: unless_none(
                counts.remove,
                format!(
                    "{} of {}",
                    number(counts.remove - present),
                    number(counts.remove)
                ),
            ),
            still_present: unless_none(present, format!("{} still present", number(present))),
            changes: format!(
                "{} new, {} changed, {} left",
                number(counts.joined),
                number(counts.changed),
                number(counts.leavers)
            ),
            may_sign_off: counts.undecided == 0,
        }
    }
}

/// Returns the tabs of the decisions. Each shows all users with its decision.
fn tabs(query: &ReviewQuery, counts: &ReviewCounts) -> Vec<Tab> {
    let tab = |label, count, decision| {
        query.tab(label, count, |filter: &mut ReviewFilter| {
            *filter = ReviewFilter {
                decision,
                ..ReviewFilter::default()
            };
        })
    };
    vec![
        tab("All", counts.users, None),
        tab(
            "Undecided",
            counts.undecided,
            Some(DecisionFilter::Undecided),
        ),
        tab("Keep", counts.keep, Some(DecisionFilter::Keep)),
        tab("Remove", counts.remove, Some(DecisionFilter::Remove)),
    ]
}

/// Loads the page. `changed` replaces its row, or comes first if the list does not contain it.
pub(super) async fn load(
    app: &App,
    viewer: &Viewer,
    review: &AccessReview,
    mut query: ReviewQuery,
    changed: Option<ReviewRow>,
) -> Result<ReviewPage, Error> {
    let counts = items::counts(&app.db, review.id).await?;
    let filter = query.filter.items();
    let total = items::count(&app.db, review.id, &filter).await?;
    query.clamp_page(total);
    let found = items::page(&app.db, review.id, &filter, query.page, query.page_size).await?;
    let list = query.href();
    let mut rows: Vec<ReviewRow> = found
        .iter()
        .map(|item| ReviewRow::new(item, review, viewer, &list))
        .collect();
    if let Some(changed) = changed {
        match rows.iter_mut().find(|row| row.place == changed.place) {
            Some(row) => *row = changed,
            None => rows.insert(0, changed),
        }
    }
    let leavers = items::leavers(&app.db, review.id, MAX_LEAVERS).await?;
    let view = ReviewView::new(app, viewer, review).await?;
    Ok(ReviewPage {
        layout: viewer
            .layout(format!("Access review of {}", view.name), Section::OrgUsers)
            .await?,
        review: view,
        tabs: tabs(&query, &counts),
        progress: Progress::new(review, &counts),
        rows,
        total,
        pager: query.pager(total),
        more_leavers: match counts.leavers - MAX_LEAVERS {
            ..=0 => String::new(),
            more => format!(", and {} more", group_thousands(more)),
        },
        leavers: leavers
            .iter()
            .map(|item| display_email(&item.user))
            .collect(),
        query,
    })
}

/// `GET /org-users/reviews/{id}?q=&decision=&only=&page=&per=`
pub(super) async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    id: Path<String>,
    RawQuery(raw): RawQuery,
    kept: DraftForm,
) -> Result<Response, Error> {
    let review = load_review(&app, id).await?;
    let query = ReviewQuery::parse(raw.as_deref().unwrap_or_default()).at_path(path_of(review.id));
    let mut page = load(&app, &may, &review, query, None).await?;
    // What was typed before the sign-in expired.
    if let Some(form) = kept.parse::<DecideForm>() {
        let mut rows = page.rows.iter_mut();
        if let Some(row) = rows.find(|row| row.place == form.place)
            && let Some(input) = &mut row.form
        {
            input.note = form.note.as_str().into();
        }
    }
    render::html(&page)
}
