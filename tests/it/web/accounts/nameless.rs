//! Account without a name at Telnyx: every page uses the same placeholder.

use reseller_portal::db::accounts::{Profile, insert};
use reseller_portal::db::audit;
use reseller_portal::domain::account::{AccountStatus, NO_NAME};
use reseller_portal::domain::audit::{Event, EventKind, EventOutcome};
use reseller_portal::domain::fact::{Fact, FactSource};
use reseller_portal::domain::ids::AccountId;
use reseller_portal::domain::role::Role;

use super::swept;

const ID: &str = "00000000-0000-4000-8000-00000000abcd";

#[tokio::test]
async fn an_account_without_a_name_is_called_the_same_everywhere() {
    let (portal, ann) = swept(Role::Owner).await;
    let id: AccountId = ID.parse().unwrap();
    let now = portal.clock.now();
    let profile = Profile {
        id: id.clone(),
        organization_name: "  ".to_owned(),
        email: "nameless@example.com".to_owned(),
        manager_account_id: None,
        rollup_billing: None,
        created_at: None,
        updated_at: None,
    };
    let status = Fact {
        value: AccountStatus::Enabled,
        source: FactSource::Sweep,
        observed_at: now,
    };
    let mut tx = portal.db.begin().await.unwrap();
    assert!(
        insert(&mut tx, &profile, FactSource::Sweep, now, status, None)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    // An event as it was recorded before the placeholder existed.
    let mut event = Event::by_system(EventKind::ChangedElsewhere, EventOutcome::Done, "");
    event.account = Some(id);
    audit::record(&portal.db, &portal.audit_key, now, &event)
        .await
        .unwrap();

    let list = ann.get("/accounts?q=nameless").await.expect(200);
    let row = format!("#account-{ID}");
    assert_eq!(list.text_of(&format!("{row} td:first-child a")), NO_NAME);
    assert_eq!(
        list.attrs_of(&format!("{row} [aria-label]"), "aria-label"),
        [format!("Select {NO_NAME}")]
    );
    let found = ann.get_fragment("/search?q=nameless").await;
    assert!(found.says(NO_NAME), "{}", found.words());
    // Open this before the account's own pages. They find the account gone, because Telnyx does not
    // know it.
    let page = ann.get("/channels?q=nameless").await.expect(200);
    assert!(
        page.has("input[aria-label='New channel limit of (no name)']"),
        "{}",
        page.text
    );
    for (verb, title) in [
        ("disable", "Disable (no name)?"),
        ("block-calls", "Block outbound calls of (no name)?"),
        ("channel-limit", "Channel limit of (no name)"),
        ("custom-pricing", "Custom pricing for (no name)"),
        ("show-key", "Show the API key of (no name)?"),
        ("display-name", "Display name of (no name)"),
    ] {
        let page = ann.get(&format!("/accounts/{ID}/{verb}")).await.expect(200);
        assert_eq!(page.text_of("h1"), title);
    }
    assert_eq!(
        ann.get(&format!("/channels/{ID}/record"))
            .await
            .text_of("h1"),
        "Record the limit of (no name)"
    );
    assert!(
        ann.get("/activity")
            .await
            .says("(no name) changed outside the portal")
    );
}
