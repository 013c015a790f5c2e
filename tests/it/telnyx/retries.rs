//! Requests that are repeated, and those that are not.

use std::sync::atomic::Ordering;
use std::time::Duration;

use reseller_portal::telnyx::{Certainty, ErrorKind, Settings};
use rstest::rstest;
use tokio::net::TcpListener;
use wiremock::ResponseTemplate;

use super::*;

fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

#[rstest]
#[tokio::test]
async fn a_reading_is_sent_again_twice_at_most(
    #[values(408, 409, 429, 500, 502, 503, 504)] code: u16,
) {
    let server = answering(vec![status(code)]).await;
    let error = client(&server)
        .retrieve_account(&account_id())
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(code));
    assert_eq!(error.attempts(), 3);
    assert_eq!(requests(&server).await, 3);
}

#[rstest]
#[tokio::test]
async fn a_patch_is_sent_again_until_it_is_answered(#[values(408, 409, 429, 500, 503)] code: u16) {
    let server = answering(vec![status(code), status(code), limit_answer(45)]).await;
    let answer = client(&server)
        .set_channel_limit(&account_id(), limit(45))
        .await
        .unwrap();
    assert_eq!(answer.value.get(), 45);
    assert_eq!(requests(&server).await, 3);
}

#[rstest]
#[tokio::test]
async fn what_was_judged_is_not_sent_again(#[values(400, 401, 403, 404, 405, 413, 422)] code: u16) {
    let server = answering(vec![status(code)]).await;
    let error = client(&server)
        .set_channel_limit(&account_id(), limit(45))
        .await
        .unwrap_err();
    assert_eq!(error.certainty(), Certainty::Refused);
    assert_eq!(requests(&server).await, 1);
}

#[rstest]
#[tokio::test]
async fn a_post_is_never_sent_twice_when_telnyx_may_have_acted(
    #[values(408, 409, 500, 502, 503, 504)] code: u16,
) {
    let server = answering(vec![status(code)]).await;
    let client = client(&server);
    let create = client.create_account(&new_account()).await.unwrap_err();
    let disable = client.disable_account(&account_id()).await.unwrap_err();
    let enable = client
        .enable_account(&account_id(), true)
        .await
        .unwrap_err();
    let remove = client
        .remove_org_user(&ID.parse().unwrap())
        .await
        .unwrap_err();
    let expected = if code == 409 {
        Certainty::Refused
    } else {
        Certainty::Uncertain
    };
    for error in [create, disable, enable, remove] {
        assert_eq!(error.certainty(), expected);
        assert_eq!(error.attempts(), 1);
    }
    assert_eq!(requests(&server).await, 4);
}

