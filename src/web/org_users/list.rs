//! The list of the organization's users, by a part of the e-mail address, by status and by group.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;

use super::{OrgUserView, live_read};
use crate::app::App;
use crate::db::org_users::{self, OrgUserQuery};
use crate::directory;
use crate::domain::number;
use crate::domain::org_user::OrgUserStatus;
use crate::domain::text::group_thousands;
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::{incomplete_list, paths, render};

/// Rows a page.
const PAGE_SIZE: u32 = 50;
/// The longest search that is taken, in characters.
const MAX_SEARCH_LENGTH: usize = 200;

pub(super) fn router() -> Router<App> {
    Router::new().route("/org-users", get(index))
}

#[derive(Template)]
#[template(path = "org_users/index.html")]
struct IndexPage {
    layout: Layout,
    query: Query,
    groups: Vec<(String, String)>,
    people: Vec<OrgUserView>,
    total: i64,
    /// When the list was read; none where it never was.
    seen: Option<FormattedTime>,
    /// Why it could not be read just now; empty where it was.
    stale_notice: String,
    /// Says that it is incomplete; empty if it is whole.
    partial: String,
    /// Where what did not come in time follows; empty where nothing does.
    refresh_href: String,
    /// The page's own address.
    own_href: String,
    pages: i64,
}

impl IndexPage {
    fn shown(&self) -> String {
        let noun = if self.total == 1 { "user" } else { "users" };
        if self.pages <= 1 {
            return format!("{} {noun}", group_thousands(self.total));
        }
        let first = i64::from(PAGE_SIZE) * (i64::from(self.query.page) - 1) + 1;
        let last = first + i64::try_from(self.people.len()).unwrap_or(0) - 1;
        format!(
            "{}–{} of {} {noun}",
            group_thousands(first),
            group_thousands(last),
            group_thousands(self.total)
        )
    }

    fn previous(&self) -> String {
        if self.query.page > 1 {
            self.query.href(self.query.page - 1)
        } else {
            String::new()
        }
    }

    fn next(&self) -> String {
        let more = i64::from(self.query.page) < self.pages;
        if more {
            self.query.href(self.query.page + 1)
        } else {
            String::new()
        }
    }

    fn statuses(&self) -> Vec<(&'static str, &'static str, bool)> {
        OrgUserStatus::LISTED
            .into_iter()
            .map(|status| {
                (
                    status.as_str(),
                    status.label(),
                    self.query.status == Some(status),
                )
            })
            .collect()
    }
}

/// What an address of the list asks for; what cannot be read is ignored, with a word about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Query {
    email: String,
    status: Option<OrgUserStatus>,
    group: String,
    page: u32,
    ignored: Vec<String>,
}

impl Query {
    fn parse(raw: &str) -> Self {
        let mut query = Self {
            page: 1,
            ..Self::default()
        };
        for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
            let value = value.trim();
            match &*name {
                _ if value.is_empty() => {}
                "email" if value.chars().count() > MAX_SEARCH_LENGTH => {
                    query.ignore("The e-mail address", "it is too long");
                }
                "email" => value.clone_into(&mut query.email),
                "status" => {
                    let listed = OrgUserStatus::LISTED
                        .into_iter()
                        .find(|status| status.as_str() == value);
                    query.status = listed;
                    if listed.is_none() {
                        query.ignore("The status", "there is no such one");
                    }
                }
                "group" => value.clone_into(&mut query.group),
                "page" => match number::parse_whole(value).map(u32::try_from) {
                    Ok(Ok(page)) if page > 0 => query.page = page,
                    _ => query.ignore("The page", "there is no such one"),
                },
                _ => {}
            }
        }
        query
    }

    fn ignore(&mut self, what: &str, why: &str) {
        self.ignored
            .push(format!("{what} in the address was ignored: {why}."));
    }

    fn filter(&self) -> OrgUserQuery {
        OrgUserQuery {
            email: self.email.clone(),
            status: self.status,
            group: Some(self.group.clone()).filter(|group| !group.is_empty()),
            page: self.page,
            per_page: PAGE_SIZE,
        }
    }

    fn is_filtered(&self) -> bool {
        !self.email.is_empty() || self.status.is_some() || !self.group.is_empty()
    }

    fn pairs(&self) -> [(&'static str, &str); 3] {
        [
            ("email", self.email.as_str()),
            (
                "status",
                self.status.map(OrgUserStatus::as_str).unwrap_or_default(),
            ),
            ("group", self.group.as_str()),
        ]
    }

    fn href(&self, page: u32) -> String {
        let page = page.to_string();
        let page = if page == "1" { "" } else { page.as_str() };
        paths::with_query(
            "/org-users",
            self.pairs().into_iter().chain([("page", page)]),
        )
    }

    /// Label of each filter that holds, and the address without it.
    fn chips(&self) -> Vec<(String, String)> {
        let without = |name: &str| {
            let pairs = self.pairs().into_iter().filter(|(other, _)| *other != name);
            paths::with_query("/org-users", pairs)
        };
        let mut chips = Vec::new();
        if !self.email.is_empty() {
            chips.push((format!("E-mail: {}", self.email), without("email")));
        }
        if let Some(status) = self.status {
            chips.push((format!("Status: {}", status.label()), without("status")));
        }
        if !self.group.is_empty() {
            chips.push((format!("Group: {}", self.group), without("group")));
        }
        chips
    }
}

/// `GET /org-users?email=&status=&group=&page=`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
    RawQuery(raw): RawQuery,
) -> Result<Response, Error> {
    let mut query = Query::parse(raw.as_deref().unwrap_or_default());
    let fresh = directory::org_users::refresh_for_page(&app, &htmx.time_budget(&app)).await?;
    let mut listing = org_users::list(&app.db, &query.filter()).await?;
    let pages = (listing.total + i64::from(PAGE_SIZE) - 1) / i64::from(PAGE_SIZE);
    if i64::from(query.page) > pages.max(1) {
        query.page = u32::try_from(pages.max(1)).unwrap_or(1);
        query.ignore("The page", "the last one is shown");
        listing = org_users::list(&app.db, &query.filter()).await?;
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
    if !query.group.is_empty() && !groups.iter().any(|(_, name)| *name == query.group) {
        groups.push((format!("{} (0)", query.group), query.group.clone()));
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
            query.href(query.page)
        } else {
            String::new()
        },
        own_href: query.href(query.page),
        pages,
        query,
    };
    render::html(&page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_of_an_address_is_ignored_with_a_word_each() {
        let query = Query::parse(&format!(
            "email={}&status=x&page=0&other=1&group=%FF",
            "a".repeat(300)
        ));
        assert_eq!(query.ignored.len(), 3, "{:?}", query.ignored);
        assert_eq!(
            (query.email.as_str(), query.status, query.page),
            ("", None, 1)
        );
        let query = Query::parse("email=jo%25&status=blocked&group=R%26D&page=2");
        assert_eq!(
            query.href(3),
            "/org-users?email=jo%25&status=blocked&group=R%26D&page=3"
        );
        assert_eq!(
            query.chips()[1],
            (
                "Status: Blocked".to_owned(),
                "/org-users?email=jo%25&group=R%26D".to_owned()
            )
        );
    }
}
