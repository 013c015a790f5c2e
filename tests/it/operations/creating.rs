//! Creating accounts: exactly one account for any answer, and its limit as a separate operation.

use super::*;
use reseller_portal::operations::{SubmitError, manual_settlement};
use reseller_portal::{annotations, db};
use secrecy::SecretString;

const CREATE: &str = "/v2/managed_accounts";

fn acme(channel_limit: Option<u64>) -> Change {
    Change::Create {
        organization_name: "Acme Überseehandel Ltd".to_owned(),
        email: Some("Voice@acme.example".to_owned()),
        custom_pricing: false,
        rollup_billing: true,
        channel_limit: channel_limit.map(limit),
        with_password: false,
        details: Box::default(),
    }
}

async fn acmes(portal: &Portal) -> Vec<Value> {
    let mut accounts = portal.sandbox.accounts().await;
    accounts.retain(|account| account["organization_name"] == "Acme Überseehandel Ltd");
    accounts
}

#[tokio::test]
async fn an_account_and_its_limit_are_two_operations() {
    let (portal, ann) = stage().await;
    let operation = ask(&portal, &ann, acme(Some(25))).await;
    assert_state(&operation, OperationState::Done);
    let id = operation.account.clone().unwrap();
    let follow = operations::follow_up_of(&portal.db, operation.id)
        .await
        .unwrap()
        .unwrap();
    assert_state(&follow, OperationState::Done);
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 25);
    let known = account(&portal, &id).await;
    assert_eq!(known.channel_limit.unwrap().value, limit(25));
    assert_eq!(status_of(&known), AccountStatus::Enabled);
    assert_eq!(
        told(&portal).await,
        [
            "create started",
            "create done",
            "channel_limit started",
            "channel_limit done"
        ]
    );
}

#[tokio::test]
async fn deleting_the_note_of_a_creation_deletes_its_text_everywhere() {
    let (portal, ann) = stage().await;
    let mut change = acme(None);
    if let Change::Create { details, .. } = &mut change {
        details.note = Some("Knows the way to Überlingen".to_owned());
    }
    let operation = ask(&portal, &ann, change).await;
    let made = account(&portal, operation.account.as_ref().unwrap()).await;
    let (found, _) = db::notes::of_account(&portal.db, &made.id, 10)
        .await
        .unwrap();
    assert_eq!(found[0].body, "Knows the way to Überlingen");
    annotations::notes::delete(&portal, &ann, &made, (found[0].id, found[0].version))
        .await
        .unwrap();
    let stored = operations::by_id(&portal.db, operation.id).await.unwrap();
    assert!(!format!("{stored:?}").contains("Überlingen"));
}

#[tokio::test]
async fn a_refused_limit_leaves_the_account_that_was_made() {
    let (portal, ann) = stage().await;
    let operation = ask(&portal, &ann, acme(Some(900_000))).await;
    assert_state(&operation, OperationState::Done);
    let follow = operations::follow_up_of(&portal.db, operation.id)
        .await
        .unwrap()
        .unwrap();
    assert_state(&follow, OperationState::Refused);
    assert!(follow.outcome.unwrap().detail.is_some());
    assert_eq!(acmes(&portal).await.len(), 1);
}

#[tokio::test]
async fn whatever_becomes_of_the_answer_exactly_one_account_exists_and_is_found() {
    for then in [
        json!({ "drop": "after" }),
        json!({ "status": 503, "act": true }),
        json!({ "status": 408, "act": true }),
        json!({ "garbage": true, "act": true }),
    ] {
        let (portal, ann) = stage().await;
        fault(&portal, "POST", CREATE, 1, then.clone()).await;
        let operation = ask(&portal, &ann, acme(Some(25))).await;
        assert_state(&operation, OperationState::Checking);
        recover_over(&portal, Duration::from_secs(40)).await;
        let operation = reload(&portal, &operation).await;
        assert_state(&operation, OperationState::Done);
        let made = acmes(&portal).await;
        assert_eq!(made.len(), 1, "{then}");
        assert_eq!(made[0]["id"], operation.account.unwrap().as_str());
        assert_eq!(made[0]["channel_limit"], 25, "the limit follows, {then}");
    }
}

