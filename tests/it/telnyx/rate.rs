//! Rate limit as Telnyx states it.

use rstest::rstest;
use wiremock::ResponseTemplate;

use super::*;

async fn told(answer: ResponseTemplate) -> Client {
    let server = answering(vec![answer]).await;
    let client = Client::new(settings(&server.uri()), Clock::fixed(then())).unwrap();
    let _ = client.disable_account(&account_id()).await;
    client
}

#[rstest]
#[case::seconds_from_now("30", Some("2026-01-02T03:04:35Z"))]
#[case::epoch("1767323099", Some("2026-01-02T03:04:59Z"))]
#[case::with_parameters("30;w=60", Some("2026-01-02T03:04:35Z"))]
#[case::negative("-5", None)]
#[case::words("soon", None)]
#[case::beyond_all_time("1e300", None)]
#[tokio::test]
async fn the_reset_is_read_as_seconds_from_now_or_as_an_epoch(
    #[case] reset: &str,
    #[case] at: Option<&str>,
) {
    let answer = one_account()
        .insert_header("x-ratelimit-limit", "100")
        .insert_header("x-ratelimit-remaining", "42")
        .insert_header("x-ratelimit-reset", reset);
    let rate = told(answer).await.rate().unwrap();
    assert_eq!(
        (rate.limit, rate.remaining, rate.observed_at),
        (100, 42, then())
    );
    assert_eq!(
        rate.reset_at,
        at.map(|at| Timestamp::parse_iso(at).unwrap())
    );
}

#[tokio::test]
async fn the_rate_comes_with_errors_too_and_is_unknown_until_told() {
    assert_eq!(told(one_account()).await.rate(), None);
    let answer = ResponseTemplate::new(500)
        .insert_header("x-ratelimit-limit", "100")
        .insert_header("x-ratelimit-remaining", "0");
    let rate = told(answer).await.rate().unwrap();
    assert_eq!((rate.remaining, rate.reset_at), (0, None));
}

#[tokio::test]
async fn an_answer_without_the_headers_leaves_the_last_rate_standing() {
    let first = one_account()
        .insert_header("x-ratelimit-limit", "7")
        .insert_header("x-ratelimit-remaining", "3");
    let server = answering(vec![first, one_account()]).await;
    let client = client(&server);
    client.retrieve_account(&account_id()).await.unwrap();
    client.retrieve_account(&account_id()).await.unwrap();
    assert_eq!(client.in_background().rate().unwrap().limit, 7);
}
