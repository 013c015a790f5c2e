//! Mail over real SMTP: invitations, links for a new password, and notices.
//! Also the links if the mail server refuses, stalls or is unreachable.

use std::time::Duration;

use reseller_portal::config::Encryption;
use reseller_portal::db::staff;
use reseller_portal::domain::role::Role;
use secrecy::SecretString;

use crate::support::{Browser, Mailed, Manner, PASSWORD, Portal, PostOffice, Response};

const NEW: &str = "lamp teapot orbit meadow";

async fn portal(post: &PostOffice) -> Portal {
    let mail = post.settings();
    let settings =
        move |settings: &mut reseller_portal::config::Settings| settings.mail = Some(mail);
    Portal::build().settings(settings).start().await
}

async fn invite(browser: &Browser, name: &str, email: &str) -> Response {
    let page = browser.get("/staff/new").await.expect(200);
    let typed = [("name", name), ("email", email), ("role", "manager")];
    browser.submit(&page, "form.form", &typed).await
}

/// Waits for this number of mails. A notice is sent in the background.
async fn mails(post: &PostOffice, number: usize) -> Vec<Mailed> {
    for _ in 0..500 {
        if post.mails().len() >= number {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mails = post.mails();
    assert_eq!(mails.len(), number, "{mails:?}");
    mails
}

#[tokio::test]
async fn an_invitation_goes_by_mail_and_the_page_says_so_only_once_the_server_took_it() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post).await;
    let owner = portal.signed_in(Role::Owner).await;
    let done = invite(&owner, "Ann Smith", "ann@example.com")
        .await
        .expect(303);
    let said = owner.follow(&done).await.expect(200);
    assert!(
        said.text_of(".toast p")
            .starts_with("The invitation was sent to ann@example.com. It works once, until ")
    );
    assert!(!said.has("#link") && !said.text.contains("/invite/"));

    let mail = mails(&post, 1).await.remove(0);
    assert_eq!(mail.envelope, ["<portal@example.com>", "<ann@example.com>"]);
    for line in [
        "From: \"Reseller portal\" <portal@example.com>",
        "To: \"Ann Smith\" <ann@example.com>",
        "Subject: Invitation to the reseller portal",
        "Auto-Submitted: auto-generated",
        "Content-Type: text/plain; charset=utf-8",
    ] {
        assert!(
            mail.headers().contains(&line),
            "{line} is not in {}",
            mail.text
        );
    }
    for words in [
        "Hello Ann Smith,",
        "Test Owner (owner@example.com) invites you to the reseller portal at http://127.0.0.1:8080/ as account manager.",
        "The link works once, until ",
        "If you did not expect this",
    ] {
        assert!(
            mail.text.contains(words),
            "{words:?} is not in {}",
            mail.text
        );
    }
    let ann = portal.browser();
    let page = ann
        .get(&mail.word("http://127.0.0.1:8080/invite/"))
        .await
        .expect(200);
    let typed = [("password", NEW), ("password_again", NEW)];
    ann.submit(&page, "form.form", &typed).await.expect(303);
    let typed = [("email", "ann@example.com"), ("password", NEW)];
    ann.post("/login", &typed).await.expect(303);
}

#[tokio::test]
async fn mail_to_an_international_domain_goes_to_its_ascii_form_which_every_server_takes() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post).await;
    let owner = portal.signed_in(Role::Owner).await;
    let done = invite(&owner, "Ann Smith", "ann@Bücher.example")
        .await
        .expect(303);
    let said = owner.follow(&done).await.expect(200);
    assert!(
        said.says("The invitation was sent to ann@Bücher.example."),
        "{}",
        said.words()
    );
    let mail = mails(&post, 1).await.remove(0);
    assert_eq!(mail.envelope[1], "<ann@xn--bcher-kva.example>");
    assert!(
        mail.headers()
            .contains(&"To: \"Ann Smith\" <ann@xn--bcher-kva.example>"),
        "{}",
        mail.text
    );

    // The part before the @ has no ASCII form. This server does not offer SMTPUTF8.
    let shown = invite(&owner, "Jörg", "jörg@example.com").await.expect(200);
    assert!(
        shown.says("The address has characters before @ that the mail server does not support"),
        "{}",
        shown.words()
    );
    assert_eq!(post.mails().len(), 1);
}

#[tokio::test]
async fn a_link_for_a_new_password_goes_by_mail_or_is_shown_to_copy_as_asked() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post).await;
    let owner = portal.signed_in(Role::Owner).await;
    let target = portal.staff(Role::Viewer).await;
    let page = owner
        .get(&format!("/staff/{}", target.staff_id))
        .await
        .expect(200);
    let done = owner.submit(&page, "#link-form", &[]).await.expect(303);
    let said = owner.follow(&done).await.expect(200);
    assert!(said.says("The link was sent to viewer@example.com."));
    let mailed = mails(&post, 1)
        .await
        .remove(0)
        .word("http://127.0.0.1:8080/reset/");

    let shown = owner
        .submit(&page, "#link-form", &[("copy", "true")])
        .await
        .expect(200);
    assert!(!shown.says("Not sent by email"));
    portal.browser().get(&mailed).await.expect(404);
    let theirs = portal.browser();
    let page = theirs.get(&shown.text_of("#link")).await.expect(200);
    let typed = [("password", NEW), ("password_again", NEW)];
    theirs.submit(&page, "form.form", &typed).await.expect(303);
    let told = mails(&post, 2).await.remove(1);
    assert!(
        told.headers()
            .contains(&"Subject: Your sign-in to the reseller portal was changed")
    );
    assert!(
        told.text
            .contains("Your password was changed, by a link that was made for you."),
        "{}",
        told.text
    );
    assert!(told.text.contains("from 127.0.0.1"), "{}", told.text);
}

