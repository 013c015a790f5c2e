//! Showing an API key: permission, duration, and audit events.

use super::*;
use reseller_portal::operations::show_key::{KeyAccess, KeyRequest, ShowError, key_access, show};
use secrecy::ExposeSecret;

/// Returns a request of someone who has just proved their identity.
fn said(reason: &str) -> KeyRequest<'_> {
    KeyRequest {
        reason,
        recently_authenticated: true,
    }
}

async fn made_by(portal: &Portal, actor: &Actor) -> AccountId {
    let change = Change::Create {
        organization_name: "Keyed Ltd".to_owned(),
        email: None,
        custom_pricing: false,
        rollup_billing: false,
        channel_limit: None,
        with_password: false,
        details: Box::default(),
    };
    ask(portal, actor, change).await.account.unwrap()
}

#[tokio::test]
async fn the_creator_sees_the_key_until_one_showing_succeeded() {
    let (portal, ann) = stage().await;
    let id = made_by(&portal, &ann).await;
    fault(&portal, "GET", EVERY_ACCOUNT, 3, json!({ "status": 503 })).await;
    assert!(matches!(
        show(&portal, &ann, &id, said("")).await,
        Err(ShowError::Telnyx(_))
    ));
    let shown = show(&portal, &ann, &id, said("")).await.unwrap();
    let key = shown.api_key.unwrap();
    assert!(key.expose_secret().starts_with("KEY"));
    assert!(matches!(
        show(&portal, &ann, &id, said("again")).await,
        Err(ShowError::Forbidden)
    ));
    let told = told(&portal).await;
    assert_eq!(
        &told[told.len() - 2..],
        ["key_shown refused", "key_shown done"]
    );
}

#[tokio::test]
async fn after_a_day_the_creator_does_not_see_it_any_more() {
    let (portal, ann) = stage().await;
    let id = made_by(&portal, &ann).await;
    assert_eq!(
        key_access(&portal, &ann, &id).await.unwrap(),
        KeyAccess::Creator
    );
    let ben = portal.actor(Role::Manager);
    assert_eq!(
        key_access(&portal, &ben, &id).await.unwrap(),
        KeyAccess::None
    );
    portal.advance(Duration::from_hours(24));
    assert_eq!(
        key_access(&portal, &ann, &id).await.unwrap(),
        KeyAccess::None
    );
}

#[tokio::test]
async fn an_admin_says_why_and_is_named_in_the_audit() {
    let (portal, _) = stage().await;
    let id = enabled(&portal).await;
    let admin = portal.actor(Role::Admin);
    assert!(matches!(
        show(&portal, &admin, &id, said(" ")).await,
        Err(ShowError::Reason(_))
    ));
    show(&portal, &admin, &id, said("customer lost it"))
        .await
        .unwrap();
    let entries = audit::latest(&portal.db, &audit::EventFilter::default(), 1)
        .await
        .unwrap();
    assert_eq!(entries[0].event.reason.as_deref(), Some("customer lost it"));
    assert_eq!(
        entries[0].event.who.as_ref().unwrap().email,
        "admin@example.com"
    );
}

#[tokio::test]
async fn of_two_showings_at_once_the_creator_gets_one() {
    let (portal, ann) = stage().await;
    let id = made_by(&portal, &ann).await;
    fault(&portal, "GET", EVERY_ACCOUNT, 2, json!({ "delay_ms": 150 })).await;
    let (one, other) = tokio::join!(
        show(&portal, &ann, &id, said("")),
        show(&portal, &ann, &id, said(""))
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
}

#[tokio::test]
async fn a_role_alone_shows_no_key_to_who_did_not_prove_of_late_who_they_are() {
    let (portal, _) = stage().await;
    let id = enabled(&portal).await;
    let admin = portal.actor(Role::Admin);
    let asked = KeyRequest {
        reason: "customer lost it",
        recently_authenticated: false,
    };
    assert!(matches!(
        show(&portal, &admin, &id, asked).await,
        Err(ShowError::StepUpRequired)
    ));
    assert!(
        !told(&portal)
            .await
            .iter()
            .any(|event| event.starts_with("key_shown"))
    );
}
