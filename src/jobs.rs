//! The background loops.
