//! Writing facts: each only where nothing newer is there already.

use sqlx::QueryBuilder;

use super::{stem, storable};
use crate::db::{Error, Result, Tx};
use crate::domain::account::AccountStatus;
use crate::domain::channels::ChannelLimit;
use crate::domain::fact::{Fact, Source};
use crate::domain::ids::{AccountId, StaffId};
use crate::domain::money::Balance;
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// What every body of Telnyx's says about an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Telnyx's id of it.
    pub id: AccountId,
    /// Organization name; empty where Telnyx gave none.
    pub organization_name: String,
    /// E-mail address; empty where Telnyx gave none.
    pub email: String,
    /// The manager that it belongs to.
    pub manager_account_id: Option<String>,
    /// Whether its charges roll up to the manager.
    pub rollup_billing: Option<bool>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When Telnyx last changed it.
    pub updated_at: Option<Timestamp>,
}

/// Who set or recorded a limit: their id, and their name at that time.
pub type Limiter<'a> = Option<(StaffId, &'a str)>;

/// What the search looks through: name, e-mail address and id, in lines of their own.
fn search(profile: &Profile) -> String {
    format!(
        "{}\n{}\n{}",
        folded(&storable(&profile.organization_name)),
        folded(&storable(&profile.email)),
        folded(profile.id.as_str()),
    )
}

