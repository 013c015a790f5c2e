//! What addresses of the list ask for.

use super::*;

#[test]
fn an_address_is_read_and_written_without_what_goes_without_saying() {
    let full = "q=acme+%26+co&status=disabled&limit=10-50&pricing=custom&billing=own&from=2026-01-01&to=2026-02-01\
                &tag=vip&tag=two+words&changed=yes&unseen=30&needs=reclaim&sort=-created&page=3&per=25";
    for (raw, href) in [
        ("", "/accounts".to_owned()),
        ("q=&status=&sort=name&page=1&per=50", "/accounts".to_owned()),
        (full, format!("/accounts?{full}")),
        ("q=a&q=b", "/accounts?q=b".to_owned()),
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
fn days_in_the_wrong_order_leave_the_first_and_too_many_tags_the_first_ten() {
    let query = AccountsQuery::parse("from=2026-02-01&to=2026-01-01");
    assert_eq!(query.href(), "/accounts?from=2026-02-01");
    assert_eq!(query.ignored.len(), 1);
    let tags: Vec<String> = (0..40).map(|tag| format!("tag={tag}")).collect();
    let query = AccountsQuery::parse(&tags.join("&"));
    assert_eq!(
        (query.filter.tags.len(), query.ignored.len()),
        (10, MAX_IGNORED)
    );
}

#[test]
fn all_accounts_stay_all_of_them_until_something_is_asked_for() {
    let query = AccountsQuery::parse("status=all");
    assert_eq!(query.href(), "/accounts?status=all");
    assert_eq!(query.at_page(2).href(), "/accounts?page=2");
    assert_eq!(
        query.with_status(Some(AccountStatus::Disabled)).href(),
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
        [
            "Characters that cannot be seen were not searched for.",
            "Only the first 200 characters were searched for."
        ]
    );
}

#[test]
fn another_sort_tab_or_number_of_rows_begins_at_the_first_page() {
    let query = AccountsQuery::parse("q=a&page=4&sort=-limit");
    assert_eq!(
        query.sorted_by(SortColumn::Limit).href(),
        "/accounts?q=a&sort=limit"
    );
    assert_eq!(
        query.sorted_by(SortColumn::Email).href(),
        "/accounts?q=a&sort=email"
    );
    assert_eq!(
        query.with_page_size(100).href(),
        "/accounts?q=a&sort=-limit&per=100"
    );
    assert_eq!(query.at_page(5).href(), "/accounts?q=a&sort=-limit&page=5");
}

#[test]
fn a_whole_id_is_told_from_words() {
    assert!(
        AccountsQuery::parse("q=4f1c2b7e-55aa-4a3e-8d1f-0b7f3d6c9a2e")
            .pasted_id()
            .is_some()
    );
    assert!(
        AccountsQuery::parse("q=internationalization")
            .pasted_id()
            .is_none()
    );
    assert!(AccountsQuery::parse("q=acme-1").pasted_id().is_none());
}
