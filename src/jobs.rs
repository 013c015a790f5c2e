//! The background loops.

use crate::app::App;

/// Starts them; they end with the app.
pub fn spawn(_app: &App) {}
