//! Sorting and paging of the list.

use reseller_portal::domain::role::Role;

use super::{swept, text};
use crate::support::Portal;

const NAMES: &str = "#rows tbody td:first-child a";

#[tokio::test]
async fn every_column_sorts_both_ways_and_says_so() {
    let (portal, ann) = swept(Role::Viewer).await;
    let truth = portal.sandbox.accounts().await;
    let columns = [
        "name", "email", "status", "limit", "calls", "balance", "assignee", "created", "pricing",
        "billing", "id",
    ];
    for (sort, heading) in columns.into_iter().zip(1..) {
        let th = format!("#rows th:nth-child({heading})");
        let columns = "columns=status.limit.calls.balance.assignee.created.pricing.billing.id";
        let up = format!("/accounts?sort={sort}&{columns}");
        let up = ann.get(&up).await.expect(200);
        assert_eq!(
            up.attr_of(&th, "aria-sort").as_deref(),
            Some("ascending"),
            "{sort}"
        );
        assert_eq!(up.count("#rows th[aria-sort]"), 1, "{sort}");
        let back = up.attr_of(&format!("{th} a"), "href").unwrap();
        assert_eq!(back, format!("/accounts?sort=-{sort}&{columns}"));
        let down = ann.get(&back).await.expect(200);
        assert_eq!(
            down.attr_of(&th, "aria-sort").as_deref(),
            Some("descending"),
            "{sort}"
        );
        let (mut one, mut other) = (up.attrs_of(NAMES, "href"), down.attrs_of(NAMES, "href"));
        assert_eq!(one.len(), truth.len());
        if !["limit", "balance"].contains(&sort) {
            other.reverse();
            assert_eq!(
                one, other,
                "{sort}: no limit and no balance is known, all else turns round"
            );
        }
        one.sort();
        one.dedup();
        assert_eq!(one.len(), truth.len(), "{sort}");
    }
    let mut emails: Vec<&str> = truth.iter().map(|account| text(account, "email")).collect();
    emails.sort_unstable();
    let page = ann.get("/accounts?sort=email").await;
    assert_eq!(page.select("#rows td:nth-child(2)"), emails);
}

#[tokio::test]
async fn pages_hold_every_account_once_and_keep_what_was_asked_for() {
    let portal = Portal::build().accounts(60).start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Viewer).await;
    let mut seen = Vec::new();
    let mut next = Some("/accounts?q=e&sort=-email&per=25".to_owned());
    let mut pages = 0;
    while let Some(path) = next {
        assert!(path.contains("q=e&sort=-email"), "{path}");
        let page = ann.get(&path).await.expect(200);
        seen.extend(page.attrs_of(NAMES, "href"));
        pages += 1;
        next = page.attr_of(".pager a[rel=next]", "href");
        assert_eq!(page.has(".pager a[rel=prev]"), pages > 1, "{path}");
    }
    let all = ann.get("/accounts?q=e&per=100").await;
    assert_eq!(pages, all.count(NAMES).div_ceil(25));
    assert!(pages > 1);
    let mut whole = all.attrs_of(NAMES, "href");
    whole.sort();
    seen.sort();
    assert_eq!(seen, whole);
    assert_eq!(ann.get("/accounts").await.count(NAMES), 50);
    assert!(ann.get("/accounts?page=2").await.says("51\u{2013}60 of 60"));
}

#[tokio::test]
async fn an_address_that_makes_no_sense_leads_to_the_nearest_page_with_a_word() {
    let (portal, ann) = swept(Role::Viewer).await;
    let all = portal.sandbox.accounts().await.len();
    for (query, words) in [
        ("page=0", "There is no page \u{201c}0\u{201d}"),
        ("page=-1", "There is no page \u{201c}-1\u{201d}"),
        ("page=1000000000000", "There are fewer pages"),
        ("page=99999999999999999999999999", "There are fewer pages"),
        ("page=2", "There are fewer pages"),
        ("per=7", "A page has 25, 50 or 100 rows"),
        (
            "sort=shoe-size",
            "Unknown sort order \u{201c}shoe-size\u{201d}",
        ),
        ("status=asleep", "Unknown status \u{201c}asleep\u{201d}"),
        ("limit=lots", "Unknown channel limit \u{201c}lots\u{201d}"),
        (
            "from=soon",
            "The first day ignored: \u{201c}soon\u{201d} is not a date",
        ),
        ("unseen=-5", "\u{201c}-5\u{201d} is not a number of days"),
        ("needs=love", "Unknown reason \u{201c}love\u{201d}"),
        (
            "colour=red&q=",
            "Unknown filter \u{201c}colour\u{201d} ignored.",
        ),
        ("status=%00&sort=%00&page=%00&per=%00", "Unknown status"),
    ] {
        let page = ann.get(&format!("/accounts?{query}")).await.expect(200);
        assert!(page.says(words), "{query}: {}", page.words());
        assert_eq!(page.count(NAMES), all, "{query}");
    }
}

#[tokio::test]
async fn a_page_of_fifty_accounts_weighs_less_than_64_000_bytes_and_a_tag_no_more_than_its_name_and_20()
 {
    let portal = Portal::build().accounts(60).start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Owner).await;
    let plain = ann.get("/accounts?per=50").await.expect(200);
    assert_eq!(plain.count("#rows tbody tr"), 50);
    assert!(plain.text.len() < 64_000, "{}", plain.text.len());
    let name = "key account";
    for account in portal.sandbox.accounts().await {
        let tags = format!("/accounts/{}/tags", super::text(&account, "id"));
        ann.post(&tags, &[("tag", name)]).await.expect(303);
    }
    let tagged = ann.get("/accounts?per=50").await.expect(200);
    assert_eq!(tagged.count("#rows tbody small"), 50);
    // Tags that people have added count in addition.
    let tags = tagged.text.len() - plain.text.len();
    assert!(tags < 50 * (name.len() + 20), "{tags}");
}
