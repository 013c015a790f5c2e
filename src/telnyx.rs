//! The client of the Telnyx API.
