//! Unanswered requests that act later.
//! The page says that they may, later that they did, and whose they were.

use super::*;
use reseller_portal::directory::org_users::refresh;
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::operations::late_effects;

/// Returns [`stage`] after one sweep.
async fn swept() -> (Portal, Actor) {
    let (portal, ann) = stage().await;
    portal.sweep().await;
    (portal, ann)
}

/// Answers the next request of this kind with 503. It acts when the test says so.
async fn acts_late(portal: &Portal, method: &str, path: &str) {
    fault(
        portal,
        method,
        path,
        1,
        json!({ "status": 503, "late": true }),
    )
    .await;
}

/// Runs the kept request and then sweeps, so that the directory shows its effect.
async fn it_acts(portal: &Portal) {
    assert_eq!(portal.sandbox.act_late().await, 1);
    portal.advance(Duration::from_mins(5));
    portal.sweep().await;
}

async fn events(portal: &Portal, kind: EventKind) -> Vec<Event> {
    let filter = audit::EventFilter {
        kinds: vec![kind],
        outcome: Some(EventOutcome::Done),
        ..audit::EventFilter::default()
    };
    let entries = audit::latest(&portal.db, &filter, 100).await.unwrap();
    entries.into_iter().map(|entry| entry.event).collect()
}

/// Asserts that the latest event of this kind reports the operation's late effect.
/// Also asserts that nothing was recorded as made elsewhere.
async fn assert_late(portal: &Portal, ann: &Actor, kind: EventKind, operation: &Operation) {
    let event = events(portal, kind).await.into_iter().next().unwrap();
    assert!(event.message.starts_with("Took effect late"), "{event:?}");
    assert_eq!(event.operation, Some(operation.id));
    assert_eq!(event.who.unwrap().name, ann.name);
    assert_eq!(events(portal, EventKind::ChangedElsewhere).await.len(), 0);
    let now = reload(portal, operation).await;
    assert_state(&now, OperationState::Done);
    assert_eq!(
        now.unanswered_at, None,
        "nothing more is to be expected of it"
    );
    assert!(!told(portal).await.is_empty(), "the chain holds");
}

/// Returns the words on the pages of the account and of the change.
async fn pages(portal: &Portal, account: &AccountId, operation: &Operation) -> (String, String) {
    let viewer = portal.signed_in(Role::Manager).await;
    let account = viewer
        .get(&format!("/accounts/{account}"))
        .await
        .expect(200)
        .words();
    let operation = viewer
        .get(&format!("/operations/{}", operation.id))
        .await
        .expect(200)
        .words();
    (account, operation)
}

#[tokio::test]
async fn a_limit_that_acts_after_a_later_one_is_said_to_be_possible_and_then_in_doubt() {
    let (portal, ann) = swept().await;
    let id = enabled(&portal).await;
    acts_late(&portal, "PATCH", EVERY_ACCOUNT).await;
    let first = ask(&portal, &ann, set_limit(&id, 11)).await;
    assert_state(&first, OperationState::Done);
    let (page, _) = pages(&portal, &id, &first).await;
    assert!(
        !page.contains("may still take effect"),
        "it would change nothing: {page}"
    );
    assert_state(
        &ask(&portal, &ann, set_limit(&id, 22)).await,
        OperationState::Done,
    );
    let (page, change) = pages(&portal, &id, &first).await;
    assert!(
        page.contains("An earlier request may still take effect"),
        "{page}"
    );
    assert!(page.contains("set the channel limit to 11"), "{page}");
    assert!(!page.contains("may be outdated"), "{page}");
    assert!(change.contains("may still take effect until"), "{change}");
    let manager = portal.signed_in(Role::Manager).await;
    let list = manager.get("/channels").await.expect(200);
    assert!(
        list.says("an earlier request may still set set the channel limit to 11"),
        "{}",
        list.words()
    );

    it_acts(&portal).await;
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 11);
    let page = manager.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(
        page.says("The channel limit of 22 may be outdated"),
        "{}",
        page.words()
    );
    let again = page.attr_of("a[href*='channel-limit?channel_limit=22']", "href");
    manager.get(&again.unwrap()).await.expect(200);
    let list = manager.get("/channels").await.expect(200);
    assert!(list.says("may be outdated"), "{}", list.words());

    assert_state(
        &ask(&portal, &ann, set_limit(&id, 22)).await,
        OperationState::Done,
    );
    portal.sweep().await;
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 22);
    let page = manager.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(!page.says("may be outdated"), "{}", page.words());
    portal.advance(Duration::from_hours(1));
    let page = manager.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(!page.says("may still take effect"), "{}", page.words());
}

