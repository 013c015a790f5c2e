//! Secrets are in one type and one header, and visible nowhere.

use reseller_portal::telnyx::BuildError;
use secrecy::{ExposeSecret, SecretString};
use wiremock::ResponseTemplate;

use super::*;

const SECRETS: [&str; 4] = [
    KEY,
    "KEY-of-the-account",
    "token-of-the-account",
    "correct horse battery",
];

#[track_caller]
fn assert_no_secret(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn what_carries_an_account_has_no_secrets() {
    let server = answering(vec![one_account()]).await;
    let client = client(&server);
    let id = account_id();
    assert_no_secret(&format!(
        "{:?}",
        client.retrieve_account(&id).await.unwrap()
    ));
    assert_no_secret(&format!(
        "{:?}",
        client.create_account(&new_account()).await.unwrap()
    ));
    assert_no_secret(&format!("{:?}", client.disable_account(&id).await.unwrap()));
    assert_no_secret(&format!(
        "{:?}",
        client.enable_account(&id, false).await.unwrap()
    ));
    assert_no_secret(&format!(
        "{:?}",
        client.set_custom_pricing(&id, true).await.unwrap()
    ));
}

#[tokio::test]
async fn the_one_call_that_shows_keys_gives_them_and_does_not_print_them() {
    let server = answering(vec![one_account()]).await;
    let keys = client(&server)
        .credentials(&account_id())
        .await
        .unwrap()
        .value;
    assert_eq!(
        keys.api_key.as_ref().unwrap().expose_secret(),
        "KEY-of-the-account"
    );
    assert_eq!(
        keys.api_token.as_ref().unwrap().expose_secret(),
        "token-of-the-account"
    );
    assert_eq!(keys.api_user.as_deref(), Some("manager@example.com"));
    assert_no_secret(&format!("{keys:?}"));
}

#[tokio::test]
async fn keys_that_are_missing_or_empty_are_none() {
    let body = json!({ "data": { "id": ID, "api_key": "", "api_user": null } });
    let server = answering(vec![ResponseTemplate::new(200).set_body_json(body)]).await;
    let keys = client(&server)
        .credentials(&account_id())
        .await
        .unwrap()
        .value;
    assert!(keys.api_key.is_none() && keys.api_token.is_none() && keys.api_user.is_none());
}

#[tokio::test]
async fn an_error_that_quotes_the_request_shows_no_secret() {
    let password = SecretString::from("correct horse battery");
    let detail = format!("Bearer {KEY} may not use correct horse battery");
    let server = answering(vec![telnyx_error(422, "10027", &detail)]).await;
    let new = NewAccount {
        password: Some(&password),
        ..new_account()
    };
    let error = client(&server).create_account(&new).await.unwrap_err();
    assert_no_secret(&format!("{error} {error:?} {}", error.detail()));
    assert_eq!(error.detail(), "Bearer [secret] may not use [secret]");
    assert_no_secret(&format!("{new:?}"));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_does_not_show_what_it_held() {
    let body = json!({ "data": { "id": 7, "api_key": "KEY-of-the-account" } });
    let server = answering(vec![ResponseTemplate::new(200).set_body_json(body)]).await;
    let error = client(&server)
        .retrieve_account(&account_id())
        .await
        .unwrap_err();
    assert_no_secret(&format!("{error} {error:?}"));
}

#[test]
fn the_client_and_its_settings_do_not_show_the_key() {
    let settings = settings("http://127.0.0.1:9");
    assert_no_secret(&format!("{settings:?}"));
    assert_no_secret(&format!("{:?}", client_of(settings)));
}

#[test]
fn settings_that_cannot_work_are_refused_without_showing_the_key() {
    let with = |key: &str, base: &str| {
        let settings = Settings::new(base.parse().unwrap(), key.into());
        Client::new(settings, Clock::system())
    };
    let base = "https://api.telnyx.com/v2";
    assert!(with(KEY, base).is_ok());
    for key in ["", "with space", "line\nfeed", "Schlüssel"] {
        assert!(matches!(with(key, base), Err(BuildError::Key)), "{key:?}");
    }
    for base in [
        "ftp://api.telnyx.com",
        "data:x",
        "https://u:p@api.telnyx.com",
        "https://u@api.telnyx.com",
        "https://:p@api.telnyx.com",
        "https://api.telnyx.com/v2?x=1",
    ] {
        assert!(matches!(with(KEY, base), Err(BuildError::Base)), "{base}");
    }
    let none = Settings {
        max_in_flight: 0,
        ..settings(base)
    };
    assert!(matches!(
        Client::new(none, Clock::system()),
        Err(BuildError::InvalidConcurrency)
    ));
}
