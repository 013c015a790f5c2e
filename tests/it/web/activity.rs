//! `/activity`.

use std::time::Duration;

use reseller_portal::db::accounts;
use reseller_portal::db::audit;
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::account_filter::AccountFilter;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::ids::{AccountId, OperationId};
use reseller_portal::domain::operation::{Change, Reason, ReasonCode};
use reseller_portal::domain::role::Role;
use reseller_portal::domain::time::Timestamp;
use reseller_portal::operations::{ExpectedValues, Request, submit};
use serde_json::json;

use crate::support::{Portal, Response};

mod files;
mod search;
mod undone;
mod verification;

async fn record(portal: &Portal, event: &Event) -> i64 {
    record_at(portal, event, portal.clock.now()).await
}

async fn record_at(portal: &Portal, event: &Event, at: Timestamp) -> i64 {
    audit::record(&portal.db, &portal.audit_key, at, event)
        .await
        .unwrap()
}

fn signed_in(actor: &Actor) -> Event {
    Event::by_actor(
        actor,
        EventKind::SignIn,
        EventOutcome::Done,
        actor.email.clone(),
    )
}

async fn change(portal: &Portal, actor: &Actor, change: Change, reason: Reason) {
    let request = Request {
        id: OperationId::new(portal.clock.now()),
        change,
        reason,
        undoes: None,
        expected: ExpectedValues::default(),
        try_anyway: false,
        password: None,
    };
    submit(&portal.app, actor, request).await.unwrap();
    portal.advance(Duration::from_secs(1));
}

async fn set_limit(portal: &Portal, actor: &Actor, account: &AccountId, limit: u64) {
    let limit = ChannelLimit::new(limit).unwrap();
    let account = account.clone();
    change(
        portal,
        actor,
        Change::ChannelLimit { account, limit },
        Reason::default(),
    )
    .await;
}

async fn disable(portal: &Portal, actor: &Actor, account: &AccountId) {
    let reason = Reason {
        code: Some(ReasonCode::NonPayment),
        text: "<b>third</b> invoice".to_owned(),
    };
    let account = account.clone();
    change(portal, actor, Change::Disable { account }, reason).await;
}

/// Sweeps, and returns the directory's ID and name of an enabled account.
async fn enabled(portal: &Portal) -> (AccountId, String) {
    let filter = accounts::ListFilter {
        criteria: AccountFilter {
            status: Some(AccountStatus::Enabled),
            ..AccountFilter::default()
        }
        .into(),
        ..accounts::ListFilter::default()
    };
    let found = accounts::list(&portal.db, &filter).await.unwrap();
    let account = found.rows.into_iter().next().unwrap();
    (account.id.clone(), account.organization_name.clone())
}

fn sentences(page: &Response) -> Vec<String> {
    page.select(".feed > li .feed-text > p")
}

#[tokio::test]
async fn the_events_of_one_operation_are_one_entry_with_its_latest_outcome() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&ann).await;
    let (account, name) = enabled(&portal).await;
    disable(&portal, &ann, &account).await;

    let page = browser.get("/activity?kind=disable").await.expect(200);
    assert_eq!(
        sentences(&page),
        [format!("Test Account manager disabled {name}")]
    );
    assert_eq!(page.text_of(".feed-side .status"), "Done");
    assert_eq!(page.text_of(".change"), "Enabled Disabled");
    assert_eq!(
        page.text_of("blockquote"),
        "Non-payment: <b>third</b> invoice"
    );
    assert_eq!(
        page.attr_of(".feed-text > p a", "href"),
        Some(format!("/accounts/{account}"))
    );
    let details = page.text_of(".feed details");
    assert!(details.contains("Asked for"), "{details}");
    assert!(page.has(r#".feed details a[href^="/operations/"]"#));

    // "Started" means in progress, which this change no longer is.
    let page = browser
        .get("/activity?kind=disable&outcome=started")
        .await
        .expect(200);
    assert!(page.says("Nothing matches"));
}

#[tokio::test]
async fn a_change_that_telnyx_does_not_confirm_is_shown_as_being_checked_and_one_it_refuses_as_not_done()
 {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&ann).await;
    let (account, name) = enabled(&portal).await;
    let path = format!("/v2/managed_accounts/{account}/*");
    let refusal = json!([{"path": path, "method": "PATCH", "then": {"status": 403}}]);
    portal.sandbox.faults(refusal).await;
    set_limit(&portal, &ann, &account, 5).await;
    portal
        .sandbox
        .faults(json!([{"path": path, "method": "POST", "then": {"drop": "before"}}]))
        .await;
    disable(&portal, &ann, &account).await;

    let page = browser
        .get(&format!("/activity?account={account}"))
        .await
        .expect(200);
    assert_eq!(page.count(".feed > li"), 2);
    assert_eq!(page.select(".feed-side .status"), ["Checking", "Failed"]);
    let asked = format!("Test Account manager asked to change the channel limit of {name}");
    assert_eq!(sentences(&page)[1], asked);
    assert!(
        page.text_of(".feed > li:nth-child(2) .feed-meta")
            .contains("not allowed")
    );
    let refused = browser.get("/activity?outcome=refused").await.expect(200);
    assert_eq!(refused.count(".feed > li"), 1);
}

