//! Steps shared by all changes of one account: loading the account, reading the form, showing it,
//! sending the change and answering.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use crate::app::App;
use crate::db;
use crate::db::accounts::{self, Account};
use crate::db::operations::Operation;
use crate::directory;
use crate::domain::ids::AccountId;
use crate::domain::operation::Change;
use crate::operations::{self, Request, SubmitError};
use crate::web::access::{Authorized, RequiredPermission};
use crate::web::change::{
    ChangeOutcome, FormTokenFields, FormTokens, Problem, change_outcome, parse_reason,
};
use crate::web::confirmation::{
    Confirmation, ConfirmationField, Control, Fact, Subject, account_crumbs,
};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Query};
use crate::web::htmx::Htmx;
use crate::web::layout::Section;
use crate::web::notice::Notice;
use crate::web::{paths, render};

/// Sender of the request with permission `P`, and the account's ID.
pub(super) struct AccountContext<P> {
    pub app: App,
    pub may: Authorized<P>,
    pub id: AccountId,
    pub htmx: Htmx,
}

impl<P: RequiredPermission> FromRequestParts<App> for AccountContext<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may = Authorized::from_request_parts(parts, app).await?;
        let Path(id) = Path::<AccountId>::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::NotFound)?;
        Ok(Self {
            app: app.clone(),
            may,
            id,
            htmx: Htmx::of(&parts.headers),
        })
    }
}

/// Submitted fields of all forms that change an account.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChangeInput {
    pub channel_limit: String,
    pub custom_pricing: String,
    pub reenable_all_connections: String,
    pub reason_code: String,
    pub reason: String,
    /// Address of the list to return to. Links in rows write `to`, because a page has many of them.
    #[serde(alias = "to")]
    pub return_to: String,
    #[serde(flatten)]
    pub form_tokens: FormTokenFields,
}

pub(super) enum ActionResult {
    /// The request is answered.
    Answered(Response),
    /// The form is shown again with this problem.
    Problem(Problem),
}

/// Content of a form: the account, the input and the problem of the last attempt.
pub(super) struct FormState {
    pub account: Account,
    pub input: ChangeInput,
    undone_operation: Option<Operation>,
    restored_draft: bool,
    problem: Option<Problem>,
}

impl FormState {
    /// Returns `true` if the form was submitted before and refused.
    pub(super) const fn has_problem(&self) -> bool {
        self.problem.is_some()
    }

    /// Returns the text field for the reason.
    pub(super) fn reason_field(&self, optional: bool) -> ConfirmationField {
        ConfirmationField::new("reason", "Reason", self.input.reason.as_str())
            .hint("Recorded in the activity. The customer does not see it.")
            .optional(optional)
            .control(Control::TextArea)
    }
}

impl<P: RequiredPermission> AccountContext<P> {
    /// Loads the form, live if Telnyx answers. Fills in the values of an interrupted form, or those
    /// from the address.
    pub(super) async fn open_form(
        &self,
        query: Query<ChangeInput>,
        kept: &DraftForm,
    ) -> Result<FormState, Error> {
        let account = self.live_account().await?;
        let interrupted = kept.is_present();
        let mut input = kept.parse().unwrap_or(query.0);
        let undone = self.undone_operation(&input).await?;
        if let Some(undone) = undone.as_ref().filter(|_| input.reason.is_empty()) {
            input.reason = format!(
                "Undo of “{}” by {} at {}",
                undone.change.label(),
                undone.staff_name,
                self.may.times().short(undone.created_at)
            );
        }
        Ok(FormState {
            account,
            input,
            undone_operation: undone,
            restored_draft: interrupted,
            problem: None,
        })
    }

    /// Returns the account as read from Telnyx. Falls back to the directory if Telnyx does not
    /// answer.
    async fn live_account(&self) -> Result<Account, Error> {
        if !self.id.has_usual_shape() || self.app.telnyx.health().is_down() {
            return self.stored_account().await;
        }
        directory::refresh_account(&self.app, &self.id)
            .await?
            .account
            .ok_or(Error::NotFound)
    }

    /// Returns the account from the directory.
    pub(super) async fn stored_account(&self) -> Result<Account, Error> {
        match accounts::by_id(&self.app.db, &self.id).await? {
            Some(account) => Ok(account),
            None if !self.id.has_usual_shape() || self.app.telnyx.health().is_down() => {
                Err(Error::NotFound)
            }
            // An account that was just created elsewhere is not in any list yet.
            None => directory::refresh_account(&self.app, &self.id)
                .await?
                .account
                .ok_or(Error::NotFound),
        }
    }

    /// Returns the change that the form undoes, if it is one of this account.
    async fn undone_operation(&self, input: &ChangeInput) -> Result<Option<Operation>, Error> {
        let Some(id) = input
            .form_tokens
            .undoes
            .as_deref()
            .and_then(|id| id.trim().parse().ok())
        else {
            return Ok(None);
        };
        let undone = db::operations::by_id(&self.app.db, id).await?;
        Ok(undone.filter(|undone| undone.account.as_ref() == Some(&self.id)))
    }

