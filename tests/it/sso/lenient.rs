//! Lenient reading: unneeded claims of any type are ignored, needed ones are read in every usual
//! form.

use super::*;

const PLAIN: &str = "application/json";

/// Returns the identity from a token with changed claims, with changed settings.
async fn with_claims(
    changes: Value,
    change: impl FnOnce(&mut SsoSettings),
) -> Result<Identity, Error> {
    let forger = Forger::start().await;
    let (provider, clock) = client(|settings| {
        forger.set()(settings);
        change(settings.sso.as_mut().unwrap());
    });
    let mut claims = forger.claims("nonce", &clock);
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    forger.gives(&claims);
    provider.authenticate("code", &binding()).await
}

#[tokio::test]
async fn a_claim_that_is_not_used_may_be_of_any_type() {
    let forger = Forger::start().await;
    let (provider, clock) = client(forger.set());
    let honest = forger.claims("nonce", &clock).to_string();
    let (name, key) = forger.says().key.clone();
    for unused in [
        "name",
        "given_name",
        "updated_at",
        "address",
        "locale",
        "zoneinfo",
        "birthdate",
        "picture",
        "website",
        "gender",
        "phone_number",
        "phone_number_verified",
        "preferred_username",
        "acr",
        "at_hash",
        "c_hash",
        "groups",
        "realm_access",
        "https://example.com/roles",
        "iat",
        "nbf",
        "auth_time",
        "amr",
    ] {
        for value in [
            "null",
            "true",
            "\"2017-09-07T20:31:05.302Z\"",
            "1e400",
            "-123456789012345678901234567890",
            "[[[]]]",
            "{\"a\":{\"b\":1e999}}",
            "[1,\"a\",null]",
            "\"\\ud800\"",
        ] {
            let claims = format!(
                "{},\"{unused}\":{value}}}",
                honest.strip_suffix('}').unwrap()
            );
            // The honest claims have `iat` already, and the test must not state it twice.
            let claims = if unused == "iat" {
                claims.replacen("\"iat\":", "\"was\":", 1)
            } else {
                claims
            };
            forger.says().token = forger::signed_text(&claims, &name, &key);
            let identity = provider.authenticate("code", &binding()).await;
            let identity = identity.unwrap_or_else(|error| panic!("{unused}: {value}: {error}"));
            assert_eq!(identity.subject, "7", "{unused}: {value}");
            assert!(!identity.several_factors && identity.authenticated_at.is_none());
        }
    }
}

