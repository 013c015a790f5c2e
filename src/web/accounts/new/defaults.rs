//! A person's own defaults for the onboarding form: saved from the form, and removed there.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::fields::NewAccountFields;
use super::{account_manager, form};
use crate::app::App;
use crate::db::new_account_defaults;
use crate::web::access::{Authorized, CreateAccounts};
use crate::web::error::Error;
use crate::web::form::Form;
use crate::web::notice::Notice;
use crate::web::render;

/// Value of the button that removes the defaults.
const REMOVE: &str = "remove";

/// The form with the pressed button.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DefaultsForm {
    #[serde(flatten)]
    fields: NewAccountFields,
    /// `save` or `remove`.
    defaults: String,
}

/// `POST /accounts/new/defaults`
///
/// Saves the form's limit, pricing, tags and account manager as the person's defaults, or removes
/// their defaults. Shows the form again with everything that was typed.
pub(super) async fn update(
    may: Authorized<CreateAccounts>,
    State(app): State<App>,
    Form(DefaultsForm {
        mut fields,
        defaults,
    }): Form<DefaultsForm>,
) -> Result<Response, Error> {
    let staff = may.staff().id;
    let notice = if defaults == REMOVE {
        new_account_defaults::remove(&app.db, staff).await?;
        Notice::alert(
            "good",
            "Your defaults are removed",
            "New forms start empty.",
        )
    } else {
        let is_enabled = account_manager::check(&app, &mut fields).await?;
        let Some(own) = fields.read_defaults().filter(|_| is_enabled) else {
            let notice = Notice::alert(
                "bad",
                "Your defaults were not saved",
                "Check the field below. What you typed is still here.",
            );
            let page = form::page(&app, &may, fields, None).await?;
            return render::invalid_form(&page.with_defaults_notice(notice));
        };
        new_account_defaults::set(&app.db, staff, &own).await?;
        Notice::alert(
            "good",
            "Saved as your defaults",
            "Your new forms start with this channel limit, pricing, tags and account manager.",
        )
    };
    let page = form::page(&app, &may, fields, None).await?;
    render::html(&page.with_defaults_notice(notice))
}
