//! State of the sandbox (accounts, pool, people) and the changes to it. Contains no HTTP.

use std::collections::HashMap;
use std::sync::Arc;

use super::Options;
use super::account::{Account, Balance, Manager, Status};
use super::account_lists::{AccountLists, AccountQuery};
use super::organization::{self, User};
use super::random::SeededRandom;
use super::time::{self, Millis};

/// Maximum channel limit of a new account. It gets less if the pool has less left.
/// Telnyx documents that there is a default, but not its value.
const DEFAULT_CHANNEL_LIMIT: u32 = 10;

/// Input of a create request.
#[derive(Debug)]
pub(super) struct NewAccount {
    pub(super) business_name: String,
    pub(super) email: Option<String>,
    pub(super) custom_pricing: bool,
    pub(super) rollup_billing: bool,
    pub(super) password_set: bool,
}

/// Complete state of the sandbox.
#[derive(Debug)]
pub(super) struct SandboxState {
    pub(super) seed: u64,
    /// Fixed time of the clock; `None` uses the system's clock.
    stands_at: Option<Millis>,
    pub(super) manager: Manager,
    /// Total number of the manager's channels; 0 if the feature is off.
    pub(super) channels: u32,
    /// Time by which the lists lag behind.
    pub(super) lag: Millis,
    allocated: u64,
    accounts: HashMap<String, Arc<Account>>,
    by_email: HashMap<String, String>,
    lists: AccountLists,
    users: Vec<User>,
    /// Removed organization users, of the manager and of accounts, with the time of removal.
    removed: HashMap<String, Millis>,
    random: SeededRandom,
}

impl SandboxState {
    pub(super) fn new(
        options: &Options,
        manager: Manager,
        accounts: Vec<Account>,
        users: Vec<User>,
        chance: SeededRandom,
    ) -> Self {
        let accounts: HashMap<String, Arc<Account>> = accounts
            .into_iter()
            .map(|account| (account.id.clone(), Arc::new(account)))
            .collect();
        Self {
            seed: options.seed,
            stands_at: options.now,
            manager,
            channels: options.channels,
            lag: 0,
            allocated: accounts
                .values()
                .map(|account| u64::from(account.channel_limit))
                .sum(),
            by_email: accounts
                .values()
                .map(|account| (account.email_folded.clone(), account.id.clone()))
                .collect(),
            lists: AccountLists::new(accounts.values().cloned()),
            accounts,
            users,
            removed: HashMap::new(),
            random: chance,
        }
    }

    /// Returns the time of the sandbox's clock.
    pub(super) fn now(&self) -> Millis {
        self.stands_at.unwrap_or_else(time::now)
    }

