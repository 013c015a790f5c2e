//! The webhook: signed, at least once, tried again for a day, and without its secret anywhere.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reseller_portal::app::App;
use reseller_portal::db::webhook_deliveries::{self, WebhookDelivery};
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::notification::NotificationKind;
use reseller_portal::domain::role::Role;
use reseller_portal::domain::webhook::DeliveryState;
use reseller_portal::jobs::webhook_once;
use reseller_portal::notifications::webhook::{self, SaveOutcome};
use reseller_portal::secret_key::rotate;
use secrecy::ExposeSecret;
use sha2::Sha256;

use super::{fact, publish};
use crate::support::{Log, Portal, Receiver, Reply};

const KIND: NotificationKind = NotificationKind::AccountBlocked;

struct Stage {
    portal: Portal,
    receiver: Receiver,
    owner: Actor,
    secret: String,
}

impl Stage {
    async fn start(replies: &[Reply]) -> Self {
        let receiver = Receiver::start(replies).await;
        let portal = Portal::build()
            .settings(|settings| settings.webhook_timeout = Duration::from_millis(300))
            .start()
            .await;
        let owner = portal.staff(Role::Owner).await;
        let saved = webhook::save(&portal.app, &owner, receiver.url.clone(), vec![KIND], 0).await;
        let SaveOutcome::FirstSecret(secret) = saved.unwrap() else {
            panic!("the first address comes with a secret");
        };
        Self {
            secret: secret.expose_secret().to_owned(),
            portal,
            receiver,
            owner,
        }
    }

    async fn run(&self) {
        webhook_once(&self.portal).await.unwrap();
    }

    async fn only(&self) -> WebhookDelivery {
        let mut all = webhook_deliveries::latest(&self.portal.db, 10)
            .await
            .unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }
}

/// Checks a signature as `docs/webhook.md` says.
fn is_signed(secret: &str, header: &str, body: &str) -> bool {
    let (time, signature) = header.split_once(',').unwrap();
    let time = time.strip_prefix("t=").unwrap();
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let digest = mac.finalize().into_bytes();
    signature == format!("v1={}", reseller_portal::db::audit::hex(&digest))
}

#[tokio::test]
async fn an_event_is_signed_and_says_what_happened() {
    let stage = Stage::start(&[]).await;
    publish(&stage.portal, &fact(KIND, "Acme"), None).await;
    publish(
        &stage.portal,
        &fact(NotificationKind::ZeroLimit, "Beta"),
        None,
    )
    .await;
    let job = fact(NotificationKind::JobEnded, "Job");
    publish(&stage.portal, &job, Some(stage.owner.staff_id)).await;
    stage.run().await;
    let received = stage.receiver.received();
    assert_eq!(received.len(), 1, "only the chosen kinds");
    let event = &received[0];
    assert!(is_signed(&stage.secret, &event.signature, &event.body));
    assert!(!is_signed("another", &event.signature, &event.body));
    let json = event.json();
    assert_eq!(json["type"], "account_blocked");
    assert_eq!(json["message"], "Telnyx blocked Acme.");
    assert_eq!(json["url"], "http://127.0.0.1:8080/accounts/1");
    assert_eq!(json["id"], event.event_id.as_str());
    assert_eq!(json["practice"], true);
    let delivery = stage.only().await;
    assert_eq!(delivery.state, DeliveryState::Delivered);
    assert_eq!((delivery.status, delivery.attempt), (Some(200), 1));
}

#[tokio::test]
async fn a_refused_event_is_sent_again_with_the_same_id() {
    let stage = Stage::start(&[Reply::Status(500)]).await;
    publish(&stage.portal, &fact(KIND, "Acme"), None).await;
    stage.run().await;
    let delivery = stage.only().await;
    assert_eq!(delivery.state, DeliveryState::Waiting);
    assert_eq!(delivery.status, Some(500));
    assert!(!delivery.message.contains("internal text"));
    stage.run().await;
    assert_eq!(stage.receiver.received().len(), 1, "not before its time");
    stage.portal.advance(Duration::from_mins(1));
    stage.run().await;
    let received = stage.receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].event_id, received[1].event_id);
    assert_eq!(received[0].body, received[1].body);
    assert_ne!(
        received[0].signature, received[1].signature,
        "the time is signed too"
    );
    assert_eq!(stage.only().await.state, DeliveryState::Delivered);
}

#[tokio::test]
async fn it_is_given_up_after_a_day_and_can_be_redelivered() {
    let stage = Stage::start(&[Reply::Status(503); 40]).await;
    publish(&stage.portal, &fact(KIND, "Acme"), None).await;
    for _ in 0..48 {
        stage.run().await;
        stage.portal.advance(Duration::from_mins(31));
    }
    let delivery = stage.only().await;
    assert_eq!(delivery.state, DeliveryState::Failed);
    let attempts = stage.receiver.received().len();
    assert!((15..25).contains(&attempts), "{attempts}");
    stage.run().await;
    assert_eq!(stage.receiver.received().len(), attempts);
    let again = webhook::redeliver(&stage.portal.app, &stage.owner, delivery.id).await;
    assert_eq!(again.unwrap().unwrap().attempt, delivery.attempt + 1);
    assert_eq!(stage.receiver.received().len(), attempts + 1);
}