#[tokio::test]
async fn filters_live_in_the_address_and_what_cannot_be_read_is_ignored_with_a_word() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let bea = portal.staff(Role::Admin).await;
    let browser = portal.signed_in_as(&ann).await;
    let (account, name) = enabled(&portal).await;
    disable(&portal, &ann, &account).await;
    record(&portal, &signed_in(&bea)).await;
    record(
        &portal,
        &Event::by_system(
            EventKind::SignInFailed,
            EventOutcome::Refused,
            "eve@example.com",
        ),
    )
    .await;

    let by = |query: String| {
        let browser = &browser;
        async move { browser.get(&format!("/activity?{query}")).await.expect(200) }
    };
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let page = by(format!("account={encoded}")).await;
    assert_eq!(page.count(".feed > li"), 1, "{}", page.words());
    assert_eq!(page.text_of(".chip"), format!("Account: {name}"));
    assert_eq!(
        page.attr_of("#account", "value").as_deref(),
        Some(name.as_str())
    );
    assert_eq!(
        by(format!("account={account}")).await.count(".feed > li"),
        1
    );
    assert!(
        by("account=nobody+is+called+this".to_owned())
            .await
            .says("Nothing matches")
    );

    let page = by(format!("person={}", bea.staff_id)).await;
    assert_eq!(sentences(&page), ["Test Admin signed in"]);
    let chosen = page.attr_of("#person option[selected]", "value");
    assert_eq!(chosen, Some(bea.staff_id.to_string()));
    let page = by("person=portal&kind=sign_in_failed".to_owned()).await;
    assert_eq!(sentences(&page), ["Sign-in failed for eve@example.com"]);

    let today = portal.clock.now().to_jiff().strftime("%F").to_string();
    assert_eq!(
        by(format!("from={today}&to={today}"))
            .await
            .count(".feed > li"),
        3
    );
    assert!(by("to=2001-01-01".to_owned()).await.says("Nothing matches"));

    let page =
        by("kind=%00&person=x&outcome=%F0&from=yesterday&below=-&account=%".to_owned()).await;
    assert_eq!(page.count(".notice"), 5, "{}", page.words());
    let all = by("account=&person=&kind=&outcome=&from=&to=".to_owned()).await;
    assert_eq!(all.count(".feed > li"), 3);
    assert!(!all.has(".chip"));
}

#[tokio::test]
async fn days_are_the_readers_days() {
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Viewer).await;
    let mut tx = portal.db.begin().await.unwrap();
    reseller_portal::db::staff::set_profile(&mut tx, ann.staff_id, &ann.name, "Pacific/Kiritimati")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let browser = portal.signed_in_as(&ann).await;
    let zone = jiff::tz::TimeZone::get("Pacific/Kiritimati").unwrap();
    record(&portal, &signed_in(&ann)).await;
    let there = portal.clock.now().to_jiff().to_zoned_datetime(zone);
    let day = there.date();
    let page = browser
        .get(&format!("/activity?from={day}&to={day}"))
        .await
        .expect(200);
    assert_eq!(page.count(".feed > li"), 1);
    assert_eq!(
        page.text_of("h2.day"),
        day.strftime("Today, %-d %B").to_string()
    );
    let before = day.yesterday().unwrap();
    let page = browser
        .get(&format!("/activity?to={before}"))
        .await
        .expect(200);
    assert!(page.says("Nothing matches"));
}

#[tokio::test]
async fn pages_go_back_and_forth_and_leave_nothing_out() {
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&ann).await;
    for number in 0..120 {
        let event = Event::by_system(
            EventKind::Exported,
            EventOutcome::Done,
            format!("file {number}"),
        );
        record(&portal, &event).await;
    }
    let mut page = browser.get("/activity?kind=exported").await.expect(200);
    let first = sentences(&page);
    let mut seen = first.clone();
    let mut pages = 1;
    while let Some(older) = page.attr_of(r#"a[rel="next"]"#, "href") {
        page = browser.get(&older).await.expect(200);
        seen.extend(sentences(&page));
        pages += 1;
    }
    assert_eq!(pages, 3);
    let expected: Vec<String> = (0..120)
        .rev()
        .map(|number| format!("The portal exported file {number}"))
        .collect();
    assert_eq!(seen, expected);
    while let Some(newer) = page.attr_of(r#"a[rel="prev"]"#, "href") {
        page = browser.get(&newer).await.expect(200);
    }
    assert_eq!(sentences(&page), first);
    assert!(
        browser
            .get("/activity?below=1")
            .await
            .expect(200)
            .says("Nothing older")
    );
    assert_eq!(
        browser
            .get("/activity?above=99999")
            .await
            .expect(200)
            .count(".feed > li"),
        50
    );
}

