//! Acceptance of far fewer accounts than before.

use reseller_portal::db::sweeps::SweepOutcome;
use reseller_portal::directory::shrink_guard::{self, Error};
use reseller_portal::domain::audit::{EventKind, EventOutcome};
use reseller_portal::domain::role::Role;

use super::{events, held, later_sweep, sweep};
use crate::support::Portal;

/// Starts a portal whose Telnyx has lost eight of twenty accounts.
async fn halved() -> (Portal, Vec<String>) {
    let portal = Portal::start().await;
    sweep(&portal).await;
    let accounts = portal.sandbox.accounts().await;
    let forgotten: Vec<String> = accounts
        .iter()
        .take(8)
        .map(|account| account["id"].as_str().unwrap().to_owned())
        .collect();
    for id in &forgotten {
        portal.sandbox.forget(id).await;
    }
    assert_eq!(later_sweep(&portal).await.outcome, SweepOutcome::TooFew);
    (portal, forgotten)
}

#[tokio::test]
async fn an_accepted_number_is_taken_over_and_the_missing_are_gone_after_two_readings() {
    let (portal, forgotten) = halved().await;
    let ann = portal.actor(Role::Admin);
    assert!(
        matches!(shrink_guard::accept(&portal.app, &ann, 11).await, Err(Error::Outdated(Some(now))) if now.shown == 12)
    );
    shrink_guard::accept(&portal.app, &ann, 12).await.unwrap();
    let alerts = events(&portal, EventKind::DirectoryAlert).await;
    assert_eq!(alerts[0].event.outcome, EventOutcome::Done);
    assert_eq!(alerts[0].event.after.as_deref(), Some("12 accounts"));
    assert!(alerts[0].event.who.is_some());
    for _ in 0..2 {
        assert_eq!(later_sweep(&portal).await.outcome, SweepOutcome::Done);
    }
    for id in &forgotten {
        assert!(held(&portal, &id.parse().unwrap()).await.gone_at.is_some());
    }
    assert_eq!(shrink_guard::detected(&portal.db).await.unwrap(), None);
}

#[tokio::test]
async fn it_is_accepted_once_and_for_about_that_number_only() {
    let (portal, _) = halved().await;
    let ann = portal.actor(Role::Owner);
    shrink_guard::accept(&portal.app, &ann, 12).await.unwrap();
    for account in portal.sandbox.accounts().await.iter().take(9) {
        portal.sandbox.forget(account["id"].as_str().unwrap()).await;
    }
    let swept = later_sweep(&portal).await;
    assert_eq!(swept.outcome, SweepOutcome::TooFew);
    assert!(swept.message.contains("3 of the 20"), "{}", swept.message);
    let (shown, accepted) = shrink_guard::detected(&portal.db).await.unwrap().unwrap();
    assert_eq!((shown.shown, accepted), (3, false));
}

#[tokio::test]
async fn only_owners_and_admins_accept_it() {
    let (portal, _) = halved().await;
    for role in [Role::Manager, Role::Viewer] {
        let actor = portal.actor(role);
        assert!(matches!(
            shrink_guard::accept(&portal.app, &actor, 12).await,
            Err(Error::Forbidden)
        ));
    }
}

#[tokio::test]
async fn the_dashboard_leads_to_it_and_the_number_must_be_typed() {
    let (portal, _) = halved().await;
    let ann = portal.signed_in(Role::Admin).await;
    assert!(
        ann.get("/")
            .await
            .expect(200)
            .has("a[href='/directory/accept-shrink']")
    );
    ann.get("/directory/accept-shrink").await.expect(200);
    let refused = ann
        .post("/directory/accept-shrink", &[("number", "20")])
        .await;
    assert!(refused.expect(422).says("The last refresh listed 12"));
    ann.post("/directory/accept-shrink", &[("number", "12")])
        .await
        .expect(303);
    let mia = portal.signed_in(Role::Manager).await;
    mia.get("/directory/accept-shrink").await.expect(403);
    assert!(
        !mia.get("/")
            .await
            .expect(200)
            .has("a[href='/directory/accept-shrink']")
    );
}