#[tokio::test]
async fn a_mail_that_is_not_taken_leaves_the_link_to_copy_with_the_reason() {
    let refused = "550 5.1.1 No such user; see http://127.0.0.1:8080/invite/x";
    for (manner, reason) in [
        (
            Manner::Refuses(refused),
            "The mail server refused it (550). No email was sent",
        ),
        (
            Manner::Refuses("451 4.7.1 Later"),
            "The mail server does not accept it at the moment (451). No email was sent",
        ),
        (
            Manner::HangsUp,
            "The mail server could not be reached, or closed the connection. No email was sent",
        ),
    ] {
        let post = PostOffice::start(manner).await;
        let portal = portal(&post).await;
        let owner = portal.signed_in(Role::Owner).await;
        let page = invite(&owner, "Ann", "ann@example.com").await.expect(200);
        assert!(page.says(reason), "{manner:?}: {}", page.words());
        assert!(!page.says("5.1.1"), "what a server says may quote the mail");
        portal
            .browser()
            .get(&page.text_of("#link"))
            .await
            .expect(200);
        assert!(post.mails().is_empty());
    }
}

#[tokio::test]
async fn a_page_does_not_wait_for_a_slow_mail_server() {
    let post = PostOffice::start(Manner::Stalls).await;
    let mail = post.settings();
    let portal = Portal::build()
        .settings(move |settings| {
            settings.mail = Some(mail);
            settings.page_time_budget = Duration::from_millis(50);
        })
        .start()
        .await;
    let owner = portal.signed_in(Role::Owner).await;
    let page = invite(&owner, "Ann", "ann@example.com").await.expect(200);
    assert!(page.says("The mail server has not answered yet. The email may still arrive"));
    portal
        .browser()
        .get(&page.text_of("#link"))
        .await
        .expect(200);
}

#[tokio::test]
async fn nothing_is_lost_where_no_mail_server_is_there_or_it_cannot_be_trusted() {
    let closed = PostOffice::start(Manner::Takes).await.settings();
    let gone = reseller_portal::config::MailSettings { port: 1, ..closed };
    let plain = PostOffice::start(Manner::Takes).await;
    let stranger = PostOffice::start(Manner::KnowsNobody).await;
    for (mail, reason) in [
        (gone, "could not be reached"),
        (
            reseller_portal::config::MailSettings {
                encryption: Encryption::StartTls,
                ..plain.settings()
            },
            "lacks a required feature: STARTTLS",
        ),
        (
            reseller_portal::config::MailSettings {
                login: Some(("portal".to_owned(), SecretString::from("hunter2"))),
                ..stranger.settings()
            },
            "refused the portal's sign-in (535)",
        ),
    ] {
        let portal = Portal::build()
            .settings(move |settings| settings.mail = Some(mail))
            .start()
            .await;
        let owner = portal.signed_in(Role::Owner).await;
        let page = invite(&owner, "Ann", "ann@example.com").await.expect(200);
        assert!(page.says(reason), "{}", page.words());
        assert!(!page.text.contains("hunter2"));
        portal
            .browser()
            .get(&page.text_of("#link"))
            .await
            .expect(200);
        assert!(
            staff::by_email(&portal.db, "ann@example.com")
                .await
                .unwrap()
                .is_some()
        );
    }
    assert!(
        plain.mails().is_empty(),
        "nothing is sent in the clear where STARTTLS is asked for"
    );
}

#[tokio::test]
async fn no_name_becomes_a_header_and_no_address_a_second_recipient() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post).await;
    let owner = portal.signed_in(Role::Owner).await;
    for email in [
        "ann@example.com\r\nRCPT TO:<eve@example.com>",
        "ann@example.com,eve@example.com",
        "<ann@example.com>",
    ] {
        invite(&owner, "Ann", email).await.expect(422);
    }
    invite(&owner, "Ann\r\nBcc: eve@example.com", "ann@example.com")
        .await
        .expect(422);
    let hostile = "\"Ann\" <eve@example.com>, Jörg 😀 =?utf-8?q?Bcc?=";
    invite(&owner, hostile, "ann@example.com").await.expect(303);
    let mail = mails(&post, 1).await.remove(0);
    assert_eq!(mail.envelope, ["<portal@example.com>", "<ann@example.com>"]);
    let names: Vec<&str> = mail
        .headers()
        .into_iter()
        .filter(|line| !line.starts_with([' ', '\t']))
        .filter_map(|line| line.split_once(':').map(|(name, _)| name))
        .collect();
    let expected = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    ];
    assert!(
        names
            .iter()
            .all(|name| expected.contains(name) || *name == "Content-Transfer-Encoding"),
        "{names:?}"
    );
    let to = mail
        .headers()
        .into_iter()
        .find(|line| line.starts_with("To:"))
        .unwrap();
    assert!(!to.contains("eve@example.com"), "{to}");
}

#[tokio::test]
async fn whose_sign_in_is_changed_is_told_by_mail_too() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post).await;
    let person = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&person).await;
    let page = browser.get("/profile").await.expect(200);
    let typed = [
        ("present_password", PASSWORD),
        ("password", NEW),
        ("password_again", NEW),
    ];
    browser
        .submit(&page, "#password-form", &typed)
        .await
        .expect(303);
    let told = mails(&post, 1).await.remove(0);
    assert_eq!(told.envelope[1], "<manager@example.com>");
    assert!(
        told.text.contains("Your password was changed.") && told.text.contains("tell an owner"),
        "{}",
        told.text
    );
    assert!(!told.text.contains(NEW));
    assert!(
        browser
            .get("/profile")
            .await
            .expect(200)
            .says("Your password was changed.")
    );
}
