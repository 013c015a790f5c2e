//! Exported files: accounts, activity, groups, selected accounts.
//! Also the answers if Telnyx does not respond.

use std::time::Duration;

use serde_json::json;

use super::{Folder, World, told};

#[tokio::test]
async fn the_files() {
    let world = World::busy().await;
    let mut folder = Folder::new("files");
    for (name, address) in [
        ("accounts.csv", "/accounts/export.csv"),
        ("accounts.json", "/accounts/export.json"),
        (
            "accounts-disabled.csv",
            "/accounts/export.csv?status=disabled&sort=-email",
        ),
        ("accounts-none.json", "/accounts/export.json?q=nothing"),
        ("groups.csv", "/org-users/groups.csv"),
        ("activity.csv", "/activity.csv"),
        ("activity.jsonl", "/activity.jsonl"),
        ("activity-none.jsonl", "/activity.jsonl?q=nothing"),
    ] {
        folder.compare(name, &told(&world, &world.owner().get(address).await));
    }
    let (one, other) = (world.accounts[0].as_str(), world.accounts[4].as_str());
    for kind in ["csv", "json"] {
        let path = format!("/accounts/selected.{kind}");
        let fields = [("list", "/accounts"), ("id", one), ("id", other)];
        folder.compare(
            &format!("selected.{kind}"),
            &told(&world, &world.owner().post(&path, &fields).await),
        );
        let fields = [
            ("list", "/accounts?sort=-name"),
            ("all", "yes"),
            ("except", one),
        ];
        folder.compare(
            &format!("selected-all.{kind}"),
            &told(&world, &world.owner().post(&path, &fields).await),
        );
    }
    world.portal.advance(Duration::from_mins(5));
    let down = json!([{ "path": "/v2/*", "then": { "status": 503 } }]);
    world.portal.sandbox.faults(down).await;
    let address = "/org-users/groups.csv";
    folder.compare(
        "groups.down",
        &told(&world, &world.owner().get(address).await),
    );
    folder.finish();
}
