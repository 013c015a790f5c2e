//! Form that moves channels from one account to another. Sends nothing: it stores a job's preview.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::PATH;
use crate::app::App;
use crate::bulk::{self, Move, PlanError};
use crate::db::accounts::Account;
use crate::db::channel_pool;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::JobId;
use crate::domain::text::{self, isolate_bidi};
use crate::web::access::{Authorized, ChangeLimits};
use crate::web::change::{Problem, job_id_field, parse_job_id, parse_reason};
use crate::web::confirmation::{
    Confirmation, ConfirmationField, Consequence, Control, Fact, crumbs,
};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form, Query};
use crate::web::htmx::Htmx;
use crate::web::layout::Section;
use crate::web::notice::Notice;
use crate::web::render;

mod named_account;

use named_account::NamedAccount;

const ADDRESS: &str = "/channels/move";

/// Submitted fields. Accounts are named by ID, email address, or part of their name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MoveInput {
    job: String,
    from: Field,
    /// ID of the account that the person chose among several matches.
    from_id: String,
    to: Field,
    to_id: String,
    channels: Field,
    reason: String,
}

/// `GET /channels/move?from=&to=`
pub(super) async fn new(
    may: Authorized<ChangeLimits>,
    State(app): State<App>,
    Query(input): Query<MoveInput>,
    kept: DraftForm,
    htmx: Htmx,
) -> Result<Response, Error> {
    let restored = kept.parse::<MoveInput>();
    let is_restored = restored.is_some();
    let mut form = form(&app, &restored.unwrap_or(input)).await?;
    if is_restored {
        form.notices.insert(0, Notice::restored_draft());
    }
    form.respond(&may, &htmx).await
}

/// `POST /channels/move`
pub(super) async fn create(
    may: Authorized<ChangeLimits>,
    State(app): State<App>,
    htmx: Htmx,
    Form(input): Form<MoveInput>,
) -> Result<Response, Error> {
    let problem = match read(&app, &input).await? {
        Ok((id, wanted)) => match bulk::preview_move(&app, may.actor(), id, wanted).await {
            Ok(job) => return Ok(render::redirect(&format!("/jobs/{}", job.id))),
            Err(PlanError::Forbidden(permission)) => return Err(Error::Forbidden(permission)),
            Err(PlanError::Db(error)) => return Err(error.into()),
            Err(PlanError::Field(field, sentence)) => Problem::at_field(field, sentence),
            Err(error) => Problem::rule_violation(&error.to_string()),
        },
        Err(problem) => problem,
    };
    let mut form = form(&app, &input).await?;
    form.show_problem(problem);
    form.respond(&may, &htmx).await
}

/// Reads all fields. Fails with the message of each wrong one.
async fn read(app: &App, input: &MoveInput) -> Result<Result<(JobId, Move), Problem>, Error> {
    let id = match parse_job_id(&input.job, app.clock.now()) {
        Ok(id) => id,
        Err(problem) => return Ok(Err(problem)),
    };
    let from = NamedAccount::find(app, &input.from.value, &input.from_id).await?;
    let to = NamedAccount::find(app, &input.to.value, &input.to_id).await?;
    let (from, to) = (from.into_result(), to.into_result());
    let channels = ChannelLimit::parse(&input.channels.value).map_err(|error| error.to_string());
    let reason = parse_reason("", &input.reason);
    match (from, to, channels, reason) {
        (Ok(from), Ok(to), Ok(channels), Ok(reason)) => {
            let wanted = Move {
                from: from.id,
                to: to.id,
                channels,
                reason,
            };
            Ok(Ok((id, wanted)))
        }
        (from, to, channels, reason) => {
            let mut fields = Vec::new();
            fields.extend(from.err().map(|message| ("from", message)));
            fields.extend(to.err().map(|message| ("to", message)));
            fields.extend(channels.err().map(|message| ("channels", message)));
            fields.extend(reason.err().into_iter().flat_map(|problem| problem.fields));
            Ok(Err(Problem::at_fields(fields)))
        }
    }
}

