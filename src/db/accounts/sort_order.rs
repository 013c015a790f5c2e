//! Sort orders of lists of accounts, as addresses write them.

use crate::domain::string_enum::string_enum;

string_enum! {
    /// Column by which a list of accounts is sorted.
    #[derive(Default)]
    pub enum SortColumn {
        /// By the name that lists show.
        #[default]
        Name = "name";
        /// By email address.
        Email = "email";
        /// By date of creation; unknown ones last.
        Created = "created";
        /// By channel limit; unknown ones last.
        Limit = "limit";
        /// By status, then by name.
        Status = "status";
        /// By available credit; unknown ones last.
        Balance = "balance";
        /// By the name of the account manager, then by name; those without one last.
        Assignee = "assignee";
        /// By the verdict on calls, then by name.
        Calls = "calls";
        /// Standard pricing first, then by name; unknown ones last.
        Pricing = "pricing";
        /// Accounts with their own balance first, then by name; unknown ones last.
        Billing = "billing";
        /// By the first tag, then by name; those without one last.
        Tags = "tags";
        /// By the time of the last change at Telnyx; unknown ones last.
        Changed = "changed";
        /// By ID.
        Id = "id";
    }
}

/// Sort order as addresses write it: `name`, or `-name` for descending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SortOrder {
    /// Column to sort by.
    pub by: SortColumn,
    /// True to sort in descending order.
    pub descending: bool,
}

impl SortOrder {
    /// Parses `name` or `-name`. Returns `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (word, descending) = text
            .strip_prefix('-')
            .map_or((text, false), |word| (word, true));
        let by = SortColumn::ALL
            .into_iter()
            .find(|sort| sort.as_str() == word)?;
        Some(Self { by, descending })
    }

    /// Returns the order as addresses write it.
    #[must_use]
    pub fn as_text(self) -> String {
        format!(
            "{}{}",
            if self.descending { "-" } else { "" },
            self.by.as_str()
        )
    }
}
