//! Moves that succeed: everything is there afterwards, and the portal goes on.

use super::*;

/// Texts that the formats of both databases could confuse.
const TEXT: &str = "\t\\N 'quoted' \"twice\"\r\n\\. ü \u{1f600}";

/// Opens pages of the portal on this database with the cookies of an earlier sign-in. Returns what
/// they say, and the cookies.
async fn pages(url: &str, clock: Clock, cookies: &[(String, String)]) -> Vec<String> {
    let (app, browser) = portal(url, clock).await;
    for (name, value) in cookies {
        browser.set_cookie(name, value);
    }
    let mut said = Vec::new();
    for path in [
        "/accounts",
        "/accounts?sort=-limit&per=100",
        "/channels",
        "/activity?per=100",
        "/jobs",
        "/staff",
        "/org-users",
        "/tags",
        "/notifications",
        "/settings",
    ] {
        let page = browser.get(path).await.expect(200);
        said.push(format!("{path}: {}", page.words()));
    }
    app.db.close().await;
    said
}

async fn portal(url: &str, clock: Clock) -> (App, Browser) {
    let settings = Source::settings(url);
    let public_url = settings.public_url.clone();
    let db = Db::open(url).await.unwrap();
    let app = App::from_settings(db, clock, settings).unwrap();
    (app.clone(), Browser::new(web::router(app), public_url))
}

/// Signs in on the source as a person would. Returns the cookies.
async fn sign_in(source: &Source, clock: Clock) -> Vec<(String, String)> {
    let (app, browser) = portal(&source.url(), clock).await;
    let form = browser.get("/login").await.expect(200);
    let typed = [
        ("email", "owner@example.com"),
        ("password", "demo only: not a secret"),
    ];
    browser
        .submit(&form, "form[action='/login']", &typed)
        .await
        .expect(303);
    app.db.close().await;
    browser.cookies().into_iter().collect()
}

#[tokio::test]
async fn a_portal_goes_on_where_it_was_with_the_same_pages_and_sign_ins() {
    let Some(target) = Database::create_empty().await else {
        return;
    };
    let source = Source::demo().await;
    let clock = || Clock::fixed(Clock::system().now());
    let now = clock();
    let cookies = sign_in(&source, now.clone()).await;
    let before = pages(&source.url(), now.clone(), &cookies).await;
    let moved = output(source.run(&["migrate-to", target.url()])).await;
    let printed = text(&moved.stdout);
    assert!(moved.status.success(), "{}", text(&moved.stderr));
    for (word, beginning) in [("same", "accounts "), ("not moved: ", "leases ")] {
        let line = printed.lines().find(|line| line.starts_with(beginning));
        assert!(line.unwrap().contains(word), "{printed}");
    }
    assert!(
        printed.contains("Now set DATABASE_URL") && printed.contains("--undo"),
        "{printed}"
    );
    let after = pages(target.url(), now, &cookies).await;
    for (before, after) in before.iter().zip(&after) {
        pretty_assertions_eq(before, after);
    }

    let serving = source.serve(target.url()).start();
    let log = serving.until_logged("the portal listens");
    assert!(
        log.contains("PostgreSQL") && log.contains("accounts=40"),
        "{log}"
    );
    let address = super::super::after(&log, "listen=");
    assert_eq!(get(&format!("http://{address}/readyz")).await.0, 200);
    assert_eq!(serving.end("-TERM").0, Some(0));
    let verified = source
        .run(&["audit", "verify"])
        .set("DATABASE_URL", target.url());
    let verified = output(verified).await;
    assert!(verified.status.success(), "{}", text(&verified.stdout));
}

/// Compares two texts, and names only the part that differs.
#[track_caller]
fn pretty_assertions_eq(one: &str, other: &str) {
    let same = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    let near = |text: &str| {
        let from = same.saturating_sub(80);
        String::from_utf8_lossy(&text.as_bytes()[from..text.len().min(same + 80)]).into_owned()
    };
    assert!(one == other, "{}\nbut then\n{}", near(one), near(other));
}

#[tokio::test]
async fn the_old_database_is_refused_until_the_move_is_undone() {
    let Some(target) = Database::create_empty().await else {
        return;
    };
    let source = Source::empty().await;
    let moved = output(source.run(&["migrate-to", target.url()])).await;
    assert!(moved.status.success(), "{}", text(&moved.stderr));
    let serve = || source.serve(&source.url());
    for refused in [
        refusal(serve()).await,
        refusal(source.run(&["staff", "list"])).await,
        refusal(source.run(&["migrate-to", target.url()])).await,
    ] {
        assert!(
            refused.contains("was moved to postgres://") && refused.contains("migrate-to --undo"),
            "{refused}"
        );
    }
    for said in ["serve uses sqlite:", "was not moved"] {
        let undone = output(source.run(&["migrate-to", "--undo"])).await;
        let printed = text(&undone.stdout);
        assert!(
            undone.status.success() && printed.contains(said),
            "{printed}"
        );
    }
    let serving = serve().start();
    serving.until_logged("the portal listens");
    assert_eq!(serving.end("-TERM").0, Some(0));
}

