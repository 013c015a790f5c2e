//! Decisions about rows: which are left out, which are another customer, and stale pages.

use super::*;

#[tokio::test]
async fn rows_that_look_like_accounts_wait_for_a_decision() {
    let (portal, ann) = swept(Role::Manager).await;
    let accounts = portal.sandbox.accounts().await;
    let (one, other) = (&accounts[0], &accounts[1]);
    let csv = format!(
        "Company,Email\n\"{}\",new@quillworth.example\nQuillwörth,{}\nZyx,zyx@zyx.example\n\
         Zyxx,ZYX@zyx.example\n",
        text(one, "organization_name"),
        text(other, "email"),
    );
    let page = upload(&ann, &csv).await;
    let page = answer(&ann, &page, &[]).await;
    let statuses: Vec<String> = (1..=4).map(|row| status(&page, row)).collect();
    assert_eq!(
        statuses,
        ["Decide", "Exists already", "Ready", "Twice in the file"]
    );
    let link = |page: &Response, row: usize, id: &str| {
        page.has(&format!("#row-{row} a[href='/accounts/{id}']"))
    };
    assert!(link(&page, 1, text(one, "id")) && link(&page, 2, text(other, "id")));
    assert!(page.text_of("#row-4").contains("Same email as row 3"));
    assert_eq!(page.text_of("#preview button"), "Preview 1 account");

    let choose = async |page: &Response, row: usize, choice: &str| {
        let form = format!("#row-{row} form");
        let sent = ann.submit(page, &form, &[("choice", choice)]).await;
        let sent = sent.expect(303);
        assert!(sent.leads_to().unwrap().ends_with(&format!("#row-{row}")));
        ann.follow(&sent).await.expect(200)
    };
    let page = choose(&page, 1, "create").await;
    assert_eq!(status(&page, 1), "Ready");
    let page = choose(&page, 3, "leave_out").await;
    assert_eq!(status(&page, 3), "Left out");
    assert_eq!(status(&page, 4), "Ready", "its email is free now");
    let page = choose(&page, 3, "undo").await;
    assert_eq!(
        (status(&page, 3), status(&page, 4)),
        ("Ready".into(), "Twice in the file".into())
    );

    let form = ".job-groups form";
    assert_eq!(page.form(form).value("status"), Some("exists"));
    let sent = ann.submit(&page, form, &[("choice", "leave_out")]).await;
    let page = ann.follow(&sent.expect(303)).await.expect(200);
    assert_eq!(status(&page, 2), "Left out");
    let tab = ann
        .get(&format!("{}?status=left_out", address(&page)))
        .await
        .expect(200);
    assert_eq!(tab.count("#rows tbody tr"), 1);
    let damaged = [("number", "99"), ("choice", "create")];
    let choose = format!("{}/choose", address(&page));
    ann.post(&choose, &damaged).await.expect(400);
    ann.post(&choose, &[("number", "1")]).await.expect(400);
}

#[tokio::test]
async fn a_preview_of_a_page_that_is_out_of_date_is_refused() {
    let (portal, ann) = swept(Role::Manager).await;
    let page = upload(&ann, CUSTOMERS).await;
    let old = answer(&ann, &page, &[]).await;
    let row = "#row-1 form";
    ann.submit(&old, row, &[("choice", "leave_out")])
        .await
        .expect(303);
    ann.submit(&old, "#row-1 form", &[("choice", "undo")])
        .await
        .expect(303);
    let refused = ann.submit(&old, "#preview", &[]).await.expect(409);
    assert!(
        refused.says("This import was changed in another tab."),
        "{}",
        refused.words()
    );
    let dump = portal.everything().await;
    assert!(dump["jobs"].is_empty());
    ann.submit(&refused, "#preview", &[]).await.expect(303);
}

#[tokio::test]
async fn two_columns_with_one_meaning_are_refused_and_columns_are_remembered_for_a_person() {
    let (portal, ann) = swept(Role::Manager).await;
    let csv = "Kunde;Adresse;Note\nQuillwörth;voice@quillworth.example;x\n";
    let page = upload(&ann, csv).await;
    assert!(page.says("No column is mapped to Organization name and Email."));
    let both = [
        ("column-0", "email"),
        ("column-1", "email"),
        ("rollup_billing", "no"),
    ];
    let refused = ann.submit(&page, "#columns", &both).await.expect(422);
    assert!(refused.says("Two columns are mapped to Email."));
    let shown = refused.form("#columns");
    for (name, value) in both {
        assert_eq!(shown.value(name), Some(value), "{name}");
    }
    let typed = [
        ("column-0", "organization_name"),
        ("column-1", "email"),
        ("column-2", ""),
    ];
    let page = answer(&ann, &page, &typed).await;
    assert_eq!(status(&page, 1), "Ready");

    let mapped = |page: &Response| {
        let form = page.form("#columns");
        ["column-0", "column-1", "column-2"].map(|name| form.value(name).unwrap().to_owned())
    };
    let next = csv.replace("Quillwörth", "Brandt");
    let page = upload(&ann, &next).await;
    assert_eq!(mapped(&page), ["organization_name", "email", ""]);
    let ben = portal.signed_in(Role::Admin).await;
    let page = upload(&ben, &next).await;
    assert_eq!(mapped(&page), ["", "", "note"]);
}
