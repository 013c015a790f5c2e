//! Confirmations, which show the consequences of a change before it is made. A confirmation is a
//! page, or a dialog over another page. Each handler builds its own as plain data, and this module
//! renders it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::access::Viewer;
use super::change::Problem;
use super::error::Error;
use super::htmx::Htmx;
use super::layout::{Layout, Section};
use super::notice::Notice;
use super::render;

mod fact;
mod field;

pub(super) use fact::{Fact, FactValue, Subject, account_crumbs, crumbs};
pub(super) use field::{ConfirmationField, Control};

/// Page with a confirmation. The dialog is its block `dialog`.
#[derive(Template)]
#[template(path = "confirmation.html", blocks = ["dialog"])]
struct ConfirmationPage {
    layout: Layout,
    form: Confirmation,
}

/// Content of a confirmation, from top to bottom.
#[derive(Default)]
pub(super) struct Confirmation {
    pub section: Section,
    /// Title in the browser, if it differs from the question.
    pub page_title: Option<String>,
    /// Label and address of each breadcrumb. The page itself has no address.
    pub crumbs: Vec<(String, String)>,
    /// The question.
    pub title: String,
    /// Question in the dialog, if it differs.
    pub dialog_title: Option<String>,
    /// Sentence below the question.
    pub lead: String,
    /// Label and address of a link that ends the lead.
    pub lead_link: Option<(String, String)>,
    /// Name of an icon in `static/icons.svg`.
    pub icon: &'static str,
    /// True if the button is red.
    pub danger: bool,
    /// ID of the form, if it has one.
    pub form_id: &'static str,
    /// Address to which the form is sent; empty if nothing is sent.
    pub action: String,
    pub hidden: Vec<(&'static str, String)>,
    /// Notices, most important first.
    pub notices: Vec<Notice>,
    pub facts: Vec<Fact>,
    /// Paragraph below the facts.
    pub text: String,
    pub consequences: Vec<Consequence>,
    /// Paragraph in small print below the consequences.
    pub fine_print: &'static str,
    pub fields: Vec<ConfirmationField>,
    /// Object of the change, named again right above the buttons.
    pub subject: Subject,
    /// Label and address of the link that leaves without a change.
    pub cancel: (&'static str, String),
    /// Label of the button; empty if the change is not possible.
    pub button: String,
    pub status: StatusCode,
}

impl Confirmation {
    /// Shows a problem: its notice on top, its messages at their fields.
    pub fn show_problem(&mut self, problem: Problem) {
        for field in &mut self.fields {
            field.input.set_error(problem.field_message(field.name));
        }
        self.status = problem.status;
        self.notices.insert(0, problem.notice);
    }

    /// Removes the fields and the button, and shows a notice with the reason.
    pub fn obstruct(&mut self, obstacle: Notice) {
        self.notices.push(obstacle);
        self.consequences.clear();
        self.fields.clear();
        self.button.clear();
    }

    /// Answers with the page, or with the dialog if htmx requests a part.
    pub async fn respond(self, viewer: &Viewer, htmx: &Htmx) -> Result<Response, Error> {
        let status = self.status;
        let page_title = self.page_title.as_ref().unwrap_or(&self.title);
        let page = ConfirmationPage {
            layout: viewer.layout(page_title, self.section).await?,
            form: self,
        };
        let mut response = render::page_or_fragment(htmx, &page, &page.as_dialog())?;
        *response.status_mut() = status;
        Ok(response)
    }

    pub fn element(&self) -> &'static str {
        if self.action.is_empty() {
            "div"
        } else {
            "form"
        }
    }

    pub fn dialog_title(&self) -> &str {
        self.dialog_title.as_ref().unwrap_or(&self.title)
    }

    /// Returns the current limit and the free channels, if the form has a channel limit.
    pub fn limit_editor(&self) -> Option<(&str, &str)> {
        self.fields.iter().find_map(|field| match &field.control {
            Control::ChannelLimit { current, free } => Some((current.as_str(), free.as_str())),
            _ => None,
        })
    }

    /// Returns `true` if the button is disabled until a text is typed.
    pub fn needs_match(&self) -> bool {
        let mut fields = self.fields.iter();
        fields.any(|field| matches!(field.control, Control::ConfirmText { .. }))
    }

    /// Returns `true` if the initial focus is on the cancel link.
    pub fn focuses_cancel(&self) -> bool {
        !self.fields.iter().any(|field| field.focused)
    }
}

/// Consequence of a change.
pub(super) struct Consequence {
    /// `bad`, `good`, or empty.
    pub kind: &'static str,
    /// Name of an icon in `static/icons.svg`.
    pub icon: &'static str,
    pub text: String,
}

impl Consequence {
    /// Creates a loss or a risk.
    pub fn bad(text: impl Into<String>) -> Self {
        Self::new("bad", "x", text)
    }

    /// Creates a possibility that remains.
    pub fn good(text: impl Into<String>) -> Self {
        Self::new("good", "check", text)
    }

    /// Creates a possibility to undo the change.
    pub fn undo(text: impl Into<String>) -> Self {
        Self::new("good", "undo-2", text)
    }

    /// Creates a consequence that is neither good nor bad.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new("", "arrow-right", text)
    }

    fn new(kind: &'static str, icon: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind,
            icon,
            text: text.into(),
        }
    }
}
