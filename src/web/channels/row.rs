//! GET /channels/{id}/row: one holder of channels, with the editor of its limit. The list and the change of a limit show
//! the same row.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::ADDRESS;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::operations::{self, Operation};
use crate::domain::account::AccountStatus;
use crate::domain::fact::Source;
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::operation::{Change, State as Stage};
use crate::domain::role::Permission;
use crate::operations::{Submission, late};
use crate::web::access::{May, Read, Viewer};
use crate::web::change::{self, Marks, Problem, Turned};
use crate::web::error::Error;
use crate::web::form::Query;
use crate::web::pool::PoolView;
use crate::web::view::When;
use crate::web::{page, paths};

/// More operations than this are not looked through for those of the accounts on a page.
const OPEN: i64 = 1_000;

/// One account in the table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) account: Account,
    /// When the limit was set or recorded.
    pub(super) limit_at: Option<When>,
    /// What is open about the account.
    pub(super) open: Option<Open>,
    /// What an earlier request may still do, in a sentence; empty if there is none.
    pub(super) late: String,
    /// Whether the reader may change limits.
    pub(super) may_change: bool,
    pub(super) marks: Marks,
    /// What the field holds.
    pub(super) value: String,
    /// Why nothing came of what was typed.
    pub(super) problem: Option<Problem>,
    /// Shown with a highlight: it was changed just now.
    pub(super) fresh: bool,
    /// The address of the list that the row stands in.
    pub(super) back: String,
}

/// An operation that holds the account.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) id: OperationId,
    pub(super) label: &'static str,
    pub(super) stage: Stage,
}

impl Row {
    pub(super) fn new(viewer: &Viewer, account: Account, open: Option<&Operation>) -> Self {
        let times = viewer.times();
        let limit = account.channel_limit;
        Self {
            limit_at: limit.map(|fact| times.at(fact.observed_at)),
            open: open.map(|operation| Open {
                id: operation.id,
                label: operation.change.label(),
                stage: operation.state,
            }),
            late: String::new(),
            may_change: viewer.can(Permission::ChangeLimits),
            marks: Marks::of_account(times.now(), &account).with_limit(&account),
            value: limit.map(|fact| fact.value.get().to_string()).unwrap_or_default(),
            problem: None,
            fresh: false,
            back: ADDRESS.to_owned(),
            account,
        }
    }

    /// The row with what of these may still act.
    pub(super) async fn with_late(
        mut self,
        app: &App,
        viewer: &Viewer,
        unanswered: &[Operation],
    ) -> Result<Self, Error> {
        let of_limit = |other: &&Operation| {
            matches!(other.change, Change::ChannelLimit { .. }) && late::contradicts(other, &self.account)
        };
        if let Some(operation) = unanswered.iter().find(of_limit) {
            self.late = if late::in_doubt(app, viewer.scope(), operation, &self.account).await? {
                format!(
                    "in doubt: an earlier request seems to have acted, to {}",
                    late::effect(operation)
                )
            } else {
                format!("an earlier request may still act, to {}", late::effect(operation))
            };
        }
        Ok(self)
    }

    /// The row after its limit was changed.
    pub(super) fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// The row with what was typed, which was not taken.
    pub(super) fn refused(mut self, typed: &str, problem: Problem) -> Self {
        typed.clone_into(&mut self.value);
        self.problem = Some(problem);
        self
    }

    /// In a list: where to go back to without a script.
    pub(super) fn in_list(mut self, back: &str) -> Self {
        back.clone_into(&mut self.back);
        self
    }

    /// What is wrong with what was typed, in a line; empty where nothing is.
    pub(super) fn error(&self) -> String {
        let Some(problem) = &self.problem else {
            return String::new();
        };
        match problem.message_of("channel_limit") {
            "" => problem.in_one_line(),
            message => message.to_owned(),
        }
    }

    pub(super) fn may_try_anyway(&self) -> bool {
        self.problem.as_ref().is_some_and(Problem::may_try_anyway)
    }

    pub(super) fn link(&self) -> Option<(String, String)> {
        self.problem.as_ref().and_then(|problem| problem.notice.link.clone())
    }

    pub(super) fn limit(&self) -> Option<String> {
        self.account.channel_limit.map(|fact| fact.value.to_string())
    }

    /// The limit as forms and the preview carry it; empty where it is not known.
    pub(super) fn shown(&self) -> String {
        self.account
            .channel_limit
            .map(|fact| fact.value.get().to_string())
            .unwrap_or_default()
    }

