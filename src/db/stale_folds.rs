//! Folded texts that a migration marked as stale.
//! The portal recomputes them when it starts, because SQL cannot.

use uuid::Uuid;

use super::accounts::name_without_legal_form;
use super::{Db, Result, Tx};
use crate::domain::text::folded;

/// Number of rows that are read and written at a time.
const PAGE: i64 = 2_000;

/// Recomputes all folded texts of a table.
/// `$update` takes the key, the folded text, and the original text.
macro_rules! refold {
    ($db:ident, $first:expr, $select:literal, $update:literal) => {{
        let mut after = $first;
        loop {
            let rows: Vec<(_, String, String)> = on!($db, pool => {
                sqlx::query_as($select).bind(after).bind(PAGE).fetch_all(pool).await?
            });
            let Some((last, ..)) = rows.last() else {
                break;
            };
            after = *last;
            let mut tx = $db.begin().await?;
            for (key, text, stored) in rows {
                let fold = folded(&text);
                if fold != stored {
                    within!(&mut tx => query($update, key, &fold, &text).execute);
                }
            }
            tx.commit().await?;
        }
    }};
}

/// Recomputes the folded texts that a migration marked as stale.
pub(super) async fn refresh(db: &Db) -> Result<()> {
    let stale: Vec<String> = on!(db => query_scalar(
        "SELECT what FROM stale_folds ORDER BY what",
    ).fetch_all);
    for what in stale {
        match what.as_str() {
            "accounts" => refold_accounts(db).await?,
            "notes" => refold!(
                db,
                Uuid::nil(),
                "SELECT id, body, body_folded FROM notes WHERE id > $1 ORDER BY id LIMIT $2",
                "UPDATE notes SET body_folded = $2 WHERE id = $1 AND body = $3"
            ),
            // If two tags now fold to the same text, one keeps its old fold.
            "tags" => refold!(
                db,
                Uuid::nil(),
                "SELECT id, name, name_folded FROM tags WHERE id > $1 ORDER BY id LIMIT $2",
                "UPDATE tags SET name_folded = $2 WHERE id = $1 AND name = $3
                    AND NOT EXISTS (SELECT 1 FROM tags other WHERE other.name_folded = $2)"
            ),
            "views" => refold!(
                db,
                Uuid::nil(),
                "SELECT id, name, name_folded FROM views WHERE id > $1 ORDER BY id LIMIT $2",
                "UPDATE views SET name_folded = $2 WHERE id = $1 AND name = $3
                    AND NOT EXISTS (SELECT 1 FROM views other
                        WHERE other.staff_id = views.staff_id AND other.name_folded = $2)"
            ),
            "org_users" => refold!(
                db,
                -1_i64,
                "SELECT place, email, email_folded FROM org_users
                    WHERE place > $1 AND email IS NOT NULL ORDER BY place LIMIT $2",
                "UPDATE org_users SET email_folded = $2 WHERE place = $1 AND email = $3"
            ),
            _ => {}
        }
        on!(db => query("DELETE FROM stale_folds WHERE what = $1", &what).execute);
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct FoldedAccount {
    id: String,
    organization_name: String,
    email: String,
    name_folded: String,
    email_folded: String,
    name_stem: String,
}

async fn refold_accounts(db: &Db) -> Result<()> {
    let mut after = String::new();
    loop {
        let page: Vec<FoldedAccount> = on!(db => query_as(
            "SELECT id, organization_name, email, name_folded, email_folded, name_stem FROM accounts
             WHERE id > $1 ORDER BY id LIMIT $2",
            &after, PAGE,
        ).fetch_all);
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.id);
        let mut tx = db.begin().await?;
        for account in page {
            account.refold(&mut tx).await?;
        }
        tx.commit().await?;
    }
}

impl FoldedAccount {
    async fn refold(&self, tx: &mut Tx) -> Result<()> {
        let (name, email) = (folded(&self.organization_name), folded(&self.email));
        let stem = name_without_legal_form(&self.organization_name);
        if name == self.name_folded && email == self.email_folded && stem == self.name_stem {
            return Ok(());
        }
        within!(tx => query(
            "UPDATE accounts SET name_folded = $1, email_folded = $2, name_stem = $3
             WHERE id = $4 AND organization_name = $5 AND email = $6",
            &name, &email, &stem, &self.id, &self.organization_name, &self.email,
        ).execute);
        Ok(())
    }
}
