//! Pages of notifications: the bell, the list, people's choices, the thresholds and the webhook.

use std::time::Duration;

use reseller_portal::db::notifications::{Notification, NotificationFilter, page};
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::notification::{NotificationFact, NotificationKind};
use reseller_portal::domain::role::Role;
use reseller_portal::notifications::publish;

use crate::support::{Browser, Manner, Portal, PostOffice, Receiver, Reply, Response};

const CHOICES: &str = "/profile/notifications";
const THRESHOLDS: &str = "/settings/notifications";
const WEBHOOK: &str = "/settings/webhook";

async fn tell(portal: &Portal, kind: NotificationKind, subject: &str, only: Option<StaffId>) {
    let fact = NotificationFact {
        kind,
        sweep: None,
        items: 1,
        subject: subject.to_owned(),
        detail: String::new(),
        path: "/accounts?status=blocked".to_owned(),
    };
    let mut tx = portal.db.begin().await.unwrap();
    publish(&portal.app, &mut tx, &fact, only).await.unwrap();
    tx.commit().await.unwrap();
    portal.advance(Duration::from_secs(1));
}

async fn all_of(portal: &Portal, person: &Actor) -> Vec<Notification> {
    let all = NotificationFilter::default();
    page(&portal.db, person.staff_id, all, 1, 100)
        .await
        .unwrap()
}

async fn stage() -> (Portal, Actor, Browser) {
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&ann).await;
    (portal, ann, browser)
}

#[tokio::test]
async fn the_bell_counts_what_is_unread_on_every_page() {
    let (portal, _, browser) = stage().await;
    let page = browser.get("/profile").await.expect(200);
    assert_eq!(
        page.attr_of("a.bell", "aria-label").as_deref(),
        Some("Notifications")
    );
    assert!(!page.has("a.bell > span"));
    for name in ["Acme", "Beta"] {
        tell(&portal, NotificationKind::AccountBlocked, name, None).await;
    }
    for address in ["/profile", "/accounts", "/notifications"] {
        let page = browser.get(address).await.expect(200);
        assert_eq!(
            page.attr_of("a.bell", "aria-label").as_deref(),
            Some("Notifications: 2 unread"),
            "{address}"
        );
        assert_eq!(page.text_of("a.bell > span"), "2");
    }
}

#[tokio::test]
async fn the_list_is_filtered_by_kind_and_unread_and_links_to_what_it_is_about() {
    let (portal, _, browser) = stage().await;
    let empty = browser.get("/notifications").await.expect(200);
    assert!(empty.says("No notifications yet"));
    tell(&portal, NotificationKind::AccountBlocked, "Acme <b>", None).await;
    tell(&portal, NotificationKind::ZeroLimit, "Beta", None).await;
    let page = browser.get("/notifications").await.expect(200);
    assert_eq!(
        page.select("tbody .cell-main a"),
        ["Beta is enabled with limit 0.", "Telnyx blocked Acme <b>."]
    );
    let link = page.attr_of("tbody .cell-main a", "href").unwrap();
    browser.get(&link).await.expect(200);
    let one = browser
        .get("/notifications?kind=zero_limit")
        .await
        .expect(200);
    assert_eq!(one.count("tbody tr"), 1);
    let read = browser.submit(&one, "tbody form", &[]).await.expect(303);
    assert_eq!(
        read.leads_to().as_deref(),
        Some("/notifications?kind=zero_limit")
    );
    let unread = browser.get("/notifications?show=unread").await.expect(200);
    assert_eq!(
        unread.select("tbody .cell-main a"),
        ["Telnyx blocked Acme <b>."]
    );
    let none = browser
        .get("/notifications?show=unread&kind=zero_limit")
        .await
        .expect(200);
    assert!(none.says("Nothing matches"));
    let odd = browser
        .get("/notifications?kind=odd&show=x")
        .await
        .expect(200);
    assert_eq!(odd.count(".notice"), 2);
}

#[tokio::test]
async fn all_are_marked_as_read_but_not_what_came_after_the_page_was_loaded() {
    let (portal, ann, browser) = stage().await;
    for number in 0..3 {
        tell(
            &portal,
            NotificationKind::AccountBlocked,
            &number.to_string(),
            None,
        )
        .await;
    }
    let page = browser.get("/notifications").await.expect(200);
    portal.advance(Duration::from_secs(1));
    tell(&portal, NotificationKind::AccountBlocked, "Later", None).await;
    let marked = browser.submit(&page, "#read-all", &[]).await.expect(303);
    let page = browser.follow(&marked).await.expect(200);
    assert_eq!(page.text_of(".toast p"), "3 notifications marked as read.");
    let unread: Vec<String> = all_of(&portal, &ann)
        .await
        .into_iter()
        .filter(|item| item.read_at.is_none())
        .map(|item| item.subject)
        .collect();
    assert_eq!(unread, ["Later"]);
    browser
        .post(
            "/notifications/read-all",
            &[("kind", "odd"), ("until", "1")],
        )
        .await
        .expect(400);
}

