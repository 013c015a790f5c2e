//! Welcome emails to customers: their template, their content for an account, and their sending.
//!
//! An email is a row of a queue before it is sent. It is sent at most once, by any replica. If the
//! portal cannot find out whether the mail server accepted it, a person decides about a second one.

mod content;
mod delivery;
mod template;

pub use content::{Sender, render, sample};
pub use delivery::{RequestOutcome, request, send_due};
