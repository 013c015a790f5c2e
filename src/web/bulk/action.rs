//! Actions that the selection bar offers, and the jobs that they make.

use super::input::BulkInput;
use crate::annotations::tags;
use crate::app::App;
use crate::bulk;
use crate::db::{self, assignees};
use crate::domain::channels::ChannelLimit;
use crate::domain::job::{JobAction, LimitRule};
use crate::domain::role::Permission;
use crate::domain::string_enum::string_enum;
use crate::domain::text::isolate_bidi;
use crate::web::assignee;
use crate::web::change::parse_yes_no;

string_enum! {
    /// Action on many accounts.
    pub enum BulkAction {
        /// Enable accounts.
        Enable = "enable", "Enable";
        /// Disable accounts.
        Disable = "disable", "Disable";
        /// Change channel limits.
        ChannelLimit = "channel-limit", "Channel limit";
        /// Set channel limits to 0.
        BlockCalls = "block-calls", "Block outbound calls";
        /// Switch custom pricing.
        CustomPricing = "custom-pricing", "Custom pricing";
        /// Add a tag.
        AddTag = "add-tag", "Add tag";
        /// Remove a tag.
        RemoveTag = "remove-tag", "Remove tag";
        /// Assign an account manager.
        Assign = "assign", "Account manager";
    }
}

/// Names of invalid fields, each with its error.
type FieldErrors = Vec<(&'static str, String)>;

impl BulkAction {
    /// Returns the permission that the action's job needs.
    pub fn permission(self) -> Permission {
        let example = match self {
            Self::Enable => JobAction::Enable {
                reenable_all_connections: false,
            },
            Self::Disable => JobAction::Disable,
            Self::ChannelLimit | Self::BlockCalls => block_calls(),
            Self::CustomPricing => JobAction::CustomPricing { allow: false },
            Self::AddTag | Self::RemoveTag => JobAction::AddTag {
                name: String::new(),
            },
            Self::Assign => nobody(),
        };
        bulk::permission(&example)
    }

    /// Returns the name of an icon in `static/icons.svg`.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Enable => "power",
            Self::Disable => "power-off",
            Self::ChannelLimit => "audio-waveform",
            Self::BlockCalls => "phone-off",
            Self::CustomPricing => "wallet",
            Self::AddTag | Self::RemoveTag => "tag",
            Self::Assign => "user",
        }
    }

    /// Returns `true` if the action stops calls.
    pub const fn is_danger(self) -> bool {
        matches!(self, Self::Disable | Self::BlockCalls)
    }

    /// Parses the job's action. Returns all errors of its fields.
    pub(super) async fn parse(
        self,
        app: &App,
        input: &BulkInput,
    ) -> db::Result<Result<JobAction, FieldErrors>> {
        let chosen = |typed: &str, field, sentence: &str| {
            parse_yes_no(typed).ok_or_else(|| {
                let mut errors = vec![(field, sentence.to_owned())];
                if input.reason.trim().is_empty() {
                    errors.push(("reason", "Say why.".to_owned()));
                }
                errors
            })
        };
        Ok(match self {
            Self::Enable => chosen(
                &input.reenable_all_connections,
                "reenable_all_connections",
                "Choose yes or no.",
            )
            .map(|reenable_all_connections| JobAction::Enable {
                reenable_all_connections,
            }),
            Self::Disable => Ok(JobAction::Disable),
            Self::ChannelLimit => parse_limit(input),
            Self::BlockCalls => Ok(block_calls()),
            Self::CustomPricing => {
                chosen(&input.custom_pricing, "custom_pricing", "Choose on or off.")
                    .map(|allow| JobAction::CustomPricing { allow })
            }
            Self::AddTag => tags::parse_name(&input.tag)
                .map(|name| JobAction::AddTag { name })
                .map_err(|error| vec![("tag", error.to_string())]),
            Self::RemoveTag => match tags::parse_name(&input.tag) {
                Err(error) => Err(vec![("tag", error.to_string())]),
                Ok(name) => {
                    let found = db::tags::by_name(&app.db, &name).await?;
                    let action = found.map(|tag| JobAction::RemoveTag { name: tag.name });
                    action.ok_or_else(|| {
                        let name = isolate_bidi(&name);
                        vec![("tag", format!("There is no tag \u{201c}{name}\u{201d}."))]
                    })
                }
            },
            Self::Assign => parse_assignee(app, &input.assignee)
                .await?
                .map_err(|error| vec![("assignee", error.to_owned())]),
        })
    }
}

/// Returns the job's action that sets channel limits to 0.
pub(super) const fn block_calls() -> JobAction {
    JobAction::ChannelLimit {
        limit: LimitRule::Set(ChannelLimit::ZERO),
    }
}

const fn nobody() -> JobAction {
    JobAction::Assign {
        staff: None,
        name: String::new(),
    }
}

/// Parses the account manager to assign, who must be able to sign in.
async fn parse_assignee(app: &App, typed: &str) -> db::Result<Result<JobAction, &'static str>> {
    let id = match assignee::parse(typed) {
        Ok(Some(id)) => id,
        Ok(None) => return Ok(Ok(nobody())),
        Err(sentence) => return Ok(Err(sentence)),
    };
    let found = assignees::by_id(&app.db, id).await?;
    let action = found
        .filter(|person| !person.is_disabled)
        .map(|person| JobAction::Assign {
            staff: Some(person.id),
            name: person.name,
        });
    Ok(action.ok_or(assignee::UNAVAILABLE))
}

fn parse_limit(input: &BulkInput) -> Result<JobAction, FieldErrors> {
    let rule: Option<fn(ChannelLimit) -> LimitRule> = match input.rule.trim() {
        "set" => Some(LimitRule::Set),
        "raise" => Some(LimitRule::RaiseBy),
        "lower" => Some(LimitRule::LowerBy),
        "at-most" => Some(LimitRule::AtMost),
        _ => None,
    };
    let is_difference = matches!(input.rule.trim(), "raise" | "lower");
    let mut errors = Vec::new();
    if rule.is_none() {
        errors.push(("rule", "Choose how to change the limits.".to_owned()));
    }
    let channels = match ChannelLimit::parse(&input.channels) {
        Ok(ChannelLimit::ZERO) if is_difference => {
            errors.push(("channels", "Enter a whole number, 1 or more.".to_owned()));
            None
        }
        Ok(channels) => Some(channels),
        Err(error) => {
            errors.push(("channels", error.to_string()));
            None
        }
    };
    match (rule, channels) {
        (Some(rule), Some(channels)) => Ok(JobAction::ChannelLimit {
            limit: rule(channels),
        }),
        _ => Err(errors),
    }
}