async fn form(app: &App, input: &MoveInput) -> Result<Confirmation, Error> {
    let from = NamedAccount::find(app, &input.from.value, &input.from_id).await?;
    let to = NamedAccount::find(app, &input.to.value, &input.to_id).await?;
    let mut facts = Vec::new();
    for (label, account) in [("From", &from), ("To", &to)] {
        if let NamedAccount::Found(account) = account {
            facts.push(Fact::text(label, describe(account)).wide());
        }
    }
    if let Some((pool, _)) = channel_pool::latest(&app.db).await? {
        let free = i64::from(pool.total) - i64::from(pool.allocated);
        let free = text::group_thousands(free.max(0));
        facts.push(Fact::text("Pool", format!("{free} channels are free")).wide());
    }
    Ok(Confirmation {
        section: Section::Channels,
        crumbs: crumbs([("Channels", PATH)]),
        title: "Move channels".to_owned(),
        lead: "From one account to another, with channels that are already allocated.".to_owned(),
        icon: "audio-waveform",
        action: ADDRESS.to_owned(),
        hidden: vec![job_id_field(&input.job, app.clock.now())],
        facts,
        consequences: vec![
            Consequence::plain(
                "The channels are taken first, and given once Telnyx confirms that.",
            ),
            Consequence::undo("If the second account does not get them, undo puts them back."),
        ],
        fine_print: "Nothing is sent yet. The preview shows both limits, before and after.",
        fields: [
            account_fields(
                ("from", "From"),
                &input.from,
                ("from_id", &input.from_id),
                &from,
            ),
            account_fields(("to", "To"), &input.to, ("to_id", &input.to_id), &to),
        ]
        .into_iter()
        .flatten()
        .chain([
            ConfirmationField::new("channels", "Channels", input.channels.clone())
                .control(Control::Number),
            ConfirmationField::new("reason", "Reason", input.reason.as_str())
                .hint("Recorded in the activity. The customers do not see it.")
                .optional(true)
                .control(Control::TextArea),
        ])
        .collect(),
        cancel: ("Cancel", PATH.to_owned()),
        button: "Preview".to_owned(),
        ..Confirmation::default()
    })
}

/// Returns the field that names an account, and the list to choose from if several match.
fn account_fields(
    (name, label): (&'static str, &'static str),
    typed: &Field,
    (choice, chosen): (&'static str, &str),
    account: &NamedAccount,
) -> Vec<ConfirmationField> {
    let field = ConfirmationField::new(name, label, typed.clone())
        .hint("Part of the name, the email or the ID of the account.");
    let choices: Vec<(String, String)> = match account {
        NamedAccount::Ambiguous(found) => found
            .iter()
            .map(|account| (account.id.to_string(), describe_choice(account)))
            .collect(),
        // Keeps the choice while other fields are corrected.
        NamedAccount::Found(account) if account.id.as_str() == chosen.trim() => {
            vec![(account.id.to_string(), describe_choice(account))]
        }
        _ => return vec![field],
    };
    let none = (String::new(), "Choose an account".to_owned());
    let label = if name == "from" {
        "Which account gives them?"
    } else {
        "Which account gets them?"
    };
    let list = ConfirmationField::new(choice, label, chosen.trim());
    let choices = std::iter::once(none).chain(choices).collect();
    vec![field, list.control(Control::Select(choices))]
}

fn describe_choice(account: &Account) -> String {
    let status = account.status.value.label();
    format!("{}, {}, {status}", describe(account), account.email)
}

fn describe(account: &Account) -> String {
    let limit = account.channel_limit.map_or_else(
        || "limit not known".to_owned(),
        |fact| format!("limit {}", fact.value),
    );
    format!("{}, {limit}", isolate_bidi(account.name()))
}
