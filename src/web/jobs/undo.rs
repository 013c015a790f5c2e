//! Form that undoes a job. It leads to the preview of a new job.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::{JobContext, PATH};
use crate::bulk::{self, PlanError};
use crate::domain::job::{ItemState, JobAction, JobState};
use crate::domain::operation::ReasonCode;
use crate::domain::text::group_thousands;
use crate::web::change::{Problem, job_id_field, parse_job_id, parse_reason, parse_yes_no};
use crate::web::confirmation::{Confirmation, ConfirmationField, Consequence, Control, crumbs};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Form};
use crate::web::layout::Section;
use crate::web::notice::Notice;
use crate::web::render;

/// Submitted fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UndoInput {
    /// ID of the new job. The same form sent twice is one job.
    job: String,
    reason_code: String,
    reason: String,
    reenable_all_connections: String,
}

/// Change that the undo makes to accounts, if it needs a question of its own.
enum Question {
    /// It enables accounts, so the form asks about their connections.
    Connections,
    /// It disables accounts, so the form asks for a reason from the list.
    ReasonCode,
    None,
}

impl Question {
    /// Returns the question for undoing this action.
    fn of(undone: &JobAction) -> Self {
        match undone {
            JobAction::Disable => Self::Connections,
            JobAction::Enable { .. } | JobAction::Import { .. } => Self::ReasonCode,
            JobAction::Undo { of, .. } => match Self::of(of) {
                Self::Connections => Self::ReasonCode,
                Self::ReasonCode => Self::Connections,
                Self::None => Self::None,
            },
            _ => Self::None,
        }
    }
}

/// `GET /jobs/{id}/undo`
pub(super) async fn show(context: JobContext, kept: DraftForm) -> Result<Response, Error> {
    context.ensure_may_change()?;
    let counts = context.counts().await?;
    let input = kept.parse().unwrap_or_else(|| UndoInput {
        reason: format!("Undo of “{}”", context.job.action.title(counts.included())),
        ..UndoInput::default()
    });
    show_form(&context, input, None).await
}

/// `POST /jobs/{id}/undo`
pub(super) async fn undo(
    context: JobContext,
    Form(input): Form<UndoInput>,
) -> Result<Response, Error> {
    context.ensure_may_change()?;
    let connections = parse_yes_no(&input.reenable_all_connections);
    let asks = matches!(Question::of(&context.job.action), Question::Connections);
    if asks && connections.is_none() {
        let problem = Problem::at_field("reenable_all_connections", "Choose yes or no.");
        return show_form(&context, input, Some(problem)).await;
    }
    let reason = match parse_reason(&input.reason_code, &input.reason) {
        Ok(reason) => reason,
        Err(problem) => return show_form(&context, input, Some(problem)).await,
    };
    let id = match parse_job_id(&input.job, context.app.clock.now()) {
        Ok(id) => id,
        Err(problem) => return show_form(&context, input, Some(problem)).await,
    };
    let connections = connections.unwrap_or_default();
    let (app, actor) = (&context.app, context.may.actor());
    match bulk::preview_undo(app, actor, id, &context.job, connections, reason).await {
        Ok(job) => Ok(render::redirect(&format!("{PATH}/{}", job.id))),
        Err(PlanError::Forbidden(permission)) => Err(Error::Forbidden(permission)),
        Err(PlanError::Db(error)) => Err(error.into()),
        Err(error) => {
            let problem = problem(error);
            show_form(&context, input, Some(problem)).await
        }
    }
}

fn problem(error: PlanError) -> Problem {
    match error {
        PlanError::Field(field, sentence) => Problem::at_field(field, sentence),
        PlanError::Empty => Problem::rule_violation("The job changed nothing that can be undone."),
        PlanError::TooMany { selected, most } => {
            let count = |items| group_thousands(i64::try_from(items).unwrap_or(i64::MAX));
            let text = format!(
                "A job may have at most {} accounts, and this one changed {}.",
                count(most),
                count(selected)
            );
            Problem::rule_violation(&text)
        }
        error => Problem::rule_violation(&error.to_string()),
    }
}

async fn show_form(
    context: &JobContext,
    input: UndoInput,
    problem: Option<Problem>,
) -> Result<Response, Error> {
    let counts = context.counts().await?;
    let path = context.path();
    let title = context.job.action.title(counts.included());
    let mut form = Confirmation {
        section: Section::Jobs,
        crumbs: crumbs([("Jobs", PATH), (title.as_str(), path.as_str())]),
        title: "Undo this job?".to_owned(),
        lead: title,
        icon: "undo-2",
        action: format!("{path}/undo"),
        hidden: vec![job_id_field(&input.job, context.app.clock.now())],
        cancel: ("Cancel", path),
        button: "Preview the undo".to_owned(),
        status: StatusCode::OK,
        ..Confirmation::default()
    };
    let done = counts.of(ItemState::Done);
    let changed = match done {
        1 => "1 account was changed".to_owned(),
        many => format!("{} accounts were changed", group_thousands(many)),
    };
    form.consequences = vec![
        Consequence::plain(format!(
            "{changed}. Those that were changed since are left out."
        )),
        Consequence::plain("You see a preview first. Nothing is changed yet."),
    ];
    form.fields = fields(&context.job.action, &input);
    if !matches!(context.job.state, JobState::Ended | JobState::Stopped) || done == 0 {
        let text = "Only a finished or stopped job can be undone, if it changed something.";
        form.obstruct(Notice::new("warn", "This job cannot be undone now", text));
        form.cancel.0 = "Close";
    }
    if let Some(problem) = problem {
        form.show_problem(problem);
    }
    form.respond(&context.may, &context.htmx).await
}

fn fields(undone: &JobAction, input: &UndoInput) -> Vec<ConfirmationField> {
    let mut fields = Vec::new();
    match Question::of(undone) {
        Question::Connections => fields.push(connections_field(&input.reenable_all_connections)),
        Question::ReasonCode => {
            let codes = ReasonCode::FOR_ACCOUNTS.map(|code| (code.as_str(), code.label()));
            let reasons = [("", "Choose a reason")].into_iter().chain(codes);
            fields.push(
                ConfirmationField::new("reason_code", "Reason", input.reason_code.trim())
                    .control(Control::select(reasons)),
            );
        }
        Question::None => {}
    }
    let is_second = matches!(Question::of(undone), Question::ReasonCode);
    let label = if is_second {
        "In a few words"
    } else {
        "Reason"
    };
    fields.push(
        ConfirmationField::new("reason", label, input.reason.as_str())
            .hint("Recorded in the activity. The customers do not see it.")
            .control(Control::TextArea),
    );
    fields
}

fn connections_field(typed: &str) -> ConfirmationField {
    let label = "Switch the accounts’ connections on as well?";
    let note = "Switch them on in Mission Control.";
    ConfirmationField::connections(label, note, typed)
}
