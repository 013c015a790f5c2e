//! Search for secrets in the log, in every table and on every page.
//! Before that, people do everything that involves a secret.

use axum::http::Method;
use reseller_portal::staff::links;
use reseller_portal::web::EXCLUDED_LOG_TARGETS;
use secrecy::ExposeSecret;

use crate::support::{Dump, Log, Passkey, Portal, Response, routes};
use crate::web::factors;
use crate::web::sign_in::sign_in;

const SECRET: &str = "a secret key of thirty-two bytes and more";
const FIRST: &str = "lamp teapot orbit gravel";
const SECOND: &str = "velvet anchor tundra mosaic";
const GUESS: &str = "marble lantern wrong guess";

/// Secret: its description and its text.
struct Sought(&'static str, String);

impl Sought {
    /// Returns `true` if a text contains the secret, also as hexadecimal bytes.
    fn is_in(&self, text: &str) -> bool {
        let hex: String = self
            .1
            .bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .concat();
        let text = text.to_lowercase();
        text.contains(&self.1.to_lowercase()) || text.contains(&hex)
    }
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "one story, in the order in which it happens"
)]
async fn no_secret_is_in_any_log_in_any_table_or_on_any_page_that_does_not_show_it_once() {
    let (log, logging) = Log::keep(&format!("trace,{}", EXCLUDED_LOG_TARGETS.join(",")));
    let portal = Portal::build()
        .accounts(5)
        .settings(|settings| {
            settings.public_url = "http://localhost:8080".parse().unwrap();
            settings.secret_key = SECRET.into();
        })
        .start()
        .await;
    portal.sweep().await;
    let mut pages: Vec<Response> = Vec::new();
    let mut sought = vec![
        Sought(
            "the key to Telnyx",
            portal.settings.telnyx_key.expose_secret().to_owned(),
        ),
        Sought("the portal's secret key", SECRET.to_owned()),
        Sought("a password", FIRST.to_owned()),
        Sought("the next password", SECOND.to_owned()),
        Sought("a wrong password", GUESS.to_owned()),
    ];

    // The first owner, through the link from the start.
    let link = links::create_set_up_link(&portal)
        .await
        .unwrap()
        .unwrap()
        .url;
    let token = link.query_pairs().next().unwrap().1.into_owned();
    let owner = portal.browser();
    let page = owner
        .get(&format!("/setup?token={token}"))
        .await
        .expect(200);
    sought.push(Sought("the token of the first link", token));
    let typed = [
        ("email", "ann@example.com"),
        ("name", "Ann"),
        ("password", FIRST),
        ("password_again", FIRST),
    ];
    pages.push(owner.submit(&page, "form.form", &typed).await.expect(303));
    pages.push(sign_in(&owner, "ann@example.com", GUESS).await.expect(422));
    pages.push(sign_in(&owner, "ann@example.com", FIRST).await.expect(303));
    sought.push(Sought("a session's id", owner.cookie("portal").unwrap()));

    // An authenticator app and a passkey. The recovery codes and the seed are shown once.
    let page = owner.get("/profile/factors/app").await.expect(200);
    let seed = page.text_of("#secret").replace(' ', "");
    sought.push(Sought("the seed of an app", seed));
    let (app, shown) = factors::set_up_app(&portal, &owner).await;
    let codes = factors::codes(&shown.expect(200));
    sought.extend(
        codes
            .iter()
            .map(|code| Sought("a recovery code", code.clone())),
    );
    let mut passkey = Passkey::new();
    factors::add_passkey(&owner, &mut passkey, "Blue key").await;
    pages.push(owner.post("/logout", &[]).await.expect(303));
    pages.push(sign_in(&owner, "ann@example.com", FIRST).await.expect(303));
    sought.push(Sought(
        "a half-way sign-in",
        owner.cookie("portal-step").unwrap(),
    ));
    pages.push(
        owner
            .post("/login/second-factor", &[("code", "000000")])
            .await
            .expect(422),
    );
    let code = app.code(&portal.clock);
    pages.push(
        owner
            .post("/login/second-factor", &[("code", &code)])
            .await
            .expect(303),
    );
    let fields = [
        ("present_password", FIRST),
        ("password", SECOND),
        ("password_again", SECOND),
    ];
    pages.push(owner.post("/profile/password", &fields).await.expect(303));
    pages.push(
        owner
            .post("/step-up", &[("password", SECOND)])
            .await
            .expect(303),
    );
    sought.push(Sought(
        "the next session's id",
        owner.cookie("portal").unwrap(),
    ));

    // An invitation and a link for a new password. Each is shown once, on one page.
    let new = [
        ("name", "Bob"),
        ("email", "bob@example.com"),
        ("role", "manager"),
    ];
    let shown = owner.post("/staff", &new).await.expect(200);
    let invitation = shown.text_of("#link");
    sought.push(Sought(
        "an invitation",
        invitation.rsplit('/').next().unwrap().to_owned(),
    ));
    let bob = portal.browser();
    let page = bob.get(&invitation).await.expect(200);
    let typed = [
        ("name", "Bob"),
        ("password", FIRST),
        ("password_again", FIRST),
    ];
    pages.push(bob.submit(&page, "form.form", &typed).await.expect(303));
    pages.push(sign_in(&bob, "bob@example.com", FIRST).await.expect(303));
    sought.push(Sought("a manager's session", bob.cookie("portal").unwrap()));

    // An account's key, shown once for a reason.
    let account = portal.sandbox.id_of("enabled").await;
    let path = format!("/accounts/{account}/show-key");
    let page = owner.get(&path).await.expect(200);
    let shown = owner
        .submit(&page, "form.confirm", &[("reason", "Asked on the phone")])
        .await
        .expect(200);
    let key = shown.text_of("#the-key");
    assert!(key.len() > 10, "{key}");
    sought.push(Sought("an account's key", key));

    // Failures at Telnyx and in the portal.
    portal
        .sandbox
        .faults(serde_json::json!([{"path": "/v2/*", "then": {"status": 401}}]))
        .await;
    pages.push(owner.get(&format!("/accounts/{account}")).await);
    portal.sandbox.clear_faults().await;
    pages.push(owner.get("/nothing").await.expect(404));
    pages.push(bob.get("/settings").await.expect(403));

    // Every page, as the owner now sees it.
    for route in routes().iter().filter(|route| route.method == Method::GET) {
        let address = route.path.replace("{id}", &account).replace(['{', '}'], "");
        if route.path != "/profile/factors/app" {
            pages.push(owner.get(&address).await);
        }
    }
    drop(logging);

    let logged = log.text();
    assert!(
        logged.contains("answered") && logged.contains("/invite/{token}"),
        "the log is read"
    );
    let tables = portal.everything().await;
    assert!(
        tables["audit_events"].len() > 10 && tables["sessions"].len() > 1,
        "the tables are read"
    );
    nowhere(&sought, &logged, &tables, &pages);
    assert!(pages.len() > 70, "{}", pages.len());
}

/// Fails if one of these secrets is in the log, a table or a page.
#[track_caller]
fn nowhere(sought: &[Sought], logged: &str, tables: &Dump, pages: &[Response]) {
    for secret in sought {
        let found = logged.lines().find(|line| secret.is_in(line));
        assert_eq!(found, None, "{} is logged", secret.0);
        for (table, rows) in tables {
            let row = rows.iter().find(|row| secret.is_in(row));
            assert_eq!(row, None, "{} is kept in {table}", secret.0);
        }
        for page in pages {
            assert!(
                !secret.is_in(&page.text),
                "{} is on {}",
                secret.0,
                page.asked
            );
            assert!(
                !secret.is_in(&page.leads_to().unwrap_or_default()),
                "{} is in where {} leads",
                secret.0,
                page.asked
            );
        }
    }
}
