//! Logo: upload, refusals, addresses, and removal.

use axum::http::Method;

use super::*;
use crate::support::Browser;

const LOGO_FORM: &str = "#logo-form";
const REMOVAL_FORM: &str = "#remove-logo-form";

/// Returns a file with the parts of a PNG image that the portal looks at.
fn png(width: u32, height: u32, filler: usize) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    file.extend(width.to_be_bytes());
    file.extend(height.to_be_bytes());
    file.extend(b"\x08\x06\0\0\0\0\0\0\0\0\0\0\0IDAT");
    file.extend(vec![0; filler]);
    file.extend(b"\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82");
    file
}

/// Sends the form of the upload, as the page shows it.
async fn upload(browser: &Browser, page: &Response, name: &str, content: &[u8]) -> Response {
    let form = page.form(LOGO_FORM);
    let shown = form.value("shown").unwrap_or_default();
    let head = format!(
        "--boundary\r\nContent-Disposition: form-data; name=\"shown\"\r\n\r\n{shown}\r\n\
         --boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: image/svg+xml\r\n\r\n"
    );
    let body = [head.as_bytes(), content, b"\r\n--boundary--\r\n"].concat();
    let request = browser.request(Method::POST, &form.action).body(body);
    let kind = "multipart/form-data; boundary=boundary";
    request.header("content-type", kind).send().await
}

async fn upload_done(browser: &Browser, content: &[u8]) -> Response {
    let page = browser.get(PATH).await.expect(200);
    let sent = upload(browser, &page, "logo", content).await.expect(303);
    browser.follow(&sent).await.expect(200)
}

/// Returns the address of the logo in the menu or on the sign-in page.
fn address(page: &Response) -> Option<String> {
    page.attr_of("a.brand > img", "src")
}

#[tokio::test]
async fn a_logo_is_on_every_page_under_an_address_that_browsers_keep() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let file = png(240, 80, 0);
    let page = upload_done(&owner, &file).await;
    assert_eq!(page.text_of(".toast p"), "Logo saved.");
    let shown = address(&page).expect("a logo");
    assert!(shown.starts_with("/logo/"), "{shown}");
    assert_eq!(
        page.attr_of("a.brand > img", "alt").as_deref(),
        Some("Reseller portal")
    );
    assert_eq!(
        page.attr_of("a.brand > img", "width").as_deref(),
        Some("240")
    );
    assert_eq!(page.select(".brand-previews .brand").len(), 2);
    let viewer = portal.signed_in(Role::Viewer).await;
    assert_eq!(
        address(&viewer.get("/").await.expect(200)),
        Some(shown.clone())
    );
    let sign_in = portal.browser().get("/login").await.expect(200);
    assert_eq!(address(&sign_in), Some(shown.clone()));

    let image = portal.browser().get(&shown).await.expect(200);
    assert_eq!(image.header("content-type"), "image/png");
    assert!(image.header("cache-control").contains("immutable"));
    assert_eq!(image.header("x-content-type-options"), "nosniff");
    assert!(image.header("content-security-policy").contains("sandbox"));
    for missing in ["/logo/none.png", "/logo/none", "/logo/none.svg"] {
        portal.browser().get(missing).await.expect(404);
    }
    let activity = owner.get("/activity").await.expect(200);
    let words = activity.text_of(".feed");
    assert!(words.contains("logo: PNG, 240 × 80 pixels"), "{words}");
    assert!(words.contains("The logo was uploaded."), "{words}");
}

#[tokio::test]
async fn a_file_that_cannot_be_the_logo_is_refused_at_its_field() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get(PATH).await.expect(200);
    let large = png(10, 10, 600 * 1024);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    for (content, words) in [
        (&b""[..], "Choose an image."),
        (&svg[..], "SVG files are not accepted"),
        (b"GIF89a", "This is not a PNG, JPEG or WebP image."),
        (b"<!doctype html>", "This is not a PNG, JPEG or WebP image."),
        (&large, "The file is larger than 256 KB."),
        (&png(2000, 10, 0), "The image has 2000 × 10 pixels."),
        (&png(20, 10, 0)[..40], "The image is damaged or incomplete."),
    ] {
        let refused = upload(&owner, &page, "logo.png", content).await.expect(422);
        let said = refused.text_of("#file-help");
        assert!(said.contains(words), "{words}: {said}");
        assert!(refused.has("#file[aria-invalid=true]"));
        assert_eq!(address(&refused), None);
    }
    assert!(portal.everything().await["logos"].is_empty());
    owner.get("/settings/appearance/logo").await.expect(303);
}

#[tokio::test]
async fn a_logo_is_replaced_and_removed_and_keeps_name_and_color() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let first = address(&upload_done(&owner, &png(240, 80, 0)).await).unwrap();
    let page = owner.get(PATH).await.expect(200);
    let named = owner.submit(&page, FORM, &[("name", "Acme")]).await;
    named.expect(303);
    let old = owner.get(PATH).await.expect(200);
    assert_eq!(address(&old).as_ref(), Some(&first));
    assert_eq!(old.attr_of("a.brand > img", "alt").as_deref(), Some("Acme"));
    portal.advance(Duration::from_mins(5));
    let second = address(&upload_done(&owner, &png(120, 80, 0)).await).unwrap();
    assert_ne!(first, second);
    portal.browser().get(&first).await.expect(200);

    let stale = owner.submit(&old, REMOVAL_FORM, &[]).await.expect(303);
    let page = owner.follow(&stale).await.expect(200);
    assert!(page.text_of(".toast p").starts_with("Not saved"));
    assert_eq!(address(&page), Some(second));
    let removed = owner.submit(&page, REMOVAL_FORM, &[]).await.expect(303);
    let page = owner.follow(&removed).await.expect(200);
    assert_eq!(page.text_of(".toast p"), "Logo removed.");
    assert_eq!(address(&page), None);
    assert_eq!(page.text_of(".sidebar .brand"), "Acme");
    assert!(!page.has(REMOVAL_FORM));
}

#[tokio::test]
async fn replaced_logos_are_deleted_after_a_while() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let first = address(&upload_done(&owner, &png(240, 80, 0)).await).unwrap();
    portal.advance(Duration::from_hours(2));
    let owner = portal.signed_in(Role::Owner).await;
    let second = address(&upload_done(&owner, &png(120, 80, 0)).await).unwrap();
    portal.browser().get(&first).await.expect(404);
    portal.browser().get(&second).await.expect(200);
}

#[tokio::test]
async fn only_owners_who_proved_who_they_are_change_the_logo() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get(PATH).await.expect(200);
    for role in [Role::Admin, Role::Manager, Role::Viewer] {
        let browser = portal.signed_in(role).await;
        let file = png(24, 8, 0);
        upload(&browser, &page, "a.png", &file).await.expect(403);
        let remove = "/settings/appearance/logo/remove";
        browser.post(remove, &[]).await.expect(403);
    }
    portal.advance(Duration::from_mins(11));
    let asked = upload(&owner, &page, "a.png", &png(24, 8, 0)).await;
    let to = asked.expect(303).leads_to().unwrap();
    assert!(to.starts_with("/step-up"), "{to}");
}
