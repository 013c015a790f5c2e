//! Account lists as the API shows them, with an optional lag behind the true state.
//! They are kept sorted, so that the cost of a page does not depend on the number of accounts.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::account::{Account, Status};
use super::time::Millis;

/// Set of accounts that a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Enabled,
    Disabled,
    Blocked,
    Cancelled,
    /// Every account that is not cancelled.
    NotCancelled,
    All,
}

const VIEWS: usize = 6;

impl View {
    fn containing(status: Status) -> &'static [View] {
        match status {
            Status::Enabled => &[View::Enabled, View::NotCancelled, View::All],
            Status::Disabled => &[View::Disabled, View::NotCancelled, View::All],
            Status::Blocked => &[View::Blocked, View::NotCancelled, View::All],
            Status::Cancelled => &[View::Cancelled, View::All],
        }
    }
}

/// Sort field of a list. Accounts with equal values are sorted by ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    CreatedAt,
    Email,
}

/// Condition on a text: the given value and how it is compared.
#[derive(Clone, Debug)]
pub(super) enum TextFilter {
    /// Ignores case; the value is already in lower case.
    Contains(String),
    Equals(String),
}

impl TextFilter {
    fn matches(&self, text: &str, folded: &str) -> bool {
        match self {
            TextFilter::Contains(part) => folded.contains(part.as_str()),
            TextFilter::Equals(whole) => text == whole,
        }
    }
}

/// Request for a page of accounts.
#[derive(Clone, Debug)]
pub(super) struct AccountQuery {
    pub(super) view: View,
    pub(super) email: Vec<TextFilter>,
    pub(super) name: Vec<TextFilter>,
    pub(super) sort: Sort,
    pub(super) descending: bool,
    pub(super) skip: usize,
    pub(super) take: usize,
}

#[derive(Debug, Default)]
struct SortedAccounts {
    by_created: Vec<Arc<Account>>,
    by_email: Vec<Arc<Account>>,
}

#[derive(Debug)]
struct PendingChange {
    at: Millis,
    id: String,
    /// `None` if the account was deleted.
    account: Option<Arc<Account>>,
}

/// Account lists, and the changes that they do not show yet.
#[derive(Debug)]
pub(super) struct AccountLists {
    visible: HashMap<String, Arc<Account>>,
    views: [SortedAccounts; VIEWS],
    pending: VecDeque<PendingChange>,
}

impl AccountLists {
    pub(super) fn new(accounts: impl Iterator<Item = Arc<Account>>) -> Self {
        let mut lists = Self {
            visible: HashMap::new(),
            views: Default::default(),
            pending: VecDeque::new(),
        };
        for account in accounts {
            for view in View::containing(account.status) {
                let orders = &mut lists.views[*view as usize];
                orders.by_created.push(Arc::clone(&account));
                orders.by_email.push(Arc::clone(&account));
            }
            lists.visible.insert(account.id.clone(), account);
        }
        for orders in &mut lists.views {
            orders
                .by_created
                .sort_by(|a, b| created_key(a).cmp(&created_key(b)));
            orders
                .by_email
                .sort_by(|a, b| email_key(a).cmp(&email_key(b)));
        }
        lists
    }

    /// Records a change made at `at`. [`AccountLists::apply_until`] makes it visible.
    pub(super) fn push(&mut self, at: Millis, id: &str, account: Option<Arc<Account>>) {
        self.pending.push_back(PendingChange {
            at,
            id: id.to_owned(),
            account,
        });
    }

    /// Makes every change up to `until` visible.
    pub(super) fn apply_until(&mut self, until: Millis) {
        while self
            .pending
            .front()
            .is_some_and(|change| change.at <= until)
        {
            if let Some(change) = self.pending.pop_front() {
                self.apply(&change.id, change.account);
            }
        }
    }

    fn apply(&mut self, id: &str, account: Option<Arc<Account>>) {
        let before = self.visible.remove(id);
        for view in before.iter().flat_map(|old| View::containing(old.status)) {
            if let Some(old) = &before {
                self.views[*view as usize].remove(old);
            }
        }
        if let Some(account) = account {
            for view in View::containing(account.status) {
                self.views[*view as usize].insert(&account);
            }
            self.visible.insert(id.to_owned(), account);
        }
    }

    /// Returns the accounts of one page, and the number of accounts on all pages.
    pub(super) fn page(&self, wanted: &AccountQuery) -> (Vec<Arc<Account>>, usize) {
        let orders = &self.views[wanted.view as usize];
        let all = match wanted.sort {
            Sort::CreatedAt => &orders.by_created,
            Sort::Email => &orders.by_email,
        };
        if wanted.email.is_empty() && wanted.name.is_empty() {
            return (page_slice(all.iter(), wanted), all.len());
        }
        // An exact email address is the most common filter, so it needs no scan of all accounts.
        let among = match wanted
            .email
            .iter()
            .find(|condition| matches!(condition, TextFilter::Equals(_)))
        {
            Some(TextFilter::Equals(email)) => orders.with_email(&email.to_lowercase()),
            _ => all,
        };
        let found: Vec<&Arc<Account>> = among
            .iter()
            .filter(|account| wanted.matches(account))
            .collect();
        (page_slice(found.iter().copied(), wanted), found.len())
    }
}

impl AccountQuery {
    fn matches(&self, account: &Account) -> bool {
        self.email
            .iter()
            .all(|condition| condition.matches(&account.email, &account.email_folded))
            && self.name.iter().all(|condition| {
                condition.matches(&account.organization_name, &account.name_folded)
            })
    }
}

fn page_slice<'a>(
    accounts: impl DoubleEndedIterator<Item = &'a Arc<Account>>,
    wanted: &AccountQuery,
) -> Vec<Arc<Account>> {
    if wanted.descending {
        accounts
            .rev()
            .skip(wanted.skip)
            .take(wanted.take)
            .cloned()
            .collect()
    } else {
        accounts
            .skip(wanted.skip)
            .take(wanted.take)
            .cloned()
            .collect()
    }
}

fn created_key(account: &Account) -> (Millis, &str) {
    (account.created_at, &account.id)
}

fn email_key(account: &Account) -> (&str, &str) {
    (&account.email_folded, &account.id)
}

impl SortedAccounts {
    fn remove(&mut self, account: &Account) {
        if let Ok(at) = self
            .by_created
            .binary_search_by(|other| created_key(other).cmp(&created_key(account)))
        {
            self.by_created.remove(at);
        }
        if let Ok(at) = self
            .by_email
            .binary_search_by(|other| email_key(other).cmp(&email_key(account)))
        {
            self.by_email.remove(at);
        }
    }

    fn insert(&mut self, account: &Arc<Account>) {
        let at = self
            .by_created
            .partition_point(|other| created_key(other) < created_key(account));
        self.by_created.insert(at, Arc::clone(account));
        let at = self
            .by_email
            .partition_point(|other| email_key(other) < email_key(account));
        self.by_email.insert(at, Arc::clone(account));
    }

    fn with_email(&self, folded: &str) -> &[Arc<Account>] {
        let start = self
            .by_email
            .partition_point(|account| account.email_folded.as_str() < folded);
        let end = self
            .by_email
            .partition_point(|account| account.email_folded.as_str() <= folded);
        self.by_email.get(start..end).unwrap_or_default()
    }
}
