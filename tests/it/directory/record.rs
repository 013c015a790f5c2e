//! Limits that people saw in Mission Control.

use std::time::Duration;

use reseller_portal::db::accounts;
use reseller_portal::directory::recorded_limits::{Error, ParsedLines, apply, parse};
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::fact::{Fact, FactSource};
use reseller_portal::domain::ids::AccountId;
use reseller_portal::domain::role::Role;

use super::{events, held, sweep};
use crate::support::Portal;

async fn read(portal: &Portal, text: &str) -> ParsedLines {
    parse(&portal.db, text, portal.clock.now()).await.unwrap()
}

/// Returns the directory's first two accounts.
async fn two(portal: &Portal) -> (accounts::Account, accounts::Account) {
    sweep(portal).await;
    let listed = accounts::list(&portal.db, &accounts::ListFilter::default())
        .await
        .unwrap();
    (
        listed.rows[0].as_ref().clone(),
        listed.rows[1].as_ref().clone(),
    )
}

#[tokio::test]
async fn pasted_lines_become_limits_with_author_and_time() {
    let portal = Portal::start().await;
    let (one, other) = two(&portal).await;
    let parsed = read(
        &portal,
        &format!(
            "{}, 30\n\n  {}\t1,000\n",
            one.id,
            other.email.to_uppercase()
        ),
    )
    .await;
    assert_eq!(parsed.errors, []);
    let owner = portal.actor(Role::Manager);
    let applied = apply(&portal.app, &owner, parsed.entries).await.unwrap();
    assert_eq!((applied.recorded.len(), applied.skipped.len()), (2, 0));
    let account = held(&portal, &other.id).await;
    let limit = account.channel_limit.unwrap();
    assert_eq!(
        (limit.value.get(), limit.source),
        (1_000, FactSource::Person)
    );
    assert_eq!(limit.observed_at, portal.clock.now());
    assert_eq!(account.limit_by, Some((owner.staff_id, owner.name.clone())));
    let found = events(&portal, EventKind::LimitRecorded).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].event.before.as_deref(), Some("not known"));
    assert_eq!(found[0].event.after.as_deref(), Some("1,000"));
    assert_eq!(
        found[0].event.who.as_ref().unwrap().staff_id,
        owner.staff_id
    );
}

#[tokio::test]
async fn each_line_that_cannot_be_used_is_named_with_its_number() {
    let portal = Portal::start().await;
    let (one, _) = two(&portal).await;
    let text = format!(
        "{id}, 5\nnobody@example.org, 5\n{id}\n\n{id}, -1\n{id}; 6\n",
        id = one.id
    );
    let parsed = read(&portal, &text).await;
    let errors: Vec<(usize, &str)> = parsed
        .errors
        .iter()
        .map(|error| (error.line, error.message.as_str()))
        .collect();
    assert_eq!(
        errors,
        [
            (2, "No such account."),
            (3, "Write an ID or email address, a comma, and the limit."),
            (5, "Enter a whole number, 0 or more. “-1” is not one."),
            (6, "Duplicate of line 1."),
        ]
    );
    assert_eq!(parsed.entries.len(), 1);
}

