//! Undo: a new operation, allowed while the value is still the one that the undone one set.

use super::*;
use reseller_portal::operations::SubmitError;
use reseller_portal::operations::undo::{UndoOffer, undo_limit, undo_offer};

#[tokio::test]
async fn a_limit_is_set_back_by_a_new_operation_once() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let before = account(&portal, &id).await.channel_limit.unwrap().value;
    ask(&portal, &ann, set_limit(&id, 6)).await;
    let change = ask(&portal, &ann, set_limit(&id, 7)).await;
    assert_eq!(
        undo_offer(&portal, &ann, &change).await.unwrap(),
        Some(UndoOffer::Limit(limit(6))),
        "before: {before}"
    );
    let key = OperationId::new(portal.clock.now());
    undo_limit(&portal, &ann, key, &change).await.unwrap();
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 6);
    assert_eq!(undo_offer(&portal, &ann, &change).await.unwrap(), None);
    let again = undo_limit(&portal, &ann, key, &change).await.unwrap();
    assert!(matches!(again, Submission::Settled(same) if same.id == key));
    assert_eq!(portal.sandbox.changes().await.len(), 3);
}

#[tokio::test]
async fn what_was_changed_since_cannot_be_undone() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    ask(&portal, &ann, set_limit(&id, 6)).await;
    let change = ask(&portal, &ann, set_limit(&id, 7)).await;
    ask(&portal, &ann, set_limit(&id, 8)).await;
    assert_eq!(undo_offer(&portal, &ann, &change).await.unwrap(), None);
    let key = OperationId::new(portal.clock.now());
    assert!(undo_limit(&portal, &ann, key, &change).await.is_err());
}

#[tokio::test]
async fn undoing_a_disable_asks_about_the_connections_first() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let change = ask(&portal, &ann, Change::Disable { account: id }).await;
    assert_eq!(
        undo_offer(&portal, &ann, &change).await.unwrap(),
        Some(UndoOffer::Form("enable"))
    );
    let viewer = portal.actor(Role::Viewer);
    assert_eq!(undo_offer(&portal, &viewer, &change).await.unwrap(), None);
}

#[tokio::test]
async fn setting_back_to_nothing_goes_through_its_confirmation() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    ask(&portal, &ann, set_limit(&id, 0)).await;
    let change = ask(&portal, &ann, set_limit(&id, 7)).await;
    assert_eq!(
        undo_offer(&portal, &ann, &change).await.unwrap(),
        Some(UndoOffer::Form("block-calls"))
    );
}

/// Returns the operations that undo this one and were not refused.
async fn undoing(portal: &Portal, change: &Operation) -> Vec<Operation> {
    let account = change.account.as_ref().unwrap();
    let all = operations::of_account(&portal.db, account, 50)
        .await
        .unwrap();
    all.into_iter()
        .filter(|one| one.undoes == Some(change.id) && one.state != OperationState::Refused)
        .collect()
}

/// Returns a request that undoes this change, as its form sends it.
fn undo(portal: &Portal, undone: &Operation, change: Change) -> Request {
    Request {
        undoes: Some(undone.id),
        ..request(portal, change)
    }
}

#[tokio::test]
async fn what_was_undone_is_not_undone_again_when_the_same_value_is_back() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    ask(&portal, &ann, set_limit(&id, 6)).await;
    let change = ask(&portal, &ann, set_limit(&id, 7)).await;
    let key = OperationId::new(portal.clock.now());
    undo_limit(&portal, &ann, key, &change).await.unwrap();
    ask(&portal, &ann, set_limit(&id, 7)).await;
    let again = undo_limit(&portal, &ann, OperationId::new(portal.clock.now()), &change).await;
    assert!(matches!(again, Err(SubmitError::Rule(_))), "{again:?}");
    let again = submit(&portal, &ann, undo(&portal, &change, set_limit(&id, 6))).await;
    assert!(matches!(again, Err(SubmitError::Rule(_))), "{again:?}");
    assert_eq!(undoing(&portal, &change).await.len(), 1);
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 7);
}

