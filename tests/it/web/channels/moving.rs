//! Moving channels from one account to another: the form, and the job that it previews.

use reseller_portal::bulk;
use reseller_portal::domain::role::Role;

use super::{known, limit_of};
use crate::support::Portal;

const FORM: &str = "form.confirm";

#[tokio::test]
async fn channels_move_by_a_job_of_two_changes() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let accounts = portal.sandbox.accounts().await;
    let enabled = accounts.iter().filter(|one| one["status"] == "enabled");
    let text = |name: &str| {
        let field = |one: &serde_json::Value| one[name].as_str().unwrap().to_owned();
        enabled.clone().map(field).take(2).collect::<Vec<String>>()
    };
    let (ids, emails) = (text("id"), text("email"));
    known(&portal, &ids[0], 9).await;
    known(&portal, &ids[1], 2).await;
    let ann = portal.signed_in(Role::Manager).await;
    let list = ann.get("/channels").await.expect(200);
    let way = list.attr_of("a[href='/channels/move']", "href").unwrap();
    let form = ann.get(&way).await.expect(200);
    for (from, to, channels, wrong) in [
        ("", emails[1].as_str(), "3", "Enter the account"),
        ("nobody@example.com", &emails[1], "3", "No account has this"),
        (&emails[0], &emails[0], "3", "Choose another account"),
        (&emails[0], &emails[1], "ten", "Enter a whole number"),
        (&emails[0], &emails[1], "10", "has 9 channels"),
    ] {
        let typed = [("from", from), ("to", to), ("channels", channels)];
        let refused = ann.submit(&form, FORM, &typed).await.expect(422);
        let said = refused.text_of(".field-error");
        assert!(said.contains(wrong), "{said}");
        let kept = refused.attr_of("#channels", "value");
        assert_eq!(kept.as_deref(), Some(channels));
    }
    // Named by email and by ID.
    let typed = [
        ("from", emails[0].as_str()),
        ("to", &ids[1]),
        ("channels", "4"),
    ];
    let sent = ann.submit(&form, FORM, &typed).await.expect(303);
    assert!(sent.leads_to().unwrap().starts_with("/jobs/"));
    let preview = ann.follow(&sent).await.expect(200);
    assert!(preview.says("Move 4 channels from"), "{}", preview.words());
    assert!(preview.says("2 will change"), "{}", preview.words());
    let started = ann.submit(&preview, "#start", &[]).await.expect(303);
    bulk::run_once(&portal.app).await.unwrap();
    let job = ann.follow(&started).await.expect(200);
    assert!(job.says("2 done"), "{}", job.words());
    assert_eq!(limit_of(&portal, &ids[0]).await, Some(5));
    assert_eq!(limit_of(&portal, &ids[1]).await, Some(6));
    for (id, limit) in ids.iter().zip([5, 6]) {
        assert_eq!(portal.sandbox.account(id).await["channel_limit"], limit);
    }
}

#[tokio::test]
async fn a_script_moves_channels_without_an_id_of_the_job() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let accounts = portal.sandbox.accounts().await;
    let enabled = accounts.iter().filter(|one| one["status"] == "enabled");
    let ids: Vec<&str> = enabled.map(|one| one["id"].as_str().unwrap()).collect();
    known(&portal, ids[0], 9).await;
    known(&portal, ids[1], 2).await;
    let ann = portal.signed_in(Role::Manager).await;
    let fields = [("from", ids[0]), ("to", ids[1]), ("channels", "4")];
    let sent = ann.post("/channels/move", &fields).await.expect(303);
    let preview = ann.follow(&sent).await.expect(200);
    assert!(preview.says("2 will change"), "{}", preview.words());
    let damaged = [fields[0], fields[1], fields[2], ("job", "7")];
    ann.post("/channels/move", &damaged).await.expect(422);
}

#[tokio::test]
async fn whoever_reads_only_moves_nothing() {
    let portal = Portal::start().await;
    let viewer = portal.signed_in(Role::Viewer).await;
    viewer.get("/channels/move").await.expect(403);
    let list = viewer.get("/channels").await.expect(200);
    assert!(!list.has("a[href='/channels/move']"));
}
