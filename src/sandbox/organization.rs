//! Users of an organization, of the manager or of a managed account, and their JSON.

use std::sync::Arc;

use serde_json::{Value, json};

use super::account::Account;
use super::random::SeededRandom;
use super::seed::people;
use super::time::{DAY, Millis, iso};

/// Email address that both an organization user and a staff member of the demo have.
pub(super) const SHARED_STAFF_EMAIL: &str = "manager@example.com";

/// Group of the manager's organization.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: &'static str,
}

/// Status of a user, which determines if the user may sign in to Mission Control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum UserStatus {
    Enabled,
    Disabled,
    Blocked,
}

/// User of an organization.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) owner: bool,
    pub(super) status: UserStatus,
    pub(super) bypasses_sso: bool,
    pub(super) created_at: Millis,
    /// `None` if the user has never signed in.
    pub(super) last_sign_in_at: Option<Millis>,
    pub(super) groups: Vec<Arc<Group>>,
}

impl User {
    pub(super) fn to_json(&self, with_groups: bool) -> Value {
        let mut body = json!({
            "id": self.id,
            "record_type": if self.owner { "organization_owner" } else { "organization_sub_user" },
            "email": self.email,
            "user_status": self.status,
            "organization_user_bypasses_sso": self.bypasses_sso,
            "created_at": iso(self.created_at),
            "last_sign_in_at": self.last_sign_in_at.map(iso),
        });
        if with_groups {
            body["groups"] = self
                .groups
                .iter()
                .map(|group| json!({ "id": group.id, "name": group.name }))
                .collect();
        }
        body
    }
}

/// Returns an account's own one to four users.
/// They are derived from the account, so that a hundred thousand accounts need no memory for them.
/// The first is the owner, with the account's email address.
pub(super) fn account_users(account: &Account, seed: u64, now: Millis) -> Vec<User> {
    let mut chance = SeededRandom::for_text(seed ^ 0x5eed, &account.id);
    let domain = account
        .email
        .split_once('@')
        .map_or("example.com", |(_, domain)| domain);
    let mut emails = vec![account.email_folded.clone()];
    for _ in 0..chance.below(4) {
        let email = format!("{}@{domain}", people::local_part(&mut chance));
        if !emails.contains(&email) {
            emails.push(email);
        }
    }
    emails
        .into_iter()
        .enumerate()
        .map(|(place, email)| {
            let later = if place == 0 {
                0
            } else {
                chance.between(0, 20) * DAY / 24
            };
            let created_at = (account.created_at + later).min(now);
            let signed_in = created_at + chance.between(1, 48) * DAY / 48;
            let never = chance.percent(20) || signed_in > now;
            User {
                id: chance.uuid(),
                email,
                owner: place == 0,
                status: if place > 0 && chance.percent(10) {
                    UserStatus::Disabled
                } else {
                    UserStatus::Enabled
                },
                bypasses_sso: false,
                created_at,
                last_sign_in_at: (!never).then_some(signed_in),
                groups: Vec::new(),
            }
        })
        .collect()
}
