//! The list: its rows, results and texts.

use axum::http::Method;
use reseller_portal::domain::role::Role;
use serde_json::json;

use super::{swept, text};
use crate::support::{Portal, Response};

const ROWS: &str = "#rows tbody tr";

/// Returns the number on a tab.
fn count(page: &Response, tab: &str) -> usize {
    let tabs = page.select("#tabs a");
    let found = tabs.iter().find_map(|words| words.strip_prefix(tab));
    found.unwrap().trim().parse().unwrap()
}

#[tokio::test]
async fn the_list_shows_every_account_with_its_status_and_counts_them_by_tab() {
    let (portal, ann) = swept(Role::Manager).await;
    let page = ann.get("/accounts").await.expect(200);
    let truth = portal.sandbox.accounts().await;
    assert_eq!(page.count(ROWS), truth.len());
    assert_eq!(count(&page, "All"), truth.len());
    for (tab, status) in [
        ("Enabled", "enabled"),
        ("Disabled", "disabled"),
        ("Blocked", "blocked"),
        ("Cancelled", "cancelled"),
    ] {
        let there = truth
            .iter()
            .filter(|account| account["status"] == status)
            .count();
        assert_eq!(count(&page, tab), there, "{tab}");
        let tab = ann
            .get(&format!("/accounts?status={status}"))
            .await
            .expect(200);
        assert_eq!(tab.count(ROWS), there, "{status}");
        assert_eq!(
            tab.count(&format!("{ROWS} [data-status={status}]")),
            there,
            "{status}"
        );
    }
    assert!(page.says("As of just now"), "{}", page.words());
}

#[tokio::test]
async fn a_search_finds_by_a_part_of_the_name_the_e_mail_and_the_id_and_the_tabs_stay_as_they_are()
{
    let (portal, ann) = swept(Role::Viewer).await;
    let account = &portal.sandbox.accounts().await[3];
    let (id, name, email) = (
        text(account, "id"),
        text(account, "organization_name"),
        text(account, "email"),
    );
    let part: String = name.to_uppercase().chars().skip(1).take(6).collect();
    for q in [
        part.as_str(),
        email.split('@').next().unwrap(),
        &id[4..18],
        id,
        &format!("  {id}\n"),
    ] {
        let found = ann
            .submit(
                &ann.get("/accounts").await,
                "#table form[role=search]",
                &[("q", q)],
            )
            .await
            .expect(200);
        assert!(
            found.has(&format!("#account-{id}")),
            "{q}: {}",
            found.words()
        );
        assert_eq!(
            count(&found, "All"),
            portal.sandbox.accounts().await.len(),
            "{q}"
        );
        assert!(found.says(&format!("Search: {}", q.trim())), "{q}");
    }
    let whole = ann.get(&format!("/accounts?q={id}")).await;
    assert_eq!(whole.count(ROWS), 1);
}

#[tokio::test]
async fn nothing_matches_is_not_nothing_yet() {
    let portal = Portal::start().await;
    let ann = portal.signed_in(Role::Manager).await;
    let empty = ann.get("/accounts").await.expect(200);
    assert!(
        empty.says("No accounts yet") && empty.says("Not read from Telnyx yet"),
        "{}",
        empty.words()
    );
    assert!(!empty.has("#table"));
    portal.sweep().await;
    let none = ann
        .get("/accounts?q=zzqqzz&status=disabled")
        .await
        .expect(200);
    assert!(none.says("Nothing matches"));
    assert!(none.says("No account has \u{201c}zzqqzz\u{201d} in its names, email, ID, tags or notes, and all of this: Status: Disabled."));
    assert_eq!(none.attr_of("#rows .empty a", "href").unwrap(), "/accounts");
}

#[tokio::test]
async fn each_filter_is_a_chip_that_takes_off_itself_alone() {
    let (_portal, ann) = swept(Role::Viewer).await;
    let page = ann
        .get("/accounts?q=e&status=enabled&sort=-created&per=25")
        .await
        .expect(200);
    assert_eq!(
        page.attrs_of(".chips a", "href"),
        [
            "/accounts?status=enabled&sort=-created&per=25",
            "/accounts?q=e&sort=-created&per=25",
            "/accounts?sort=-created&per=25",
        ]
    );
    assert!(!ann.get("/accounts").await.has(".chips"));
}

