//! Page of one account: live if Telnyx answers, or else from the directory, with its actions per
//! role.

use std::time::Duration;

use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::ids::OperationId;
use reseller_portal::domain::operation::{Change, Reason};
use reseller_portal::domain::role::Role;
use reseller_portal::operations::{ExpectedValues, Request, Submission, show_key, submit};
use serde_json::json;

use super::{swept, text};
use crate::support::Portal;

/// Sets a limit as an account manager.
pub async fn limit(portal: &Portal, id: &str, channels: u64) -> Submission {
    let request = Request {
        id: OperationId::new(portal.clock.now()),
        change: Change::ChannelLimit {
            account: id.parse().unwrap(),
            limit: ChannelLimit::new(channels).unwrap(),
        },
        reason: Reason {
            code: None,
            text: "fraud watch".to_owned(),
        },
        undoes: None,
        expected: ExpectedValues::default(),
        try_anyway: false,
        password: None,
    };
    submit(&portal.app, &portal.actor(Role::Manager), request)
        .await
        .unwrap()
}

/// Deletes an account at Telnyx, and sweeps until the portal concludes that it is gone.
pub async fn gone(portal: &Portal, id: &str) {
    portal.sandbox.forget(id).await;
    for _ in 0..2 {
        portal.advance(Duration::from_secs(70));
        portal.sweep().await;
    }
}

