//! The confirmation, as a page and as a dialog: the account, what follows, what is asked, the button.

use askama::Template;

use crate::db::accounts::Account;
use crate::domain::channels::ChannelPool;
use crate::domain::operation::ReasonCode;
use crate::domain::text::group_thousands;
use crate::web::change::{FormTokens, Problem};
use crate::web::layout::Layout;

/// A whole page with the confirmation, of which `dialog` is a part.
#[derive(Template)]
#[template(path = "accounts/change/confirm.html", blocks = ["dialog"])]
pub(super) struct ConfirmationPage {
    pub layout: Layout,
    pub form: Confirmation,
    pub form_tokens: FormTokens,
    pub problem: Option<Problem>,
}

impl ConfirmationPage {
    /// Returns the error of a field.
    fn error_of(&self, field: &str) -> &str {
        self.problem
            .as_ref()
            .map_or("", |problem| problem.field_message(field))
    }

    fn is_wrong(&self, field: &str) -> bool {
        !self.error_of(field).is_empty()
    }
}

/// Content of one confirmation page.
#[derive(Clone, Debug, Default)]
pub(super) struct Confirmation {
    /// The account that it is about.
    pub subject: AccountSummary,
    /// The last part of the address that it is sent to.
    pub verb: &'static str,
    /// True if the button is red.
    pub danger: bool,
    /// A symbol of `static/icons.svg`.
    pub icon: &'static str,
    /// The question.
    pub title: String,
    /// A sentence below it.
    pub lead: String,
    /// Notice shown first: title and text.
    pub notice: Option<(&'static str, String, String)>,
    /// Consequences of the change.
    pub consequences: Vec<Consequence>,
    /// Why it cannot be done at all; empty where it can.
    pub impossible: String,
    /// The limit, where it is asked for.
    pub limit: Option<LimitField>,
    /// The answer on connections, where it is asked for; empty where none was given.
    pub connections: Option<String>,
    /// On or off, where it is asked for; empty where neither was chosen.
    pub pricing: Option<PricingField>,
    /// The reason from the list, where one is asked for.
    pub reason_code: Option<String>,
    /// The reason in words, where one is asked for.
    pub reason: Option<ReasonField>,
    /// The verb with its object.
    pub button: String,
    /// Page to go to afterwards.
    pub return_to: String,
    /// Address of the Cancel link.
    pub cancel: String,
    /// True if the fields are from before the login expired.
    pub restored_draft: bool,
}

impl Confirmation {
    /// Each reason of the list: word, label, chosen.
    fn reasons(&self) -> Vec<(&'static str, &'static str, bool)> {
        let chosen = self.reason_code.as_deref().unwrap_or_default();
        ReasonCode::ALL
            .into_iter()
            .map(|code| (code.as_str(), code.label(), code.as_str() == chosen))
            .collect()
    }

    fn answered(&self, answer: &str) -> bool {
        self.connections.as_deref() == Some(answer)
    }
}

/// The account, as every confirmation names it.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountSummary {
    pub id: String,
    pub short_id: String,
    pub name: String,
    /// Name at Telnyx, if the portal uses another.
    pub at_telnyx: Option<String>,
    pub email: String,
    /// Channels held, or that they are not known.
    pub channels: String,
}

impl AccountSummary {
    pub(super) fn from_account(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            short_id: account.id.short().to_owned(),
            name: account.name().to_owned(),
            at_telnyx: account.name_at_telnyx().map(str::to_owned),
            email: account.email.clone(),
            channels: account.channel_limit.map_or_else(
                || "Not known to this portal".to_owned(),
                |fact| fact.value.to_string(),
            ),
        }
    }
}

/// Something that follows.
#[derive(Clone, Debug)]
pub(super) struct Consequence {
    /// `bad`, `good`, or empty.
    pub kind: &'static str,
    pub text: String,
}

impl Consequence {
    pub(super) fn bad(text: impl Into<String>) -> Self {
        Self {
            kind: "bad",
            text: text.into(),
        }
    }

    pub(super) fn good(text: impl Into<String>) -> Self {
        Self {
            kind: "good",
            text: text.into(),
        }
    }

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self {
            kind: "",
            text: text.into(),
        }
    }

    fn icon(&self) -> &'static str {
        match self.kind {
            "bad" => "x",
            "good" => "check",
            _ => "arrow-right",
        }
    }
}

/// The field of a limit, with what the script says about it while somebody types.
#[derive(Clone, Debug, Default)]
pub(super) struct LimitField {
    pub value: String,
    pub hint: String,
    /// The present limit in digits; empty where it is not known.
    pub current: String,
    /// Free channels of the pool, in digits; empty if unknown.
    pub free: String,
}

/// The choice of pricing.
#[derive(Clone, Debug, Default)]
pub(super) struct PricingField {
    /// `yes`, `no` or neither.
    pub value: String,
    /// True if it has to be chosen here; otherwise the present state settles it.
    pub asked: bool,
}

/// The field of a reason.
#[derive(Clone, Debug, Default)]
pub(super) struct ReasonField {
    pub value: String,
    pub label: &'static str,
    pub hint: &'static str,
    pub optional: bool,
}

/// Describes the pool in a sentence; `seen` says when it was read.
pub(super) fn pool_summary(pool: ChannelPool, seen: &str) -> String {
    if pool.is_enabled() {
        format!(
            "The pool has {} of {} channels free, seen {seen}.",
            group_thousands(pool.free().into()),
            group_thousands(pool.total.into())
        )
    } else {
        format!("Channel allocation is not enabled for your Telnyx account, seen {seen}.")
    }
}
