//! Filter and order of a list of accounts, as query parameters of the API.

use crate::domain::account::AccountStatus;
use crate::domain::string_enum::string_enum;
use crate::telnyx::call::Call;

/// Filter and order of a list of accounts.
/// The default is every account that is not cancelled, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Only accounts with this status. `Unknown` has no list and filters nothing.
    pub status: Option<AccountStatus>,
    /// Only accounts whose email address matches.
    pub email: Option<Match>,
    /// Only accounts whose organization name matches.
    pub organization_name: Option<Match>,
    /// Order; `None` is Telnyx's default, newest first.
    pub sort: Option<Sort>,
    /// True to include cancelled accounts.
    pub include_cancelled: bool,
}

/// Comparison with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// Equals the whole text.
    Eq(String),
    /// Contains the text, ignoring case. Telnyx requires at least three characters.
    Contains(String),
}

string_enum! {
    /// Order of a list of accounts.
    pub enum Sort {
        /// By email address, ascending.
        Email = "email";
        /// By email address, descending.
        EmailDescending = "-email";
        /// Oldest first.
        Created = "created_at";
        /// Newest first.
        CreatedDescending = "-created_at";
    }
}

impl AccountFilter {
    /// Adds the query parameters of this filter to a call.
    pub(in crate::telnyx) fn apply(&self, mut call: Call) -> Call {
        if let Some(status) = self
            .status
            .filter(|status| *status != AccountStatus::Unknown)
        {
            call = call.query("filter[status][eq]", status.as_str());
        }
        call = match &self.email {
            Some(Match::Eq(text)) => call.query("filter[email][eq]", text),
            Some(Match::Contains(text)) => call.query("filter[email][contains]", text),
            None => call,
        };
        call = match &self.organization_name {
            Some(Match::Eq(text)) => call.query("filter[organization_name][eq]", text),
            Some(Match::Contains(text)) => call.query("filter[organization_name][contains]", text),
            None => call,
        };
        if let Some(sort) = self.sort {
            call = call.query("sort", sort.as_str());
        }
        if self.include_cancelled {
            call = call.query("include_cancelled_accounts", "true");
        }
        call
    }
}
