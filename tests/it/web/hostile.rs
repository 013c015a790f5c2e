//! Hostile text in every field and filter: shown as text or refused, never a server error.
//! PostgreSQL cannot even compare with a NUL.

use reseller_portal::domain::role::Role;
use url::form_urlencoded;

use crate::support::Portal;

fn hostile() -> Vec<String> {
    [
        "a\0b",
        "%",
        "_",
        "\\",
        "'\"><script>alert(1)</script>",
        "\u{202e}evil\u{202c}",
        "😀",
        "-1",
        "1000000000000",
    ]
    .map(ToOwned::to_owned)
    .into_iter()
    .chain(["x".repeat(10_000)])
    .collect()
}

#[tokio::test]
async fn hostile_text_in_an_address_never_is_an_error_of_ours() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    let filters = [
        (
            "/accounts",
            &[
                "q", "status", "limit", "pricing", "billing", "from", "to", "tag", "changed",
                "unseen", "needs", "sort", "page", "per",
            ][..],
        ),
        ("/accounts/filter", &["q", "status", "tag", "limit", "from"]),
        ("/search", &["q"]),
        ("/channels", &["q", "show", "page", "sort"]),
        (
            "/activity",
            &[
                "account", "person", "kind", "outcome", "from", "to", "below", "above", "q",
            ],
        ),
        ("/org-users", &["email", "status", "group", "page"]),
        ("/org-users/groups", &["group", "email"]),
        ("/login", &["next"]),
        ("/setup", &["token"]),
    ];
    for text in hostile() {
        let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for (path, names) in filters {
            for name in names {
                let page = ann.get(&format!("{path}?{name}={text}")).await;
                assert!(
                    page.status.as_u16() < 500,
                    "{path}?{name}={text:.40}: {}",
                    page.status
                );
                assert!(!page.has("script:not([src])"), "{path}?{name}={text:.40}");
            }
        }
        let text = text.replace('+', "%20");
        for path in [
            "/accounts/{}",
            "/accounts/{}/disable",
            "/org-users/{}",
            "/operations/{}",
            "/staff/{}",
            "/invite/{}",
            "/reset/{}",
        ] {
            let page = ann.get(&path.replace("{}", &text)).await;
            assert!(
                page.status.as_u16() < 500,
                "{path} with {text:.40}: {}",
                page.status
            );
        }
        let page = ann.get(&format!("/accounts/{id}?status={text}")).await;
        assert!(page.status.as_u16() < 500, "{}", page.status);
    }
}

#[tokio::test]
async fn hostile_text_in_a_form_never_is_an_error_of_ours_and_changes_nothing_it_should_not() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    let user = portal.sandbox.state().await["users"][1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let forms = [
        (
            "/accounts/new/review".to_owned(),
            &[
                "organization_name",
                "email",
                "rollup_billing",
                "channel_limit",
                "custom_pricing",
            ][..],
        ),
        (
            format!("/accounts/{id}/channel-limit"),
            &["channel_limit", "op", "shown_limit", "shown_status"],
        ),
        (
            format!("/accounts/{id}/disable"),
            &["reason_code", "reason", "op"],
        ),
        (
            format!("/accounts/{id}/enable"),
            &["reenable_all_connections", "reason"],
        ),
        (
            format!("/accounts/{id}/custom-pricing"),
            &["custom_pricing"],
        ),
        (
            format!("/org-users/{user}/remove"),
            &["confirm_email", "reason_code", "reason", "return_to", "op"],
        ),
        ("/staff".to_owned(), &["email", "name", "role"]),
        ("/profile".to_owned(), &["name", "time_zone"]),
        (
            "/profile/password".to_owned(),
            &["present_password", "password", "again"],
        ),
        ("/channels/record".to_owned(), &["lines"]),
    ];
    let staff = reseller_portal::db::staff::all(&portal.db)
        .await
        .unwrap()
        .len();
    for text in hostile().iter().filter(|text| !text.starts_with("10000")) {
        for (path, names) in &forms {
            let fields: Vec<(&str, &str)> =
                names.iter().map(|name| (*name, text.as_str())).collect();
            let page = ann.post(path, &fields).await;
            assert!(
                page.status.as_u16() < 500,
                "{path} with {text:.40}: {} {}",
                page.status,
                page.words()
            );
            assert!(
                !matches!(page.status.as_u16(), 404 | 405),
                "{path} is no form of ours"
            );
            assert!(!page.has("script:not([src])"), "{path} with {text:.40}");
        }
    }
    assert_eq!(portal.sandbox.changes().await, Vec::<String>::new());
    assert_eq!(
        reseller_portal::db::staff::all(&portal.db)
            .await
            .unwrap()
            .len(),
        staff
    );
}

#[tokio::test]
async fn a_name_that_shows_nothing_is_refused_at_its_field_and_format_characters_in_one_are_dropped()
 {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    let forms = [
        ("/accounts/new/review".to_owned(), "organization_name"),
        (format!("/accounts/{id}/display-name"), "display_name"),
        (format!("/accounts/{id}/tags"), "tag"),
        ("/staff".to_owned(), "name"),
        ("/profile".to_owned(), "name"),
        ("/accounts/views/save".to_owned(), "name"),
    ];
    for text in [
        "\u{200b}",
        "\u{2060}",
        "\u{3164}",
        "\u{ad}",
        "\u{115f}",
        "\u{ffa0}",
        "\u{2800}",
        "\u{180e}",
        "\u{fe0f}",
        "\u{e0041}",
        "\u{200d}\u{200c}",
        "\u{feff}\u{a0}",
        "\u{301}",
    ] {
        for (path, name) in &forms {
            let page = ann.post(path, &[(*name, text)]).await;
            assert_eq!(page.status.as_u16(), 422, "{path} with {text:?}");
            assert!(
                page.says("This has no visible characters."),
                "{path} with {text:?}: {}",
                page.words()
            );
        }
    }
    ann.post(
        &format!("/accounts/{id}/tags"),
        &[("tag", "V\u{200b}I\u{2060}P\u{feff}")],
    )
    .await
    .expect(303);
    assert_eq!(
        ann.get(&format!("/accounts/{id}")).await.text_of(".tag a"),
        "VIP"
    );
}
