//! Values that the onboarding form starts with: those of a link, of another account, or the
//! person's own defaults.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::copied_account::account_of;
use super::fields::{NewAccountFields, yes_no};
use super::{account_manager, form};
use crate::app::App;
use crate::db;
use crate::db::tags;
use crate::domain::new_account::NewAccountDefaults;
use crate::web::access::{Authorized, CreateAccounts, Viewer};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Query};
use crate::web::render;

/// Fields that a link to the form may fill in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Prefill {
    organization_name: Vec<String>,
    email: Vec<String>,
    /// ID of the account to copy.
    like: Vec<String>,
}

/// `GET /accounts/new`
///
/// Shows the form. It is filled from before an expired login, from a link, from another account, or
/// with the person's own defaults.
pub(super) async fn new(
    may: Authorized<CreateAccounts>,
    State(app): State<App>,
    kept: DraftForm,
    Query(prefill): Query<Prefill>,
) -> Result<Response, Error> {
    if let Some(sent) = kept.parse::<NewAccountFields>() {
        return render::html(&form::restored_page(&app, &may, sent).await?);
    }
    let first = |values: Vec<String>| values.into_iter().next().unwrap_or_default();
    let like = first(prefill.like);
    let start = if like.is_empty() {
        own_defaults(&app, &may).await?
    } else {
        like_account(&app, like).await?
    };
    let fields = NewAccountFields {
        organization_name: first(prefill.organization_name).into(),
        email: first(prefill.email).into(),
        ..start
    };
    render::html(&form::page(&app, &may, fields, None).await?)
}

/// Returns the fields of a form that starts with the person's own defaults.
async fn own_defaults(app: &App, viewer: &Viewer) -> Result<NewAccountFields, Error> {
    let stored = db::new_account_defaults::of_staff(&app.db, viewer.staff().id).await?;
    let mut defaults = stored.unwrap_or_default();
    defaults.assignee = account_manager::if_enabled(app, defaults.assignee).await?;
    Ok(NewAccountFields::from_defaults(&defaults))
}

/// Returns the fields of a form that starts with the values of another account. Name, email,
/// display name and note stay empty.
async fn like_account(app: &App, like: String) -> Result<NewAccountFields, Error> {
    let Some(account) = account_of(app, &like).await? else {
        return Ok(NewAccountFields {
            like: like.into(),
            ..NewAccountFields::default()
        });
    };
    let tags = tags::of_account(&app.db, &account.id).await?;
    let defaults = NewAccountDefaults {
        channel_limit: account.channel_limit.map(|limit| limit.value),
        custom_pricing: account.custom_pricing.is_some_and(|pricing| pricing.value),
        tags: tags.into_iter().map(|tag| tag.name).collect(),
        assignee: account_manager::if_enabled(app, account.assignee_id).await?,
    };
    Ok(NewAccountFields {
        rollup_billing: account.rollup_billing.map_or("", yes_no).into(),
        like: like.into(),
        ..NewAccountFields::from_defaults(&defaults)
    })
}
