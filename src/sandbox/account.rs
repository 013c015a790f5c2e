//! One managed account: its facts, and the bodies in which the API shows them.

use serde_json::{Value, json};

use super::random::SeededRandom;
use super::time::{Millis, iso};

/// Permission of an account to use Telnyx. No response body shows it, only the filters of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Enabled,
    Disabled,
    Blocked,
    Cancelled,
}

/// Money of an account that does not roll up, in hundredths of its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Balance {
    pub(super) amount: i64,
    pub(super) credit_limit: i64,
    pub(super) currency: &'static str,
}

/// Everything that is true of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) organization_name: String,
    pub(super) email: String,
    /// For matching without case, made once.
    pub(super) name_folded: String,
    pub(super) email_folded: String,
    pub(super) status: Status,
    pub(super) channel_limit: u32,
    pub(super) custom_pricing: bool,
    pub(super) rollup_billing: bool,
    /// True if a password was given; the password itself is not kept.
    pub(super) password_set: bool,
    /// None where the billing rolls up to the manager.
    pub(super) balance: Option<Balance>,
    /// Choice about the connections at the last enabling.
    pub(super) reenabled_connections: Option<bool>,
    pub(super) created_at: Millis,
    pub(super) updated_at: Millis,
}

impl Account {
    /// As an item of the list: no secret, no balance, no status, no channel limit.
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

    /// As a single object: with its secrets, and its balance unless the billing rolls up.
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

    /// The truth, as only `/_sandbox/state` tells it.
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

    /// The V2 key and the V1 token, always the same for this account.
    fn secrets(&self, seed: u64) -> (String, String) {
        const HEX: &[u8] = b"0123456789ABCDEF";
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut chance = SeededRandom::for_text(seed, &self.id);
        let key = format!("KEY{}_{}", chance.text(HEX, 32), chance.text(LETTERS, 22));
        (key, chance.text(LETTERS, 22))
    }
}

/// Hundredths as a decimal string: -1250 is `-12.50`.
fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let amount = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}", amount / 100, amount % 100)
}

/// Owner of the key.
#[derive(Clone, Debug)]
pub(super) struct Manager {
    pub(super) id: String,
    pub(super) email: String,
}
