//! Seed data: the same for the same seed, realistic, and of any size.

use std::collections::HashSet;

use reseller_portal::sandbox::{Options, Sandbox};
use serde_json::Value;

use super::Upstream;

#[tokio::test]
async fn the_same_seed_gives_the_same_accounts_and_another_gives_others() {
    let limits = |seed| {
        Sandbox::new(Options {
            seed,
            ..Options::default()
        })
        .known_limits()
    };
    assert_eq!(limits(7), limits(7));
    assert_ne!(limits(7), limits(8));
}

#[tokio::test]
async fn some_nine_limits_in_ten_are_known_and_true() {
    let telnyx = Upstream::start().await;
    let known = telnyx.sandbox.known_limits();
    assert!((205..=245).contains(&known.len()), "{} known", known.len());
    let state = telnyx.state().await;
    for (id, limit) in known {
        let account = state["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|account| account["id"] == id.as_str())
            .unwrap();
        assert_eq!(account["channel_limit"], limit);
    }
}

#[tokio::test]
async fn the_seed_has_a_bit_of_everything() {
    let telnyx = Upstream::start().await;
    let state = telnyx.state().await;
    let accounts = state["accounts"].as_array().unwrap();
    let count =
        |holds: &dyn Fn(&Value) -> bool| accounts.iter().filter(|account| holds(account)).count();
    let status = |wanted: &'static str| count(&move |account| account["status"] == wanted);
    assert_eq!(accounts.len(), 250);
    assert_eq!((status("blocked"), status("cancelled")), (6, 5));
    assert!((200..=220).contains(&status("enabled")));
    assert!((20..=55).contains(&count(&|account| account["rollup_billing"] == true)));
    assert!((12..=40).contains(&count(
        &|account| account["managed_account_allow_custom_pricing"] == true
    )));
    assert!(count(&|account| account["channel_limit"] == 0) > 5);
    assert!(
        count(&|account| account["status"] == "disabled"
            && account["channel_limit"].as_u64() > Some(0))
            > 5
    );
    assert!(
        count(&|account| account["balance"]
            .as_str()
            .is_some_and(|balance| balance.starts_with('-')))
            > 2
    );
    assert!(
        count(&|account| account["organization_name"]
            .as_str()
            .unwrap()
            .chars()
            .count()
            > 70)
            > 2
    );
    let names: HashSet<_> = accounts
        .iter()
        .map(|account| {
            account["organization_name"]
                .as_str()
                .unwrap()
                .to_lowercase()
        })
        .collect();
    let emails: HashSet<_> = accounts
        .iter()
        .map(|account| account["email"].as_str().unwrap())
        .collect();
    assert_eq!((names.len(), emails.len()), (250, 250));
    let allocated = state["pool"]["total_global_channels_allocated"]
        .as_u64()
        .unwrap();
    assert!((1400..=1800).contains(&allocated), "{allocated} of 2000");
    let groups: HashSet<_> = state["users"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|user| user["groups"].as_array().unwrap())
        .map(|group| group["name"].as_str().unwrap())
        .collect();
    assert_eq!(groups.len(), 6);
}

#[test]
fn a_key_belongs_to_a_colleague_who_is_neither_the_owner_nor_of_a_demos_staff() {
    let one = || Sandbox::new(Options::default()).key_owner();
    let email = one().unwrap();
    assert_eq!(one().as_deref(), Some(email.as_str()));
    assert!(email.ends_with("@example.com"));
    assert!(!["telecom@example.com", "manager@example.com"].contains(&email.as_str()));
}
