//! Channel limits: learned from answers, repeated if uncertain, refused without enough channels.

use super::*;
use reseller_portal::domain::audit::EventActor;
use reseller_portal::domain::audit::EventOutcome;
use reseller_portal::operations::{NotSentReason, SubmitError, manual_settlement};

const LIMITS: &str = "/v2/managed_accounts/*";

#[tokio::test]
async fn a_limit_is_known_from_telnyx_answer_with_author_and_time() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    assert_state(
        &ask(&portal, &ann, set_limit(&id, 7)).await,
        OperationState::Done,
    );
    let known = account(&portal, &id).await;
    assert_eq!(known.channel_limit.unwrap().value, limit(7));
    assert_eq!(known.channel_limit.unwrap().source, FactSource::Operation);
    assert_eq!(known.limit_by.unwrap().1, ann.name);
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 7);
}

#[tokio::test]
async fn an_uncertain_limit_is_settled_by_sending_the_same_value_again() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    // The request and its two retries fail. The client gives up and recovery continues.
    fault(&portal, "PATCH", LIMITS, 3, json!({ "status": 503 })).await;
    let operation = ask(&portal, &ann, set_limit(&id, 7)).await;
    assert_state(&operation, OperationState::Checking);
    recover_over(&portal, Duration::from_secs(1)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Done);
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 7);
}

#[tokio::test]
async fn after_ten_minutes_a_limit_is_not_sent_again_by_itself_but_by_somebody() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    portal
        .sandbox
        .faults(json!([{ "method": "PATCH", "path": LIMITS, "then": { "status": 503 } }]))
        .await;
    let before = account(&portal, &id).await.channel_limit.unwrap().value;
    let operation = ask(&portal, &ann, set_limit(&id, 7)).await;
    recover_over(&portal, Duration::from_mins(11)).await;
    let unknown = reload(&portal, &operation).await;
    assert_state(&unknown, OperationState::Unknown);
    let message = unknown.outcome.unwrap().message;
    assert_eq!(
        message,
        format!("The limit at Telnyx may be {before} or 7.")
    );
    portal.sandbox.clear_faults().await;
    let sent = portal.sandbox.changes().await.len();
    recover_over(&portal, Duration::from_mins(1)).await;
    assert_eq!(
        portal.sandbox.changes().await.len(),
        sent,
        "nothing goes out by itself"
    );
    let again = manual_settlement::send_again(&portal, &ann, operation.id)
        .await
        .unwrap();
    assert!(matches!(again, Submission::Settled(settled) if settled.state == OperationState::Done));
    assert_eq!(portal.sandbox.account(&id).await["channel_limit"], 7);
    let events = audit::latest(&portal.db, &audit::EventFilter::default(), 2)
        .await
        .unwrap();
    assert_eq!(events[0].event.outcome, EventOutcome::Done);
    assert!(events[0].event.telnyx_request_id.is_some());
    assert_eq!(events[1].event.message, "Resend requested.");
    assert_eq!(events[1].event.who.as_ref().unwrap().name, ann.name);
}

#[tokio::test]
async fn an_operation_that_becomes_unknown_is_an_error_in_the_log_once() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    portal
        .sandbox
        .faults(json!([{ "method": "PATCH", "path": LIMITS, "then": { "status": 503 } }]))
        .await;
    let operation = ask(&portal, &ann, set_limit(&id, 7)).await;
    let (log, _logging) = crate::support::Log::keep("error");
    recover_over(&portal, Duration::from_mins(20)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Unknown);
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let id = format!("operation={}", operation.id);
    for part in [
        "ERROR",
        &id,
        "kind=\"channel_limit\"",
        "status=503",
        "telnyx_request_id=",
    ] {
        assert!(lines[0].contains(part), "no {part} in {}", lines[0]);
    }
}

#[tokio::test]
async fn an_unknown_limit_is_settled_by_hand_with_a_reason_and_an_audit_event() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    portal
        .sandbox
        .faults(json!([{ "method": "PATCH", "path": LIMITS, "then": { "drop": "after" } }]))
        .await;
    let operation = ask(&portal, &ann, set_limit(&id, 7)).await;
    let ben = portal.actor(Role::Manager);
    recover_over(&portal, Duration::from_mins(11)).await;
    let nothing_said = manual_settlement::settle(
        &portal,
        &ann,
        operation.id,
        manual_settlement::ObservedOutcome::Happened(None),
        " ",
    )
    .await;
    assert!(matches!(nothing_said, Err(SubmitError::Field("reason", _))));
    manual_settlement::settle(
        &portal,
        &ben,
        operation.id,
        manual_settlement::ObservedOutcome::Happened(None),
        "seen in Mission Control",
    )
    .await
    .unwrap();
    assert_state(&reload(&portal, &operation).await, OperationState::Done);
    assert_eq!(
        account(&portal, &id).await.channel_limit.unwrap().value,
        limit(7)
    );
    assert_eq!(told(&portal).await.last().unwrap(), "channel_limit done");
    let entries = audit::latest(&portal.db, &audit::EventFilter::default(), 2)
        .await
        .unwrap();
    let (outcome, settlement) = (&entries[0].event, &entries[1].event);
    let id_of = |who: Option<&EventActor>| who.unwrap().staff_id;
    assert_eq!(
        id_of(outcome.who.as_ref()),
        ann.staff_id,
        "who asked for it"
    );
    assert_eq!(
        id_of(outcome.settled_by.as_ref()),
        ben.staff_id,
        "who settled it"
    );
    assert!(outcome.message.contains("seen in Mission Control"));
    assert_eq!(id_of(settlement.who.as_ref()), ben.staff_id);
    assert_eq!(
        settlement.reason.as_deref(),
        Some("seen in Mission Control")
    );
}

