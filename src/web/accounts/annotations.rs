//! The portal's own data about an account: its display name, account manager, tags and notes. Each has a card or
//! dialog, and a page at the address of its form.

use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;

use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::domain::ids::AccountId;
use crate::web::access::{Authorized, RequiredPermission};
use crate::web::error::Error;
use crate::web::htmx::Htmx;
use crate::web::render;

mod assignee;
mod name;
mod notes;
mod tags;

pub(super) use tags::TagsCard;

pub(super) fn router() -> Router<App> {
    Router::new()
        .merge(assignee::router())
        .merge(name::router())
        .merge(tags::router())
        .merge(notes::router())
}

/// Sender of the request with permission `P`, and the account from the directory.
struct AnnotationContext<P> {
    app: App,
    may: Authorized<P>,
    account: Account,
    htmx: Htmx,
    params: RawPathParams,
}

impl<P: RequiredPermission> FromRequestParts<App> for AnnotationContext<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may = Authorized::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::NotFound)?;
        let id: AccountId = param(&params, "id")?;
        let account = accounts::by_id(&app.db, &id)
            .await?
            .ok_or(Error::NotFound)?;
        if account.gone_at.is_some() && parts.method == Method::POST {
            return Err(Error::Rule(
                "This account is gone from Telnyx: what the portal remembers of it cannot be changed.".to_owned(),
            ));
        }
        Ok(Self {
            app: app.clone(),
            may,
            account,
            htmx: Htmx::of(&parts.headers),
            params,
        })
    }
}

impl<P> AnnotationContext<P> {
    /// Returns a path parameter other than the account; a malformed value counts as not found.
    fn path_param<T: std::str::FromStr>(&self, name: &str) -> Result<T, Error> {
        param(&self.params, name)
    }

    /// Redirects to a card on the account's page.
    fn redirect_to_account(&self, card: &str) -> Response {
        render::redirect(&format!("/accounts/{}{card}", self.account.id))
    }
}

fn param<T: std::str::FromStr>(params: &RawPathParams, name: &str) -> Result<T, Error> {
    let value = params
        .iter()
        .find(|(other, _)| *other == name)
        .map(|(_, value)| value);
    value
        .and_then(|value| value.parse().ok())
        .ok_or(Error::NotFound)
}
