//! `/search`: results, their order, who gets them, and their bounds.

use reseller_portal::db::accounts;
use reseller_portal::domain::ids::AccountId;
use reseller_portal::domain::role::Role;
use url::form_urlencoded::byte_serialize;

use crate::support::{Browser, Portal, Response};

async fn swept(role: Role) -> (Portal, Browser) {
    let portal = Portal::start().await;
    portal.sweep().await;
    let browser = portal.signed_in(role).await;
    (portal, browser)
}

/// Returns the palette's answer to a text.
async fn found(browser: &Browser, q: &str) -> Response {
    let q: String = byte_serialize(q.as_bytes()).collect();
    let answer = browser.get_fragment(&format!("/search?q={q}")).await;
    let answer = answer.expect(200);
    assert!(!answer.text.contains("<html"));
    assert!(answer.text.len() <= 15_000, "{} bytes", answer.text.len());
    answer
}

/// Returns the addresses of the results in one group.
fn hrefs(answer: &Response, group: &str) -> Vec<String> {
    answer.attrs_of(
        &format!("[aria-labelledby=palette-{group}] [role=option]"),
        "href",
    )
}

/// Returns the titles of the results in one group.
fn titles(answer: &Response, group: &str) -> Vec<String> {
    answer.select(&format!(
        "[aria-labelledby=palette-{group}] [role=option] bdi"
    ))
}

/// Gives accounts of the sandbox these display names, and returns their IDs.
async fn named(portal: &Portal, names: &[&str]) -> Vec<AccountId> {
    let mut tx = portal.db.begin().await.unwrap();
    let mut ids = Vec::new();
    for (name, account) in names.iter().zip(portal.sandbox.accounts().await) {
        let id: AccountId = account["id"].as_str().unwrap().parse().unwrap();
        accounts::set_display_name(&mut tx, &id, None, Some(name))
            .await
            .unwrap();
        ids.push(id);
    }
    tx.commit().await.unwrap();
    ids
}

fn paths(ids: &[&AccountId]) -> Vec<String> {
    ids.iter().map(|id| format!("/accounts/{id}")).collect()
}

#[tokio::test]
async fn accounts_are_ranked_by_how_closely_they_match() {
    let (portal, vic) = swept(Role::Viewer).await;
    let ids = named(
        &portal,
        &[
            "Inquuxly Ltd",
            "Big Quuxly",
            "Quuxley Partners",
            "Quuxly North",
            "Quuxly",
            "Qu Uxx Lymph",
        ],
    )
    .await;
    let answer = found(&vic, "quuxly").await;
    let mut shown = hrefs(&answer, "accounts");
    assert_eq!(shown.pop().as_deref(), Some("/accounts?q=quuxly"));
    assert_eq!(
        shown[..5],
        paths(&[&ids[4], &ids[3], &ids[1], &ids[0], &ids[2]]),
        "exact, prefix, start of a word, part of a word, one letter more"
    );
    let marked = answer.select("[role=option] mark");
    assert_eq!(marked[..2], ["Quuxly", "Quuxly"]);
    for typo in ["quuxlx", "quxly", "quuxxly", "uquxly"] {
        let answer = found(&vic, typo).await;
        assert!(
            hrefs(&answer, "accounts").contains(&format!("/accounts/{}", ids[4])),
            "{typo}: {}",
            answer.words()
        );
    }
}

#[tokio::test]
async fn a_result_says_why_it_matches_where_its_name_does_not() {
    let (portal, ann) = swept(Role::Manager).await;
    let ids = named(&portal, &["Alpha", "Beta"]).await;
    let page = ann.get(&format!("/accounts/{}", ids[0])).await.expect(200);
    ann.submit(&page, "#tags form.annotation-form", &[("tag", "Quuxly")])
        .await
        .expect(303);
    let page = ann.get(&format!("/accounts/{}", ids[1])).await.expect(200);
    let note = [("note", "Asked for quuxly channels")];
    ann.submit(&page, "#notes form.annotation-form", &note)
        .await
        .expect(303);
    let answer = found(&ann, "quux").await;
    assert_eq!(answer.select("small.why"), ["Tag: Quuxly", "Note"]);
    assert_eq!(answer.select("small.why mark"), ["Quux"]);
    assert_eq!(
        found(&ann, "quxly").await.select("small.why"),
        ["Tag: Quuxly"]
    );
    let answer = found(&ann, ids[0].as_str()).await;
    assert_eq!(
        hrefs(&answer, "accounts")[0],
        format!("/accounts/{}", ids[0])
    );
    assert_eq!(answer.select("small.why"), [format!("ID: {}", ids[0])]);
    let email = portal.sandbox.accounts().await[0]["email"].clone();
    let answer = found(&ann, email.as_str().unwrap()).await;
    assert_eq!(
        answer.text_of("[role=option] small mark"),
        email.as_str().unwrap()
    );
}