#[tokio::test]
async fn a_limit_whose_every_attempt_was_answered_leaves_no_doubt() {
    let (portal, ann) = swept().await;
    let id = enabled(&portal).await;
    fault(&portal, "PATCH", EVERY_ACCOUNT, 1, json!({ "status": 429 })).await;
    let operation = ask(&portal, &ann, set_limit(&id, 11)).await;
    assert_state(&operation, OperationState::Done);
    ask(&portal, &ann, set_limit(&id, 22)).await;
    assert_eq!(reload(&portal, &operation).await.unanswered_at, None);
    assert!(
        late_effects::find_unanswered(&portal)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_disable_that_acts_after_it_did_not_happen_is_ours_and_late() {
    let (portal, ann) = swept().await;
    let id = enabled(&portal).await;
    acts_late(&portal, "POST", EVERY_ACCOUNT).await;
    let operation = ask(
        &portal,
        &ann,
        Change::Disable {
            account: id.clone(),
        },
    )
    .await;
    assert_state(&operation, OperationState::Checking);
    recover_over(&portal, Duration::from_secs(90)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Refused);
    let (page, change) = pages(&portal, &id, &operation).await;
    assert!(page.contains("a request to disable the account"), "{page}");
    assert!(change.contains("may still take effect until"), "{change}");

    it_acts(&portal).await;
    let now = account(&portal, &id).await;
    assert_eq!(status_of(&now), AccountStatus::Disabled);
    assert_eq!(now.changed_elsewhere_at, None);
    assert_late(&portal, &ann, EventKind::Disable, &operation).await;
    let (page, change) = pages(&portal, &id, &operation).await;
    assert!(
        !page.contains("may still take effect") && page.contains("Took effect late"),
        "{page}"
    );
    assert!(!change.contains("may still take effect"), "{change}");
}

#[tokio::test]
async fn an_enable_that_acts_after_it_did_not_happen_is_ours_and_late() {
    let (portal, ann) = swept().await;
    let id: AccountId = portal.sandbox.id_of("disabled").await.parse().unwrap();
    acts_late(&portal, "POST", EVERY_ACCOUNT).await;
    let change = Change::Enable {
        account: id.clone(),
        reenable_all_connections: false,
    };
    let operation = ask(&portal, &ann, change).await;
    recover_over(&portal, Duration::from_secs(90)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Refused);
    it_acts(&portal).await;
    assert_eq!(
        status_of(&account(&portal, &id).await),
        AccountStatus::Enabled
    );
    assert_late(&portal, &ann, EventKind::Enable, &operation).await;
}

#[tokio::test]
async fn custom_pricing_that_acts_after_a_later_change_is_ours_and_late() {
    let (portal, ann) = swept().await;
    let id = enabled(&portal).await;
    let pricing = |allow| Change::CustomPricing {
        account: id.clone(),
        allow,
    };
    acts_late(&portal, "PATCH", EVERY_ACCOUNT).await;
    let first = ask(&portal, &ann, pricing(true)).await;
    assert_state(&first, OperationState::Done);
    assert_state(
        &ask(&portal, &ann, pricing(false)).await,
        OperationState::Done,
    );
    let (page, _) = pages(&portal, &id, &first).await;
    assert!(
        page.contains("a request to switch custom pricing on"),
        "{page}"
    );
    it_acts(&portal).await;
    assert!(account(&portal, &id).await.custom_pricing.unwrap().value);
    assert_late(&portal, &ann, EventKind::CustomPricing, &first).await;
}

#[tokio::test]
async fn an_account_that_appears_after_no_account_was_created_is_ours_and_late() {
    for email in [Some("late@acme.example"), None] {
        let (portal, ann) = swept().await;
        acts_late(&portal, "POST", "/v2/managed_accounts").await;
        let change = Change::Create {
            organization_name: "Late Überseehandel".to_owned(),
            email: email.map(str::to_owned),
            custom_pricing: false,
            rollup_billing: false,
            channel_limit: Some(limit(5)),
            with_password: false,
            details: Box::default(),
        };
        let operation = ask(&portal, &ann, change).await;
        recover_over(&portal, Duration::from_mins(6)).await;
        assert_state(&reload(&portal, &operation).await, OperationState::Refused);
        it_acts(&portal).await;
        assert_late(&portal, &ann, EventKind::Create, &operation).await;
        let made = reload(&portal, &operation).await.account.unwrap();
        assert_eq!(
            account(&portal, &made).await.organization_name,
            "Late Überseehandel"
        );
        let event = events(&portal, EventKind::Create).await.remove(0);
        assert_eq!(event.account, Some(made));
        assert!(
            event
                .message
                .contains("requested channel limit of 5 was not set"),
            "{event:?}"
        );
    }
}

#[tokio::test]
async fn a_removal_that_acts_after_it_did_not_happen_is_ours_and_late() {
    let (portal, _) = swept().await;
    let admin = portal.actor(Role::Admin);
    refresh(&portal.app).await.unwrap();
    let state = portal.sandbox.state().await;
    let users = state["users"].as_array().unwrap();
    let user = users
        .iter()
        .find(|user| user["record_type"] == "organization_sub_user")
        .unwrap();
    acts_late(&portal, "POST", "/v2/organizations/*").await;
    let change = Change::RemoveOrgUser {
        user: user["id"].as_str().unwrap().parse().unwrap(),
        email: user["email"].as_str().unwrap().to_owned(),
    };
    let operation = ask(&portal, &admin, change).await;
    recover_over(&portal, Duration::from_mins(2)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Refused);
    refresh(&portal.app).await.unwrap();
    assert!(events(&portal, EventKind::RemoveOrgUser).await.is_empty());

    it_acts(&portal).await;
    refresh(&portal.app).await.unwrap();
    assert_late(&portal, &admin, EventKind::RemoveOrgUser, &operation).await;
    refresh(&portal.app).await.unwrap();
    assert_eq!(
        events(&portal, EventKind::RemoveOrgUser).await.len(),
        1,
        "once is enough"
    );
}

#[tokio::test]
async fn a_change_that_no_unanswered_request_explains_was_made_outside_the_portal() {
    let (portal, ann) = swept().await;
    let id = enabled(&portal).await;
    acts_late(&portal, "POST", EVERY_ACCOUNT).await;
    ask(
        &portal,
        &ann,
        Change::Disable {
            account: id.clone(),
        },
    )
    .await;
    recover_over(&portal, Duration::from_secs(90)).await;
    // After more than an hour, the request is no longer expected to act.
    portal.advance(Duration::from_hours(2));
    portal.sweep().await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({ "status": "disabled" }))
        .await;
    portal.advance(Duration::from_mins(5));
    portal.sweep().await;
    assert_eq!(events(&portal, EventKind::ChangedElsewhere).await.len(), 1);
    assert_eq!(events(&portal, EventKind::Disable).await.len(), 0);
}
