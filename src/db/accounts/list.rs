//! The accounts page: which accounts, in which order, with the counts of its tabs.

use sqlx::QueryBuilder;

use super::{Account, Row, accounts, columns, escaped, parsed, storable};
use crate::db::{Db, Result};
use crate::domain::account::AccountStatus;
use crate::domain::actor::Scope;
use crate::domain::text::folded;

/// By what a list of accounts is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By organization name.
    #[default]
    Name,
    /// By e-mail address.
    Email,
    /// By the date of creation; unknown ones last.
    Created,
    /// By channel limit; unknown ones last.
    Limit,
    /// By status, then by name.
    Status,
}

impl Sort {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::Name, Self::Email, Self::Created, Self::Limit, Self::Status];

    /// As addresses write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Created => "created",
            Self::Limit => "limit",
            Self::Status => "status",
        }
    }

    /// The order in SQL; the id decides between equals, so that no row is on two pages.
    const fn sql(self, descending: bool) -> &'static str {
        match (self, descending) {
            (Self::Name, false) => "name_folded, id",
            (Self::Name, true) => "name_folded DESC, id DESC",
            (Self::Email, false) => "email_folded, id",
            (Self::Email, true) => "email_folded DESC, id DESC",
            (Self::Created, false) => "created_at NULLS LAST, id",
            (Self::Created, true) => "created_at DESC NULLS LAST, id DESC",
            (Self::Limit, false) => "channel_limit NULLS LAST, id",
            (Self::Limit, true) => "channel_limit DESC NULLS LAST, id DESC",
            (Self::Status, false) => "status, name_folded, id",
            (Self::Status, true) => "status DESC, name_folded DESC, id DESC",
        }
    }
}

/// A sort with its direction, as addresses write it: `name`, or `-name` for descending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: Sort,
    /// The last first.
    pub descending: bool,
}

impl Order {
    /// Reads `name` or `-name`; anything else is no order.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (word, descending) = text.strip_prefix('-').map_or((text, false), |word| (word, true));
        let by = Sort::ALL.into_iter().find(|sort| sort.as_str() == word)?;
        Some(Self { by, descending })
    }

    /// As addresses write it.
    #[must_use]
    pub fn as_text(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.by.as_str())
    }
}

/// Which accounts to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFilter {
    /// A part of the name, of the e-mail address or of the id; everything where blank.
    pub q: String,
    /// With this status.
    pub status: Option<AccountStatus>,
    /// In this order.
    pub sort: Order,
    /// The page, from 1.
    pub page: u32,
    /// Rows a page, 1 to 1,000.
    pub per: u32,
}

impl Default for ListFilter {
    fn default() -> Self {
        Self {
            q: String::new(),
            status: None,
            sort: Order::default(),
            page: 1,
            per: 50,
        }
    }
}

/// How many accounts have a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The status.
    pub status: AccountStatus,
    /// So many.
    pub accounts: i64,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The accounts on the page.
    pub rows: Vec<Account>,
    /// How many the filter lets through on all pages.
    pub total: i64,
    /// How many there are by status among those that the search finds, whatever status is filtered by; each status once.
    pub counts: Vec<Count>,
}

impl Listing {
    /// How many the search finds over all statuses.
    #[must_use]
    pub fn all(&self) -> i64 {
        self.counts.iter().map(|count| count.accounts).sum()
    }
}

/// One page of accounts with the counts for the tabs.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &Db, scope: Scope, filter: &ListFilter) -> Result<Listing> {
    let counts = counts(db, scope, &filter.q).await?;
    let total = counts
        .iter()
        .filter(|count| filter.status.is_none_or(|status| status == count.status))
        .map(|count| count.accounts)
        .sum();
    let per = i64::from(filter.per.clamp(1, 1_000));
    let skip = i64::from(filter.page.max(1) - 1) * per;
    let pattern = pattern(&filter.q);
    let rows: Vec<Row> = on!(db, pool => {
        let mut query = QueryBuilder::new(concat!("SELECT ", columns!(), " FROM accounts WHERE gone_at IS NULL"));
        if let Some(pattern) = &pattern {
            query.push(" AND search LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
        }
        if let Some(status) = filter.status {
            query.push(" AND status = ").push_bind(status.as_str());
        }
        query.push(" ORDER BY ").push(filter.sort.by.sql(filter.sort.descending));
        query.push(" LIMIT ").push_bind(per).push(" OFFSET ").push_bind(skip);
        query.build_query_as().fetch_all(pool).await?
    });
    Ok(Listing {
        rows: accounts(rows)?,
        total,
        counts,
    })
}

/// How many accounts there are by status among those that the search finds; each status once, in the pages' order.
///
/// # Errors
/// When the database fails.
pub async fn counts(db: &Db, _scope: Scope, q: &str) -> Result<Vec<Count>> {
    let pattern = pattern(q);
    let rows: Vec<(String, i64)> = on!(db, pool => {
        let mut query = QueryBuilder::new("SELECT status, COUNT(*) FROM accounts WHERE gone_at IS NULL");
        if let Some(pattern) = &pattern {
            query.push(" AND search LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
        }
        query.push(" GROUP BY status ");
        query.build_query_as().fetch_all(pool).await?
    });
    let mut counts = AccountStatus::ALL.map(|status| Count { status, accounts: 0 });
    for (status, accounts) in rows {
        let status: AccountStatus = parsed(&status)?;
        if let Some(count) = counts.iter_mut().find(|count| count.status == status) {
            count.accounts = accounts;
        }
    }
    Ok(counts.to_vec())
}

/// The search as a pattern; none where nothing is searched for.
pub(super) fn pattern(q: &str) -> Option<String> {
    let q = folded(&storable(q));
    (!q.is_empty()).then(|| format!("%{}%", escaped(&q)))
}