/// Value of a type in a row. It depends on nothing else, so that foreign keys fit.
fn value(of_type: &str, row: i64) -> String {
    match of_type {
        "UUID" => format!("x'{:032x}'", 0x00ab_cdef_0000_0000_u64 + row.unsigned_abs()),
        "BYTEA" => format!("x'00ff5c{row:08x}'"),
        "BOOLEAN" => (row % 2).to_string(),
        "BIGINT" | "INTEGER" => row.to_string(),
        "TEXT" => format!("'{row}{}'", TEXT.replace('\'', "''")),
        other => panic!("no value for the type {other}"),
    }
}

/// Inserts three rows into every table. The second has NULL wherever it may.
async fn fill(source: &Source) {
    let mut connection = source.connect().await;
    sqlx::raw_sql("PRAGMA foreign_keys = OFF")
        .execute(&mut connection)
        .await
        .unwrap();
    let columns: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT t.name, c.name, c.type, c.\"notnull\" OR c.pk > 0 FROM sqlite_master t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> '_sqlx_migrations' ORDER BY t.name, c.cid",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    for table in columns.chunk_by(|one, other| one.0 == other.0) {
        for row in 1..=3 {
            let values = table.iter().map(|(_, _, of_type, needed)| {
                if row == 2 && !needed {
                    "NULL".to_owned()
                } else {
                    value(of_type, row)
                }
            });
            let values: Vec<String> = values.collect();
            let names: Vec<&str> = table.iter().map(|(_, name, ..)| name.as_str()).collect();
            let insert = format!(
                "INSERT OR REPLACE INTO {} ({}) VALUES ({})",
                table[0].0,
                names.join(", "),
                values.join(", ")
            );
            sqlx::raw_sql(AssertSqlSafe(insert))
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }
    let key = App::audit_key(&Settings {
        secret_key: SECRET.into(),
        ..Source::settings(&source.url())
    });
    sqlx::query(
        "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_events WHERE seq = 3), key_fingerprint = $1",
    )
    .bind(key.fingerprint())
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn every_table_and_every_kind_of_value_is_moved() {
    let Some(target) = Database::create_empty().await else {
        return;
    };
    let source = Source::empty().await;
    fill(&source).await;
    source
        .execute("UPDATE notes SET body = 'a' || char(0) || 'b' WHERE version = 3")
        .await;
    let moved = output(source.run(&["migrate-to", target.url()])).await;
    assert!(moved.status.success(), "{}", text(&moved.stderr));
    let printed = text(&moved.stdout);

    let mut connection = PgConnection::connect(target.url()).await.unwrap();
    let all: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let found = filled(&target).await;
    for table in &all {
        let line = printed
            .lines()
            .find(|line| line.split_whitespace().next() == Some(table));
        let line = line.unwrap_or_else(|| panic!("{table} is not in {printed}"));
        let rows = found.iter().find(|(name, _)| name == table);
        let is_moved = !line.contains("not moved: ");
        let of_migrations = table == "_sqlx_migrations" || table == "directory";
        assert!(
            of_migrations || rows.map(|(_, rows)| *rows) == is_moved.then_some(3),
            "{line}: {rows:?}"
        );
    }
    let sequences: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM pg_sequences")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        sequences, 0,
        "a sequence must go on after the largest value"
    );

    let account: (String, Option<bool>, i64, bool) = sqlx::query_as(
        "SELECT id, rollup_billing, profile_at, revision BETWEEN 1 AND (SELECT revision FROM directory_horizon LIMIT 1)
         FROM accounts ORDER BY profile_at DESC LIMIT 1",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(account, (format!("3{TEXT}"), Some(true), 3, true));
    let bodies: Vec<(String, Option<i64>)> =
        sqlx::query_as("SELECT body, edited_at FROM notes ORDER BY version")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let first = (format!("1{TEXT}"), Some(1));
    let second = (format!("2{TEXT}"), None);
    assert_eq!(bodies, [first, second, ("a\u{fffd}b".to_owned(), Some(3))]);
    let link: (uuid::Uuid, Vec<u8>) =
        sqlx::query_as("SELECT id, token_hash FROM links ORDER BY created_at LIMIT 1")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    let id = uuid::Uuid::from_u128(0x00ab_cdef_0000_0001);
    assert_eq!(link, (id, b"\0\xff\x5c\0\0\0\x01".to_vec()));
}
