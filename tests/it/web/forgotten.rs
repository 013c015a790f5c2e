//! Link for a forgotten password, which a person requests on the sign-in page.

use std::time::Duration;

use reseller_portal::config::Settings;
use reseller_portal::domain::role::Role;

use crate::support::{Mailed, Manner, Portal, PostOffice, Response};

const NEW: &str = "lamp teapot orbit meadow";
const PATH: &str = "/login/forgotten";

async fn portal(post: &PostOffice, change: impl FnOnce(&mut Settings) + Send + 'static) -> Portal {
    let mail = post.settings();
    let settings = move |settings: &mut Settings| {
        settings.mail = Some(mail);
        change(settings);
    };
    Portal::build().settings(settings).start().await
}

/// Waits until everything that was begun is done, and returns the mails.
async fn mails(portal: &Portal, post: &PostOffice) -> Vec<Mailed> {
    portal.tasks.close();
    portal.tasks.wait().await;
    portal.tasks.reopen();
    post.mails()
}

async fn request(portal: &Portal, email: &str) -> Response {
    portal.browser().post(PATH, &[("email", email)]).await
}

#[tokio::test]
async fn a_link_comes_by_email_and_sets_a_new_password_once() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post, |_| {}).await;
    let ann = portal.staff(Role::Manager).await;
    let there = portal.signed_in_as(&ann).await;
    let browser = portal.browser();
    let page = browser.get("/login").await.expect(200);
    assert!(page.has("a[href='/login/forgotten']"));
    let page = browser.get(PATH).await.expect(200);
    let typed = [("email", ann.email.as_str())];
    let done = browser.submit(&page, "#forgotten-form", &typed).await;
    let said = browser.follow(&done.expect(303)).await.expect(200);
    assert!(
        said.says("If this email belongs to someone here"),
        "{}",
        said.text
    );

    let mut sent = mails(&portal, &post).await;
    assert_eq!(sent.len(), 1);
    let mail = sent.remove(0);
    for words in [
        "Someone, from 127.0.0.1, asked for a link",
        "ignore this email",
    ] {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
    let link = mail.word("http://127.0.0.1:8080/reset/");
    let page = browser.get(&link).await.expect(200);
    let typed = [("password", NEW), ("password_again", NEW)];
    browser.submit(&page, "form.form", &typed).await.expect(303);
    there.get("/accounts").await.expect(303);
    let typed = [("email", ann.email.as_str()), ("password", NEW)];
    browser.post("/login", &typed).await.expect(303);
    browser.get("/accounts").await.expect(200);
    browser.get(&link).await.expect(404);
    let owner = portal.signed_in(Role::Owner).await;
    let activity = owner.get("/activity").await.expect(200);
    assert!(
        activity.says("Requested on the sign-in page."),
        "{}",
        activity.words()
    );
}

#[tokio::test]
async fn nobody_learns_if_an_email_is_known_and_only_those_with_a_password_get_a_link() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post, |_| {}).await;
    let ann = portal.staff(Role::Manager).await;
    let owner = portal.signed_in(Role::Owner).await;
    let typed = [
        ("name", "Ben"),
        ("email", "ben@example.com"),
        ("role", "viewer"),
    ];
    let form = owner.get("/staff/new").await.expect(200);
    owner.submit(&form, "form.form", &typed).await.expect(303);
    let dan = portal.staff(Role::Viewer).await;
    let page = owner
        .get(&format!("/staff/{}/disable", dan.staff_id))
        .await
        .expect(200);
    owner.submit(&page, "form.confirm", &[]).await.expect(303);
    let before = mails(&portal, &post).await.len();
    let known = request(&portal, &ann.email).await.expect(303);
    for email in ["nobody@example.com", "ben@example.com", &dan.email] {
        let answer = request(&portal, email).await.expect(303);
        assert_eq!(answer.leads_to(), known.leads_to(), "{email}");
        assert_eq!(answer.text, known.text, "{email}");
    }
    assert_eq!(mails(&portal, &post).await.len(), before + 1);
    let wrong = request(&portal, "no email").await.expect(422);
    assert!(wrong.has("#email[aria-invalid=true]"));
}

#[tokio::test]
async fn links_to_one_person_are_limited_and_do_not_delay_their_sign_in() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post, |_| {}).await;
    let ann = portal.staff(Role::Manager).await;
    for _ in 0..6 {
        request(&portal, &ann.email).await;
    }
    let refused = request(&portal, &ann.email).await.expect(429);
    assert!(
        refused.says("Too many links. Try again in"),
        "{}",
        refused.text
    );
    let sent = mails(&portal, &post).await.len();
    assert!((4..=5).contains(&sent), "{sent}");
    let typed = [
        ("email", ann.email.as_str()),
        ("password", crate::support::PASSWORD),
    ];
    portal.browser().post("/login", &typed).await.expect(303);
    portal.advance(Duration::from_hours(2));
    request(&portal, &ann.email).await.expect(303);
}

#[tokio::test]
async fn without_a_mail_server_or_if_the_setting_forbids_it_there_is_no_such_page() {
    let post = PostOffice::start(Manner::Takes).await;
    let forbidden = portal(&post, |settings| settings.forgotten_password = false).await;
    for portal in [forbidden, Portal::start().await] {
        let page = portal.browser().get("/login").await.expect(200);
        assert!(!page.has("a[href='/login/forgotten']"));
        assert!(page.says("An admin or an owner can give you a link"));
        portal.browser().get(PATH).await.expect(404);
        request(&portal, "ann@example.com").await.expect(404);
    }
    assert!(post.mails().is_empty());
}
