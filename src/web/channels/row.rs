//! Row of one holder of channels, with the editor of its limit. The list shows it, and so does the
//! answer to a change of the limit.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::PATH;
use super::filter::ChannelsQuery;
use super::headings::ChannelsOrder;
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::operations::{self, Operation};
use crate::domain::fact::FactSource;
use crate::domain::ids::{AccountId, OperationId};
use crate::domain::operation::{Change, OperationState as CreationStage};
use crate::domain::role::Permission;
use crate::operations::{Submission, late_effects};
use crate::web::access::{Authorized, Read, Viewer};
use crate::web::account_cells::AccountCells;
use crate::web::change::{self, ChangeOutcome};
use crate::web::columns::{self, ShownColumns};
use crate::web::error::Error;
use crate::web::form::Query;
use crate::web::format::FormattedTime;
use crate::web::limit_editor::{EditorLink, LimitEditor};
use crate::web::pool::PoolView;
use crate::web::reclaim::ReclaimLink;
use crate::web::{paths, render};

/// Maximum number of open operations that are loaded for a page.
const MAX_OPEN_OPERATIONS: i64 = 1_000;

/// Account as a row of the table.
#[derive(Clone, Debug)]
pub(super) struct ChannelsRow {
    pub(super) account: Account,
    /// Cells that lists of accounts share.
    pub(super) cells: AccountCells,
    /// Time at which the limit was set or recorded.
    pub(super) limit_at: Option<FormattedTime>,
    /// Open operation of the account.
    pub(super) open: Option<OpenOperation>,
    /// Sentence that tells what an earlier request may still do; empty if there is none.
    pub(super) unanswered_notice: String,
    /// True if the reader may change limits.
    pub(super) may_change: bool,
    /// Editor of the limit.
    pub(super) editor: LimitEditor,
    /// True to highlight the row, because it was changed just now.
    pub(super) is_highlighted: bool,
}

/// Operation that is in progress for the account.
#[derive(Clone, Debug)]
pub(super) struct OpenOperation {
    pub(super) id: OperationId,
    pub(super) label: &'static str,
    pub(super) stage: CreationStage,
}

impl ChannelsRow {
    pub(super) fn new(
        app: &App,
        viewer: &Viewer,
        account: Account,
        open: Option<&Operation>,
    ) -> Self {
        let times = viewer.times();
        let limit = account.channel_limit;
        Self {
            cells: AccountCells::new(&account, times, app.low_balance()),
            limit_at: limit.map(|fact| times.format(fact.observed_at)),
            open: open.map(|operation| OpenOperation {
                id: operation.id,
                label: operation.change.label(),
                stage: operation.state,
            }),
            unanswered_notice: String::new(),
            may_change: viewer.can(Permission::ChangeLimits),
            editor: LimitEditor::new(times.now(), &account, PATH),
            is_highlighted: false,
            account,
        }
        .with_return_path(PATH)
    }

    /// Adds the notice about an earlier request that may still act, if any.
    pub(super) async fn with_unanswered(
        mut self,
        app: &App,
        unanswered: &[Operation],
    ) -> Result<Self, Error> {
        let of_limit = |other: &&Operation| {
            matches!(other.change, Change::ChannelLimit { .. })
                && late_effects::contradicts(other, &self.account)
        };
        if let Some(operation) = unanswered.iter().find(of_limit) {
            self.unanswered_notice =
                if late_effects::may_have_taken_effect(app, operation, &self.account).await? {
                    format!(
                        "may be outdated: an earlier request may have set {}",
                        late_effects::effect_text(operation)
                    )
                } else {
                    format!(
                        "an earlier request may still set {}",
                        late_effects::effect_text(operation)
                    )
                };
        }
        Ok(self)
    }

    /// Highlights the row after a change of its limit.
    pub(super) fn highlighted(mut self) -> Self {
        self.is_highlighted = true;
        self
    }

    /// Sets the list to return to without a script.
    pub(super) fn with_return_path(mut self, back: &str) -> Self {
        let address = format!("{PATH}/{}/record", self.account.id);
        self.editor.link = Some(EditorLink {
            label: "Record",
            description: format!(
                "Record the limit of {} that Mission Control shows",
                self.account.name()
            ),
            href: paths::with_query(&address, [("back", back)]),
            row: String::new(),
        });
        back.clone_into(&mut self.editor.return_path);
        self
    }

    pub(super) fn limit(&self) -> Option<String> {
        self.account
            .channel_limit
            .map(|fact| fact.value.to_string())
    }

    /// Returns the source of the limit, before its time.
    pub(super) fn limit_source(&self) -> String {
        let Some(fact) = self.account.channel_limit else {
            return String::new();
        };
        let by = self
            .account
            .limit_by
            .as_ref()
            .map(|(_, name)| name.as_str());
        match (fact.source, by) {
            (FactSource::Person, Some(name)) => format!("recorded by {name}"),
            (FactSource::Person, None) => "recorded".to_owned(),
            (_, Some(name)) => format!("confirmed, set by {name}"),
            (_, None) => "confirmed".to_owned(),
        }
    }

    pub(super) fn is_recorded(&self) -> bool {
        self.account
            .channel_limit
            .is_some_and(|fact| fact.source == FactSource::Person)
    }

