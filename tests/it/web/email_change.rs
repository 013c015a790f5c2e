//! Change of an email: a person confirms their own by mail, an owner changes somebody else's.

use std::time::Duration;

use reseller_portal::db::audit::{self, EventFilter};
use reseller_portal::domain::audit::{Event, EventKind};
use reseller_portal::domain::role::Role;

use crate::support::{Mailed, Manner, PASSWORD, Portal, PostOffice};

const PATH: &str = "/profile/email";
const NEW: &str = "new.address@example.com";

async fn portal(post: &PostOffice) -> Portal {
    let mail = post.settings();
    let settings = move |settings: &mut reseller_portal::config::Settings| {
        settings.mail = Some(mail);
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

async fn events(portal: &Portal) -> Vec<Event> {
    let filter = EventFilter {
        kinds: vec![EventKind::EmailChanged],
        ..EventFilter::default()
    };
    let found = audit::latest(&portal.db, &filter, 10).await.unwrap();
    found.into_iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn ones_own_email_changes_when_the_link_in_the_new_mailbox_is_opened() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post).await;
    let ann = portal.staff(Role::Manager).await;
    let ben = portal.signed_in(Role::Viewer).await;
    let browser = portal.signed_in_as(&ann).await;
    let profile = browser.get("/profile").await.expect(200);
    assert!(profile.has("a[href='/profile/email']"));
    let form = browser.get(PATH).await.expect(200);
    for (typed, words) in [
        ("", "This is required."),
        ("no email", "email address"),
        (ann.email.as_str(), "This is the email now."),
    ] {
        let refused = browser
            .submit(&form, "form.confirm", &[("email", typed)])
            .await
            .expect(422);
        assert!(refused.has("#email[aria-invalid=true]"), "{typed}");
        assert!(refused.says(words), "{typed}: {}", refused.words());
        assert_eq!(refused.attr_of("#email", "value").as_deref(), Some(typed));
    }
    let sent = browser
        .submit(&form, "form.confirm", &[("email", NEW)])
        .await
        .expect(303);
    let profile = browser.follow(&sent).await.expect(200);
    assert!(profile.says("A link was sent to new.address@example.com."));
    assert!(profile.says(&format!("You sign in with {}.", ann.email)));

    let mail = mails(&portal, &post).await.remove(0);
    assert_eq!(mail.envelope[1], format!("<{NEW}>"));
    let link = mail.word("http://127.0.0.1:8080/profile/email/");
    let other = ben.get(&link).await.expect(404);
    assert!(other.says("This link does not work"));
    ben.post(&link, &[]).await.expect(404);
    let page = browser.get(&link).await.expect(200);
    assert!(page.says(NEW));
    let done = browser.submit(&page, "form.confirm", &[]).await.expect(303);
    let profile = browser.follow(&done).await.expect(200);
    assert!(profile.says("You sign in with new.address@example.com now."));
    assert!(profile.says(&format!(
        "Your email was changed from {} to {NEW}.",
        ann.email
    )));
    browser.get(&link).await.expect(404);
    browser.post(&link, &[]).await.expect(404);

    let notice = mails(&portal, &post).await.pop().unwrap();
    assert_eq!(notice.envelope[1], format!("<{}>", ann.email));
    assert!(notice.text.contains(NEW), "{}", notice.text);
    let event = events(&portal).await.remove(0);
    assert_eq!(event.before.as_deref(), Some(ann.email.as_str()));
    assert_eq!(event.after.as_deref(), Some(NEW));
    let fresh = portal.browser();
    let old = [("email", ann.email.as_str()), ("password", PASSWORD)];
    fresh.post("/login", &old).await.expect(422);
    let new = [("email", NEW), ("password", PASSWORD)];
    fresh.post("/login", &new).await.expect(303);
}

#[tokio::test]
async fn a_link_for_a_new_email_works_an_hour_and_not_for_an_email_that_was_taken_since() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post).await;
    let ann = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&ann).await;
    browser.post(PATH, &[("email", NEW)]).await.expect(303);
    let first = mails(&portal, &post).await.pop().unwrap();
    let first = first.word("http://127.0.0.1:8080/profile/email/");
    browser.post(PATH, &[("email", NEW)]).await.expect(303);
    let second = mails(&portal, &post).await.pop().unwrap();
    let second = second.word("http://127.0.0.1:8080/profile/email/");
    browser.get(&first).await.expect(404);
    browser.get(&second).await.expect(200);
    let owner = portal.signed_in(Role::Owner).await;
    let invited = [("name", "Eve"), ("email", NEW), ("role", "viewer")];
    owner.post("/staff", &invited).await.expect(303);
    let refused = browser.post(&second, &[]).await.expect(409);
    assert!(refused.says("A staff member has this email already."));
    let taken = browser.post(PATH, &[("email", NEW)]).await.expect(422);
    assert!(taken.says("A staff member has this email already."));

    browser
        .post(PATH, &[("email", "third@example.com")])
        .await
        .expect(303);
    let third = mails(&portal, &post).await.pop().unwrap();
    let third = third.word("http://127.0.0.1:8080/profile/email/");
    portal.advance(Duration::from_mins(61));
    let browser = portal.signed_in_as(&ann).await;
    browser.get(&third).await.expect(404);
    browser.post(&third, &[]).await.expect(404);
}

