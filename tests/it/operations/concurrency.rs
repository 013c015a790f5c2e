//! Two people at once: a change between a form's check and its recording is respected.
//! It is neither overwritten unseen nor ignored.

use super::*;
use reseller_portal::operations::SubmitError;

const POOL: &str = "/v2/managed_accounts/allocatable_global_outbound_channels";

/// Ann asks for a higher limit. While her pool is read, Ben lowers the limit to 3.
/// Returns the result of her request.
async fn overtaken(
    portal: &Portal,
    ann: &Actor,
    raise: Request,
    id: &AccountId,
) -> Result<Submission, SubmitError> {
    let ben = portal.actor(Role::Manager);
    fault(portal, "GET", POOL, 1, json!({ "delay_ms": 400 })).await;
    let lowered = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_state(
            &ask(portal, &ben, set_limit(id, 3)).await,
            OperationState::Done,
        );
    };
    tokio::join!(submit(portal, ann, raise), lowered).0
}

#[tokio::test]
async fn what_changes_while_the_pool_is_read_is_a_conflict_and_is_not_overwritten() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    ask(&portal, &ann, set_limit(&id, 6)).await;
    let raise = Request {
        expected: ExpectedValues {
            channel_limit: Some(Some(limit(6))),
            ..ExpectedValues::default()
        },
        ..request(&portal, set_limit(&id, 9))
    };
    let key = raise.id;
    let Err(SubmitError::Conflict(conflict)) = overtaken(&portal, &ann, raise, &id).await else {
        panic!("not a conflict");
    };
    assert_eq!(conflict.changes.len(), 1);
    assert_eq!(
        (
            conflict.changes[0].shown.as_str(),
            conflict.changes[0].now.as_str()
        ),
        ("6", "3")
    );
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 3);
    let recorded = operations::by_id(&portal.db, key).await.unwrap();
    assert_eq!(recorded, None, "nothing of it lasts");
    assert_state(
        &ask(&portal, &ann, set_limit(&id, 5)).await,
        OperationState::Done,
    );
}

#[tokio::test]
async fn what_was_there_before_is_what_was_there_when_the_change_was_recorded() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    ask(&portal, &ann, set_limit(&id, 6)).await;
    let raise = request(&portal, set_limit(&id, 9));
    let Ok(Submission::Settled(raised)) = overtaken(&portal, &ann, raise, &id).await else {
        panic!("not settled");
    };
    assert_state(&raised, OperationState::Done);
    assert_eq!(raised.before.channel_limit, Some(limit(3)));
    assert_eq!(
        reload(&portal, &raised).await.before.channel_limit,
        Some(limit(3))
    );
    let entries = audit::oldest(&portal.db, &audit::EventFilter::default(), 100)
        .await
        .unwrap();
    let told: Vec<Option<String>> = entries
        .into_iter()
        .filter(|entry| entry.event.operation == Some(raised.id))
        .map(|entry| entry.event.before)
        .collect();
    assert_eq!(told, [Some("3".to_owned()), Some("3".to_owned())]);
}

/// Returns a creation with this name and optional email address.
fn create(name: &str, email: Option<&str>) -> Change {
    Change::Create {
        organization_name: name.to_owned(),
        email: email.map(str::to_owned),
        custom_pricing: false,
        rollup_billing: false,
        channel_limit: None,
        with_password: false,
        details: Box::default(),
    }
}

#[tokio::test]
async fn of_two_open_creations_of_one_name_both_have_an_e_mail_or_the_second_is_not_recorded() {
    for (first, second, allowed) in [
        (None, Some("twin@acme.example"), false),
        (Some("twin@acme.example"), None, false),
        (Some("twin@acme.example"), Some("other@acme.example"), true),
    ] {
        let (portal, ann) = stage().await;
        let ben = portal.actor(Role::Admin);
        fault(
            &portal,
            "POST",
            "/v2/managed_accounts",
            1,
            json!({ "drop": "after" }),
        )
        .await;
        let open = ask(&portal, &ann, create("Twin Überseehandel", first)).await;
        assert_state(&open, OperationState::Checking);
        let asked = request(&portal, create("twin UBERSEEHANDEL", second));
        let key = asked.id;
        match submit(&portal, &ben, asked).await.unwrap() {
            Submission::InProgress(other) => {
                assert!(!allowed, "{first:?} {second:?}");
                assert_eq!(other.id, open.id);
                let recorded = operations::by_id(&portal.db, key).await.unwrap();
                assert_eq!(recorded, None, "nothing of it lasts");
                assert_eq!(told(&portal).await, ["create started", "create checking"]);
            }
            Submission::Settled(operation) | Submission::Open(operation) => {
                assert!(allowed, "{first:?} {second:?}");
                assert_state(&operation, OperationState::Done);
            }
        }
        recover_over(&portal, Duration::from_secs(40)).await;
        assert_state(&reload(&portal, &open).await, OperationState::Done);
        // Once the first is settled, nothing blocks the next.
        let again = ask(
            &portal,
            &ben,
            create("Twin Überseehandel", Some("third@acme.example")),
        )
        .await;
        assert_state(&again, OperationState::Done);
    }
}

#[tokio::test]
async fn of_two_creations_of_one_name_that_come_at_the_same_moment_one_is_recorded() {
    let (portal, ann) = stage().await;
    let ben = portal.actor(Role::Admin);
    fault(
        &portal,
        "POST",
        "/v2/managed_accounts",
        2,
        json!({ "drop": "after" }),
    )
    .await;
    let one = request(&portal, create("Twin Ltd", None));
    let two = request(&portal, create("Twin Ltd", Some("twin@acme.example")));
    let (one, two) = tokio::join!(submit(&portal, &ann, one), submit(&portal, &ben, two));
    let busy = [one.unwrap(), two.unwrap()]
        .iter()
        .filter(|submission| matches!(submission, Submission::InProgress(_)))
        .count();
    assert_eq!(busy, 1);
    assert_eq!(portal.sandbox.changes().await.len(), 1);
}