    /// Sends a change with the typed reason. `missing` is the error of a missing choice, which is
    /// shown together with other errors.
    pub(super) async fn submit(
        &self,
        change: Change,
        input: &ChangeInput,
        missing: Option<(&'static str, &'static str)>,
    ) -> Result<ActionResult, Error> {
        let form_tokens = match input.form_tokens.parse(self.app.clock.now()) {
            Ok(form_tokens) => form_tokens,
            Err(problem) => return Ok(ActionResult::Problem(problem)),
        };
        // A form of ours undoes only changes of this account.
        if form_tokens.undoes.is_some() && self.undone_operation(input).await?.is_none() {
            return Ok(ActionResult::Problem(Problem::invalid_hidden_fields()));
        }
        let reason = parse_reason(&input.reason_code, &input.reason);
        if let Some((field, message)) = missing {
            let mut fields = vec![(field, message.to_owned())];
            match reason {
                Err(problem) => fields.extend(problem.fields),
                Ok(reason) => {
                    let lacks =
                        operations::check_reason(&self.app, self.may.actor(), &change, &reason);
                    if let Err(SubmitError::Field(field, message)) = lacks.await {
                        fields.push((field, message));
                    }
                }
            }
            return Ok(ActionResult::Problem(Problem::at_fields(fields)));
        }
        let reason = match reason {
            Ok(reason) => reason,
            Err(problem) => return Ok(ActionResult::Problem(problem)),
        };
        let request = || Request {
            id: form_tokens.op,
            change: change.clone(),
            reason: reason.clone(),
            undoes: form_tokens.undoes,
            expected: form_tokens.expected(),
            try_anyway: form_tokens.try_anyway,
            password: None,
        };
        let mut result = operations::submit(&self.app, self.may.actor(), request()).await;
        if matches!(result, Err(SubmitError::UnknownAccount)) {
            // An account that was just created elsewhere is not in any list yet.
            self.stored_account().await?;
            result = operations::submit(&self.app, self.may.actor(), request()).await;
        }
        match change_outcome(&self.app, self.may.actor(), self.may.times(), result).await? {
            ChangeOutcome::Done { toast, .. } => {
                let next = self.return_path(&input.return_to);
                let is_list = paths::at_row(&next, &self.id).is_some();
                let list = if is_list { &next } else { "" };
                self.may.toast(toast.in_list(list)).await?;
                Ok(ActionResult::Answered(render::redirect(&next)))
            }
            ChangeOutcome::Pending(operation) => Ok(ActionResult::Answered(render::redirect(
                &ChangeOutcome::operation_path(&operation),
            ))),
            ChangeOutcome::Problem(problem) => Ok(ActionResult::Problem(problem)),
        }
    }

    /// Returns the next page: the account, or the list that the form came from.
    pub(super) fn return_path(&self, return_to: &str) -> String {
        let own = || format!("/accounts/{}", self.id);
        let list = |path: &str| {
            let from = self
                .htmx
                .page
                .clone()
                .filter(|page| is_same_page(page, path));
            from.unwrap_or_else(|| path.to_owned())
        };
        match return_to {
            "accounts" => list("/accounts"),
            "channels" => list("/channels"),
            path if path.starts_with('/') => self.place(path).unwrap_or_else(own),
            _ => own(),
        }
    }

    /// Returns an address of a page that shows the account. In a list, at the account's row. Leaves out the row
    /// for htmx, because a browser does not load the page again if only that differs.
    fn place(&self, path: &str) -> Option<String> {
        let path = paths::local(path)?;
        let page = path.split('?').next()?;
        let is_own = page.strip_prefix("/accounts/") == Some(self.id.as_str());
        if matches!(page, "/" | "/activity") || page.starts_with("/operations/") || is_own {
            return Some(path);
        }
        let row = paths::at_row(&path, &self.id)?;
        Some(if self.htmx.sent { path } else { row })
    }

    /// Returns the common part of every confirmation. `verb` ends the address of the form.
    pub(super) fn new_confirmation(
        &self,
        state: &FormState,
        verb: &str,
        form_tokens: FormTokens,
    ) -> Confirmation {
        let account = &state.account;
        let undone = state.undone_operation.as_ref().map(|undone| undone.id);
        let mut hidden = form_tokens.undoing(undone).pairs();
        if !state.input.return_to.is_empty() {
            hidden.push(("return_to", state.input.return_to.clone()));
        }
        let restored = state.restored_draft.then(Notice::restored_draft);
        Confirmation {
            section: Section::Accounts,
            crumbs: account_crumbs(account),
            action: format!("/accounts/{}/{verb}", account.id),
            hidden,
            notices: restored.into_iter().collect(),
            facts: Fact::of_account(account),
            subject: Subject::account(account),
            cancel: ("Cancel", self.return_path(&state.input.return_to)),
            ..Confirmation::default()
        }
    }

    /// Shows the form, with the problem of the last attempt.
    pub(super) async fn show_form(
        &self,
        mut form: Confirmation,
        state: FormState,
    ) -> Result<Response, Error> {
        if let Some(problem) = state.problem {
            form.show_problem(problem);
        }
        form.respond(&self.may, &self.htmx).await
    }

    /// Returns the form after a problem, with the submitted input and the current account.
    pub(super) async fn refilled_form(
        &self,
        input: ChangeInput,
        problem: Problem,
    ) -> Result<FormState, Error> {
        let undone = self.undone_operation(&input).await?;
        Ok(FormState {
            account: self.stored_account().await?,
            input,
            undone_operation: undone,
            restored_draft: false,
            problem: Some(problem),
        })
    }
}

/// Removes the form's fields and button, and shows a sentence with the reason.
pub(super) fn obstruct(form: &mut Confirmation, sentence: &str) {
    form.obstruct(Notice::new("warn", "This cannot be done", sentence));
    form.cancel.0 = "Close";
}

/// Returns `true` if an address is this page, ignoring its query.
fn is_same_page(address: &str, page: &str) -> bool {
    address.split('?').next() == Some(page)
}
