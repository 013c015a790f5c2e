//! Channel limits and the pool, as the form shows them.

use super::*;
use reseller_portal::db;
use reseller_portal::domain::text::group_thousands;

#[tokio::test]
async fn a_limit_is_set_and_the_toast_offers_to_undo_it() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 30).await;
    let page = ann
        .get(&format!("/accounts/{id}/channel-limit"))
        .await
        .expect(200);
    assert_eq!(
        page.attr_of("form[data-limit-editor]", "data-current")
            .unwrap(),
        "30"
    );
    let done = ann
        .submit(&page, "form.confirm", &[("channel_limit", "45")])
        .await
        .expect(303);
    let page = ann.follow(&done).await.expect(200);
    assert!(
        page.text_of(".toast").contains("The channel limit is 45."),
        "{}",
        page.words()
    );
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 45);
    assert_eq!(limit_of(&portal, &id).await, Some(45));
    let undone = ann.submit(&page, ".toast form", &[]).await.expect(303);
    assert!(
        ann.follow(&undone)
            .await
            .text_of(".toast")
            .contains("The channel limit is 30.")
    );
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 30);
}

#[tokio::test]
async fn a_limit_that_the_pool_cannot_give_is_refused_at_the_field_with_the_figures() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 30).await;
    let allocated = portal.sandbox.state().await["pool"]["total_global_channels_allocated"]
        .as_u64()
        .unwrap_or_else(|| panic!("the pool"));
    portal
        .sandbox
        .pool(u32::try_from(allocated).unwrap() + 5)
        .await;
    let sent = portal.sandbox.changes().await.len();
    let page = ann
        .post(
            &format!("/accounts/{id}/channel-limit"),
            &[("channel_limit", "45")],
        )
        .await
        .expect(422);
    let said = page.text_of("#channel_limit-help .field-error");
    assert_eq!(said, "The pool has 5 free; 30 → 45 needs 15 more.");
    assert_eq!(page.attr_of("#channel_limit", "value").unwrap(), "45");
    assert_eq!(
        portal.sandbox.changes().await.len(),
        sent,
        "nothing was sent"
    );
    // Only the difference counts, and a lower limit always fits.
    ann.post(
        &format!("/accounts/{id}/channel-limit"),
        &[("channel_limit", "35")],
    )
    .await
    .expect(303);
    ann.post(
        &format!("/accounts/{id}/channel-limit"),
        &[("channel_limit", "1")],
    )
    .await
    .expect(303);
}

#[tokio::test]
async fn where_the_limit_is_not_known_telnyx_decides_and_its_refusal_stands_at_the_field() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let page = ann
        .get(&format!("/accounts/{id}/channel-limit"))
        .await
        .expect(200);
    assert!(page.says("Telnyx decides"));
    let page = ann
        .submit(&page, "form.confirm", &[("channel_limit", "100000")])
        .await
        .expect(422);
    assert_eq!(portal.sandbox.changes().await.len(), 1, "it was sent");
    assert!(
        page.text_of("#channel_limit-help .field-error")
            .contains("Telnyx says"),
        "{}",
        page.words()
    );
    assert_eq!(
        limit_of(&portal, &id).await,
        None,
        "the record is unchanged"
    );
}

#[tokio::test]
async fn totals_of_zero_say_that_the_feature_is_off() {
    let portal = Portal::build().channels(0).start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = enabled(&portal).await;
    let page = ann
        .get(&format!("/accounts/{id}/channel-limit"))
        .await
        .expect(200);
    assert!(
        page.says("not enabled for your Telnyx account"),
        "{}",
        page.words()
    );
    assert!(!page.says("0 of 0"));
}

#[tokio::test]
async fn a_typed_zero_leads_to_blocking_calls_and_sends_nothing() {
    let (portal, ann) = stage().await;
    let id = with_limit(&portal, &ann, 30).await;
    let sent = portal.sandbox.changes().await.len();
    let page = ann
        .post(
            &format!("/accounts/{id}/channel-limit"),
            &[("channel_limit", "0")],
        )
        .await
        .expect(422);
    assert_eq!(portal.sandbox.changes().await.len(), sent);
    assert!(page.says("Nothing was sent yet"));
    let (pool, _) = db::channel_pool::latest(&portal.db).await.unwrap().unwrap();
    let free = i64::from(pool.free());
    let free = format!(
        "30 channels return to the pool: free {} → {}.",
        group_thousands(free),
        group_thousands(free + 30)
    );
    assert!(page.says(&free), "{free} is not in {}", page.words());
    let form = page.form("form.confirm");
    assert_eq!(form.action, format!("/accounts/{id}/block-calls"));
    ann.submit(&page, "form.confirm", &[("reason", "leaked key")])
        .await
        .expect(303);
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 0);
}
