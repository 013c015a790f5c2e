//! Results of searches for names, addresses and IDs, in lists and over everything.

use std::time::Duration;

use reseller_portal::db::Db;
use reseller_portal::db::accounts::{self, Profile, best_matches};
use reseller_portal::domain::account::AccountStatus;
use reseller_portal::domain::fact::FactSource;

use super::{Ground, NOW};
use crate::db::sql;

#[tokio::test]
async fn a_search_finds_parts_of_name_address_and_id_whatever_their_case_and_accents() {
    let ground = Ground::new().await;
    ground
        .add(
            "abc-1",
            "Café Müller",
            "ops@cafe.example",
            AccountStatus::Enabled,
            None,
        )
        .await;
    ground
        .add(
            "xyz-2",
            "Zeta",
            "zeta@example.org",
            AccountStatus::Enabled,
            None,
        )
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
    // Long enough that texts of old names are removed in between.
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
            accounts::update_profile(&mut tx, &profile, FactSource::Sweep, at)
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        assert_eq!(ground.search(&format!("round{round}.")).await, ["b2"]);
        assert_eq!(
            ground.search(&format!("round{round}@example")).await,
            ["b2"]
        );
        assert!(
            ground
                .search(&format!("round{}.", round - 1))
                .await
                .is_empty(),
            "what it was before"
        );
        assert_eq!(ground.search("first voice").await, ["a1", "c3"]);
        assert_eq!(ground.search("b2").await, ["b2"], "by its ID");
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
        .add(
            "b-2",
            "100 Voices",
            "b@example.com",
            AccountStatus::Enabled,
            None,
        )
        .await;
    for q in ["100%", "voice_", "\\", "% v"] {
        assert_eq!(ground.search(q).await, ["a-1"], "{q}");
    }
    assert!(ground.search("%x").await.is_empty());
    assert!(ground.search("nul\0").await.is_empty());
}