#[tokio::test]
async fn typing_asks_for_the_rows_alone_and_moves_the_address_along() {
    let (portal, ann) = swept(Role::Viewer).await;
    let account = &portal.sandbox.accounts().await[0];
    let name = text(account, "organization_name")
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    let q: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let path = format!("/accounts?q={q}&sort=-name");
    let part = ann.get_fragment(&path).await.expect(200);
    assert!(
        part.text.trim_start().starts_with("<div id=\"rows\">"),
        "{}",
        part.text
    );
    assert!(part.has(&format!("#account-{}", text(account, "id"))));
    assert!(part.has("hx-partial[hx-target=\"#tabs\"] #tabs"));
    assert!(
        !part.has("input[type=search]"),
        "what is typed in is never replaced"
    );
    assert_eq!(part.header("hx-push-url"), path);
    let typed_on = ann
        .request(Method::GET, &path)
        .fragment()
        .header("hx-current-url", "http://127.0.0.1:8080/accounts?q=a")
        .send()
        .await;
    assert_eq!(
        (
            typed_on.header("hx-push-url"),
            typed_on.header("hx-replace-url")
        ),
        ("", path.as_str())
    );
}

#[tokio::test]
async fn a_row_offers_what_the_status_and_the_role_allow() {
    let (portal, ann) = swept(Role::Manager).await;
    let page = ann.get("/accounts").await;
    for (status, state) in [
        ("enabled", ""),
        ("disabled", "disabled"),
        ("blocked", "blocked"),
        ("cancelled", "cancelled"),
    ] {
        let row = format!("#account-{}", portal.sandbox.id_of(status).await);
        let menu = page.attr_of(&row, "data-menu");
        assert_eq!(menu.as_deref(), Some(state));
        let edits = page.has(&format!("{row} .col-limit a[href*='/channel-limit?']"));
        assert_eq!(edits, status != "cancelled", "{status}");
    }
    let menu = page
        .text
        .split("<template id=\"row-menu\">")
        .nth(1)
        .unwrap();
    let menu = menu.split("</template>").next().unwrap();
    for item in [
        "href=\"/accounts/ID/disable?to=%2Faccounts\" data-if=\"enabled\" data-dialog",
        "href=\"/accounts/ID/enable?to=%2Faccounts\" data-if=\"disabled\" data-dialog",
        "<div data-if=\"blocked cancelled\">Only Telnyx can unblock it.</div>",
        "href=\"/accounts/ID/channel-limit?return_to=%2Faccounts\" data-unless=\"cancelled\"",
        "href=\"/accounts/ID/block-calls?return_to=%2Faccounts\" data-unless=\"cancelled zero\" data-dialog",
    ] {
        assert!(menu.contains(item), "{item}: {menu}");
    }
    assert!(page.has("a[href=\"/accounts/new\"]"));
    let vic = portal.signed_in(Role::Viewer).await;
    let page = vic.get("/accounts").await;
    assert_eq!(
        page.count("#rows table a[data-dialog], a[href=\"/accounts/new\"], td.col-limit a"),
        0
    );
    let menu = page
        .text
        .split("<template id=\"row-menu\">")
        .nth(1)
        .unwrap();
    let menu = menu.split("</template>").next().unwrap();
    assert!(!menu.contains("able?") && !menu.contains("limit") && menu.contains("/activity"));
    assert!(page.has("#rows tr[data-menu] a[href^=\"/accounts/\"]"));
}

#[tokio::test]
async fn a_row_shows_the_first_tags_of_its_account_and_how_many_more_it_has() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let tags = |page: &Response| page.select(&format!("#account-{id} small"));
    assert!(tags(&ann.get("/accounts").await).is_empty());
    for name in ["late payer", "VIP", "a <b>", "new", "east"] {
        ann.post(&format!("/accounts/{id}/tags"), &[("tag", name)])
            .await
            .expect(303);
    }
    let page = ann.get("/accounts").await.expect(200);
    assert_eq!(tags(&page), ["a <b>", "east", "late payer", "+2"]);
    let rest = page.attr_of(&format!("#account-{id} small > a[title]"), "title");
    assert_eq!(rest.as_deref(), Some("new, VIP"));
    assert_eq!(page.count("#rows tbody small"), 4);
    let part = ann.get_fragment("/accounts?tag=east").await.expect(200);
    assert_eq!(tags(&part).len(), 4);
}

