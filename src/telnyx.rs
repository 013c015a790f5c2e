//! Client of the Telnyx API: twelve typed operations, all sent by [`Client`]'s `send`.
//!
//! This module holds everything that depends on HTTP, on Telnyx's field names, or on when a request
//! may be sent again. It does not know the database. `directory` and `operations` decide what an
//! answer means for the portal: facts with their age, and operations with their outcome.

mod accounts;
mod call;
mod change_tracker;
mod channels;
mod client;
mod error;
mod health;
mod org_users;
mod paging;
mod rate;
mod retry;
mod settings;
mod transport;
mod turn;
mod wire;

pub use crate::domain::org_user::{LastSignIn, OrgUserGroup, OrgUserKind, OrgUserStatus};
pub use accounts::{
    Account, AccountDetail, AccountFilter, Credentials, LookupKey, Match, NewAccount, Sort,
};
pub use change_tracker::ChangeTracker;
pub use client::{ApiResponse, Client};
pub use error::{Certainty, Error, ErrorItem, ErrorKind, ErrorSummary};
pub use health::Health;
pub use org_users::{OrgUser, OrgUserFilter};
pub use paging::{FullList, MAX_PAGE_SIZE, MAX_PAGES, Page};
pub use rate::RateLimit;
pub use settings::{BuildError, Settings};
pub use wire::UnreadableItem;
