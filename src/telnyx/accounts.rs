//! Managed accounts: list, create, retrieve, custom pricing, disable, enable, and credentials.
//! Also finds out the status of one account. Channel limits are in `channels`.

use futures::stream::{Stream, TryStreamExt};
use rust_decimal::Decimal;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::domain::account::AccountStatus;
use crate::domain::ids::AccountId;
use crate::domain::money::Balance;
use crate::domain::time::Timestamp;

mod filter;

pub use filter::{AccountFilter, Match, Sort};

use super::call::Call;
use super::client::{ApiResponse, Client};
use super::error::Error;
use super::paging::{self, MAX_PAGE_SIZE, Page};
use super::wire::{self, Envelope, Items};

const ACCOUNTS: &str = "managed_accounts";

/// Managed account as lists show it: without status, channel limit, balance or secrets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// Telnyx's ID of the account.
    pub id: AccountId,
    /// Email address; empty if Telnyx returned none.
    #[serde(default, deserialize_with = "text_or_empty")]
    pub email: String,
    /// Organization name, given as the business name when the account was created.
    #[serde(default, deserialize_with = "wire::text")]
    pub organization_name: Option<String>,
    /// ID of the manager account that it belongs to.
    #[serde(default, deserialize_with = "wire::text")]
    pub manager_account_id: Option<String>,
    /// Time of creation.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// Time of the last change at Telnyx.
    #[serde(default, deserialize_with = "wire::time")]
    pub updated_at: Option<Timestamp>,
    /// True if it has custom pricing, so that the manager's rates do not apply.
    #[serde(
        default,
        rename = "managed_account_allow_custom_pricing",
        deserialize_with = "wire::lenient"
    )]
    pub custom_pricing: Option<bool>,
    /// True if it uses the manager's balance.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub rollup_billing: Option<bool>,
}

/// Key under which lists can be searched for one account.
/// Telnyx cannot filter a list by account ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupKey {
    /// Email address, which is unique.
    Email(String),
    /// Organization name, for an account without an email address. Other accounts may share it.
    Name(String),
}

impl LookupKey {
    /// Returns the email address as key, or else the organization name.
    /// Returns `None` if both are empty.
    #[must_use]
    pub fn of(email: &str, organization_name: &str) -> Option<Self> {
        if !email.is_empty() {
            Some(Self::Email(email.to_owned()))
        } else if !organization_name.is_empty() {
            Some(Self::Name(organization_name.to_owned()))
        } else {
            None
        }
    }

    fn filter(&self) -> AccountFilter {
        let (email, organization_name) = match self {
            Self::Email(email) => (Some(Match::Eq(email.clone())), None),
            Self::Name(name) => (None, Some(Match::Eq(name.clone()))),
        };
        AccountFilter {
            email,
            organization_name,
            ..AccountFilter::default()
        }
    }
}

impl Account {
    /// Returns the key under which lists can be searched for this account.
    #[must_use]
    pub fn lookup_key(&self) -> Option<LookupKey> {
        LookupKey::of(
            &self.email,
            self.organization_name.as_deref().unwrap_or_default(),
        )
    }
}

/// Details of one account as Telnyx returns them, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccountDetail {
    /// Fields that lists also show.
    #[serde(flatten)]
    pub account: Account,
    /// Own balance; `None` with rollup billing, or if Telnyx returned none.
    #[serde(default, deserialize_with = "balance")]
    pub balance: Option<Balance>,
}

/// Values for an account to be created.
#[derive(Clone, Copy, Debug)]
pub struct NewAccount<'a> {
    /// Business name. It becomes the organization name and cannot be changed later.
    pub business_name: &'a str,
    /// Email address. If it is `None`, Telnyx derives one from the manager's.
    pub email: Option<&'a str>,
    /// Password. If it is `None`, no one can sign in until the password is reset.
    pub password: Option<&'a SecretString>,
    /// True if none of the manager's rates apply.
    pub custom_pricing: bool,
    /// True if the account uses the manager's balance. This cannot be changed later.
    pub rollup_billing: bool,
}

/// Keys of an account, from the one answer that contains them. Any of them may be missing.
#[derive(Clone, Debug, Deserialize)]
pub struct Credentials {
    /// Key for version 2 of the API.
    #[serde(default, deserialize_with = "secret")]
    pub api_key: Option<SecretString>,
    /// Token for version 1 of the API.
    #[serde(default, deserialize_with = "secret")]
    pub api_token: Option<SecretString>,
    /// User that belongs to the token: the manager's email address.
    #[serde(default, deserialize_with = "wire::text")]
    pub api_user: Option<String>,
}

impl Client {
    /// Returns one page of accounts. `page` counts from 1; `size` is clamped to 1 to 250.
    ///
    /// # Errors
    /// Fails if the call does not end with a readable list.
    pub async fn list_accounts(
        &self,
        filter: &AccountFilter,
        page: u32,
        size: u32,
    ) -> Result<Page<Account>, Error> {
        let size = size.clamp(1, MAX_PAGE_SIZE);
        let call = Call::get(&[ACCOUNTS])
            .query("page[number]", page.to_string())
            .query("page[size]", size.to_string());
        let answer: ApiResponse<Envelope<Items<Account>>> = self.send(filter.apply(call)).await?;
        Ok(Page::new(answer, page, size))
    }

    /// Returns all pages of accounts, 250 accounts each. Fetches a page when it is polled for.
    pub fn account_pages(
        &self,
        filter: AccountFilter,
    ) -> impl Stream<Item = Result<Page<Account>, Error>> + Send + use<> {
        let client = self.clone();
        let filter = std::sync::Arc::new(filter);
        paging::pages(move |number| {
            let (client, filter) = (client.clone(), std::sync::Arc::clone(&filter));
            async move { client.list_accounts(&filter, number, MAX_PAGE_SIZE).await }
        })
    }

