//! Numbers as people type them, in every field that accepts one.

use reseller_portal::domain::role::Role;

use crate::support::Portal;

/// Input that every field for a channel limit refuses.
const REFUSED: [&str; 12] = [
    "2,5", "12,", ",5", "1,20", "1.5", "+5", "１２", "1e3", "0x10", "1 200", "٣", "-0",
];

#[tokio::test]
async fn a_limit_is_never_guessed_in_any_field_that_sends_or_records_one() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    let ann = portal.signed_in(Role::Manager).await;
    let list = ann.get(&format!("/channels?q={id}")).await.expect(200);
    let record = ann.get(&format!("/channels/{id}/record")).await.expect(200);
    let own = ann
        .get(&format!("/accounts/{id}/channel-limit"))
        .await
        .expect(200);
    let new = ann.get("/accounts/new").await.expect(200);
    let row = format!("#row-{id} form.limit-editor");
    for typed in REFUSED {
        let said = format!("“{typed}” is not one");
        let refused = ann
            .submit(&list, &row, &[("channel_limit", typed)])
            .await
            .expect(422);
        assert!(refused.says(&said), "{typed}: {}", refused.words());
        let refused = ann
            .submit(&record, "form.confirm", &[("channel_limit", typed)])
            .await;
        assert!(
            refused.expect(422).text_of(".field-error").contains(&said),
            "{typed}"
        );
        let fields = [
            ("organization_name", "Acme"),
            ("rollup_billing", "no"),
            ("custom_pricing", "no"),
        ];
        let fields: Vec<_> = fields
            .into_iter()
            .chain([("channel_limit", typed)])
            .collect();
        let refused = ann.submit(&new, "#new-account", &fields).await.expect(422);
        assert!(refused.says(&said), "{typed}: {}", refused.words());
        let refused = ann
            .submit(&own, "form.confirm", &[("channel_limit", typed)])
            .await;
        assert!(
            refused.status == 422 && refused.says(&said),
            "{typed}: {}",
            refused.words()
        );
    }
    assert_eq!(portal.sandbox.changes().await, [""; 0]);
    for (typed, limit) in [("\u{feff}1,200\u{200b}", 1_200), (" 0012 ", 12)] {
        let done = ann
            .submit(&record, "form.confirm", &[("channel_limit", typed)])
            .await;
        done.expect(303);
        assert_eq!(
            super::super::channels::limit_of(&portal, &id).await,
            Some(limit)
        );
    }
}

#[tokio::test]
async fn pasted_lines_are_refused_at_their_line_with_what_was_read() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    let ann = portal.signed_in(Role::Manager).await;
    let form = ann.get("/channels/record").await.expect(200);
    for (line, said) in [
        (format!("{id},30,5"), "This line has 3 columns."),
        (format!("{id},30,500"), "This line has 3 columns."),
        (format!("{id};30;x"), "This line has 3 columns."),
        (format!("{id}\t30\t5"), "This line has 3 columns."),
        (format!("{id}; 2,5"), "“2,5” is not one"),
        (format!("{id}\t１２"), "“１２” is not one"),
        (format!("\"{id},30"), "A quote is not closed"),
    ] {
        let lines = format!("\u{feff}\n{line}\n");
        let refused = ann.submit(&form, "main form", &[("lines", &lines)]).await;
        assert!(
            refused.status == 422 && refused.says(said),
            "{line}: {}",
            refused.words()
        );
    }
    for line in [
        format!("\u{feff}{id}\u{200b},\u{feff}1200"),
        format!("\"{id}\",\"1,200\""),
        format!("{id}\t1,200\t"),
        format!("{id};\"1,200\""),
    ] {
        let shown = ann
            .submit(&form, "main form", &[("lines", &line)])
            .await
            .expect(200);
        assert!(shown.says("1,200"), "{line}: {}", shown.words());
    }
}

#[tokio::test]
async fn numbers_in_filters_and_addresses_are_read_the_same_way() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Viewer).await;
    for query in [
        "limit=2,5",
        "limit=1%20200",
        "unseen=%2B5",
        "unseen=1.5",
        "page=%2B2",
        "per=%2B50",
        "limit=1e3",
    ] {
        let page = ann.get(&format!("/accounts?{query}")).await.expect(200);
        let value = query
            .split('=')
            .next_back()
            .unwrap()
            .replace("%20", " ")
            .replace("%2B", "+");
        assert!(page.says(&value), "{query}: {}", page.words());
    }
    for (path, words) in [
        ("/channels?page=%2B1", "There is no page \u{201c}+1\u{201d}"),
        ("/channels?per=%2B50", "not \u{201c}+50\u{201d}"),
        (
            "/org-users?page=%2B1",
            "There is no page \u{201c}+1\u{201d}",
        ),
    ] {
        let page = ann.get(path).await.expect(200);
        assert!(page.says(words), "{path}: {}", page.words());
    }
    let page = ann.get("/accounts?limit=1,000-2,000").await.expect(200);
    assert!(!page.says("Unknown channel limit"), "{}", page.words());
}
