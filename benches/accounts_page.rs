//! Benchmark of the accounts page with 10,000 accounts, on SQLite.
//!
//! Compares it with a static answer of the same size, and with the portal's largest static file,
//! all from the same server in one run and uncompressed. Prints requests per second, p50 and p99,
//! and their ratios. Takes a bounded time and uses only the loopback interface.
//!
//! `cargo bench --bench accounts_page`

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on stops, and prints what it measured"
)]

use std::time::Duration;

#[expect(dead_code, reason = "one of the benchmarks needs more of it")]
mod support;

use reseller_portal::web::assets;
use support::Portal;

const ACCOUNTS: u32 = 10_000;
const PAGE: &str = "/accounts?per=50&sort=name";
const SPAN: Duration = Duration::from_secs(6);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("bench.db").display());
    let portal = Portal::start(&url, ACCOUNTS).await;
    let page = portal.at(PAGE);
    let body = portal.visitor.fetch(&page).await;
    let rows = String::from_utf8_lossy(&body)
        .matches("id=\"account-")
        .count();
    assert_eq!(rows, 50, "the page shows 50 accounts");
    println!(
        "{} bytes, {rows} of {ACCOUNTS} accounts, {} s each",
        body.len(),
        SPAN.as_secs()
    );
    let file = portal.visitor.measure(&portal.same_size(body), SPAN).await;
    let asset = portal.at(assets::asset("/vendor/htmx/htmx.min.js"));
    let asset_bytes = portal.visitor.fetch(&asset).await.len();
    let asset = portal.visitor.measure(&asset, SPAN).await;
    let list = portal.visitor.measure(&page, SPAN).await;
    file.print("static answer of the same size, without the portal's layers");
    asset.print(&format!(
        "the portal's own static file of {asset_bytes} bytes"
    ));
    list.print("accounts page");
    for (what, other) in [("static answer's", file), ("static file's", asset)] {
        println!(
            "the page reaches {:.3} of the {what} requests a second; its p99 takes {:.1} times as long",
            list.per_second / other.per_second,
            list.p99.as_secs_f64() / other.p99.as_secs_f64()
        );
    }
}
