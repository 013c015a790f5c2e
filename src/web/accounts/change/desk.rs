//! What every change of one account does alike: who asks and about which account, what was typed, opening the form,
//! sending, and answering.

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use super::confirm::{Confirm, Page, Subject};
use crate::app::App;
use crate::db::accounts::{self, Account};
use crate::db::operations::{self, Operation};
use crate::directory;
use crate::domain::ids::AccountId;
use crate::domain::operation::{Change, Reason};
use crate::domain::text;
use crate::operations::{Request, submit};
use crate::web::access::{May, Needed};
use crate::web::change::{Marks, MarksFields, Problem, Turned, turn};
use crate::web::error::Error;
use crate::web::form::{Kept, Query};
use crate::web::htmx::Htmx;
use crate::web::shell::Section;
use crate::web::{page, paths};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 1_000;

/// Who asks, allowed `P`, and about which account.
pub(super) struct Desk<P> {
    pub app: App,
    pub may: May<P>,
    pub id: AccountId,
    pub htmx: Htmx,
}

impl<P: Needed> FromRequestParts<App> for Desk<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may = May::from_request_parts(parts, app).await?;
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

/// What was typed, into whichever of the forms.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub channel_limit: String,
    pub custom_pricing: String,
    pub reenable_all_connections: String,
    pub reason_code: String,
    pub reason: String,
    pub return_to: String,
    #[serde(flatten)]
    pub marks: MarksFields,
}

impl Typed {
    /// The reason in words; empty where there is none.
    pub(super) fn reason_text(&self) -> Result<String, Problem> {
        if self.reason.trim().is_empty() {
            return Ok(String::new());
        }
        text::lines(&self.reason, LONGEST_REASON).map_err(|error| Problem::at_field("reason", error.to_string()))
    }

    /// The reason in words, which is asked for in this sentence.
    pub(super) fn required_reason(&self, sentence: &str) -> Result<Reason, Problem> {
        match self.reason_text()? {
            empty if empty.is_empty() => Err(Problem::at_field("reason", sentence)),
            text => Ok(Reason { code: None, text }),
        }
    }
}

/// A form that opens: what stands in it, and what it undoes.
pub(super) struct Opened {
    pub account: Account,
    pub typed: Typed,
    pub undone: Option<Operation>,
    pub interrupted: bool,
}

impl<P: Needed> Desk<P> {
    /// The account, read live where Telnyx answers, with what an interrupted form or the address fills in.
    pub(super) async fn open(&self, query: Query<Typed>, kept: &Kept) -> Result<Opened, Error> {
        let account = self.fresh().await?;
        let interrupted = kept.is_there();
        let mut typed = kept.fill().unwrap_or(query.0);
        let undone = self.undone(&typed).await?;
        if let Some(undone) = undone.as_ref().filter(|_| typed.reason.is_empty()) {
            typed.reason = format!(
                "Undo of “{}” by {} at {}",
                undone.change.label(),
                undone.staff_name,
                self.may.times().clock(undone.created_at)
            );
        }
        Ok(Opened {
            account,
            typed,
            undone,
            interrupted,
        })
    }

    /// The account as Telnyx shows it now; where it does not answer, as the directory has it.
    async fn fresh(&self) -> Result<Account, Error> {
        if !self.id.has_usual_shape() || self.app.telnyx.health().is_down() {
            return self.known().await;
        }
        directory::refresh_account(&self.app, self.may.scope(), &self.id)
            .await?
            .account
            .ok_or(Error::NotFound)
    }

    /// The account as the directory has it.
    pub(super) async fn known(&self) -> Result<Account, Error> {
        match accounts::by_id(&self.app.db, self.may.scope(), &self.id).await? {
            Some(account) => Ok(account),
            None if !self.id.has_usual_shape() || self.app.telnyx.health().is_down() => Err(Error::NotFound),
            // Made a moment ago, elsewhere: no list has shown it yet.
            None => directory::refresh_account(&self.app, self.may.scope(), &self.id)
                .await?
                .account
                .ok_or(Error::NotFound),
        }
    }