#[tokio::test]
async fn before_anything_is_typed_there_are_recent_accounts_pages_and_actions() {
    let (portal, ann) = swept(Role::Manager).await;
    let ids = named(
        &portal,
        &["One", "Two", "Three", "Four", "Five", "Six", "Seven"],
    )
    .await;
    let answer = found(&ann, " ").await;
    assert!(hrefs(&answer, "recent-accounts").is_empty());
    for id in ids.iter().chain([&ids[2]]) {
        portal.advance(std::time::Duration::from_secs(1));
        ann.get(&format!("/accounts/{id}")).await.expect(200);
    }
    let answer = found(&ann, "").await;
    assert_eq!(
        hrefs(&answer, "recent-accounts"),
        paths(&[&ids[2], &ids[6], &ids[5], &ids[4], &ids[3]])
    );
    assert!(titles(&answer, "pages").contains(&"Telnyx users".to_owned()));
    assert_eq!(
        titles(&answer, "actions"),
        [
            "New account",
            "Import accounts",
            "Move channels",
            "Keyboard shortcuts",
            "Sign out"
        ]
    );
    let vic = portal.signed_in(Role::Viewer).await;
    let other = found(&vic, "").await;
    assert!(
        hrefs(&other, "recent-accounts").is_empty(),
        "each person's own"
    );
    // The account that the page shows is left out.
    let page = format!("http://localhost:8080/accounts/{}", ids[2]);
    let request = ann.request(axum::http::Method::GET, "/search").fragment();
    let here = request.header("hx-current-url", &page).send().await;
    assert_eq!(
        hrefs(&here, "recent-accounts")[0],
        format!("/accounts/{}", ids[6])
    );
}

#[tokio::test]
async fn only_the_latest_recent_accounts_are_kept() {
    let portal = Portal::build().accounts(30).start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    for account in portal.sandbox.accounts().await {
        portal.advance(std::time::Duration::from_secs(1));
        let id = account["id"].as_str().unwrap();
        ann.get(&format!("/accounts/{id}")).await.expect(200);
    }
    assert_eq!(portal.everything().await["recent_accounts"].len(), 20);
}

#[tokio::test]
async fn actions_on_an_account_follow_its_status_and_the_role() {
    let (portal, ann) = swept(Role::Manager).await;
    let (enabled, disabled) = (
        portal.sandbox.id_of("enabled").await,
        portal.sandbox.id_of("disabled").await,
    );
    let mut tx = portal.db.begin().await.unwrap();
    for (id, name) in [(&enabled, "Quuxly One"), (&disabled, "Quuxly Two")] {
        let id = id.parse().unwrap();
        accounts::set_display_name(&mut tx, &id, None, Some(name))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let answer = found(&ann, "quuxly").await;
    assert_eq!(
        titles(&answer, "actions"),
        [
            "Disable Quuxly One…",
            "Change limit of Quuxly One…",
            "Enable Quuxly Two…",
            "Change limit of Quuxly Two…",
        ]
    );
    let disable = format!("/accounts/{enabled}/disable");
    assert!(answer.has(&format!("a[href='{disable}'][data-dialog]")));
    let answer = found(&ann, "disable quux").await;
    assert_eq!(hrefs(&answer, "actions").join(" "), disable);
    assert_eq!(
        answer.text_of(".found-group"),
        "Actions",
        "what was typed comes first"
    );
    ann.get(&disable).await.expect(200);
    let answer = found(&ann, "block calls of quuxly").await;
    let block = format!("/accounts/{enabled}/block-calls");
    assert!(
        hrefs(&answer, "actions").contains(&block),
        "{}",
        answer.words()
    );
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());

    let vic = portal.signed_in(Role::Viewer).await;
    for q in [
        "quuxly",
        "disable quuxly",
        "limit quuxly",
        "new account",
        "invite",
    ] {
        let answer = found(&vic, q).await;
        assert!(
            titles(&answer, "actions").is_empty(),
            "{q}: {}",
            answer.words()
        );
    }
}

#[tokio::test]
async fn pages_and_actions_are_those_of_the_role() {
    let (portal, vic) = swept(Role::Viewer).await;
    let owner = portal.signed_in(Role::Owner).await;
    let page = |answer: &Response| hrefs(answer, "pages");
    assert_eq!(page(&found(&owner, "settings").await), ["/settings"]);
    assert!(page(&found(&vic, "settings").await).is_empty());
    assert_eq!(
        titles(&found(&owner, "invite").await, "actions"),
        ["Invite staff"]
    );
    let answer = found(&vic, "audit trail").await;
    assert!(page(&answer).contains(&"/activity".to_owned()));
    assert_eq!(
        answer.text_of("[aria-labelledby=palette-pages] small.why"),
        "Also: audit trail, history, log"
    );
    let answer = found(&vic, "sign out").await;
    assert!(
        answer.has("button[role=option][form=sign-out]"),
        "{}",
        answer.text
    );
    // Each result leads somewhere.
    for browser in [&owner, &vic] {
        let answer = found(browser, "").await;
        for href in answer.attrs_of("a[role=option]", "href") {
            let shown = browser.get(&href).await;
            assert!(matches!(shown.status.as_u16(), 200 | 303), "{href}");
        }
    }
}

