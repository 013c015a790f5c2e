//! The integration tests: one binary, laid out as the source is.

mod sandbox;
mod telnyx;