#[tokio::test]
async fn links_to_one_email_are_limited() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post).await;
    let browser = portal.signed_in(Role::Manager).await;
    let mut last = browser.post(PATH, &[("email", NEW)]).await;
    for _ in 0..6 {
        last = browser.post(PATH, &[("email", NEW)]).await;
    }
    let last = last.expect(429);
    assert!(
        last.says("Too many links to this email."),
        "{}",
        last.words()
    );
    assert!(mails(&portal, &post).await.len() < 7);
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_changes_nothing_and_says_so() {
    let post = PostOffice::start(Manner::Refuses("550 no such mailbox")).await;
    let portal = portal(&post).await;
    let browser = portal.signed_in(Role::Manager).await;
    let failed = browser.post(PATH, &[("email", NEW)]).await.expect(502);
    assert!(
        failed.says("Your email was not changed."),
        "{}",
        failed.words()
    );
    assert_eq!(failed.attr_of("#email", "value").as_deref(), Some(NEW));
    let profile = browser.get("/profile").await.expect(200);
    assert!(!profile.says(NEW), "{}", profile.words());
}

#[tokio::test]
async fn without_mail_an_owner_changes_their_own_and_others_are_told_to_ask() {
    let portal = Portal::start().await;
    let viewer = portal.signed_in(Role::Viewer).await;
    let profile = viewer.get("/profile").await.expect(200);
    assert!(!profile.has("a[href='/profile/email']"));
    assert!(profile.says("ask an owner to change it"));
    let refused = viewer.post(PATH, &[("email", NEW)]).await.expect(403);
    assert!(refused.says("an owner has to change yours"));
    let owner = portal.signed_in(Role::Owner).await;
    let form = owner.get(PATH).await.expect(200);
    let done = owner
        .submit(&form, "form.confirm", &[("email", NEW)])
        .await
        .expect(303);
    let profile = owner.follow(&done).await.expect(200);
    assert!(profile.says("You sign in with new.address@example.com."));
}

#[tokio::test]
async fn an_owner_changes_somebodys_email_and_links_to_the_old_one_end() {
    let post = PostOffice::start(Manner::Takes).await;
    let portal = portal(&post).await;
    let ann = portal.staff(Role::Manager).await;
    let hers = portal.signed_in_as(&ann).await;
    let owner = portal.signed_in(Role::Owner).await;
    let page = format!("/staff/{}", ann.staff_id);
    owner.post(&format!("{page}/link"), &[]).await.expect(303);
    let mail = mails(&portal, &post).await.pop().unwrap();
    let link = mail.word("http://127.0.0.1:8080/reset/");
    owner.get(&link).await.expect(200);
    let shown = owner.get(&page).await.expect(200);
    let href = shown.attr_of("a[href$='/email']", "href").unwrap();
    let form = owner.get(&href).await.expect(200);
    let stale = owner.get(&href).await.expect(200);
    let done = owner
        .submit(&form, "form.confirm", &[("email", NEW)])
        .await
        .expect(303);
    assert!(
        owner
            .follow(&done)
            .await
            .says("signs in with new.address@example.com now.")
    );
    owner.get(&link).await.expect(404);
    let mut to: Vec<_> = mails(&portal, &post)
        .await
        .into_iter()
        .skip(1)
        .map(|mail| mail.envelope[1].clone())
        .collect();
    to.sort();
    assert_eq!(to, [format!("<{}>", ann.email), format!("<{NEW}>")]);
    let profile = hers.get("/profile").await.expect(200);
    assert!(profile.says(&format!(
        "Test Owner changed your email from {} to {NEW}.",
        ann.email
    )));

    let conflict = owner
        .submit(&stale, "form.confirm", &[("email", "third@example.com")])
        .await
        .expect(409);
    assert!(conflict.says("changed their email to new.address@example.com"));
    assert_eq!(
        conflict.attr_of("#email", "value").as_deref(),
        Some("third@example.com")
    );
    owner
        .submit(&conflict, "form.confirm", &[("email", "third@example.com")])
        .await
        .expect(303);
}

#[tokio::test]
async fn nobody_but_an_owner_changes_the_email_of_others() {
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Viewer).await;
    let path = format!("/staff/{}/email", ann.staff_id);
    for role in [Role::Admin, Role::Manager, Role::Viewer] {
        let browser = portal.signed_in(role).await;
        browser.get(&path).await.expect(403);
        browser.post(&path, &[("email", NEW)]).await.expect(403);
    }
    let actor = portal.staff(Role::Owner).await;
    let owner = portal.signed_in_as(&actor).await;
    let own = format!("/staff/{}/email", actor.staff_id);
    let refused = owner.post(&own, &[("email", NEW)]).await.expect(422);
    assert!(refused.says("change your email in your profile"));
    let taken = owner
        .post(&path, &[("email", actor.email.as_str())])
        .await
        .expect(422);
    assert!(taken.says("A staff member has this email already."));
    assert!(events(&portal).await.is_empty());
}
