//! Uploads: files and pasted text, what is refused, and how long it is kept.

use std::time::Duration;

use reseller_portal::db::imports;

use super::*;
use crate::support::PASSWORD;

/// Asserts that nothing was stored.
async fn assert_nothing_stored(portal: &Portal) {
    assert!(portal.everything().await["imports"].is_empty());
}

#[tokio::test]
async fn pasted_rows_are_an_import_and_rows_that_cannot_be_read_stay_in_the_form() {
    let (portal, ann) = swept(Role::Manager).await;
    let page = ann.get(PATH).await.expect(200);
    let rows = [("rows", "Company\tEmail")];
    let refused = ann.submit(&page, "#paste", &rows).await.expect(422);
    assert!(refused.has(".notice[role=alert]"), "{}", refused.words());
    assert_eq!(refused.text_of("#rows"), "Company Email");
    assert_nothing_stored(&portal).await;
    let rows = [(
        "rows",
        "Company\tEmail\nQuillwörth\tvoice@quillworth.example\n",
    )];
    let sent = ann.submit(&refused, "#paste", &rows).await.expect(303);
    let page = ann.follow(&sent).await.expect(200);
    assert!(page.says("Read as pasted text, separated by tabs."));
    assert_eq!(
        page.text_of("#row-1 td[data-label=Email]"),
        "voice@quillworth.example"
    );
}