#[tokio::test]
async fn the_page_shows_what_telnyx_says_now_and_not_what_the_last_sweep_saw() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    portal
        .sandbox
        .change_elsewhere(&id, json!({"status": "disabled"}))
        .await;
    portal.advance(Duration::from_secs(30));
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(
        page.text_of("#call-status ol")
            .starts_with("Disabled outside the portal")
    );
    assert!(!page.has("#stale"));
    assert!(page.says("Changed outside the portal"), "{}", page.words());
    assert!(page.has(&format!(
        ".page-actions a[data-dialog][href=\"/accounts/{id}/enable\"]"
    )));
    assert!(!page.has("a[href$=\"/disable\"]"));
    assert!(portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn where_telnyx_fails_the_page_says_what_the_portal_knows_and_how_old_it_is() {
    for then in [
        json!({"status": 503}),
        json!({"garbage": true}),
        json!({"drop": "before"}),
        json!({"status": 403}),
    ] {
        let (portal, ann) = swept(Role::Manager).await;
        let account = portal.sandbox.accounts().await[2].clone();
        portal.advance(Duration::from_mins(4));
        portal
            .sandbox
            .faults(json!([{"path": "/v2/*", "then": then}]))
            .await;
        let page = ann
            .get(&format!("/accounts/{}", text(&account, "id")))
            .await
            .expect(200);
        assert_eq!(
            page.text_of("h1"),
            text(&account, "organization_name"),
            "{then}"
        );
        // The message appears once: in the bar, or on the page if it concerns only this account.
        let bars = page.count(".banner-warning, .banner-danger");
        assert_eq!(bars + page.count("#stale"), 1, "{then}");
        assert!(page.says("seen 4 min ago"), "{then}");
        assert!(!page.says("checked just now"), "{then}");
        assert!(
            page.text_of("#users").contains(if bars == 1 {
                "Not read."
            } else {
                "could not be read"
            }),
            "{then}"
        );
    }
}

#[tokio::test]
async fn an_account_that_only_telnyx_knows_is_shown() {
    let portal = Portal::start().await;
    let vic = portal.signed_in(Role::Viewer).await;
    let account = portal.sandbox.accounts().await[0].clone();
    let page = vic
        .get(&format!("/accounts/{}", text(&account, "id")))
        .await
        .expect(200);
    assert_eq!(page.text_of("h1"), text(&account, "organization_name"));
    assert!(page.has("#call-status"));
}

#[tokio::test]
async fn an_id_that_nobody_knows_is_404_with_a_way_back() {
    let (portal, vic) = swept(Role::Viewer).await;
    let stranger = "/accounts/00000000-1111-4222-8333-444444444444";
    let odd = "/accounts/%3Cb%3Enot%20an%20id%3C%2Fb%3E";
    let long = format!("/accounts/{}", "a".repeat(3_000));
    for path in [stranger, odd, &long, "/accounts/%00", "/accounts/%ff"] {
        let page = vic.get(path).await;
        assert!(
            matches!(page.status.as_u16(), 400 | 404),
            "{path}: {}",
            page.status
        );
        assert!(!page.has(".error-page b"), "{path}");
    }
    let page = vic.get(stranger).await.expect(404);
    assert!(page.has(".error-page a[href=\"/accounts\"]"));
    portal
        .sandbox
        .faults(json!([{"path": "/v2/*", "then": {"status": 500}}]))
        .await;
    let page = vic.get(stranger).await.expect(503);
    assert!(page.says("Telnyx could not be reached"), "{}", page.words());
}

#[tokio::test]
async fn a_word_in_the_place_of_an_id_is_no_account_and_telnyx_is_not_asked() {
    let (portal, vic) = swept(Role::Viewer).await;
    let asked = portal.sandbox.log().await.len();
    for path in [
        "/accounts/import",
        "/accounts/exports-2024",
        "/accounts/imported/disable",
        "/org-users/import",
        "/operations/import",
        "/staff/import",
        "/tags/import",
        "/channels/import/record",
    ] {
        let page = vic.get(path).await;
        assert!(
            matches!(page.status.as_u16(), 403 | 404),
            "{path}: {}",
            page.status
        );
        assert!(!page.says("an account import"), "{path}: {}", page.words());
    }
    assert_eq!(portal.sandbox.log().await.len(), asked);
}

#[tokio::test]
async fn the_users_of_an_account_that_is_gone_are_gone_with_it() {
    let (portal, ann) = swept(Role::Admin).await;
    let account = portal.sandbox.accounts().await[0].clone();
    let id = text(&account, "id");
    gone(&portal, id).await;
    let card = ann
        .get(&format!("/accounts/{id}"))
        .await
        .expect(200)
        .text_of("#users");
    assert!(
        card.contains("The account and its users are gone from Telnyx"),
        "{card}"
    );
    assert!(!card.contains("key"), "{card}");
}

#[tokio::test]
async fn an_account_that_is_gone_is_remembered_and_offers_nothing() {
    let (portal, ann) = swept(Role::Admin).await;
    let account = portal.sandbox.accounts().await[0].clone();
    let id = text(&account, "id");
    gone(&portal, id).await;
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    assert_eq!(page.text_of("h1"), text(&account, "organization_name"));
    assert!(
        page.says("This account is gone from Telnyx"),
        "{}",
        page.words()
    );
    assert!(page.says("They cannot call: Telnyx no longer has this account"));
    assert_eq!(page.count("main form, main a[data-dialog]"), 0);
}

#[tokio::test]
async fn the_limit_says_who_set_it_and_its_editor_carries_what_it_showed() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let path = format!("/accounts/{id}");
    let page = ann.get(&path).await.expect(200);
    assert!(
        page.text_of("#channels")
            .contains("The limit is not known.")
    );
    assert_eq!(
        page.attr_of("#channels [name=shown_limit]", "value")
            .as_deref(),
        Some("unknown")
    );
    assert_eq!(
        page.attr_of("#channels form", "data-current").as_deref(),
        Some("")
    );
    limit(&portal, &id, 7).await;
    portal.advance(Duration::from_mins(3));
    let page = ann.get(&path).await;
    let limit = "Channel limit 7 confirmed by Telnyx 3 min ago, set by Test Account manager";
    assert!(
        page.text_of("#call-status").contains(limit),
        "{}",
        page.text_of("#call-status")
    );
    let form = page.form("#channels form");
    assert_eq!(
        (form.method.as_str(), form.action.as_str()),
        ("post", format!("{path}/channel-limit").as_str())
    );
    let fields = form.filled(&[]);
    let field = |name| {
        fields
            .iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| *value)
    };
    assert_eq!(
        (
            field("shown_limit"),
            field("shown_status"),
            field("channel_limit")
        ),
        (Some("7"), Some("enabled"), Some("7"))
    );
    assert!(field("op").unwrap().parse::<OperationId>().is_ok());
    let free = page.attr_of("#channels form", "data-free").unwrap();
    let pool = portal.sandbox.state().await["pool"].clone();
    assert!(!free.is_empty() && page.says("Pool: "), "{free} of {pool}");
    assert!(
        page.text_of(".feed li p")
            .starts_with("Test Account manager changed the channel limit of ")
    );
}

