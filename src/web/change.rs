//! Code shared by all forms that change something at Telnyx: their hidden fields and their answer.
//! The answer is a toast and a redirect, a page that waits, or a problem shown with the form. The
//! other fields of a form are defined by the form itself.
//!
//! A handler reads [`FormTokenFields`] beside its own fields, requests the change with
//! [`FormTokens::expected`], and passes the result to [`change_outcome`]. On a [`Problem`], it
//! shows its form again with the submitted values, new tokens ([`FormTokens::for_account`]) and
//! [`Problem::status`].
//!
//! A confirmation shows a problem with its `show_problem`. Any other form includes two templates:
//! `{% include "_problem.html" %}` (needs `problem: Option<Problem>`) and `{% include
//! "_form_tokens.html" %}` (needs `form_tokens`).

mod form_tokens;
mod outcome;
mod problem;
mod reason;
mod refusal;

pub use crate::domain::yes_no::parse_yes_no;
pub use form_tokens::{FormTokenFields, FormTokens, job_id_field, parse_job_id};
pub use outcome::{ChangeOutcome, change_outcome};
pub use problem::Problem;
pub use reason::parse_reason;
