//! Managed account, and the JSON bodies in which the API shows it.

use serde_json::{Value, json};

use super::random::SeededRandom;
use super::time::{Millis, iso};

/// Status of an account. No response shows it; only the filters of the list depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Enabled,
    Disabled,
    Blocked,
    Cancelled,
}

/// Balance of an account without rollup billing, in hundredths of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Balance {
    pub(super) amount: i64,
    pub(super) credit_limit: i64,
    pub(super) currency: &'static str,
}

/// All data of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) organization_name: String,
    pub(super) email: String,
    /// Lower-case copies, for matching regardless of case.
    pub(super) name_folded: String,
    pub(super) email_folded: String,
    pub(super) status: Status,
    pub(super) channel_limit: u32,
    pub(super) custom_pricing: bool,
    pub(super) rollup_billing: bool,
    /// True if a password was given. The password itself is not stored.
    pub(super) password_set: bool,
    /// `None` if the billing rolls up to the manager.
    pub(super) balance: Option<Balance>,
    /// Choice about the connections when the account was last enabled.
    pub(super) reenabled_connections: Option<bool>,
    pub(super) created_at: Millis,
    pub(super) updated_at: Millis,
}

impl Account {
    /// Returns the account as a list item, without secrets, balance, status and channel limit.
    pub(super) fn to_list_json(&self, manager: &Manager) -> Value {
        json!({
            "record_type": "managed_account",
            "id": self.id,
            "email": self.email,
            "api_user": manager.email,
            "organization_name": self.organization_name,
            "manager_account_id": manager.id,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "managed_account_allow_custom_pricing": self.custom_pricing,
            "rollup_billing": self.rollup_billing,
        })
    }

    /// Returns the account as a single object, with its secrets.
    /// Includes the balance unless the billing rolls up.
    pub(super) fn to_detail_json(&self, manager: &Manager, seed: u64) -> Value {
        let mut body = self.to_list_json(manager);
        let (key, token) = self.secrets(seed);
        body["api_key"] = json!(key);
        body["api_token"] = json!(token);
        if let Some(money) = &self.balance {
            body["balance"] = json!({
                "record_type": "balance",
                "balance": decimal(money.amount),
                "credit_limit": decimal(money.credit_limit),
                "available_credit": decimal(money.amount + money.credit_limit),
                "currency": money.currency,
            });
        }
        body
    }

    /// Returns all data, for `/_sandbox/state` only.
    pub(super) fn to_state_json(&self) -> Value {
        json!({
            "id": self.id,
            "organization_name": self.organization_name,
            "email": self.email,
            "status": self.status,
            "channel_limit": self.channel_limit,
            "managed_account_allow_custom_pricing": self.custom_pricing,
            "rollup_billing": self.rollup_billing,
            "password_set": self.password_set,
            "reenable_all_connections": self.reenabled_connections,
            "balance": self.balance.as_ref().map(|money| decimal(money.amount)),
            "currency": self.balance.as_ref().map(|money| money.currency),
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
        })
    }

    /// Returns the V2 key and the V1 token. They never change for an account.
    fn secrets(&self, seed: u64) -> (String, String) {
        const HEX: &[u8] = b"0123456789ABCDEF";
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut chance = SeededRandom::for_text(seed, &self.id);
        let key = format!("KEY{}_{}", chance.text(HEX, 32), chance.text(LETTERS, 22));
        (key, chance.text(LETTERS, 22))
    }
}

/// Formats hundredths as a decimal string: -1250 becomes `-12.50`.
fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let amount = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}", amount / 100, amount % 100)
}

/// Manager account, which owns the API key.
#[derive(Clone, Debug)]
pub(super) struct Manager {
    pub(super) id: String,
    pub(super) email: String,
}
