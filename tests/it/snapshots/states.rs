//! States of pages: empty, unknown at Telnyx, missing, just saved.

use std::time::Duration;

use reseller_portal::domain::role::Role;
use serde_json::json;

use super::{Folder, World, answer, name_of, roles, rows, told, world};
use crate::support::Response;

const LISTS: [&str; 4] = ["/", "/accounts", "/channels", "/tags"];

/// Pages that ask Telnyx.
const ASKING: [&str; 6] = [
    "/accounts/{id}",
    "/accounts/{id}/channel-limit",
    "/accounts/{id}/show-key",
    "/org-users",
    "/org-users/groups",
    "/org-users/{id}",
];

/// Table of snapshot and address.
const QUERIES: &str = "
    accounts.nothing        | /accounts?q=nothing
    accounts.filtered       | /accounts?status=disabled&tag=Key+account&created_from=2020-01-01&sort=-email
    accounts.ignored        | /accounts?status=strange&sort=strange&page=99
    accounts.by-id          | /accounts?q=01980000-0000-7000-8000-000000000000
    accounts.selected       | /accounts?select=page&per=25
    accounts.view           | /accounts?status=disabled
    accounts__filter.filled | /accounts/filter?status=disabled&tag=Key+account
    search.found            | /search?q=logistik
    search.nothing          | /search?q=zzqqzz
    channels.nothing        | /channels?q=nothing
    channels.sorted         | /channels?sort=-limit
    activity.of-account     | /activity?account={account 1}
    activity.filtered       | /activity?kind=note_added&outcome=done&q=note
    activity.nothing        | /activity?q=nothing
    activity.ignored        | /activity?kind=strange&from=strange&account={account 6}
    org-users.filtered      | /org-users?status=disabled
    org-users.nothing       | /org-users?email=nothing
";

#[tokio::test]
async fn the_states_of_the_pages() {
    let mut folder = Folder::new("states");
    empty(&mut folder).await;
    let world = World::busy().await;
    lists(&world, &mut folder).await;
    accounts(&world, &mut folder).await;
    operations(&world, &mut folder).await;
    missing(&world, &mut folder).await;
    late(&world, &mut folder).await;
    telnyx_down(&world, &mut folder).await;
    folder.finish();
}

async fn empty(folder: &mut Folder) {
    let portal = world::builder().accounts(0).start().await;
    let browser = portal.signed_in(Role::Owner).await;
    let viewer = portal.signed_in(Role::Viewer).await;
    let names = super::names::Names::default();
    for state in ["unread", "empty"] {
        for path in LISTS {
            let mut all = Vec::new();
            for (role, browser) in [(Role::Owner, &browser), (Role::Viewer, &viewer)] {
                all.push((role, answer::lines(&browser.get(path).await, &names)));
            }
            folder.compare(&name_of(path, state), &roles::compared(&all));
        }
        portal.sweep().await;
    }
}

/// Lists for each query.
async fn lists(world: &World, folder: &mut Folder) {
    for row in rows(QUERIES) {
        let (name, address) = (row[0], world.address(row[1]));
        let whole = world.owner().get(&address).await;
        folder.compare(name, &told(world, &whole));
        let part = world.owner().get_fragment(&address).await;
        if !answer::is_page(&part) {
            folder.compare(
                &format!("{name}.fragment"),
                &answer::part_of(&whole, &part, &world.names).join("\n"),
            );
        }
    }
}

/// Accounts that are not enabled, and the actions for them.
async fn accounts(world: &World, folder: &mut Folder) {
    for (account, status) in world.accounts[1..4]
        .iter()
        .zip(["disabled", "blocked", "cancelled"])
    {
        for (page, name) in [
            ("", ""),
            ("/enable", "__enable"),
            ("/disable", "__disable"),
            ("/block-calls", "__block-calls"),
        ] {
            let mut all = Vec::new();
            for (role, _, browser) in &world.people {
                let answer = browser.get(&format!("/accounts/{account}{page}")).await;
                world.settled().await;
                all.push((*role, answer::lines(&answer, &world.names)));
            }
            folder.compare(
                &format!("accounts__id{name}.{status}"),
                &roles::compared(&all),
            );
        }
    }
    let asked = format!("/accounts/{}/show-key", world.accounts[0]);
    let page = world.owner().get(&asked).await;
    let shown = world
        .owner()
        .submit(
            &page,
            "main form[method=post]",
            &[("reason", "The customer asked.")],
        )
        .await;
    folder.compare("accounts__id__show-key.shown", &told(world, &shown));
    let request = world
        .owner()
        .request(axum::http::Method::GET, &asked)
        .fragment();
    let card = request.header("hx-target", "div#api-key").send().await;
    folder.compare("accounts__id__show-key.in-card", &told(world, &card));
}

