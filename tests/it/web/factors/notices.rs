//! Notices on the profile when a factor changes.

use reseller_portal::domain::audit::EventKind;

use super::*;

#[tokio::test]
async fn each_change_is_told_on_the_profile_until_it_was_seen() {
    let portal = portal().await;
    let actor = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&actor).await;
    assert!(!browser.get("/profile").await.has("#notices"));
    set_up_app(&portal, &browser).await.1.expect(200);
    let page = browser.get("/profile").await.expect(200);
    assert!(page.says("Added as a second factor: authenticator app."));
    assert!(page.text_of("#notices").contains("from 127.0.0.1"));
    assert!(page.has("#notices time"));

    // A notice that came after the page was shown is not dismissed unseen.
    portal.advance(Duration::from_secs(1));
    add_passkey(&browser, &mut Passkey::new(), "Blue key")
        .await
        .expect(303);
    browser
        .submit(&page, "#notices form", &[])
        .await
        .expect(303);
    let page = browser.get("/profile").await.expect(200);
    assert!(page.says("Added as a second factor: passkey “Blue key”."));
    assert!(!page.says("authenticator app."));
    browser
        .submit(&page, "#notices form", &[])
        .await
        .expect(303);
    assert!(!browser.get("/profile").await.has("#notices"));

    let other = portal.signed_in(Role::Viewer).await;
    assert!(
        !other.get("/profile").await.has("#notices"),
        "told to nobody else"
    );
    assert_eq!(events(&portal, EventKind::FactorAdded).await.len(), 2);
}
