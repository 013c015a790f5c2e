//! Client of single sign-on, against a real provider and against a forging one.

use reseller_portal::clock::Clock;
use reseller_portal::config::{Settings, SsoSettings};
use reseller_portal::domain::time::Timestamp;
use reseller_portal::sso::{Binding, EmailVerification, Error, Identity, LoginPrompt, Provider};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use url::Url;

use crate::support::forger::{self, Forger, signed, unsigned};
use crate::support::{Provider as RealProvider, sso};

mod lenient;

fn client(change: impl FnOnce(&mut Settings)) -> (Provider, Clock) {
    let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
    let url = |text: &str| Url::parse(text).unwrap();
    let mut settings = Settings::for_sandbox(
        listen,
        url("http://127.0.0.1:8080"),
        url("http://127.0.0.1:1/v2"),
        "sqlite:",
    );
    change(&mut settings);
    let clock = Clock::fixed(Clock::system().now());
    (
        Provider::from_settings(&settings, clock.clone())
            .unwrap()
            .unwrap(),
        clock,
    )
}

fn at(issuer: &str, change: impl FnOnce(&mut SsoSettings)) -> Provider {
    let mut sso = sso(issuer);
    change(&mut sso);
    client(|settings| settings.sso = Some(sso)).0
}

fn binding() -> Binding {
    Binding {
        state: "state".to_owned(),
        nonce: "nonce".to_owned(),
        verifier: "a-verifier-of-the-length-that-the-standard-asks-for".into(),
    }
}

