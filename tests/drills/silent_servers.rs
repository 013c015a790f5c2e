//! The mail server and the receiver of the webhook accept connections and say nothing.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use url::Url;

use crate::support::{
    Change, Gate, Manner, OWNER, Person, PostOffice, Receiver, Response, SetUp, Stage,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mail_server_is_silent_and_nobody_waits_for_it() {
    let drill = MailDrill::start("The mail server is silent").await;
    drill.ask_for_emails().await;
    drill.gate.open();
    let told = drill.invite("later@example.com").await;
    assert!(told.says("was sent"), "{}", told.words());
    drill.stage.finish(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; see the head of main.rs"]
async fn emails_wait_for_a_silent_mail_server() {
    let drill = MailDrill::start("The mail server is silent for a minute").await;
    drill.ask_for_emails().await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    drill.gate.open();
    drill.stage.record.note("the mail server answers again");
    let began = Instant::now();
    let expected = ["new password", "Telnyx blocked"];
    let arrived = |word: &str| {
        drill
            .post
            .mails()
            .iter()
            .filter(|mail| mail.text.contains(word))
            .count()
    };
    while expected.iter().any(|word| arrived(word) == 0) && began.elapsed() < Duration::from_mins(3)
    {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // A second copy would come soon after the first.
    tokio::time::sleep(Duration::from_secs(5)).await;
    for mail in drill.post.mails() {
        let subject = mail
            .headers()
            .into_iter()
            .find(|line| line.starts_with("Subject:"))
            .unwrap_or_default();
        drill.stage.record.note(format!(
            "an email arrived at {}: {subject}",
            mail.envelope[1]
        ));
    }
    for word in expected {
        if arrived(word) != 1 {
            drill
                .stage
                .record
                .fault(format!("{} emails about {word:?} arrived", arrived(word)));
        }
    }
    drill.stage.finish(&[]).await;
}

struct MailDrill {
    stage: Stage,
    gate: Gate,
    post: PostOffice,
    _folder: TempDir,
}

impl MailDrill {
    async fn start(title: &str) -> Self {
        let post = PostOffice::start(Manner::Takes).await;
        let gate = Gate::before(address(&post.url())).await;
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("portal.db").display());
        let stage = SetUp::on(&url, title)
            .await
            .set("PORTAL_SMTP_URL", &format!("smtp://{}", gate.address))
            .set("PORTAL_MAIL_FROM", "Portal <portal@example.com>")
            .start()
            .await;
        let choices = stage.owner.get("/profile/notifications").await;
        stage
            .owner
            .submit(
                &choices,
                "main form[method=post]",
                &[("account_blocked", "immediate")],
            )
            .await;
        Self {
            stage,
            gate,
            post,
            _folder: folder,
        }
    }

    /// Does what sends emails, while the server is silent.
    async fn ask_for_emails(&self) {
        let (stage, record) = (&self.stage, &self.stage.record);
        self.gate.fall_silent();
        record.note("the mail server accepts connections and says nothing");
        self.invite("ann@example.com").await;
        let guest = Person::new(&stage.portal.url, record);
        let page = guest.get("/login/forgotten").await;
        let asked = guest
            .submit(&page, "#forgotten-form", &[("email", OWNER)])
            .await;
        guest.follow(&asked).await;
        Person::new(&stage.portal.url, record)
            .sign_in(OWNER)
            .await
            .expect(303);
        let accounts = stage.enabled().await;
        let blocked = serde_json::json!({ "status": "blocked" });
        stage
            .telnyx
            .change_elsewhere(&accounts[0].id, blocked)
            .await;
        record.note("Telnyx blocks an account");
        let change = Change::make(&stage.owner, record, &accounts[1], false)
            .await
            .unwrap();
        stage.owner.get("/accounts").await.expect(200);
        assert_eq!(change.told, crate::support::Told::Done);
    }

    async fn invite(&self, email: &str) -> Response {
        let owner = &self.stage.owner;
        let page = owner.unseen().get("/staff/new").await;
        let typed = [("name", "Ann Smith"), ("email", email), ("role", "manager")];
        let answer = owner.submit(&page, "form.form", &typed).await;
        if answer.status == 303 {
            owner.follow(&answer).await
        } else {
            answer
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_webhooks_receiver_is_silent_and_nobody_waits_for_it() {
    let drill = WebhookDrill::start("The receiver of the webhook is silent").await;
    drill.send_events().await;
    drill.gate.open();
    drill.stage.finish(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; see the head of main.rs"]
async fn events_wait_for_a_silent_receiver() {
    let drill =
        WebhookDrill::start("The receiver of the webhook is silent for half a minute").await;
    drill.send_events().await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    drill.show_deliveries().await;
    drill.gate.open();
    drill.stage.record.note("the receiver answers again");
    let began = Instant::now();
    while drill.receiver.received().len() < 3 && began.elapsed() < Duration::from_mins(3) {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    drill.show_deliveries().await;
    let mut ids: Vec<_> = drill
        .receiver
        .received()
        .into_iter()
        .map(|event| event.event_id)
        .collect();
    drill
        .stage
        .record
        .note(format!("{} events arrived", ids.len()));
    ids.sort();
    ids.dedup();
    if (ids.len(), drill.receiver.received().len()) != (3, 3) {
        drill.stage.record.fault("not each event arrived once");
    }
    drill.stage.finish(&[]).await;
}

struct WebhookDrill {
    stage: Stage,
    gate: Gate,
    receiver: Receiver,
    _folder: TempDir,
}

impl WebhookDrill {
    async fn start(title: &str) -> Self {
        let receiver = Receiver::start(&[]).await;
        let gate = Gate::before(address(&receiver.url)).await;
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("portal.db").display());
        let stage = SetUp::on(&url, title).await.start().await;
        let page = stage.owner.get("/settings/webhook").await;
        let hook = format!("http://{}/hook", gate.address);
        let typed = [("url", hook.as_str()), ("kinds", "account_blocked")];
        stage
            .owner
            .submit(&page, "#webhook-form", &typed)
            .await
            .expect(200);
        Self {
            stage,
            gate,
            receiver,
            _folder: folder,
        }
    }

    /// Sends three events while the receiver is silent, and works on.
    async fn send_events(&self) {
        let (stage, record) = (&self.stage, &self.stage.record);
        self.gate.fall_silent();
        record.note("the receiver accepts connections and says nothing");
        for _ in 0..3 {
            let page = stage.owner.unseen().get("/settings/webhook").await;
            let sent = stage.owner.submit(&page, "#test-form", &[]).await;
            stage.owner.follow(&sent).await;
        }
        let accounts = stage.enabled().await;
        let change = Change::make(&stage.owner, record, &accounts[1], false)
            .await
            .unwrap();
        assert_eq!(change.told, crate::support::Told::Done);
        stage.owner.get("/accounts").await.expect(200);
    }

    async fn show_deliveries(&self) {
        let page = self.stage.owner.unseen().get("/settings/webhook").await;
        for row in page.select("#deliveries tbody tr") {
            self.stage.record.note(format!("delivery: {row}"));
        }
    }
}

fn address(url: &str) -> SocketAddr {
    Url::parse(url).unwrap().socket_addrs(|| None).unwrap()[0]
}
