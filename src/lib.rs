//! A web portal in which a reseller's staff run their Telnyx sub-accounts: this page is the map.
//!
//! A request goes browser → [`web`] → [`operations`] (changes) or [`db`] (reads) → page; only [`telnyx`] talks to
//! Telnyx, only [`db`] to the database, only [`mail`] to a mail server. [`jobs`] runs what the clock asks for: the
//! [`directory`]'s sweeps, the recovery of operations, the expiry of sessions, the verification of the audit's
//! chain ([`audit_verification`]). What the portal itself says about accounts is changed through [`annotations`]. Who somebody is, [`sso`]
//! asks the provider of single sign-on, for [`staff`].

pub mod annotations;
pub mod app;
pub mod audit_verification;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
pub mod db;
pub mod directory;
pub mod domain;
pub mod jobs;
pub mod mail;
pub mod operations;
pub mod sandbox;
pub mod secret_key;
pub mod sso;
pub mod staff;
pub mod telnyx;
pub mod web;