#[tokio::test]
async fn what_is_used_is_read_in_every_usual_form() {
    let now = Clock::system().now().as_millis() / 1_000;
    for (changes, verified) in [
        (json!({ "email_verified": true }), EmailVerification::Yes),
        (json!({ "email_verified": "true" }), EmailVerification::Yes),
        (json!({ "email_verified": 1 }), EmailVerification::Yes),
        (json!({ "email_verified": false }), EmailVerification::No),
        (json!({ "email_verified": "false" }), EmailVerification::No),
        (json!({ "email_verified": 0 }), EmailVerification::No),
        (json!({ "email_verified": {} }), EmailVerification::No),
        (
            json!({ "email_verified": null }),
            EmailVerification::Unknown,
        ),
        (
            json!({ "email_verified": null, "xms_edov": true }),
            EmailVerification::Yes,
        ),
        (
            json!({ "email_verified": null, "xms_edov": "1" }),
            EmailVerification::Yes,
        ),
        (
            json!({ "email_verified": null, "xms_edov": false }),
            EmailVerification::No,
        ),
        (
            json!({ "email_verified": false, "xms_edov": true }),
            EmailVerification::No,
        ),
    ] {
        let identity = with_claims(changes.clone(), |_| {}).await.unwrap();
        assert_eq!(identity.email_verified, verified, "{changes}");
        let trusting = with_claims(changes.clone(), |sso| sso.trust_email = true)
            .await
            .unwrap();
        let expected = if verified == EmailVerification::Unknown {
            EmailVerification::Yes
        } else {
            verified
        };
        assert_eq!(trusting.email_verified, expected, "{changes}");
    }
    for (changes, several, shown) in [
        (
            json!({ "amr": ["pwd", "mfa"], "auth_time": now }),
            true,
            true,
        ),
        (
            json!({ "amr": "mfa", "auth_time": now.to_string() }),
            true,
            true,
        ),
        (
            json!({ "amr": "pwd mfa", "auth_time": 1_700_000_000.5 }),
            true,
            true,
        ),
        (
            json!({ "amr": [1, null, "pwd"], "auth_time": now * 1_000 }),
            false,
            false,
        ),
        (
            json!({ "amr": { "mfa": true }, "auth_time": "2026-01-01" }),
            false,
            false,
        ),
    ] {
        let identity = with_claims(changes.clone(), |_| {}).await.unwrap();
        assert_eq!(identity.several_factors, several, "{changes}");
        assert_eq!(identity.authenticated_at.is_some(), shown, "{changes}");
    }
    assert_eq!(
        with_claims(json!({ "sub": 12 }), |_| {})
            .await
            .unwrap()
            .subject,
        "12"
    );
    for changes in [
        json!({ "exp": (now + 300).to_string() }),
        json!({ "email": ["a@example.com"] }),
    ] {
        with_claims(changes, |_| {}).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_for_several_audiences_is_taken_if_it_was_made_for_the_portal_or_the_others_are_trusted()
 {
    let trust = |audiences: &'static [&str]| {
        move |sso: &mut SsoSettings| {
            sso.trusted_audiences = audiences.iter().map(|one| (*one).to_owned()).collect();
        }
    };
    let several = json!(["account", "portal"]);
    for (changes, trusted, taken) in [
        (json!({ "aud": ["portal"] }), &[][..], true),
        (json!({ "aud": ["portal", "portal"] }), &[], true),
        (json!({ "aud": several, "azp": "portal" }), &[], true),
        (
            json!({ "aud": several, "azp": "account" }),
            &["account"],
            false,
        ),
        (json!({ "aud": several }), &[], false),
        (json!({ "aud": several }), &["account"], true),
        (
            json!({ "aud": ["account", "portal", "other"] }),
            &["account"],
            false,
        ),
        (
            json!({ "aud": ["account"], "azp": "portal" }),
            &["account"],
            false,
        ),
        (json!({ "aud": ["portal", 5] }), &[], false),
    ] {
        let asked = with_claims(changes.clone(), trust(trusted)).await;
        assert_eq!(asked.is_ok(), taken, "{changes}: {asked:?}");
        if !taken {
            lasting(asked);
        }
    }
}

#[tokio::test]
async fn a_description_and_keys_with_more_than_the_portal_knows_are_read() {
    let forger = Forger::start().await;
    let issuer = forger.issuer().to_owned();
    let description = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth?tenant=1"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
        "userinfo_endpoint": 5, "end_session_endpoint": ["x"], "response_types_supported": "code",
        "id_token_signing_alg_values_supported": ["XY999", 5, null], "claims_supported": { "a": 1 },
        "scopes_supported": null, "token_endpoint_auth_methods_supported": "client_secret_post",
        "request_uri_parameter_supported": "perhaps", "display_values_supported": [["page"]],
    });
    forger.says().instead = Some((
        "/.well-known/openid-configuration",
        200,
        description.to_string(),
    ));
    let (provider, clock) = client(forger.set());
    let address = provider
        .authorization_url(&binding(), LoginPrompt::ExistingSession)
        .await
        .unwrap();
    assert_eq!(carried(address.as_str(), "tenant"), "1");
    assert_eq!(carried(address.as_str(), "scope"), "openid email");
    let mut identity = {
        forger.gives(&forger.claims("nonce", &clock));
        provider.authenticate("code", &binding()).await.unwrap()
    };
    provider.complete_email(&mut identity).await.unwrap();

    // Keys of unknown kinds, and the right key without an ID and a use.
    let mut keys = forger::keys(&forger.says().key);
    let right = keys["keys"][0].as_object_mut().unwrap();
    right.remove("kid");
    right.remove("use");
    let right = right.clone();
    let list = json!([
        null, "text", 5, {}, { "kty": "AKP", "alg": "ML-DSA-65", "pub": "x" }, { "kty": "EC", "crv": "secp256k1", "x": "a", "y": "b" },
        { "kty": "OKP", "crv": "X25519", "use": "enc", "x": "a" }, { "kty": "oct", "k": "c2VjcmV0" },
        { "kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "n": "AQAB", "e": "AQAB", "kid": "first" },
        { "kty": "RSA", "n": 5, "e": null, "x5c": "none", "key_ops": "verify" }, right,
    ]);
    keys["keys"] = list;
    forger.says().instead = Some(("/keys", 200, keys.to_string()));
    let (provider, _) = client(forger.set());
    assert_eq!(provider.check().await.unwrap().keys, 1);
    assert_eq!(
        provider
            .authenticate("code", &binding())
            .await
            .unwrap()
            .subject,
        "7"
    );
}

