//! Writing whole accounts: new ones, and the facts of any answer about an account.
//! Older facts never overwrite newer ones.

use serde::{Deserialize, Serialize};

use super::name_without_legal_form;
use super::sweep_watermark::hold_watermark;
use crate::db::{Result, Tx, replace_nul};
use crate::domain::account::AccountStatus;
use crate::domain::email;
use crate::domain::fact::{Fact, FactSource};
use crate::domain::ids::AccountId;
use crate::domain::text::folded;
use crate::domain::time::Timestamp;

/// Facts about an account that every Telnyx response body contains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Telnyx's ID of the account.
    pub id: AccountId,
    /// Organization name; empty if Telnyx returned none.
    pub organization_name: String,
    /// Email address; empty if Telnyx returned none.
    pub email: String,
    /// ID of the manager account that it belongs to.
    pub manager_account_id: Option<String>,
    /// True if its charges roll up to the manager; `None` if Telnyx did not say.
    pub rollup_billing: Option<bool>,
    /// Time of creation.
    pub created_at: Option<Timestamp>,
    /// Time of the last change at Telnyx.
    pub updated_at: Option<Timestamp>,
}

/// Inserts an account. Returns `false` if the directory already has it.
pub async fn insert(
    tx: &mut Tx,
    profile: &Profile,
    source: FactSource,
    at: Timestamp,
    status: Fact<AccountStatus>,
    custom_pricing: Option<Fact<bool>>,
) -> Result<bool> {
    insert_row(tx, profile, source, at, status, custom_pricing, false).await
}

/// Inserts an account that a complete sweep shows.
/// Once the sweep is applied, it confirms the account if its list states the pricing. Returns
/// `false` if the directory already has the account.
pub async fn insert_swept(
    tx: &mut Tx,
    profile: &Profile,
    at: Timestamp,
    status: AccountStatus,
    custom_pricing: Option<bool>,
) -> Result<bool> {
    let status = Fact {
        value: status,
        source: FactSource::Sweep,
        observed_at: at,
    };
    let pricing = custom_pricing.map(|value| Fact {
        value,
        source: FactSource::Sweep,
        observed_at: at,
    });
    insert_row(
        tx,
        profile,
        FactSource::Sweep,
        at,
        status,
        pricing,
        pricing.is_some(),
    )
    .await
}

async fn insert_row(
    tx: &mut Tx,
    profile: &Profile,
    source: FactSource,
    at: Timestamp,
    status: Fact<AccountStatus>,
    custom_pricing: Option<Fact<bool>>,
    swept: bool,
) -> Result<bool> {
    let (name, email) = (
        replace_nul(&profile.organization_name),
        replace_nul(&profile.email),
    );
    let changed = within!(tx => query(
        "INSERT INTO accounts (id, organization_name, email, name_folded, email_folded, name_stem,
            manager_account_id, rollup_billing, created_at, updated_at, profile_source, profile_at, first_seen_at,
            status, status_source, status_at, custom_pricing, pricing_source, pricing_at, swept, email_key)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14, $15, $16, $17, $18, $19, $20)
         ON CONFLICT (id) DO NOTHING",
        &profile.id, &name, &email, folded(&name), folded(&email), name_without_legal_form(&name),
        profile.manager_account_id.as_deref().map(replace_nul), profile.rollup_billing,
        profile.created_at, profile.updated_at, source, at, status.value, status.source,
        status.observed_at, custom_pricing.map(|fact| fact.value),
        custom_pricing.map(|fact| fact.source),
        custom_pricing.map(|fact| fact.observed_at), swept, email::key(&email),
    ).execute);
    Ok(changed > 0)
}

/// Stores the facts of a Telnyx answer about an account.
/// Inserts a new account with an unknown status. Keeps values that Telnyx left out. Returns `false`
/// if newer facts are stored.
pub async fn upsert_profile(
    tx: &mut Tx,
    profile: &Profile,
    source: FactSource,
    at: Timestamp,
) -> Result<bool> {
    let unknown = Fact {
        value: AccountStatus::Unknown,
        source,
        observed_at: at,
    };
    Ok(insert(tx, profile, source, at, unknown, None).await?
        || update_profile(tx, profile, source, at).await?)
}

/// Updates an account like [`upsert_profile`], if the directory has it.
/// Returns `false` if it does not, or if newer facts are stored.
pub async fn update_profile(
    tx: &mut Tx,
    profile: &Profile,
    source: FactSource,
    at: Timestamp,
) -> Result<bool> {
    hold_watermark(tx).await?;
    let kept: Option<(String, String)> = within!(tx => query_as(
        "SELECT organization_name, email FROM accounts WHERE id = $1", &profile.id,
    ).fetch_optional);
    let Some((kept_name, kept_email)) = kept else {
        return Ok(false);
    };
    let or_kept = |new: &str, kept: String| {
        if new.is_empty() {
            kept
        } else {
            replace_nul(new)
        }
    };
    let profile = Profile {
        organization_name: or_kept(&profile.organization_name, kept_name),
        email: or_kept(&profile.email, kept_email),
        ..profile.clone()
    };
    let changed = within!(tx => query(
        concat!(
            "UPDATE accounts SET organization_name = $2, email = $3, name_folded = $4, email_folded = $5, name_stem = $6,
                manager_account_id = COALESCE($7, manager_account_id), rollup_billing = COALESCE($8, rollup_billing),
                created_at = COALESCE($9, created_at), updated_at = COALESCE($10, updated_at), profile_source = $11,
                profile_at = $12, email_key = $13
             WHERE id = $1 AND ", seen_at!("profile"), " <= $12"
        ),
        &profile.id, &profile.organization_name, &profile.email, folded(&profile.organization_name),
        folded(&profile.email), name_without_legal_form(&profile.organization_name),
        profile.manager_account_id.as_deref().map(replace_nul), profile.rollup_billing,
        profile.created_at, profile.updated_at, source, at, email::key(&profile.email),
    ).execute);
    Ok(changed > 0)
}