    /// Where the limit comes from, before its time.
    pub(super) fn origin(&self) -> String {
        let Some(fact) = self.account.channel_limit else {
            return String::new();
        };
        let by = self.account.limit_by.as_ref().map(|(_, name)| name.as_str());
        match (fact.source, by) {
            (Source::Person, Some(name)) => format!("recorded by {name}"),
            (Source::Person, None) => "recorded".to_owned(),
            (_, Some(name)) => format!("confirmed, set by {name}"),
            (_, None) => "confirmed".to_owned(),
        }
    }

    pub(super) fn is_recorded(&self) -> bool {
        self.account
            .channel_limit
            .is_some_and(|fact| fact.source == Source::Person)
    }

    /// What could be had back: the channels of a disabled account.
    pub(super) fn reclaim(&self) -> Option<String> {
        let disabled = self.account.status.value == AccountStatus::Disabled;
        self.account
            .channel_limit
            .filter(|fact| disabled && fact.value.get() > 0)
            .map(|fact| format!("reclaim {}", fact.value))
    }

    /// Where the row asks for itself again while something is under way; empty where nothing is.
    pub(super) fn poll(&self) -> String {
        self.open
            .as_ref()
            .filter(|open| open.stage != Stage::Unknown)
            .map(|open| {
                let address = format!("{ADDRESS}/{}/row", self.account.id);
                paths::with_query(&address, [("op", open.id.to_string().as_str()), ("back", &self.back)])
            })
            .unwrap_or_default()
    }
}

impl Open {
    pub(super) fn kind(&self) -> &'static str {
        if self.stage == Stage::Unknown { "bad" } else { "busy" }
    }
}

/// What the accounts on a page have open, by account.
pub(super) async fn open_by_account(app: &App, viewer: &Viewer) -> Result<HashMap<AccountId, Operation>, Error> {
    let open = operations::open(&app.db, viewer.scope(), OPEN).await?;
    Ok(open
        .into_iter()
        .filter_map(|operation| Some((operation.account.clone()?, operation)))
        .collect())
}

/// One row as it is now.
pub(super) async fn load(app: &App, viewer: &Viewer, id: &AccountId) -> Result<Row, Error> {
    let account = accounts::by_id(&app.db, viewer.scope(), id)
        .await?
        .ok_or(Error::NotFound)?;
    let open = open_by_account(app, viewer).await?;
    let unanswered = late::unanswered(app, viewer.scope()).await?;
    Row::new(viewer, account, open.get(id))
        .with_late(app, viewer, &unanswered)
        .await
}

/// One row alone, with the pool's card, which the change of a limit moves too.
#[derive(Template)]
#[template(path = "channels/_row_alone.html")]
pub(super) struct RowPart {
    pub(super) row: Row,
    pub(super) pool: PoolView,
}

impl RowPart {
    pub(super) async fn new(app: &App, viewer: &Viewer, row: Row) -> Result<Self, Error> {
        let pool = PoolView::load(app, viewer.scope(), viewer.times()).await?;
        Ok(Self { row, pool })
    }
}

/// What a row asks for while it waits.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Waiting {
    /// The operation that it waits for.
    op: Option<String>,
    /// The list that it stands in.
    back: Option<String>,
}

/// GET /channels/{id}/row
pub(super) async fn show(
    may: May<Read>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    Query(waiting): Query<Waiting>,
) -> Result<Response, Error> {
    let back = waiting.back.as_deref().and_then(paths::local);
    let row = load(&app, &may, &id).await?.in_list(back.as_deref().unwrap_or(ADDRESS));
    let awaited = match waiting.op.as_deref().and_then(|op| op.parse().ok()) {
        Some(op) => operations::by_id(&app.db, may.scope(), op).await?,
        None => None,
    };
    let settled = awaited.filter(|operation| operation.account.as_ref() == Some(&id) && operation.state.is_settled());
    let Some(operation) = settled else {
        return page::html(&RowPart::new(&app, &may, row).await?);
    };
    let wanted = match &operation.change {
        Change::ChannelLimit { limit, .. } => limit.get().to_string(),
        _ => row.value.clone(),
    };
    match change::turn(&app, may.actor(), may.times(), Ok(Submission::Settled(operation))).await? {
        Turned::Done { toast, .. } => page::with_toast(&RowPart::new(&app, &may, row.fresh()).await?, &toast),
        Turned::Problem(problem) => page::html(&RowPart::new(&app, &may, row.refused(&wanted, problem)).await?),
        Turned::Open(_) => page::html(&RowPart::new(&app, &may, row).await?),
    }
}
