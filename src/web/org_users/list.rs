//! List of the organization's users, filtered by email address, status and group.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::columns::COLUMNS;
use super::{OrgUserView, live_read};
use crate::app::App;
use crate::db::org_users::{self, OrgUserOrder, OrgUserQuery};
use crate::directory;
use crate::domain::org_user::OrgUserStatus;
use crate::domain::text::group_thousands;
use crate::web::access::{Authorized, Read};
use crate::web::columns::{self, ColumnsList, ShownColumns};
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::listing::{
    Column, Filter, Heading, Pager, Param, Query, SelectOption, Value, read,
};
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
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct OrgUsersFilter {
    email: String,
    status: Option<OrgUserStatus>,
    group: String,
}

impl ColumnsList for OrgUsersFilter {
    const SECTION: Section = Section::OrgUsers;
}

type OrgUsersQuery = Query<OrgUsersFilter>;

impl Filter for OrgUsersFilter {
    type Order = OrgUserOrder;

    const PATH: &'static str = "/org-users";
    const COLUMNS: &'static [Column<OrgUserOrder>] = &COLUMNS;
    const PARAMS: &'static [Param<Self>] = &[
        Param::new(
            "email",
            |filter, value| read::search(&mut filter.email, value),
            |filter| Value::of_text(&filter.email, "Email"),
        ),
        Param::new(
            "status",
            |filter, value| {
                let mut listed = OrgUserStatus::LISTED.into_iter();
                read::choice(&mut filter.status, "status", value, |word| {
                    listed.find(|status| status.as_str() == word)
                })
            },
            |filter| {
                Value::of(
                    filter.status,
                    |status| status.as_str().to_owned(),
                    |status| format!("Status: {}", status.label()),
                )
            },
        ),
        Param::new(
            "group",
            |filter, value| {
                value.clone_into(&mut filter.group);
                Ok(())
            },
            |filter| Value::of_text(&filter.group, "Group"),
        ),
    ];

    fn read_order(value: &str) -> Result<OrgUserOrder, String> {
        OrgUserOrder::parse(value).ok_or_else(|| {
            format!(
                "Unknown sort order {} ignored. Sorted by email.",
                read::quote_shortened(value)
            )
        })
    }

    fn write_order(order: OrgUserOrder) -> String {
        order.as_text()
    }
}

fn db_query(query: &OrgUsersQuery) -> OrgUserQuery {
    let OrgUsersFilter {
        email,
        status,
        group,
    } = query.filter.clone();
    OrgUserQuery {
        email,
        status,
        group: Some(group).filter(|group| !group.is_empty()),
        sort: query.order,
        page: query.page,
        per_page: query.page_size,
    }
}

/// `GET /org-users?email=&status=&group=&sort=&page=&per=&columns=`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let mut query = OrgUsersQuery::parse(raw.as_deref().unwrap_or_default());
    let fresh = directory::org_users::refresh_for_page(&app, &htmx.time_budget(&app)).await?;
    let mut listing = org_users::list(&app.db, &db_query(&query)).await?;
    if query.clamp_page(listing.total) {
        listing = org_users::list(&app.db, &db_query(&query)).await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_of_an_address_is_ignored_with_a_word_each() {
        let query = OrgUsersQuery::parse(&format!(
            "email={}&status=x&page=0&other=1&group=%FF",
            "a".repeat(300)
        ));
        assert_eq!(query.ignored.len(), 4, "{:?}", query.ignored);
        assert_eq!(
            (query.filter.email.len(), query.filter.status, query.page),
            (200, None, 1)
        );
        let query = OrgUsersQuery::parse("email=jo%25&status=Blocked&group=R%26D&page=2");
        assert_eq!(
            query.href(),
            "/org-users?email=jo%25&status=blocked&group=R%26D&page=2"
        );
        let chip = &query.chips()[1];
        assert_eq!(
            (&*chip.label, &*chip.href),
            ("Status: Blocked", "/org-users?email=jo%25&group=R%26D")
        );
    }
}