#[tokio::test]
async fn nobody_reads_or_marks_the_notifications_of_someone_else() {
    let (portal, ann, browser) = stage().await;
    let other = portal.staff(Role::Owner).await;
    tell(
        &portal,
        NotificationKind::JobEnded,
        "Hers",
        Some(other.staff_id),
    )
    .await;
    let page = browser.get("/notifications").await.expect(200);
    assert!(!page.says("Hers"));
    let id = all_of(&portal, &other).await[0].id;
    for id in [id.to_string(), "odd".to_owned()] {
        let path = format!("/notifications/{id}/read");
        browser.post(&path, &[]).await.expect(404);
    }
    assert!(all_of(&portal, &other).await[0].read_at.is_none());
    assert!(all_of(&portal, &ann).await.is_empty());
}

#[tokio::test]
async fn choices_are_kept_recorded_and_offered_by_email_only_if_there_is_a_server() {
    let (portal, _, browser) = stage().await;
    let page = browser.get(CHOICES).await.expect(200);
    assert!(page.says("This portal has no mail server"));
    assert!(page.has("input[name=zero_limit][value=daily][disabled]"));
    assert!(page.has("input[name=zero_limit][value=portal][checked]"));
    // The default is email, which nobody would get.
    assert!(page.has("input[name=new_sign_in][value=immediate][disabled]:not([checked])"));
    assert!(page.has("input[name=new_sign_in][value=portal][checked]"));
    let email = browser.post(CHOICES, &[("new_sign_in", "immediate")]).await;
    assert!(
        email
            .expect(422)
            .says("no mail server, so email cannot be chosen")
    );
    let saved = browser
        .submit(&page, "#choices-form", &[("zero_limit", "off")])
        .await
        .expect(303);
    let page = browser.follow(&saved).await.expect(200);
    assert!(page.has("input[name=zero_limit][value=off][checked]"));
    let activity = browser.get("/activity").await.expect(200);
    assert!(activity.says("Enabled account with limit 0: Portal → Off"));
    tell(&portal, NotificationKind::ZeroLimit, "Acme", None).await;
    assert!(!browser.get("/notifications").await.says("Acme"));
    let odd = browser.post(CHOICES, &[("zero_limit", "odd")]).await;
    assert!(odd.expect(422).says("Nothing was saved"));

    let post = PostOffice::start(Manner::Takes).await;
    let mail = post.settings();
    let portal = Portal::build()
        .settings(move |settings| settings.mail = Some(mail))
        .start()
        .await;
    let viewer = portal.signed_in(Role::Viewer).await;
    let page = viewer.get(CHOICES).await.expect(200);
    assert!(page.says("The daily email comes at 08:00 in your time zone, UTC."));
    assert_eq!(page.count("input[disabled]"), 0);
    assert!(
        !page.has("input[name=unknown_operation]"),
        "a viewer settles nothing"
    );
}

#[tokio::test]
async fn thresholds_are_changed_by_owners_and_admins_and_each_error_is_at_its_field() {
    let portal = Portal::start().await;
    for role in [Role::Manager, Role::Viewer] {
        let browser = portal.signed_in(role).await;
        browser.get(THRESHOLDS).await.expect(403);
        browser.post(THRESHOLDS, &[]).await.expect(403);
        browser.get(WEBHOOK).await.expect(403);
    }
    let admin = portal.signed_in(Role::Admin).await;
    let page = admin.get(THRESHOLDS).await.expect(200);
    let form = page.form("#thresholds-form");
    assert_eq!(form.value("pool_percent"), Some("90"));
    assert_eq!(form.value("low_balance"), Some("10"));
    let typed = [("pool_percent", "0"), ("low_balance", "1,5")];
    let wrong = admin
        .submit(&page, "#thresholds-form", &typed)
        .await
        .expect(422);
    assert!(
        wrong
            .text_of("#pool_percent-help")
            .contains("from 1 to 100")
    );
    assert!(wrong.text_of("#low_balance-help").contains("2.50"));
    assert_eq!(
        wrong.form("#thresholds-form").value("low_balance"),
        Some("1,5")
    );
    let typed = [("pool_percent", "80%"), ("low_balance", "2.50")];
    admin
        .submit(&page, "#thresholds-form", &typed)
        .await
        .expect(303);
    let stale = admin
        .submit(&page, "#thresholds-form", &[("pool_percent", "70")])
        .await
        .expect(409);
    assert!(stale.says("Now: pool 80%, low balance 2.5."));
    admin
        .submit(&stale, "#thresholds-form", &[])
        .await
        .expect(303);
    let activity = admin
        .get("/activity?kind=settings_changed")
        .await
        .expect(200);
    assert!(activity.says("pool 90%, low balance 10"));
}

async fn saved(owner: &Browser, url: &str) -> Response {
    let page = owner.get(WEBHOOK).await.expect(200);
    let typed = [("url", url), ("kinds", "account_blocked")];
    owner.submit(&page, "#webhook-form", &typed).await
}

