//! Managed accounts: list, create, retrieve, custom pricing, disable, enable, credentials, and the one way to learn a
//! status. Channel limits are in `channels`.

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

/// A managed account as lists show it: no status, no channel limit, no balance, and none of its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// Telnyx's id of it.
    pub id: AccountId,
    /// Its e-mail address; empty where Telnyx gave none.
    #[serde(default, deserialize_with = "text_or_empty")]
    pub email: String,
    /// The organization name, given at creation as business name.
    #[serde(default, deserialize_with = "wire::text")]
    pub organization_name: Option<String>,
    /// The manager that it belongs to.
    #[serde(default, deserialize_with = "wire::text")]
    pub manager_account_id: Option<String>,
    /// When it was created.
    #[serde(default, deserialize_with = "wire::time")]
    pub created_at: Option<Timestamp>,
    /// When Telnyx last changed it.
    #[serde(default, deserialize_with = "wire::time")]
    pub updated_at: Option<Timestamp>,
    /// True if it has custom pricing, which means none of ours.
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

/// By what lists are asked for one account, since they cannot be asked for its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupKey {
    /// Its e-mail address, which no other account has.
    Email(String),
    /// Its organization name, which others may have too: for an account to which Telnyx gives no address.
    Name(String),
}

impl LookupKey {
    /// How an account is called in lists; none where it has neither address nor name.
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
    /// How it is called in lists.
    #[must_use]
    pub fn lookup_key(&self) -> Option<LookupKey> {
        LookupKey::of(
            &self.email,
            self.organization_name.as_deref().unwrap_or_default(),
        )
    }
}

/// Telnyx's response about one account, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccountDetail {
    /// The account as lists show it.
    #[serde(flatten)]
    pub account: Account,
    /// Its own balance; none with rollup billing, or where Telnyx gave none.
    #[serde(default, deserialize_with = "balance")]
    pub balance: Option<Balance>,
}

/// An account to be created.
#[derive(Clone, Copy, Debug)]
pub struct NewAccount<'a> {
    /// Becomes the organization name, for good.
    pub business_name: &'a str,
    /// E-mail address. If it is `None`, Telnyx makes one from the manager's.
    pub email: Option<&'a str>,
    /// Password. If it is `None`, no one can sign in until a reset.
    pub password: Option<&'a SecretString>,
    /// True: none of our rates apply.
    pub custom_pricing: bool,
    /// True: it uses our balance, for good.
    pub rollup_billing: bool,
}

/// An account's keys, for the one answer that shows them. Any may be missing.
#[derive(Clone, Debug, Deserialize)]
pub struct Credentials {
    /// The key of API version 2.
    #[serde(default, deserialize_with = "secret")]
    pub api_key: Option<SecretString>,
    /// The token of API version 1.
    #[serde(default, deserialize_with = "secret")]
    pub api_token: Option<SecretString>,
    /// The user that goes with the token: the manager's e-mail address.
    #[serde(default, deserialize_with = "wire::text")]
    pub api_user: Option<String>,
}

impl Client {
    /// One page of accounts. `page` counts from 1; `size` is kept between 1 and 250.
    ///
    /// # Errors
    /// Where the call did not end with a list that can be read.
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

    /// All pages of accounts, 250 each, fetched as they are asked for.
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

    /// All accounts, page by page.
    pub fn accounts(
        &self,
        filter: AccountFilter,
    ) -> impl Stream<Item = Result<Account, Error>> + Send + use<> {
        paging::items(self.account_pages(filter))
    }

    /// Creates an account. Never sent again once Telnyx may have it.
    ///
    /// # Errors
    /// [`Error::certainty`] says whether there may be an account nevertheless.
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

    /// One account with its balance.
    ///
    /// # Errors
    /// `NotFound` where the manager has no such account.
    pub async fn retrieve_account(&self, id: &AccountId) -> Result<AccountDetail, Error> {
        let answer = self
            .send_for_account(Call::get(&[ACCOUNTS, id.as_str()]))
            .await?;
        Ok(answer.value)
    }

    /// An account's keys, to be shown now and kept nowhere.
    ///
    /// # Errors
    /// `NotFound` where the manager has no such account.
    pub async fn credentials(&self, id: &AccountId) -> Result<ApiResponse<Credentials>, Error> {
        let call = Call::get(&[ACCOUNTS, id.as_str()]);
        let answer: ApiResponse<Envelope<Credentials>> = self.send(call).await?;
        Ok(answer.map(|envelope| envelope.data))
    }

    /// Switches custom pricing. An absolute value, so it may be sent again.
    ///
    /// # Errors
    /// [`Error::certainty`] says what is known of the change.
    pub async fn set_custom_pricing(
        &self,
        id: &AccountId,
        on: bool,
    ) -> Result<ApiResponse<AccountDetail>, Error> {
        let body = serde_json::json!({ "managed_account_allow_custom_pricing": on });
        self.send_for_account(Call::patch(&[ACCOUNTS, id.as_str()]).json(&body))
            .await
    }

    /// Disables an account: all its traffic stops at once, ongoing calls go on.
    ///
    /// # Errors
    /// [`Error::certainty`] says what is known of the change.
    pub async fn disable_account(
        &self,
        id: &AccountId,
    ) -> Result<ApiResponse<AccountDetail>, Error> {
        self.send_for_account(Call::post(&[ACCOUNTS, id.as_str(), "actions", "disable"]))
            .await
    }

    /// Enables an account, with all of its connections or with none.
    ///
    /// # Errors
    /// [`Error::certainty`] says what is known of the change.
    pub async fn enable_account(
        &self,
        id: &AccountId,
        reenable_all_connections: bool,
    ) -> Result<ApiResponse<AccountDetail>, Error> {
        let body = serde_json::json!({ "reenable_all_connections": reenable_all_connections });
        self.send_for_account(Call::post(&[ACCOUNTS, id.as_str(), "actions", "enable"]).json(&body))
            .await
    }

    /// The status of one account: which of the lists by status holds it under what it is called, compared by id.
    /// None where no list has it, as when it is called something else by now.
    ///
    /// # Errors
    /// Where one of the lists could not be read.
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

    /// Sends what is answered with one account.
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

/// Amounts are decimal strings; numbers are taken as they are written. A balance without any amount is none.
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
