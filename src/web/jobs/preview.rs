//! Preview of a job: groups by decision, what a person leaves out, and the form that starts it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::JobContext;
use super::rows::{self, ItemRow, ItemRows, ItemsFilter, ItemsQuery};
use crate::bulk::{self, ControlError};
use crate::db::jobs::{self, groups::JobGroup};
use crate::domain::job::{Decision, JobAction, JobCounts, JobState};
use crate::domain::text::group_thousands;
use crate::web::change::parse_yes_no;
use crate::web::confirmation::Consequence;
use crate::web::consequences;
use crate::web::error::Error;
use crate::web::form::{Field, Form};
use crate::web::format::FormattedTime;
use crate::web::layout::{Layout, Section};
use crate::web::notice::Notice;
use crate::web::render;

mod channels;

/// Number of accounts with which a job may start.
pub(super) const FIRST: i64 = 2;

#[derive(Template)]
#[template(path = "jobs/preview.html", blocks = ["preview"])]
struct PreviewPage {
    layout: Layout,
    view: PreviewView,
}

struct PreviewView {
    path: String,
    /// Title, which is also the label of the button.
    title: String,
    selection: String,
    reason: String,
    person: String,
    at: FormattedTime,
    /// Address of the job that this one undoes.
    undoes: Option<String>,
    notices: Vec<Notice>,
    /// Number of accounts that the run includes.
    included: i64,
    groups: Vec<Group>,
    /// Limits of both accounts of a move of channels; empty for other jobs.
    moved: Vec<MovedLimit>,
    /// Channels that the run needs and frees; empty if none.
    channels: String,
    /// Address of the reader's import from which the job was made.
    import_href: Option<String>,
    consequences: Vec<Consequence>,
    /// True if the number of accounts must be typed.
    is_disruptive: bool,
    /// Field for that number.
    confirm: Field,
    may_change: bool,
    /// True if the rows are still being stored, so that the page changes by itself.
    is_preparing: bool,
    query: ItemsQuery,
    items: ItemRows,
}

impl PreviewView {
    /// Returns the number of accounts as it is to be typed.
    fn number(&self) -> String {
        group_thousands(self.included)
    }

    fn confirm_label(&self) -> String {
        format!("Type {} to confirm", self.number())
    }

    fn has_first(&self) -> bool {
        self.included > FIRST
    }

    fn opened(&self) -> Option<&Group> {
        self.groups.iter().find(|group| group.is_open)
    }

    /// Returns the address without the search.
    fn all_href(&self) -> String {
        self.query.href_with(|query| query.filter.q.clear())
    }
}

/// Channel limit of one account of a move, before and after it.
struct MovedLimit {
    /// `From` or `To`.
    label: &'static str,
    item: ItemRow,
}

/// Items with the same decision.
struct Group {
    decision: &'static str,
    /// Number and decision: "218 will change".
    label: String,
    /// Number of items that the run does not include; empty if it includes all.
    left_out: String,
    href: String,
    is_open: bool,
    may_include: bool,
    may_leave_out: bool,
}

/// Order of the groups on the page.
const GROUPS: [Decision; 12] = [
    Decision::Change,
    Decision::Pool,
    Decision::Same,
    Decision::Status,
    Decision::NotKnown,
    Decision::Changed,
    Decision::NotUndoable,
    Decision::Similar,
    Decision::Invalid,
    Decision::Exists,
    Decision::Duplicate,
    Decision::Excluded,
];

/// Shows the preview.
pub(super) async fn show(context: &JobContext, query: ItemsQuery) -> Result<Response, Error> {
    show_form(context, query, Field::default(), None, StatusCode::OK).await
}