#[tokio::test]
async fn an_address_that_several_accounts_have_is_no_answer() {
    let portal = Portal::start().await;
    let (one, _) = two(&portal).await;
    let twin = accounts::Profile {
        id: "twin-1".parse().unwrap(),
        organization_name: "Twin".to_owned(),
        email: one.email.to_uppercase(),
        manager_account_id: None,
        rollup_billing: None,
        created_at: None,
        updated_at: None,
    };
    let mut tx = portal.db.begin().await.unwrap();
    accounts::upsert_profile(&mut tx, &twin, FactSource::Reading, portal.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let parsed = read(&portal, &format!("{} 7", one.email)).await;
    assert_eq!(
        parsed.errors[0].message,
        "2 accounts have this email. Enter the ID."
    );
}

#[tokio::test]
async fn a_line_names_the_account_of_exactly_this_address_and_no_lookalike() {
    let portal = Portal::start().await;
    let mut tx = portal.db.begin().await.unwrap();
    for (id, email) in [
        ("umlaut", "info@bücher.example"),
        ("plain", "jorg@example.com"),
        ("local", "jörg@example.com"),
        ("ascii", "shop@xn--mller-kva.example"),
    ] {
        let profile = accounts::Profile {
            id: id.parse().unwrap(),
            organization_name: id.to_owned(),
            email: email.to_owned(),
            manager_account_id: None,
            rollup_billing: None,
            created_at: None,
            updated_at: None,
        };
        accounts::upsert_profile(&mut tx, &profile, FactSource::Reading, portal.clock.now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    for (typed, account) in [
        ("info@bücher.example", Some("umlaut")),
        ("INFO@BÜCHER.example", Some("umlaut")),
        ("info@xn--bcher-kva.example", Some("umlaut")),
        ("\u{feff}info@bu\u{308}cher.example\u{200b}", Some("umlaut")),
        ("info@bucher.example", None),
        ("jorg@example.com", Some("plain")),
        ("jörg@example.com", Some("local")),
        ("JÖRG@Example.com", Some("local")),
        ("shop@müller.example", Some("ascii")),
        ("shop@muller.example", None),
    ] {
        let parsed = read(&portal, &format!("{typed}, 7")).await;
        let found: Vec<&str> = parsed
            .entries
            .iter()
            .map(|entry| entry.account.as_str())
            .collect();
        assert_eq!(
            found,
            Vec::from_iter(account),
            "{typed}: {:?}",
            parsed.errors
        );
    }
}

#[tokio::test]
async fn more_lines_than_can_be_taken_are_refused_as_a_whole() {
    let portal = Portal::start().await;
    let parsed = read(&portal, &"a@example.com, 1\n".repeat(2_001)).await;
    assert_eq!((parsed.entries.len(), parsed.errors.len()), (0, 1));
    assert_eq!(
        (parsed.errors[0].line, parsed.errors[0].message.as_str()),
        (2_001, "At most 2,000 lines at a time.")
    );
}

#[tokio::test]
async fn what_became_known_since_the_form_was_shown_stays() {
    let portal = Portal::start().await;
    let (one, _) = two(&portal).await;
    let parsed = read(&portal, &format!("{} 7", one.id)).await;
    portal.advance(Duration::from_secs(5));
    let mut tx = portal.db.begin().await.unwrap();
    let newer = Fact {
        value: ChannelLimit::new(45).unwrap(),
        source: FactSource::Operation,
        observed_at: portal.clock.now(),
    };
    accounts::set_limit(&mut tx, &one.id, newer, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let applied = apply(&portal.app, &portal.actor(Role::Owner), parsed.entries)
        .await
        .unwrap();
    assert_eq!(applied.recorded, []);
    assert_eq!(
        applied.skipped[0].1,
        "A newer value is known: 45, set through this portal."
    );
    assert_eq!(held(&portal, &one.id).await.channel_limit, Some(newer));
    assert!(events(&portal, EventKind::LimitRecorded).await.is_empty());
}

#[tokio::test]
async fn a_viewer_records_nothing() {
    let portal = Portal::start().await;
    let (one, _) = two(&portal).await;
    let parsed = read(&portal, &format!("{} 7", one.id)).await;
    let refused = apply(&portal.app, &portal.actor(Role::Viewer), parsed.entries).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    let id: AccountId = one.id;
    assert_eq!(held(&portal, &id).await.channel_limit, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_paste_the_same_accounts_in_another_order_at_once_do_not_keep_each_other_waiting() {
    let portal = Portal::build().accounts(120).start().await;
    sweep(&portal).await;
    let filter = accounts::ListFilter {
        per_page: 100,
        ..accounts::ListFilter::default()
    };
    let listed = accounts::list(&portal.db, &filter).await.unwrap();
    let mut lines: Vec<String> = listed
        .rows
        .iter()
        .map(|row| format!("{}, 30", row.id))
        .collect();
    let forwards = read(&portal, &lines.join("\n")).await.entries;
    lines.reverse();
    let backwards = read(&portal, &lines.join("\n")).await.entries;
    let owner = portal.actor(Role::Manager);
    for _ in 0..5 {
        let (one, other) = tokio::join!(
            apply(&portal.app, &owner, forwards.clone()),
            apply(&portal.app, &owner, backwards.clone()),
        );
        assert_eq!(one.unwrap().skipped.len(), 0);
        assert_eq!(other.unwrap().skipped.len(), 0);
    }
}
