//! Editor of a channel limit in a row of a list (`templates/_limit_editor.html`), and the change that
//! it requests.

use axum::response::Response;
use serde::Deserialize;

use super::access::{Authorized, ChangeLimits, Viewer};
use super::change::{ChangeOutcome, FormTokenFields, FormTokens, Problem, change_outcome};
use super::error::Error;
use super::paths;
use super::reclaim;
use super::render;
use crate::app::App;
use crate::db::accounts::Account;
use crate::domain::channels::ChannelLimit;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Change, Reason};
use crate::domain::time::Timestamp;
use crate::operations::{self, Request};

/// Editor of an account's channel limit.
#[derive(Clone, Debug)]
pub struct LimitEditor {
    /// Address to which the form is sent.
    pub action: String,
    pub account: AccountId,
    pub name: String,
    /// Limit now, in digits; empty if it is not known.
    pub current: String,
    pub form_tokens: FormTokens,
    /// Content of the field.
    pub value: String,
    /// Problem with the submitted value.
    pub problem: Option<Problem>,
    /// Address of the list that shows the row.
    pub return_path: String,
    /// True if a script opens the link of the problem as a dialog.
    pub opens_dialog: bool,
    /// Link beside the button.
    pub link: Option<EditorLink>,
    /// Free channels of the pool, in digits; `None` if the page has them elsewhere.
    pub free: Option<String>,
    /// True to focus the field when htmx swaps in the editor.
    pub is_focused: bool,
}

/// Link beside the editor's button.
#[derive(Clone, Debug)]
pub struct EditorLink {
    pub label: &'static str,
    /// Label for screen readers, with the account's name.
    pub description: String,
    pub href: String,
    /// Address of the row that takes the editor's place; empty if the link opens a dialog.
    pub row: String,
}

impl LimitEditor {
    /// Creates the editor of an account in the list at `list`, which is a path.
    pub fn new(now: Timestamp, account: &Account, list: &str) -> Self {
        let current = account.channel_limit;
        let current = current.map(|fact| fact.value.get().to_string());
        let current = current.unwrap_or_default();
        Self {
            action: format!("{list}/{}/limit", account.id),
            account: account.id.clone(),
            name: account.name().to_owned(),
            form_tokens: FormTokens::for_account(now, account).with_channel_limit(account),
            value: current.clone(),
            current,
            problem: None,
            return_path: list.to_owned(),
            opens_dialog: false,
            link: None,
            free: None,
            is_focused: false,
        }
    }

    /// Shows the submitted value with the problem that kept it from being set.
    pub fn show_problem(&mut self, typed: &str, problem: Problem) {
        typed.clone_into(&mut self.value);
        self.problem = Some(problem);
    }

    /// Shows the submitted 0 with a link to its confirmation, which a script opens at once.
    pub fn show_block_calls(&mut self, typed: &str, account: &Account) {
        let mut problem = Problem::at_field(
            "channel_limit",
            "0 blocks all outbound calls. Confirm that, or enter another limit.",
        );
        let href = reclaim::block_calls_href(account, &self.return_path);
        problem.notice = problem.notice.with_link("Block outbound calls", href);
        self.show_problem(typed, problem);
        self.opens_dialog = true;
    }

    /// Returns the error of the submitted value in one line; empty if there is none.
    pub fn error(&self) -> String {
        let Some(problem) = &self.problem else {
            return String::new();
        };
        match problem.field_message("channel_limit") {
            "" => problem.summary(),
            message => message.to_owned(),
        }
    }

    /// Returns `true` if "Try anyway" is offered.
    pub fn may_try_anyway(&self) -> bool {
        self.problem.as_ref().is_some_and(Problem::may_try_anyway)
    }

    /// Returns label and address of the problem's link.
    pub fn remedy(&self) -> Option<(String, String)> {
        let problem = self.problem.as_ref();
        problem.and_then(|problem| problem.notice.link.clone())
    }
}

/// Fields that the editor sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LimitForm {
    pub channel_limit: String,
    /// ID of the account. A form refilled after an expired login needs it, because its own address
    /// is lost.
    pub account: Option<String>,
    /// Address of the list that shows the row.
    pub back: Option<String>,
    #[serde(flatten)]
    pub form_tokens: FormTokenFields,
}

impl LimitForm {
    /// Returns the address of the list at this path that shows the row.
    pub fn return_path(&self, list: &str) -> String {
        let back = self.back.as_deref().and_then(paths::local);
        back.filter(|back| back.split('?').next() == Some(list))
            .unwrap_or_else(|| list.to_owned())
    }

    /// Answers a browser without scripts: with the row at `row`, the confirmation of limit 0, or the
    /// page of a running change. Returns `None` if the form is to be shown again.
    pub async fn redirect(
        viewer: &Viewer,
        account: &Account,
        outcome: Option<&ChangeOutcome>,
        row: &str,
    ) -> Result<Option<Response>, Error> {
        let next = match outcome {
            None => {
                let list = row.split('#').next().unwrap_or_default();
                reclaim::block_calls_href(account, list)
            }
            Some(ChangeOutcome::Pending(operation)) => ChangeOutcome::operation_path(operation),
            Some(ChangeOutcome::Done { toast, .. }) => {
                viewer.toast(toast.clone().in_list(row)).await?;
                row.to_owned()
            }
            Some(ChangeOutcome::Problem(_)) => return Ok(None),
        };
        Ok(Some(render::redirect(&next)))
    }

    /// Sends the change. Returns `None` for a limit of 0, which has its own confirmation.
    pub async fn submit(
        &self,
        app: &App,
        may: &Authorized<ChangeLimits>,
        id: &AccountId,
    ) -> Result<Option<ChangeOutcome>, Error> {
        let limit = match ChannelLimit::parse(&self.channel_limit) {
            Ok(ChannelLimit::ZERO) => return Ok(None),
            Ok(limit) => limit,
            Err(error) => {
                let problem = Problem::at_field("channel_limit", error.to_string());
                return Ok(Some(ChangeOutcome::Problem(problem)));
            }
        };
        let form_tokens = match self.form_tokens.parse(app.clock.now()) {
            Ok(form_tokens) => form_tokens,
            Err(problem) => return Ok(Some(ChangeOutcome::Problem(problem))),
        };
        let request = Request {
            id: form_tokens.op,
            change: Change::ChannelLimit {
                account: id.clone(),
                limit,
            },
            reason: Reason::default(),
            undoes: form_tokens.undoes,
            expected: form_tokens.expected(),
            try_anyway: form_tokens.try_anyway,
            password: None,
        };
        let said = operations::submit(app, may.actor(), request).await;
        let outcome = change_outcome(app, may.actor(), may.times(), said).await?;
        Ok(Some(outcome))
    }
}
