//! Items of a job on its page: the query of the address, and the rows.

use std::collections::{HashMap, HashSet};

use crate::app::App;
use crate::db::assignees::{self, Assignee};
use crate::db::jobs::items::{self, ItemFilter, JobItem};
use crate::db::operations;
use crate::domain::ids::{JobId, OperationId, StaffId};
use crate::domain::job::{Decision, ItemState, ItemWork};
use crate::operations::planned_values;
use crate::web::assignee::NOBODY_LABEL;
use crate::web::error::Error;
use crate::web::listing::{Filter, Pager, Param, Query, Value, choice_param, read};

/// Parsed address of a job's page.
pub(super) type ItemsQuery = Query<ItemsFilter>;

/// Filter of a job's items, as the address gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ItemsFilter {
    pub state: Option<ItemState>,
    pub decision: Option<Decision>,
    pub q: String,
}

impl Filter for ItemsFilter {
    type Order = ();

    const PATH: &'static str = super::PATH;
    const PARAMS: &'static [Param<Self>] = &[
        Param::new(
            "q",
            |filter, value| read::search(&mut filter.q, value),
            |filter| Value::of_text(&filter.q, "Search"),
        ),
        choice_param!("state", state, "state", "State: {}"),
        choice_param!("decision", decision, "group", "Group: {}"),
    ];
}

/// Page of a job's items.
pub(super) struct ItemRows {
    pub rows: Vec<ItemRow>,
    pub pager: Pager,
}

/// Loads the items that an address asks for. Moves the query to the last page if needed. `known`
/// is the number of items that match if it is known already, which saves counting them again.
pub(super) async fn load(
    app: &App,
    job: JobId,
    query: &mut ItemsQuery,
    known: impl FnOnce(&ItemsFilter) -> Option<i64>,
) -> Result<ItemRows, Error> {
    let filter = ItemFilter {
        state: query.filter.state,
        decision: query.filter.decision,
        q: query.filter.q.clone(),
    };
    let total = match known(&query.filter) {
        Some(total) => total,
        None => items::count(&app.db, job, &filter).await?,
    };
    query.clamp_page(total);
    let found = items::page(&app.db, job, &filter, query.page, query.page_size).await?;
    let sent = sent_operations(app, &found).await?;
    let staff = earlier_assignees(app, &found).await?;
    Ok(ItemRows {
        rows: found
            .into_iter()
            .map(|item| ItemRow::new(item, &sent, &staff))
            .collect(),
        pager: query.pager(total),
    })
}

/// Returns the first rows of a job, in the order in which they are sent.
pub(super) async fn first(app: &App, job: JobId, most: i64) -> Result<Vec<ItemRow>, Error> {
    let found = items::after(&app.db, job, 0, most).await?;
    let sent = sent_operations(app, &found).await?;
    let staff = earlier_assignees(app, &found).await?;
    let rows = found.into_iter();
    Ok(rows.map(|item| ItemRow::new(item, &sent, &staff)).collect())
}

/// Returns the operations of these items that exist. An item has a key before it is sent.
pub(super) async fn sent_operations(
    app: &App,
    items: &[JobItem],
) -> Result<HashSet<OperationId>, Error> {
    let keys: Vec<OperationId> = items.iter().map(|item| item.operation_id).collect();
    let found = operations::by_ids(&app.db, &keys).await?;
    Ok(found.into_iter().map(|operation| operation.id).collect())
}

/// Account managers that items had before, by their IDs.
pub(super) type Assignees = HashMap<StaffId, Assignee>;

/// Returns the account managers that the accounts of these items had in the preview.
pub(super) async fn earlier_assignees(app: &App, items: &[JobItem]) -> Result<Assignees, Error> {
    let shown = items.iter().filter_map(|item| item.shown.assignee);
    Ok(assignees::by_ids(&app.db, shown).await?)
}

/// Returns the value before an item's change, if it is known, and the requested value.
pub(super) fn values(item: &JobItem, staff: &Assignees) -> (Option<String>, Option<String>) {
    match &item.work {
        Some(ItemWork::Operation(change)) => {
            let (before, after) = planned_values(change, &item.shown);
            (before, Some(after))
        }
        Some(ItemWork::AddTag(name)) => (None, Some(format!("Tag {name}"))),
        Some(ItemWork::RemoveTag(name)) => (Some(format!("Tag {name}")), None),
        Some(ItemWork::Assign { staff: to, name }) => {
            let before = item.shown.assignee.and_then(|id| staff.get(&id));
            let before = before.map_or(NOBODY_LABEL, |person| &person.name);
            let after = to.map_or(NOBODY_LABEL, |_| name);
            (Some(before.to_owned()), Some(after.to_owned()))
        }
        None => (None, None),
    }
}

/// Row of one item.
pub(super) struct ItemRow {
    pub number: i64,
    pub name: String,
    pub email: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub message: String,
    /// Address of the account; empty if there is none.
    pub account_href: String,
    /// Address of the operation; empty if nothing was sent.
    pub operation_href: String,
    state: ItemState,
    decision: Decision,
}

impl ItemRow {
    fn new(item: JobItem, sent: &HashSet<OperationId>, staff: &Assignees) -> Self {
        let (before, after) = values(&item, staff);
        let operation = Some(item.operation_id).filter(|id| sent.contains(id));
        Self {
            number: item.number,
            before,
            after,
            account_href: item
                .account
                .map(|id| format!("/accounts/{id}"))
                .unwrap_or_default(),
            operation_href: operation
                .map(|id| format!("/operations/{id}"))
                .unwrap_or_default(),
            name: item.name,
            email: item.email,
            message: item.message,
            state: item.state,
            decision: item.decision,
        }
    }

    pub fn decision(&self) -> &'static str {
        self.decision.as_str()
    }

    pub fn is_left_out(&self) -> bool {
        self.state == ItemState::LeftOut
    }

    /// Returns `true` if the run could include the item and does not.
    pub fn is_left_out_by_hand(&self) -> bool {
        self.is_left_out() && self.decision.is_sendable()
    }

    pub fn has_result(&self) -> bool {
        !self.message.is_empty() || !self.operation_href.is_empty()
    }

    pub fn has_note(&self) -> bool {
        self.is_left_out_by_hand() || !self.message.is_empty()
    }

    pub fn state(&self) -> &'static str {
        self.state.label()
    }

    /// Returns the color of the state.
    pub fn badge(&self) -> &'static str {
        match self.state {
            ItemState::Done => "good",
            ItemState::Refused => "bad",
            ItemState::Unknown | ItemState::Incomplete => "warn",
            ItemState::Running | ItemState::Checking => "busy",
            ItemState::Waiting | ItemState::LeftOut | ItemState::NotStarted => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_jobs_items_comes_back_at_its_own_path() {
        let read = ItemsQuery::parse("q=acme&state=refused&decision=change&page=2");
        let read = read.at_path("/jobs/1");
        assert_eq!(
            read.href(),
            "/jobs/1?q=acme&state=refused&decision=change&page=2"
        );
        assert_eq!(read.clear_href(), "/jobs/1");
        assert_eq!(ItemsQuery::parse("state=x&decision=y").ignored.len(), 2);
    }
}