/// Returns a query parameter of the address to which the provider redirects.
fn carried(address: &str, name: &str) -> String {
    let url = Url::parse(address).unwrap();
    let found = url.query_pairs().find(|(other, _)| other == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {address}"))
        .1
        .into_owned()
}

fn unavailable(asked: Result<impl std::fmt::Debug, Error>) -> String {
    match asked {
        Err(Error::Unavailable(words)) => words,
        other => panic!("not unavailable: {other:?}"),
    }
}

/// Asserts that the error is a lasting fault and returns its text.
/// The text says who can fix it.
fn lasting(asked: Result<impl std::fmt::Debug, Error>) -> String {
    match asked {
        Err(Error::Misconfigured(fault)) => {
            assert!(
                fault.remedy.contains("operator") || fault.remedy.contains("administrator"),
                "{fault}"
            );
            fault.to_string()
        }
        other => panic!("no lasting fault: {other:?}"),
    }
}

fn refused(asked: Result<Identity, Error>) -> String {
    match asked {
        Err(Error::Refused(words)) => words,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_real_provider_tells_who_somebody_is_and_takes_a_code_once() {
    let real = RealProvider::start();
    let ann = json!({ "sub": "ann", "email": "ann@example.com", "email_verified": true, "amr": ["pwd", "mfa"] });
    real.knows("ann", ann).await;
    let (provider, clock) = client(real.set());
    assert!(provider.check().await.unwrap().keys > 0);

    let address = provider
        .authorization_url(&binding(), LoginPrompt::Reauthenticate)
        .await
        .unwrap();
    assert_eq!(carried(address.as_str(), "code_challenge_method"), "S256");
    assert_eq!(carried(address.as_str(), "prompt"), "login");
    assert_eq!(carried(address.as_str(), "max_age"), "0");
    let back = real.sign_in_at(address.as_str(), "ann").await;
    assert!(
        back.starts_with("http://127.0.0.1:8080/login/sso/callback?"),
        "{back}"
    );
    assert_eq!(carried(&back, "state"), "state");
    assert!(provider.has_issuer(&carried(&back, "iss")));

    let code = carried(&back, "code");
    let identity = provider.authenticate(&code, &binding()).await.unwrap();
    assert_eq!(identity.subject, "ann");
    assert_eq!(identity.email.as_deref(), Some("ann@example.com"));
    assert!(identity.email_verified == EmailVerification::Yes && identity.several_factors);
    let since = |at: Timestamp| (at.as_millis() - clock.now().as_millis()).abs();
    assert!(
        identity
            .authenticated_at
            .is_some_and(|at| since(at) < 60_000)
    );

    let again = provider.authenticate(&code, &binding()).await;
    assert!(refused(again).contains("code"));
}

#[tokio::test]
async fn a_code_is_worth_nothing_without_the_verifier_of_whoever_asked_for_it() {
    let real = RealProvider::start();
    real.knows("ann", json!({ "sub": "ann", "email": "ann@example.com" }))
        .await;
    let (provider, _) = client(real.set());
    let address = provider
        .authorization_url(&binding(), LoginPrompt::ExistingSession)
        .await
        .unwrap();
    let back = real.sign_in_at(address.as_str(), "ann").await;
    let thief = Binding {
        verifier: "another-verifier-of-the-length-that-is-asked-for".into(),
        ..binding()
    };
    refused(provider.authenticate(&carried(&back, "code"), &thief).await);
}

#[tokio::test]
async fn an_address_that_stands_at_the_userinfo_endpoint_alone_is_found_there() {
    let real = RealProvider::start();
    real.knows(
        "ann",
        json!({ "sub": "ann", "email": "ann@example.com", "email_verified": true }),
    )
    .await;
    real.tells_by_userinfo().await;
    let (provider, _) = client(real.set());
    let address = provider
        .authorization_url(&binding(), LoginPrompt::ExistingSession)
        .await
        .unwrap();
    let back = real.sign_in_at(address.as_str(), "ann").await;
    let mut identity = provider
        .authenticate(&carried(&back, "code"), &binding())
        .await
        .unwrap();
    provider.complete_email(&mut identity).await.unwrap();
    assert_eq!(identity.email.as_deref(), Some("ann@example.com"));
    assert!(identity.email_verified == EmailVerification::Yes && !identity.several_factors);
}

#[tokio::test]
async fn a_real_provider_that_does_not_know_the_portals_secret_is_not_asked_for_anybody() {
    let real = RealProvider::start();
    real.knows("ann", json!({ "sub": "ann" })).await;
    let (provider, _) = client(|settings| {
        real.set()(settings);
        settings.sso.as_mut().unwrap().client_secret = "another secret".into();
    });
    let address = provider
        .authorization_url(&binding(), LoginPrompt::ExistingSession)
        .await
        .unwrap();
    let back = real.sign_in_at(address.as_str(), "ann").await;
    let words = lasting(
        provider
            .authenticate(&carried(&back, "code"), &binding())
            .await,
    );
    assert!(
        words.contains("invalid_client") && words.contains("PORTAL_SSO_CLIENT_SECRET"),
        "{words}"
    );
}

#[tokio::test]
async fn a_forged_expired_or_foreign_token_proves_nothing() {
    let forger = Forger::start().await;
    let (provider, clock) = client(forger.set());
    let honest = forger.claims("nonce", &clock);
    forger.gives(&honest);
    assert_eq!(
        provider
            .authenticate("code", &binding())
            .await
            .unwrap()
            .subject,
        "7"
    );

    let now = clock.now().as_millis() / 1_000;
    let changed = |name: &str, value: Value| {
        let mut claims = honest.clone();
        claims[name] = value;
        claims
    };
    forger.gives(&changed("nonce", json!("another")));
    let told = refused(provider.authenticate("code", &binding()).await);
    assert!(told.contains("answers another question"), "{told}");

    for (claims, words) in [
        (changed("nonce", Value::Null), "(nonce)"),
        (
            changed("aud", json!("another portal")),
            "for another party (aud), \"another portal\"",
        ),
        (changed("aud", json!([])), "for another party (aud)"),
        (changed("aud", Value::Null), "for another party (aud)"),
        (
            changed("aud", json!(["portal", "another portal"])),
            "PORTAL_SSO_TRUSTED_AUDIENCES",
        ),
        (
            changed("azp", json!("another portal")),
            "for another party (azp)",
        ),
        (
            changed("azp", json!(["portal", "another portal"])),
            "for another party (azp)",
        ),
        (
            changed("iss", json!("https://evil.example")),
            "another provider's name, \"https://evil.example\"",
        ),
        (changed("iss", Value::Null), "another provider's name"),
        (changed("exp", json!(now)), "has expired"),
        (changed("exp", json!(now - 3_600)), "compare their clocks"),
        (changed("exp", Value::Null), "(exp)"),
        (changed("iat", json!(now + 3_600)), "in the future"),
        (changed("nbf", json!(now + 3_600)), "in the future"),
        (changed("sub", json!("")), "name of the person"),
        (changed("sub", json!(["7"])), "name of the person"),
        (changed("sub", json!("7\u{0}")), "name of the person"),
        (changed("sub", json!("7".repeat(256))), "name of the person"),
    ] {
        forger.gives(&claims);
        let told = lasting(provider.authenticate("code", &binding()).await);
        assert!(told.contains(words), "{claims}: {told}");
    }

    // Signed with another key of the same name, the shared secret, or nothing.
    forger.says().token = signed(&honest, "first", &forger::key());
    assert!(refused(provider.authenticate("code", &binding()).await).contains("signature"));
    forger.says().token = by_shared_secret(&honest);
    let told = lasting(provider.authenticate("code", &binding()).await);
    assert!(told.contains("HS256") && told.contains("RS256"), "{told}");
    forger.says().token = format!("{}.", unsigned(&json!({ "alg": "none" }), &honest));
    assert!(
        lasting(provider.authenticate("code", &binding()).await).contains("without a signature")
    );
    let mangled = forger.says().token.replace('.', "");
    forger.says().token = mangled;
    assert!(lasting(provider.authenticate("code", &binding()).await).contains("cannot be read"));
    "a.b.c.d.e".clone_into(&mut forger.says().token);
    assert!(lasting(provider.authenticate("code", &binding()).await).contains("encrypted"));
}

fn by_shared_secret(claims: &Value) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    use hmac::{Hmac, KeyInit, Mac};

    let text = unsigned(&json!({ "alg": "HS256" }), claims);
    let mut mac =
        Hmac::<sha2::Sha256>::new_from_slice(b"the portal's secret at the provider").unwrap();
    mac.update(text.as_bytes());
    format!("{text}.{}", BASE64.encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_new_key_is_read_when_a_token_names_it_and_no_more_than_once_a_minute() {
    const KEYS: &str = "/keys";
    let forger = Forger::start().await;
    let (provider, clock) = client(forger.set());
    forger.gives(&forger.claims("nonce", &clock));
    provider.authenticate("code", &binding()).await.unwrap();
    assert_eq!(forger.asked(KEYS), 1);

    forger.says().key = ("second".to_owned(), forger::key());
    forger.gives(&forger.claims("nonce", &clock));
    assert!(refused(provider.authenticate("code", &binding()).await).contains("signature"));
    assert_eq!(
        forger.asked(KEYS),
        1,
        "they were read less than a minute ago"
    );

    clock.advance(Duration::from_secs(61));
    provider.authenticate("code", &binding()).await.unwrap();
    assert_eq!(forger.asked(KEYS), 2);

    forger.says().token = signed(&forger.claims("nonce", &clock), "nobody's", &forger::key());
    for _ in 0..5 {
        refused(provider.authenticate("code", &binding()).await);
    }
    assert_eq!(forger.asked(KEYS), 2);
}

#[tokio::test]
async fn a_provider_that_is_down_slow_or_answers_nonsense_is_unavailable_in_time() {
    unavailable(at("http://127.0.0.1:1", |_| {}).check().await);

    let forger = Forger::start().await;
    let issuer = forger.says().issuer.clone();
    for (path, status, body, lasts) in [
        (
            "/.well-known/openid-configuration",
            500,
            "{}".to_owned(),
            false,
        ),
        (
            "/.well-known/openid-configuration",
            429,
            String::new(),
            false,
        ),
        (
            "/.well-known/openid-configuration",
            200,
            " ".repeat(1024 * 1024),
            false,
        ),
        (
            "/.well-known/openid-configuration",
            404,
            "{}".to_owned(),
            true,
        ),
        (
            "/.well-known/openid-configuration",
            200,
            "<html>".to_owned(),
            true,
        ),
        (
            "/.well-known/openid-configuration",
            302,
            String::new(),
            true,
        ),
        ("/keys", 503, String::new(), false),
        ("/keys", 200, "[]".to_owned(), true),
        ("/keys", 200, r#"{"keys":[]}"#.to_owned(), true),
    ] {
        forger.says().instead = Some((path, status, body));
        let asked = at(&issuer, |_| {}).check().await;
        let _ = if lasts {
            lasting(asked)
        } else {
            unavailable(asked)
        };
        assert_eq!(forger.asked("/elsewhere"), 0);
    }
    for (status, body, lasts) in [
        (500, "", false),
        (503, "{}", false),
        (400, r#"{"error":"temporarily_unavailable"}"#, false),
        (429, r#"{"error":"too many"}"#, false),
        (200, "garbage", true),
        (200, "{}", true),
        (307, "", true),
        (
            400,
            r#"{"error":"invalid_request","error_description":"no redirect"}"#,
            true,
        ),
        (401, r#"{"error":"invalid_client"}"#, true),
        (404, "", true),
    ] {
        forger.says().instead = Some(("/token", status, body.to_owned()));
        let asked = at(&issuer, |_| {}).authenticate("code", &binding()).await;
        let _ = if lasts {
            lasting(asked)
        } else {
            unavailable(asked)
        };
        assert_eq!(forger.asked("/elsewhere"), 0);
    }

    forger.says().instead = None;
    "http://evil.example".clone_into(&mut forger.says().issuer);
    let words = lasting(at(&issuer, |_| {}).check().await);
    assert!(
        words.contains("http://evil.example") && words.contains(&issuer),
        "{words}"
    );
    "https://login.example/{tenantid}/v2.0".clone_into(&mut forger.says().issuer);
    assert!(lasting(at(&issuer, |_| {}).check().await).contains("tenant"));
    forger.says().issuer.clone_from(&issuer);

    forger.says().delay = Duration::from_secs(30);
    let slow = at(&issuer, |sso| sso.timeout = Duration::from_millis(100));
    let began = std::time::Instant::now();
    let binding = binding();
    let asking = (0..5).map(|_| slow.authorization_url(&binding, LoginPrompt::ExistingSession));
    for asked in futures::future::join_all(asking).await {
        unavailable(asked);
    }
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn nothing_is_sent_where_others_can_read_it() {
    lasting(at("http://192.0.2.1", |_| {}).check().await);
    let forger = Forger::start().await;
    let issuer = forger.says().issuer.clone();
    let description = json!({
        "issuer": issuer, "authorization_endpoint": "javascript:alert(1)", "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"), "response_types_supported": ["code"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"],
    });
    for (name, address) in [
        ("authorization_endpoint", "javascript:alert(1)"),
        ("authorization_endpoint", "http://192.0.2.1/auth"),
        ("jwks_uri", "http://192.0.2.1/keys"),
    ] {
        let mut description = description.clone();
        description["authorization_endpoint"] = json!(format!("{issuer}/auth"));
        description[name] = json!(address);
        forger.says().instead = Some((
            "/.well-known/openid-configuration",
            200,
            description.to_string(),
        ));
        let words = lasting(
            at(&issuer, |_| {})
                .authorization_url(&binding(), LoginPrompt::ExistingSession)
                .await,
        );
        assert!(
            words.contains("https") || words.contains("authorization_endpoint"),
            "{words}"
        );
    }
}
