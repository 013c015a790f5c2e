//! Which accounts a list shall hold, in the API's words.

use crate::domain::account::AccountStatus;
use crate::domain::string_enum::string_enum;
use crate::telnyx::call::Call;

/// Which accounts a list shall hold, and in which order. The default is all that are not cancelled, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Only those of this status; `Unknown` has no list and filters nothing.
    pub status: Option<AccountStatus>,
    /// Only those with such an e-mail address.
    pub email: Option<Match>,
    /// Only those with such an organization name.
    pub organization_name: Option<Match>,
    /// Telnyx's default is newest first.
    pub sort: Option<Sort>,
    /// Cancelled accounts too.
    pub include_cancelled: bool,
}

/// How a text is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// All of it.
    Eq(String),
    /// A part of it, in whatever case; Telnyx wants at least three characters.
    Contains(String),
}

string_enum! {
    /// The order of a list of accounts.
    pub enum Sort {
        /// By e-mail address.
        Email = "email";
        /// By e-mail address, last first.
        EmailDescending = "-email";
        /// Oldest first.
        Created = "created_at";
        /// Newest first.
        CreatedDescending = "-created_at";
    }
}

impl AccountFilter {
    /// The call with the query that asks for these.
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
