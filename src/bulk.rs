//! Jobs: many changes under one heading.
//!
//! A preview decides about each account and stores the decisions as the job's plan. Running applies
//! that plan and does not decide again. Each item is an operation like any other, sent through
//! [`operations::submit`](crate::operations::submit()) with a key that is stored before it is sent.
//! So an item that is interrupted anywhere continues, and is never sent twice.

mod attempt;
mod control;
mod creations;
mod events;
pub mod import;
mod items;
mod move_channels;
mod permission;
mod plan;
mod retention;
mod run;
mod store;
mod undo;

pub use control::{ControlError, discard, leave_out, pause, retry, start, start_confirmed, stop};
pub use move_channels::{Move, preview_move};
pub use permission::permission;
pub use plan::{NewJob, PlanError, preview};
pub use retention::delete_expired;
pub use run::run_once;
pub use undo::preview_undo;
