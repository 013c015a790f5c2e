//! Benchmark of browsing 1,000, 10,000 and 100,000 accounts.
//!
//! Measures the list, the list with a filter and a sort, deep pages, and searches, each in relation
//! to the plain list of the same run. Runs on SQLite. Also runs on PostgreSQL if
//! `TEST_DATABASE_URL` names a server. Takes a bounded time and uses only the loopback interface.
//!
//! `cargo bench --bench browsing`, or `tests/with-postgres.sh cargo bench --bench browsing` for
//! both databases.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on stops, and prints what it measured"
)]

use std::time::Duration;

#[expect(dead_code, reason = "one of the benchmarks needs more of it")]
mod support;

use support::{Figures, Portal};

const SIZES: [u32; 3] = [1_000, 10_000, 100_000];
const SPAN: Duration = Duration::from_secs(3);

/// Returns the name and address of each page that a visitor opens.
fn visits(accounts: u32) -> [(&'static str, String); 14] {
    // Eight of nine accounts are enabled. This page is halfway through them, far from both ends.
    let middle = accounts / 9 * 8 / 50 / 2;
    [
        ("list, all", "/accounts".to_owned()),
        (
            "list, filter and sort",
            "/accounts?status=disabled&sort=-created".to_owned(),
        ),
        (
            "list, three filters",
            "/accounts?status=enabled&limit=5-20&billing=own&sort=-limit".to_owned(),
        ),
        (
            "deep page, the middle",
            format!("/accounts?status=enabled&sort=email&page={middle}"),
        ),
        (
            "deep page, the last",
            "/accounts?status=enabled&sort=email&page=1000000".to_owned(),
        ),
        ("search, common", "/accounts?q=company".to_owned()),
        ("search, common, amid", "/accounts?q=street".to_owned()),
        ("search, one letter", "/accounts?q=o".to_owned()),
        ("search, rare", "/accounts?q=voice777@".to_owned()),
        // Every account contains each letter of this text.
        ("search, nothing", "/accounts?q=moc.elpmaxe".to_owned()),
        ("everything, common", "/search?q=company".to_owned()),
        ("everything, letter", "/search?q=o".to_owned()),
        // Every account is compared letter by letter.
        ("everything, typo", "/search?q=voixe777".to_owned()),
        ("everything, verb", "/search?q=disable+voixe777".to_owned()),
    ]
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mut sqlite = Vec::new();
    for size in SIZES {
        let url = format!(
            "sqlite:{}",
            folder.path().join(format!("{size}.db")).display()
        );
        sqlite.push(measured(&url, size).await);
    }
    table("SQLite", &sqlite);
    let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
        return;
    };
    if server.is_empty() {
        return;
    }
    let mut postgres = Vec::new();
    for size in SIZES {
        let url = support::fresh_database(&server, size).await;
        postgres.push(measured(&url, size).await);
    }
    table("PostgreSQL", &postgres);
}

async fn measured(url: &str, size: u32) -> Vec<Figures> {
    let portal = Portal::start(url, size).await;
    let mut all = Vec::new();
    for (_, path) in visits(size) {
        all.push(portal.visitor.measure(&portal.at(&path), SPAN).await);
    }
    all
}

/// Prints the milliseconds at each size.
/// Also prints how much slower the largest size is than the smallest, and than its own plain list.
fn table(database: &str, sizes: &[Vec<Figures>]) {
    println!(
        "\n{database}: p50 and p99 in ms at {SIZES:?} accounts; times the smallest; times the list at the largest"
    );
    let (first, last) = (&sizes[0], &sizes[sizes.len() - 1]);
    for (visit, (name, _)) in visits(SIZES[0]).iter().enumerate() {
        let ms = |took: Duration| took.as_secs_f64() * 1_000.0;
        let cells: Vec<String> = sizes
            .iter()
            .map(|figures| {
                format!(
                    "{:7.2} {:7.2}",
                    ms(figures[visit].p50),
                    ms(figures[visit].p99)
                )
            })
            .collect();
        println!(
            "{name:22} | {} | x{:.2} x{:.2} | x{:.2} x{:.2}",
            cells.join(" | "),
            ms(last[visit].p50) / ms(first[visit].p50),
            ms(last[visit].p99) / ms(first[visit].p99),
            ms(last[visit].p50) / ms(last[0].p50),
            ms(last[visit].p99) / ms(last[0].p99),
        );
    }
}