/// Shows the preview with the typed number, a notice and this status.
pub(super) async fn show_form(
    context: &JobContext,
    mut query: ItemsQuery,
    confirm: Field,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<Response, Error> {
    let (app, job) = (&context.app, &context.job);
    let is_preparing = jobs::plans::is_pending(&app.db, job.id).await?;
    let counted = jobs::groups::by_job(&app.db, job.id).await?;
    let included = counted.iter().map(|group| group.included).sum();
    let may_change = context.may_change() && !is_preparing;
    let groups = groups(&job.action, &counted, &query, may_change);
    let mut notices: Vec<Notice> = notice.into_iter().collect();
    if is_preparing {
        let text = "The list of accounts is being prepared. This page continues by itself.";
        notices.push(Notice::new("info", "", text.to_owned()));
    }
    let (channels, shortage) = channels::sentence(context, &counted).await?;
    notices.extend(shortage);
    if !context.may_change() {
        let verb = bulk::permission(&job.action).verb();
        notices.push(Notice::new("info", "", format!("Your role cannot {verb}.")));
    }
    // Rows that are not stored yet are on no page.
    let known = |filter: &_| {
        if is_preparing {
            None
        } else {
            known_total(filter, &counted)
        }
    };
    let items = rows::load(app, job.id, &mut query, known).await?;
    let reader = context.may.actor().staff_id;
    let import = context.import().await?;
    let import = import.filter(|import| import.staff_id == reader);
    let import_href = import.map(|import| format!("/accounts/import/{}", import.id));
    let title = job.action.title(included);
    let mut layout = context.may.layout(title.clone(), Section::Jobs).await?;
    layout.refresh = is_preparing.then(|| context.path());
    let page = PreviewPage {
        layout,
        view: PreviewView {
            path: context.path(),
            title,
            selection: job.selection.clone(),
            reason: job.reason.as_sentence(),
            person: job.staff_name.clone(),
            at: context.may.times().format(job.created_at),
            undoes: job.undoes.map(|id| format!("{}/{id}", super::PATH)),
            notices,
            included,
            groups,
            moved: moved_limits(context).await?,
            channels,
            import_href,
            consequences: consequences::of(&job.action),
            is_disruptive: job.action.is_disruptive(),
            confirm,
            may_change,
            is_preparing,
            items,
            query,
        },
    };
    let mut response = render::page_or_fragment(&context.htmx, &page, &page.as_preview())?;
    *response.status_mut() = status;
    Ok(response)
}

/// Returns the limits that a move of channels changes. The account that gives comes first.
async fn moved_limits(context: &JobContext) -> Result<Vec<MovedLimit>, Error> {
    if !matches!(context.job.action, JobAction::MoveChannels { .. }) {
        return Ok(Vec::new());
    }
    let labels = ["From", "To"].into_iter();
    let items = rows::first(&context.app, context.job.id, 2).await?;
    let moved = labels.zip(items);
    Ok(moved
        .map(|(label, item)| MovedLimit { label, item })
        .collect())
}

/// Returns the number of items that match a filter, if the counts tell it.
fn known_total(filter: &ItemsFilter, counted: &[JobGroup]) -> Option<i64> {
    let is_of_decision = filter.state.is_none() && filter.q.is_empty();
    let matching = counted.iter().filter(|group| {
        filter
            .decision
            .is_none_or(|decision| decision == group.decision)
    });
    is_of_decision.then(|| matching.map(|group| group.items).sum())
}

fn groups(
    action: &JobAction,
    counted: &[JobGroup],
    query: &ItemsQuery,
    may_change: bool,
) -> Vec<Group> {
    let groups = GROUPS.into_iter().filter_map(|decision| {
        let of = counted.iter().find(|group| group.decision == decision)?;
        let is_open = query.filter.decision == Some(decision);
        let (sendable, left_out) = (decision.is_sendable(), of.items - of.included);
        let href = query.href_with(|query| {
            query.filter.decision = Some(decision).filter(|_| !is_open);
            query.filter.q.clear();
        });
        Some(Group {
            decision: decision.as_str(),
            label: match (action, decision) {
                (JobAction::MoveChannels { .. }, Decision::Change) => "Both changes".to_owned(),
                _ => format!(
                    "{} {}",
                    group_thousands(of.items),
                    lower_first(decision_label(action, decision))
                ),
            },
            left_out: if sendable && left_out > 0 {
                format!("{} left out", group_thousands(left_out))
            } else {
                String::new()
            },
            href,
            is_open,
            may_include: may_change && sendable && left_out > 0,
            may_leave_out: may_change && sendable && of.included > 0,
        })
    });
    groups.collect()
}

/// Returns the label of a decision. An import creates accounts instead of changing them.
fn decision_label(action: &JobAction, decision: Decision) -> &'static str {
    match (action, decision) {
        (JobAction::Import { .. }, Decision::Change) => "Will be created",
        (_, decision) => decision.label(),
    }
}

/// Returns the text with a small first letter.
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// Returns the notice that the included accounts changed while the form was open.
pub(super) fn changed_set(counts: &JobCounts) -> Notice {
    let text = format!(
        "{} included now. Someone changed this in another tab. Check it, then start.",
        match counts.included() {
            1 => "1 account is".to_owned(),
            many => format!("{} accounts are", group_thousands(many)),
        }
    );
    Notice::alert("warn", "Not started", text)
}

/// Submitted fields of a button that includes items, or leaves them out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LeaveOutInput {
    decision: String,
    /// Number of the item; empty for all with the decision.
    number: String,
    left_out: String,
    /// Address of the page with the button.
    back: String,
}

/// `POST /jobs/{id}/leave-out`
pub(super) async fn leave_out(
    context: JobContext,
    Form(input): Form<LeaveOutInput>,
) -> Result<Response, Error> {
    context.ensure_may_change()?;
    let damaged = || Error::BadRequest("The request was damaged. Reload the page.".into());
    let decision: Decision = input.decision.trim().parse().map_err(|_| damaged())?;
    let left_out = parse_yes_no(&input.left_out).ok_or_else(damaged)?;
    let number = match input.number.trim() {
        "" => None,
        number => Some(number.parse::<i64>().map_err(|_| damaged())?),
    };
    let (app, actor) = (&context.app, context.may.actor());
    match bulk::leave_out(app, actor, &context.job, decision, number, left_out).await {
        Ok(()) => {}
        Err(ControlError::Forbidden(permission)) => return Err(Error::Forbidden(permission)),
        Err(error @ (ControlError::Rule(_) | ControlError::Changed(_))) => {
            return Err(Error::Conflict(error.to_string()));
        }
        Err(ControlError::Db(error)) => return Err(error.into()),
    }
    let query = ItemsQuery::from_path(&input.back).at_path(context.path());
    if context.htmx.partial && context.job.state == JobState::Preview {
        return show(&context, query).await;
    }
    Ok(render::redirect(&query.href()))
}
