//! Access: every route for every role, and every control on every page.
//! The expected answer follows from the table of permissions. The routes come from the source, so
//! that none can be missed.

use axum::http::Method;
use reseller_portal::bulk::{self, NewJob};
use reseller_portal::db::operations;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::ids::JobId;
use reseller_portal::domain::job::JobAction;
use reseller_portal::domain::operation::{Reason, ReasonCode};
use reseller_portal::domain::role::{Permission, Role};

use crate::support::{Browser, Portal, Response, Route};

mod controls;
mod routes;
mod table;

/// Permissions that a route requires beyond its handler's signature, because of its target.
/// In these tests, the targets are an account and a note of someone else, a change of a channel
/// limit, and a job that disables an account.
const BEYOND: [(&str, &str, Permission); 14] = [
    (
        "POST",
        "/accounts/{id}/notes/{note}/delete",
        Permission::DeleteNotes,
    ),
    ("GET", "/accounts/{id}/show-key", Permission::ShowApiKeys),
    ("POST", "/accounts/{id}/show-key", Permission::ShowApiKeys),
    ("POST", "/operations/{id}/undo", Permission::ChangeLimits),
    ("POST", "/jobs/{id}/discard", Permission::ChangeStatus),
    ("POST", "/jobs/{id}/leave-out", Permission::ChangeStatus),
    ("POST", "/jobs/{id}/pause", Permission::ChangeStatus),
    ("POST", "/jobs/{id}/resume", Permission::ChangeStatus),
    ("POST", "/jobs/{id}/retry", Permission::ChangeStatus),
    ("POST", "/jobs/{id}/start", Permission::ChangeStatus),
    ("GET", "/jobs/{id}/stop", Permission::ChangeStatus),
    ("POST", "/jobs/{id}/stop", Permission::ChangeStatus),
    ("GET", "/jobs/{id}/undo", Permission::ChangeStatus),
    ("POST", "/jobs/{id}/undo", Permission::ChangeStatus),
];

/// Returns the first required permission that this role lacks for a route, if any.
fn lacks(role: Role, route: &Route) -> Option<Permission> {
    let asked = [route.needs.permission(), beyond(route)];
    asked
        .into_iter()
        .flatten()
        .find(|permission| !role.may(*permission))
}

fn beyond(route: &Route) -> Option<Permission> {
    let found = BEYOND
        .iter()
        .find(|(method, path, _)| *method == route.method.as_str() && *path == route.path);
    found.map(|(_, _, permission)| *permission)
}

/// Portal with data at every kind of address, and a person of each role.
struct World {
    portal: Portal,
    people: Vec<(Role, Actor, Browser)>,
    account: String,
    org_user: String,
    review: String,
    operation: String,
    job: String,
    tag: String,
    note: String,
    spare: String,
}

/// ID of something that does not exist, for things that belong to a single person.
const MADE_UP: &str = "01980000-0000-7000-8000-000000000000";

/// Beginnings of addresses below `/accounts` at which a person finds only their own things.
const PERSONAL: [&str; 2] = ["/accounts/import", "/accounts/views"];