#[tokio::test]
async fn an_answer_to_a_code_may_have_members_of_any_type() {
    let forger = Forger::start().await;
    let (provider, clock) = client(forger.set());
    forger.gives(&forger.claims("nonce", &clock));
    let token = forger.says().token.clone();
    for more in [
        json!({ "expires_in": "3600", "token_type": "bearer", "scope": ["openid"] }),
        json!({ "expires_in": null, "access_token": null, "ext_expires_in": -1 }),
        json!({ "token_type": 5, "refresh_token": {}, "not-before-policy": 0 }),
    ] {
        let mut body = more.clone();
        body["id_token"] = json!(token);
        forger.says().instead = Some(("/token", 200, body.to_string()));
        let identity = provider.authenticate("code", &binding()).await;
        assert_eq!(
            identity
                .unwrap_or_else(|error| panic!("{more}: {error}"))
                .subject,
            "7"
        );
    }
}

#[tokio::test]
async fn user_info_is_read_leniently_and_is_about_the_same_person() {
    let forger = Forger::start().await;
    forger.says().user_info = Some((PLAIN, String::new()));
    let (provider, clock) = client(forger.set());
    let mut claims = forger.claims("nonce", &clock);
    claims
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !name.starts_with("email"));
    forger.gives(&claims);
    let ask = async |body: &str, media_type: &'static str| {
        forger.says().user_info = Some((media_type, body.to_owned()));
        let mut identity = provider.authenticate("code", &binding()).await.unwrap();
        provider
            .complete_email(&mut identity)
            .await
            .map(|()| identity)
    };
    let told = ask(
        r#"{"sub":"7","email":"ann@example.com","email_verified":"true","updated_at":"2017-09-07T20:31:05.302Z",
            "address":"Main Street","locale":{"a":1},"zoneinfo":1e999,"name":["Ann"]}"#,
        PLAIN,
    )
    .await
    .unwrap();
    assert_eq!(told.email.as_deref(), Some("ann@example.com"));
    assert_eq!(told.email_verified, EmailVerification::Yes);

    refused(
        ask(
            r#"{"sub":"8","email":"ann@example.com","email_verified":true}"#,
            PLAIN,
        )
        .await,
    );
    refused(
        ask(
            r#"{"email":"ann@example.com","email_verified":true}"#,
            PLAIN,
        )
        .await,
    );
    assert!(lasting(ask("a.b.c", "application/jwt").await).contains("application/jwt"));
    assert!(lasting(ask("<html>", "text/html").await).contains("user info"));
}
