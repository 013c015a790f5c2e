//! Web portal in which a reseller's staff manage their Telnyx sub-accounts.
//!
//! A request goes from the browser to [`web`], then to [`operations`] (changes) or [`db`] (reads),
//! and comes back as a page. Only [`telnyx`] talks to Telnyx, only [`db`] to the database, and only
//! [`mail`] to a mail server.
//!
//! [`jobs`] runs the background jobs: the sweeps of the [`directory`], the recovery of operations,
//! the expiry of sessions, the verification of the audit's chain ([`audit_verification`]), and the
//! [`daily_figures`].
//! [`annotations`] changes what the portal itself stores about accounts. [`sso`] asks the provider
//! of single sign-on for a person's identity, on behalf of [`staff`]. [`welcome_email`] writes to
//! customers. [`notifications`] tells people, and through [`webhook`] their team, what happened.

pub mod access_review;
pub mod annotations;
pub mod app;
pub mod audit_verification;
pub mod backup;
pub mod bulk;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
pub mod daily_figures;
pub mod db;
pub mod directory;
pub mod domain;
pub mod import;
pub mod jobs;
pub mod mail;
pub mod metrics;
pub mod monitoring;
pub mod notifications;
pub mod operations;
pub mod sandbox;
pub mod secret_key;
pub mod sso;
pub mod staff;
pub mod telnyx;
pub mod traces;
pub mod web;
pub mod webhook;
pub mod welcome_email;