/// Outcomes of a change: being checked, unknown, refused.
async fn operations(world: &World, folder: &mut Folder) {
    let path = format!("/accounts/{}/disable", world.accounts[4]);
    for (name, status) in [("refused", 422), ("open", 503)] {
        let fault = json!([{ "path": "/v2/managed_accounts/*", "method": "POST", "then": { "status": status } }]);
        world.portal.sandbox.faults(fault).await;
        let answer = world.owner().post(&path, &[("reason_code", "fraud")]).await;
        world.settled().await;
        folder.compare(
            &format!("accounts__id__disable.{name}"),
            &told(world, &answer),
        );
        if let Some(to) = answer.leads_to() {
            by_role(world, folder, "operations__id.open", &to).await;
            let part = world.owner().get_fragment(&to).await;
            folder.compare("operations__id.open.fragment", &told(world, &part));
            let everything = json!([{ "path": "/v2/*", "then": { "status": 503 } }]);
            world.portal.sandbox.faults(everything).await;
            for _ in 0..40 {
                world.portal.advance(Duration::from_mins(1));
                world.portal.run_jobs().await;
            }
            world.portal.sandbox.clear_faults().await;
            by_role(world, folder, "operations__id.later", &to).await;
            let refused = world.owner().post(&format!("{to}/settle"), &[]).await;
            folder.compare("operations__id__settle.refused", &told(world, &refused));
            for way in ["check-again", "send-again"] {
                let answer = world.owner().post(&format!("{to}/{way}"), &[]).await;
                world.settled().await;
                folder.compare(&format!("operations__id__{way}"), &told(world, &answer));
            }
        }
        world.portal.sandbox.clear_faults().await;
    }
}

/// Pages that are missing or not allowed.
async fn missing(world: &World, folder: &mut Folder) {
    for (name, address) in [
        ("missing.page", "/nothing"),
        (
            "missing.account",
            "/accounts/01980000-0000-7000-8000-000000000000",
        ),
        (
            "missing.org-user",
            "/org-users/01980000-0000-7000-8000-000000000000",
        ),
        (
            "missing.operation",
            "/operations/01980000-0000-7000-8000-000000000000",
        ),
        (
            "missing.staff",
            "/staff/01980000-0000-7000-8000-000000000000",
        ),
        (
            "missing.tag",
            "/tags/01980000-0000-7000-8000-000000000000/rename",
        ),
    ] {
        let page = world.owner().get(address).await;
        folder.compare(name, &told(world, &page));
        let part = world.owner().get_fragment(address).await;
        folder.compare(&format!("{name}.fragment"), &told(world, &part));
    }
    let viewer = world.browser(Role::Viewer);
    folder.compare(
        "forbidden.page",
        &told(world, &viewer.get("/accounts/new").await),
    );
    folder.compare(
        "forbidden.fragment",
        &told(world, &viewer.get_fragment("/accounts/new").await),
    );
    let foreign = viewer
        .post_from("https://evil.example", "/logout", &[])
        .await;
    folder.compare("foreign.page", &told(world, &foreign));
    let gone = &world.accounts[5];
    world.portal.sandbox.forget(gone).await;
    world.portal.advance(Duration::from_mins(5));
    for state in ["gone-now", "gone"] {
        let page = world.owner().get(&format!("/accounts/{gone}")).await;
        world.settled().await;
        folder.compare(&format!("accounts__id.{state}"), &told(world, &page));
        for _ in 0..3 {
            world.portal.advance(Duration::from_mins(2));
            world.portal.sweep().await;
        }
    }
}

/// Pages that ask for a new proof of identity after a while.
async fn late(world: &World, folder: &mut Folder) {
    world.portal.advance(Duration::from_mins(10));
    let owner = world.owner();
    let led = owner.get("/settings").await;
    folder.compare("settings.late", &told(world, &led));
    let dialog = owner
        .get_fragment(&world.address("/profile/factors/app/remove"))
        .await;
    folder.compare("profile__factors__app__remove.late", &told(world, &dialog));
    let led = owner.post("/settings", &[("required", "viewer")]).await;
    folder.compare("settings.late-form", &told(world, &led));
    if led.leads_to().is_some() {
        folder.compare("step-up.with-form", &told(world, &owner.follow(&led).await));
    }
}

/// Pages while Telnyx answers 503 to everything.
async fn telnyx_down(world: &World, folder: &mut Folder) {
    world.portal.advance(Duration::from_mins(10));
    world
        .portal
        .sandbox
        .faults(json!([{ "path": "/v2/*", "then": { "status": 503 } }]))
        .await;
    let account = world.address("/accounts/{id}");
    for path in LISTS.into_iter().chain(ASKING) {
        let page = world.owner().get(&world.address(path)).await;
        world.settled().await;
        folder.compare(&name_of(path, "down"), &told(world, &page));
    }
    for (name, path, fields) in [
        (
            "accounts__id__channel-limit.not-sent",
            format!("{account}/channel-limit"),
            vec![("channel_limit", "20")],
        ),
        (
            "accounts__refresh.down",
            "/accounts/refresh".to_owned(),
            vec![("list", "/accounts")],
        ),
        (
            "channels__refresh.down",
            "/channels/refresh".to_owned(),
            vec![],
        ),
    ] {
        let answer = world.owner().post(&path, &fields).await;
        world.settled().await;
        folder.compare(name, &told(world, &answer));
        followed(world, folder, name, &answer).await;
    }
    let bars = world.owner().get_fragment("/banners").await;
    folder.compare("banners.down", &told(world, &bars));
}

/// Page that a redirect leads to.
async fn followed(world: &World, folder: &mut Folder, name: &str, answer: &Response) {
    if answer.leads_to().is_some() {
        let page = world.owner().follow(answer).await;
        world.settled().await;
        folder.compare(&format!("{name}.page"), &told(world, &page));
    }
}

async fn by_role(world: &World, folder: &mut Folder, name: &str, address: &str) {
    let mut all = Vec::new();
    for (role, _, browser) in &world.people {
        let page = browser.get(address).await;
        world.settled().await;
        all.push((*role, answer::lines(&page, &world.names)));
    }
    folder.compare(name, &roles::compared(&all));
}
