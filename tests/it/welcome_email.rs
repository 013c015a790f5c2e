//! Queue of welcome emails: each is sent at most once, whatever happens.

use std::time::Duration;

use reseller_portal::db::accounts::{self, Account};
use reseller_portal::db::audit;
use reseller_portal::db::welcome_emails::{self, WelcomeEmail};
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::audit::{EventKind, EventOutcome};
use reseller_portal::domain::ids::{OperationId, WelcomeEmailId};
use reseller_portal::domain::operation::{AccountDetails, Change, Reason};
use reseller_portal::domain::role::Role;
use reseller_portal::domain::welcome_email::WelcomeEmailState;
use reseller_portal::operations::{ExpectedValues, Request, submit};
use reseller_portal::welcome_email::{self, RequestOutcome};

use crate::support::{Manner, Portal, PostOffice};

struct Stage {
    portal: Portal,
    post: PostOffice,
    ann: Actor,
    account: Account,
}

impl Stage {
    async fn start(manner: Manner) -> Self {
        let post = PostOffice::start(manner).await;
        let mail = post.settings();
        let portal = Portal::build()
            .settings(move |settings| settings.mail = Some(mail))
            .start()
            .await;
        portal.sweep().await;
        let id = portal.sandbox.id_of("enabled").await;
        let account = accounts::by_id(&portal.db, &id.parse().unwrap()).await;
        Self {
            post,
            ann: portal.staff(Role::Manager).await,
            account: account.unwrap().unwrap(),
            portal,
        }
    }

    /// Adds an email to the queue.
    async fn queue(&self) -> WelcomeEmailId {
        let now = self.portal.clock.now();
        let id = WelcomeEmailId::new(now);
        let email = WelcomeEmail::new(id, self.account.id.clone(), (&self.ann).into(), now);
        let mut tx = self.portal.db.begin().await.unwrap();
        assert!(welcome_emails::insert(&mut tx, &email).await.unwrap());
        tx.commit().await.unwrap();
        id
    }

    async fn run(&self) {
        welcome_email::send_due(&self.portal.app).await.unwrap();
    }

    async fn email(&self, id: WelcomeEmailId) -> WelcomeEmail {
        let found = welcome_emails::by_id(&self.portal.db, id).await.unwrap();
        found.unwrap()
    }

    async fn outcomes(&self) -> Vec<EventOutcome> {
        let filter = audit::EventFilter::default();
        let all = audit::oldest(&self.portal.db, &filter, 500).await.unwrap();
        let own = all
            .iter()
            .filter(|entry| entry.event.kind == EventKind::WelcomeEmail);
        own.map(|entry| entry.event.outcome).collect()
    }
}

#[tokio::test]
async fn two_replicas_send_an_email_once() {
    let stage = Stage::start(Manner::Takes).await;
    let id = stage.queue().await;
    tokio::join!(stage.run(), stage.run(), stage.run());
    stage.run().await;
    assert_eq!(stage.post.mails().len(), 1);
    let email = stage.email(id).await;
    assert_eq!(email.state, WelcomeEmailState::Sent);
    assert_eq!(email.recipient, stage.account.email);
    assert_eq!(stage.outcomes().await, [EventOutcome::Done]);
}

#[tokio::test]
async fn a_server_that_does_not_take_it_now_is_tried_again_with_pauses_and_then_given_up() {
    let stage = Stage::start(Manner::Refuses("451 4.7.1 Later")).await;
    let id = stage.queue().await;
    stage.run().await;
    let email = stage.email(id).await;
    assert_eq!((email.state, email.attempt), (WelcomeEmailState::Queued, 1));
    assert!(email.message.contains("(451)"), "{}", email.message);
    stage.run().await;
    assert_eq!(stage.email(id).await.attempt, 1, "not before its time");
    for attempt in 2..=8 {
        stage.portal.advance(Duration::from_hours(2));
        stage.run().await;
        assert_eq!(stage.email(id).await.attempt, attempt);
    }
    assert_eq!(stage.email(id).await.state, WelcomeEmailState::Failed);
    assert_eq!(stage.outcomes().await, [EventOutcome::Refused]);
    stage.portal.advance(Duration::from_hours(24));
    stage.run().await;
    assert_eq!(stage.email(id).await.attempt, 8);
}

