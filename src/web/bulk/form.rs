//! Form of an action on many accounts: its questions, its consequences, and the selection.

use super::action::{BulkAction, block_calls};
use super::context::BulkContext;
use super::input::BulkInput;
use crate::app::App;
use crate::db::{self, accounts, tags};
use crate::domain::ids::AccountId;
use crate::domain::job::JobAction;
use crate::domain::operation::ReasonCode;
use crate::domain::text::{group_thousands, isolate_bidi};
use crate::web::assignee;
use crate::web::change::{job_id_field, parse_yes_no};
use crate::web::confirmation::{
    Confirmation, ConfirmationField, Consequence, Control, Fact, FactValue, Subject, crumbs,
};
use crate::web::consequences;
use crate::web::error::Error;
use crate::web::help;
use crate::web::selection::SelectableFilter;

/// Maximum number of accounts whose names are shown.
const MAX_NAMES: usize = 8;
/// Maximum number of tag names suggested while someone types.
const MAX_SUGGESTIONS: i64 = 300;

/// Returns the form for these accounts, with what was typed.
pub(super) async fn new<F: SelectableFilter>(
    context: &BulkContext,
    input: &BulkInput,
    ids: &[AccountId],
) -> Result<Confirmation, Error> {
    let selection = input.selection();
    let list = selection.query::<F>().href();
    let described = selection.describe::<F>(&context.app, ids.len()).await?;
    let (action, many) = (context.action, count_accounts(ids.len()));
    let mut hidden = selection.hidden_fields();
    hidden.push(job_id_field(&input.job, context.app.clock.now()));
    let mut form = Confirmation {
        section: F::SECTION,
        crumbs: crumbs([(
            F::SECTION.nav_entry().map_or("", |(_, label, _)| label),
            list.as_str(),
        )]),
        title: title(action, &many),
        icon: action.icon(),
        action: format!("{}/bulk/{}", F::PATH, action.as_str()),
        hidden,
        facts: vec![
            Fact::text("Selected", described).wide(),
            names(&context.app, ids).await?,
        ],
        consequences: consequences(action),
        fine_print: "Nothing is sent yet. The preview shows what will change, account by account.",
        fields: fields(context, input).await?,
        subject: Subject::new(many, ""),
        cancel: ("Cancel", list),
        button: "Preview".to_owned(),
        ..Confirmation::default()
    };
    if let Some(first) = form.fields.first_mut() {
        first.focused = matches!(first.control, Control::Suggestions(_));
    }
    Ok(form)
}

fn title(action: BulkAction, many: &str) -> String {
    match action {
        BulkAction::Enable => format!("Enable {many}?"),
        BulkAction::Disable => format!("Disable {many}?"),
        BulkAction::ChannelLimit => format!("Change the channel limit of {many}"),
        BulkAction::BlockCalls => format!("Block outbound calls of {many}?"),
        BulkAction::CustomPricing => format!("Change the pricing of {many}"),
        BulkAction::AddTag => format!("Add a tag to {many}"),
        BulkAction::RemoveTag => format!("Remove a tag from {many}"),
        BulkAction::Assign => format!("Assign {many} to an account manager"),
    }
}

/// Returns the names of the first accounts, and the number of the others.
async fn names(app: &App, ids: &[AccountId]) -> db::Result<Fact> {
    let first = &ids[..ids.len().min(MAX_NAMES)];
    let found = accounts::by_ids(&app.db, first).await?;
    let by_id = |id: &AccountId| found.iter().find(|account| account.id == *id);
    let names = first.iter().filter_map(by_id);
    let mut names: Vec<String> = names.map(|account| isolate_bidi(account.name())).collect();
    let rest = ids.len() - first.len();
    if rest > 0 {
        names.push(format!("{} more", to_text(rest)));
    }
    Ok(Fact::new("Accounts", FactValue::Names(names)).wide())
}

/// Returns the consequences of an action before its questions are answered. If no answer changes
/// them, they are those of the job.
fn consequences(action: BulkAction) -> Vec<Consequence> {
    match action {
        BulkAction::Disable => consequences::of(&JobAction::Disable),
        BulkAction::BlockCalls => consequences::of(&block_calls()),
        BulkAction::Enable => vec![Consequence::plain(
            "An account with channel limit 0 still cannot call out.",
        )],
        BulkAction::CustomPricing => vec![
            Consequence::bad(
                "On: the accounts stop using our rates. They have none until Telnyx sets theirs.",
            ),
            Consequence::plain(
                "Off: the accounts use our rates. Rates that Telnyx set for them no longer apply.",
            ),
            Consequence::plain("Takes effect with a delay; Telnyx does not say how long."),
        ],
        BulkAction::ChannelLimit => vec![Consequence::plain(
            "Lower limits come first, so that the others can use the channels.",
        )],
        BulkAction::AddTag | BulkAction::RemoveTag | BulkAction::Assign => Vec::new(),
    }
}

