//! Proxies before the portal: their headers, and headers that could not be read.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::string_enum::string_enum;
use super::time::Timestamp;

string_enum! {
    /// Header in which proxies name their clients.
    pub enum ForwardedHeader {
        /// `X-Forwarded-For`.
        XForwardedFor = "X-Forwarded-For";
        /// `Forwarded` (RFC 7239).
        Forwarded = "Forwarded";
    }
}

impl ForwardedHeader {
    /// Returns the header with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::XForwardedFor, Self::Forwarded]
            .into_iter()
            .find(|header| header.as_str().eq_ignore_ascii_case(name))
    }
}

/// Header value from which a trusted proxy's client could not be determined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableHeader {
    /// Time of the request.
    pub at: Timestamp,
    /// Address of the proxy.
    pub proxy: IpAddr,
    /// Value that it sent, shortened.
    pub said: String,
}
