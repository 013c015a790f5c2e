//! `/accounts/import`: from an uploaded file to the preview of its job.

use axum::http::Method;
use reseller_portal::bulk;
use reseller_portal::domain::role::Role;

use super::{swept, text};
use crate::support::{Browser, Portal, Response, route_at};

mod deciding;
mod uploads;

const PATH: &str = "/accounts/import";

const CUSTOMERS: &str = "Company,E-mail,Channels\n\
    Quillwörth Ltd,voice@quillworth.example,10\n\
    Brandt GmbH,nobody,5\n";

/// Sends the form of the upload, with the ID that the page gave.
async fn send(browser: &Browser, name: &str, content: &[u8]) -> Response {
    let page = browser.get(PATH).await.expect(200);
    let id = page.form("#upload").value("id").unwrap().to_owned();
    send_as(browser, &id, name, content).await
}

async fn send_as(browser: &Browser, id: &str, name: &str, content: &[u8]) -> Response {
    let head = format!(
        "--boundary\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n{id}\r\n\
         --boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let body = [head.as_bytes(), content, b"\r\n--boundary--\r\n"].concat();
    multipart(browser, body).await
}

async fn multipart(browser: &Browser, body: Vec<u8>) -> Response {
    let request = browser.request(Method::POST, PATH).body(body);
    let kind = "multipart/form-data; boundary=boundary";
    request.header("content-type", kind).send().await
}

/// Uploads a file that is stored, and opens its page.
async fn upload(browser: &Browser, content: impl AsRef<[u8]>) -> Response {
    let sent = send(browser, "customers.csv", content.as_ref()).await;
    browser.follow(&sent.expect(303)).await.expect(200)
}

/// Returns the address of the import that a page shows.
fn address(page: &Response) -> String {
    let form = page.form("form[action$='/discard']");
    form.action.strip_suffix("/discard").unwrap().to_owned()
}

/// Answers the questions for all rows, and opens the page again.
async fn answer(browser: &Browser, page: &Response, typed: &[(&str, &str)]) -> Response {
    let answers = [("rollup_billing", "no"), ("custom_pricing", "no")];
    let typed = [&answers[..], typed].concat();
    let sent = browser.submit(page, "#columns", &typed).await.expect(303);
    browser.follow(&sent).await.expect(200)
}

/// Returns the status of a row.
fn status(page: &Response, row: usize) -> String {
    page.text_of(&format!("#row-{row} td[data-label=Status] .status"))
}

#[tokio::test]
async fn a_file_is_mapped_corrected_previewed_and_run() {
    let (portal, ann) = swept(Role::Manager).await;
    let page = upload(&ann, CUSTOMERS).await;
    assert!(page.says("Read as UTF-8, separated by commas."));
    let columns = page.form("#columns");
    for (name, value) in [
        ("column-0", "organization_name"),
        ("column-1", "email"),
        ("column-2", "channel_limit"),
    ] {
        assert_eq!(columns.value(name), Some(value), "{name}");
    }
    assert!(page.says("No row is ready yet."), "{}", page.words());
    assert!(!page.has("#preview button"));
    // What lacks only an answer is not wrong.
    assert_eq!(
        (status(&page, 1), status(&page, 2)),
        ("Needs an answer".into(), "Has errors".into())
    );
    assert!(page.says("1 row without an answer about rollup billing or custom pricing."));

    let page = answer(&ann, &page, &[]).await;
    assert_eq!(
        (status(&page, 1), status(&page, 2)),
        ("Ready".into(), "Has errors".into())
    );
    assert_eq!(page.count("#rows td[data-invalid]"), 1);
    let cell = page.text_of("#row-2 td[data-invalid][data-label=Email]");
    assert!(cell.starts_with("nobody") && cell.len() > 10, "{cell}");
    assert!(page.says("1 row: Email: not an email address"));

    let edit = page.attr_of("#row-2 a[href*='/rows/']", "href").unwrap();
    let form = ann.get(&edit).await.expect(200);
    let wrong = ann
        .submit(&form, "form.confirm", &[("email", "nobody@")])
        .await
        .expect(422);
    assert!(
        wrong.says("Saved, but a cell is still invalid"),
        "{}",
        wrong.words()
    );
    assert_eq!(wrong.form("form.confirm").value("email"), Some("nobody@"));
    let right = [("email", "voice@brandt.example")];
    let saved = ann.submit(&wrong, "form.confirm", &right).await.expect(303);
    assert!(saved.leads_to().unwrap().ends_with("#row-2"));
    let page = ann.follow(&saved).await.expect(200);
    assert_eq!(status(&page, 2), "Ready");
    assert!(page.text_of("#row-2").contains("Edited"));
    for control in page.controls() {
        let route = route_at(&control.method(), &control.address);
        assert!(route.is_some(), "{control:?} leads nowhere");
    }

    let previewed = ann.submit(&page, "#preview", &[]).await.expect(303);
    let again = ann.submit(&page, "#preview", &[]).await.expect(303);
    assert_eq!(previewed.leads_to(), again.leads_to(), "one job");
    assert!(portal.sandbox.changes().await.is_empty());
    let job = ann.follow(&previewed).await.expect(200);
    ann.submit(&job, "#start", &[("confirm", "2")])
        .await
        .expect(303);
    bulk::run_once(&portal.app).await.unwrap();
    let job = ann.follow(&previewed).await.expect(200);
    assert!(job.says("2 done"), "{}", job.words());
    let result = format!("{}/result.csv", previewed.leads_to().unwrap());
    let result = ann.get(&result).await.expect(200).text;
    assert!(result.contains("\"Brandt GmbH\",\"nobody\",\"5\",\"Done\""));
    assert!(
        result.contains("\"E-mail: voice@brandt.example\""),
        "{result}"
    );
    let made = portal.sandbox.accounts().await;
    for (email, channels) in [
        ("voice@quillworth.example", 10),
        ("voice@brandt.example", 5),
    ] {
        let made = made.iter().find(|account| account["email"] == email);
        assert_eq!(made.unwrap()["channel_limit"], channels);
    }
    // Another tab still shows the import as it was before.
    let changed = [("rollup_billing", "yes"), ("custom_pricing", "yes")];
    let refused = ann.submit(&page, "#columns", &changed).await.expect(409);
    let said = "This import was run. Upload the file again to change something.";
    assert!(refused.says(said), "{}", refused.words());
    let page = ann.get(&address(&page)).await.expect(200);
    assert!(page.says("This import was run"), "{}", page.words());
}

#[tokio::test]
async fn nobody_else_sees_an_import() {
    let (portal, ann) = swept(Role::Manager).await;
    let page = upload(&ann, CUSTOMERS).await;
    let path = address(&page);
    let ben = portal.signed_in(Role::Owner).await;
    ben.get(&path).await.expect(404);
    ben.get(&format!("{path}/rows/1")).await.expect(404);
    for action in ["read", "columns", "choose", "preview", "discard", "rows/1"] {
        ben.post(&format!("{path}/{action}"), &[]).await.expect(404);
    }
    let list = ben.get(PATH).await.expect(200);
    assert!(!list.says("customers.csv"));
    let list = ann.get(PATH).await.expect(200);
    let link = list.attr_of(".import-list a", "href");
    assert_eq!(link.as_deref(), Some(path.as_str()));
    ann.get(&path).await.expect(200);
    ann.get(&format!("{path}/rows/3")).await.expect(404);
}

#[tokio::test]
async fn a_viewer_imports_nothing() {
    let portal = Portal::start().await;
    let vic = portal.signed_in(Role::Viewer).await;
    for path in [PATH, "/accounts/import/template.csv"] {
        let refused = vic.get(path).await.expect(403);
        assert!(refused.says("Your role cannot create accounts."));
    }
    let rows = [("rows", CUSTOMERS)];
    vic.post("/accounts/import/paste", &rows).await.expect(403);
    send_as(&vic, "", "customers.csv", CUSTOMERS.as_bytes())
        .await
        .expect(403);
    let list = vic.get("/accounts").await.expect(200);
    assert!(!list.has("a[href='/accounts/import']"));
}

#[tokio::test]
async fn the_preview_counts_the_rows_that_get_telnyxs_default_limit() {
    let (_portal, ann) = swept(Role::Manager).await;
    let rows = "Company,E-mail,Channels\n\
        Quillwörth Ltd,voice@quillworth.example,10\n\
        Brandt GmbH,voice@brandt.example,\n\
        Zwart BV,voice@zwart.example,0\n";
    let page = upload(&ann, rows).await;
    let page = answer(&ann, &page, &[]).await;
    let sent = ann.submit(&page, "#preview", &[]).await.expect(303);
    let preview = ann.follow(&sent).await.expect(200);
    assert!(preview.says("Needs 10 channels."), "{}", preview.words());
    let default = "1 account without a limit also takes Telnyx’s default limit";
    assert!(preview.says(default), "{}", preview.words());
}