#[tokio::test]
async fn an_answer_beyond_the_timeout_is_settled_like_a_lost_one() {
    let portal = Portal::build()
        .telnyx_timeout(Duration::from_millis(150))
        .start()
        .await;
    let ann = portal.actor(Role::Manager);
    fault(&portal, "POST", CREATE, 1, json!({ "delay_ms": 400 })).await;
    let operation = ask(&portal, &ann, acme(None)).await;
    assert_state(&operation, OperationState::Checking);
    tokio::time::sleep(Duration::from_millis(400)).await;
    recover_over(&portal, Duration::from_secs(1)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Done);
    assert_eq!(acmes(&portal).await.len(), 1);
}

#[tokio::test]
async fn a_list_that_lags_is_not_taken_for_did_not_happen() {
    let (portal, ann) = stage().await;
    portal.sandbox.lag(400).await;
    fault(&portal, "POST", CREATE, 1, json!({ "drop": "after" })).await;
    let operation = ask(&portal, &ann, acme(None)).await;
    portal.advance(Duration::from_secs(5));
    settlement::run_once(&portal).await.unwrap();
    assert_state(&reload(&portal, &operation).await, OperationState::Checking);
    tokio::time::sleep(Duration::from_millis(450)).await;
    recover_over(&portal, Duration::from_secs(1)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Done);
}

#[tokio::test]
async fn did_not_happen_is_said_only_after_five_minutes_of_readings() {
    let (portal, ann) = stage().await;
    fault(&portal, "POST", CREATE, 1, json!({ "status": 503 })).await;
    let operation = ask(&portal, &ann, acme(None)).await;
    recover_over(&portal, Duration::from_mins(4)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Checking);
    recover_over(&portal, Duration::from_mins(2)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Refused);
    assert!(acmes(&portal).await.is_empty());
    assert_eq!(
        portal.sandbox.changes().await.len(),
        1,
        "a creation is never sent again"
    );
}

#[tokio::test]
async fn namesakes_that_were_there_before_are_not_taken_for_the_new_one() {
    let (portal, ann) = stage().await;
    let old = portal.sandbox.accounts().await[0].clone();
    let same_name = Change::Create {
        organization_name: old["organization_name"].as_str().unwrap().to_owned(),
        email: None,
        custom_pricing: false,
        rollup_billing: false,
        channel_limit: None,
        with_password: false,
        details: Box::default(),
    };
    fault(&portal, "POST", CREATE, 1, json!({ "drop": "after" })).await;
    let operation = ask(&portal, &ann, same_name).await;
    recover_over(&portal, Duration::from_secs(1)).await;
    let operation = reload(&portal, &operation).await;
    assert_state(&operation, OperationState::Done);
    assert_ne!(
        operation.account.unwrap().as_str(),
        old["id"].as_str().unwrap()
    );
}

#[tokio::test]
async fn several_candidates_wait_for_a_person_who_picks_one() {
    let (portal, ann) = stage().await;
    let change = Change::Create {
        organization_name: "Twin Ltd".to_owned(),
        email: None,
        custom_pricing: false,
        rollup_billing: false,
        channel_limit: None,
        with_password: false,
        details: Box::default(),
    };
    fault(&portal, "POST", CREATE, 1, json!({ "drop": "after" })).await;
    let operation = ask(&portal, &ann, change).await;
    // Someone creates another account with the same name in Mission Control.
    let elsewhere = reseller_portal::telnyx::NewAccount {
        business_name: "Twin Ltd",
        email: Some("twin@elsewhere.example"),
        password: None,
        custom_pricing: false,
        rollup_billing: false,
    };
    let other = portal
        .telnyx
        .create_account(&elsewhere)
        .await
        .unwrap()
        .value
        .account
        .id;
    recover_over(&portal, Duration::from_secs(1)).await;
    let unknown = reload(&portal, &operation).await;
    assert_state(&unknown, OperationState::Unknown);
    let candidates = unknown.outcome.unwrap().candidates;
    assert_eq!(candidates.len(), 2);
    let ours = candidates.into_iter().find(|id| *id != other).unwrap();
    let somebodys = enabled(&portal).await;
    let strange = manual_settlement::ObservedOutcome::Happened(Some(somebodys));
    let refused =
        manual_settlement::settle(&portal, &ann, operation.id, strange, "looks right").await;
    assert!(
        matches!(refused, Err(SubmitError::Rule(_))),
        "an account that it cannot have made"
    );
    let seen = manual_settlement::ObservedOutcome::Happened(Some(ours.clone()));
    manual_settlement::settle(
        &portal,
        &ann,
        operation.id,
        seen,
        "the other is from elsewhere",
    )
    .await
    .unwrap();
    let settled = reload(&portal, &operation).await;
    assert_state(&settled, OperationState::Done);
    assert_eq!(settled.account, Some(ours.clone()));
    let right = reseller_portal::operations::show_key::key_access(&portal, &ann, &ours).await;
    assert_eq!(
        right.unwrap(),
        reseller_portal::operations::show_key::KeyAccess::None
    );
}

