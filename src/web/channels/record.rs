//! Recording of one account's limit as seen in Mission Control. Nothing is sent to Telnyx.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::PATH;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::directory::recorded_limits::{self, LimitEntry};
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::web::access::{Authorized, ChangeLimits, Viewer};
use crate::web::confirmation::{Confirmation, ConfirmationField, Control, Fact, crumbs};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form, Query};
use crate::web::help;
use crate::web::htmx::Htmx;
use crate::web::layout::{Section, Toast};
use crate::web::{paths, render};

/// Time at which the form was shown. The recorded limit cannot have been seen later.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "String")]
pub(super) struct SeenAt(Option<Timestamp>);

impl From<String> for SeenAt {
    fn from(text: String) -> Self {
        Self(text.parse().ok().map(Timestamp::from_millis))
    }
}

impl SeenAt {
    /// Returns the time, or `now` if the form has none.
    pub(super) fn or_now(&self, now: Timestamp) -> Timestamp {
        self.0.map_or(now, |seen| seen.min(now))
    }
}

/// Converts an error of recording into an error of the request.
pub(super) fn record_error(error: recorded_limits::Error) -> Error {
    match error {
        recorded_limits::Error::Forbidden => {
            Error::Forbidden(crate::domain::role::Permission::ChangeLimits)
        }
        recorded_limits::Error::Db(error) => error.into(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RecordForm {
    channel_limit: Field,
    seen_at: SeenAt,
    back: Option<String>,
}

impl RecordForm {
    /// Returns the address of the list that shows the row.
    fn return_path(&self) -> String {
        let back = self.back.as_deref().and_then(paths::local);
        back.unwrap_or_else(|| PATH.to_owned())
    }
}

const LIMIT_HINT: &str = "It is stored with your name, as seen in Mission Control, until Telnyx \
                          confirms a limit.";

async fn show_form(
    viewer: &Viewer,
    htmx: &Htmx,
    account: &Account,
    form: RecordForm,
) -> Result<Response, Error> {
    let times = viewer.times();
    let known = account.channel_limit.map_or_else(
        || "not known".to_owned(),
        |fact| {
            let at = times.relative(fact.observed_at);
            format!("{}, {} {at}", fact.value, fact.source.label())
        },
    );
    let title = format!("Record the limit of {}", account.name());
    let at_telnyx = account.name_at_telnyx().map(|name| format!(" ({name})"));
    let back = form.return_path();
    let seen_at = form.seen_at.or_now(times.now()).as_millis();
    let status = if form.channel_limit.is_wrong() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let form = Confirmation {
        section: Section::Channels,
        page_title: Some("Record a channel limit".to_owned()),
        crumbs: crumbs([("Channels", &back), (account.name(), "")]),
        dialog_title: at_telnyx.map(|name| title.clone() + &name),
        title,
        lead: "As shown in Mission Control. Nothing is sent to Telnyx.".to_owned(),
        icon: "clipboard-list",
        action: format!("{PATH}/{}/record", account.id),
        hidden: vec![("seen_at", seen_at.to_string()), ("back", back.clone())],
        facts: vec![
            Fact::text("Email", account.email.as_str()),
            Fact::account_id(account),
            Fact::text("Known here", known).wide(),
        ],
        fields: vec![
            ConfirmationField::new(
                "channel_limit",
                "Channel limit in Mission Control",
                form.channel_limit,
            )
            .id("record-limit")
            .hint(LIMIT_HINT)
            .help(&help::UNKNOWN_LIMIT)
            .control(Control::Number)
            .focused(),
        ],
        cancel: ("Cancel", back),
        button: "Record limit".to_owned(),
        status,
        ..Confirmation::default()
    };
    form.respond(viewer, htmx).await
}

async fn load_account(app: &App, id: &AccountId) -> Result<Account, Error> {
    accounts::by_id(&app.db, id).await?.ok_or(Error::NotFound)
}

/// `GET /channels/{id}/record`
pub(super) async fn edit(
    may: Authorized<ChangeLimits>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    htmx: Htmx,
    Query(form): Query<RecordForm>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let form = kept.parse().unwrap_or(form);
    show_form(&may, &htmx, &load_account(&app, &id).await?, form).await
}

/// `POST /channels/{id}/record`
pub(super) async fn update(
    may: Authorized<ChangeLimits>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    htmx: Htmx,
    Form(mut form): Form<RecordForm>,
) -> Result<Response, Error> {
    let account = load_account(&app, &id).await?;
    if let Some(limit) = form.channel_limit.read(ChannelLimit::parse) {
        let entry = LimitEntry {
            line: 1,
            account: account.id.clone(),
            organization_name: account.organization_name.clone(),
            email: account.email.clone(),
            limit,
            known: account.channel_limit,
            seen_at: form.seen_at.or_now(app.clock.now()),
        };
        let applied = recorded_limits::apply(&app, may.actor(), vec![entry])
            .await
            .map_err(record_error)?;
        let Some((_, why)) = applied.skipped.into_iter().next() else {
            let text = format!(
                "{}: {limit} recorded, as seen in Mission Control, not confirmed by Telnyx.",
                account.name()
            );
            let toast = Toast::success(text);
            may.toast(toast).await?;
            // For a dialog over the list itself, a fragment would only scroll. The page must be
            // reloaded.
            let back = form.return_path();
            return Ok(render::redirect(&if htmx.sent {
                back
            } else {
                format!("{back}#row-{id}")
            }));
        };
        form.channel_limit.set_error(format!("Not recorded. {why}"));
    }
    show_form(&may, &htmx, &account, form).await
}
