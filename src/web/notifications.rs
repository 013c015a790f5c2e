//! A person's own notifications: `/notifications`, and marking them as read.

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::config::Retention;
use crate::db::notifications::{self, Notification, NotificationFilter};
use crate::domain::notification::NotificationKind;
use crate::domain::role::Permission;
use crate::domain::string_enum::string_enum;
use crate::domain::time::Timestamp;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::format::{FormattedTime, TimeFormatter};
use crate::web::layout::{Layout, Section, Toast};
use crate::web::listing::{
    Filter, Pager, Param, Query, SelectOption, Tab, choice_param, select_option,
};
use crate::web::render;

const PATH: &str = "/notifications";

/// Returns the routes below `/notifications`.
pub fn router() -> Router<App> {
    Router::new()
        .route(PATH, get(index))
        .route("/notifications/read-all", post(mark_all_read))
        .route("/notifications/{id}/read", post(mark_read))
}

string_enum! {
    /// Part of the notifications that is listed.
    enum ReadState {
        /// Those that the person has not marked as read.
        Unread = "unread", "Unread";
    }
}

/// Filter of the list, as the address gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct NotificationsFilter {
    show: Option<ReadState>,
    kind: Option<NotificationKind>,
}

type NotificationsQuery = Query<NotificationsFilter>;

impl Filter for NotificationsFilter {
    type Order = ();

    const PATH: &'static str = PATH;
    const PARAMS: &'static [Param<Self>] = &[
        choice_param!("show", show, "tab", "{}"),
        choice_param!("kind", kind, "kind", "Kind: {}"),
    ];
}

#[derive(Template)]
#[template(path = "notifications/index.html")]
struct IndexPage {
    layout: Layout,
    query: NotificationsQuery,
    tabs: [Tab; 2],
    kinds: Vec<SelectOption>,
    rows: Vec<NotificationRow>,
    pager: Pager,
    /// Number of unread notifications of the chosen kind.
    unread: i64,
    /// Time up to which "Mark all as read" marks, in Unix milliseconds. Later ones were not seen.
    until: i64,
    /// Time for which notifications are kept, if it has an end.
    kept: Option<String>,
    may_manage: bool,
}

impl IndexPage {
    /// Returns the value of the kind in forms; empty for all kinds.
    fn kind(&self) -> &'static str {
        self.query.filter.kind.map_or("", NotificationKind::as_str)
    }
}

struct NotificationRow {
    id: Uuid,
    href: String,
    sentence: String,
    detail: String,
    kind: &'static str,
    at: FormattedTime,
    is_unread: bool,
}

impl NotificationRow {
    fn new(item: &Notification, times: &TimeFormatter) -> Self {
        let detail = if item.items > 1 { "" } else { &item.detail };
        Self {
            id: item.id,
            href: item.kind.path(item.items, &item.path).to_owned(),
            sentence: item.kind.sentence(item.items, &item.subject),
            detail: detail.to_owned(),
            kind: item.kind.label(),
            at: times.format(item.at),
            is_unread: item.read_at.is_none(),
        }
    }
}

/// `GET /notifications?show=&kind=&page=&per=`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let mut query = NotificationsQuery::parse(raw.as_deref().unwrap_or_default());
    let staff = may.staff();
    let (all, unread) = notifications::counts(&app.db, staff.id, query.filter.kind).await?;
    let total = match query.filter.show {
        Some(ReadState::Unread) => unread,
        None => all,
    };
    query.clamp_page(total);
    let filter = NotificationFilter {
        kind: query.filter.kind,
        unread: query.filter.show.is_some(),
    };
    let found = notifications::page(&app.db, staff.id, filter, query.page, query.page_size).await?;
    let chosen = query.filter.kind.map_or("", NotificationKind::as_str);
    let kinds = NotificationKind::ALL
        .into_iter()
        .filter(|kind| kind.is_for(staff.role))
        .map(|kind| select_option(kind.as_str(), kind.label(), chosen));
    let page = IndexPage {
        layout: may.layout("Notifications", Section::Other).await?,
        tabs: [
            query.tab("All", all, |filter| filter.show = None),
            query.tab("Unread", unread, |filter| {
                filter.show = Some(ReadState::Unread);
            }),
        ],
        kinds: kinds.collect(),
        rows: found
            .iter()
            .map(|item| NotificationRow::new(item, may.times()))
            .collect(),
        pager: query.pager(total),
        unread,
        until: may.times().now().as_millis(),
        kept: Retention::in_days(app.settings.retention.notifications),
        may_manage: may.can(Permission::ManageNotifications),
        query,
    };
    render::html(&page)
}

/// Form of a list: its address, to which the answer leads back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ReadForm {
    list: String,
    /// Kind to mark; empty for all kinds.
    kind: String,
    until: i64,
}

impl ReadForm {
    fn list(&self) -> String {
        NotificationsQuery::from_path(&self.list).href()
    }
}

/// `POST /notifications/{id}/read`
async fn mark_read(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(form): Form<ReadForm>,
) -> Result<Response, Error> {
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    if !notifications::mark_read(&app.db, may.staff().id, id, may.times().now()).await? {
        return Err(Error::NotFound);
    }
    Ok(render::redirect(&form.list()))
}

/// `POST /notifications/read-all`
///
/// Notifications that came after the page was loaded stay unread.
async fn mark_all_read(
    may: Authorized<Read>,
    State(app): State<App>,
    Form(form): Form<ReadForm>,
) -> Result<Response, Error> {
    let kind = form.kind.parse().ok();
    if kind.is_none() && !form.kind.is_empty() {
        return Err(Error::BadRequest(
            "There is no such kind of notification. Load the page again.".to_owned(),
        ));
    }
    let until = Timestamp::from_millis(form.until);
    let (staff, now) = (may.staff().id, may.times().now());
    let marked = notifications::mark_all_read(&app.db, staff, kind, until, now).await?;
    let text = match marked {
        0 => "There was nothing to mark as read.".to_owned(),
        1 => "1 notification marked as read.".to_owned(),
        marked => format!("{marked} notifications marked as read."),
    };
    may.toast(Toast::success(text)).await?;
    Ok(render::redirect(&form.list()))
}
