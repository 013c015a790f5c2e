//! Emails with notifications: at once or daily, each at most once.

use std::time::Duration;

use reseller_portal::db::notifications::mark_all_read;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::notification::{
    NotificationDelivery, NotificationFact, NotificationKind,
};
use reseller_portal::domain::role::Role;
use reseller_portal::domain::time::Timestamp;
use reseller_portal::jobs::notification_emails_once;

use super::{choose, fact, publish};
use crate::support::{Manner, Portal, PostOffice};

/// 2026-03-02T09:30:00Z, a Monday.
const DAY: Timestamp = Timestamp::from_millis(1_772_443_800_000);
const KIND: NotificationKind = NotificationKind::AccountBlocked;

async fn stage(manner: Manner, delivery: NotificationDelivery) -> (Portal, PostOffice, Actor) {
    let post = PostOffice::start(manner).await;
    let mail = post.settings();
    let portal = Portal::build()
        .at(DAY)
        .settings(move |settings| settings.mail = Some(mail))
        .start()
        .await;
    let ann = portal.staff(Role::Manager).await;
    choose(&portal, &ann, KIND, delivery).await;
    (portal, post, ann)
}

async fn run(portal: &Portal) {
    notification_emails_once(portal).await.unwrap();
}

#[tokio::test]
async fn an_email_at_once_says_what_happened_and_where_to_look() {
    let (portal, post, _) = stage(Manner::Takes, NotificationDelivery::Immediate).await;
    publish(&portal, &fact(KIND, "Acme\r\nBcc: all@example.com"), None).await;
    tokio::join!(run(&portal), run(&portal), run(&portal));
    run(&portal).await;
    let mails = post.mails();
    assert_eq!(mails.len(), 1, "three runs at once send it once");
    let mail = &mails[0];
    assert_eq!(mail.envelope[1], "<manager@example.com>");
    assert!(!mail.headers().iter().any(|line| line.starts_with("Bcc")));
    for words in [
        "Hello Test Account manager,",
        "Telnyx blocked Acme",
        "More about it.",
        "2 March 2026, 09:30 UTC",
        "http://127.0.0.1:8080/accounts/1",
        "http://127.0.0.1:8080/profile/notifications",
    ] {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
}

#[tokio::test]
async fn facts_of_a_sweep_wait_for_each_other_and_are_one_line() {
    let (portal, post, _) = stage(Manner::Takes, NotificationDelivery::Immediate).await;
    let sweep = Some(uuid::Uuid::new_v4());
    for _ in 0..3 {
        let found = NotificationFact {
            sweep,
            ..fact(KIND, "Acme")
        };
        publish(&portal, &found, None).await;
        run(&portal).await;
    }
    assert!(post.mails().is_empty());
    portal.advance(Duration::from_secs(30));
    run(&portal).await;
    let mails = post.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("Telnyx blocked 3 accounts."));
    assert!(mails[0].text.contains("/accounts?status=blocked"));
}

#[tokio::test]
async fn a_daily_email_comes_at_eight_with_everything_that_is_unread() {
    let (portal, post, ann) = stage(Manner::Takes, NotificationDelivery::Daily).await;
    for name in ["Acme", "Beta"] {
        publish(&portal, &fact(KIND, name), None).await;
        portal.advance(Duration::from_secs(1));
    }
    portal.advance(Duration::from_hours(22));
    run(&portal).await;
    assert!(post.mails().is_empty(), "it is 07:30");
    portal.advance(Duration::from_mins(31));
    run(&portal).await;
    run(&portal).await;
    let mails = post.mails();
    assert_eq!(mails.len(), 1);
    assert!(
        mails[0]
            .text
            .contains("2 notifications from the reseller portal")
    );
    assert!(mails[0].text.contains("Acme") && mails[0].text.contains("Beta"));
    // One that was read in the portal is not sent.
    publish(&portal, &fact(KIND, "Gamma"), None).await;
    let now = portal.clock.now();
    mark_all_read(&portal.db, ann.staff_id, None, now, now)
        .await
        .unwrap();
    portal.advance(Duration::from_hours(24));
    run(&portal).await;
    assert_eq!(post.mails().len(), 1);
}

#[tokio::test]
async fn portal_and_off_send_no_email_and_neither_does_a_portal_without_a_server() {
    for delivery in [NotificationDelivery::Portal, NotificationDelivery::Off] {
        let (portal, post, _) = stage(Manner::Takes, delivery).await;
        publish(&portal, &fact(KIND, "Acme"), None).await;
        run(&portal).await;
        assert!(post.mails().is_empty(), "{delivery:?}");
    }
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Manager).await;
    choose(&portal, &ann, KIND, NotificationDelivery::Immediate).await;
    publish(&portal, &fact(KIND, "Acme"), None).await;
    run(&portal).await;
    let rows = &portal.everything().await["notification_emails"];
    assert!(rows.is_empty());
}

#[tokio::test]
async fn a_server_that_does_not_take_it_now_is_tried_again_and_given_up_at_last() {
    let (portal, _post, _) = stage(
        Manner::Refuses("451 4.7.1 Later"),
        NotificationDelivery::Immediate,
    )
    .await;
    publish(&portal, &fact(KIND, "Acme"), None).await;
    for attempt in 1..=8 {
        let waiting = portal.everything().await["notification_emails"].len();
        assert_eq!(waiting, usize::from(attempt > 1), "{attempt}");
        run(&portal).await;
        run(&portal).await;
        portal.advance(Duration::from_hours(2));
    }
    assert!(portal.everything().await["notification_emails"].is_empty());
}

#[tokio::test]
async fn one_that_may_have_arrived_is_never_sent_again() {
    let (portal, post, _) = stage(Manner::HangsUp, NotificationDelivery::Immediate).await;
    publish(&portal, &fact(KIND, "Acme"), None).await;
    run(&portal).await;
    assert!(portal.everything().await["notification_emails"].is_empty());
    portal.advance(Duration::from_hours(24));
    run(&portal).await;
    assert!(post.mails().is_empty());
}
