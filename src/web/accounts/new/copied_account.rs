//! Account from which the form was filled.

use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::domain::ids::AccountId;
use crate::web::error::Error;
use crate::web::notice::Notice;

/// Returns the account with this ID, if the directory has it.
pub(super) async fn account_of(app: &App, like: &str) -> Result<Option<Account>, Error> {
    match like.parse::<AccountId>() {
        Ok(id) => Ok(accounts::by_id(&app.db, &id).await?),
        Err(_) => Ok(None),
    }
}

/// Returns the notice that names the account from which the form was filled.
pub(super) async fn copy_notice(app: &App, like: &str) -> Result<Option<Notice>, Error> {
    if like.is_empty() {
        return Ok(None);
    }
    let Some(account) = account_of(app, like).await? else {
        return Ok(Some(Notice::new(
            "warn",
            "Nothing was copied",
            "No account has this ID.",
        )));
    };
    let unknown = [
        ("rollup billing", account.rollup_billing.is_none()),
        ("channel limit", account.channel_limit.is_none()),
        ("custom pricing", account.custom_pricing.is_none()),
    ];
    let unknown: Vec<&str> = unknown
        .into_iter()
        .filter_map(|(name, is_unknown)| is_unknown.then_some(name))
        .collect();
    let mut text = "The form has its rollup billing, channel limit, custom pricing, tags and account manager. \
                    Name, email, display name and note are empty."
        .to_owned();
    if !unknown.is_empty() {
        text = format!("{text} Not known: {}.", unknown.join(", "));
    }
    Ok(Some(
        Notice::new("info", format!("Copied from {}", account.name()), text)
            .with_link("Open that account", format!("/accounts/{}", account.id)),
    ))
}
