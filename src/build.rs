//! Embeds `static/` into the binary; in debug builds the files are read from disk at each request.
//! A release also knows the commit that it was built from.

use std::process::Command;

fn main() {
    memory_serve::load_directory("./static");
    println!("cargo::rerun-if-env-changed=PORTAL_COMMIT");
    println!("cargo::rustc-env=PORTAL_COMMIT={}", commit());
}

/// Returns the commit in `PORTAL_COMMIT`, or that of Git. A debug build would be built again after
/// each commit, so it has none.
fn commit() -> String {
    if let Ok(given) = std::env::var("PORTAL_COMMIT") {
        return given;
    }
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=.git/HEAD");
        println!("cargo::rerun-if-changed=.git/refs/heads");
        let shown = Command::new("git")
            .args(["rev-parse", "--short=12", "HEAD"])
            .output();
        if let Some(shown) = shown.ok().filter(|shown| shown.status.success()) {
            return String::from_utf8_lossy(&shown.stdout).trim().to_owned();
        }
    }
    "unknown".to_owned()
}
