//! Stored email keys, which are updated at the start.

use reseller_portal::db::accounts::{with_email, with_emails};
use reseller_portal::db::{Db, email_keys, org_users, staff};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::role::Role;

use super::accounts::{Ground, NOW};
use super::sql;

async fn add_staff(db: &Db, email: &str) {
    let mut tx = db.begin().await.unwrap();
    let id = StaffId::new(NOW);
    assert!(
        staff::insert(
            &mut tx,
            id,
            &email.parse().unwrap(),
            "Ann",
            Role::Viewer,
            NOW
        )
        .await
        .unwrap()
    );
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_an_older_version_stored_is_found_by_the_exact_address_after_the_start() {
    let ground = Ground::new().await;
    for (id, email) in [
        ("a1", "Info@Bücher.example"),
        ("a2", "SALES@EXAMPLE.COM"),
        ("a3", ""),
    ] {
        ground
            .add(id, id, email, AccountStatus::Enabled, None)
            .await;
    }
    add_staff(&ground.db, "ann@bücher.example").await;
    sql(
        &ground.db,
        "UPDATE accounts SET email_key = '';
         UPDATE staff SET email_folded = 'ann@bücher.example';
         INSERT INTO org_users (place, id, email, email_folded, record_type, status, never_signed_in, observed_at)
            VALUES (0, 'u1', 'Ann@BÜCHER.example', 'ann@bucher.example', 'organization_sub_user', 'enabled', FALSE, 0)",
    )
    .await
    .unwrap();
    assert!(
        staff::by_email(&ground.db, "ann@bücher.example")
            .await
            .unwrap()
            .is_none()
    );

    // Replicas start at the same time. A later start changes nothing.
    let (one, two) = tokio::join!(ground.database.open(), ground.database.open());
    let three = ground.database.open().await;
    for db in [&one, &two, &three] {
        let found = with_email(db, "info@xn--bcher-kva.example").await.unwrap();
        assert_eq!(found.len(), 1);
        let typed = [
            "sales@example.com".to_owned(),
            "info@bucher.example".to_owned(),
        ];
        assert_eq!(with_emails(db, &typed).await.unwrap().len(), 1);
        assert!(with_email(db, "").await.unwrap().is_empty());
        assert!(
            staff::by_email(db, "ANN@bücher.example")
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            org_users::by_email(db, "ann@bücher.example")
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            org_users::by_email(db, "ann@bucher.example")
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            email_keys::staff_with_duplicate_email(db)
                .await
                .unwrap()
                .is_empty()
        );
        db.close().await;
    }
}

#[tokio::test]
async fn two_of_the_staff_with_one_address_do_not_stop_the_start_but_are_named() {
    let ground = Ground::new().await;
    add_staff(&ground.db, "ann@xn--bcher-kva.example").await;
    add_staff(&ground.db, "bob@example.com").await;
    sql(
        &ground.db,
        "UPDATE staff SET email = 'ann@bücher.example', email_folded = 'ann@bücher.example' WHERE email = 'bob@example.com'",
    )
    .await
    .unwrap();
    let db = ground.database.open().await;
    let ann = staff::by_email(&db, "ann@bücher.example")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ann.email, "ann@xn--bcher-kva.example");
    assert_eq!(
        email_keys::staff_with_duplicate_email(&db).await.unwrap(),
        [(
            "ann@bücher.example".to_owned(),
            "ann@xn--bcher-kva.example".to_owned()
        )]
    );
    db.close().await;
}