#[tokio::test]
async fn undo_is_offered_to_whoever_may_do_the_inverse_while_it_can_be_done() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.staff(Role::Manager).await;
    let browser = portal.signed_in_as(&ann).await;
    let (account, _) = enabled(&portal).await;
    set_limit(&portal, &ann, &account, 5).await;
    set_limit(&portal, &ann, &account, 6).await;

    let page = browser
        .get("/activity?kind=channel_limit")
        .await
        .expect(200);
    assert_eq!(page.select(".change"), ["5 6", "not known 5"]);
    // The value before the first limit is unknown. The one before the second is the first limit.
    let undo = page.attrs_of(".feed form", "action");
    assert_eq!(undo.len(), 1, "{undo:?}");
    assert!(undo[0].starts_with("/operations/") && undo[0].ends_with("/undo"));
    assert!(page.has(".feed > li:first-child form"));

    let viewer = portal.signed_in(Role::Viewer).await;
    let page = viewer.get("/activity?kind=channel_limit").await.expect(200);
    assert_eq!(page.count(".feed > li"), 2);
    assert!(!page.has(".feed form"));
}

#[tokio::test]
async fn nothing_yet_is_not_nothing_matches_and_hostile_text_is_text() {
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&ann).await;
    let page = browser.get("/activity").await.expect(200);
    assert!(page.says("Nothing has happened yet"), "{}", page.words());
    assert!(!page.has("form.filters"));

    let hostile = "<script>alert(1)</script>\"'&\u{202e}\u{1f600}";
    let event = Event {
        reason: Some(format!("=cmd|{hostile}")),
        before: Some(hostile.to_owned()),
        after: Some(hostile.repeat(100)),
        message: hostile.to_owned(),
        request_id: Some(hostile.to_owned()),
        ..Event::by_actor(&ann, EventKind::KeyShown, EventOutcome::Refused, hostile)
    };
    record(&portal, &event).await;
    let page = browser.get("/activity").await.expect(200);
    assert!(sentences(&page)[0].starts_with("Test Viewer asked to see the API key of <script>"));
    assert!(!page.has(".feed script"));
    let query: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
    let page = browser
        .get(&format!("/activity?account={query}"))
        .await
        .expect(200);
    assert!(page.says("Nothing matches"));
    assert_eq!(page.attr_of("#account", "value").as_deref(), Some(hostile));

    let page = portal.browser().get("/activity").await;
    assert_eq!(page.leads_to().as_deref(), Some("/login?next=%2Factivity"));
}

#[tokio::test]
async fn a_period_is_the_readers_last_days_beside_the_other_filters() {
    let portal = Portal::start().await;
    let ann = portal.staff(Role::Viewer).await;
    let mut tx = portal.db.begin().await.unwrap();
    reseller_portal::db::staff::set_profile(&mut tx, ann.staff_id, &ann.name, "Pacific/Kiritimati")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let zone = jiff::tz::TimeZone::get("Pacific/Kiritimati").unwrap();
    let now = portal.clock.now().to_jiff().to_zoned_datetime(zone);
    let midnight = now.start_of_day().unwrap().timestamp().as_millisecond();
    // The last millisecond of 1, 7, 8, 30 and 31 days ago, in the reader's time zone.
    for days in [0, 6, 7, 29, 30] {
        let at = Timestamp::from_millis(midnight - days * 86_400_000 - 1);
        record_at(&portal, &signed_in(&ann), at).await;
    }
    record(&portal, &signed_in(&ann)).await;
    let browser = portal.signed_in_as(&ann).await;
    for (period, entries) in [("today", 1), ("7d", 2), ("30d", 4)] {
        let page = browser
            .get(&format!("/activity?kind=sign_in&period={period}"))
            .await
            .expect(200);
        assert_eq!(
            page.count(".feed > li"),
            entries,
            "{period}: {}",
            page.words()
        );
        assert_eq!(page.count(".segments [aria-current]"), 1);
        assert_eq!(
            page.attr_of("input[name=period]", "value").as_deref(),
            Some(period)
        );
        let links = page.attrs_of(".segments a", "href");
        assert!(
            links.iter().all(|link| link.contains("kind=sign_in")),
            "{links:?}"
        );
        let file = browser
            .get(&format!("/activity.jsonl?kind=sign_in&period={period}"))
            .await
            .expect(200);
        assert_eq!(file.text.lines().count(), entries, "{period}");
    }
    // Explicit days replace the period in the form.
    let day = now.date().tomorrow().unwrap();
    let page = browser
        .get(&format!("/activity?period=7d&from={day}"))
        .await
        .expect(200);
    assert_eq!(page.select(".chip"), [format!("From: {day}")]);
}