#[tokio::test]
async fn people_and_jobs_are_found() {
    let (portal, ann) = swept(Role::Manager).await;
    let state = portal.sandbox.state().await;
    let user = &state["users"][1];
    ann.get("/org-users").await.expect(200);
    let answer = found(&ann, user["email"].as_str().unwrap()).await;
    let path = format!("/org-users/{}", user["id"].as_str().unwrap());
    assert!(
        hrefs(&answer, "people").contains(&path),
        "{}",
        answer.words()
    );
    let actor = portal.staff(Role::Admin).await;
    let answer = found(&ann, &actor.email).await;
    assert_eq!(
        hrefs(&answer, "people"),
        [format!("/staff/{}", actor.staff_id)]
    );

    let id = portal.sandbox.id_of("enabled").await;
    let new = reseller_portal::bulk::NewJob {
        id: reseller_portal::domain::ids::JobId::new(portal.clock.now()),
        action: reseller_portal::domain::job::JobAction::AddTag {
            name: "Quuxly".to_owned(),
        },
        accounts: vec![id.parse().unwrap()],
        selection: "1 account".to_owned(),
        reason: reseller_portal::domain::operation::Reason::default(),
    };
    let job = reseller_portal::bulk::preview(&portal.app, &actor, new)
        .await
        .unwrap();
    let answer = found(&ann, "quuxly").await;
    assert_eq!(hrefs(&answer, "jobs"), [format!("/jobs/{}", job.id)]);
    assert_eq!(titles(&answer, "jobs"), ["Add the tag Quuxly to 1 account"]);
}

#[tokio::test]
async fn without_scripts_the_results_are_a_page_and_signing_out_is_a_form() {
    let (portal, ann) = swept(Role::Manager).await;
    let ids = named(&portal, &["Quuxly"]).await;
    let page = ann.get("/search?q=quuxly").await.expect(200);
    assert_eq!(page.text_of("h1"), "Search");
    assert_eq!(
        page.attr_of("main input[name=q]", "value").as_deref(),
        Some("quuxly")
    );
    let links = page.attrs_of("main .found-list a", "href");
    assert_eq!(links[0], format!("/accounts/{}", ids[0]));
    assert!(!page.has("main [role=option]"));
    assert!(page.has("a.jump[href='/search']"), "the header leads there");
    let none = ann.get("/search?q=zzqqzz").await.expect(200);
    assert_eq!(none.text_of("main .empty h2"), "Nothing matches");
    let page = ann.get("/search?q=sign+out").await.expect(200);
    ann.submit(&page, "main form[action='/logout']", &[])
        .await
        .expect(303);
    assert!(
        ann.get("/search")
            .await
            .leads_to()
            .is_some_and(|to| to.starts_with("/login"))
    );
}

#[tokio::test]
async fn the_whole_id_of_an_account_that_is_gone_still_leads_to_it() {
    let (portal, vic) = swept(Role::Viewer).await;
    let id = portal.sandbox.id_of("enabled").await;
    super::accounts::show::gone(&portal, &id).await;
    let answer = found(&vic, &id).await;
    assert_eq!(hrefs(&answer, "accounts")[0], format!("/accounts/{id}"));
    assert!(answer.says("Gone from Telnyx"));
}

#[tokio::test]
async fn whatever_is_typed_is_answered_within_the_bounds() {
    let (portal, ann) = swept(Role::Owner).await;
    let long = "Wxy ".repeat(60);
    let names: Vec<String> = (0..9).map(|number| format!("{long}{number}")).collect();
    named(
        &portal,
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .await;
    for id in portal.sandbox.accounts().await.iter().take(9) {
        let id = id["id"].as_str().unwrap();
        ann.get(&format!("/accounts/{id}")).await.expect(200);
    }
    for q in ["", "w", "wxy", "disable wxy", "wxyz", "o", "a", "e"] {
        found(&ann, q).await;
    }
    for (q, said) in [
        ("x".repeat(10_000), "Only the first 200 characters"),
        ("a\0b".to_owned(), "Invisible characters"),
        ("\u{200b}\u{3164}".to_owned(), "Invisible characters"),
    ] {
        assert!(found(&ann, &q).await.says(said), "{q:.20}");
    }
    for q in [
        "   ",
        "%",
        "_",
        "\\",
        "'\"><script>alert(1)</script>",
        "é".repeat(300).as_str(),
    ] {
        let answer = found(&ann, q).await;
        assert!(!answer.has("script"), "{q}");
    }
    ann.get_fragment("/search?q=a&q=b&%FF=%00")
        .await
        .expect(200);
    ann.get("/search?q=%FF%00").await.expect(200);
}