#[tokio::test]
async fn a_post_that_is_not_answered_in_time_is_not_sent_again_and_is_uncertain() {
    let server = answering(vec![one_account().set_delay(Duration::from_secs(30))]).await;
    let client = client_of(Settings {
        total_timeout: Duration::from_millis(80),
        ..settings(&server.uri())
    });
    let error = client.create_account(&new_account()).await.unwrap_err();
    assert_eq!(
        (error.certainty(), error.kind()),
        (Certainty::Uncertain, ErrorKind::Unavailable)
    );
    assert_eq!(error.status(), None);
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn a_reading_that_is_not_answered_in_time_is_sent_again() {
    let server = answering(vec![
        one_account().set_delay(Duration::from_secs(30)),
        one_account(),
    ])
    .await;
    let client = client_of(Settings {
        total_timeout: Duration::from_millis(200),
        ..settings(&server.uri())
    });
    client.retrieve_account(&account_id()).await.unwrap();
    assert_eq!(requests(&server).await, 2);
}

#[tokio::test]
async fn a_post_whose_answer_is_lost_is_not_sent_again_and_is_uncertain() {
    let (address, count) = raw(vec![""]).await;
    let error = client_of(settings(&address))
        .create_account(&new_account())
        .await
        .unwrap_err();
    assert_eq!(
        (error.certainty(), error.kind()),
        (Certainty::Uncertain, ErrorKind::Unavailable)
    );
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_patch_whose_answer_is_lost_is_sent_again() {
    let (address, count) = raw(vec![
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 30\r\nconnection: close\r\n\r\n{\"data\":{\"channel_limit\": 45}}",
    ])
    .await;
    let answer = client_of(settings(&address))
        .set_channel_limit(&account_id(), limit(45))
        .await
        .unwrap();
    assert_eq!(answer.value, limit(45));
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_post_is_sent_again_after_a_429_and_refused_when_it_stays() {
    let server = answering(vec![status(429), status(429), one_account()]).await;
    client(&server)
        .create_account(&new_account())
        .await
        .unwrap();
    assert_eq!(requests(&server).await, 3);

    let server = answering(vec![status(429)]).await;
    let error = client(&server)
        .create_account(&new_account())
        .await
        .unwrap_err();
    assert_eq!(
        (error.certainty(), error.kind()),
        (Certainty::Refused, ErrorKind::RateLimited)
    );
    assert_eq!(requests(&server).await, 3);
}

#[tokio::test]
async fn a_post_that_never_found_a_connection_is_tried_again_and_was_not_sent() {
    let address = nobody().await;
    let error = client_of(settings(&address))
        .create_account(&new_account())
        .await
        .unwrap_err();
    assert_eq!(
        (error.certainty(), error.kind()),
        (Certainty::NotSent, ErrorKind::NotSent)
    );
    assert_eq!(error.attempts(), 3);
}

#[tokio::test]
async fn a_post_goes_through_once_telnyx_can_be_connected_to() {
    let address = nobody().await;
    let client = client_of(Settings {
        retry_base: Duration::from_millis(300),
        longest_wait: Duration::from_millis(300),
        ..settings(&address)
    });
    let call = tokio::spawn(async move { client.create_account(&new_account()).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    let listener = TcpListener::bind(address.trim_start_matches("http://"))
        .await
        .unwrap();
    let server = MockServer::builder()
        .listener(listener.into_std().unwrap())
        .start()
        .await;
    Mock::given(any())
        .respond_with(one_account())
        .expect(1)
        .mount(&server)
        .await;
    let answer = call.await.unwrap().unwrap();
    assert_eq!(
        answer.value.account.organization_name.as_deref(),
        Some("Acme Ltd")
    );
}

#[rstest]
#[case::seconds("retry-after", "3600")]
#[case::fraction("retry-after", "0.5")]
#[case::date("retry-after", "Wed, 21 Oct 2065 07:28:00 GMT")]
#[case::milliseconds("retry-after-ms", "3600000")]
#[case::reset("x-ratelimit-reset", "3600")]
#[case::reset_as_epoch("x-ratelimit-reset", "4102444800")]
#[tokio::test]
async fn a_wait_that_telnyx_asks_for_is_honored_up_to_the_cap(
    #[case] name: &str,
    #[case] value: &str,
) {
    let server = answering(vec![status(429).insert_header(name, value), one_account()]).await;
    let client = client_of(Settings {
        // Without the header, the wait would be at least a quarter of an hour. Without the cap, it
        // would be longer.
        retry_base: Duration::from_secs(2_000),
        longest_wait: Duration::from_millis(60),
        ..settings(&server.uri())
    });
    let answered = tokio::time::timeout(
        Duration::from_secs(4),
        client.retrieve_account(&account_id()),
    )
    .await;
    answered.expect("the wait is capped").unwrap();
    assert_eq!(requests(&server).await, 2);
}

#[tokio::test]
async fn a_short_wait_that_telnyx_asks_for_replaces_our_own() {
    let server = answering(vec![
        status(503).insert_header("retry-after-ms", "2"),
        one_account(),
    ])
    .await;
    let client = client_of(Settings {
        retry_base: Duration::from_secs(2_000),
        longest_wait: Duration::from_secs(2_000),
        ..settings(&server.uri())
    });
    let answered = tokio::time::timeout(
        Duration::from_secs(4),
        client.retrieve_account(&account_id()),
    )
    .await;
    answered.expect("two milliseconds are over").unwrap();
}

#[rstest]
#[tokio::test]
async fn a_refusal_of_the_value_settles_an_earlier_uncertain_attempt(
    #[values(400, 404, 413, 422)] code: u16,
) {
    let server = answering(vec![status(503), status(code)]).await;
    let error = client(&server)
        .set_channel_limit(&account_id(), limit(45))
        .await
        .unwrap_err();
    assert_eq!(error.certainty(), Certainty::Refused);
}

#[rstest]
#[tokio::test]
async fn a_refusal_of_the_moment_or_the_key_leaves_an_earlier_attempt_uncertain(
    #[values(401, 403, 409, 429)] code: u16,
) {
    let server = answering(vec![status(503), status(code)]).await;
    let error = client(&server)
        .set_channel_limit(&account_id(), limit(45))
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(code));
    assert_eq!(error.certainty(), Certainty::Uncertain);
}

#[tokio::test]
async fn a_429_alone_proves_that_nothing_was_done() {
    let server = answering(vec![status(429), status(429), status(422)]).await;
    let error = client(&server)
        .set_channel_limit(&account_id(), limit(45))
        .await
        .unwrap_err();
    assert_eq!(error.certainty(), Certainty::Refused);
}