#[tokio::test]
async fn the_webhooks_secret_is_shown_once_and_never_again() {
    let portal = Portal::start().await;
    let receiver = Receiver::start(&[]).await;
    let owner = portal.signed_in(Role::Owner).await;
    let shown = saved(&owner, &receiver.url).await.expect(200);
    let secret = shown.text_of("#the-secret");
    assert!(secret.starts_with("whsec_"), "{secret}");
    for address in [WEBHOOK, THRESHOLDS, "/activity", "/settings"] {
        let page = owner.get(address).await.expect(200);
        assert!(!page.text.contains(&secret), "{address}");
    }
    let page = owner.get(WEBHOOK).await.expect(200);
    assert!(page.has("input[value=account_blocked][checked]"));
    let again = owner.submit(&page, "#secret-form", &[]).await.expect(200);
    assert_ne!(again.text_of("#the-secret"), secret);
    owner.get("/settings/webhook/secret").await.expect(303);
    let activity = owner
        .get("/activity?kind=webhook_changed")
        .await
        .expect(200);
    assert!(activity.says("Its secret was replaced."));
    // After ten minutes, the person must prove who they are.
    portal.advance(Duration::from_mins(11));
    let asked = owner.submit(&page, "#secret-form", &[]).await.expect(303);
    assert!(asked.leads_to().unwrap().starts_with("/step-up"));
}

#[tokio::test]
async fn a_wrong_address_is_told_at_its_field_and_an_empty_one_turns_the_webhook_off() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    for (url, words) in [
        ("example.com", "Write a whole address"),
        ("http://example.com/", "must start with https://"),
        ("https://10.0.0.1/", "Private networks are not reached"),
        ("https://a:b@example.com/", "cannot contain a user"),
    ] {
        let wrong = saved(&owner, url).await.expect(422);
        assert!(wrong.text_of("#url-help").contains(words), "{url}");
        assert_eq!(wrong.form("#webhook-form").value("url"), Some(url));
        assert!(wrong.has("input[value=account_blocked][checked]"));
    }
    let page = owner.get(WEBHOOK).await.expect(200);
    let typed = [("url", "https://example.com/")];
    let none = owner
        .submit(&page, "#webhook-form", &typed)
        .await
        .expect(422);
    assert!(none.says("Choose at least one kind of event."));
    saved(&owner, "https://example.com/hook").await.expect(200);
    assert!(
        owner
            .get(THRESHOLDS)
            .await
            .says("1 kind of event goes to https://example.com/hook.")
    );
    saved(&owner, "").await.expect(303);
    assert!(owner.get(WEBHOOK).await.says("The webhook is off."));
    let test = owner.post("/settings/webhook/test", &[]).await.expect(303);
    let page = owner.follow(&test).await.expect(200);
    assert_eq!(page.text_of(".toast p"), "The webhook is off.");
}

#[tokio::test]
async fn a_test_event_tells_its_result_and_a_delivery_is_sent_again() {
    let portal = Portal::start().await;
    let receiver = Receiver::start(&[Reply::Status(500)]).await;
    let owner = portal.signed_in(Role::Owner).await;
    saved(&owner, &receiver.url).await.expect(200);
    let page = owner.get(WEBHOOK).await.expect(200);
    let sent = owner.submit(&page, "#test-form", &[]).await.expect(303);
    let page = owner.follow(&sent).await.expect(200);
    assert_eq!(
        page.text_of(".toast p"),
        "Not delivered. The receiver answered with status 500."
    );
    assert!(page.says("Test event, sent by Test Owner."));
    assert!(!page.says("internal text"));
    let sent = owner
        .submit(&page, "#deliveries form", &[])
        .await
        .expect(303);
    let page = owner.follow(&sent).await.expect(200);
    assert_eq!(page.text_of(".toast p"), "The receiver accepted the event.");
    assert!(page.says("Status 200") && page.says("2 attempts"));
    let sent = receiver.received();
    assert_eq!(sent[0].event_id, sent[1].event_id);
    let missing = "/settings/webhook/deliveries/01980000-0000-7000-8000-000000000000/redeliver";
    owner.post(missing, &[]).await.expect(404);
}

#[tokio::test]
async fn a_form_of_the_webhook_that_is_out_of_date_replaces_nothing_unseen() {
    let portal = Portal::start().await;
    let owner = portal.signed_in(Role::Owner).await;
    let mine = owner.get(WEBHOOK).await.expect(200);
    saved(&owner, "https://example.com/theirs")
        .await
        .expect(200);
    let typed = [("url", "https://example.com/mine"), ("kinds", "zero_limit")];
    let stale = owner
        .submit(&mine, "#webhook-form", &typed)
        .await
        .expect(409);
    assert!(stale.says("https://example.com/theirs: Account blocked by Telnyx"));
    assert_eq!(
        stale.form("#webhook-form").value("url"),
        Some("https://example.com/mine")
    );
    owner.submit(&stale, "#webhook-form", &[]).await.expect(303);
}
