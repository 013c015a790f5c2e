//! Page with the onboarding form.

use askama::Template;
use axum::response::Response;

use super::fields::NewAccountFields;
use super::{copied_account, pool_hint};
use crate::app::App;
use crate::db::tags;
use crate::web::access::Viewer;
use crate::web::assignee;
use crate::web::change::Problem;
use crate::web::error::Error;
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::new_account_defaults;
use crate::web::notice::Notice;
use crate::web::render;

/// Maximum number of tag names suggested while someone types.
const MAX_SUGGESTIONS: i64 = 300;
/// Error of the welcome email if it cannot be sent.
pub(super) const NO_MAIL_SERVER: &str = "This portal has no mail server. Clear this.";

#[derive(Template)]
#[template(path = "accounts/new/form.html")]
pub(super) struct FormPage {
    layout: Layout,
    fields: NewAccountFields,
    problem: Option<Problem>,
    /// Answer to a change of the person's own defaults.
    defaults_notice: Option<Notice>,
    /// Notice that names the account from which the form was filled.
    copy_notice: Option<Notice>,
    /// The person's own defaults in words; empty if they have none.
    own_defaults: String,
    /// IDs and labels of the staff who can be the account manager.
    account_managers: Vec<(String, String)>,
    tag_suggestions: Vec<String>,
    /// True if the portal can send the welcome email.
    sends_email: bool,
    /// Free channels of the pool in words.
    pool: String,
    pool_at: Option<FormattedTime>,
    /// Field that gets the focus: the first invalid one, or else the first.
    focus: &'static str,
    /// True if the login expired and the person signed in again to return to this page.
    restored_draft: bool,
}

impl FormPage {
    /// Adds the answer to a change of the person's own defaults.
    pub(super) fn with_defaults_notice(self, notice: Notice) -> Self {
        Self {
            defaults_notice: Some(notice),
            ..self
        }
    }
}

/// Returns the page with the form as filled in so far.
pub(super) async fn page(
    app: &App,
    viewer: &Viewer,
    fields: NewAccountFields,
    problem: Option<Problem>,
) -> Result<FormPage, Error> {
    let seen = pool_hint::latest(app).await?;
    let pool = seen.map(|(pool, _)| pool);
    Ok(FormPage {
        layout: viewer.layout("New account", Section::Accounts).await?,
        defaults_notice: None,
        copy_notice: copied_account::copy_notice(app, &fields.like.value).await?,
        own_defaults: new_account_defaults::describe(app, viewer.staff().id)
            .await?
            .unwrap_or_default(),
        account_managers: assignee::people(app, viewer, None).await?,
        tag_suggestions: tags::names(&app.db, MAX_SUGGESTIONS).await?,
        sends_email: app.mail.is_some(),
        focus: fields.first_invalid().unwrap_or("organization_name"),
        pool: pool_hint::pool_summary(pool),
        pool_at: seen
            .filter(|(pool, _)| pool.is_enabled())
            .map(|(_, at)| viewer.times().format(at)),
        fields,
        problem,
        restored_draft: false,
    })
}

/// Returns the page with the form as it was sent with an expired login.
pub(super) async fn restored_page(
    app: &App,
    viewer: &Viewer,
    fields: NewAccountFields,
) -> Result<FormPage, Error> {
    Ok(FormPage {
        restored_draft: true,
        ..page(app, viewer, fields, None).await?
    })
}

/// Answers 422 with the form and a message at each invalid field. Nothing was sent.
pub(super) async fn invalid_page(
    app: &App,
    viewer: &Viewer,
    fields: NewAccountFields,
    with_password: bool,
) -> Result<Response, Error> {
    let mut problem = Problem::at_fields(Vec::new());
    problem.notice.title = match fields.error_count() {
        1 => "Not created: check one field".to_owned(),
        many => format!("Not created: check {many} fields"),
    };
    if with_password {
        "Nothing was sent to Telnyx. What you typed is still here, except the password. Enter it \
         again on the next page."
            .clone_into(&mut problem.notice.text);
    }
    render::invalid_form(&page(app, viewer, fields, Some(problem)).await?)
}
