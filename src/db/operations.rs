//! Operations