/// Inserts an account that the directory does not have; false where it is there already.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    profile: &Profile,
    source: Source,
    at: Timestamp,
    status: Fact<AccountStatus>,
    custom_pricing: Option<Fact<bool>>,
) -> Result<bool> {
    let (name, email) = (storable(&profile.organization_name), storable(&profile.email));
    let done = within!(tx, conn => {
        sqlx::query(
            "INSERT INTO accounts (id, organization_name, email, name_folded, email_folded, name_stem, search,
                manager_account_id, rollup_billing, created_at, updated_at, profile_source, profile_at, first_seen_at,
                status, status_source, status_at, custom_pricing, pricing_source, pricing_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $15, $16, $17, $18, $19)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(profile.id.as_str())
        .bind(&name)
        .bind(&email)
        .bind(folded(&name))
        .bind(folded(&email))
        .bind(stem(&name))
        .bind(search(profile))
        .bind(profile.manager_account_id.as_deref().map(storable))
        .bind(profile.rollup_billing)
        .bind(profile.created_at.map(Timestamp::as_millis))
        .bind(profile.updated_at.map(Timestamp::as_millis))
        .bind(source.as_str())
        .bind(at.as_millis())
        .bind(status.value.as_str())
        .bind(status.source.as_str())
        .bind(status.observed_at.as_millis())
        .bind(custom_pricing.map(|fact| fact.value))
        .bind(custom_pricing.map(|fact| fact.source.as_str()))
        .bind(custom_pricing.map(|fact| fact.observed_at.as_millis()))
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(done > 0)
}

/// Takes what a body of Telnyx's says about an account into the directory, with an unknown status where the account is
/// new there. What Telnyx left out stays as it was. False: something newer is there.
///
/// # Errors
/// When the database fails.
pub async fn upsert_profile(tx: &mut Tx, profile: &Profile, source: Source, at: Timestamp) -> Result<bool> {
    let unknown = Fact {
        value: AccountStatus::Unknown,
        source,
        observed_at: at,
    };
    Ok(insert(tx, profile, source, at, unknown, None).await? || update_profile(tx, profile, source, at).await?)
}

/// As [`upsert_profile`], for an account that the directory has; false where it has not.
///
/// # Errors
/// When the database fails.
pub async fn update_profile(tx: &mut Tx, profile: &Profile, source: Source, at: Timestamp) -> Result<bool> {
    let kept: Option<(String, String)> = within!(tx, conn => {
        sqlx::query_as("SELECT organization_name, email FROM accounts WHERE id = $1")
            .bind(profile.id.as_str())
            .fetch_optional(&mut *conn)
            .await?
    });
    let Some((kept_name, kept_email)) = kept else {
        return Ok(false);
    };
    let or_kept = |new: &str, kept: String| if new.is_empty() { kept } else { storable(new) };
    let profile = Profile {
        organization_name: or_kept(&profile.organization_name, kept_name),
        email: or_kept(&profile.email, kept_email),
        ..profile.clone()
    };
    let done = within!(tx, conn => {
        sqlx::query(
            "UPDATE accounts SET organization_name = $2, email = $3, name_folded = $4, email_folded = $5, name_stem = $6,
                search = $7, manager_account_id = COALESCE($8, manager_account_id),
                rollup_billing = COALESCE($9, rollup_billing), created_at = COALESCE($10, created_at),
                updated_at = COALESCE($11, updated_at), profile_source = $12, profile_at = $13
             WHERE id = $1 AND profile_at <= $13",
        )
        .bind(profile.id.as_str())
        .bind(&profile.organization_name)
        .bind(&profile.email)
        .bind(folded(&profile.organization_name))
        .bind(folded(&profile.email))
        .bind(stem(&profile.organization_name))
        .bind(search(&profile))
        .bind(profile.manager_account_id.as_deref().map(storable))
        .bind(profile.rollup_billing)
        .bind(profile.created_at.map(Timestamp::as_millis))
        .bind(profile.updated_at.map(Timestamp::as_millis))
        .bind(source.as_str())
        .bind(at.as_millis())
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(done > 0)
}

/// Writes a status; false where something newer is there, or no such account.
///
/// # Errors
/// When the database fails.
pub async fn set_status(tx: &mut Tx, id: &AccountId, status: Fact<AccountStatus>) -> Result<bool> {
    let done = within!(tx, conn => {
        sqlx::query("UPDATE accounts SET status = $2, status_source = $3, status_at = $4 WHERE id = $1 AND status_at <= $4")
            .bind(id.as_str())
            .bind(status.value.as_str())
            .bind(status.source.as_str())
            .bind(status.observed_at.as_millis())
            .execute(&mut *conn)
            .await?
            .rows_affected()
    });
    Ok(done > 0)
}

/// Writes a channel limit and who set or recorded it; false where something newer is there, or no such account.
///
/// # Errors
/// When the database fails.
pub async fn set_limit(tx: &mut Tx, id: &AccountId, limit: Fact<ChannelLimit>, by: Limiter<'_>) -> Result<bool> {
    let done = within!(tx, conn => {
        sqlx::query(
            "UPDATE accounts SET channel_limit = $2, limit_source = $3, limit_at = $4, limit_by = $5, limit_by_name = $6
             WHERE id = $1 AND (limit_at IS NULL OR limit_at <= $4)",
        )
        .bind(id.as_str())
        .bind(i64::from(limit.value.get()))
        .bind(limit.source.as_str())
        .bind(limit.observed_at.as_millis())
        .bind(by.map(|(staff, _)| staff.as_uuid()))
        .bind(by.map(|(_, name)| storable(name)))
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(done > 0)
}

/// Writes whether an account has custom pricing; false where something newer is there, or no such account.
///
/// # Errors
/// When the database fails.
pub async fn set_pricing(tx: &mut Tx, id: &AccountId, custom_pricing: Fact<bool>) -> Result<bool> {
    let done = within!(tx, conn => {
        sqlx::query(
            "UPDATE accounts SET custom_pricing = $2, pricing_source = $3, pricing_at = $4
             WHERE id = $1 AND (pricing_at IS NULL OR pricing_at <= $4)",
        )
        .bind(id.as_str())
        .bind(custom_pricing.value)
        .bind(custom_pricing.source.as_str())
        .bind(custom_pricing.observed_at.as_millis())
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(done > 0)
}

/// Writes an account's balance as one reading had it; none where the reading had none.
///
/// # Errors
/// When the database fails.
pub async fn set_balance(tx: &mut Tx, id: &AccountId, balance: Option<&Balance>, at: Timestamp) -> Result<bool> {
    let text = balance.map(serde_json::to_string).transpose().map_err(Error::stored)?;
    let done = within!(tx, conn => {
        sqlx::query(
            "UPDATE accounts SET balance = $2, balance_at = $3
             WHERE id = $1 AND (balance_at IS NULL OR balance_at <= $3)",
        )
        .bind(id.as_str())
        .bind(text.as_deref().map(storable))
        .bind(at.as_millis())
        .execute(&mut *conn)
        .await?
        .rows_affected()
    });
    Ok(done > 0)
}

/// What a 404 makes of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Not there once: it may be a slip.
    Once,
    /// Not there twice: gone, as of now.
    Gone,
    /// It was gone before, or the directory never had it.
    Already,
}

/// Counts that Telnyx answered 404 for an account. The second time, without a success between, it is gone.
///
/// # Errors
/// When the database fails.
pub async fn mark_not_found(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<Missing> {
    let count: Option<i64> = within!(tx, conn => {
        sqlx::query_scalar(
            "UPDATE accounts SET not_found_count = not_found_count + 1, missing_since = COALESCE(missing_since, $2)
             WHERE id = $1 AND gone_at IS NULL AND profile_at <= $2 RETURNING not_found_count",
        )
        .bind(id.as_str())
        .bind(at.as_millis())
        .fetch_optional(&mut *conn)
        .await?
    });
    match count {
        None => Ok(Missing::Already),
        Some(..2) => Ok(Missing::Once),
        Some(_) => {
            within!(tx, conn => {
                sqlx::query("UPDATE accounts SET gone_at = $2 WHERE id = $1")
                    .bind(id.as_str())
                    .bind(at.as_millis())
                    .execute(&mut *conn)
                    .await?;
            });
            Ok(Missing::Gone)
        }
    }
}

/// Notes that Telnyx has the account: earlier 404s count no more.
///
/// # Errors
/// When the database fails.
pub async fn mark_found(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<()> {
    within!(tx, conn => {
        sqlx::query(
            "UPDATE accounts SET not_found_count = 0, missing_since = NULL, gone_at = NULL
             WHERE id = $1 AND not_found_count > 0 AND (missing_since IS NULL OR missing_since <= $2)",
        )
        .bind(id.as_str())
        .bind(at.as_millis())
        .execute(&mut *conn)
        .await?;
    });
    Ok(())
}

/// Notes when something about an account was found changed outside the portal.
///
/// # Errors
/// When the database fails.
pub async fn mark_changed_elsewhere(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<()> {
    within!(tx, conn => {
        sqlx::query("UPDATE accounts SET changed_elsewhere_at = $2 WHERE id = $1")
            .bind(id.as_str())
            .bind(at.as_millis())
            .execute(&mut *conn)
            .await?;
    });
    Ok(())
}

/// Accounts for which one page of a list said what the directory has.
#[derive(Clone, Debug)]
pub struct Confirmed<'a> {
    /// Which.
    pub ids: &'a [&'a AccountId],
    /// The status whose list it is.
    pub status: AccountStatus,
    /// When the page's request started.
    pub at: Timestamp,
}

/// Renews the ages of status, profile and pricing, of accounts for which nothing differs and nothing newer is there.
///
/// # Errors
/// When the database fails.
pub async fn confirm(tx: &mut Tx, confirmed: &Confirmed<'_>) -> Result<u64> {
    if confirmed.ids.is_empty() {
        return Ok(0);
    }
    let at = confirmed.at.as_millis();
    Ok(within!(tx, conn => {
        let mut query = QueryBuilder::new("UPDATE accounts SET status_source = 'sweep', status_at = ");
        query.push_bind(at);
        query.push(", profile_source = 'sweep', profile_at = ").push_bind(at);
        query.push(", pricing_source = 'sweep', pricing_at = ").push_bind(at);
        query.push(" WHERE status = ").push_bind(confirmed.status.as_str());
        query.push(" AND status_at <= ").push_bind(at);
        query.push(" AND profile_at <= ").push_bind(at);
        query.push(" AND pricing_at <= ").push_bind(at);
        query.push(" AND id IN (");
        let mut places = query.separated(", ");
        for id in confirmed.ids {
            places.push_bind(id.as_str());
        }
        query.push(")");
        query.build().execute(&mut *conn).await?.rows_affected()
    }))
}
