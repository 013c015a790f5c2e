//! Facts about the object of a change, its breadcrumbs, and its name above the buttons.

use crate::db::accounts::Account;
use crate::web::format::FormattedTime;

/// Fact with a label.
pub(in crate::web) struct Fact {
    pub label: &'static str,
    pub value: FactValue,
    /// True if it takes a line of its own.
    pub wide: bool,
}

/// Value of a fact. The variant decides how it is drawn.
pub(in crate::web) enum FactValue {
    /// Word or sentence.
    Text(String),
    /// Word for a missing value.
    Missing(&'static str),
    /// ID, shortened and in full.
    Id(String, String),
    Time(FormattedTime),
    Names(Vec<String>),
}

impl Fact {
    /// Returns a fact that shares its line.
    pub fn new(label: &'static str, value: FactValue) -> Self {
        Self {
            label,
            value,
            wide: false,
        }
    }

    /// Returns a text that shares its line.
    pub fn text(label: &'static str, text: impl Into<String>) -> Self {
        Self::new(label, FactValue::Text(text.into()))
    }

    /// Puts the fact on a line of its own.
    pub fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// Returns the account's ID.
    pub fn account_id(account: &Account) -> Self {
        let (short, full) = (account.id.short().to_owned(), account.id.to_string());
        Self::new("ID", FactValue::Id(short, full))
    }

    /// Returns the facts that every change of an account shows.
    pub fn of_account(account: &Account) -> Vec<Self> {
        let name = account.name();
        let names = match account.name_at_telnyx() {
            Some(organization) => vec![
                Self::text("Display name", name).wide(),
                Self::text("Organization name", organization).wide(),
            ],
            None => vec![Self::text("Organization name", name).wide()],
        };
        let email = if account.email.is_empty() {
            FactValue::Missing("not known")
        } else {
            FactValue::Text(account.email.clone())
        };
        let channels = account.channel_limit.map_or_else(
            || "Not known to this portal".to_owned(),
            |fact| fact.value.to_string(),
        );
        let rest = [
            Self::new("Email", email),
            Self::account_id(account),
            Self::text("Channels held", channels),
        ];
        names.into_iter().chain(rest).collect()
    }
}

/// Name of the object of a change. All fields but `name` may be empty.
#[derive(Default)]
pub(in crate::web) struct Subject {
    /// Name that the portal uses.
    pub name: String,
    /// Name at Telnyx, if it differs.
    pub name_at_telnyx: Option<String>,
    /// Shortened ID.
    pub id: String,
    /// Word that distinguishes it from others with the same name.
    pub note: String,
}

impl Subject {
    /// Creates a subject with a name and a note.
    pub fn new(name: impl Into<String>, note: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            note: note.into(),
            ..Self::default()
        }
    }

    /// Creates a subject for an account.
    pub fn account(account: &Account) -> Self {
        Self {
            name: account.name().to_owned(),
            name_at_telnyx: account.name_at_telnyx().map(str::to_owned),
            id: account.id.short().to_owned(),
            note: String::new(),
        }
    }
}

/// Returns breadcrumbs with these labels and addresses. The page itself has no address.
pub(in crate::web) fn crumbs<const N: usize>(crumbs: [(&str, &str); N]) -> Vec<(String, String)> {
    let owned = |(label, href): (&str, &str)| (label.to_owned(), href.to_owned());
    crumbs.into_iter().map(owned).collect()
}

/// Returns the breadcrumbs that lead to an account.
pub(in crate::web) fn account_crumbs(account: &Account) -> Vec<(String, String)> {
    let page = format!("/accounts/{}", account.id);
    crumbs([("Accounts", "/accounts"), (account.name(), &page)])
}
