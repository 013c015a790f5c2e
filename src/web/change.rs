//! What every form shares that changes something at Telnyx: the marks that it carries, and what its answer becomes: a
//! toast and a redirect, a page that waits, or a problem to show with the form. One form's own fields are not here.
//!
//! A handler reads [`MarksFields`] beside its own fields, asks for the change with [`Marks::expected`], and hands the
//! result to [`turn`]. On a [`Problem`] it shows its form again with what was typed, marks made anew
//! ([`Marks::of_account`]), and [`Problem::status`]. In its template, inside the form:
//! `{% include "_problem.html" %}` (needs `problem: Option<Problem>`) and `{% include "_marks.html" %}` (needs `marks`).

mod marks;
mod problem;
mod turned;

pub use marks::{Marks, MarksFields, yes_or_no};
pub use problem::{Notice, Problem};
pub use turned::{Turned, turn};
