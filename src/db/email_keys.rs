//! Updates stored email keys when the portal starts.
//! SQL cannot compute them: see `domain::email::key`.

use uuid::Uuid;

use super::{Db, Result, Tx, accounts};
use crate::domain::email;

/// Number of accounts whose keys are written in one transaction.
const BATCH_SIZE: i64 = 5_000;

/// Writes the keys that are missing or were computed by an older rule.
pub(super) async fn backfill(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    backfill_staff(&mut tx).await?;
    backfill_org_users(&mut tx).await?;
    backfill_open_creations(&mut tx).await?;
    tx.commit().await?;
    backfill_accounts(db).await
}

/// Returns people who cannot sign in because someone else has the same email address.
/// Each comes with the address of that person.
pub async fn staff_with_duplicate_email(db: &Db) -> Result<Vec<(String, String)>> {
    let all: Vec<(String, String)> = on!(db => query_as(
        "SELECT email, email_folded FROM staff ORDER BY email",
    ).fetch_all);
    let holder = |key: &str| {
        all.iter()
            .find(|(_, kept)| kept == key)
            .map(|(email, _)| email.clone())
    };
    let shadowed = |(email, kept): &(String, String)| {
        let key = email::key(email);
        (key != *kept)
            .then(|| Some((email.clone(), holder(&key)?)))
            .flatten()
    };
    Ok(all.iter().filter_map(shadowed).collect())
}

/// Updates the keys of staff. If two people have the same address, the first keeps it.
/// Only the first can then sign in with it.
async fn backfill_staff(tx: &mut Tx) -> Result<()> {
    let all: Vec<(Uuid, String, String)> = within!(&mut *tx => query_as(
        "SELECT id, email, email_folded FROM staff
         ORDER BY CASE WHEN disabled_at IS NULL THEN 0 ELSE 1 END, created_at, id",
    ).fetch_all);
    if all
        .iter()
        .all(|(_, email, kept)| email::key(email) == *kept)
    {
        return Ok(());
    }
    // Locks all rows like `staff::lock_all`, so that replicas that start at once take turns.
    within!(&mut *tx => query("UPDATE staff SET version = version").execute);
    for (id, email, kept) in all {
        let key = email::key(&email);
        if key == kept {
            continue;
        }
        let done = within!(&mut *tx => query(
            "UPDATE staff SET email_folded = $2
             WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM staff AS others WHERE others.email_folded = $2)",
            id, &key,
        ).execute);
        if done == 0 {
            tracing::warn!(staff = %id, "this person's email is the same as another's: see `reseller-portal check`");
        }
    }
    Ok(())
}

async fn backfill_org_users(tx: &mut Tx) -> Result<()> {
    let missing: Vec<(i64, String)> = within!(&mut *tx => query_as(
        "SELECT place, email FROM org_users WHERE email_key = '' AND email <> '' ORDER BY place",
    ).fetch_all);
    for (place, email) in missing {
        within!(&mut *tx => query(
            "UPDATE org_users SET email_key = $2 WHERE place = $1 AND email = $3",
            place, email::key(&email), &email,
        ).execute);
    }
    Ok(())
}

/// Updates the subjects of open creations, which contain the email key.
async fn backfill_open_creations(tx: &mut Tx) -> Result<()> {
    let open: Vec<(Uuid, String)> = within!(&mut *tx => query_as(
        "SELECT id, subject FROM operations WHERE kind = 'create' AND finished_at IS NULL AND subject LIKE 'create:%@%'
         ORDER BY created_at, id",
    ).fetch_all);
    for (id, subject) in open {
        let key = email::key(subject.strip_prefix("create:").unwrap_or_default());
        let wanted = format!("create:{key}");
        if wanted == subject {
            continue;
        }
        within!(&mut *tx => query(
            "UPDATE operations SET subject = $2 WHERE id = $1 AND finished_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM operations AS others WHERE others.subject = $2 AND others.finished_at IS NULL)",
            id, &wanted,
        ).execute);
    }
    Ok(())
}

async fn backfill_accounts(db: &Db) -> Result<()> {
    let mut after = String::new();
    loop {
        let missing: Vec<(String, String)> = on!(db => query_as(
            "SELECT id, email FROM accounts WHERE email_key = '' AND email <> '' AND id > $1 ORDER BY id LIMIT $2",
            &after, BATCH_SIZE,
        ).fetch_all);
        let Some((last, _)) = missing.last() else {
            return Ok(());
        };
        after.clone_from(last);
        let mut tx = db.begin().await?;
        accounts::lock_bulk_writes(&mut tx).await?;
        for (id, email) in missing {
            within!(&mut tx => query(
                "UPDATE accounts SET email_key = $2 WHERE id = $1 AND email = $3",
                &id, email::key(&email), &email,
            ).execute);
        }
        tx.commit().await?;
    }
}