async fn fields(context: &BulkContext, input: &BulkInput) -> db::Result<Vec<ConfirmationField>> {
    let app = &context.app;
    let reason = || reason_field(input);
    Ok(match context.action {
        BulkAction::Enable => vec![connections_field(input), reason()],
        BulkAction::Disable => vec![reason_code_field(input), words_field(input)],
        BulkAction::ChannelLimit => vec![
            rule_field(input),
            ConfirmationField::new("channels", "Channels", input.channels.as_str())
                .control(Control::Number),
            reason()
                .optional(true)
                .hint("Required to lower limits by a number, or to 0. Recorded in the activity."),
        ],
        BulkAction::BlockCalls => vec![reason()],
        BulkAction::CustomPricing => vec![pricing_field(input), reason()],
        BulkAction::AddTag => {
            let hint = "Choose a tag, or type the name of a new one.";
            vec![tag_field(app, input).await?.hint(hint)]
        }
        BulkAction::RemoveTag => vec![tag_field(app, input).await?],
        BulkAction::Assign => vec![assignee_field(context, input).await?],
    })
}

fn reason_field(input: &BulkInput) -> ConfirmationField {
    ConfirmationField::new("reason", "Reason", input.reason.as_str())
        .hint("Recorded in the activity. The customer does not see it.")
        .control(Control::TextArea)
}

fn words_field(input: &BulkInput) -> ConfirmationField {
    ConfirmationField {
        label: "In a few words",
        ..reason_field(input).optional(true)
    }
    .hint(
        "Recorded in the activity. Required for \u{201c}Other\u{201d}. The customer does not \
           see it.",
    )
}

fn reason_code_field(input: &BulkInput) -> ConfirmationField {
    let codes = ReasonCode::FOR_ACCOUNTS.map(|code| (code.as_str(), code.label()));
    let reasons = [("", "Choose a reason")].into_iter().chain(codes);
    ConfirmationField::new("reason_code", "Reason", input.reason_code.trim())
        .control(Control::select(reasons))
}

fn connections_field(input: &BulkInput) -> ConfirmationField {
    let label = "Switch their connections on as well?";
    let note = "Switch them on in Mission Control.";
    ConfirmationField::connections(label, note, &input.reenable_all_connections)
}

fn pricing_field(input: &BulkInput) -> ConfirmationField {
    let choices = vec![
        ("yes", "On", "No rates until Telnyx sets their own."),
        ("no", "Off", "Our rates."),
    ];
    let value = yes_no(&input.custom_pricing);
    ConfirmationField::new("custom_pricing", "Custom pricing", value)
        .help(&help::CUSTOM_PRICING)
        .id("pricing")
        .control(Control::Radio(choices))
}

fn rule_field(input: &BulkInput) -> ConfirmationField {
    let choices = vec![
        ("set", "Set to", "The same limit for all."),
        (
            "raise",
            "Raise by",
            "Accounts whose limit is not known are left out.",
        ),
        (
            "lower",
            "Lower by",
            "Not below 0. Accounts whose limit is not known are left out.",
        ),
        ("at-most", "At most", "Lowers larger limits only."),
    ];
    let value = match input.rule.trim() {
        "" if input.job.is_empty() => "set",
        rule => rule,
    };
    ConfirmationField::new("rule", "New limit", value).control(Control::Radio(choices))
}

async fn tag_field(app: &App, input: &BulkInput) -> db::Result<ConfirmationField> {
    let names = tags::names(&app.db, MAX_SUGGESTIONS).await?;
    let field = ConfirmationField::new("tag", "Tag", input.tag.as_str());
    Ok(field.control(Control::Suggestions(names)))
}

async fn assignee_field(context: &BulkContext, input: &BulkInput) -> db::Result<ConfirmationField> {
    let mut choices = vec![(String::new(), "Choose a person".to_owned())];
    choices.extend(assignee::choices(&context.app, &context.may, None).await?);
    let field = ConfirmationField::new("assignee", "Account manager", input.assignee.trim());
    Ok(field.control(Control::Select(choices)))
}

fn yes_no(typed: &str) -> &'static str {
    match parse_yes_no(typed) {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    }
}

fn count_accounts(accounts: usize) -> String {
    let unit = if accounts == 1 { "account" } else { "accounts" };
    format!("{} {unit}", to_text(accounts))
}

fn to_text(accounts: usize) -> String {
    group_thousands(i64::try_from(accounts).unwrap_or(i64::MAX))
}
