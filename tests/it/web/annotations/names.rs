//! Display names.

use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;

use super::{HOSTILE, listed, some, told};
use crate::support::Portal;

#[tokio::test]
async fn a_display_name_leads_wherever_the_account_is_named_and_telnyxs_name_stays_beside_it() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let accounts = portal.sandbox.accounts().await;
    let account = accounts
        .iter()
        .find(|account| account["id"] == id.as_str())
        .unwrap();
    let organization = account["organization_name"].as_str().unwrap();

    let form = ann
        .get(&format!("/accounts/{id}/display-name"))
        .await
        .expect(200);
    let saved = ann
        .submit(
            &form,
            "form.confirm",
            &[("display_name", "  Zoë’s <b>Bakery</b> ")],
        )
        .await;
    let page = ann.follow(&saved.expect(303)).await.expect(200);
    assert_eq!(page.text_of("h1"), "Zoë’s <b>Bakery</b>");
    assert!(
        page.text_of(".page-head p").contains(organization),
        "{}",
        page.text_of(".page-head p")
    );

    assert_eq!(listed(&ann, "q=zoe%E2%80%99s").await, [id.as_str()]);
    let list = ann.get("/accounts?q=bakery").await;
    let row = list.text_of(&format!("#account-{id} td"));
    assert!(
        row.contains("Zoë’s <b>Bakery</b>") && row.contains(organization),
        "{row}"
    );
    let found = ann.get_fragment("/search?q=bakery").await.expect(200);
    assert!(
        found
            .text_of("[role=option]")
            .contains("Zoë’s <b>Bakery</b>")
    );
    assert!(found.text_of("[role=option] small").contains(organization));
    for dangerous in ["disable", "block-calls"] {
        let dialog = ann
            .get_fragment(&format!("/accounts/{id}/{dangerous}"))
            .await;
        for place in [".subject", ".confirm-subject"] {
            let words = dialog.text_of(place);
            assert!(
                words.contains("Zoë’s") && words.contains(organization),
                "{dangerous}: {words}"
            );
        }
    }
    assert!(
        portal.sandbox.changes().await.is_empty(),
        "Telnyx hears nothing of it"
    );

    let form = ann.get(&format!("/accounts/{id}/display-name")).await;
    let cleared = ann
        .submit(&form, "form.confirm", &[("display_name", " ")])
        .await;
    let page = ann.follow(&cleared.expect(303)).await.expect(200);
    assert_eq!(page.text_of("h1"), organization);
    let told = told(&portal, EventKind::DisplayName).await;
    let values: Vec<_> = told
        .iter()
        .map(|entry| (entry.event.before.as_deref(), entry.event.after.as_deref()))
        .collect();
    let name = Some("Zoë’s <b>Bakery</b>");
    assert_eq!(values, [(name, Some("none")), (Some("none"), name)]);
}

#[tokio::test]
async fn a_display_name_that_changed_meanwhile_is_not_written_over_and_what_was_typed_stays() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let (ann, bea) = (
        portal.signed_in(Role::Manager).await,
        portal.signed_in(Role::Admin).await,
    );
    let path = format!("/accounts/{}/display-name", some(&portal).await[0]);
    let form = ann.get(&path).await.expect(200);
    bea.post(&path, &[("shown", ""), ("display_name", "Bea’s")])
        .await
        .expect(303);
    let refused = ann
        .submit(&form, "form.confirm", &[("display_name", "Ann’s")])
        .await;
    let refused = refused.expect(409);
    assert!(
        refused.says("Its display name is “Bea’s” now."),
        "{}",
        refused.words()
    );
    assert_eq!(
        refused.form("form.confirm").value("display_name"),
        Some("Ann’s")
    );
    let saved = ann.submit(&refused, "form.confirm", &[]).await.expect(303);
    assert_eq!(ann.follow(&saved).await.text_of("h1"), "Ann’s");
}

#[tokio::test]
async fn a_display_name_that_cannot_be_one_is_refused_at_its_field() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let path = format!("/accounts/{}/display-name", some(&portal).await[0]);
    for wrong in [
        "x".repeat(201),
        "a\nb".to_owned(),
        HOSTILE[0].to_owned(),
        HOSTILE[1].to_owned(),
    ] {
        let page = ann
            .post(&path, &[("display_name", &wrong)])
            .await
            .expect(422);
        assert!(page.has("#display_name[aria-invalid=true]"));
        assert_ne!(page.text_of("#display_name-help .field-error"), "");
    }
    for shown in HOSTILE {
        let answer = ann
            .post(&path, &[("display_name", "x"), ("shown", shown)])
            .await;
        assert!(!answer.status.is_server_error(), "{shown:?}");
    }
    let vic = portal.signed_in(Role::Viewer).await;
    vic.get(&path).await.expect(403);
    vic.post(&path, &[("display_name", "x")]).await.expect(403);
}

#[tokio::test]
async fn a_name_in_a_sentence_keeps_its_direction_to_itself() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let form = ann
        .get(&format!("/accounts/{id}/display-name"))
        .await
        .expect(200);
    let saved = ann
        .submit(
            &form,
            "form.confirm",
            &[("display_name", "\u{645}\u{643}\u{62a}\u{628} 7")],
        )
        .await;
    let page = ann.follow(&saved.expect(303)).await.expect(200);
    let isolated = "\u{2068}\u{645}\u{643}\u{62a}\u{628} 7\u{2069}";
    assert!(
        page.text
            .contains(&format!("It is called {isolated} in this portal."))
    );
    portal
        .sandbox
        .change_elsewhere(&id, serde_json::json!({ "status": "disabled" }))
        .await;
    portal.advance(std::time::Duration::from_mins(1));
    portal.sweep().await;
    let board = ann.get("/").await.expect(200);
    assert!(
        board
            .text
            .contains(&format!("{isolated} was changed outside the portal")),
        "{}",
        board.words()
    );
}
