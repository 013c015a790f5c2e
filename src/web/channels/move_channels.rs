//! Form that moves channels from one account to another. Sends nothing: it stores a job's preview.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::PATH;
use crate::app::App;
use crate::bulk::{self, Move, PlanError};
use crate::db::accounts::{self, Account, SortOrder};
use crate::db::{self, channel_pool};
use crate::domain::account_filter::{AccountFilter, Criteria};
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::JobId;
use crate::domain::text::{self, folded, isolate_bidi};
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

const ADDRESS: &str = "/channels/move";

/// Submitted fields. Accounts are named by ID, email address or name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MoveInput {
    job: String,
    from: Field,
    to: Field,
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
    let from = find(app, &input.from.value).await?;
    let to = find(app, &input.to.value).await?;
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

/// Finds the account that a person named. Never guesses between several.
async fn find(app: &App, typed: &str) -> db::Result<Result<Account, String>> {
    let typed = text::trim_invisible(typed);
    if typed.is_empty() {
        return Ok(Err("Enter the account's email, name or ID.".to_owned()));
    }
    let mut found = match typed.parse() {
        Ok(id) => accounts::by_id(&app.db, &id).await?.into_iter().collect(),
        Err(_) => Vec::new(),
    };
    if found.is_empty() {
        found = accounts::with_email(&app.db, typed).await?;
    }
    if found.is_empty() {
        found = with_name(app, typed).await?;
    }
    found.retain(|account| account.gone_at.is_none());
    Ok(match (found.pop(), found.is_empty()) {
        (Some(account), true) => Ok(account),
        (Some(_), false) => Err("Several accounts match. Enter the email or the ID.".to_owned()),
        (None, _) => Err("No account has this email, name or ID.".to_owned()),
    })
}

async fn with_name(app: &App, typed: &str) -> db::Result<Vec<Account>> {
    let criteria: Criteria = AccountFilter::text_search(typed).into();
    let ids = accounts::ids(&app.db, &criteria, SortOrder::default()).await?;
    let first = &ids[..ids.len().min(100)];
    let mut found = accounts::by_ids(&app.db, first).await?;
    found.retain(|account| folded(account.name()) == folded(typed));
    Ok(found)
}

async fn form(app: &App, input: &MoveInput) -> Result<Confirmation, Error> {
    let mut facts = Vec::new();
    for (label, typed) in [("From", &input.from.value), ("To", &input.to.value)] {
        if let Ok(account) = find(app, typed).await? {
            facts.push(Fact::text(label, describe(&account)).wide());
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
        fields: vec![
            account_field("from", "From", &input.from),
            account_field("to", "To", &input.to),
            ConfirmationField::new("channels", "Channels", input.channels.clone())
                .control(Control::Number),
            ConfirmationField::new("reason", "Reason", input.reason.as_str())
                .hint("Recorded in the activity. The customers do not see it.")
                .optional(true)
                .control(Control::TextArea),
        ],
        cancel: ("Cancel", PATH.to_owned()),
        button: "Preview".to_owned(),
        ..Confirmation::default()
    })
}

fn account_field(name: &'static str, label: &'static str, typed: &Field) -> ConfirmationField {
    ConfirmationField::new(name, label, typed.clone()).hint("Email, name or ID of the account.")
}

fn describe(account: &Account) -> String {
    let limit = account.channel_limit.map_or_else(
        || "limit not known".to_owned(),
        |fact| format!("limit {}", fact.value),
    );
    format!("{}, {limit}", isolate_bidi(account.name()))
}
