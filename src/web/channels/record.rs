//! GET and POST /channels/{id}/record: recording the limit of one account that Mission Control shows. Nothing is sent to
//! Telnyx.

use askama::Template;
use axum::extract::{Path, State};
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
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form, Query};
use crate::web::htmx::Htmx;
use crate::web::layout::{Layout, Section, Toast};
use crate::web::{paths, render};

/// When a form was shown, as it carries it: nobody saw a limit in Mission Control after they sent it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "String")]
pub(super) struct SeenAt(Option<Timestamp>);

impl From<String> for SeenAt {
    fn from(text: String) -> Self {
        Self(text.parse().ok().map(Timestamp::from_millis))
    }
}

impl SeenAt {
    /// The time, and now where the form carries none.
    pub(super) fn or_now(&self, now: Timestamp) -> Timestamp {
        self.0.map_or(now, |seen| seen.min(now))
    }
}

/// Why the directory took nothing.
pub(super) fn record_error(error: recorded_limits::Error) -> Error {
    match error {
        recorded_limits::Error::Forbidden => {
            Error::Forbidden(crate::domain::role::Permission::ChangeLimits)
        }
        recorded_limits::Error::Db(error) => error.into(),
    }
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RecordForm {
    channel_limit: Field,
    seen_at: SeenAt,
    back: Option<String>,
}

impl RecordForm {
    /// The list that the row stands in.
    fn return_path(&self) -> String {
        let back = self.back.as_deref().and_then(paths::local);
        back.unwrap_or_else(|| PATH.to_owned())
    }
}

/// The confirmation, as a page of its own.
#[derive(Template)]
#[template(path = "channels/record.html", blocks = ["form"])]
struct RecordPage {
    layout: Layout,
    account: Account,
    form: RecordForm,
    seen_at: i64,
    known: Option<String>,
}

impl RecordPage {
    async fn new(viewer: &Viewer, account: Account, form: RecordForm) -> Result<Self, Error> {
        let known = account.channel_limit.map(|fact| {
            format!(
                "{}, {} {}",
                fact.value,
                fact.source.label(),
                viewer.times().relative(fact.observed_at)
            )
        });
        Ok(Self {
            layout: viewer
                .layout("Record a channel limit", Section::Channels)
                .await?,
            seen_at: form.seen_at.or_now(viewer.times().now()).as_millis(),
            account,
            form,
            known,
        })
    }
}

async fn load_account(app: &App, id: &AccountId) -> Result<Account, Error> {
    accounts::by_id(&app.db, id).await?.ok_or(Error::NotFound)
}

/// GET /channels/{id}/record
pub(super) async fn edit(
    may: Authorized<ChangeLimits>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    htmx: Htmx,
    Query(form): Query<RecordForm>,
    kept: DraftForm,
) -> Result<Response, Error> {
    let form = kept.parse().unwrap_or(form);
    let page = RecordPage::new(&may, load_account(&app, &id).await?, form).await?;
    render::page_or_fragment(&htmx, &page, &page.as_form())
}

/// POST /channels/{id}/record
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
            let toast = Toast {
                kind: "success",
                text,
                undo: None,
            };
            may.toast(toast).await?;
            // In a dialog of that very page a fragment would only scroll: the page has to be loaded again.
            let back = form.return_path();
            return Ok(render::redirect(&if htmx.sent {
                back
            } else {
                format!("{back}#row-{id}")
            }));
        };
        form.channel_limit.set_error(format!("Not recorded. {why}"));
    }
    let page = RecordPage::new(&may, account, form).await?;
    if htmx.partial {
        render::invalid_form(&page.as_form())
    } else {
        render::invalid_form(&page)
    }
}
