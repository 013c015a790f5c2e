//! A web portal in which a reseller's staff run their Telnyx sub-accounts: this page is the map.

pub mod clock;
pub mod domain;
pub mod sandbox;
pub mod telnyx;