    /// Returns the link that takes back the channels of a disabled account.
    pub(super) fn reclaim(&self) -> Option<ReclaimLink> {
        ReclaimLink::of_account(&self.account, &self.editor.return_path)
    }

    /// Returns the address that the row polls while an operation is in progress; empty otherwise.
    pub(super) fn poll_href(&self) -> String {
        self.open
            .as_ref()
            .filter(|open| open.stage != CreationStage::Unknown)
            .map(|open| {
                let address = format!("{PATH}/{}/row", self.account.id);
                paths::with_query(
                    &address,
                    [
                        ("op", open.id.to_string().as_str()),
                        ("back", &self.editor.return_path),
                    ],
                )
            })
            .unwrap_or_default()
    }
}

impl OpenOperation {
    pub(super) fn kind(&self) -> &'static str {
        if self.stage == CreationStage::Unknown {
            "bad"
        } else {
            "busy"
        }
    }
}

/// Loads the open operations, keyed by account.
pub(super) async fn open_by_account(app: &App) -> Result<HashMap<AccountId, Operation>, Error> {
    let open = operations::open(&app.db, MAX_OPEN_OPERATIONS).await?;
    Ok(open
        .into_iter()
        .filter_map(|operation| Some((operation.account.clone()?, operation)))
        .collect())
}

/// Loads the current row of one account.
pub(super) async fn load(app: &App, viewer: &Viewer, id: &AccountId) -> Result<ChannelsRow, Error> {
    let account = accounts::by_id(&app.db, id).await?.ok_or(Error::NotFound)?;
    let open = open_by_account(app).await?;
    let unanswered = late_effects::find_unanswered(app).await?;
    ChannelsRow::new(app, viewer, account, open.get(id))
        .with_unanswered(app, &unanswered)
        .await
}

/// Returns the rows of these accounts in the list at `list`.
pub(super) async fn load_all(
    app: &App,
    viewer: &Viewer,
    accounts: Vec<Account>,
    list: &str,
) -> Result<Vec<ChannelsRow>, Error> {
    let open = open_by_account(app).await?;
    let unanswered = late_effects::find_unanswered(app).await?;
    let mut rows = Vec::with_capacity(accounts.len());
    for account in accounts {
        let open = open.get(&account.id);
        let row = ChannelsRow::new(app, viewer, account, open).with_return_path(list);
        rows.push(row.with_unanswered(app, &unanswered).await?);
    }
    Ok(rows)
}

/// One row alone, with the pool's card, which a change of the limit affects too.
#[derive(Template)]
#[template(path = "channels/_row_fragment.html")]
pub(super) struct RowFragment {
    pub(super) row: ChannelsRow,
    pub(super) columns: ShownColumns<ChannelsOrder>,
    pub(super) pool: PoolView,
    /// False: a script selects the row again.
    pub(super) is_page_selected: bool,
}

impl RowFragment {
    pub(super) async fn new(app: &App, viewer: &Viewer, row: ChannelsRow) -> Result<Self, Error> {
        let pool = PoolView::load(app, viewer.times()).await?;
        let query = ChannelsQuery::from_path(&row.editor.return_path);
        Ok(Self {
            row,
            columns: columns::load(app, viewer, &query).await?,
            pool,
            is_page_selected: false,
        })
    }
}

/// Query parameters of a row that polls.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PollQuery {
    /// Operation that it waits for.
    op: Option<String>,
    /// Address of the list that shows it.
    back: Option<String>,
}

/// `GET /channels/{id}/row`
pub(super) async fn show(
    may: Authorized<Read>,
    State(app): State<App>,
    Path(id): Path<AccountId>,
    Query(waiting): Query<PollQuery>,
) -> Result<Response, Error> {
    let back = waiting.back.as_deref().and_then(paths::local);
    let mut row = load(&app, &may, &id)
        .await?
        .with_return_path(back.as_deref().unwrap_or(PATH));
    let awaited = match waiting.op.as_deref().and_then(|op| op.parse().ok()) {
        Some(op) => operations::by_id(&app.db, op).await?,
        None => None,
    };
    let settled = awaited.filter(|operation| {
        operation.account.as_ref() == Some(&id) && operation.state.is_settled()
    });
    let Some(operation) = settled else {
        return render::html(&RowFragment::new(&app, &may, row).await?);
    };
    let wanted = match &operation.change {
        Change::ChannelLimit { limit, .. } => limit.get().to_string(),
        _ => row.editor.value.clone(),
    };
    match change::change_outcome(
        &app,
        may.actor(),
        may.times(),
        Ok(Submission::Settled(operation)),
    )
    .await?
    {
        ChangeOutcome::Done { toast, .. } => render::with_toast(
            &RowFragment::new(&app, &may, row.highlighted()).await?,
            &toast.in_list(back.as_deref().unwrap_or(PATH)),
        ),
        ChangeOutcome::Problem(problem) => {
            row.editor.show_problem(&wanted, problem);
            render::html(&RowFragment::new(&app, &may, row).await?)
        }
        ChangeOutcome::Pending(_) => render::html(&RowFragment::new(&app, &may, row).await?),
    }
}
