//! Changes to Telnyx. Each is a row before it is a request: who, what, on what, with what was there before. Then the
//! call; then one transaction writes outcome, directory and audit event.
//!
//! [`submit()`] is the one way in. One file per kind of change knows how to send it and how an uncertain one is settled;
//! `run` drives an attempt, [`recover`] takes up what was left, [`undo`] and [`by_hand`] are what people can do after.

mod apply;
pub mod by_hand;
mod channel_limit;
mod checks;
mod conclude;
mod create;
mod custom_pricing;
pub mod late;
pub mod recover;
mod remove_org_user;
mod run;
pub mod sent;
pub mod show_key;
mod status;
mod submit;
pub mod undo;
mod words;

pub use checks::{Changed, Conflict, DisabledBy, Expected, disabled_by, enable_needs_reason};
pub use submit::{NotSent, Request, Submission, SubmitError, submit};
pub use words::{after_words, before_words, event as audit_event, sentence};