    /// Returns all accounts, fetched page by page.
    pub fn accounts(
        &self,
        filter: AccountFilter,
    ) -> impl Stream<Item = Result<Account, Error>> + Send + use<> {
        paging::items(self.account_pages(filter))
    }

    /// Creates an account. The request is not repeated once Telnyx may have received it.
    ///
    /// # Errors
    /// [`Error::certainty`] tells if the account may have been created despite the error.
    pub async fn create_account(
        &self,
        new: &NewAccount<'_>,
    ) -> Result<ApiResponse<AccountDetail>, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            business_name: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            email: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            password: Option<&'a str>,
            managed_account_allow_custom_pricing: bool,
            rollup_billing: bool,
        }
        let body = Body {
            business_name: new.business_name,
            email: new.email,
            password: new.password.map(ExposeSecret::expose_secret),
            managed_account_allow_custom_pricing: new.custom_pricing,
            rollup_billing: new.rollup_billing,
        };
        self.send_for_account(Call::post(&[ACCOUNTS]).json(&body).redacting(new.password))
            .await
    }

    /// Returns one account with its balance.
    ///
    /// # Errors
    /// Fails with `NotFound` if the manager has no such account.
    pub async fn retrieve_account(&self, id: &AccountId) -> Result<AccountDetail, Error> {
        let answer = self
            .send_for_account(Call::get(&[ACCOUNTS, id.as_str()]))
            .await?;
        Ok(answer.value)
    }

    /// Returns an account's keys, which must be shown at once and never stored.
    ///
    /// # Errors
    /// Fails with `NotFound` if the manager has no such account.
    pub async fn credentials(&self, id: &AccountId) -> Result<ApiResponse<Credentials>, Error> {
        let call = Call::get(&[ACCOUNTS, id.as_str()]);
        let answer: ApiResponse<Envelope<Credentials>> = self.send(call).await?;
        Ok(answer.map(|envelope| envelope.data))
    }

    /// Switches custom pricing on or off. The value is absolute, so the request may be repeated.
    ///
    /// # Errors
    /// [`Error::certainty`] tells if the change may have happened despite the error.
    pub async fn set_custom_pricing(
        &self,
        id: &AccountId,
        on: bool,
    ) -> Result<ApiResponse<AccountDetail>, Error> {
        let body = serde_json::json!({ "managed_account_allow_custom_pricing": on });
        self.send_for_account(Call::patch(&[ACCOUNTS, id.as_str()]).json(&body))
            .await
    }

    /// Disables an account. New traffic stops at once; ongoing calls continue.
    ///
    /// # Errors
    /// [`Error::certainty`] tells if the change may have happened despite the error.
    pub async fn disable_account(
        &self,
        id: &AccountId,
    ) -> Result<ApiResponse<AccountDetail>, Error> {
        self.send_for_account(Call::post(&[ACCOUNTS, id.as_str(), "actions", "disable"]))
            .await
    }

    /// Enables an account, with either all of its connections or none.
    ///
    /// # Errors
    /// [`Error::certainty`] tells if the change may have happened despite the error.
    pub async fn enable_account(
        &self,
        id: &AccountId,
        reenable_all_connections: bool,
    ) -> Result<ApiResponse<AccountDetail>, Error> {
        let body = serde_json::json!({ "reenable_all_connections": reenable_all_connections });
        self.send_for_account(Call::post(&[ACCOUNTS, id.as_str(), "actions", "enable"]).json(&body))
            .await
    }

    /// Finds out the status of one account.
    ///
    /// Searches Telnyx's list of each status for `called` and compares the IDs. Returns `None` if
    /// no list contains the account, for example because its email address or name has changed.
    ///
    /// # Errors
    /// Fails if one of the lists cannot be read.
    pub async fn status_of(
        &self,
        id: &AccountId,
        called: &LookupKey,
    ) -> Result<Option<AccountStatus>, Error> {
        for status in AccountStatus::LISTED {
            let filter = AccountFilter {
                status: Some(status),
                include_cancelled: status == AccountStatus::Cancelled,
                ..called.filter()
            };
            let found = self
                .accounts(filter)
                .try_any(|account| std::future::ready(account.id == *id))
                .await?;
            if found {
                return Ok(Some(status));
            }
        }
        Ok(None)
    }

    /// Sends a call whose answer is one account.
    async fn send_for_account(&self, call: Call) -> Result<ApiResponse<AccountDetail>, Error> {
        let answer: ApiResponse<Envelope<AccountDetail>> = self.send(call).await?;
        Ok(answer.map(|envelope| envelope.data))
    }
}

fn text_or_empty<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(wire::text(from)?.unwrap_or_default())
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    Ok(wire::text(from)?.map(SecretString::from))
}

/// Reads a balance. Amounts are decimal strings, but numbers are accepted too.
/// Returns `None` if there is no amount at all.
fn balance<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Balance>, D::Error> {
    let value = Value::deserialize(from)?;
    let amount = |name: &str| -> Option<Decimal> {
        match value.get(name)? {
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => number.to_string().parse().ok(),
            _ => None,
        }
    };
    let balance = Balance {
        balance: amount("balance"),
        credit_limit: amount("credit_limit"),
        available_credit: amount("available_credit"),
        currency: value
            .get("currency")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
    };
    let told = balance
        .balance
        .or(balance.credit_limit)
        .or(balance.available_credit)
        .is_some();
    Ok(told.then_some(balance))
}
