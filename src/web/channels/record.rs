//! GET and POST /channels/{id}/record: recording the limit of one account that Mission Control shows. Nothing is sent to
//! Telnyx.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::ADDRESS;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::directory::record::{self, Entry};
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;
use crate::web::access::{ChangeLimits, May, Viewer};
use crate::web::error::Error;
use crate::web::form::{Field, Form, Kept, Query};
use crate::web::htmx::Htmx;
use crate::web::shell::{Section, Shell, Toast};
use crate::web::{page, paths};

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
pub(super) fn not_recorded(error: record::Error) -> Error {
    match error {
        record::Error::Forbidden => Error::Forbidden(crate::domain::role::Permission::ChangeLimits),
        record::Error::Db(error) => error.into(),
    }
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Recording {
    channel_limit: Field,
    seen_at: SeenAt,
    back: Option<String>,
}

impl Recording {
    /// The list that the row stands in.
    fn back(&self) -> String {
        let back = self.back.as_deref().and_then(paths::local);
        back.unwrap_or_else(|| ADDRESS.to_owned())
    }
}

/// The confirmation, as a page of its own.
#[derive(Template)]
#[template(path = "channels/record.html", blocks = ["form"])]
struct RecordPage {
    shell: Shell,
    account: Account,
    form: Recording,
    seen_at: i64,
    known: Option<String>,
}

impl RecordPage {
    async fn new(viewer: &Viewer, account: Account, form: Recording) -> Result<Self, Error> {
        let known = account.channel_limit.map(|fact| {
            format!(
                "{}, {} {}",
                fact.value,
                fact.source.label(),
                viewer.times().relative(fact.observed_at)
            )
        });
        Ok(Self {
            shell: viewer.shell("Record a channel limit", Section::Channels).await?,
            seen_at: form.seen_at.or_now(viewer.times().now()).as_millis(),
            account,
            form,
            known,
        })
    }
}

async fn account(app: &App, viewer: &Viewer, id: &AccountId) -> Result<Account, Error> {
    accounts::by_id(&app.db, viewer.scope(), id)
        .await?
        .ok_or(Error::NotFound)
}

/// GET /channels/{id}/record
pub(super) async fn edit(
    may: May<ChangeLimits>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    htmx: Htmx,
    Query(form): Query<Recording>,
    kept: Kept,
) -> Result<Response, Error> {
    let form = kept.fill().unwrap_or(form);
    let page = RecordPage::new(&may, account(&app, &may, &id).await?, form).await?;
    page::render(&htmx, &page, &page.as_form())
}

/// POST /channels/{id}/record
pub(super) async fn update(
    may: May<ChangeLimits>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    htmx: Htmx,
    Form(mut form): Form<Recording>,
) -> Result<Response, Error> {
    let account = account(&app, &may, &id).await?;
    if let Some(limit) = form.channel_limit.read(ChannelLimit::parse) {
        let entry = Entry {
            line: 1,
            account: account.id.clone(),
            organization_name: account.organization_name.clone(),
            email: account.email.clone(),
            limit,
            known: account.channel_limit,
            seen_at: form.seen_at.or_now(app.clock.now()),
        };
        let applied = record::apply(&app, may.actor(), vec![entry])
            .await
            .map_err(not_recorded)?;
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
            let back = form.back();
            return Ok(page::redirect(&if htmx.sent {
                back
            } else {
                format!("{back}#row-{id}")
            }));
        };
        form.channel_limit.refuse(format!("Not recorded. {why}"));
    }
    let page = RecordPage::new(&may, account, form).await?;
    if htmx.partial {
        page::invalid(&page.as_form())
    } else {
        page::invalid(&page)
    }
}
