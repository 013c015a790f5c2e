//! The client of the Telnyx API.
/// Stub.
#[derive(Clone, Debug)]
pub struct Client;
