//! Content of errors, for any form of body.

use std::sync::atomic::Ordering;

use reseller_portal::telnyx::{Certainty, Error, ErrorKind};
use rstest::rstest;
use wiremock::ResponseTemplate;

use super::*;

async fn refused_with(answer: ResponseTemplate) -> Error {
    let server = answering(vec![answer]).await;
    client(&server)
        .create_account(&new_account())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn an_error_keeps_status_codes_pointers_words_and_request_id() {
    let body = json!({ "errors": [
        { "code": "10027", "title": "Unprocessable Entity", "detail": "Business name is too long.",
          "source": { "pointer": "/business_name" }, "meta": { "url": "https://x" } },
        { "code": 10015, "title": "Bad email", "source": { "parameter": "email" } },
        { "detail": "Something else.", "source": { "pointer": "/" } },
        {}, 7
    ]});
    let answer = ResponseTemplate::new(422)
        .set_body_json(body)
        .insert_header("x-request-id", "req-1");
    let error = refused_with(answer).await;
    assert_eq!(
        (error.status(), error.kind()),
        (Some(422), ErrorKind::Invalid)
    );
    assert_eq!(error.request_id(), Some("req-1"));
    assert_eq!(error.items().len(), 3);
    assert_eq!(
        error.for_field("/business_name"),
        Some("Business name is too long.")
    );
    assert_eq!(error.for_field("email"), Some("Bad email"));
    assert_eq!(error.for_field("/password"), None);
    assert_eq!(error.for_field("/"), None);
    assert!(error.has_code("10015") && error.has_code("10027") && !error.has_code("10009"));
    assert_eq!(
        error.detail(),
        "Business name is too long.; Bad email; Something else."
    );
    let shown = error.to_string();
    assert!(
        shown.contains("422") && shown.contains("too long") && shown.contains("req-1"),
        "{shown}"
    );
}

#[rstest]
#[case::html("<html><h1>502 Bad Gateway</h1></html>")]
#[case::empty("")]
#[case::cut_json(r#"{"errors":[{"code":"10027","#)]
#[case::another_shape(r#"{"errors":"no"}"#)]
#[case::not_an_object("[]")]
#[tokio::test]
async fn a_body_that_says_nothing_leaves_the_status_and_the_request_id(#[case] body: &str) {
    for status in [401, 403, 404, 422, 500] {
        let answer = ResponseTemplate::new(status)
            .set_body_raw(body.as_bytes(), "text/html")
            .insert_header("x-request-id", "req-2");
        let error = refused_with(answer).await;
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.request_id(), Some("req-2"));
        assert_eq!(error.detail(), "");
        assert_eq!(error.items(), []);
    }
}

#[tokio::test]
async fn a_refusal_whose_body_is_cut_short_is_still_that_refusal() {
    let (address, _) = raw(vec![
        "HTTP/1.1 422 Unprocessable Entity\r\ncontent-length: 900\r\nx-request-id: req-3\r\n\r\n{\"errors\":[",
    ])
    .await;
    let error = client_of(settings(&address))
        .create_account(&new_account())
        .await
        .unwrap_err();
    assert_eq!(
        (error.status(), error.certainty()),
        (Some(422), Certainty::Refused)
    );
    assert_eq!(error.request_id(), Some("req-3"));
}