#[tokio::test]
async fn the_search_over_everything_shows_names_that_begin_so_first() {
    let ground = Ground::new().await;
    ground
        .add(
            "a-1",
            "Big Voice",
            "a@example.com",
            AccountStatus::Enabled,
            None,
        )
        .await;
    ground
        .add(
            "b-2",
            "Voice One",
            "b@example.com",
            AccountStatus::Enabled,
            None,
        )
        .await;
    ground
        .add(
            "c-3",
            "Zed",
            "c@voice.example",
            AccountStatus::Enabled,
            None,
        )
        .await;
    let found = best_matches(&ground.db, "voice", 2).await.unwrap();
    let ids: Vec<&str> = found
        .iter()
        .map(|found| found.account.id.as_str())
        .collect();
    assert_eq!(ids, ["b-2", "a-1"]);
    assert!(best_matches(&ground.db, "  ", 8).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_database_that_was_put_back_says_counts_again() {
    let ground = Ground::new().await;
    for at in 0..5 {
        let id = format!("a{at}");
        ground
            .add(&id, "Alpha", "", AccountStatus::Enabled, Some(1))
            .await;
    }
    assert_eq!(ground.search("alpha").await.len(), 5);
    // A restored backup. The counter of PostgreSQL itself would not go back.
    let put_back =
        "UPDATE accounts SET organization_name = 'Omega', name_folded = 'omega', revision = 1 WHERE id = 'a3';
        UPDATE directory SET revision = 1";
    sql(&ground.db, put_back).await.unwrap();
    assert_eq!(ground.search("omega").await, ["a3"]);
    assert_eq!(ground.search("alpha").await.len(), 4);
}

#[tokio::test]
async fn letters_that_are_no_plain_ones_with_an_accent_are_found_as_they_are_typed_without_their_key()
 {
    let ground = Ground::new().await;
    let names = [
        ("a0", "Łódź Telekom", "lodz tele"),
        ("a1", "Ørsted Ræv", "ORSTED RAEV"),
        ("a2", "Große Straße", "grosse strasse"),
        ("a3", "Yılmaz İletişim", "yilmaz iletisim"),
        ("a4", "Οδός Αθήνας", "ΟΔΟΣ ΑΘΗΝΑΣ"),
        ("a5", "Þór Đorđević", "thor dordevic"),
    ];
    for (id, name, _) in names {
        ground.add(id, name, "", AccountStatus::Enabled, None).await;
    }
    for (id, name, typed) in names {
        assert_eq!(ground.search(typed).await, [id], "{typed}");
        assert_eq!(ground.search(name).await, [id], "{name}");
    }
    // A lone accent, as from a key pressed twice, has nothing to search for.
    assert_eq!(ground.search("\u{a8}").await.len(), names.len());
}

#[tokio::test]
async fn what_was_folded_before_there_were_these_letters_follows() {
    let ground = Ground::new().await;
    ground
        .add(
            "a1",
            "Ørsted Straße",
            "ø@example.com",
            AccountStatus::Enabled,
            None,
        )
        .await;
    let raw = async |text| sql(&ground.db, text).await.unwrap();
    raw("UPDATE accounts SET name_folded = 'ørsted straße', email_folded = 'ø@example.com', name_stem = 'ørsted straße'").await;
    raw(match &ground.db {
        Db::Sqlite { .. } => {
            "INSERT INTO tags (id, name, name_folded, created_at) SELECT randomblob(16), column1, column2, 0
             FROM (VALUES ('Łódź', 'łodz'), ('Lodz', 'lodz'), ('Straße', 'straße'))"
        }
        Db::Postgres { .. } => {
            "INSERT INTO tags (id, name, name_folded, created_at) SELECT gen_random_uuid(), column1, column2, 0
             FROM (VALUES ('Łódź', 'łodz'), ('Lodz', 'lodz'), ('Straße', 'straße')) AS names"
        }
    })
    .await;
    assert!(ground.search("orsted").await.is_empty());
    raw(include_str!(
        "../../../../migrations/0019_letters_folded.sql"
    ))
    .await;
    assert_eq!(ground.search("orsted strasse").await, ["a1"]);
    assert_eq!(ground.search("o@example").await, ["a1"]);
    let tags = "SELECT name_folded FROM tags";
    let mut tags: Vec<String> = match &ground.db {
        Db::Sqlite { write, .. } => sqlx::query_scalar(tags).fetch_all(write).await.unwrap(),
        Db::Postgres { pool, .. } => sqlx::query_scalar(tags).fetch_all(pool).await.unwrap(),
    };
    tags.sort();
    assert_eq!(tags, ["lodz", "strasse", "łodz"]);
}

#[tokio::test]
async fn what_is_shown_is_found_whichever_quote_dash_or_space_is_typed() {
    let ground = Ground::new().await;
    let names = [
        ("a0", "O’Brien Telecom", "o'brien"),
        ("a1", "Smith \"North\" 5″", "“north”"),
        ("a2", "Jean–Luc Ltd", "jean-luc"),
        ("a3", "Big\u{a0}\u{3000} Voice", "big voice"),
        ("a4", "Zero\u{200b}Width", "zerowidth"),
        ("a5", "Ｆｕｌｌ ﬁber", "full fiber"),
    ];
    for (id, name, _) in names {
        ground.add(id, name, "", AccountStatus::Enabled, None).await;
    }
    for (id, name, typed) in names {
        assert_eq!(ground.search(typed).await, [id], "{typed}");
        assert_eq!(ground.search(name).await, [id], "{name}");
    }
    for typed in ["O`Brien", "o´brien", "OʼBRIEN", "o′brien"] {
        assert_eq!(ground.search(typed).await, ["a0"], "{typed}");
    }
    let alike = accounts::possible_duplicates(&ground.db, "zerowidth", None)
        .await
        .unwrap();
    assert_eq!(alike[0].id.as_str(), "a4");
}

#[tokio::test]
async fn every_word_of_a_search_must_be_found_in_any_order() {
    let ground = Ground::new().await;
    for (id, name, email) in [
        ("a1", "Acme Voice Corp", "ops@acme.example"),
        ("b2", "Corp of Voices", "ops@other.example"),
    ] {
        ground
            .add(id, name, email, AccountStatus::Enabled, None)
            .await;
    }
    assert_eq!(ground.search("corp acme").await, ["a1"]);
    assert_eq!(ground.search("voice corp").await, ["a1", "b2"]);
    assert_eq!(
        ground.search("voice ops@other").await,
        ["b2"],
        "in its name and in its email"
    );
    assert!(ground.search("acme other").await.is_empty());
}

#[tokio::test]
async fn folds_that_were_stored_by_an_older_version_are_brought_up_to_date_at_the_start() {
    let ground = Ground::new().await;
    ground
        .add(
            "a1",
            "Ann’s “Café”",
            "ann@example.com",
            AccountStatus::Enabled,
            None,
        )
        .await;
    let raw = async |text| sql(&ground.db, text).await.unwrap();
    raw("UPDATE accounts SET name_folded = 'ann’s “cafe”', name_stem = 'anns “cafe”'").await;
    raw(match &ground.db {
        Db::Sqlite { .. } => {
            "INSERT INTO tags (id, name, name_folded, created_at) SELECT randomblob(16), column1, column2, 0
             FROM (VALUES ('A–B', 'a–b'), ('A-B', 'a-b'), ('C–D', 'c–d'))"
        }
        Db::Postgres { .. } => {
            "INSERT INTO tags (id, name, name_folded, created_at) SELECT gen_random_uuid(), column1, column2, 0
             FROM (VALUES ('A–B', 'a–b'), ('A-B', 'a-b'), ('C–D', 'c–d')) AS names"
        }
    })
    .await;
    assert!(ground.search("ann's").await.is_empty());
    raw("INSERT INTO stale_folds (what) VALUES ('accounts'), ('notes'), ('tags'), ('views'), ('org_users')").await;
    ground.db.refresh_stale_folds().await.unwrap();
    assert_eq!(ground.search("ann's 'cafe'").await, ["a1"]);
    let tags = "SELECT name_folded FROM tags";
    let mut tags: Vec<String> = match &ground.db {
        Db::Sqlite { write, .. } => sqlx::query_scalar(tags).fetch_all(write).await.unwrap(),
        Db::Postgres { pool, .. } => sqlx::query_scalar(tags).fetch_all(pool).await.unwrap(),
    };
    tags.sort();
    assert_eq!(
        tags,
        ["a-b", "a–b", "c-d"],
        "two that are the same now stay apart"
    );
}
