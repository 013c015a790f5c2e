//! Changing a channel limit in its row of the list of accounts.

use reseller_portal::domain::role::Role;

use super::swept;
use crate::support::{Browser, Portal, Response};
use crate::web::channels::{known, limit_of};

const LIST: &str = "http://127.0.0.1:8080/accounts?status=enabled";

/// Opens the editor of a row as the script does. A row alone is not a document, so it is put
/// inside a table.
async fn opened(browser: &Browser, id: &str) -> Response {
    let request = browser.request(
        axum::http::Method::GET,
        &format!("/accounts/{id}/row?edit=yes"),
    );
    let request = request.fragment().header("hx-current-url", LIST);
    in_table(request.send().await.expect(200))
}

fn in_table(mut row: Response) -> Response {
    row.text = format!("<table>{}</table>", row.text);
    row
}

/// Saves the limit in the opened row.
async fn save(browser: &Browser, row: &Response, limit: &str) -> Response {
    let form = row.form("form.limit-editor");
    let typed = [("channel_limit", limit)];
    in_table(
        browser
            .post_fragment(&form.action, &form.filled(&typed))
            .await,
    )
}

async fn start() -> (Portal, Browser, String) {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let limit = portal.sandbox.account(&id).await["channel_limit"].as_u64();
    known(&portal, &id, u32::try_from(limit.unwrap()).unwrap()).await;
    (portal, ann, id)
}

#[tokio::test]
async fn a_limit_is_changed_in_its_row() {
    let (portal, ann, id) = start().await;
    let now = limit_of(&portal, &id).await.unwrap();
    let page = ann.get("/accounts?status=enabled").await.expect(200);
    let link = format!("#account-{id} td:nth-child(4) a");
    assert_eq!(
        page.attr_of(&link, "href").unwrap(),
        format!("/accounts/{id}/channel-limit?return_to=%2Faccounts%3Fstatus%3Denabled")
    );
    let row = opened(&ann, &id).await;
    let form = row.form("form.limit-editor");
    assert_eq!(form.value("channel_limit"), Some(&*now.to_string()));
    assert_eq!(form.value("back"), Some("/accounts?status=enabled"));
    assert!(row.attr_of("form", "data-free").is_some());
    let saved = save(&ann, &row, &(now + 3).to_string()).await.expect(200);
    assert!(saved.has("tr[data-updated]") && !saved.has("form.limit-editor"));
    assert_eq!(limit_of(&portal, &id).await, Some(now + 3));
    // A table may not contain the toast's form.
    let mut saved = saved;
    saved.text = saved.text.replace("table>", "p>");
    let undone = ann.submit(&saved, "form[action$='/undo']", &[]).await;
    let row = format!("/accounts?status=enabled#account-{id}");
    assert_eq!(undone.expect(303).leads_to(), Some(row));
    assert_eq!(limit_of(&portal, &id).await, Some(now));
    assert_eq!(portal.sandbox.changes().await.len(), 2);
}

#[tokio::test]
async fn a_bad_limit_is_refused_in_the_row_and_kept() {
    let (portal, ann, id) = start().await;
    let row = opened(&ann, &id).await;
    for (typed, said) in [
        ("ten", "Enter a whole number, 0 or more."),
        ("-1", "Enter a whole number, 0 or more."),
        ("2,5", "Enter a whole number, 0 or more."),
        ("1000000000000", "A channel limit is at most 1,000,000."),
    ] {
        let refused = save(&ann, &row, typed).await.expect(422);
        assert!(refused.text_of(".field-error").starts_with(said), "{typed}");
        let field = "input[name=channel_limit][aria-invalid]";
        assert_eq!(refused.attr_of(field, "value").as_deref(), Some(typed));
    }
    let blocked = save(&ann, &row, "0").await.expect(422);
    let href = blocked.attr_of("a[data-dialog][data-open-now]", "href");
    assert!(
        href.unwrap()
            .starts_with(&format!("/accounts/{id}/block-calls?return_to="))
    );
    assert_eq!(portal.sandbox.changes().await, [""; 0]);
}

#[tokio::test]
async fn without_a_script_the_form_leads_back_to_the_row() {
    let (portal, ann, id) = start().await;
    let now = limit_of(&portal, &id).await.unwrap();
    let page = ann.get("/accounts?status=enabled").await.expect(200);
    let link = format!("#account-{id} td:nth-child(4) a");
    let form = ann.get(&page.attr_of(&link, "href").unwrap()).await;
    let typed = (now + 1).to_string();
    let done = ann
        .submit(
            &form.expect(200),
            "form.confirm",
            &[("channel_limit", &typed)],
        )
        .await;
    let row = format!("/accounts?status=enabled#account-{id}");
    let done = done.expect(303);
    assert_eq!(done.leads_to().as_ref(), Some(&row));
    let list = ann.follow(&done).await.expect(200);
    let undone = ann.submit(&list, ".toast form", &[]).await.expect(303);
    assert_eq!(undone.leads_to(), Some(row));
    assert_eq!(limit_of(&portal, &id).await, Some(now));
    ann.get(&format!("/accounts/{id}/row")).await.expect(303);
}

#[tokio::test]
async fn a_viewer_has_no_editor() {
    let (portal, ann) = swept(Role::Viewer).await;
    let id = portal.sandbox.id_of("enabled").await;
    let page = ann.get("/accounts").await.expect(200);
    assert!(!page.has("tbody td:nth-child(4) a"));
    assert!(!opened(&ann, &id).await.has("form.limit-editor"));
}
