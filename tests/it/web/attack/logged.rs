//! Log of attempts: who lacked which permission and where, but nothing that a stranger wrote.

use axum::http::Method;
use reseller_portal::domain::role::Role;

use crate::support::{Log, Portal};

#[tokio::test]
async fn a_refusal_is_logged_with_who_what_and_where_and_cannot_be_written_by_strangers() {
    let portal = Portal::start().await;
    let viewer = portal.staff(Role::Viewer).await;
    let browser = portal.signed_in_as(&viewer).await;
    let (log, logging) = Log::keep("info");
    browser.get("/staff/new").await.expect(403);
    browser
        .post_from("https://evil.example", "/profile", &[])
        .await
        .expect(403);
    let foreign = browser
        .request(Method::GET, "/accounts")
        .header("host", "evil.example");
    foreign.send().await.expect(421);
    let odd = browser.request(Method::GET, "/nothing/%0d%0aINFO%20all%20is%20well");
    odd.header("user-agent", "INFO all is well")
        .send()
        .await
        .expect(404);
    drop(logging);

    let lines = log.lines();
    let one = |words: &[&str]| {
        let found: Vec<_> = lines
            .iter()
            .filter(|line| words.iter().all(|word| line.contains(word)))
            .collect();
        assert_eq!(found.len(), 1, "{words:?} in {lines:#?}");
        found[0].clone()
    };
    let who = viewer.staff_id.to_string();
    let refused = one(&[
        "WARN",
        "refused",
        &who,
        "role=\"viewer\"",
        "lacks=ManageStaff",
    ]);
    assert!(
        refused.contains("method=GET")
            && refused.contains("route=\"/staff/new\"")
            && refused.contains(" id=")
    );
    one(&[
        "WARN",
        "refused: sent from another site",
        "route=\"/profile\"",
        "method=POST",
    ]);
    one(&["WARN", "refused: meant for another host"]);
    assert!(
        !log.text().contains("all is well") && !log.text().contains("evil"),
        "{lines:#?}"
    );
    // Each line begins with its time in UTC.
    assert!(
        lines.len() > 6
            && lines.iter().all(
                |line| line.starts_with("20") && line.split(' ').next().unwrap().ends_with('Z')
            )
    );
}
