//! An undo and a blocked account have the same names wherever an event is shown.

use reseller_portal::domain::ids::AccountId;
use reseller_portal::domain::role::Role;

use super::{enabled, sentences, set_limit};
use crate::support::{Browser, Portal};

const WHO: &str = "Test Account manager";

async fn stage() -> (Portal, Browser, AccountId, String) {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&ann).await;
    let (account, name) = enabled(&portal).await;
    set_limit(&portal, &ann, &account, 8).await;
    set_limit(&portal, &ann, &account, 3).await;
    (portal, browser, account, name)
}

/// Undoes the latest change on the activity page.
async fn undo(browser: &Browser) {
    let page = browser.get("/activity").await.expect(200);
    browser
        .submit(&page, ".feed li:first-child form[action$='/undo']", &[])
        .await
        .expect(303);
}

#[tokio::test]
async fn an_undo_is_told_as_one_in_the_activity_the_dashboard_and_at_the_account() {
    let (_portal, browser, account, name) = stage().await;
    undo(&browser).await;
    let undid = format!("{WHO} undid a change of the channel limit of {name}");
    let page = browser.get("/activity?kind=undo").await.expect(200);
    assert_eq!(sentences(&page), std::slice::from_ref(&undid));
    assert_eq!(page.text_of(".chip"), "Action: Undo of a change");
    for path in ["/activity", "/", &format!("/accounts/{account}")] {
        let page = browser.get(path).await.expect(200);
        let told = page.select(".feed > li .feed-text > p:first-child");
        assert!(told.contains(&undid), "{path}: {told:?}");
        // The undone change says who undid it.
        let metas = page.select(".feed > li .feed-meta");
        let undone = metas
            .iter()
            .filter(|meta| meta.contains(&format!("Undone by {WHO}")));
        assert_eq!(undone.count(), 1, "{path}: {metas:?}");
    }
}

#[tokio::test]
async fn blocking_calls_is_told_as_that_and_has_a_kind_of_its_own() {
    let (portal, browser, account, name) = stage().await;
    let form = browser
        .get(&format!("/accounts/{account}/block-calls"))
        .await
        .expect(200);
    let filled = [("reason_code", "fraud"), ("reason", "night calls")];
    browser
        .submit(&form, "form[action$='/block-calls']", &filled)
        .await
        .expect(303);
    let blocked = format!("{WHO} blocked outbound calls of {name}");
    let page = browser.get("/activity?kind=block_calls").await.expect(200);
    assert_eq!(sentences(&page), std::slice::from_ref(&blocked));
    for path in ["/", &format!("/accounts/{account}")] {
        let told = browser
            .get(path)
            .await
            .expect(200)
            .select(".feed .feed-text > p:first-child");
        assert!(told.contains(&blocked), "{path}: {told:?}");
    }
    portal.advance(std::time::Duration::from_secs(1));
    let csv = browser
        .get("/activity.csv?kind=block_calls")
        .await
        .expect(200)
        .text;
    assert!(
        csv.contains("block_calls") && csv.contains(&blocked),
        "{csv}"
    );
}

#[tokio::test]
async fn the_files_name_the_change_that_an_undo_undoes() {
    let (portal, browser, _, name) = stage().await;
    undo(&browser).await;
    portal.advance(std::time::Duration::from_secs(1));
    let csv = browser
        .get("/activity.csv?kind=undo")
        .await
        .expect(200)
        .text;
    let (header, row) = csv.trim_start_matches('\u{feff}').split_once('\n').unwrap();
    assert!(
        header.contains("summary") && header.contains("undoes_operation_id"),
        "{header}"
    );
    assert!(
        row.contains(&format!("undid a change of the channel limit of {name}")),
        "{row}"
    );
    let lines = browser
        .get("/activity.jsonl?kind=undo")
        .await
        .expect(200)
        .text;
    assert!(
        lines.lines().all(|line| line.contains("\"undoes\":\"")),
        "{lines}"
    );
}
