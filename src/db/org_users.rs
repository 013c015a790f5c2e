//! The organization users as last read.
