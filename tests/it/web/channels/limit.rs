//! Changing a limit in its row.

use std::time::Duration;

use reseller_portal::domain::role::Role;
use serde_json::json;

use super::{known, limit_of, row};
use crate::support::{Browser, Portal, Response};

const LIMITS: &str = "/v2/managed_accounts/*";

async fn start() -> (Portal, Browser, String) {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    known(&portal, &id, truth(&portal, &id).await).await;
    let ann = portal.signed_in(Role::Manager).await;
    (portal, ann, id)
}

/// Returns the limit that Telnyx has.
async fn truth(portal: &Portal, id: &str) -> u32 {
    let limit = portal.sandbox.account(id).await["channel_limit"]
        .as_u64()
        .unwrap();
    u32::try_from(limit).unwrap()
}

fn form(id: &str) -> String {
    format!("{} form.limit-editor", row(id))
}

/// Saves the row as the script does.
async fn save(ann: &Browser, page: &Response, id: &str, limit: &str) -> Response {
    let form = page.form(&form(id));
    ann.post_fragment(&form.action, &form.filled(&[("channel_limit", limit)]))
        .await
}

#[tokio::test]
async fn a_saved_limit_brings_its_row_the_pool_and_an_undo() {
    let (portal, ann, id) = start().await;
    let now = truth(&portal, &id).await;
    let page = ann.get("/channels").await.expect(200);
    let editor = row(&id) + " form";
    assert_eq!(page.attr_of(&editor, "data-current"), Some(now.to_string()));
    let free: u32 = page
        .attr_of("#pool", "data-pool-free")
        .unwrap()
        .parse()
        .unwrap();
    // A row alone is not a document. htmx puts it inside a table, so do the same.
    let mut saved = save(&ann, &page, &id, &(now + 3).to_string())
        .await
        .expect(200);
    saved.text = format!("<table>{}</table>", saved.text);
    assert!(saved.has("tr[data-updated]"), "{}", saved.text);
    assert_eq!(
        saved.attr_of("[data-pool-free]", "data-pool-free"),
        Some((free - 3).to_string())
    );
    assert!(
        saved
            .attr_of("form[action^='/operations/']", "action")
            .unwrap()
            .ends_with("/undo")
    );
    assert_eq!(truth(&portal, &id).await, now + 3);
    let page = ann.get("/channels").await.expect(200);
    assert!(
        page.text_of(&row(&id))
            .contains("confirmed, set by Test Account manager")
    );
}

#[tokio::test]
async fn without_a_script_it_leads_back_to_the_row_with_a_toast() {
    let (portal, ann, id) = start().await;
    let now = truth(&portal, &id).await;
    let page = ann.get(&format!("/channels?q={id}")).await.expect(200);
    let left = ann
        .submit(
            &page,
            &form(&id),
            &[("channel_limit", &(now + 1).to_string())],
        )
        .await;
    assert_eq!(left.leads_to(), Some(format!("/channels?q={id}#row-{id}")));
    let page = ann.follow(&left).await.expect(200);
    assert!(page.text_of(".toast").contains(&(now + 1).to_string()));
    assert_eq!(portal.sandbox.changes().await.len(), 1);
    let undone = ann.submit(&page, ".toast form[action$='/undo']", &[]).await;
    assert_eq!(undone.leads_to(), left.leads_to());
    assert_eq!(truth(&portal, &id).await, now);
}