#[tokio::test]
async fn a_change_of_status_is_undone_only_once() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let enable = || Change::Enable {
        account: id.clone(),
        reenable_all_connections: false,
    };
    let change = ask(
        &portal,
        &ann,
        Change::Disable {
            account: id.clone(),
        },
    )
    .await;
    let undone = submit(&portal, &ann, undo(&portal, &change, enable()))
        .await
        .unwrap();
    assert!(matches!(undone, Submission::Settled(_)));
    ask(
        &portal,
        &ann,
        Change::Disable {
            account: id.clone(),
        },
    )
    .await;
    assert_eq!(undo_offer(&portal, &ann, &change).await.unwrap(), None);
    let again = submit(&portal, &ann, undo(&portal, &change, enable())).await;
    assert!(matches!(again, Err(SubmitError::Rule(_))), "{again:?}");
    assert_eq!(portal.sandbox.account(&id).await["status"], "disabled");
}

#[tokio::test]
async fn what_another_account_or_a_refused_change_left_is_not_undone() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let other = portal.sandbox.accounts().await[9]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let change = ask(&portal, &ann, set_limit(&id, 7)).await;
    let elsewhere = submit(&portal, &ann, undo(&portal, &change, set_limit(&other, 6))).await;
    assert!(
        matches!(elsewhere, Err(SubmitError::Rule(_))),
        "{elsewhere:?}"
    );
    fault(&portal, "PATCH", EVERY_ACCOUNT, 1, json!({ "status": 422 })).await;
    let refused = ask(&portal, &ann, set_limit(&id, 8)).await;
    assert_state(&refused, OperationState::Refused);
    let nothing = submit(&portal, &ann, undo(&portal, &refused, set_limit(&id, 7))).await;
    assert!(matches!(nothing, Err(SubmitError::Rule(_))), "{nothing:?}");
}

#[tokio::test]
async fn an_undo_that_telnyx_refused_can_be_asked_for_again() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    ask(&portal, &ann, set_limit(&id, 6)).await;
    let change = ask(&portal, &ann, set_limit(&id, 7)).await;
    fault(&portal, "PATCH", EVERY_ACCOUNT, 1, json!({ "status": 422 })).await;
    for state in [OperationState::Refused, OperationState::Done] {
        let key = OperationId::new(portal.clock.now());
        let Submission::Settled(undo) = undo_limit(&portal, &ann, key, &change).await.unwrap()
        else {
            panic!("not settled");
        };
        assert_state(&undo, state);
    }
}

#[tokio::test]
async fn of_two_undos_at_once_one_is_recorded() {
    let (portal, ann) = stage().await;
    let ben = portal.actor(Role::Manager);
    let id = enabled(&portal).await;
    ask(&portal, &ann, set_limit(&id, 6)).await;
    let change = ask(&portal, &ann, set_limit(&id, 7)).await;
    let sent = portal.sandbox.changes().await.len();
    let key = || OperationId::new(portal.clock.now());
    let _ = tokio::join!(
        undo_limit(&portal, &ann, key(), &change),
        undo_limit(&portal, &ben, key(), &change),
        submit(&portal, &ben, undo(&portal, &change, set_limit(&id, 6))),
    );
    assert_eq!(undoing(&portal, &change).await.len(), 1);
    assert_eq!(portal.sandbox.changes().await.len(), sent + 1);
}

#[tokio::test]
async fn an_undo_that_is_still_checked_is_not_recorded_after_another_one() {
    let (portal, ann) = stage().await;
    let ben = portal.actor(Role::Manager);
    let id = enabled(&portal).await;
    ask(&portal, &ann, set_limit(&id, 9)).await;
    let change = ask(&portal, &ann, set_limit(&id, 5)).await;
    // Ann's undo waits for the pool. Meanwhile Ben undoes the change, and sets the same limit
    // again.
    let pool = "/v2/managed_accounts/allocatable_global_outbound_channels";
    fault(&portal, "GET", pool, 1, json!({ "delay_ms": 400 })).await;
    let overtaking = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let key = OperationId::new(portal.clock.now());
        undo_limit(&portal, &ben, key, &change).await.unwrap();
        assert_state(
            &ask(&portal, &ben, set_limit(&id, 5)).await,
            OperationState::Done,
        );
    };
    let key = OperationId::new(portal.clock.now());
    let (slow, ()) = tokio::join!(undo_limit(&portal, &ann, key, &change), overtaking);
    assert!(matches!(slow, Err(SubmitError::Rule(_))), "{slow:?}");
    assert_eq!(undoing(&portal, &change).await.len(), 1);
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 5);
}
