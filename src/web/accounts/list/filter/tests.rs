//! Tests of reading and writing addresses of the list.

use super::*;
use crate::domain::account::AccountStatus;

#[test]
fn an_address_is_read_and_written_without_what_goes_without_saying() {
    let full = "q=acme+%26+co&status=disabled&limit=10-50&pricing=custom&billing=own&from=2026-01-01&to=2026-02-01\
                &assignee=me&tag=vip&tag=two+words&changed=yes&unseen=30&needs=reclaim&sort=-created&page=3&per=25";
    for (raw, href) in [
        ("", "/accounts".to_owned()),
        ("q=&status=&sort=name&page=1&per=50", "/accounts".to_owned()),
        (full, format!("/accounts?{full}")),
        ("q=a&q=b", "/accounts?q=b".to_owned()),
        ("assignee=NONE", "/accounts?assignee=none".to_owned()),
        ("assignee=all", "/accounts".to_owned()),
    ] {
        let query = AccountsQuery::parse(raw);
        assert_eq!(query.href(), href, "{raw}");
        assert_eq!(query.ignored, Vec::<String>::new(), "{raw}");
    }
}

#[test]
fn what_cannot_be_is_ignored_in_words() {
    for raw in [
        "status=gone",
        "limit=many",
        "pricing=cheap",
        "billing=none",
        "from=yesterday",
        "to=2026-02-30",
        "assignee=ben",
        "changed=maybe",
        "unseen=0",
        "needs=love",
        "colour=red",
        "sort=size",
        "sort=--name",
        "per=0",
        "per=1000000",
        "page=0",
        "page=-1",
        "page=two",
    ] {
        let query = AccountsQuery::parse(raw);
        assert_eq!(query.ignored.len(), 1, "{raw}");
        assert_eq!(
            AccountsQuery {
                ignored: Vec::new(),
                ..query
            },
            AccountsQuery::default(),
            "{raw}"
        );
    }
    assert!(AccountsQuery::parse(&format!("status={}", "x".repeat(9_000))).ignored[0].len() < 120);
}

#[test]
fn days_in_the_wrong_order_change_places_and_too_many_tags_leave_the_first_ten() {
    let query = AccountsQuery::parse("from=2026-02-01&to=2026-01-01");
    assert_eq!(query.href(), "/accounts?from=2026-01-01&to=2026-02-01");
    assert_eq!(query.ignored.len(), 1);
    let tags: Vec<String> = (0..40).map(|tag| format!("tag={tag}")).collect();
    let query = AccountsQuery::parse(&tags.join("&"));
    assert_eq!((query.filter.tags.len(), query.ignored.len()), (10, 10));
}

#[test]
fn all_accounts_stay_all_of_them_until_something_is_asked_for() {
    let query = AccountsQuery::parse("status=all");
    assert_eq!(query.href(), "/accounts?status=all");
    assert_eq!(query.href_with(|query| query.page = 2), "/accounts?page=2");
    assert_eq!(
        query.href_with(|query| query.filter.status = Some(AccountStatus::Disabled)),
        "/accounts?status=disabled"
    );
}

#[test]
fn a_page_beyond_the_last_is_the_last() {
    let mut query = AccountsQuery::parse("page=1000000000000&per=25");
    assert!(query.clamp_page(51));
    assert_eq!(query.page, 3);
    assert!(!query.clamp_page(51));
    let mut empty = AccountsQuery::parse("page=2");
    assert!(empty.clamp_page(0));
    assert_eq!(empty.page, 1);
}

#[test]
fn what_is_not_searched_for_is_told() {
    let query = AccountsQuery::parse(&format!("q=%00{}", "a".repeat(201)));
    assert_eq!(query.filter.q.len(), 200);
    assert_eq!(
        query.ignored,
        ["Invisible characters were ignored. Only the first 200 characters were used."]
    );
}

#[test]
fn another_sort_tab_or_number_of_rows_begins_at_the_first_page() {
    let query = AccountsQuery::parse("q=a&page=4&sort=-limit");
    let headings = query.headings(&AccountFilter::COLUMNS.iter().collect::<Vec<_>>());
    assert_eq!(headings[3].href, "/accounts?q=a&sort=limit");
    assert_eq!(headings[1].href, "/accounts?q=a&sort=email");
    assert_eq!(query.page_sizes()[2].1, "/accounts?q=a&sort=-limit&per=100");
    assert_eq!(query.pager(300).next, "/accounts?q=a&sort=-limit&page=5");
}

#[test]
fn a_whole_id_is_told_from_words() {
    assert!(
        pasted_id(&AccountsQuery::parse("q=4f1c2b7e-55aa-4a3e-8d1f-0b7f3d6c9a2e").filter).is_some()
    );
    assert!(pasted_id(&AccountsQuery::parse("q=internationalization").filter).is_none());
    assert!(pasted_id(&AccountsQuery::parse("q=acme-1").filter).is_none());
}

#[test]
fn limits_are_numbers_ranges_open_ranges_or_none() {
    for (text, limit, written) in [
        ("none", LimitFilter::Unknown, "none"),
        ("0", LimitFilter::ZERO, "0"),
        ("25", LimitFilter::Between(Some(25), Some(25)), "25"),
        ("10-50", LimitFilter::Between(Some(10), Some(50)), "10-50"),
        (
            " 10 \u{2013} 50 ",
            LimitFilter::Between(Some(10), Some(50)),
            "10-50",
        ),
        ("-20", LimitFilter::Between(None, Some(20)), "-20"),
        ("100-", LimitFilter::Between(Some(100), None), "100-"),
        (
            "1,200",
            LimitFilter::Between(Some(1_200), Some(1_200)),
            "1200",
        ),
        (
            "\u{feff}1,000 - 2,000\u{200b}",
            LimitFilter::Between(Some(1_000), Some(2_000)),
            "1000-2000",
        ),
    ] {
        assert_eq!(parse_limit(text), Some(limit), "{text}");
        assert_eq!(format_limit(limit), written, "{text}");
    }
    for text in [
        "-",
        "50-10",
        "+5",
        "1-2-3",
        "5e3",
        "many",
        "99999999999",
        "\0",
        "1 200",
        "2,5",
        "1 0-5 0",
    ] {
        assert_eq!(parse_limit(text), None, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn an_address_that_was_read_is_written_so_that_it_reads_the_same(
        text in "\\PC{0,30}",
        status in "enabled|DISABLED|blocked|all|nothing",
        limit in "[0-9,-]{0,6}",
        from in "20[0-9]{2}-0[1-9]-[0-3][0-9]",
        page in 0_u32..9,
        per in "25|50|100|7",
    ) {
        let raw = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &text)
            .append_pair("status", &status)
            .append_pair("limit", &limit)
            .append_pair("from", &from)
            .append_pair("page", &page.to_string())
            .append_pair("per", &per)
            .finish();
        let query = AccountsQuery::parse(&raw);
        let again = AccountsQuery::from_path(&query.href());
        proptest::prop_assert_eq!(&again.filter, &query.filter, "{}", query.href());
        proptest::prop_assert_eq!((again.page, again.page_size), (query.page, query.page_size));
        proptest::prop_assert_eq!(again.ignored, Vec::<String>::new());
    }
}
