//! Columns of an import, recognized by their names, and mapped by hand if not.

use serde::{Deserialize, Serialize};

use crate::domain::string_enum::string_enum;
use crate::domain::text::folded;

string_enum! {
    /// Meaning of a column.
    pub enum Column {
        /// Organization name.
        OrganizationName = "organization_name", "Organization name";
        /// Email address.
        Email = "email", "Email";
        /// Channel limit to set after creation.
        ChannelLimit = "channel_limit", "Channel limit";
        /// Rollup billing, yes or no.
        RollupBilling = "rollup_billing", "Rollup billing";
        /// Custom pricing, yes or no.
        CustomPricing = "custom_pricing", "Custom pricing";
        /// Tags, separated by commas, semicolons or line breaks.
        Tags = "tags", "Tags";
        /// Note about the account.
        Note = "note", "Note";
        /// The portal's own name for the account.
        DisplayName = "display_name", "Display name";
        /// Email address of the staff member who is its account manager.
        Assignee = "assignee", "Account manager";
    }
}

impl Column {
    /// Returns the names by which the column is recognized, in letters and digits only.
    /// An earlier name is a better match.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::OrganizationName => &[
                "organizationname",
                "organisationname",
                "organization",
                "organisation",
                "companyname",
                "businessname",
                "customername",
                "company",
                "customer",
                "name",
            ],
            Self::Email => &["email", "emailaddress", "mail"],
            Self::ChannelLimit => &["channellimit", "channels", "concurrentcalls", "limit"],
            Self::RollupBilling => &["rollupbilling", "rollup"],
            Self::CustomPricing => &["custompricing", "pricing"],
            Self::Tags => &["tags", "tag", "labels"],
            Self::Note => &["note", "notes", "comment"],
            Self::DisplayName => &["displayname", "alias"],
            Self::Assignee => &["accountmanager", "assignee", "manager"],
        }
    }

    /// Returns the position in the header whose name matches best, the first of equals.
    fn best_match(self, header: &[String]) -> Option<usize> {
        let ranks = header.iter().enumerate().filter_map(|(at, name)| {
            let name = letters_and_digits(name);
            let rank = self.names().iter().position(|known| *known == name)?;
            Some((rank, at))
        });
        ranks.min().map(|(_, at)| at)
    }
}

/// Returns the letters and digits of a name, in lower case and without accents.
pub(super) fn letters_and_digits(name: &str) -> String {
    folded(name)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Meaning of each column of a table; `None` for one that is not imported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping(Vec<Option<Column>>);

impl Mapping {
    /// Recognizes the columns of a header. Of several names for one meaning, the best one counts.
    #[must_use]
    pub fn recognize(header: &[String]) -> Self {
        let mut columns = vec![None; header.len()];
        for column in Column::ALL {
            if let Some(at) = column.best_match(header) {
                columns[at] = Some(column);
            }
        }
        Self(columns)
    }

    /// Creates a mapping that a person chose.
    ///
    /// # Errors
    /// Fails with the meaning that two columns of the table have.
    pub fn chosen(columns: Vec<Option<Column>>) -> Result<Self, Column> {
        for column in Column::ALL {
            if columns.iter().filter(|of| **of == Some(column)).count() > 1 {
                return Err(column);
            }
        }
        Ok(Self(columns))
    }

    /// Creates a mapping to show again as a person typed it. Two columns may have the same meaning.
    #[must_use]
    pub const fn as_typed(columns: Vec<Option<Column>>) -> Self {
        Self(columns)
    }

    /// Returns the meaning of each column.
    #[must_use]
    pub fn columns(&self) -> &[Option<Column>] {
        &self.0
    }

    /// Returns the position of a column in the table.
    #[must_use]
    pub fn position(&self, column: Column) -> Option<usize> {
        self.0.iter().position(|of| *of == Some(column))
    }
}

/// Example rows of the template. The second one leaves the answers to those for all rows.
const EXAMPLES: &str = "\
Example Bakery Ltd,voice@bakery.example,10,no,no,retail; north,\"Moved from another provider, port-in follows\",Bakery,\r\n\
Example Clinic Inc,it@clinic.example,,,,,,,\r\n";

/// Returns a CSV file to fill in: the header, and two example rows.
#[must_use]
pub fn template() -> String {
    let labels = Column::ALL.map(Column::label).join(",");
    format!("{labels}\r\n{EXAMPLES}")
}
