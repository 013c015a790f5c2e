//! Queries of the directory for pages.

use std::time::Duration;

use reseller_portal::db::Db;
use reseller_portal::db::accounts::{
    self, HolderFilter, ListFilter, Profile, SortOrder, attention, channel_holders, channel_totals,
    list, possible_duplicates,
};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::account_filter::{
    AccountFilter, AttentionReason, Criteria, FilterContext,
};
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::fact::{Fact, FactSource};
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::time::Timestamp;

use crate::support::Database;

mod search;

pub const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

pub struct Ground {
    pub db: Db,
    // The last field, so that it is removed after everything above has released it.
    pub database: Database,
}

fn fact<T>(value: T) -> Fact<T> {
    Fact {
        value,
        source: FactSource::Sweep,
        observed_at: NOW,
    }
}

impl Ground {
    pub async fn new() -> Self {
        let database = Database::create().await;
        Self {
            db: database.open().await,
            database,
        }
    }

    pub async fn add(
        &self,
        id: &str,
        name: &str,
        email: &str,
        status: AccountStatus,
        limit: Option<u64>,
    ) {
        let profile = Profile {
            id: id.parse().unwrap(),
            organization_name: name.to_owned(),
            email: email.to_owned(),
            manager_account_id: None,
            rollup_billing: None,
            created_at: id.ends_with('1').then_some(NOW),
            updated_at: None,
        };
        let mut tx = self.db.begin().await.unwrap();
        assert!(
            accounts::insert(
                &mut tx,
                &profile,
                FactSource::Sweep,
                NOW,
                fact(status),
                None
            )
            .await
            .unwrap()
        );
        if let Some(limit) = limit {
            let limit = fact(ChannelLimit::new(limit).unwrap());
            accounts::set_limit(&mut tx, &profile.id, limit, None)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn found(&self, filter: ListFilter) -> Vec<String> {
        let listing = list(&self.db, &filter).await.unwrap();
        listing
            .rows
            .iter()
            .map(|account| account.id.to_string())
            .collect()
    }

    async fn search(&self, q: &str) -> Vec<String> {
        self.found(ListFilter {
            criteria: AccountFilter::text_search(q).into(),
            ..ListFilter::default()
        })
        .await
    }
}

fn recently(now: Timestamp) -> Criteria {
    AccountFilter::default().criteria(FilterContext {
        reader: StaffId::from_uuid(uuid::Uuid::nil()),
        now,
        zone: &jiff::tz::TimeZone::UTC,
        low_balance: rust_decimal::Decimal::TEN,
    })
}

#[tokio::test]
async fn a_list_that_was_shown_before_shows_what_another_replica_changed_since() {
    let ground = Ground::new().await;
    let other = ground.database.open().await;
    for id in ["a1", "a2"] {
        ground
            .add(id, id, "", AccountStatus::Enabled, Some(1))
            .await;
    }
    let limits = async || {
        let shown = list(&ground.db, &ListFilter::default()).await.unwrap();
        let limit =
            |account: &accounts::Account| account.channel_limit.map(|limit| limit.value.get());
        shown
            .rows
            .iter()
            .map(|account| limit(account))
            .collect::<Vec<_>>()
    };
    for limit in 2..5 {
        limits().await;
        let mut tx = other.begin().await.unwrap();
        let changed = Fact {
            value: ChannelLimit::new(limit).unwrap(),
            source: FactSource::Operation,
            observed_at: NOW + Duration::from_secs(limit),
        };
        accounts::set_limit(&mut tx, &"a2".parse().unwrap(), changed, None)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let limit = u32::try_from(limit).unwrap();
        assert_eq!(limits().await, [Some(1), Some(limit)]);
        assert_eq!(limits().await, [Some(1), Some(limit)], "kept as it is now");
    }
}

#[tokio::test]
async fn text_that_no_database_takes_is_stored_with_a_mark_in_its_place() {
    let ground = Ground::new().await;
    ground
        .add(
            "n-1",
            "Nul\0Co",
            "n@example.com",
            AccountStatus::Enabled,
            None,
        )
        .await;
    let account = accounts::by_id(&ground.db, &"n-1".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(account.unwrap().organization_name, "Nul\u{fffd}Co");
}

#[tokio::test]
async fn sorts_are_stable_and_leave_the_unknown_last_in_both_directions() {
    let ground = Ground::new().await;
    ground
        .add(
            "a-1",
            "Same",
            "c@example.com",
            AccountStatus::Enabled,
            Some(5),
        )
        .await;
    ground
        .add(
            "b-2",
            "Same",
            "b@example.com",
            AccountStatus::Disabled,
            None,
        )
        .await;
    ground
        .add(
            "c-3",
            "Other",
            "a@example.com",
            AccountStatus::Blocked,
            Some(9),
        )
        .await;
    for (sort, ids) in [
        ("name", ["c-3", "a-1", "b-2"]),
        ("-name", ["b-2", "a-1", "c-3"]),
        ("email", ["c-3", "b-2", "a-1"]),
        ("-email", ["a-1", "b-2", "c-3"]),
        ("limit", ["a-1", "c-3", "b-2"]),
        ("-limit", ["c-3", "a-1", "b-2"]),
        ("created", ["a-1", "c-3", "b-2"]),
        ("-created", ["a-1", "b-2", "c-3"]),
        ("status", ["a-1", "b-2", "c-3"]),
        ("-status", ["c-3", "b-2", "a-1"]),
    ] {
        let order = SortOrder::parse(sort).unwrap();
        assert_eq!(order.as_text(), sort);
        let found = ground
            .found(ListFilter {
                sort: order,
                ..ListFilter::default()
            })
            .await;
        assert_eq!(found, ids, "{sort}");
    }
    assert_eq!(SortOrder::parse("size"), None);
}

#[tokio::test]
async fn pages_hold_each_row_once_and_tabs_count_without_the_search() {
    let ground = Ground::new().await;
    for number in 0..7 {
        let status = if number < 5 {
            AccountStatus::Enabled
        } else {
            AccountStatus::Disabled
        };
        ground
            .add(
                &format!("id-{number}"),
                "Same",
                &format!("{number}@example.com"),
                status,
                None,
            )
            .await;
    }
    ground
        .add(
            "other",
            "Else",
            "else@example.org",
            AccountStatus::Blocked,
            None,
        )
        .await;
    let mut seen = Vec::new();
    for page in 1..=3 {
        let filter = ListFilter {
            criteria: AccountFilter {
                status: Some(AccountStatus::Enabled),
                ..AccountFilter::text_search("same")
            }
            .into(),
            page,
            per_page: 2,
            ..ListFilter::default()
        };
        let listing = list(&ground.db, &filter).await.unwrap();
        assert_eq!((listing.total, listing.total_of_all_statuses()), (5, 8));
        let counts: Vec<i64> = listing.counts.iter().map(|count| count.accounts).collect();
        assert_eq!(counts, [5, 2, 1, 0, 0]);
        seen.extend(listing.rows.iter().map(|account| account.id.clone()));
    }
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn namesakes_are_found_without_legal_forms_and_by_address() {
    let ground = Ground::new().await;
    ground
        .add(
            "acme-1",
            "Acme, Inc.",
            "one@acme.example",
            AccountStatus::Cancelled,
            None,
        )
        .await;
    ground
        .add(
            "long-2",
            "Acme Telecom GmbH",
            "two@example.com",
            AccountStatus::Enabled,
            None,
        )
        .await;
    ground
        .add(
            "else-3",
            "Macmerson",
            "three@example.com",
            AccountStatus::Enabled,
            None,
        )
        .await;
    ground
        .add(
            "tiny-4",
            "AB",
            "four@example.com",
            AccountStatus::Enabled,
            None,
        )
        .await;
    let ids = async |name: &str, email: Option<&str>| -> Vec<String> {
        let found = possible_duplicates(&ground.db, name, email).await.unwrap();
        found.iter().map(|account| account.id.to_string()).collect()
    };
    assert_eq!(ids("ACME Ltd", None).await, ["acme-1", "long-2"]);
    assert_eq!(
        ids("The Acme Telecom Company of Ohio", None).await,
        ["acme-1", "long-2"]
    );
    assert_eq!(
        ids("Unheard of", Some("THREE@example.com")).await,
        ["else-3"]
    );
    assert_eq!(ids("ab", None).await, ["tiny-4"]);
    assert!(ids("%", None).await.is_empty());
    assert!(ids("Unheard of", Some("")).await.is_empty());
}

#[tokio::test]
async fn known_limits_are_summed_and_unknown_ones_counted() {
    let ground = Ground::new().await;
    ground
        .add(
            "a-1",
            "A",
            "a@example.com",
            AccountStatus::Enabled,
            Some(30),
        )
        .await;
    ground
        .add(
            "b-2",
            "B",
            "b@example.com",
            AccountStatus::Disabled,
            Some(12),
        )
        .await;
    ground
        .add("c-3", "C", "c@example.com", AccountStatus::Enabled, None)
        .await;
    ground
        .add("d-4", "D", "d@example.com", AccountStatus::Cancelled, None)
        .await;
    let all = channel_totals(&ground.db, "").await.unwrap();
    assert_eq!(
        (
            all.known_channels,
            all.known_accounts,
            all.unknown_accounts()
        ),
        (42, 2, 1)
    );
    let by_limit = SortOrder::parse("-limit").unwrap();
    let page = channel_holders(&ground.db, "", HolderFilter::All, by_limit, (1, 2))
        .await
        .unwrap();
    let ids: Vec<&str> = page.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(ids, ["a-1", "b-2"]);
}

#[tokio::test]
async fn the_dashboard_hears_of_accounts_that_need_a_look() {
    let ground = Ground::new().await;
    ground
        .add(
            "zero-1",
            "A",
            "a@example.com",
            AccountStatus::Enabled,
            Some(0),
        )
        .await;
    ground
        .add(
            "hold-2",
            "B",
            "b@example.com",
            AccountStatus::Disabled,
            Some(12),
        )
        .await;
    ground
        .add(
            "block-3",
            "C",
            "c@example.com",
            AccountStatus::Blocked,
            None,
        )
        .await;
    ground
        .add("unk-4", "D", "d@example.com", AccountStatus::Unknown, None)
        .await;
    ground
        .add(
            "fine-5",
            "E",
            "e@example.com",
            AccountStatus::Enabled,
            Some(5),
        )
        .await;
    let mut tx = ground.db.begin().await.unwrap();
    let changed = "fine-5".parse().unwrap();
    accounts::mark_changed_elsewhere(&mut tx, &changed, NOW - Duration::from_hours(6 * 24))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let found = attention(&ground.db, &recently(NOW), 5).await.unwrap();
    let found: Vec<(AttentionReason, &str)> = found
        .iter()
        .map(|item| (item.reason, item.accounts[0].id.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (AttentionReason::Blocked, "block-3"),
            (AttentionReason::UnknownStatus, "unk-4"),
            (AttentionReason::EnabledWithoutChannels, "zero-1"),
            (AttentionReason::DisabledHoldingChannels, "hold-2"),
            (AttentionReason::ChangedElsewhere, "fine-5"),
        ]
    );
    let later = attention(&ground.db, &recently(NOW + Duration::from_hours(48)), 5)
        .await
        .unwrap();
    assert!(
        later
            .iter()
            .all(|item| item.reason != AttentionReason::ChangedElsewhere)
    );
}
