//! Columns that people choose for their lists, and the height of rows.

use reseller_portal::bulk::{self, NewJob};
use reseller_portal::domain::ids::JobId;
use reseller_portal::domain::job::JobAction;
use reseller_portal::domain::operation::{Reason, ReasonCode};
use reseller_portal::domain::role::Role;

use crate::support::{Browser, Portal, Response};

/// Lists with their own columns that are not fixed, and the class of their rows' parent.
const LISTS: [(&str, &str, &str); 6] = [
    (
        "/accounts",
        "status limit calls balance assignee created",
        "#table table",
    ),
    ("/channels", "status limit", "#table table"),
    (
        "/org-users",
        "status kind groups last-sign-in",
        "#table table",
    ),
    ("/jobs", "state result person started", "#table table"),
    ("/staff", "status role factor last-sign-in", "#table table"),
    (
        "/activity",
        "change reason time address message links details",
        ".feed",
    ),
];

const FORM: &str = "form[data-columns]";

/// Starts a portal in which every list has a row.
async fn filled(role: Role) -> (Portal, Browser) {
    let portal = Portal::start().await;
    portal.sweep().await;
    let actor = portal.staff(role).await;
    let ann = portal.signed_in_as(&actor).await;
    ann.get("/accounts/export.csv").await.expect(200);
    let job = NewJob {
        id: JobId::new(portal.clock.now()),
        action: JobAction::Disable,
        accounts: vec![portal.sandbox.id_of("enabled").await.parse().unwrap()],
        selection: "1 account".to_owned(),
        reason: Reason {
            code: Some(ReasonCode::Fraud),
            text: String::new(),
        },
    };
    let by = portal.actor(Role::Owner);
    bulk::preview(&portal.app, &by, job).await.unwrap();
    (portal, ann)
}

/// Returns the ticked columns of the form.
fn ticked(form: &Response) -> String {
    form.attrs_of("input[name=shown][checked]", "value")
        .join(" ")
}

/// Returns the columns of the table, without the actions.
fn heads(page: &Response) -> Vec<String> {
    let heads = page.attrs_of("#rows th[class^=col-]", "class");
    let keys = heads.iter().map(|class| class.split(' ').next().unwrap());
    keys.map(|class| class.trim_start_matches("col-").to_owned())
        .collect()
}

/// Chooses these columns in the form that the list links to.
async fn choose(browser: &Browser, list: &str, shown: &[&str]) -> Response {
    let page = browser.get(list).await.expect(200);
    let form = page
        .attr_of("main a[data-dialog][href*='/columns?']", "href")
        .unwrap();
    let form = browser.get(&form).await.expect(200);
    let mut fields = vec![("list", form.form(FORM).value("list").unwrap().to_owned())];
    fields.extend(shown.iter().map(|key| ("order", (*key).to_owned())));
    fields.extend(shown.iter().map(|key| ("shown", (*key).to_owned())));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let action = form.form(FORM).action;
    browser.post(&action, &fields).await.expect(303)
}

#[tokio::test]
async fn every_list_offers_its_columns_and_names_one_that_it_does_not_have() {
    let (_portal, ann) = filled(Role::Manager).await;
    for (path, columns, _) in LISTS {
        let form = ann.get(&format!("{path}/columns")).await.expect(200);
        assert_eq!(ticked(&form), columns, "{path}");
        let part = ann.get_fragment(&format!("{path}/columns")).await;
        assert!(!part.expect(200).has("aside.sidebar"), "{path}");
        let first = columns.split(' ').next().unwrap();
        let page = ann
            .get(&format!("{path}?columns=shape.{first}"))
            .await
            .expect(200);
        assert!(
            page.says("There is no column \u{201c}shape\u{201d}: it was ignored."),
            "{path}: {}",
            page.words()
        );
        let done = choose(&ann, path, &[first]).await;
        let chosen = format!("{path}?columns={first}");
        assert_eq!(done.leads_to().as_deref(), Some(chosen.as_str()), "{path}");
        ann.get(&chosen).await.expect(200);
        let form = ann.get(&format!("{path}/columns")).await.expect(200);
        assert_eq!(ticked(&form), first, "{path}");
    }
}

