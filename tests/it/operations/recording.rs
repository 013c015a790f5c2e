//! Recording before sending: once per form, one at a time per subject, nothing without permission.

use super::*;
use reseller_portal::operations::SubmitError;

#[tokio::test]
async fn the_same_form_sent_twice_at_once_is_one_operation_with_one_result() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let first = request(&portal, set_limit(&id, 7));
    let second = Request {
        id: first.id,
        ..request(&portal, set_limit(&id, 7))
    };
    let (first, second) = tokio::join!(submit(&portal, &ann, first), submit(&portal, &ann, second));
    for submission in [first.unwrap(), second.unwrap()] {
        assert!(
            matches!(submission, Submission::Settled(operation) if operation.state == OperationState::Done)
        );
    }
    assert_eq!(portal.sandbox.changes().await.len(), 1);
    assert_eq!(
        told(&portal).await,
        ["channel_limit started", "channel_limit done"]
    );
}

#[tokio::test]
async fn the_same_key_for_another_input_or_by_another_person_is_refused() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let first = request(&portal, set_limit(&id, 7));
    let key = first.id;
    submit(&portal, &ann, first).await.unwrap();
    let with_key = |change| Request {
        id: key,
        ..request(&portal, change)
    };
    let other_input = submit(&portal, &ann, with_key(set_limit(&id, 8))).await;
    assert!(matches!(other_input, Err(SubmitError::KeyReused)));
    let ben = portal.actor(Role::Manager);
    let other_person = submit(&portal, &ben, with_key(set_limit(&id, 7))).await;
    assert!(matches!(other_person, Err(SubmitError::KeyReused)));
    assert_eq!(portal.sandbox.changes().await.len(), 1);
}

#[tokio::test]
async fn two_people_at_once_get_one_operation_and_the_name_of_who_is_at_it() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(
        &portal,
        "PATCH",
        EVERY_ACCOUNT,
        1,
        json!({ "delay_ms": 300 }),
    )
    .await;
    let ben = portal.actor(Role::Admin);
    let hers = submit(&portal, &ann, request(&portal, set_limit(&id, 7)));
    let his = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        submit(&portal, &ben, request(&portal, set_limit(&id, 8))).await
    };
    let (hers, his) = tokio::join!(hers, his);
    assert!(matches!(hers.unwrap(), Submission::Settled(_)));
    assert!(matches!(his.unwrap(), Submission::InProgress(other) if other.staff_name == ann.name));
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 7);
}

#[tokio::test]
async fn a_change_under_way_keeps_no_other_account_waiting() {
    let (portal, ann) = stage().await;
    let (id, other) = (
        enabled(&portal).await,
        portal.sandbox.id_of("disabled").await,
    );
    fault(
        &portal,
        "PATCH",
        EVERY_ACCOUNT,
        3,
        json!({ "drop": "before" }),
    )
    .await;
    let first = ask(&portal, &ann, set_limit(&id, 7)).await;
    assert!(!first.state.is_settled(), "{first:?}");
    let second = ask(&portal, &ann, set_limit(&other.parse().unwrap(), 8)).await;
    assert_state(&second, OperationState::Done);
}

#[tokio::test]
async fn a_value_that_is_another_by_now_is_told_with_who_changed_it_and_nothing_is_written() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let shown = account(&portal, &id)
        .await
        .channel_limit
        .map(|fact| fact.value);
    ask(&portal, &ann, set_limit(&id, 7)).await;
    let ben = portal.actor(Role::Manager);
    let stale = Request {
        expected: ExpectedValues {
            channel_limit: Some(shown),
            ..ExpectedValues::default()
        },
        ..request(&portal, set_limit(&id, 9))
    };
    let Err(SubmitError::Conflict(conflict)) = submit(&portal, &ben, stale).await else {
        panic!("written over");
    };
    assert_eq!(conflict.changes[0].now, "7");
    assert_eq!(conflict.changes[0].who.as_deref(), Some(ann.name.as_str()));
    assert_eq!(portal.sandbox.changes().await.len(), 1);
}

#[tokio::test]
async fn a_closed_browser_changes_nothing() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(
        &portal,
        "POST",
        EVERY_ACCOUNT,
        1,
        json!({ "delay_ms": 1_000 }),
    )
    .await;
    let change = Change::Disable {
        account: id.clone(),
    };
    {
        let mut asked = std::pin::pin!(submit(&portal, &ann, request(&portal, change)));
        // The handler is dropped after it recorded the change, and before Telnyx has answered.
        while told(&portal).await.is_empty() {
            let waited = tokio::time::timeout(Duration::from_millis(10), &mut asked).await;
            assert!(waited.is_err(), "Telnyx answered");
        }
        let sent = tokio::time::timeout(Duration::from_millis(100), &mut asked).await;
        assert!(sent.is_err(), "Telnyx answered");
    }
    portal.tasks.close();
    portal.tasks.wait().await;
    assert_eq!(told(&portal).await, ["disable started", "disable done"]);
}

#[tokio::test]
async fn a_role_that_lacks_it_changes_nothing() {
    let (portal, _) = stage().await;
    let id = enabled(&portal).await;
    let viewer = portal.actor(Role::Viewer);
    let refused = submit(&portal, &viewer, request(&portal, set_limit(&id, 7))).await;
    assert!(matches!(refused, Err(SubmitError::Forbidden(_))));
    assert!(portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn one_does_not_remove_oneself_the_owner_or_whoever_the_key_belongs_to() {
    let portal = Portal::build()
        .settings(|settings| settings.key_owner_email = Some("manager@example.com".to_owned()))
        .start()
        .await;
    let mut owner = portal.actor(Role::Owner);
    let users = portal.sandbox.state().await["users"]
        .as_array()
        .unwrap()
        .clone();
    let target = |email: &str| {
        let found = users.iter().find(|user| user["email"] == email).unwrap();
        Change::RemoveOrgUser {
            user: found["id"].as_str().unwrap().parse().unwrap(),
            email: email.to_owned(),
        }
    };
    let someone = users
        .iter()
        .filter(|user| user["record_type"] == "organization_sub_user")
        .map(|user| user["email"].as_str().unwrap())
        .find(|email| *email != "manager@example.com")
        .unwrap();
    owner.email = someone.to_owned();
    for email in ["telecom@example.com", "manager@example.com", someone] {
        let refused = submit(&portal, &owner, request(&portal, target(email))).await;
        assert!(matches!(refused, Err(SubmitError::Rule(_))), "{email}");
    }
    assert!(portal.sandbox.changes().await.is_empty());
    owner.email = "owner@example.com".to_owned();
    let operation = ask(&portal, &owner, target(someone)).await;
    assert_state(&operation, OperationState::Done);
}
