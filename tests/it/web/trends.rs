//! Charts and figures of the dashboard, the channels and an account.

use std::time::Duration;

use axum::body::to_bytes;
use axum::http::Method;
use reseller_portal::daily_figures::record;
use reseller_portal::db::daily_figures::{DailyChanges, DailyFigures, save};
use reseller_portal::directory::recorded_limits;
use reseller_portal::domain::role::Role;
use reseller_portal::domain::time::Timestamp;

use crate::support::{Browser, Portal, Response};

const DAY: Duration = Duration::from_hours(24);

/// Returns a portal on Monday, 2026-03-02, after its first sweep.
async fn start() -> (Portal, Browser) {
    let now = Timestamp::parse_iso("2026-03-02T09:30:00Z").unwrap();
    let portal = Portal::build().at(now).start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    (portal, ann)
}

/// Stores the pool of each of these days, given as ages in days.
async fn store(portal: &Portal, days: impl IntoIterator<Item = u32>, pool: fn(i64) -> i64) {
    let today = reseller_portal::daily_figures::start_of_day(portal.clock.now());
    let mut tx = portal.db.begin().await.unwrap();
    for age in days {
        let figures = DailyFigures {
            day: today - DAY * age,
            recorded_at: portal.clock.now(),
            pool_total: Some(2_000),
            pool_allocated: Some(pool(i64::from(age))),
            enabled_accounts: Some(17),
            disabled_accounts: Some(2),
            blocked_accounts: Some(1),
            cancelled_accounts: Some(0),
            unknown_accounts: Some(0),
            changes: DailyChanges {
                created: 1,
                disabled: 0,
                channels_given: 3,
                channels_taken: 2,
            },
        };
        save(&mut tx, &figures).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Returns the headings and cells of the table of a chart in this element.
fn rows(page: &Response, css: &str) -> Vec<String> {
    page.select(&format!("{css} .chart-data tbody tr"))
}

#[tokio::test]
async fn before_the_first_figure_the_pages_say_so() {
    let (_portal, ann) = start().await;
    for path in ["/", "/channels", "/?range=365"] {
        let page = ann.get(path).await.expect(200);
        assert!(page.says("No figures yet."), "{path}");
        assert!(!page.has(".chart"), "{path}");
    }
}

#[tokio::test]
async fn one_day_is_a_chart_too_and_gives_no_forecast() {
    let (portal, ann) = start().await;
    record(&portal).await.unwrap();
    let page = ann.get("/").await.expect(200);
    assert_eq!(rows(&page, "#trend").len(), 1);
    assert!(rows(&page, "#trend")[0].starts_with("2026-03-02 "));
    assert!(page.says("No forecast yet: 1 of the last 56 days have figures. It needs 28."));
    assert_eq!(
        page.attr_of("#trend svg", "aria-labelledby").as_deref(),
        Some("pool-trend-title pool-trend-desc")
    );
    assert_eq!(page.attr_of("#trend svg", "role").as_deref(), Some("img"));
    assert_eq!(page.text_of("#pool-trend-title"), "Channel pool, 90 days");
    assert_eq!(page.count("#trend path.dot"), 2);
}

#[tokio::test]
async fn a_steady_growth_gives_a_forecast_on_both_pages() {
    let (portal, ann) = start().await;
    store(&portal, 0..90, |age| 1_400 - 2 * age).await;
    for path in ["/", "/channels"] {
        let page = ann.get(path).await.expect(200);
        assert!(
            page.says(
                "Full in about 43 weeks (December 2026) at the pace of the last 8 weeks: about 14 channels a week."
            ),
            "{path}: {}",
            page.text_of("#trend")
        );
        assert!(page.text_of("#trend .legend").contains("1,400 allocated"));
        assert!(page.text_of("#trend .legend").contains("2,000 in the pool"));
    }
    let (portal, ann) = start().await;
    store(&portal, 0..90, |age| 1_400 + 2 * age).await;
    let page = ann.get("/").await.expect(200);
    assert!(page.says("No forecast: the allocation did not grow steadily"));
    assert!(!page.says("Full in about"));
}

#[tokio::test]
async fn the_range_is_in_the_address_and_an_unknown_one_is_named() {
    let (portal, ann) = start().await;
    store(&portal, 0..400, |age| 1_400 - age).await;
    for (path, table, first) in [
        ("/?range=30", 30, "2026-02-01"),
        ("/", 90, "2025-12-03"),
        ("/channels?range=30", 30, "2026-02-01"),
        ("/?range=365", 53, "2025-03-03"),
    ] {
        let page = ann.get(path).await.expect(200);
        let rows = rows(&page, "#trend");
        assert_eq!(rows.len(), table, "{path}");
        assert!(
            rows[table - 1].starts_with(first),
            "{path}: {}",
            rows[table - 1]
        );
        assert_eq!(page.count("#trend nav [aria-current]"), 1);
    }
    let page = ann.get("/channels?show=zero&range=365").await.expect(200);
    let links = page.attrs_of("#trend nav a", "href");
    assert_eq!(
        links,
        [
            "/channels?show=zero&range=30",
            "/channels?show=zero",
            "/channels?show=zero&range=365"
        ]
    );
    let tabs = page.attrs_of("#table nav a", "href");
    assert!(
        tabs.iter().all(|href| href.contains("range=365")),
        "{tabs:?}"
    );
    for path in ["/?range=7", "/channels?range=7", "/?range=%FF%00"] {
        let page = ann.get(path).await.expect(200);
        assert!(page.says("Unknown range"), "{path}");
        assert!(page.text_of("#trend nav [aria-current]") == "90 days");
    }
    ann.get("/?range=30&range=90&other=%").await.expect(200);
}

#[tokio::test]
async fn missed_days_are_gaps_in_the_drawing_and_in_the_table() {
    let (portal, ann) = start().await;
    store(&portal, (0..20).chain(23..40), |age| 1_400 - age).await;
    let page = ann.get("/?range=30").await.expect(200);
    let rows = rows(&page, "#trend");
    assert_eq!(rows.len(), 28);
    assert_eq!(
        rows[20],
        "2026-02-08 to 2026-02-10 no figures no figures no figures"
    );
    let line = page.attr_of("#trend path.line.is-first", "d").unwrap();
    assert_eq!(line.matches('M').count(), 2, "{line}");
    assert!(page.has("#trend path.gap") && !page.has("#trend path.dot"));
    assert!(page.text_of("#trend .legend").contains("no figures"));
    // A week is complete only with all its days.
    let weeks = page.select("[aria-labelledby=h-weeks] tbody tr");
    assert_eq!(weeks[0], "2026-03-02 1 0 1 of 1");
    assert_eq!(weeks[1], "2026-02-23 7 0 7 of 7");
    assert_eq!(weeks[3], "2026-02-09 5 0 5 of 7");
}

#[tokio::test]
async fn charts_begin_where_recording_began() {
    let (portal, ann) = start().await;
    store(&portal, 0..10, |_| 1_400).await;
    let page = ann.get("/?range=365").await.expect(200);
    assert_eq!(rows(&page, "#trend").len(), 3, "three weeks have figures");
    let page = ann.get("/").await.expect(200);
    assert_eq!(rows(&page, "#trend").len(), 10);
    assert!(!page.has("#trend path.gap"));
}

#[tokio::test]
async fn the_number_of_those_who_cannot_call_has_its_causes() {
    let (portal, ann) = start().await;
    let id = portal.sandbox.id_of("enabled").await;
    let before = ann.get("/").await.expect(200);
    let count = |page: &Response, css: &str| page.text_of(css).parse::<i64>().unwrap();
    let zero = ".tiles a[href='/channels?show=zero'] strong";
    let (unable, none) = (count(&before, "#cannot-call strong"), count(&before, zero));
    let accounts = portal.sandbox.accounts().await;
    let stopped = accounts
        .iter()
        .filter(|account| account["status"] != "enabled")
        .count();
    assert!(unable >= i64::try_from(stopped).unwrap());
    let text = format!("{id}, 0");
    let parsed = recorded_limits::parse(&portal.db, &text, portal.clock.now())
        .await
        .unwrap();
    recorded_limits::apply(&portal.app, &portal.actor(Role::Manager), parsed.entries)
        .await
        .unwrap();
    let after = ann.get("/").await.expect(200);
    assert_eq!(count(&after, "#cannot-call strong"), unable + 1);
    assert_eq!(count(&after, zero), none + 1);
    assert!(
        after
            .text_of("#cannot-call small")
            .starts_with("of 20 accounts")
    );
}

#[tokio::test]
async fn the_week_has_its_largest_moves_its_people_and_the_history_of_a_limit() {
    let (portal, ann) = start().await;
    let id = portal.sandbox.id_of("enabled").await;
    let path = format!("/channels/{id}/limit");
    for limit in ["40", "90", "60"] {
        portal.advance(Duration::from_mins(1));
        let sent = ann.post(&path, &[("channel_limit", limit)]).await;
        assert!(sent.status.is_redirection(), "{}", sent.words());
    }
    for page in ["/", "/channels"] {
        let page = ann.get(page).await.expect(200);
        let moves = page.select("[aria-labelledby=h-moves] li");
        assert_eq!(moves.len(), 1, "{moves:?}");
        assert!(moves[0].contains("not known 60"), "{moves:?}");
        let link = page.attr_of("[aria-labelledby=h-moves] li a", "href");
        assert_eq!(link, Some(format!("/accounts/{id}")));
    }
    let page = ann.get("/").await.expect(200);
    let people = page.select("[aria-labelledby=h-people] tbody tr");
    assert_eq!(people, ["Test Account manager 3 0"]);
    let link = page
        .attr_of("[aria-labelledby=h-people] tbody a", "href")
        .unwrap();
    assert!(link.ends_with("&period=7d"), "{link}");
    ann.get(&link).await.expect(200);

    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    let rows = rows(&page, "#limit-history");
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].contains("90 60 Test Account manager"), "{rows:?}");
    let drawn = page.attr_of("#limit-history path.line", "d").unwrap();
    assert_eq!(drawn.matches('H').count(), 3, "{drawn}");

    portal.advance(DAY * 8);
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get("/").await.expect(200);
    assert!(page.says("No limit was changed through the portal in the last 7 days."));
    assert!(!page.has("[aria-labelledby=h-people]"));
}