#[tokio::test]
async fn a_viewer_reads_all_of_it_and_is_told_what_their_role_lacks() {
    let (portal, vic) = swept(Role::Viewer).await;
    let id = portal.sandbox.id_of("disabled").await;
    let page = vic.get(&format!("/accounts/{id}")).await.expect(200);
    assert_eq!(page.count("main form, main a[data-dialog]"), 0);
    assert!(page.says("Your role cannot change channel limits."));
    assert!(page.says("Your role cannot show API keys"));
    assert!(page.says("An account manager, an admin or an owner can enable it."));
}

#[tokio::test]
async fn blocked_and_cancelled_accounts_offer_no_enable() {
    let (portal, ann) = swept(Role::Owner).await;
    for status in ["blocked", "cancelled"] {
        let id = portal.sandbox.id_of(status).await;
        let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
        assert!(
            !page.has("a[href$=\"/enable\"], a[href$=\"/disable\"]"),
            "{status}"
        );
        assert!(
            page.says("Only Telnyx can unblock it. Contact Telnyx support."),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_change_that_is_not_settled_stands_above_everything_and_holds_others_back() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let then = json!({"status": 504});
    portal
        .sandbox
        .faults(json!([{"method": "PATCH", "path": "/v2/managed_accounts/*", "then": then}]))
        .await;
    let Submission::Open(operation) = limit(&portal, &id, 9).await else {
        panic!("a timeout at Telnyx settles nothing")
    };
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    assert_eq!(
        page.text_of("#operation strong"),
        "Checking: Channel limit, by Test Account manager"
    );
    assert!(page.has(&format!(
        "#operation a[href=\"/operations/{}\"]",
        operation.id
    )));
    assert_eq!(page.count("#channels form, .page-actions [data-dialog]"), 0);
    assert!(page.says("A change is in progress"));
    assert!(
        !page.has(".title-line .status"),
        "the status is not what is in question"
    );
}

#[tokio::test]
async fn who_was_shown_the_key_and_when_stands_on_the_page_but_no_key() {
    let (portal, olga) = swept(Role::Owner).await;
    let id = portal.sandbox.id_of("enabled").await;
    let path = format!("/accounts/{id}");
    let page = olga.get(&path).await;
    assert!(page.says("Who saw it: nobody, in this portal."));
    assert!(page.has(&format!(
        "form[action=\"{path}/show-key\"] input[name=reason]"
    )));
    assert!(page.says(
        "Block outbound calls or disable the account now. Replace the key in Mission Control."
    ));
    let actor = portal.actor(Role::Admin);
    let key = show_key::show(
        &portal.app,
        &actor,
        &id.parse().unwrap(),
        show_key::KeyRequest {
            reason: "customer lost it",
            recently_authenticated: true,
        },
    )
    .await
    .unwrap();
    let page = olga.get(&path).await;
    assert_eq!(
        page.text_of("#credentials ul li"),
        "Test Admin, just now: \u{201c}customer lost it\u{201d}"
    );
    let key = secrecy::ExposeSecret::expose_secret(&key.api_key.unwrap()).to_owned();
    assert!(!page.text.contains(&key));
}

#[tokio::test]
async fn the_accounts_own_users_are_read_live_and_their_failure_costs_nothing_else() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let users = portal
        .telnyx
        .account_users(&id.parse().unwrap())
        .await
        .unwrap();
    let email = users.items.last().unwrap().email.clone().unwrap();
    let path = format!("/accounts/{id}");
    let page = ann.get(&path).await;
    assert!(page.says(&email) && !page.says("This list is incomplete"));
    let too_few = json!({ "set": { "meta": { "total_pages": 1, "total_results": 999 } } });
    portal
        .sandbox
        .faults(json!([{"path": "/v2/organizations/users", "then": {"edit": too_few}}]))
        .await;
    let page = ann.get(&path).await;
    assert!(
        page.says(&email) && page.says("This list is incomplete: it changed while it was read")
    );
    portal
        .sandbox
        .faults(json!([{"path": "/v2/organizations/users", "then": {"status": 403}}]))
        .await;
    let page = ann.get(&path).await.expect(200);
    assert!(!page.says(&email) && !page.has("#stale"));
    assert!(page.says(
        "They could not be read from Telnyx: the portal's API key is not allowed to \
                       do this."
    ));
    assert!(
        !page.says("Telnyx refuses the portal's key"),
        "one account's refusal says nothing of the key"
    );
}
