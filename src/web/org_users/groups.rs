//! Report of groups, as a page and as a file. It lists the members of each group, and the users
//! without a group.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::{display_email, live_read};
use crate::app::App;
use crate::db::org_users::OrgUser;
use crate::domain::text::{folded, group_thousands};
use crate::web::access::{Authorized, Read};
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section};
use crate::web::render;

mod export;

const PATH: &str = "/org-users/groups";

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(PATH, get(index))
        .route("/org-users/groups.csv", get(export::index))
}

#[derive(Template)]
#[template(path = "org_users/groups.html")]
struct GroupsPage {
    layout: Layout,
    groups: Vec<Group>,
    total: usize,
    seen: Option<FormattedTime>,
    stale_notice: String,
    /// Notice that the report is incomplete; empty if it is complete.
    partial: String,
    /// Address that loads data that did not come in time; empty if nothing is missing.
    refresh_href: &'static str,
    /// Address of the page itself.
    own_href: &'static str,
}

impl GroupsPage {
    fn shown(&self) -> String {
        let noun = if self.total == 1 { "user" } else { "users" };
        format!(
            "{} {noun}",
            group_thousands(i64::try_from(self.total).unwrap_or(i64::MAX))
        )
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Group {
    name: String,
    /// Text instead of a name, for users in no group or with unknown groups.
    note: &'static str,
    /// Names of the members, each with the address of their page.
    members: Vec<(String, String)>,
}

impl Group {
    /// Returns `true` if its name fits on one line beside its members.
    fn is_short(&self) -> bool {
        self.note.len() + self.name.chars().count() <= 32
    }
}

/// `GET /org-users/groups`
async fn index(
    may: Authorized<Read>,
    State(app): State<App>,
    htmx: Htmx,
) -> Result<Response, Error> {
    let seen = live_read::read_groups_report(&app, &htmx.time_budget(&app)).await?;
    let (trouble, rest_follows) = (
        live_read::stale_notice(&app, &htmx, &seen),
        seen.rest_follows,
    );
    let page = GroupsPage {
        layout: may
            .layout("Groups of Telnyx users", Section::OrgUsers)
            .await?,
        total: seen.value.len(),
        groups: by_group(seen.value),
        partial: seen.partial,
        seen: seen.at.map(|at| may.times().format(at)),
        stale_notice: trouble,
        refresh_href: if rest_follows { PATH } else { "" },
        own_href: PATH,
    };
    render::html(&page)
}

/// Returns the groups by name, each with its members by email address. At the end are the users in
/// no group, and those whose groups are unknown.
fn by_group(mut users: Vec<OrgUser>) -> Vec<Group> {
    users.sort_by_cached_key(|user| folded(&display_email(user)));
    let mut groups: BTreeMap<(String, String), Vec<(String, String)>> = BTreeMap::new();
    let (mut in_none, mut untold) = (Vec::new(), Vec::new());
    for user in users {
        let href = user
            .id
            .as_ref()
            .map(|id| format!("/org-users/{id}"))
            .unwrap_or_default();
        let member = (display_email(&user), href);
        match user.groups {
            None => untold.push(member),
            Some(names) if names.is_empty() => in_none.push(member),
            Some(mut names) => {
                names.sort_by(|one, other| one.name.cmp(&other.name));
                names.dedup_by(|one, other| one.name == other.name);
                for group in names {
                    let key = (folded(&group.name), group.name);
                    groups.entry(key).or_default().push(member.clone());
                }
            }
        }
    }
    let named = groups.into_iter().map(|((_, name), members)| Group {
        name,
        note: "",
        members,
    });
    let rest = [("In no group", in_none), ("Groups not reported", untold)];
    let rest = rest.into_iter().map(|(note, members)| Group {
        name: String::new(),
        note,
        members,
    });
    named
        .chain(rest.filter(|group| !group.members.is_empty()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::org_user::{LastSignIn, OrgUserGroup, OrgUserKind, OrgUserStatus};

    fn user(email: &str, groups: Option<&[&str]>) -> OrgUser {
        let told = |name: &&str| OrgUserGroup {
            id: None,
            name: (*name).to_owned(),
        };
        OrgUser {
            id: None,
            email: Some(email.to_owned()),
            kind: OrgUserKind::SubUser,
            status: OrgUserStatus::Enabled,
            bypasses_sso: None,
            groups: groups.map(|names| names.iter().map(told).collect()),
            created_at: None,
            last_sign_in: LastSignIn::Never,
        }
    }

    #[test]
    fn each_group_has_its_members_and_nobody_is_left_out() {
        let groups = by_group(vec![
            user("zoe@example.com", Some(&["Support", "billing", "Support"])),
            user("ann@example.com", Some(&["Support"])),
            user("sam@example.com", Some(&[])),
            user("eve@example.com", None),
        ]);
        let seen: Vec<(&str, Vec<&str>)> = groups
            .iter()
            .map(|group| {
                let name = if group.name.is_empty() {
                    group.note
                } else {
                    &group.name
                };
                (
                    name,
                    group
                        .members
                        .iter()
                        .map(|(email, _)| email.as_str())
                        .collect(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("billing", vec!["zoe@example.com"]),
                ("Support", vec!["ann@example.com", "zoe@example.com"]),
                ("In no group", vec!["sam@example.com"]),
                ("Groups not reported", vec!["eve@example.com"]),
            ]
        );
    }
}