#[tokio::test]
async fn a_choice_is_in_the_address_remembered_for_the_person_and_taken_back() {
    let (portal, ann) = filled(Role::Manager).await;
    let default = heads(&ann.get("/accounts").await);
    assert_eq!(
        default.join(" "),
        "name email status limit calls balance assignee created"
    );
    let list = "/accounts?status=enabled&sort=-created";
    let done = choose(&ann, list, &["id", "calls", "status"]).await;
    assert_eq!(
        done.leads_to().as_deref(),
        Some("/accounts?status=enabled&sort=-created&columns=id.calls.status")
    );
    let chosen = ["name", "email", "id", "calls", "status"];
    let page = ann.follow(&done).await.expect(200);
    assert_eq!(heads(&page), chosen);
    let cells = page.attrs_of("#rows tbody tr:first-child td[class]", "class");
    assert_eq!(
        cells.join(" "),
        "col-name col-email col-id col-calls col-status actions"
    );
    let next = ann.get("/accounts").await.expect(200);
    assert_eq!(heads(&next), chosen, "the next visit");
    let own = ann.get("/accounts?columns=none").await.expect(200);
    assert_eq!(heads(&own), ["name", "email"], "an address comes first");
    let ben = portal.signed_in(Role::Manager).await;
    assert_eq!(heads(&ben.get("/accounts").await), default, "someone else");

    let form = ann.get("/accounts/columns").await.expect(200);
    let reset = ann.submit(&form, FORM, &[("reset", "yes")]).await;
    assert_eq!(reset.leads_to().as_deref(), Some("/accounts"));
    assert_eq!(heads(&ann.get("/accounts").await), default);
}

#[tokio::test]
async fn a_list_stays_sorted_by_a_column_that_is_not_shown() {
    let (_portal, ann) = filled(Role::Viewer).await;
    let all = ann.get("/accounts?sort=-created").await.expect(200);
    let few = ann
        .get("/accounts?sort=-created&columns=limit")
        .await
        .expect(200);
    let rows = |page: &Response| page.attrs_of("#rows tbody tr", "id");
    assert_eq!(rows(&all), rows(&few));
    assert!(!few.has("#rows th[aria-sort]"));
    assert_eq!(
        few.text_of("#sort option[selected]"),
        "Created, newest first"
    );
}

#[tokio::test]
async fn without_scripts_a_button_moves_a_column_and_changes_nothing_yet() {
    let (_portal, ann) = filled(Role::Viewer).await;
    let form = ann
        .get("/accounts/columns?list=%2Faccounts%3Fq%3De")
        .await
        .expect(200);
    assert!(form.has("li:first-child button[name=up][disabled]"));
    assert!(form.has("li:last-child button[name=down][disabled]"));
    let moving = "form[data-columns] li:nth-child(2) button[name=up]";
    assert_eq!(form.attr_of(moving, "formmethod").as_deref(), Some("get"));
    let path = form.attr_of(moving, "formaction").unwrap();
    let fields = form.form(FORM);
    let fields = fields.filled(&[("up", "limit"), ("density", "compact")]);
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let moved = ann.get(&format!("{path}?{query}")).await.expect(200);
    assert_eq!(
        ticked(&moved),
        "limit status calls balance assignee created"
    );
    assert_eq!(
        moved.attr_of("input[name=density][checked]", "value"),
        Some("compact".to_owned()),
        "what was chosen besides stays"
    );
    assert_eq!(
        moved.form(FORM).value("list"),
        Some("/accounts?q=e"),
        "and so does the list"
    );
    assert!(!ann.get("/accounts").await.has("#rows table.compact"));
    let done = ann.submit(&moved, FORM, &[]).await.expect(303);
    assert_eq!(
        done.leads_to().as_deref(),
        Some("/accounts?q=e&columns=limit.status.calls.balance.assignee.created")
    );
    assert!(ann.follow(&done).await.has("#rows table.compact"));
}

#[tokio::test]
async fn a_saved_view_has_its_columns() {
    let (_portal, ann) = filled(Role::Viewer).await;
    choose(&ann, "/accounts", &["tags", "billing"]).await;
    let form = ann.get("/accounts/views?status=disabled").await.expect(200);
    let saved = ann
        .submit(
            &form,
            "form[action=\"/accounts/views/save\"]",
            &[("name", "Bills")],
        )
        .await;
    let view = "/accounts?status=disabled&columns=tags.billing";
    let address = saved.leads_to().unwrap();
    assert!(address.starts_with(&format!("{view}&view=")), "{address}");
    choose(&ann, "/accounts", &["id"]).await;
    let page = ann.get(view).await.expect(200);
    assert_eq!(page.text_of("#views a[aria-current]"), "Bills");
    assert_eq!(heads(&page), ["name", "email", "tags", "billing"]);
}

