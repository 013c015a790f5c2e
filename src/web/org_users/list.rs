//! List of the organization's users. Its filter has its own file, and so has the download.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::filter::{OrgUsersFilter, OrgUsersQuery, db_query};
use super::{OrgUserView, live_read};
use crate::app::App;
use crate::db::org_users::{self, OrgUserOrder};
use crate::directory;
use crate::domain::org_user::{OrgUserStatus, SignInFilter};
use crate::domain::text::group_thousands;
use crate::web::access::{Authorized, Read};
use crate::web::columns::{self, ShownColumns};
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::listing::{Heading, Pager, SelectOption, select_option};
use crate::web::{incomplete_list, render};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/org-users", get(index))
        .route("/org-users/columns", get(columns::show::<OrgUsersFilter>))
        .route(
            "/org-users/columns/save",
            post(columns::save::<OrgUsersFilter>),
        )
}

#[derive(Template)]
#[template(path = "org_users/index.html")]
struct IndexPage {
    layout: Layout,
    query: OrgUsersQuery,
    columns: ShownColumns<OrgUserOrder>,
    groups: Vec<(String, String)>,
    people: Vec<OrgUserView>,
    total: i64,
    /// Time of the last reading; `None` if the list was never read.
    seen: Option<FormattedTime>,
    /// Reason why the list could not be read just now; empty if it was.
    stale_notice: String,
    /// Notice that the list is incomplete; empty if it is complete.
    partial: String,
    /// Address that loads data that did not come in time; empty if nothing is missing.
    refresh_href: String,
    /// Address of the page itself.
    own_href: String,
    pager: Pager,
}

impl IndexPage {
    fn shown(&self) -> String {
        let noun = if self.total == 1 { "user" } else { "users" };
        if self.pager.previous.is_empty() && self.pager.next.is_empty() {
            return format!("{} {noun}", group_thousands(self.total));
        }
        format!("{} {noun}", self.pager.shown)
    }

    fn headings(&self) -> Vec<Heading> {
        self.query.headings(&self.columns.shown)
    }

    fn sort_options(&self) -> Vec<SelectOption> {
        self.query.sort_options()
    }

    fn statuses(&self) -> Vec<(&'static str, &'static str, bool)> {
        OrgUserStatus::LISTED
            .into_iter()
            .map(|status| {
                (
                    status.as_str(),
                    status.label(),
                    self.query.filter.status == Some(status),
                )
            })
            .collect()
    }

    fn sign_ins(&self) -> [SelectOption; 2] {
        let chosen = self.query.filter.sign_in.map_or("", SignInFilter::as_str);
        SignInFilter::ALL.map(|filter| select_option(filter.as_str(), filter.label(), chosen))
    }

    /// Returns the address of the file with all users that match.
    fn csv_href(&self) -> String {
        self.query.href_at("/org-users.csv")
    }
}

/// `GET /org-users?email=&status=&group=&signed-in=&sort=&page=&per=&columns=`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let mut query = OrgUsersQuery::parse(raw.as_deref().unwrap_or_default());
    let fresh = directory::org_users::refresh_for_page(&app, &htmx.time_budget(&app)).await?;
    let mut listing = org_users::list(&app.db, &db_query(&query, app.clock.now())).await?;
    if query.clamp_page(listing.total) {
        listing = org_users::list(&app.db, &db_query(&query, app.clock.now())).await?;
    }
    let mut groups: Vec<(String, String)> = org_users::groups(&app.db)
        .await?
        .into_iter()
        .map(|group| {
            (
                format!("{} ({})", group.name, group_thousands(group.users)),
                group.name,
            )
        })
        .collect();
    if !query.filter.group.is_empty() && !groups.iter().any(|(_, name)| *name == query.filter.group)
    {
        groups.push((
            format!("{} (0)", query.filter.group),
            query.filter.group.clone(),
        ));
    }
    let page = IndexPage {
        layout: may.layout("Telnyx users", Section::OrgUsers).await?,
        groups,
        people: listing
            .rows
            .iter()
            .map(|user| OrgUserView::new(user, &app, &may))
            .collect(),
        total: listing.total,
        seen: fresh.observed_at.map(|at| may.times().format(at)),
        stale_notice: live_read::stale_notice_for(&app, &htmx, fresh.error, fresh.can_follow_up),
        partial: incomplete_list::notice(fresh.is_partial, &fresh.unreadable),
        refresh_href: if fresh.can_follow_up {
            query.href()
        } else {
            String::new()
        },
        own_href: query.href(),
        pager: query.pager(listing.total),
        columns: columns::load(&app, &may, &query).await?,
        query,
    };
    render::html(&page)
}
