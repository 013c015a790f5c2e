//! Changes to Telnyx. Each is a row before it is a request: who, what, on what, with what was there before. Then the
//! call; then one transaction writes outcome, directory and audit event.
//!
//! [`submit()`] is the one way in. One file per kind of change knows how to send it and how an uncertain one is settled;
//! `run` drives an attempt, [`recover`] takes up what was left, [`undo`] and [`manual_settlement`] are what people can do after.

mod apply;
mod channel_limit;
mod checks;
mod conclude;
mod create;
mod custom_pricing;
pub mod manual_settlement;
mod messages;
pub mod recover;
mod remove_org_user;
mod request;
mod run;
pub mod send_progress;
pub mod show_key;
mod status;
mod submit;
pub mod unanswered_requests;
pub mod undo;

pub use checks::{DisabledBy, disabled_by, enable_needs_reason};
pub use messages::{after_text, before_text, event as audit_event, outcome_text};
pub use request::{
    ChangedValue, Conflict, ExpectedValues, NotSentReason, Request, Submission, SubmitError,
};
pub use submit::submit;
