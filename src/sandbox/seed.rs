//! Seed data: realistic, and the same for the same seed.
//! This file decides on the data of accounts and users; their names are in `seed::names` and
//! `seed::people`.

use std::collections::HashSet;
use std::sync::Arc;

use super::Options;
use super::account::{Account, Balance, Manager, Status};
use super::organization::{Group, SHARED_STAFF_EMAIL, User, UserStatus};
use super::random::SeededRandom;
use super::state::SandboxState;
use super::time::{DAY, Millis};

mod limits;
mod names;
pub(super) mod people;

const MANAGER_EMAIL: &str = "telecom@example.com";
const USER_COUNT: usize = 40;

/// Returns the complete initial state as of `now`.
pub(super) fn initial_state(options: &Options, now: Millis) -> SandboxState {
    let mut chance = SeededRandom::new(options.seed);
    let manager = Manager {
        id: chance.uuid(),
        email: MANAGER_EMAIL.to_owned(),
    };
    let users = users(&mut chance, now);
    let accounts = accounts(options, &mut chance, now);
    SandboxState::new(options, manager, accounts, users, chance)
}

fn accounts(options: &Options, chance: &mut SeededRandom, now: Millis) -> Vec<Account> {
    let companies = names::companies(options.accounts, chance);
    let statuses = statuses(options.accounts, chance);
    let limits = limits::distribute(&statuses, options.channels, chance);
    companies
        .into_iter()
        .zip(statuses)
        .zip(limits)
        .map(|((company, status), channel_limit)| {
            let rollup_billing = chance.percent(15);
            let created_at = created_at(chance, now);
            Account {
                id: chance.uuid(),
                name_folded: company.name.to_lowercase(),
                email_folded: company.email.to_lowercase(),
                organization_name: company.name,
                email: company.email,
                status,
                channel_limit,
                custom_pricing: chance.percent(10),
                rollup_billing,
                password_set: chance.percent(70),
                balance: (!rollup_billing).then(|| balance(chance)),
                reenabled_connections: None,
                created_at,
                updated_at: chance.between(created_at, now),
            }
        })
        .collect()
}

/// Returns a status for each account.
/// About 85 in a hundred are enabled and most of the rest disabled; a few are blocked or cancelled.
/// From twenty accounts, there is at least one of each.
fn statuses(accounts: usize, chance: &mut SeededRandom) -> Vec<Status> {
    let least = usize::from(accounts >= 20);
    let blocked = (accounts * 24 / 1000).max(least);
    let cancelled = (accounts * 20 / 1000).max(least);
    let disabled = (accounts * 106 / 1000).max(least);
    let mut statuses = vec![Status::Enabled; accounts];
    let rest = [
        (Status::Blocked, blocked),
        (Status::Cancelled, cancelled),
        (Status::Disabled, disabled),
    ];
    let rest = rest
        .into_iter()
        .flat_map(|(status, count)| std::iter::repeat_n(status, count));
    for (place, status) in statuses.iter_mut().zip(rest) {
        *place = status;
    }
    chance.shuffle(&mut statuses);
    statuses
}

/// Returns a time within the last five years. Recent times are more likely.
fn created_at(chance: &mut SeededRandom, now: Millis) -> Millis {
    let days = chance.between(1, 1825).min(chance.between(1, 1825));
    now - days * DAY - chance.between(0, DAY - 1)
}

fn balance(chance: &mut SeededRandom) -> Balance {
    let amount = match chance.below(100) {
        0..5 => chance.between(-25_000, -1),
        5..8 => 0,
        8..18 => chance.between(1, 1_500),
        18..80 => chance.between(1_500, 60_000),
        _ => chance.between(60_000, 1_250_000),
    };
    let credit_limit = if amount < 0 || chance.percent(25) {
        [10_000, 25_000, 50_000, 100_000, 500_000][chance.below(5)]
    } else {
        0
    };
    let currency = match chance.below(100) {
        0..5 => "EUR",
        5..7 => "GBP",
        _ => "USD",
    };
    Balance {
        amount,
        credit_limit,
        currency,
    }
}

/// Returns the manager's own organization.
/// It has an owner, one user whose email address a staff member of the demo shares, and colleagues
/// in six groups.
fn users(chance: &mut SeededRandom, now: Millis) -> Vec<User> {
    const GROUPS: [&str; 6] = [
        "Engineering",
        "Finance",
        "Fraud and abuse",
        "Provisioning",
        "Sales",
        "Support",
    ];
    let groups = GROUPS.map(|name| {
        Arc::new(Group {
            id: chance.uuid(),
            name,
        })
    });
    let mut taken = HashSet::new();
    let mut emails = vec![MANAGER_EMAIL.to_owned(), SHARED_STAFF_EMAIL.to_owned()];
    while emails.len() < USER_COUNT {
        let local = people::local_part(chance);
        if taken.insert(local.clone()) {
            emails.push(format!("{local}@example.com"));
        }
    }
    if let Some(colleagues) = emails.get_mut(1..) {
        colleagues.sort();
    }
    emails
        .into_iter()
        .enumerate()
        .map(|(place, email)| {
            let owner = place == 0;
            let created_at = if owner {
                now - 1830 * DAY
            } else {
                now - chance.between(3, 1800) * DAY - chance.between(0, DAY)
            };
            let status = match place {
                17 => UserStatus::Blocked,
                6 | 13 | 22 | 35 => UserStatus::Disabled,
                _ => UserStatus::Enabled,
            };
            let never = matches!(place, 9 | 13 | 19 | 26 | 31 | 38);
            let idle = if chance.percent(20) {
                chance.between(60, 700)
            } else {
                chance.between(0, 21)
            };
            let member: Vec<usize> = if chance.percent(12) {
                Vec::new()
            } else {
                let first = chance.below(GROUPS.len());
                let second = if chance.percent(30) {
                    chance.below(GROUPS.len())
                } else {
                    first
                };
                if first == second {
                    vec![first]
                } else {
                    vec![first.min(second), first.max(second)]
                }
            };
            User {
                id: chance.uuid(),
                email,
                owner,
                status,
                bypasses_sso: owner || chance.percent(5),
                created_at,
                last_sign_in_at: (!never)
                    .then(|| (now - idle * DAY - chance.between(0, DAY)).max(created_at + 600_000)),
                groups: member
                    .into_iter()
                    .filter_map(|group| groups.get(group).cloned())
                    .collect(),
            }
        })
        .collect()
}