#[rstest]
#[case::html("<html>Welcome</html>")]
#[case::empty("")]
#[case::cut_json(r#"{"data":{"id":"f65ceda4"#)]
#[case::null(r#"{"data":null}"#)]
#[case::no_id(r#"{"data":{"email":"a@example.com"}}"#)]
#[tokio::test]
async fn a_200_that_cannot_be_read_is_uncertain_and_not_sent_again(#[case] body: &str) {
    let answer = ResponseTemplate::new(200)
        .set_body_raw(body.as_bytes(), "application/json")
        .insert_header("x-request-id", "req-4");
    let server = answering(vec![answer]).await;
    let error = client(&server)
        .create_account(&new_account())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.certainty()),
        (ErrorKind::Unreadable, Certainty::Uncertain)
    );
    assert_eq!(
        (error.status(), error.request_id()),
        (Some(200), Some("req-4"))
    );
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn a_200_that_is_cut_short_is_uncertain_for_a_post_and_asked_again_for_a_reading() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\nx-request-id: req-5\r\n\r\n{\"data\":{";
    let (address, count) = raw(vec![cut]).await;
    let client = client_of(settings(&address));
    let error = client.disable_account(&account_id()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.certainty()),
        (ErrorKind::Unreadable, Certainty::Uncertain)
    );
    assert_eq!(
        (error.status(), error.request_id()),
        (Some(200), Some("req-5"))
    );
    assert_eq!(count.load(Ordering::SeqCst), 1);
    client.pool().await.unwrap_err();
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_limit_that_is_not_in_the_answer_is_not_taken_for_set() {
    for data in [
        json!({}),
        json!({ "channel_limit": null }),
        json!({ "channel_limit": -1 }),
    ] {
        let server = answering(vec![
            ResponseTemplate::new(200).set_body_json(json!({ "data": data })),
        ])
        .await;
        let error = client(&server)
            .set_channel_limit(&account_id(), limit(1))
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.certainty()),
            (ErrorKind::Unreadable, Certainty::Uncertain)
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_redirect_is_not_followed_and_proves_nothing(
    #[values(301, 302, 303, 307, 308)] status: u16,
) {
    let elsewhere = answering(vec![one_account()]).await;
    let answer = ResponseTemplate::new(status).insert_header("location", elsewhere.uri());
    let error = refused_with(answer).await;
    assert_eq!(
        (error.kind(), error.certainty()),
        (ErrorKind::Unreadable, Certainty::Uncertain)
    );
    assert_eq!(error.status(), Some(status));
    assert_eq!(requests(&elsewhere).await, 0);
}

#[rstest]
#[case(400, ErrorKind::Invalid, Certainty::Refused)]
#[case(401, ErrorKind::Unauthorized, Certainty::Refused)]
#[case(403, ErrorKind::Forbidden, Certainty::Refused)]
#[case(404, ErrorKind::NotFound, Certainty::Refused)]
#[case(405, ErrorKind::Invalid, Certainty::Refused)]
#[case(408, ErrorKind::Unavailable, Certainty::Uncertain)]
#[case(409, ErrorKind::Conflict, Certainty::Refused)]
#[case(413, ErrorKind::Invalid, Certainty::Refused)]
#[case(418, ErrorKind::Invalid, Certainty::Refused)]
#[case(422, ErrorKind::Invalid, Certainty::Refused)]
#[case(429, ErrorKind::RateLimited, Certainty::Refused)]
#[case(500, ErrorKind::Unavailable, Certainty::Uncertain)]
#[case(503, ErrorKind::Unavailable, Certainty::Uncertain)]
#[tokio::test]
async fn each_status_has_a_kind_and_proves_something(
    #[case] status: u16,
    #[case] kind: ErrorKind,
    #[case] certainty: Certainty,
) {
    let error = refused_with(telnyx_error(status, "10000", "No.")).await;
    assert_eq!((error.kind(), error.certainty()), (kind, certainty));
    assert_eq!(error.detail(), "No.");
}

#[tokio::test]
async fn a_body_beyond_all_measure_is_not_read_to_its_end() {
    let huge = "x".repeat((8 << 20) + 1);
    let server = answering(vec![ResponseTemplate::new(200).set_body_string(huge)]).await;
    let error = client(&server).pool().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert_eq!(requests(&server).await, 1);
}

#[tokio::test]
async fn how_long_telnyx_asks_to_wait_is_kept_uncapped() {
    let error = refused_with(ResponseTemplate::new(429).insert_header("retry-after", "120")).await;
    assert_eq!(error.retry_after(), Some(std::time::Duration::from_mins(2)));
}
