//! Accounts that Telnyx no longer has.

use reseller_portal::db::accounts;
use reseller_portal::directory::refresh_account;
use reseller_portal::domain::audit::EventKind;

use super::{elsewhere, events, held, id_of, later_sweep, sweep};
use crate::support::Portal;

#[tokio::test]
async fn an_account_is_gone_only_after_two_readings_that_did_not_find_it() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    portal.sandbox.forget(&id).await;
    later_sweep(&portal).await;
    let once = held(&portal, &id).await;
    assert_eq!(
        (once.gone_at, once.missing_since),
        (None, Some(portal.clock.now()))
    );
    assert_eq!(elsewhere(&portal).await, 0);
    later_sweep(&portal).await;
    assert_eq!(held(&portal, &id).await.gone_at, Some(portal.clock.now()));
    let found = events(&portal, EventKind::ChangedElsewhere).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].event.after.as_deref().unwrap().starts_with("Gone"));
    later_sweep(&portal).await;
    assert_eq!(elsewhere(&portal).await, 1);
    let listed = accounts::list(&portal.db, &accounts::ListFilter::default())
        .await
        .unwrap();
    assert_eq!(
        listed.total_of_all_statuses(),
        19,
        "a gone account is left out of lists"
    );
}

#[tokio::test]
async fn a_reading_of_one_account_counts_as_much_as_a_sweep() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    portal.sandbox.forget(&id).await;
    later_sweep(&portal).await;
    let read = refresh_account(&portal.app, &id).await.unwrap();
    assert!(read.not_found);
    assert!(read.account.unwrap().gone_at.is_some());
}

#[tokio::test]
async fn an_account_that_is_found_between_two_misses_is_not_gone() {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let id = id_of(&portal, "enabled").await;
    let path = format!("/v2/managed_accounts/{id}");
    let missing = serde_json::json!([{"method": "GET", "path": path, "then": {"status": 404}}]);
    for _ in 0..2 {
        portal.sandbox.faults(missing.clone()).await;
        refresh_account(&portal.app, &id).await.unwrap();
        assert!(held(&portal, &id).await.missing_since.is_some());
        portal.sandbox.clear_faults().await;
        later_sweep(&portal).await;
        let found = held(&portal, &id).await;
        assert_eq!((found.missing_since, found.gone_at), (None, None));
    }
    assert_eq!(elsewhere(&portal).await, 0);
}