#[tokio::test]
async fn a_wrong_limit_is_refused_in_its_row_kept_and_not_sent() {
    let (portal, ann, id) = start().await;
    let page = ann.get("/channels").await.expect(200);
    for (typed, said) in [
        ("", "Enter a whole number, 0 or more."),
        ("-1", "Enter a whole number, 0 or more."),
        ("ten", "Enter a whole number, 0 or more."),
        ("1.5", "Enter a whole number, 0 or more."),
        (
            "99999999999999999999",
            "A channel limit is at most 1,000,000.",
        ),
        ("<b>\"'\u{202e}\0😀", "Enter a whole number, 0 or more."),
    ] {
        let refused = ann
            .submit(&page, &form(&id), &[("channel_limit", typed)])
            .await
            .expect(422);
        assert!(
            refused.text_of(&row(&id)).contains(said),
            "{typed}: {}",
            refused.text_of(&row(&id))
        );
        let field = format!("{} input[name=channel_limit][aria-invalid]", row(&id));
        assert_eq!(
            refused.attr_of(&field, "value").unwrap(),
            typed.replace('\0', "\u{fffd}"),
            "{typed}"
        );
        assert!(refused.says("Not saved: the limit of"));
    }
    assert_eq!(portal.sandbox.changes().await, [""; 0]);
}

#[tokio::test]
async fn a_limit_that_the_pool_cannot_give_is_refused_at_the_field_with_the_figures() {
    let (portal, ann, id) = start().await;
    portal.sandbox.pool(0).await;
    let allocated = portal.sandbox.state().await["pool"]["total_global_channels_allocated"]
        .as_u64()
        .unwrap();
    portal
        .sandbox
        .pool(u32::try_from(allocated).unwrap() + 2)
        .await;
    let now = truth(&portal, &id).await;
    let page = ann.get("/channels").await.expect(200);
    let mut refused = save(&ann, &page, &id, &(now + 3).to_string())
        .await
        .expect(422);
    refused.text = format!("<table>{}</table>", refused.text);
    let words = refused.text_of(".field-error");
    assert_eq!(
        words,
        format!("The pool has 2 free; {now} → {} needs 3 more.", now + 3)
    );
    assert_eq!(
        refused.attr_of("input[name=channel_limit]", "value"),
        Some((now + 3).to_string())
    );
    assert_eq!(portal.sandbox.changes().await, [""; 0]);
    save(&ann, &page, &id, &(now + 2).to_string())
        .await
        .expect(200);
    assert_eq!(truth(&portal, &id).await, now + 2);
}

#[tokio::test]
async fn zero_leads_to_its_own_confirmation_and_is_not_sent() {
    let (portal, ann, id) = start().await;
    let page = ann.get("/channels").await.expect(200);
    let confirm = format!("/accounts/{id}/block-calls?return_to=%2Fchannels");
    assert_eq!(
        ann.submit(&page, &form(&id), &[("channel_limit", "0")])
            .await
            .leads_to(),
        Some(confirm.clone())
    );
    let shown = ann.get(&confirm).await.expect(200);
    let back = format!("/channels#row-{id}");
    assert_eq!(shown.attr_of(".confirm-foot a", "href"), Some(back));
    // A script opens the confirmation over the row.
    let mut row = save(&ann, &page, &id, "0").await.expect(422);
    row.text = format!("<table>{}</table>", row.text);
    let link = "a[data-dialog][data-open-now]";
    assert_eq!(row.attr_of(link, "href"), Some(confirm));
    assert_eq!(portal.sandbox.changes().await, [""; 0]);
}

#[tokio::test]
async fn a_limit_that_changed_meanwhile_is_not_overwritten_until_it_was_seen() {
    let (portal, ann, id) = start().await;
    let now = truth(&portal, &id).await;
    let page = ann.get("/channels").await.expect(200);
    portal.advance(Duration::from_secs(5));
    known(&portal, &id, now + 9).await;
    let seen = ann
        .submit(
            &page,
            &form(&id),
            &[("channel_limit", &(now + 1).to_string())],
        )
        .await
        .expect(409);
    assert!(
        seen.text_of(&row(&id)).contains(&format!("as {}", now + 9)),
        "{}",
        seen.text_of(&row(&id))
    );
    assert_eq!(portal.sandbox.changes().await, [""; 0]);
    let left = ann.submit(&seen, &form(&id), &[]).await;
    assert!(
        left.status.is_redirection(),
        "{} {}",
        left.status,
        left.words()
    );
    assert_eq!(truth(&portal, &id).await, now + 1);
}

