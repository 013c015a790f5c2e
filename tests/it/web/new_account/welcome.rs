//! Welcome email from the pages: on request, once more, and together with the account.

use reseller_portal::db::audit;
use reseller_portal::domain::audit::{EventKind, EventOutcome};
use reseller_portal::jobs;

use super::*;
use crate::support::{Manner, PostOffice};

/// Starts a portal with a mail server, and signs in an account manager.
async fn with_mail(manner: Manner) -> (Portal, Browser, PostOffice) {
    let post = PostOffice::start(manner).await;
    let mail = post.settings();
    let portal = Portal::build()
        .settings(move |settings| settings.mail = Some(mail))
        .start()
        .await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    (portal, ann, post)
}

/// Creates the account, and returns its result page.
async fn result_of(ann: &Browser, fields: &[(&str, &str)]) -> Response {
    let review = review_of(ann, fields).await;
    let mut page = created(ann, &review, &[("password", "hush hush 123")])
        .await
        .expect(200);
    while page.says("is being set") {
        tokio::time::sleep(Duration::from_millis(20)).await;
        page = ann
            .get(page.asked.split(' ').nth(1).unwrap())
            .await
            .expect(200);
    }
    page
}

/// Returns the outcomes of welcome emails that the activity has, with their messages.
async fn told(portal: &Portal) -> Vec<(EventOutcome, String)> {
    let all = audit::oldest(&portal.db, &audit::EventFilter::default(), 500)
        .await
        .unwrap();
    all.into_iter()
        .filter(|entry| entry.event.kind == EventKind::WelcomeEmail)
        .map(|entry| (entry.event.outcome, entry.event.message))
        .collect()
}

#[tokio::test]
async fn it_is_sent_on_request_with_the_text_of_the_page_and_no_secret() {
    let (portal, ann, post) = with_mail(Manner::Takes).await;
    let page = result_of(&ann, &TYPED).await;
    assert!(
        post.mails().is_empty(),
        "nothing is sent without being asked for"
    );
    let answer = ann.submit(&page, "#send-welcome", &[]).await.expect(303);
    let page = ann.follow(&answer).await.expect(200);
    assert!(
        page.text_of(".toast p")
            .contains("The welcome email was sent to voice@acme.example.")
    );
    assert!(page.says("The welcome email was sent"));
    let mail = post.mails().remove(0);
    assert_eq!(mail.envelope[1], "<voice@acme.example>");
    assert!(
        mail.text.contains("Reply-To: manager@example.com"),
        "{}",
        mail.text
    );
    assert!(mail.text.contains("Channel limit: 30"), "{}", mail.text);
    assert!(
        mail.text.contains("the password that you chose"),
        "{}",
        mail.text
    );
    assert!(!mail.text.contains("hush"), "{}", mail.text);
    let body = mail.text.split_once("\n\n").unwrap().1;
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(flat(body), flat(&page.text_of("#customer-block")));
    assert_eq!(
        told(&portal).await,
        [(EventOutcome::Done, "Sent to voice@acme.example.".to_owned())]
    );
    let id = acmes(&portal).await[0]["id"].as_str().unwrap().to_owned();
    let account = ann.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(
        account
            .text_of(".feed")
            .contains("sent the welcome email to")
    );
}

#[tokio::test]
async fn a_second_one_needs_a_confirmation_and_the_same_form_twice_sends_one() {
    let (portal, ann, post) = with_mail(Manner::Takes).await;
    let page = result_of(&ann, &TYPED).await;
    let id = acmes(&portal).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/accounts/{id}/welcome-email");
    let form = page.form("#send-welcome");
    for _ in 0..2 {
        ann.post(&path, &form.filled(&[])).await.expect(303);
    }
    assert_eq!(post.mails().len(), 1);
    // Another form, from a page that was open before.
    let asked = ann.post(&path, &[]).await.expect(409);
    assert!(asked.says("It was sent before"), "{}", asked.words());
    assert_eq!(post.mails().len(), 1);
    let result = ann
        .follow(&ann.submit(&asked, "form.confirm", &[]).await.expect(303))
        .await;
    assert!(
        result.has(&format!("a[href='{path}'][data-dialog]")),
        "{}",
        result.words()
    );
    assert_eq!(post.mails().len(), 2);
    let question = ann.get(&path).await.expect(200);
    assert!(question.says("again?") && question.says("voice@acme.example"));
    assert_eq!(told(&portal).await.len(), 2);
}

