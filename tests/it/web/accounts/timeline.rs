//! Timeline of an account: notes and events, its parts, and where an undo leads.

use std::time::Duration;

use axum::http::Method;
use reseller_portal::domain::role::Role;

use super::show::limit;
use super::swept;
use crate::support::{Browser, Portal, Response};

/// Adds a note on the account's page.
async fn note(browser: &Browser, portal: &Portal, path: &str, text: &str) {
    let page = browser.get(path).await.expect(200);
    browser
        .submit(&page, "#notes-new", &[("note", text)])
        .await
        .expect(303);
    portal.advance(Duration::from_mins(1));
}

fn entries(page: &Response) -> Vec<String> {
    page.select("#notes .notes > li")
}

#[tokio::test]
async fn notes_and_events_are_one_list_with_pinned_notes_on_top_and_parts_in_the_address() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let path = format!("/accounts/{id}");
    note(&ann, &portal, &path, "the first note").await;
    limit(&portal, &id, 7).await;
    portal.advance(Duration::from_mins(1));
    note(&ann, &portal, &path, "the second note").await;
    let page = ann.get(&path).await.expect(200);
    let all = entries(&page);
    assert_eq!(all.len(), 3, "a note and its event are one entry: {all:?}");
    assert!(all[0].contains("the second note"), "{all:?}");
    assert!(all[1].contains("changed the channel limit of"), "{all:?}");
    assert!(all[2].contains("the first note"), "{all:?}");
    let pin = page.attrs_of("#notes form[action$='/pin']", "action");
    ann.post(&pin[1], &[("pinned", "yes")]).await.expect(303);
    let page = ann.get(&path).await.expect(200);
    assert!(entries(&page)[0].contains("the first note"));
    assert_eq!(entries(&page).len(), 3);

    for (part, count, holds) in [
        ("notes", 2, "the second note"),
        ("changes", 1, "channel limit"),
    ] {
        let address = format!("{path}?show={part}");
        assert!(page.has(&format!("#notes nav a[href='{address}#notes']")));
        let shown = ann.get(&address).await.expect(200);
        let shown = (entries(&shown), shown.text_of("#notes nav [aria-current]"));
        assert_eq!(shown.0.len(), count, "{shown:?}");
        assert!(
            shown.0.iter().any(|one| one.contains(holds)) && shown.1.to_lowercase() == part,
            "{shown:?}"
        );
    }
    let odd = ann.get(&format!("{path}?show=%ff&show=odd")).await;
    assert_eq!(entries(&odd.expect(200)).len(), 3);
    // A note that is added in a part leads back to it.
    let page = ann.get(&format!("{path}?show=notes")).await;
    let added = ann.submit(&page, "#notes-new", &[("note", "third")]).await;
    assert_eq!(
        added.expect(303).header("location"),
        format!("{path}?show=notes#notes")
    );
    assert!(page.has("#notes header a[href^='/activity?account=']"));
}

#[tokio::test]
async fn another_part_is_loaded_alone_without_asking_telnyx() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let path = format!("/accounts/{id}?show=notes");
    let asked = portal.sandbox.log().await.len();
    let request = ann.request(Method::GET, &path).header("hx-request", "true");
    let request = request
        .header("hx-request-type", "partial")
        .header("hx-target", "section#notes");
    let part = request.send().await.expect(200);
    assert!(part.has("#notes-new[hx-preserve]") && !part.has("#call-status"));
    assert_eq!(portal.sandbox.log().await.len(), asked);
}

#[tokio::test]
async fn an_undo_ends_on_the_page_on_which_it_began() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let path = format!("/accounts/{id}");
    limit(&portal, &id, 7).await;
    let undo_of = async |page: &str| {
        limit(&portal, &id, 9).await;
        let shown = ann.get(page).await.expect(200);
        let undo = shown.attrs_of(".feed form[action$='/undo']", "action");
        let address = format!("https://portal.example{page}");
        let request = ann.request(Method::POST, &undo[0]).form(&[]);
        let sent = request.header("referer", &address).send().await;
        sent.expect(303).leads_to().unwrap()
    };
    for page in [
        "/activity",
        "/activity?kind=channel_limit",
        &path,
        &format!("{path}?show=changes"),
    ] {
        assert_eq!(undo_of(page).await, page);
    }
    // An undo that asks questions leads back after them.
    let form = ann.get(&format!("{path}/disable")).await.expect(200);
    let reason = [("reason_code", "error")];
    ann.submit(&form, "form.confirm", &reason).await.expect(303);
    let shown = ann.get("/activity").await.expect(200);
    let undo = shown.attrs_of(".feed form[action$='/undo']", "action");
    let request = ann.request(Method::POST, &undo[0]).form(&[]);
    let asked = request
        .header("referer", "https://portal.example/activity?outcome=done")
        .send()
        .await
        .expect(303);
    let form = ann.follow(&asked).await.expect(200);
    let cancel = form.attr_of(".confirm-foot a", "href");
    assert_eq!(cancel.as_deref(), Some("/activity?outcome=done"));
    let answer = [("reenable_all_connections", "yes")];
    let done = ann.submit(&form, "form.confirm", &answer).await.expect(303);
    assert_eq!(done.leads_to().unwrap(), "/activity?outcome=done");
    // The long result is a notice of the page, and the toast is short.
    let page = ann.follow(&done).await.expect(200);
    let notice = page.text_of("#result");
    assert!(notice.contains("Connections that fail Telnyx's checks stay off"));
    let toast = page.text_of(".toast p");
    assert!(toast.ends_with("The account is enabled."), "{toast}");
}
