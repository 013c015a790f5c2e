//! Parts shared by every form that changes something at Telnyx. They are the tokens that it carries, and its answer: a
//! toast and a redirect, a page that waits, or a problem to show with the form. The fields of a single form are not
//! here.
//!
//! A handler reads [`FormTokenFields`] beside its own fields, asks for the change with [`FormTokens::expected`], and
//! hands the result to [`change_outcome`]. On a [`Problem`] it shows its form again with what was typed, new tokens
//! ([`FormTokens::for_account`]), and [`Problem::status`]. A confirmation does that with its `show_problem`; another
//! form has in its template, inside the form:
//! `{% include "_problem.html" %}` (needs `problem: Option<Problem>`) and `{% include "_form_tokens.html" %}` (needs `form_tokens`).

mod form_tokens;
mod outcome;
mod problem;
mod refusal;

pub use form_tokens::{FormTokenFields, FormTokens, parse_yes_no};
pub use outcome::{ChangeOutcome, change_outcome};
pub use problem::Problem;