#[tokio::test]
async fn a_refusal_is_told_and_can_be_tried_again_without_a_confirmation() {
    let (portal, ann, post) = with_mail(Manner::Refuses("550 5.1.1 hush")).await;
    let page = result_of(&ann, &TYPED).await;
    let answer = ann.submit(&page, "#send-welcome", &[]).await.expect(303);
    let page = ann.follow(&answer).await.expect(200);
    assert!(
        page.says("The welcome email was not sent"),
        "{}",
        page.words()
    );
    assert!(page.says("The mail server refused it (550)."));
    assert!(page.has("#send-welcome"));
    assert!(!page.text.contains("5.1.1"));
    assert!(post.mails().is_empty());
    assert_eq!(told(&portal).await[0].0, EventOutcome::Refused);
}

#[tokio::test]
async fn one_that_may_have_arrived_is_uncertain_and_not_sent_again_by_itself() {
    let (portal, ann, _post) = with_mail(Manner::HangsUp).await;
    let page = result_of(&ann, &TYPED).await;
    let answer = ann.submit(&page, "#send-welcome", &[]).await.expect(303);
    let page = ann.follow(&answer).await.expect(200);
    assert!(
        page.says("The welcome email may have arrived"),
        "{}",
        page.words()
    );
    assert!(!page.has("#send-welcome"));
    portal.advance(Duration::from_hours(5));
    jobs::welcome_emails_once(&portal.app).await.unwrap();
    let told = told(&portal).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, EventOutcome::Unknown);
}

#[tokio::test]
async fn it_is_sent_by_itself_if_the_form_asks_for_it_once_the_limit_is_set() {
    let (portal, ann, post) = with_mail(Manner::Takes).await;
    let form = ann.get("/accounts/new").await.expect(200);
    assert!(form.has("#welcome_email") && !form.has("#welcome_email[checked]"));
    let typed = but(&[("welcome_email", "yes")]);
    let review = review_of(&ann, &typed).await;
    assert!(review.text_of("#welcome").contains(EMAIL));
    let back = ann.submit(&review, "#change", &[]).await.expect(200);
    assert!(back.has("#welcome_email[checked]"));
    result_of(&ann, &typed).await;
    portal.advance(Duration::from_secs(10));
    jobs::welcome_emails_once(&portal.app).await.unwrap();
    jobs::welcome_emails_once(&portal.app).await.unwrap();
    let mails = post.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("Channel limit: 30"));
    assert_eq!(told(&portal).await.len(), 1);
}

#[tokio::test]
async fn without_an_address_or_a_mail_server_the_form_refuses_the_tick_at_its_field() {
    let (portal, ann, _post) = with_mail(Manner::Takes).await;
    let form = ann.get("/accounts/new").await.expect(200);
    let typed = but(&[("email", ""), ("welcome_email", "yes")]);
    let page = ann.submit(&form, "#new-account", &typed).await.expect(422);
    assert!(
        page.text_of("#welcome_email-help")
            .contains("Enter the customer's email")
    );
    let blank = result_of(&ann, &but(&[("email", "")])).await;
    assert!(blank.says("Telnyx generated this account’s email address"));
    assert!(!blank.has("#send-welcome"));
    drop(portal);

    let (_portal, bob) = stage().await;
    let form = bob.get("/accounts/new").await.expect(200);
    assert!(!form.has("#welcome_email"));
    let typed = but(&[("welcome_email", "yes")]);
    let page = bob.submit(&form, "#new-account", &typed).await.expect(422);
    assert!(
        page.text_of("#welcome_email-help")
            .contains("no mail server")
    );
    let page = result_of(&bob, &TYPED).await;
    assert!(!page.has("#send-welcome"));
    assert!(page.text_of("#customer-block").contains("Account ID: "));
}