    /// Returns the sum of all accounts' channel limits, regardless of status.
    pub(super) fn allocated(&self) -> u64 {
        self.allocated
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = &Arc<Account>> {
        self.accounts.values()
    }

    pub(super) fn account(&self, id: &str) -> Option<Arc<Account>> {
        self.accounts.get(id).cloned()
    }

    /// Returns one page as the list shows it at `now`, and the total number of accounts.
    pub(super) fn page(
        &mut self,
        wanted: &AccountQuery,
        now: Millis,
    ) -> (Vec<Arc<Account>>, usize) {
        self.lists.apply_until(now - self.lag);
        self.lists.page(wanted)
    }

    /// Returns `true` if an account or a user of the manager's organization has this address.
    pub(super) fn email_in_use(&self, email: &str) -> bool {
        let folded = email.to_lowercase();
        self.by_email.contains_key(&folded)
            || self
                .users
                .iter()
                .any(|user| user.email == folded && !self.removed.contains_key(&user.id))
    }

    pub(super) fn create(&mut self, new: NewAccount, now: Millis) -> Arc<Account> {
        let id = self.random.uuid();
        let email = new.email.unwrap_or_else(|| self.generate_email());
        let free = u64::from(self.channels).saturating_sub(self.allocated);
        let account = Arc::new(Account {
            name_folded: new.business_name.to_lowercase(),
            email_folded: email.to_lowercase(),
            organization_name: new.business_name,
            email,
            status: Status::Enabled,
            channel_limit: DEFAULT_CHANNEL_LIMIT.min(u32::try_from(free).unwrap_or(u32::MAX)),
            custom_pricing: new.custom_pricing,
            rollup_billing: new.rollup_billing,
            password_set: new.password_set,
            balance: (!new.rollup_billing).then_some(Balance {
                amount: 0,
                credit_limit: 0,
                currency: "USD",
            }),
            reenabled_connections: None,
            created_at: now,
            updated_at: now,
            id,
        });
        self.allocated += u64::from(account.channel_limit);
        self.by_email
            .insert(account.email_folded.clone(), account.id.clone());
        self.accounts
            .insert(account.id.clone(), Arc::clone(&account));
        self.lists
            .push(now, &account.id, Some(Arc::clone(&account)));
        account
    }

    /// Changes one account. If nothing differs afterwards, `updated_at` stays the same too.
    pub(super) fn change(
        &mut self,
        id: &str,
        now: Millis,
        change: impl FnOnce(&mut Account),
    ) -> Option<Arc<Account>> {
        let before = Arc::clone(self.accounts.get(id)?);
        let mut after = Account::clone(&before);
        change(&mut after);
        if after == *before {
            return Some(before);
        }
        after.updated_at = now;
        self.allocated =
            self.allocated - u64::from(before.channel_limit) + u64::from(after.channel_limit);
        let after = Arc::new(after);
        if after.email_folded != before.email_folded {
            self.by_email.remove(&before.email_folded);
            self.by_email
                .insert(after.email_folded.clone(), id.to_owned());
        }
        self.accounts.insert(id.to_owned(), Arc::clone(&after));
        self.lists.push(now, id, Some(Arc::clone(&after)));
        Some(after)
    }

    /// Deletes an account, as Telnyx could. Returns `false` if it does not exist.
    pub(super) fn delete(&mut self, id: &str, now: Millis) -> bool {
        let Some(account) = self.accounts.remove(id) else {
            return false;
        };
        self.allocated -= u64::from(account.channel_limit);
        self.by_email.remove(&account.email_folded);
        self.lists.push(now, id, None);
        true
    }

    /// Returns the address of an enabled user of the manager's organization.
    /// The user is not the owner and shares no address with the demo's staff.
    pub(super) fn key_owner(&self) -> Option<String> {
        let fits = |user: &&User| {
            !user.owner
                && user.status == organization::UserStatus::Enabled
                && user.email != organization::SHARED_STAFF_EMAIL
        };
        self.users.iter().find(fits).map(|user| user.email.clone())
    }

    /// Returns the present users of the manager's organization, or of one account.
    pub(super) fn users_of(&self, account: Option<&Account>, now: Millis) -> Vec<User> {
        let mut users = self.all_users(account, now);
        users.retain(|user| !self.removed.contains_key(&user.id));
        users
    }

    /// Returns the users as the lists show them at `now`.
    /// A user who was removed within the lag is still included.
    pub(super) fn users_listed(&self, account: Option<&Account>, now: Millis) -> Vec<User> {
        let mut users = self.all_users(account, now);
        users.retain(|user| {
            self.removed
                .get(&user.id)
                .is_none_or(|at| *at > now - self.lag)
        });
        users
    }

    pub(super) fn remove_user(&mut self, id: &str, now: Millis) {
        self.removed.insert(id.to_owned(), now);
    }

    fn all_users(&self, account: Option<&Account>, now: Millis) -> Vec<User> {
        account.map_or_else(
            || self.users.clone(),
            |account| organization::account_users(account, self.seed, now),
        )
    }

    fn generate_email(&mut self) -> String {
        let (name, domain) = self
            .manager
            .email
            .split_once('@')
            .unwrap_or(("manager", "example.com"));
        let (name, domain) = (name.to_owned(), domain.to_owned());
        loop {
            let email = format!(
                "{name}+{}@{domain}",
                self.random.text(b"abcdefghijkmnpqrstuvwxyz23456789", 10)
            );
            if !self.by_email.contains_key(&email) {
                return email;
            }
        }
    }
}
