//! Health of Telnyx: is it available, and does it accept the key?

use std::time::Duration;

use reseller_portal::telnyx::Health;
use rstest::rstest;
use wiremock::ResponseTemplate;

use super::*;

/// Returns the health after one disable per answer, ten seconds apart.
async fn health_after(answers: Vec<ResponseTemplate>) -> Health {
    let times = answers.len();
    let server = answering(answers).await;
    let clock = Clock::fixed(then());
    let settings = Settings {
        retries: 0,
        ..settings(&server.uri())
    };
    let client = Client::new(settings, clock.clone()).unwrap();
    for _ in 0..times {
        let _ = client.disable_account(&account_id()).await;
        clock.advance(Duration::from_secs(10));
    }
    client.health()
}

fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

fn garbage() -> ResponseTemplate {
    status(200).set_body_string("<html>")
}

#[tokio::test]
async fn one_failure_or_two_hold_nothing_back() {
    let health = health_after(vec![status(500), garbage()]).await;
    assert_eq!(health.consecutive_failures, 2);
    assert!(!health.is_down());
}

#[tokio::test]
async fn three_failures_in_a_row_are_an_outage_since_the_first_of_them() {
    let health = health_after(vec![
        one_account(),
        status(500),
        garbage(),
        status(408),
        status(503),
    ])
    .await;
    assert!(health.is_down());
    assert_eq!(health.down_since, Some(then() + Duration::from_secs(10)));
    assert_eq!(health.last_ok, Some(then()));
}

#[rstest]
#[case::success(one_account())]
#[case::refusal(status(422))]
#[case::not_found(status(404))]
#[tokio::test]
async fn an_answer_ends_an_outage(#[case] answer: ResponseTemplate) {
    let health = health_after(vec![status(500), status(500), status(500), answer]).await;
    assert!(!health.is_down());
    assert_eq!((health.consecutive_failures, health.down_since), (0, None));
}

#[tokio::test]
async fn being_told_to_slow_down_makes_it_neither_better_nor_worse() {
    let health = health_after(vec![status(500), status(500), status(429), status(500)]).await;
    assert!(health.is_down());
    assert!(
        !health_after(vec![status(429), status(429), status(429)])
            .await
            .is_down()
    );
}

#[tokio::test]
async fn a_call_that_was_tried_three_times_is_one_failure() {
    let server = answering(vec![status(500)]).await;
    let client = client(&server);
    client.pool().await.unwrap_err();
    assert_eq!(requests(&server).await, 3);
    assert_eq!(client.health().consecutive_failures, 1);
}

#[tokio::test]
async fn no_connection_counts_as_a_failure() {
    let client = client_of(settings(&nobody().await));
    for _ in 0..3 {
        client.disable_account(&account_id()).await.unwrap_err();
    }
    assert!(client.health().is_down());
}

#[tokio::test]
async fn a_401_says_at_once_that_the_key_is_refused_and_a_success_ends_it() {
    let refused = health_after(vec![one_account(), status(401), status(401)]).await;
    assert!(refused.is_key_refused() && !refused.is_down());
    assert_eq!(
        refused.refused_since,
        Some(then() + Duration::from_secs(10))
    );
    assert!(
        !health_after(vec![status(401), one_account()])
            .await
            .is_key_refused()
    );
}

#[tokio::test]
async fn a_403_is_about_the_key_only_when_nothing_ever_worked_or_it_comes_again_and_again() {
    assert!(health_after(vec![status(403)]).await.is_key_refused());
    assert!(
        !health_after(vec![one_account(), status(403), status(403)])
            .await
            .is_key_refused()
    );
    assert!(
        health_after(vec![one_account(), status(403), status(403), status(403)])
            .await
            .is_key_refused()
    );
}

#[tokio::test]
async fn a_refusal_to_act_inside_one_account_says_nothing_of_the_key() {
    let server = answering(vec![status(403)]).await;
    let client = client(&server);
    client.account_users(&account_id()).await.unwrap_err();
    assert!(!client.health().is_key_refused());
}
