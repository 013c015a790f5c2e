//! The password: sent to Telnyx once, and nowhere else.

use super::*;
use reseller_portal::db::audit;
use reseller_portal::db::operations;
use secrecy::ExposeSecret;

const PASSWORD: &str = "Tr0ub4dor & \u{fc}ber-secret";

#[tokio::test]
async fn a_password_goes_to_telnyx_once_and_is_nowhere_else() {
    let (portal, ann) = stage().await;
    let mut pages = Vec::new();
    // Refused at a field, refused by Telnyx, uncertain, and done.
    pages.push(
        ann.post(
            "/accounts",
            &but(&[("email", "no"), ("password", PASSWORD)]),
        )
        .await,
    );
    fault(&portal, 1, json!({ "status": 422 })).await;
    pages.push(ann.post("/accounts", &but(&[("password", PASSWORD)])).await);
    fault(&portal, 1, json!({ "status": 503, "act": true })).await;
    let answer = ann.post("/accounts", &but(&[("password", PASSWORD)])).await;
    pages.push(ann.follow(&answer).await);
    recover_over(&portal, Duration::from_mins(1)).await;
    pages.push(ann.follow(&answer).await.expect(200));
    pages.push(
        ann.post("/accounts/new", &but(&[("password", PASSWORD)]))
            .await
            .expect(200),
    );
    pages.push(
        ann.post("/accounts/new/review", &but(&[("password", PASSWORD)]))
            .await
            .expect(422),
    );
    pages.push(
        ann.post(
            "/accounts/new/review",
            &but(&[("email", "another@acme.example"), ("password", PASSWORD)]),
        )
        .await
        .expect(200),
    );
    let made = acmes(&portal).await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0]["password_set"], true);

    let telling = ["Tr0ub4dor", "ber-secret"];
    for page in &pages {
        for part in telling {
            assert!(
                !page.text.contains(part),
                "{}: {}",
                page.asked,
                page.words()
            );
        }
    }
    let filter = audit::EventFilter::default();
    let told = format!(
        "{:?}",
        audit::latest(&portal.db, &filter, 500).await.unwrap()
    );
    let op = answer
        .leads_to()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let kept = operations::by_id(&portal.db, op).await.unwrap().unwrap();
    let kept = format!("{kept:?}");
    assert!(told.contains(NAME) && kept.contains("with_password: true"));
    for part in telling {
        assert!(!told.contains(part) && !kept.contains(part));
    }
    if let Some(path) = portal
        .settings
        .database_url
        .expose_secret()
        .strip_prefix("sqlite:")
    {
        let mut found = 0;
        for end in ["", "-wal"] {
            let Ok(bytes) = std::fs::read(format!("{path}{end}")) else {
                continue;
            };
            let has = |text: &str| {
                bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            };
            found += usize::from(has(EMAIL));
            for part in telling {
                assert!(!has(part), "{part} in {path}{end}");
            }
        }
        assert!(found > 0, "the file was read in the wrong place");
    }
}
