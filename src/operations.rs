//! Changes to Telnyx. Each is a row before it is a request: who, what, on what, with what was there before. Then the
//! call; then one transaction writes outcome, directory and audit event.
//!
//! [`submit()`] is the one way in. One file per kind of change knows how to send it and how an uncertain one is settled;
//! `run` drives an attempt, [`settlement`] takes up what was left, [`undo`] and [`manual_settlement`] are what people can do after.

mod absolute_value;
mod account_status;
mod apply;
mod attempt;
mod channel_limit;
mod checks;
mod conclude;
mod create;
mod custom_pricing;
mod disable;
mod enable;
mod kind;
pub mod late_effects;
pub mod manual_settlement;
mod messages;
mod registry;
mod remove_org_user;
mod request;
mod run;
pub mod send_progress;
pub mod settlement;
pub mod show_key;
mod submit;
pub mod undo;

pub use enable::{DisabledBy, disabled_by, needs_reason as enable_needs_reason};
pub use kind::{ACCOUNTS_GROUP, KindInfo, Verb};
pub use messages::{after_text, before_text, event as audit_event, outcome_text};
pub use registry::info as kind_info;
pub(crate) use registry::of as kind_of;
pub use request::{
    ChangedValue, Conflict, ExpectedValues, NotSentReason, Request, Submission, SubmitError,
};
pub use submit::{check_reason, submit};