impl World {
    async fn new() -> Self {
        let portal = Portal::build()
            .accounts(6)
            .settings(|settings| settings.public_url = "http://localhost:8080".parse().unwrap())
            .start()
            .await;
        portal.sweep().await;
        let mut people = Vec::new();
        for role in Role::ALL {
            let actor = portal.staff(role).await;
            let browser = portal.signed_in_as(&actor).await;
            people.push((role, actor, browser));
        }
        let spare = portal.staff(Role::Viewer).await.staff_id.to_string();
        let account = portal.sandbox.id_of("enabled").await;
        let owner = &people[0].2;
        let path = format!("/accounts/{account}");
        owner
            .post(&format!("{path}/tags"), &[("tag", "Key account")])
            .await
            .expect(303);
        let page = owner.get(&path).await.expect(200);
        owner
            .submit(&page, "#notes > form", &[("note", "Pays late")])
            .await
            .expect(303);
        let page = owner
            .get(&format!("{path}/channel-limit"))
            .await
            .expect(200);
        let typed = [("channel_limit", "17")];
        owner
            .submit(&page, "form.confirm", &typed)
            .await
            .expect(303);
        let id = account.parse().unwrap();
        let limit = operations::of_account(&portal.db, &id, 1).await.unwrap();
        let new = NewJob {
            id: JobId::new(portal.clock.now()),
            action: JobAction::Disable,
            accounts: vec![account.parse().unwrap()],
            selection: "1 account".to_owned(),
            reason: Reason {
                code: Some(ReasonCode::Fraud),
                text: String::new(),
            },
        };
        let job = bulk::preview(&portal.app, &people[0].1, new).await.unwrap();
        let started = owner.post("/org-users/reviews", &[]).await.expect(303);
        let review = started.leads_to().unwrap();
        let dump = portal.everything().await;
        let state = portal.sandbox.state().await;
        Self {
            org_user: state["users"][1]["id"].as_str().unwrap().to_owned(),
            review: review.rsplit('/').next().unwrap().to_owned(),
            operation: limit[0].id.to_string(),
            job: job.id.to_string(),
            tag: first_id(&dump["tags"]),
            note: first_id(&dump["notes"]),
            account,
            spare,
            people,
            portal,
        }
    }

    /// Returns an address of a route with an existing ID.
    /// Things that belong to a single person get a made-up ID.
    fn address(&self, route: &Route) -> String {
        let is_personal = PERSONAL.iter().any(|path| route.path.starts_with(path));
        let id = match route.path.split('/').nth(1).unwrap_or_default() {
            "accounts" | "channels" if !is_personal => &self.account,
            "org-users" if route.path.starts_with("/org-users/reviews") => &self.review,
            "org-users" => &self.org_user,
            "operations" => &self.operation,
            "jobs" => &self.job,
            "tags" => &self.tag,
            "staff" => &self.spare,
            _ => MADE_UP,
        };
        let address = route
            .path
            .replace("{id}", id)
            .replace("{op}", &self.operation);
        let address = address
            .replace("{tag}", &self.tag)
            .replace("{note}", &self.note);
        let address = address.replace("{place}", "1");
        let address = address.replace("{token}", MADE_UP);
        let rest = address
            .find('{')
            .map(|at| (at, address[at..].find('}').unwrap()));
        match rest {
            Some((at, end)) => format!("{}{MADE_UP}{}", &address[..at], &address[at + end + 1..]),
            None => address,
        }
    }
}

/// Returns the ID at the beginning of a row. SQLite writes it as bytes, PostgreSQL as text.
fn first_id(rows: &[String]) -> String {
    let row = rows[0].trim_start_matches(['(', 'X', '\'']);
    let hex: String = row
        .chars()
        .take_while(|c| c.is_ascii_hexdigit() || *c == '-')
        .collect();
    uuid::Uuid::parse_str(&hex).unwrap().to_string()
}

/// Requests a page, or a part of one as htmx does. A POST sends a field.
async fn ask(browser: &Browser, route: &Route, address: &str, fragment: bool) -> Response {
    let request = browser.request(route.method.clone(), address);
    let request = if fragment {
        request.fragment()
    } else {
        request
    };
    let request = if route.method == Method::POST {
        request.form(&[("typed", "kept")])
    } else {
        request
    };
    request.send().await
}

/// Asserts the rules for every answer: not cached, no foreign content, no server error.
fn guarded(answer: &Response) {
    assert!(
        answer.status.as_u16() < 500,
        "{}: {} {}",
        answer.asked,
        answer.status,
        answer.words()
    );
    assert_eq!(
        answer.header("cache-control"),
        "no-store",
        "{}",
        answer.asked
    );
    assert_eq!(
        answer.header("x-content-type-options"),
        "nosniff",
        "{}",
        answer.asked
    );
    let policy = answer.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{}",
        answer.asked
    );
}