#[tokio::test]
async fn two_replicas_deliver_an_event_once_and_one_that_died_leaves_it_to_the_other() {
    let stage = Stage::start(&[]).await;
    let portal = &stage.portal;
    let other = App::from_settings(
        portal.db.clone(),
        portal.clock.clone(),
        portal.settings.clone(),
    )
    .unwrap();
    publish(portal, &fact(KIND, "Acme"), None).await;
    let (one, two) = tokio::join!(webhook_once(portal), webhook_once(&other));
    one.unwrap();
    two.unwrap();
    assert_eq!(stage.receiver.received().len(), 1);

    publish(portal, &fact(KIND, "Beta"), None).await;
    let now = portal.clock.now();
    let due = webhook_deliveries::due(&portal.db, now, 10).await.unwrap();
    let claim = webhook_deliveries::claim(&portal.db, &due[0], now, now + Duration::from_mins(1));
    assert!(claim.await.unwrap());
    webhook_once(&other).await.unwrap();
    assert_eq!(stage.receiver.received().len(), 1, "the first still has it");
    portal.advance(Duration::from_mins(1));
    webhook_once(&other).await.unwrap();
    assert_eq!(stage.receiver.received().len(), 2);
}

#[tokio::test]
async fn a_receiver_that_hangs_or_redirects_is_a_failure() {
    let stage = Stage::start(&[Reply::Hangs, Reply::Redirect]).await;
    publish(&stage.portal, &fact(KIND, "Acme"), None).await;
    publish(&stage.portal, &fact(KIND, "Beta"), None).await;
    stage.run().await;
    assert_eq!(
        stage.receiver.received().len(),
        1,
        "the other does not wait for it too"
    );
    let all = webhook_deliveries::latest(&stage.portal.db, 10)
        .await
        .unwrap();
    let messages: Vec<&str> = all.iter().map(|one| one.message.as_str()).collect();
    assert!(
        messages.contains(&"The receiver did not answer within 10 seconds."),
        "{messages:?}"
    );
    stage.run().await;
    let all = webhook_deliveries::latest(&stage.portal.db, 10)
        .await
        .unwrap();
    assert!(all.iter().any(|one| one.status == Some(307)), "{all:?}");
    assert_eq!(
        stage.receiver.received().len(),
        2,
        "the redirect was not followed"
    );
}

#[tokio::test]
async fn the_secret_is_in_no_table_in_the_clear_and_in_no_log() {
    let (log, _guard) = Log::keep("trace");
    let stage = Stage::start(&[Reply::Status(500)]).await;
    publish(&stage.portal, &fact(KIND, "Acme"), None).await;
    stage.run().await;
    let secret = stage.secret.trim_start_matches("whsec_");
    assert_eq!(secret.len(), 43);
    for (table, rows) in stage.portal.everything().await {
        assert!(!rows.iter().any(|row| row.contains(secret)), "{table}");
    }
    assert!(!log.text().contains(secret));
    assert!(log.text().contains("did not accept"));
}

#[tokio::test]
async fn a_new_secret_key_keeps_the_webhooks_secret() {
    let stage = Stage::start(&[]).await;
    let mut settings = stage.portal.settings.clone();
    settings.secret_key = "another key that is long enough for a portal".into();
    let (db, clock) = (stage.portal.db.clone(), stage.portal.clock.clone());
    let new = App::from_settings(db, clock, settings).unwrap();
    rotate(&stage.portal, &new).await.unwrap();
    let mut tx = new.db.begin().await.unwrap();
    reseller_portal::notifications::publish(&new, &mut tx, &fact(KIND, "Acme"), None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    webhook_once(&new).await.unwrap();
    let event = stage.receiver.received().remove(0);
    assert!(is_signed(&stage.secret, &event.signature, &event.body));
}

#[tokio::test]
async fn a_webhook_that_was_turned_off_sends_nothing_more() {
    let stage = Stage::start(&[]).await;
    publish(&stage.portal, &fact(KIND, "Acme"), None).await;
    webhook::save(
        &stage.portal.app,
        &stage.owner,
        String::new(),
        vec![KIND],
        1,
    )
    .await
    .unwrap();
    stage.run().await;
    assert!(stage.receiver.received().is_empty());
    assert_eq!(stage.only().await.message, "The webhook is off.");
    publish(&stage.portal, &fact(KIND, "Beta"), None).await;
    stage.only().await;
}
