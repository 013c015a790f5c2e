//! What searches find: names, addresses and ids, in lists and in the jump box.

use std::time::Duration;

use reseller_portal::db::accounts::{self, Profile, jump};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::actor::Scope;
use reseller_portal::domain::fact::Source;

use super::{Ground, NOW};

#[tokio::test]
async fn a_search_finds_parts_of_name_address_and_id_whatever_their_case_and_accents() {
    let ground = Ground::new().await;
    ground
        .add("abc-1", "Café Müller", "ops@cafe.example", AccountStatus::Enabled, None)
        .await;
    ground
        .add("xyz-2", "Zeta", "zeta@example.org", AccountStatus::Enabled, None)
        .await;
    for q in ["cafe mul", "CAFÉ", "s@CAFE.ex", "ABC-1", " bc-1 "] {
        assert_eq!(ground.search(q).await, ["abc-1"], "{q}");
    }
    assert_eq!(ground.search("").await.len(), 2);
    assert!(ground.search("nobody").await.is_empty());
}

#[tokio::test]
async fn an_account_is_found_by_its_name_however_often_that_changed() {
    let ground = Ground::new().await;
    // Long enough for the texts that nobody has any more to be cleared away in between.
    let tail = "voice ".repeat(20_000);
    for id in ["a1", "b2", "c3"] {
        ground
            .add(
                id,
                &format!("{id} first {tail}"),
                "ops@example.com",
                AccountStatus::Enabled,
                None,
            )
            .await;
    }
    assert_eq!(ground.search("first voice").await, ["a1", "b2", "c3"]);
    for round in 1..30_u64 {
        let profile = Profile {
            id: "b2".parse().unwrap(),
            organization_name: format!("b2 round{round}. {tail}"),
            email: format!("round{round}@example.com"),
            manager_account_id: None,
            rollup_billing: None,
            created_at: None,
            updated_at: None,
        };
        let mut tx = ground.db.begin().await.unwrap();
        let at = NOW + Duration::from_secs(round);
        assert!(
            accounts::update_profile(&mut tx, &profile, Source::Sweep, at)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert_eq!(ground.search(&format!("round{round}.")).await, ["b2"]);
        assert_eq!(ground.search(&format!("round{round}@example")).await, ["b2"]);
        assert!(
            ground.search(&format!("round{}.", round - 1)).await.is_empty(),
            "what it was before"
        );
        assert_eq!(ground.search("first voice").await, ["a1", "c3"]);
        assert_eq!(ground.search("b2").await, ["b2"], "by its id");
        assert_eq!(ground.search("voice voice").await, ["a1", "b2", "c3"]);
    }
}

#[tokio::test]
async fn wildcards_in_a_search_stand_for_themselves() {
    let ground = Ground::new().await;
    ground
        .add(
            "a-1",
            "100% Voice_Co \\ Sons",
            "a@example.com",
            AccountStatus::Enabled,
            None,
        )
        .await;
    ground
        .add("b-2", "100 Voices", "b@example.com", AccountStatus::Enabled, None)
        .await;
    for q in ["100%", "voice_", "\\", "% v"] {
        assert_eq!(ground.search(q).await, ["a-1"], "{q}");
    }
    assert!(ground.search("%x").await.is_empty());
    assert!(ground.search("nul\0").await.is_empty());
}

#[tokio::test]
async fn the_jump_box_shows_names_that_begin_so_first() {
    let ground = Ground::new().await;
    ground
        .add("a-1", "Big Voice", "a@example.com", AccountStatus::Enabled, None)
        .await;
    ground
        .add("b-2", "Voice One", "b@example.com", AccountStatus::Enabled, None)
        .await;
    ground
        .add("c-3", "Zed", "c@voice.example", AccountStatus::Enabled, None)
        .await;
    let found = jump(&ground.db, Scope::All, "voice", 2).await.unwrap();
    let ids: Vec<&str> = found.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(ids, ["b-2", "a-1"]);
    assert!(jump(&ground.db, Scope::All, "  ", 8).await.unwrap().is_empty());
}
