//! Log of failures: enough to ask Telnyx about them, but nothing that Telnyx or a person wrote.

use super::*;
use crate::support::Log;

const EMAIL: &str = "secret.person@example.com";
const PASSWORD: &str = "a password that is sent";

#[tokio::test]
async fn every_failed_attempt_is_a_warning_and_the_one_that_worked_is_told() {
    let (log, _logging) = Log::keep("info");
    let failed = telnyx_error(503, "10007", EMAIL).insert_header("x-request-id", "req-1");
    let server = answering(vec![failed.clone(), failed, limit_answer(7)]).await;
    client(&server)
        .set_channel_limit(&account_id(), limit(7))
        .await
        .unwrap();
    let lines = log.lines();
    assert_eq!(lines.len(), 3, "{lines:#?}");
    for (attempt, line) in lines.iter().enumerate() {
        let word = if attempt < 2 { "WARN" } else { "INFO" };
        let operation =
            format!("operation=\"PATCH /managed_accounts/{ID}/update_global_channel_limit\"");
        for part in [word, &operation, &format!("attempt={}", attempt + 1)] {
            assert!(line.contains(part), "no {part} in {line}");
        }
    }
    assert!(
        lines[0].contains("status=503") && lines[0].contains("telnyx_request_id=\"req-1\""),
        "{lines:#?}"
    );
    assert!(lines[2].contains("status=200"), "{lines:#?}");
}

#[tokio::test]
async fn every_way_to_fail_is_told_without_a_secret_and_without_a_body() {
    let refused = || {
        telnyx_error(
            422,
            "10027",
            &format!("{EMAIL} is used, {PASSWORD} is short, {KEY}"),
        )
    };
    let html = ResponseTemplate::new(502).set_body_string(format!("<p>{EMAIL} {KEY}</p>"));
    let unreadable = ResponseTemplate::new(200).set_body_string(format!("{EMAIL} {KEY}"));
    for (answer, part) in [
        (refused(), "status=422"),
        (html, "status=502"),
        (unreadable, "reason=\"the answer cannot be read\""),
        (ResponseTemplate::new(401), "status=401"),
    ] {
        let (log, logging) = Log::keep("trace,hyper_util=off,reqwest=off,wiremock=off,hyper=off");
        let server = answering(vec![answer]).await;
        let password = PASSWORD.into();
        let new = NewAccount {
            email: Some(EMAIL),
            password: Some(&password),
            ..new_account()
        };
        client(&server).create_account(&new).await.unwrap_err();
        drop(logging);
        let text = log.text();
        let warning = log.lines().into_iter().find(|line| line.contains("WARN"));
        let warning = warning.unwrap_or_else(|| panic!("no warning in {text}"));
        assert!(
            warning.contains(part) && warning.contains("operation=\"POST /managed_accounts\""),
            "{warning}"
        );
        for secret in [EMAIL, PASSWORD, KEY, "Acme"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let (log, _logging) = Log::keep("warn");
    let nobody = nobody().await;
    client_of(settings(&nobody)).pool().await.unwrap_err();
    let text = log.text();
    assert!(
        text.contains("reason=\"no connection to Telnyx\"") && text.contains("attempt=3"),
        "{text}"
    );
}

#[tokio::test]
async fn that_an_account_is_not_there_is_an_answer_and_no_warning() {
    let (log, _logging) = Log::keep("info");
    let server = answering(vec![telnyx_error(404, "10005", "not found")]).await;
    client(&server)
        .retrieve_account(&account_id())
        .await
        .unwrap_err();
    assert_eq!(log.text(), "");
}
