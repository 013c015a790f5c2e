//! Changes to Telnyx. Each change is recorded as an operation before its request is sent.
//!
//! The record holds who changes what, on which target, and the values before. Then the request is
//! sent. Then one transaction writes outcome, directory and audit event.
//!
//! All changes enter through [`submit()`]. Each kind of change has a file, which sends the change
//! and
//! settles uncertain outcomes. `run` performs one attempt, and [`settlement`] continues what was
//! left unfinished. [`undo`] and [`manual_settlement`] hold what people can do afterwards.

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
mod new_account;
mod plan;
mod registry;
mod remove_org_user;
mod request;
mod run;
pub mod send_progress;
pub mod settlement;
pub mod show_key;
mod submit;
pub mod undo;

pub use checks::snapshot as known_values;
pub use enable::{DisabledBy, disabled_by, needs_reason as enable_needs_reason};
pub use kind::{ACCOUNTS_GROUP, KindInfo, Verb};
pub use messages::{after_text, before_text, event as audit_event, outcome_text};
pub use plan::{
    ChangePlan, Obstacle, expected_values, has_known_prior_value, inverse_change, plan_change,
    planned_values,
};
pub use registry::info as kind_info;
pub(crate) use registry::of as kind_of;
pub use request::{
    ChangedValue, Conflict, ExpectedValues, NotSentReason, Request, Submission, SubmitError,
};
pub use submit::{check_reason, check_reason_of, submit};
