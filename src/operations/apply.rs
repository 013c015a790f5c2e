//! Effects of a completed operation on the directory.

use super::new_account;
use crate::db::accounts::{self, Profile};
use crate::db::operations::Operation;
use crate::db::{self, Tx, org_users};
use crate::domain::account::AccountStatus;
use crate::domain::audit::Event;
use crate::domain::channels::ChannelLimit;
use crate::domain::fact::{Fact, FactSource};
use crate::domain::ids::{AccountId, OrgUserId};
use crate::domain::operation::AccountDetails;
use crate::domain::time::Timestamp;
use crate::telnyx;

/// Fact that Telnyx confirmed, with the start time of the confirming request.
#[derive(Clone)]
pub(crate) enum Effect {
    /// The account now has this status.
    Status(AccountId, AccountStatus, Timestamp),
    /// A read made during the operation showed this status.
    StatusRead(AccountId, AccountStatus, Timestamp),
    /// The account now has this limit.
    Limit(AccountId, ChannelLimit, Timestamp),
    /// Custom pricing of the account is now on or off.
    Pricing(AccountId, bool, Timestamp),
    /// Account as Telnyx returned it.
    Profile(Box<telnyx::Account>, Timestamp),
    /// The portal's own data is to be stored with the new account.
    Details(AccountId, Box<AccountDetails>),
    /// The user was removed.
    OrgUserRemoved(OrgUserId),
}

/// Writes one effect to the directory, unless the directory has a newer fact.
/// Returns the audit events of the portal's own data.
pub(super) async fn apply(
    tx: &mut Tx,
    operation: &Operation,
    effect: Effect,
    now: Timestamp,
) -> db::Result<Vec<Event>> {
    match effect {
        Effect::Status(account, value, at) => {
            accounts::set_status(tx, &account, fact(value, at)).await?;
        }
        Effect::StatusRead(account, value, observed_at) => {
            let fact = Fact {
                value,
                source: FactSource::Reading,
                observed_at,
            };
            accounts::set_status(tx, &account, fact).await?;
        }
        Effect::Limit(account, value, at) => {
            let by = Some((operation.staff_id, operation.staff_name.as_str()));
            accounts::set_limit(tx, &account, fact(value, at), by).await?;
        }
        Effect::Pricing(account, value, at) => {
            accounts::set_pricing(tx, &account, fact(value, at)).await?;
        }
        Effect::Profile(account, at) => {
            accounts::upsert_profile(tx, &profile(*account), FactSource::Operation, at).await?;
        }
        Effect::Details(account, details) => {
            return new_account::annotate(tx, operation, &account, &details, now).await;
        }
        Effect::OrgUserRemoved(user) => {
            org_users::remove(tx, &user).await?;
        }
    }
    Ok(Vec::new())
}

const fn fact<T>(value: T, observed_at: Timestamp) -> Fact<T> {
    Fact {
        value,
        source: FactSource::Operation,
        observed_at,
    }
}

fn profile(account: telnyx::Account) -> Profile {
    Profile {
        id: account.id,
        organization_name: account.organization_name.unwrap_or_default(),
        email: account.email,
        manager_account_id: account.manager_account_id,
        rollup_billing: account.rollup_billing,
        created_at: account.created_at,
        updated_at: account.updated_at,
    }
}
