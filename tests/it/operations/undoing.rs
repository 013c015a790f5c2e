//! Undo: a new operation, while the value is still what the undone one left.

use super::*;
use reseller_portal::operations::undo::{UndoOffer, offer, undo_limit};

#[tokio::test]
async fn a_limit_is_set_back_by_a_new_operation_once() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let before = account(&portal, &id).await.channel_limit.unwrap().value;
    ask(&portal, &ann, set_limit(&id, 6)).await;
    let change = ask(&portal, &ann, set_limit(&id, 7)).await;
    assert_eq!(
        offer(&portal, &ann, &change).await.unwrap(),
        Some(UndoOffer::Limit(limit(6))),
        "before: {before}"
    );
    let key = OperationId::new(portal.clock.now());
    undo_limit(&portal, &ann, key, &change).await.unwrap();
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 6);
    assert_eq!(offer(&portal, &ann, &change).await.unwrap(), None);
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
    assert_eq!(offer(&portal, &ann, &change).await.unwrap(), None);
    let key = OperationId::new(portal.clock.now());
    assert!(undo_limit(&portal, &ann, key, &change).await.is_err());
}

#[tokio::test]
async fn undoing_a_disable_asks_about_the_connections_first() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let change = ask(&portal, &ann, Change::Disable { account: id }).await;
    assert_eq!(offer(&portal, &ann, &change).await.unwrap(), Some(UndoOffer::Enable));
    let viewer = portal.actor(Role::Viewer);
    assert_eq!(offer(&portal, &viewer, &change).await.unwrap(), None);
}

#[tokio::test]
async fn setting_back_to_nothing_goes_through_its_confirmation() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    ask(&portal, &ann, set_limit(&id, 0)).await;
    let change = ask(&portal, &ann, set_limit(&id, 7)).await;
    assert_eq!(
        offer(&portal, &ann, &change).await.unwrap(),
        Some(UndoOffer::BlockCalls)
    );
}