#[tokio::test]
async fn files_that_are_no_tables_are_refused_with_a_reason() {
    let (portal, ann) = swept(Role::Manager).await;
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0";
    let files: [(&[u8], &str); 8] = [
        (b"", "Choose a file that is not empty."),
        (png, "This is not a text file."),
        (b"%PDF-1.7", "This is a PDF."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel file of the old format"),
        (b"PK\x03\x04 damaged", ""),
        (b"Company,Email\n", ""),
        (
            b"Company,Password\nA,b\n",
            "Passwords and API keys do not belong in a file.",
        ),
        (
            b"Stra\xdfe,Passwort\nA,b\n",
            "Passwords and API keys do not belong in a file.",
        ),
    ];
    for (content, said) in files {
        let refused = send(&ann, "file.csv", content).await.expect(422);
        assert!(refused.says(said), "{said}: {}", refused.words());
        assert!(refused.has("#upload") && refused.has(".notice[role=alert]"));
    }
    let no_file =
        b"--boundary\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\nx\r\n--boundary--\r\n";
    let refused = multipart(&ann, no_file.to_vec()).await.expect(422);
    assert!(refused.says("Choose a file that is not empty."));
    for damaged in [&b"nothing"[..], b"--boundary\r\n", b""] {
        multipart(&ann, damaged.to_vec()).await.expect(400);
    }
    ann.post(PATH, &[("id", "x")]).await.expect(400);
    assert_nothing_stored(&portal).await;
}

#[tokio::test]
async fn a_file_over_10_mb_is_refused_with_the_number() {
    let (portal, ann) = swept(Role::Manager).await;
    let row = "Quillwörth Ltd,voice@quillworth.example,10\n";
    for (size, status, said) in [
        (10 << 20, 422, "The file is larger than 10 MB. Split it."),
        (12 << 20, 422, "The file is larger than 10 MB. Split it."),
        (129 << 20, 413, "Too large"),
    ] {
        let content = CUSTOMERS.to_owned() + &row.repeat(size / row.len() + 1);
        let refused = send(&ann, "large.csv", content.as_bytes()).await;
        let refused = refused.expect(status);
        assert!(refused.says(said), "{}", refused.words());
    }
    assert_nothing_stored(&portal).await;
}

#[tokio::test]
async fn the_sixth_import_is_refused_until_one_is_discarded() {
    let (portal, ann) = swept(Role::Manager).await;
    let file = |number: usize| CUSTOMERS.replace("10", &number.to_string());
    let page = ann.get(PATH).await.expect(200);
    let id = page.form("#upload").value("id").unwrap().to_owned();
    for _ in 0..2 {
        let sent = send_as(&ann, &id, "customers.csv", file(1).as_bytes()).await;
        assert_eq!(sent.expect(303).leads_to(), Some(format!("{PATH}/{id}")));
    }
    for number in 2..=5 {
        upload(&ann, file(number)).await;
    }
    let refused = send(&ann, "customers.csv", file(6).as_bytes()).await;
    let refused = refused.expect(422);
    let said = "You have 5 imports already. Discard one of them first.";
    assert!(refused.says(said), "{}", refused.words());
    assert_eq!(refused.count(".import-list li"), 5);
    let ben = portal.signed_in(Role::Admin).await;
    upload(&ben, file(6)).await;
    let form = ".import-list form";
    let discarded = ann.submit(&refused, form, &[]).await.expect(303);
    let list = ann.follow(&discarded).await.expect(200);
    assert!(list.says("customers.csv was discarded."));
    upload(&ann, file(6)).await;
}

#[tokio::test]
async fn the_same_file_again_is_noticed() {
    let (portal, ann) = swept(Role::Manager).await;
    let first = answer(&ann, &upload(&ann, CUSTOMERS).await, &[]).await;
    let again = upload(&ann, CUSTOMERS).await;
    assert!(
        again.says("You uploaded the same file"),
        "{}",
        again.words()
    );
    assert!(again.has(&format!(".notice a[href='{}']", address(&first))));
    let ben = portal.signed_in(Role::Admin).await;
    let other = upload(&ben, CUSTOMERS).await;
    assert!(!other.says("same file"), "nothing was run yet");

    let previewed = ann.submit(&first, "#preview", &[]).await.expect(303);
    let job = ann.follow(&previewed).await.expect(200);
    ann.submit(&job, "#start", &[("confirm", "1")])
        .await
        .expect(303);
    let path = previewed.leads_to().unwrap();
    for (browser, page) in [(&ann, &again), (&ben, &other)] {
        let page = browser.get(&address(page)).await.expect(200);
        assert!(page.says("Already imported"), "{}", page.words());
        assert!(page.has(&format!(".notice a[href='{path}']")));
    }
}

#[tokio::test]
async fn an_import_is_deleted_a_week_after_its_last_change() {
    let (portal, _) = swept(Role::Manager).await;
    let actor = portal.staff(Role::Manager).await;
    let day = Duration::from_hours(24);
    let ann = portal.signed_in_as(&actor).await;
    let page = upload(&ann, CUSTOMERS).await;
    let path = address(&page);
    let later = async |by: Duration, expected: u16| {
        portal.advance(by);
        bulk::delete_expired(&portal.app).await.unwrap();
        let ann = portal.signed_in_as(&actor).await;
        let page = ann.get(&path).await.expect(expected);
        (ann, page)
    };
    let (ann, page) = later(day * 6, 200).await;
    answer(&ann, &page, &[]).await;
    later(day * 6, 200).await;
    later(day + Duration::from_secs(1), 404).await;
    let left = imports::of_staff(&portal.db, actor.staff_id).await.unwrap();
    assert!(left.is_empty());
}

#[tokio::test]
async fn a_file_in_an_older_encoding_is_stored_and_its_page_asks_for_it() {
    let (_portal, ann) = swept(Role::Manager).await;
    let text = "Company;Email\nQuillwörth;voice@quillworth.example\n";
    let latin: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (content, said, encoding) in [
        (latin, "Line 2 is not UTF-8.", "windows-1252"),
        (wide, "looks like UTF-16 (little-endian)", "utf-16le"),
    ] {
        let page = upload(&ann, content).await;
        assert!(page.says(said), "{}", page.words());
        assert!(!page.has("#columns") && page.has("details[open] select[name=encoding]"));
        ann.post(&format!("{}/preview", address(&page)), &[])
            .await
            .expect(409);
        let form = "form[action$='/read']";
        let wrong = [("encoding", "utf-16be")];
        ann.submit(&page, form, &wrong).await.expect(422);
        let right = [("encoding", encoding)];
        let sent = ann.submit(&page, form, &right).await.expect(303);
        let page = ann.follow(&sent).await.expect(200);
        assert_eq!(
            page.text_of("#row-1 td[data-label='Organization name']"),
            "Quillwörth"
        );
        let columns = page.form("#columns");
        assert_eq!(columns.value("column-1"), Some("email"));
    }
}

#[tokio::test]
async fn an_expired_sign_in_keeps_pasted_rows() {
    let portal = Portal::start().await;
    let actor = portal.staff(Role::Manager).await;
    let ann = portal.signed_in_as(&actor).await;
    let page = ann.get(PATH).await.expect(200);
    portal.advance(Duration::from_hours(9));
    let asked = ann.submit(&page, "#paste", &[("rows", CUSTOMERS)]).await;
    let fields = [("email", actor.email.as_str()), ("password", PASSWORD)];
    let back = ann
        .submit(&asked.expect(401), "#password-form", &fields)
        .await;
    let again = ann.follow(&back).await.expect(200);
    assert!(again.text_of("#rows").contains("voice@quillworth.example"));
    assert_nothing_stored(&portal).await;
    ann.submit(&again, "#paste", &[]).await.expect(303);
}