#[tokio::test]
async fn a_creation_that_cannot_be_prepared_is_not_sent() {
    let (portal, ann) = stage().await;
    portal
        .sandbox
        .faults(json!([{ "method": "GET", "path": CREATE, "then": { "status": 503 } }]))
        .await;
    let operation = ask(&portal, &ann, acme(None)).await;
    assert_state(&operation, OperationState::Refused);
    assert!(operation.outcome.unwrap().message.starts_with("Not sent"));
    assert!(portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn a_creation_that_was_killed_before_it_was_sent_is_not_sent_later() {
    let (portal, ann) = stage().await;
    let done = ask(&portal, &ann, acme(None)).await;
    let now = portal.clock.now();
    let killed = Operation {
        id: OperationId::new(now),
        state: OperationState::Running,
        account: None,
        subject: "create:never sent".to_owned(),
        before: reseller_portal::domain::operation::PriorState::default(),
        sent_at: None,
        lease_until: Some(now),
        ..done
    };
    let mut tx = portal.db.begin().await.unwrap();
    operations::write::insert(&mut tx, &killed).await.unwrap();
    tx.commit().await.unwrap();
    portal.advance(Duration::from_secs(1));
    settlement::run_once(&portal).await.unwrap();
    let killed = reload(&portal, &killed).await;
    assert_state(&killed, OperationState::Refused);
    assert!(killed.outcome.unwrap().message.contains("stopped before"));
    assert_eq!(
        portal.sandbox.changes().await.len(),
        1,
        "only the first was sent"
    );
}

#[tokio::test]
async fn a_password_is_sent_once_and_kept_nowhere() {
    let (portal, ann) = stage().await;
    let password = "correct horse battery staple";
    let with_password = Request {
        password: Some(SecretString::from(password)),
        ..request(&portal, acme(None))
    };
    let submission = submit(&portal, &ann, with_password).await.unwrap();
    let Submission::Settled(operation) = submission else {
        panic!("{submission:?}");
    };
    assert!(!format!("{operation:?}").contains(password));
    assert_eq!(acmes(&portal).await[0]["password_set"], true);
    let entries = audit::oldest(&portal.db, &audit::EventFilter::default(), 100)
        .await
        .unwrap();
    assert!(!format!("{entries:?}").contains(password));
}

#[tokio::test]
async fn an_email_in_use_is_refused_at_its_field() {
    let (portal, ann) = stage().await;
    let taken = portal.sandbox.accounts().await[0]["email"]
        .as_str()
        .unwrap()
        .to_owned();
    let Change::Create {
        organization_name, ..
    } = acme(None)
    else {
        unreachable!()
    };
    let operation = ask(
        &portal,
        &ann,
        Change::Create {
            organization_name,
            email: Some(taken),
            custom_pricing: false,
            rollup_billing: false,
            channel_limit: None,
            with_password: false,
            details: Box::default(),
        },
    )
    .await;
    assert_state(&operation, OperationState::Refused);
    assert_eq!(
        operation.outcome.unwrap().pointer.as_deref(),
        Some("/email")
    );
    let again = submit(
        &portal,
        &ann,
        Request {
            id: operation.id,
            ..request(&portal, acme(None))
        },
    )
    .await;
    assert!(matches!(again, Err(SubmitError::KeyReused)));
}
