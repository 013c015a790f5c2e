//! The client of the Telnyx API: its twelve operations, typed, with one way through ([`Client`]'s `send`).
//!
//! Here belongs whatever knows HTTP, Telnyx's field names, or when a request may be sent again. What the portal makes of
//! an answer (facts with their age, operations and their outcome) belongs to `directory` and `operations`; nothing here
//! knows the database.

mod accounts;
mod call;
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
mod wire;

pub use crate::domain::org_user::{LastSignIn, OrgUserGroup, OrgUserKind, OrgUserStatus};
pub use accounts::{
    Account, AccountDetail, AccountFilter, Credentials, LookupKey, Match, NewAccount, Sort,
};
pub use client::{ApiResponse, Client};
pub use error::{Certainty, Error, ErrorItem, ErrorKind, ErrorSummary};
pub use health::Health;
pub use org_users::{OrgUser, OrgUserFilter};
pub use paging::{FullList, MAX_PAGE_SIZE, MAX_PAGES, Page};
pub use rate::RateLimit;
pub use settings::{BuildError, Settings};
pub use wire::UnreadableItem;