#[tokio::test]
async fn one_that_may_have_arrived_is_never_sent_again_by_itself() {
    let stage = Stage::start(Manner::HangsUp).await;
    let id = stage.queue().await;
    stage.run().await;
    assert_eq!(stage.email(id).await.state, WelcomeEmailState::Uncertain);
    stage.portal.advance(Duration::from_hours(24));
    stage.run().await;
    assert_eq!(stage.email(id).await.attempt, 1);
    assert_eq!(stage.outcomes().await, [EventOutcome::Unknown]);
}

#[tokio::test]
async fn a_replica_that_died_while_it_sent_leaves_an_uncertain_email() {
    let stage = Stage::start(Manner::Takes).await;
    let id = stage.queue().await;
    let email = stage.email(id).await;
    let until = stage.portal.clock.now() + Duration::from_mins(2);
    assert!(
        welcome_emails::claim(&stage.portal.db, &email, until)
            .await
            .unwrap()
    );
    assert!(
        !welcome_emails::claim(&stage.portal.db, &email, until)
            .await
            .unwrap()
    );
    stage.run().await;
    assert_eq!(stage.email(id).await.state, WelcomeEmailState::Sending);
    stage.portal.advance(Duration::from_mins(3));
    stage.run().await;
    stage.run().await;
    assert_eq!(stage.email(id).await.state, WelcomeEmailState::Uncertain);
    assert!(stage.post.mails().is_empty());
    assert_eq!(stage.outcomes().await, [EventOutcome::Unknown]);
}

#[tokio::test]
async fn a_server_that_is_down_is_a_certain_failure() {
    let stage = Stage::start(Manner::Takes).await;
    let unreachable = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let mut mail = stage.post.settings();
    mail.port = unreachable;
    let portal = Portal::build()
        .settings(move |settings| settings.mail = Some(mail))
        .start()
        .await;
    let stage = Stage { portal, ..stage };
    stage.portal.sweep().await;
    let id = stage.portal.sandbox.id_of("enabled").await;
    let account = accounts::by_id(&stage.portal.db, &id.parse().unwrap()).await;
    let stage = Stage {
        account: account.unwrap().unwrap(),
        ..stage
    };
    let id = stage.queue().await;
    stage.run().await;
    assert_eq!(stage.email(id).await.state, WelcomeEmailState::Queued);
}

#[tokio::test]
async fn two_people_who_ask_at_once_send_one() {
    let stage = Stage::start(Manner::Takes).await;
    let bob = stage.portal.staff(Role::Manager).await;
    let now = stage.portal.clock.now();
    let ask =
        |actor, id| welcome_email::request(&stage.portal.app, actor, &stage.account, id, false);
    let (one, other) = tokio::join!(
        ask(&stage.ann, WelcomeEmailId::new(now)),
        ask(&bob, WelcomeEmailId::new(now)),
    );
    let sent = [one.unwrap(), other.unwrap()];
    let asked = sent
        .iter()
        .filter(|outcome| matches!(outcome, RequestOutcome::Requested(_)));
    assert_eq!(asked.count(), 1, "{sent:?}");
    assert_eq!(stage.post.mails().len(), 1);
}

#[tokio::test]
async fn a_creation_that_asks_for_it_queues_one_email_and_recovery_queues_no_second() {
    let stage = Stage::start(Manner::Takes).await;
    let change = Change::Create {
        organization_name: "Acme".to_owned(),
        email: Some("voice@acme.example".to_owned()),
        custom_pricing: false,
        rollup_billing: true,
        channel_limit: None,
        with_password: false,
        details: Box::new(AccountDetails {
            welcome_email: true,
            ..AccountDetails::default()
        }),
    };
    let id = OperationId::new(stage.portal.clock.now());
    let request = || Request {
        id,
        change: change.clone(),
        reason: Reason::default(),
        undoes: None,
        expected: ExpectedValues::default(),
        try_anyway: false,
        password: None,
    };
    for _ in 0..2 {
        submit(&stage.portal.app, &stage.ann, request())
            .await
            .unwrap();
        stage.portal.run_jobs().await;
    }
    let queued = stage.email(WelcomeEmailId::from_uuid(id.as_uuid())).await;
    assert_eq!(queued.operation, Some(id));
    stage.run().await;
    stage.run().await;
    let mails = stage.post.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].envelope[1], "<voice@acme.example>");
    assert!(
        mails[0].text.contains("there is no password yet"),
        "{}",
        mails[0].text
    );
}
