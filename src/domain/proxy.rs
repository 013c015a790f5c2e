//! Proxies before the portal: which header of theirs is believed, and one that could not be read.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::string_enum::string_enum;
use super::time::Timestamp;

string_enum! {
    /// A header in which proxies name their clients.
    pub enum ForwardedHeader {
        /// `X-Forwarded-For`.
        XForwardedFor = "X-Forwarded-For";
        /// `Forwarded` (RFC 7239).
        Forwarded = "Forwarded";
    }
}

impl ForwardedHeader {
    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::XForwardedFor, Self::Forwarded]
            .into_iter()
            .find(|header| header.as_str().eq_ignore_ascii_case(name))
    }
}

/// Header value that a trusted proxy sent in place of its client's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableHeader {
    /// When.
    pub at: Timestamp,
    /// Which proxy.
    pub proxy: IpAddr,
    /// Value that it sent, shortened.
    pub said: String,
}
