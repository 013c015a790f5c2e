//! Common behavior of the four filtered lists: their query strings and numbers of rows.

use reseller_portal::domain::role::Role;

use crate::support::{Browser, Portal};

/// Filtered list.
struct List {
    path: &'static str,
    /// Parameter of its search.
    search: &'static str,
    /// A status that it can be filtered by; `None` without such a filter.
    status: Option<&'static str>,
    /// True if it can be filtered by days.
    has_days: bool,
    /// True if its pages have numbers.
    has_pages: bool,
}

const LISTS: [List; 4] = [
    List {
        path: "/accounts",
        search: "q",
        status: Some("Disabled"),
        has_days: true,
        has_pages: true,
    },
    List {
        path: "/activity",
        search: "q",
        status: None,
        has_days: true,
        has_pages: false,
    },
    List {
        path: "/channels",
        search: "q",
        status: None,
        has_days: false,
        has_pages: true,
    },
    List {
        path: "/org-users",
        search: "email",
        status: Some("Blocked"),
        has_days: false,
        has_pages: true,
    },
];

/// Starts a portal in which every list has a row.
async fn filled() -> (Portal, Browser) {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    ann.get("/accounts/export.csv").await.expect(200);
    (portal, ann)
}

#[tokio::test]
async fn every_list_names_a_value_that_cannot_be_decoded() {
    let (portal, ann) = filled().await;
    let owner = portal.signed_in(Role::Owner).await;
    let plain = LISTS.iter().map(|list| (list.path, list.search));
    let others = [
        ("/jobs", "state"),
        ("/staff", "role"),
        ("/tags", "q"),
        ("/notifications", "kind"),
    ];
    for (path, name) in plain.chain(others) {
        for browser in [&ann, &owner] {
            for query in [
                format!("{name}=%ff"),
                format!("{name}=a%C3"),
                "%ff=1".to_owned(),
            ] {
                let page = browser.get(&format!("{path}?{query}")).await.expect(200);
                assert!(
                    page.says("cannot be read. Ignored."),
                    "{path}?{query} {}",
                    page.words()
                );
                assert!(!page.has(".chip"), "{path}?{query}");
            }
        }
    }
}

#[tokio::test]
async fn every_list_names_each_parameter_that_it_does_not_have_or_cannot_read() {
    let (_portal, ann) = filled().await;
    for list in &LISTS {
        let path = list.path;
        let mut queries = vec![
            (
                "colour=red&shape=",
                "Unknown filter \u{201c}colour\u{201d} ignored.",
            ),
            (
                "a=b&shape=round",
                "Unknown filter \u{201c}shape\u{201d} ignored.",
            ),
            (
                "per=7",
                "A page has 25, 50 or 100 rows, not \u{201c}7\u{201d}.",
            ),
        ];
        if list.has_pages {
            queries.push((
                "page=0",
                "There is no page \u{201c}0\u{201d}. This is the first one.",
            ));
            queries.push((
                "page=99",
                "There are fewer pages. This is the last one, page 1.",
            ));
        } else {
            queries.push(("page=2", "Unknown filter \u{201c}page\u{201d} ignored."));
        }
        if list.status.is_some() {
            queries.push(("status=x", "Unknown status \u{201c}x\u{201d} ignored."));
        }
        if list.has_days {
            queries.push((
                "from=x",
                "The first day ignored: \u{201c}x\u{201d} is not a date",
            ));
        }
        for (query, words) in queries {
            let page = ann.get(&format!("{path}?{query}")).await.expect(200);
            assert!(page.says(words), "{path}?{query}: {}", page.words());
            assert!(page.has(".pager"), "{path}?{query} shows all");
            assert!(!page.has(".chip"), "{path}?{query}");
        }
    }
}

#[tokio::test]
async fn every_list_searches_for_what_can_be_seen_and_says_what_it_left_out() {
    let (_portal, ann) = filled().await;
    for List { path, search, .. } in &LISTS {
        let field = format!("#table input[name={search}]");
        let page = ann
            .get(&format!("{path}?{search}=ac%00me%1B%09b"))
            .await
            .expect(200);
        assert_eq!(
            page.attr_of(&field, "value").as_deref(),
            Some("acme b"),
            "{path}"
        );
        let words = "Invisible characters were ignored.";
        assert!(page.says(words), "{path}: {}", page.words());

        let long = "x".repeat(300);
        let page = ann
            .get(&format!("{path}?{search}={long}"))
            .await
            .expect(200);
        assert_eq!(
            page.attr_of(&field, "value").as_deref(),
            Some(&long[..200]),
            "{path}"
        );
        assert!(
            page.says("Only the first 200 characters were used."),
            "{path}"
        );
        let chips = page.count(".chip");
        assert_eq!(chips, 1, "{path}");
        let without = page.attr_of(".chip", "href");
        assert_eq!(without.as_deref(), Some(*path));
    }
}

#[tokio::test]
async fn every_list_shows_25_50_or_100_rows_a_page_and_keeps_that_beside_its_filters() {
    let (_portal, ann) = filled().await;
    for List { path, search, .. } in &LISTS {
        let sizes = ".pager .page-size a";
        let page = ann.get(path).await.expect(200);
        assert_eq!(page.select(sizes), ["25", "50", "100"], "{path}");
        let addresses = [
            format!("{path}?per=25"),
            (*path).to_owned(),
            format!("{path}?per=100"),
        ];
        assert_eq!(page.attrs_of(sizes, "href"), addresses, "{path}");
        assert_eq!(
            page.text_of(".pager .page-size a[aria-current]"),
            "50",
            "{path}"
        );

        let page = ann.get(&format!("{path}?per=100")).await.expect(200);
        assert_eq!(
            page.text_of(".pager .page-size a[aria-current]"),
            "100",
            "{path}"
        );
        let kept = "#table form input[type=hidden][name=per]";
        assert_eq!(
            page.attr_of(kept, "value").as_deref(),
            Some("100"),
            "{path}"
        );
        let page = ann
            .get(&format!("{path}?per=25&{search}=x"))
            .await
            .expect(200);
        let without = page.attr_of(".chip", "href");
        assert_eq!(without, Some(format!("{path}?per=25")));
    }
}

#[tokio::test]
async fn days_in_the_wrong_order_change_places_and_a_status_is_read_in_any_case() {
    let (_portal, ann) = filled().await;
    for list in LISTS.iter().filter(|list| list.has_days) {
        let path = list.path;
        let days = "from=2100-01-01&to=2000-01-01";
        let page = ann.get(&format!("{path}?{days}")).await.expect(200);
        let words = "The last day was before the first one, so they were swapped.";
        assert!(page.says(words), "{path}: {}", page.words());
        assert!(page.has(".pager"), "{path}");
        let without = page.attrs_of(".chip", "href");
        let days = ["to=2100-01-01", "from=2000-01-01"].map(|day| format!("{path}?{day}"));
        assert_eq!(without, days);
    }
    for list in &LISTS {
        let Some(status) = list.status else { continue };
        let upper = status.to_uppercase();
        let page = ann
            .get(&format!("{}?status={upper}", list.path))
            .await
            .expect(200);
        assert!(
            page.text_of(".chip")
                .starts_with(&format!("Status: {status}")),
            "{}",
            list.path
        );
        assert!(!page.has(".notice[data-kind=info]"), "{}", list.path);
    }
}