#[tokio::test]
async fn a_limit_that_is_not_known_is_not_called_0() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let page = ann.get("/accounts").await;
    assert_eq!(
        page.text_of(&format!("#account-{id} td:nth-child(4)")),
        "not known"
    );
    super::show::limit(&portal, &id, 0).await;
    let page = ann.get("/accounts").await;
    assert_eq!(
        page.text_of(&format!("#account-{id} td:nth-child(4)")),
        "0, calls blocked"
    );
    let source = page
        .attr_of(&format!("#account-{id} td:nth-child(4)"), "title")
        .unwrap();
    assert!(
        source.starts_with("set through this portal by Test Account manager, 2"),
        "{source}"
    );
}

#[tokio::test]
async fn a_pasted_id_leads_on_where_no_list_has_it() {
    let (portal, ann) = swept(Role::Viewer).await;
    let stranger = "00000000-1111-4222-8333-444444444444";
    let page = ann
        .get(&format!("/accounts?q={stranger}"))
        .await
        .expect(200);
    assert!(page.says("No account has this ID"));
    assert!(page.has(&format!("#rows a[href=\"/accounts/{stranger}\"]")));
    let id = portal.sandbox.id_of("enabled").await;
    super::show::gone(&portal, &id).await;
    let page = ann.get(&format!("/accounts?q={id}")).await.expect(200);
    assert!(
        page.says("This account is gone from Telnyx"),
        "{}",
        page.words()
    );
    assert!(page.has(&format!("#rows a[href=\"/accounts/{id}\"]")));
    assert!(!ann.get("/accounts").await.has(&format!("#account-{id}")));
}

#[tokio::test]
async fn hostile_searches_find_nothing_or_something_and_stand_there_as_text() {
    let (_portal, ann) = swept(Role::Viewer).await;
    let long = "x".repeat(10_000);
    for q in [
        "%",
        "_",
        "\\",
        "'",
        "\"",
        "%00",
        "\u{202e}",
        "<script>alert(1)</script>",
        "%ff%fe",
        "&status=",
        &long,
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        for path in [format!("/accounts?q={encoded}"), format!("/accounts?q={q}")] {
            let answer = ann
                .request(
                    Method::GET,
                    &path.replace(['<', '>', '"', '\\', '\u{202e}'], "%3C"),
                )
                .send()
                .await;
            let page = answer.expect(200);
            assert!(!page.has("#rows script"), "{q}");
        }
    }
    let percent = ann.get("/accounts?q=%25").await;
    assert_eq!(percent.count(ROWS), 0, "a percent sign is no wildcard");
    assert!(
        ann.get(&format!("/accounts?q={long}"))
            .await
            .says("Only the first 200 characters were used.")
    );
}

#[tokio::test]
async fn the_list_is_for_staff_only() {
    let portal = Portal::start().await;
    let nobody = portal.browser();
    for path in [
        "/accounts",
        "/search?q=a",
        "/accounts/4f1c2b7e-55aa-4a3e-8d1f-0b7f3d6c9a2e",
    ] {
        let answer = nobody.get(path).await;
        assert!(
            answer.leads_to().is_some_and(|to| to.starts_with("/login")),
            "{path}: {}",
            answer.status
        );
    }
    portal.sandbox.faults(json!([])).await;
    assert!(
        portal.sandbox.log().await.is_empty(),
        "nothing was asked of Telnyx"
    );
}

#[tokio::test]
async fn a_change_of_status_begun_in_the_list_ends_there_at_its_row() {
    let (portal, ann) = swept(Role::Manager).await;
    let list = "/accounts?sort=-name&per=25";
    for (status, verb, answers) in [
        (
            "enabled",
            "disable",
            [("reason_code", "fraud"), ("reason", "")],
        ),
        (
            "disabled",
            "enable",
            [("reenable_all_connections", "no"), ("reason", "Paid")],
        ),
    ] {
        let id = portal.sandbox.id_of(status).await;
        let page = ann.get(list).await.expect(200);
        // The script of the page does the same with the links of the menu.
        let link = page.text.split(&format!("/accounts/ID/{verb}?")).nth(1);
        let query = link.unwrap().split('"').next().unwrap();
        let form = format!("/accounts/{id}/{verb}?{query}");
        let form = ann.get(&form).await.expect(200);
        let back = format!("{list}#account-{id}");
        let cancel = form.attr_of(".confirm-foot a", "href");
        assert_eq!(cancel.as_deref(), Some(back.as_str()));
        let done = ann
            .submit(&form, "form.confirm", &answers)
            .await
            .expect(303);
        assert_eq!(done.leads_to(), Some(back));
        let page = ann.follow(&done).await.expect(200);
        assert!(page.has(&format!("#account-{id}")) && page.has("#toasts .toast"));
    }
}