#[tokio::test]
async fn the_latest_changes_leave_out_sign_ins_and_exports() {
    let (portal, ann) = start().await;
    let id = portal.sandbox.id_of("enabled").await;
    let sent = ann
        .post(&format!("/channels/{id}/limit"), &[("channel_limit", "40")])
        .await;
    assert!(sent.status.is_redirection());
    for _ in 0..45 {
        ann.get("/accounts/export.csv").await.expect(200);
    }
    let page = ann.get("/").await.expect(200);
    let changes = page.select(".feed > li");
    assert!(
        changes
            .iter()
            .any(|line| line.contains("changed the channel limit of"))
    );
    assert!(
        !changes
            .iter()
            .any(|line| line.contains("signed in") || line.contains("export"))
    );
    assert_eq!(page.text_of("#h-last"), "Latest changes");
}

#[tokio::test]
async fn a_dashboard_with_a_year_of_figures_stays_small() {
    let (portal, ann) = start().await;
    store(&portal, 0..400, |age| 1_400 - (age * 7) % 300).await;
    for path in ["/", "/?range=365", "/?range=30"] {
        let request = ann.request(Method::GET, path);
        let answer = request.header("accept-encoding", "gzip").open().await;
        assert_eq!(answer.headers()["content-encoding"], "gzip");
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        assert!(body.len() < 15_000, "{path}: {} bytes", body.len());
    }
}
