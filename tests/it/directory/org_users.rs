//! Snapshot of the organization's users.

use std::time::Duration;

use reseller_portal::db::org_users::{self, OrgUserQuery};
use reseller_portal::directory::TimeBudget;
use reseller_portal::directory::org_users::{refresh, refresh_for_page};
use reseller_portal::domain::ids::OperationId;
use reseller_portal::domain::operation::{Change, Reason, ReasonCode};
use reseller_portal::domain::org_user::OrgUserStatus;
use reseller_portal::domain::role::Role;
use reseller_portal::operations::{ExpectedValues, Request, submit};
use reseller_portal::telnyx::ErrorKind;
use serde_json::json;

use crate::support::Portal;

#[tokio::test]
async fn the_snapshot_has_every_user_with_their_groups() {
    let portal = Portal::start().await;
    refresh(&portal.app).await.unwrap();
    let truth = portal.sandbox.state().await["users"]
        .as_array()
        .unwrap()
        .clone();
    let all = org_users::list(
        &portal.db,
        &OrgUserQuery {
            per_page: 1_000,
            ..OrgUserQuery::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(all.total, i64::try_from(truth.len()).unwrap());
    let groups = org_users::groups(&portal.db).await.unwrap();
    assert!(!groups.is_empty());
    for group in groups {
        let filter = OrgUserQuery {
            group: Some(group.name.clone()),
            ..OrgUserQuery::default()
        };
        let inside = org_users::list(&portal.db, &filter).await.unwrap();
        assert_eq!(inside.total, group.users);
        for user in inside.rows {
            assert!(
                user.groups
                    .unwrap()
                    .iter()
                    .any(|other| other.name == group.name)
            );
        }
    }
    let one = all.rows[0].clone();
    assert_eq!(
        org_users::by_id(&portal.db, one.id.as_ref().unwrap())
            .await
            .unwrap(),
        Some(one)
    );
}

#[tokio::test]
async fn users_are_found_by_address_and_by_status() {
    let portal = Portal::start().await;
    refresh(&portal.app).await.unwrap();
    let filter = OrgUserQuery {
        status: Some(OrgUserStatus::Disabled),
        ..OrgUserQuery::default()
    };
    let disabled = org_users::list(&portal.db, &filter).await.unwrap();
    assert!(disabled.total > 0);
    assert!(
        disabled
            .rows
            .iter()
            .all(|user| user.status == OrgUserStatus::Disabled)
    );
    let address = disabled.rows[0].email.clone().unwrap();
    let filter = OrgUserQuery {
        email: format!(" {} ", address.to_uppercase()),
        ..OrgUserQuery::default()
    };
    assert_eq!(
        org_users::list(&portal.db, &filter).await.unwrap().rows[0]
            .email
            .as_ref(),
        Some(&address)
    );
    let wild = OrgUserQuery {
        email: "%".to_owned(),
        ..OrgUserQuery::default()
    };
    assert_eq!(org_users::list(&portal.db, &wild).await.unwrap().total, 0);
}

#[tokio::test]
async fn when_telnyx_fails_the_snapshot_stays_and_tells_its_age() {
    let portal = Portal::start().await;
    let read_at = portal.clock.now();
    refresh(&portal.app).await.unwrap();
    portal.advance(Duration::from_mins(10));
    portal
        .sandbox
        .faults(json!([{"path": "/v2/organizations/users", "then": {"status": 500}}]))
        .await;
    let fresh = refresh_for_page(&portal.app, &TimeBudget::for_page(&portal.app))
        .await
        .unwrap();
    assert_eq!(
        (
            fresh.observed_at,
            fresh.error.map(reseller_portal::telnyx::ErrorSummary::kind)
        ),
        (Some(read_at), Some(ErrorKind::Unavailable))
    );
    assert!(
        org_users::list(&portal.db, &OrgUserQuery::default())
            .await
            .unwrap()
            .total
            > 0
    );
    portal.sandbox.clear_faults().await;
    let fresh = refresh_for_page(&portal.app, &TimeBudget::for_page(&portal.app))
        .await
        .unwrap();
    assert_eq!(
        (fresh.observed_at, fresh.error),
        (Some(portal.clock.now()), None)
    );
}

#[tokio::test]
async fn a_user_removed_here_does_not_come_back_with_a_list_that_trails() {
    let portal = Portal::start().await;
    refresh(&portal.app).await.unwrap();
    let all = org_users::list(&portal.db, &OrgUserQuery::default())
        .await
        .unwrap();
    let user = all.rows.iter().find(|user| !user.is_owner()).unwrap();
    portal.sandbox.lag(60_000).await;
    let request = Request {
        id: OperationId::new(portal.clock.now()),
        change: Change::RemoveOrgUser {
            user: user.id.clone().unwrap(),
            email: user.email.clone().unwrap(),
        },
        reason: Reason {
            code: Some(ReasonCode::NotNeeded),
            text: String::new(),
        },
        undoes: None,
        expected: ExpectedValues::default(),
        try_anyway: false,
        password: None,
    };
    submit(&portal.app, &portal.actor(Role::Owner), request)
        .await
        .unwrap();
    refresh(&portal.app).await.unwrap();
    assert_eq!(
        org_users::by_id(&portal.db, user.id.as_ref().unwrap())
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn two_pages_may_read_the_users_at_once() {
    let portal = Portal::start().await;
    let patience = TimeBudget::for_page(&portal.app);
    let reads = (0..4).map(|_| refresh_for_page(&portal.app, &patience));
    for fresh in futures::future::join_all(reads).await {
        assert_eq!(fresh.unwrap().error, None);
    }
}

#[tokio::test]
async fn an_incomplete_list_removes_nobody_and_the_page_says_so() {
    let portal = Portal::start().await;
    refresh(&portal.app).await.unwrap();
    let before = org_users::all(&portal.db).await.unwrap();
    let bad_item = json!({ "set": { "data": ["not a user"], "meta": { "total_pages": 1, "total_results": 1 } } });
    let too_few =
        json!({ "set": { "data": [], "meta": { "total_pages": 1, "total_results": 7 } } });
    let viewer = portal.signed_in(Role::Viewer).await;
    for (edit, words) in [
        (bad_item, "1 user in Telnyx’s list cannot be read"),
        (
            too_few,
            "This list is incomplete: it changed while it was read",
        ),
    ] {
        portal
            .sandbox
            .faults(json!([{"path": "/v2/organizations/users", "then": {"edit": edit}}]))
            .await;
        let page = viewer.get("/org-users").await.expect(200);
        assert!(page.says(words), "{}", page.words());
        assert_eq!(page.count("tbody tr"), before.len());
        assert_eq!(org_users::all(&portal.db).await.unwrap(), before);
    }
}