#[tokio::test]
async fn a_limit_that_the_pool_read_now_cannot_give_is_not_sent() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let error = submit(&portal, &ann, request(&portal, set_limit(&id, 900_000)))
        .await
        .unwrap_err();
    let SubmitError::Pool { pool, wanted, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(wanted, limit(900_000));
    assert_eq!(
        u64::from(pool.total),
        portal.sandbox.state().await["pool"]["allocatable_global_outbound_channels"]
            .as_u64()
            .unwrap_or(2_000)
    );
    assert!(portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn telnyx_refusal_keeps_its_words_its_field_and_its_request_id() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(
        &portal,
        "GET",
        "/v2/managed_accounts/allocatable_global_outbound_channels",
        9,
        json!({ "status": 503 }),
    )
    .await;
    let operation = ask(&portal, &ann, set_limit(&id, 900_000)).await;
    assert_state(&operation, OperationState::Refused);
    let outcome = operation.outcome.unwrap();
    assert_eq!(outcome.status, Some(422));
    assert_eq!(outcome.pointer.as_deref(), Some("/channel_limit"));
    assert!(outcome.detail.is_some_and(|words| !words.is_empty()));
    assert!(outcome.telnyx_request_id.is_some());
    assert_eq!(
        told(&portal).await,
        ["channel_limit started", "channel_limit refused"]
    );
}

#[tokio::test]
async fn lowering_is_never_refused_for_room() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let raised = ask(&portal, &ann, set_limit(&id, 20)).await;
    assert_state(&raised, OperationState::Done);
    portal.sandbox.pool(1).await;
    assert_state(
        &ask(&portal, &ann, set_limit(&id, 19)).await,
        OperationState::Done,
    );
}

#[tokio::test]
async fn blocking_outbound_calls_asks_why() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    let mut zero = request(&portal, set_limit(&id, 0));
    zero.reason = Reason::default();
    assert!(matches!(
        submit(&portal, &ann, zero).await,
        Err(SubmitError::Field("reason", _))
    ));
    assert!(portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn while_telnyx_is_down_a_change_is_neither_sent_nor_queued_unless_somebody_insists() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    portal
        .sandbox
        .faults(json!([{ "path": "/v2/*", "then": { "status": 503 } }]))
        .await;
    for _ in 0..3 {
        let _ = portal.telnyx.pool().await;
    }
    let sent = portal.sandbox.log().await.len();
    let error = submit(&portal, &ann, request(&portal, set_limit(&id, 7)))
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        SubmitError::NotSent(NotSentReason::TelnyxDown(_))
    ));
    assert_eq!(portal.sandbox.log().await.len(), sent);
    assert!(told(&portal).await.is_empty());
    portal.sandbox.clear_faults().await;
    let insisted = Request {
        try_anyway: true,
        ..request(&portal, set_limit(&id, 7))
    };
    let settled = submit(&portal, &ann, insisted).await.unwrap();
    assert!(
        matches!(settled, Submission::Settled(operation) if operation.state == OperationState::Done)
    );
    assert!(
        !portal.telnyx.health().is_down(),
        "any success ends the outage"
    );
}

#[tokio::test]
async fn sending_again_settles_nothing_where_the_answer_says_nothing_about_the_first_one() {
    for then in [
        json!({ "status": 401 }),
        json!({ "status": 429 }),
        json!({ "status": 403 }),
    ] {
        let (portal, ann) = stage().await;
        let id = enabled(&portal).await;
        portal
            .sandbox
            .faults(json!([{ "method": "PATCH", "path": LIMITS, "times": 3, "then": { "drop": "after" } }]))
            .await;
        let operation = ask(&portal, &ann, set_limit(&id, 7)).await;
        assert_state(&operation, OperationState::Checking);
        portal
            .sandbox
            .faults(json!([{ "method": "PATCH", "path": LIMITS, "then": then }]))
            .await;
        recover_over(&portal, Duration::from_secs(31)).await;
        assert_state(&reload(&portal, &operation).await, OperationState::Checking);
        portal.sandbox.clear_faults().await;
        recover_over(&portal, Duration::from_secs(31)).await;
        assert_state(&reload(&portal, &operation).await, OperationState::Done);
        assert_eq!(
            account(&portal, &id).await.channel_limit.unwrap().value,
            limit(7)
        );
    }
}

#[tokio::test]
async fn under_another_managers_key_nothing_is_settled() {
    let (portal, ann) = stage().await;
    let id = enabled(&portal).await;
    fault(&portal, "PATCH", LIMITS, 3, json!({ "drop": "after" })).await;
    let operation = ask(&portal, &ann, set_limit(&id, 7)).await;
    let mut tx = portal.db.begin().await.unwrap();
    reseller_portal::db::settings::set(
        &mut tx,
        reseller_portal::db::settings::MANAGER_MISMATCH,
        "another",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    recover_over(&portal, Duration::from_mins(2)).await;
    assert_state(&reload(&portal, &operation).await, OperationState::Checking);
}
