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
        ("", emails[1].as_str(), "3", "Enter a name, email or ID."),
        (
            "nobody@example.com",
            &emails[1],
            "3",
            "No account has this name",
        ),
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
    let facts = preview.select(".facts > div");
    assert!(
        facts[0].starts_with("From") && facts[0].ends_with("9 5"),
        "{facts:?}"
    );
    assert!(
        facts[1].starts_with("To") && facts[1].ends_with("2 6"),
        "{facts:?}"
    );
    assert!(!preview.says("2 will change"), "{}", preview.words());
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
    assert!(preview.says("Both changes"), "{}", preview.words());
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

#[tokio::test]
async fn part_of_a_name_is_enough_and_several_matches_are_a_list_to_choose_from() {
    let portal = Portal::start().await;
    let accounts = portal.sandbox.accounts().await;
    let enabled = accounts.iter().filter(|one| one["status"] == "enabled");
    let ids: Vec<&str> = enabled.map(|one| one["id"].as_str().unwrap()).collect();
    let [alpha, beta, gamma] = [ids[0], ids[1], ids[2]];
    for (id, email) in [
        (alpha, "wxyz-alpha@example.com"),
        (beta, "wxyz-beta@example.com"),
        (gamma, "qqrs@example.com"),
    ] {
        let change = serde_json::json!({ "email": email });
        portal.sandbox.change_elsewhere(id, change).await;
    }
    portal.sweep().await;
    known(&portal, beta, 9).await;
    known(&portal, gamma, 2).await;
    let ann = portal.signed_in(Role::Manager).await;
    let form = ann.get("/channels/move").await.expect(200);
    let typed = [("from", "wxyz"), ("to", "QQRS"), ("channels", "4")];
    let asked = ann.submit(&form, FORM, &typed).await.expect(422);
    assert!(asked.says("Several accounts match. Choose one below."));
    assert_eq!(
        asked
            .attrs_of("#from_id option:not([value=''])", "value")
            .len(),
        2
    );
    assert!(asked.has(&format!("#from_id option[value='{alpha}']")));
    assert!(!asked.has("#to_id"));
    // What is not on the list is not taken.
    let other = [("from_id", gamma)];
    ann.submit(&asked, FORM, &other).await.expect(422);
    let chosen = [("from_id", beta)];
    let sent = ann.submit(&asked, FORM, &chosen).await.expect(303);
    let preview = ann.follow(&sent).await.expect(200);
    let from = preview.attr_of(".facts > div a", "href");
    assert_eq!(from, Some(format!("/accounts/{beta}")));
}