#[tokio::test]
async fn a_row_that_is_loaded_alone_has_the_columns_of_its_list() {
    let (portal, ann) = filled(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let ask = async |list: &str| {
        let path = format!("/accounts/{id}/row?edit=yes");
        let row = ann.request(axum::http::Method::GET, &path).fragment();
        let page = format!("http://127.0.0.1:8080{list}");
        let row = row.header("hx-current-url", &page).send().await.expect(200);
        // Cells are parsed only inside a table.
        Response {
            text: format!("<table>{}</table>", row.text),
            ..row
        }
    };
    let row = ask("/accounts?columns=balance.limit").await;
    assert_eq!(
        row.attrs_of("td", "class"),
        [
            "col-name",
            "col-email",
            "col-balance",
            "col-limit",
            "actions"
        ]
    );
    assert!(row.has("td.col-limit .limit-editor"));
    let row = ask("/accounts?columns=balance").await;
    assert!(row.has("td.actions .limit-editor"), "{}", row.text);
    let page = ann.get("/accounts?columns=balance").await.expect(200);
    assert!(page.has(&format!(
        "#account-{id} td.actions a[href^='/accounts/{id}/channel-limit?']"
    )));
}

#[tokio::test]
async fn the_height_of_rows_is_chosen_in_the_profile_and_holds_in_every_list() {
    let (_portal, ann) = filled(Role::Manager).await;
    for (path, _, rows) in LISTS {
        let page = ann.get(path).await.expect(200);
        assert!(page.has(&format!("{rows}.comfortable")), "{path}");
    }
    let profile = ann.get("/profile").await.expect(200);
    let done = ann
        .submit(&profile, "#profile-form", &[("density", "compact")])
        .await
        .expect(303);
    let profile = ann.follow(&done).await.expect(200);
    assert!(profile.has("input[name=density][value=compact][checked]"));
    for (path, _, rows) in LISTS {
        let page = ann.get(path).await.expect(200);
        assert!(page.has(&format!("{rows}.compact")), "{path}");
    }
    let again = [("name", "Ann"), ("time_zone", "UTC"), ("density", "tall")];
    ann.post("/profile", &again).await.expect(303);
    assert!(ann.get("/accounts").await.has("#rows table.compact"));
}

#[tokio::test]
async fn the_channels_and_the_users_are_sorted_by_their_columns() {
    let (_portal, ann) = filled(Role::Manager).await;
    for (path, sorts) in [
        (
            "/channels",
            "name -name status limit -limit calls balance pricing billing created id",
        ),
        (
            "/org-users",
            "email -email status -status kind last-sign-in -last-sign-in created bypasses-sso id -id",
        ),
    ] {
        let rows = |page: &Response| {
            let mut rows = page.select("#table tbody tr .cell-main");
            rows.sort();
            rows
        };
        let all = rows(&ann.get(path).await.expect(200));
        for sort in sorts.split(' ') {
            let page = ann.get(&format!("{path}?sort={sort}")).await.expect(200);
            assert_eq!(rows(&page), all, "{path} {sort}");
            assert!(!page.says("Unknown sort order"), "{path} {sort}");
            let key = page.attr_of("#sort option[selected]", "value");
            assert_eq!(key.as_deref(), Some(sort), "{path}");
        }
        let page = ann.get(&format!("{path}?sort=love")).await.expect(200);
        assert!(
            page.says("Unknown sort order \u{201c}love\u{201d} ignored."),
            "{path}"
        );
    }
    let names = |page: &Response| page.select("#table tbody .cell-main > a");
    let up = names(&ann.get("/channels?sort=name").await);
    let mut down = names(&ann.get("/channels?sort=-name").await);
    down.reverse();
    assert_eq!(up, down);
    let emails = ann.get("/org-users?sort=-email").await;
    let mut sorted = names(&emails);
    sorted.sort_by_key(|email| std::cmp::Reverse(email.to_lowercase()));
    assert_eq!(names(&emails), sorted);
}