#[tokio::test]
async fn a_limit_that_is_not_known_is_left_to_telnyx_whose_refusal_comes_to_the_field() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get("/channels").await.expect(200);
    let refused = ann
        .submit(&page, &form(&id), &[("channel_limit", "900000")])
        .await
        .expect(422);
    assert!(
        !refused
            .text_of(&format!("{} .field-error", row(&id)))
            .is_empty()
    );
    assert_eq!(portal.sandbox.changes().await.len(), 1, "Telnyx decided");
    assert_eq!(limit_of(&portal, &id).await, None);
}

#[tokio::test]
async fn a_change_that_telnyx_does_not_confirm_shows_as_checking_and_then_as_done() {
    let (portal, ann, id) = start().await;
    let now = truth(&portal, &id).await;
    portal
        .sandbox
        .faults(json!([{ "method": "PATCH", "path": LIMITS, "then": { "status": 503 } }]))
        .await;
    let page = ann.get("/channels").await.expect(200);
    let mut waits = save(&ann, &page, &id, &(now + 4).to_string())
        .await
        .expect(200);
    waits.text = format!("<table>{}</table>", waits.text);
    let poll = waits.attr_of("tr[hx-get]", "hx-get").unwrap();
    assert!(
        waits.text_of("tr").contains("Checking"),
        "{}",
        waits.words()
    );
    assert!(
        !waits.has("input[name=channel_limit]"),
        "one change at a time"
    );
    portal.sandbox.clear_faults().await;
    portal.advance(Duration::from_mins(1));
    portal.run_jobs().await;
    let mut done = ann.get_fragment(&poll).await.expect(200);
    done.text = format!("<table>{}</table>", done.text);
    assert!(done.has("tr[data-updated]:not([hx-get])"), "{}", done.text);
    assert!(done.has("form[action$='/undo']"));
    assert_eq!(truth(&portal, &id).await, now + 4);
}

#[tokio::test]
async fn while_telnyx_is_down_nothing_is_sent_and_try_anyway_is_offered() {
    let (portal, ann, id) = start().await;
    let now = truth(&portal, &id).await;
    portal
        .sandbox
        .faults(json!([{ "path": "/v2/*", "then": { "drop": "before" } }]))
        .await;
    for _ in 0..3 {
        assert!(portal.telnyx.pool().await.is_err());
    }
    let page = ann.get("/channels").await.expect(200);
    let refused = ann
        .submit(
            &page,
            &form(&id),
            &[("channel_limit", &(now + 1).to_string())],
        )
        .await
        .expect(503);
    let words = refused.text_of(&row(&id));
    assert!(
        words.contains("Not sent. Nothing will happen by itself."),
        "{words}"
    );
    assert!(words.contains("Try anyway"), "{words}");
    portal.sandbox.clear_faults().await;
    assert_eq!(portal.sandbox.changes().await, [""; 0]);
    let left = ann
        .submit(&refused, &form(&id), &[("try_anyway", "yes")])
        .await;
    assert!(
        left.status.is_redirection(),
        "{} {}",
        left.status,
        left.words()
    );
    assert_eq!(truth(&portal, &id).await, now + 1);
}

#[tokio::test]
async fn an_account_that_is_not_there_and_an_address_that_leads_away_do_no_harm() {
    let (portal, ann, id) = start().await;
    let limit = [("channel_limit", "5")];
    ann.post("/channels/nobody/limit", &limit).await.expect(404);
    ann.get("/channels/nobody/row").await.expect(404);
    ann.get("/channels/nobody/record").await.expect(404);
    let now = (truth(&portal, &id).await + 1).to_string();
    let left = ann
        .post(
            &format!("/channels/{id}/limit"),
            &[("channel_limit", &now), ("back", "//evil.example/")],
        )
        .await;
    assert_eq!(left.leads_to(), Some(format!("/channels#row-{id}")));
}
