//! Proxies before the portal: which header of theirs is believed, and one that could not be read.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// A header in which proxies name their clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ForwardedHeader {
    /// As a setting and as people write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::XForwardedFor => "X-Forwarded-For",
            Self::Forwarded => "Forwarded",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::XForwardedFor, Self::Forwarded]
            .into_iter()
            .find(|header| header.as_str().eq_ignore_ascii_case(name))
    }
}

/// What a trusted proxy sent in place of its client's address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableHeader {
    /// When.
    pub at: Timestamp,
    /// Which proxy.
    pub proxy: IpAddr,
    /// What it sent, cut.
    pub said: String,
}
