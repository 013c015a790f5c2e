//! Integration tests, in one binary with the same layout as the source.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails; the lints exempt test functions but not what they share"
)]

mod architecture;
mod backup;
mod bulk;
mod cli;
mod connections;
mod daily_figures;
mod db;
mod directory;
mod import;
mod monitoring;
mod notifications;
mod operations;
mod passwords;
mod properties;
mod replicas;
mod sandbox;
mod secret_key;
mod secrets_written;
mod snapshots;
mod sso;
mod support;
mod telnyx;
mod traces;
mod web;
mod welcome_email;