    /// The change of this account that the form undoes.
    async fn undone(&self, typed: &Typed) -> Result<Option<Operation>, Error> {
        let Some(id) = typed.marks.undoes.as_deref().and_then(|id| id.trim().parse().ok()) else {
            return Ok(None);
        };
        let undone = operations::by_id(&self.app.db, self.may.scope(), id).await?;
        Ok(undone.filter(|undone| undone.account.as_ref() == Some(&self.id)))
    }

    /// The marks that came with a form. One that undoes something else than a change of this account is none of ours.
    pub(super) async fn marks(&self, typed: &Typed) -> Result<Result<Marks, Problem>, Error> {
        let marks = match typed.marks.read(self.app.clock.now()) {
            Ok(marks) => marks,
            Err(problem) => return Ok(Err(problem)),
        };
        if marks.undoes.is_some() && self.undone(typed).await?.is_none() {
            return Ok(Err(Problem::damaged()));
        }
        Ok(Ok(marks))
    }

    /// Sends a change, and answers it where the form need not be shown again.
    pub(super) async fn send(
        &self,
        change: Change,
        reason: Reason,
        marks: Marks,
        return_to: &str,
    ) -> Result<Result<Response, Problem>, Error> {
        let request = Request {
            id: marks.op,
            change,
            reason,
            undoes: marks.undoes,
            expected: marks.expected(),
            try_anyway: marks.try_anyway,
            password: None,
        };
        let result = submit(&self.app, self.may.actor(), request).await;
        match turn(&self.app, self.may.actor(), self.may.times(), result).await? {
            Turned::Done { toast, .. } => {
                self.may.toast(toast).await?;
                Ok(Ok(page::redirect(&self.back(return_to))))
            }
            Turned::Open(operation) => Ok(Ok(page::redirect(&Turned::page_of(&operation)))),
            Turned::Problem(problem) => Ok(Err(problem)),
        }
    }

    /// Where to go on: the account, or where the form came from.
    pub(super) fn back(&self, return_to: &str) -> String {
        let own = || format!("/accounts/{}", self.id);
        let list = |path: &str| {
            let from = self.htmx.page.clone().filter(|page| is_within(page, path));
            from.unwrap_or_else(|| path.to_owned())
        };
        match return_to {
            "accounts" => list("/accounts"),
            "channels" => list("/channels"),
            path if path.starts_with('/') => paths::local(path)
                .filter(|path| is_within(path, "/accounts") || is_within(path, "/channels"))
                .unwrap_or_else(own),
            _ => own(),
        }
    }

    /// Shows the form.
    pub(super) async fn show(&self, form: Confirm, marks: Marks, problem: Option<Problem>) -> Result<Response, Error> {
        let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.status);
        let form = Confirm {
            cancel: self.back(&form.return_to),
            ..form
        };
        let shell = self.may.shell(form.title.clone(), Section::Accounts).await?;
        let page = Page {
            shell,
            form,
            marks,
            problem,
        };
        let mut response = page::render(&self.htmx, &page, &page.as_dialog())?;
        *response.status_mut() = status;
        Ok(response)
    }

    /// The form again, after a problem: what was typed, and what is there now.
    pub(super) async fn again(&self, typed: Typed) -> Result<Opened, Error> {
        let undone = self.undone(&typed).await?;
        Ok(Opened {
            account: self.known().await?,
            typed,
            undone,
            interrupted: false,
        })
    }
}

/// What every form begins with.
pub(super) fn form(opened: &Opened, verb: &'static str) -> Confirm {
    Confirm {
        subject: Subject::of(&opened.account),
        verb,
        return_to: opened.typed.return_to.clone(),
        interrupted: opened.interrupted,
        ..Confirm::default()
    }
}

/// Whether an address is this page, whatever its query.
fn is_within(address: &str, page: &str) -> bool {
    address.split('?').next() == Some(page)
}
