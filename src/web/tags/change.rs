//! Renaming, merging and deleting of a tag, each as a page and a dialog. Each form applies only to
//! the state that it showed.

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::annotations::tags::{self as annotations, TagChangeOutcome, TagSnapshot};
use crate::app::App;
use crate::db::tags::{self, TagCount};
use crate::domain::ids::TagId;
use crate::domain::string_enum::string_enum;
use crate::domain::text::{folded, group_thousands, isolate_bidi};
use crate::web::access::{Annotate, Authorized};
use crate::web::confirmation::{
    Confirmation, ConfirmationField, Consequence, Control, Subject, crumbs,
};
use crate::web::error::Error;
use crate::web::form::{DraftForm, Field, Form};
use crate::web::htmx::Htmx;
use crate::web::layout::{Section, Toast};
use crate::web::notice::Notice;
use crate::web::{paths, render};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/tags/{id}/rename", get(rename).post(do_rename))
        .route("/tags/{id}/merge", get(merge).post(do_merge))
        .route("/tags/{id}/delete", get(delete).post(do_delete))
}

/// Maximum number of tag names suggested while someone types.
const MAX_SUGGESTIONS: i64 = 300;
/// Number of accounts from which the name must be typed, because there is no undo.
const CONFIRM_FROM_ACCOUNTS: i64 = 100;

string_enum! {
    /// Action on a tag.
    enum TagAction {
        Rename = "rename", "Rename";
        Merge = "merge", "Merge";
        Delete = "delete", "Delete";
    }
}

/// Sender of the request, and the current tag.
struct TagContext {
    app: App,
    viewer: Authorized<Annotate>,
    htmx: Htmx,
    id: TagId,
    /// Current tag; `None` if it no longer exists.
    current: Option<TagCount>,
}

impl FromRequestParts<App> for TagContext {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may = Authorized::from_request_parts(parts, app).await?;
        let Path(id) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::NotFound)?;
        let id: TagId = id.parse().map_err(|_| Error::NotFound)?;
        Ok(Self {
            app: app.clone(),
            viewer: may,
            htmx: Htmx::of(&parts.headers),
            id,
            current: tags::by_id(&app.db, id).await?,
        })
    }
}

/// Submitted fields, and the values that the form showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TagForm {
    version: i64,
    accounts: i64,
    name: Field,
    into: Field,
    confirm: Field,
}

/// Returns "no account", "1 account", "1,204 accounts".
fn account_count(accounts: i64) -> String {
    match accounts {
        0 => "no account".to_owned(),
        1 => "1 account".to_owned(),
        many => format!("{} accounts", group_thousands(many)),
    }
}

/// Returns the notice that the tag changed while its form was open.
fn conflict_notice(now: &TagCount) -> Notice {
    let text = format!(
        "It is called “{}” now, on {}. What you typed is still here. Save again to replace it.",
        isolate_bidi(&now.tag.name),
        account_count(now.accounts)
    );
    Notice::alert("warn", "Not saved: this changed in the meantime", text)
}

/// `GET /tags/{id}/rename`
async fn rename(desk: TagContext, kept: DraftForm) -> Result<Response, Error> {
    desk.show_form(TagAction::Rename, &kept).await
}

/// `POST /tags/{id}/rename`
async fn do_rename(desk: TagContext, Form(mut typed): Form<TagForm>) -> Result<Response, Error> {
    if desk.changed_since(TagAction::Rename, &typed) {
        return desk.conflict(TagAction::Rename, typed).await;
    }
    let Some(name) = typed.name.read(annotations::parse_name) else {
        return desk.invalid(TagAction::Rename, typed).await;
    };
    match annotations::rename(
        &desk.app,
        desk.viewer.actor(),
        desk.id,
        typed.version,
        &name,
    )
    .await?
    {
        TagChangeOutcome::Done => {
            desk.redirect_with_toast(format!("The tag is called {} now.", isolate_bidi(&name)))
                .await
        }
        TagChangeOutcome::NameTaken => {
            typed.name.set_error(format!(
                "There is a tag “{}” already. To combine them, merge this tag into it.",
                isolate_bidi(&name)
            ));
            desk.invalid(TagAction::Rename, typed).await
        }
        TagChangeOutcome::Stale | TagChangeOutcome::Gone => {
            desk.conflict(TagAction::Rename, typed).await
        }
    }
}

/// `GET /tags/{id}/merge`
async fn merge(desk: TagContext, kept: DraftForm) -> Result<Response, Error> {
    desk.show_form(TagAction::Merge, &kept).await
}

/// `POST /tags/{id}/merge`
async fn do_merge(desk: TagContext, Form(mut typed): Form<TagForm>) -> Result<Response, Error> {
    if desk.changed_since(TagAction::Merge, &typed) {
        return desk.conflict(TagAction::Merge, typed).await;
    }
    let into = match typed.into.read(annotations::parse_name) {
        Some(name) => match tags::by_name(&desk.app.db, &name).await? {
            Some(tag) if tag.id != desk.id => Some(tag),
            Some(_) => {
                typed
                    .into
                    .set_error("This is the same tag. Choose another one.");
                None
            }
            None => {
                typed
                    .into
                    .set_error("There is no such tag. Choose one from the list.");
                None
            }
        },
        None => None,
    };
    let confirmed = desk.is_confirmed(&mut typed);
    let Some(into) = into.filter(|_| confirmed) else {
        return desk.invalid(TagAction::Merge, typed).await;
    };
    match annotations::merge(
        &desk.app,
        desk.viewer.actor(),
        desk.id,
        typed.seen(),
        into.id,
    )
    .await?
    {
        TagChangeOutcome::Done => {
            let text = format!(
                "{} merged into the tag {}.",
                isolate_bidi(desk.name()),
                isolate_bidi(&into.name)
            );
            desk.redirect_with_toast(text).await
        }
        _ => desk.conflict(TagAction::Merge, typed).await,
    }
}

/// `GET /tags/{id}/delete`
async fn delete(desk: TagContext, kept: DraftForm) -> Result<Response, Error> {
    desk.show_form(TagAction::Delete, &kept).await
}

/// `POST /tags/{id}/delete`
async fn do_delete(desk: TagContext, Form(mut typed): Form<TagForm>) -> Result<Response, Error> {
    if desk.changed_since(TagAction::Delete, &typed) {
        return desk.conflict(TagAction::Delete, typed).await;
    }
    if !desk.is_confirmed(&mut typed) {
        return desk.invalid(TagAction::Delete, typed).await;
    }
    match annotations::delete(&desk.app, desk.viewer.actor(), desk.id, typed.seen()).await? {
        // Someone else deleted it first, or the form was sent twice.
        TagChangeOutcome::Done | TagChangeOutcome::Gone => {
            desk.redirect_with_toast(format!("The tag {} is deleted.", isolate_bidi(desk.name())))
                .await
        }
        _ => desk.conflict(TagAction::Delete, typed).await,
    }
}

impl TagForm {
    const fn seen(&self) -> TagSnapshot {
        TagSnapshot {
            version: self.version,
            accounts: self.accounts,
        }
    }
}

impl TagContext {
    fn name(&self) -> &str {
        self.current
            .as_ref()
            .map_or("", |now| now.tag.name.as_str())
    }

    /// Returns `true` if the tag changed since the form showed it. A form that is shown again shows
    /// the current tag, so it has to mention the change.
    fn changed_since(&self, verb: TagAction, typed: &TagForm) -> bool {
        self.current.as_ref().is_some_and(|now| {
            now.tag.version != typed.version
                || (verb != TagAction::Rename && now.accounts != typed.accounts)
        })
    }

    /// Returns `true` if the name was typed when it is required.
    fn is_confirmed(&self, typed: &mut TagForm) -> bool {
        let accounts = self.current.as_ref().map_or(0, |now| now.accounts);
        let confirmed =
            accounts < CONFIRM_FROM_ACCOUNTS || folded(&typed.confirm.value) == folded(self.name());
        if !confirmed {
            typed
                .confirm
                .set_error(format!("Type {} to confirm.", isolate_bidi(self.name())));
        }
        confirmed
    }

    async fn show_form(&self, verb: TagAction, kept: &DraftForm) -> Result<Response, Error> {
        let now = self.current.as_ref().ok_or(Error::NotFound)?;
        let typed: Option<TagForm> = kept.parse();
        let conflict = typed
            .as_ref()
            .filter(|typed| self.changed_since(verb, typed))
            .map(|_| conflict_notice(now));
        let typed = typed.unwrap_or_else(|| TagForm {
            name: now.tag.name.as_str().into(),
            ..TagForm::default()
        });
        self.show(StatusCode::OK, verb, typed, conflict).await
    }

    async fn invalid(&self, verb: TagAction, typed: TagForm) -> Result<Response, Error> {
        self.show(StatusCode::UNPROCESSABLE_ENTITY, verb, typed, None)
            .await
    }

    /// Shows the form with the current tag, a conflict message and the submitted values.
    async fn conflict(&self, verb: TagAction, typed: TagForm) -> Result<Response, Error> {
        let now = tags::by_id(&self.app.db, self.id).await?;
        let Some(now) = now else {
            return Err(Error::Conflict(
                "This tag no longer exists: someone deleted it or merged it into another tag."
                    .to_owned(),
            ));
        };
        self.show(
            StatusCode::CONFLICT,
            verb,
            typed,
            Some(conflict_notice(&now)),
        )
        .await
    }

    async fn show(
        &self,
        status: StatusCode,
        verb: TagAction,
        typed: TagForm,
        conflict: Option<Notice>,
    ) -> Result<Response, Error> {
        let now = tags::by_id(&self.app.db, self.id)
            .await?
            .ok_or(Error::NotFound)?;
        let name = now.tag.name.as_str();
        let accounts = account_count(now.accounts);
        let title = format!("{} the tag {name}", verb.label());
        let mut form = Confirmation {
            section: Section::Tags,
            crumbs: crumbs([("Tags", "/tags"), (name, "")]),
            title: title.clone(),
            lead: "On".to_owned(),
            lead_link: Some((
                accounts.clone(),
                paths::with_query("/accounts", [("tag", name)]),
            )),
            icon: "tag",
            danger: verb == TagAction::Delete,
            action: format!("/tags/{}/{}", self.id, verb.as_str()),
            hidden: vec![
                ("version", now.tag.version.to_string()),
                ("accounts", now.accounts.to_string()),
            ],
            notices: conflict.into_iter().collect(),
            subject: Subject::new(name, accounts.as_str()),
            cancel: ("Cancel", "/tags".to_owned()),
            button: title,
            status,
            ..Confirmation::default()
        };
        match verb {
            TagAction::Rename => form.fields.push(
                ConfirmationField::new("name", "New name", typed.name)
                    .hint("All accounts that have it show the new name.")
                    .focused(),
            ),
            TagAction::Merge => {
                let mut names = tags::names(&self.app.db, MAX_SUGGESTIONS).await?;
                names.retain(|other| *other != now.tag.name);
                form.consequences = vec![
                    Consequence::plain(format!(
                        "Every account with {name} gets the other tag: {accounts}."
                    )),
                    Consequence::bad(format!("{name} is deleted. This cannot be undone.")),
                ];
                form.fields.push(
                    ConfirmationField::new("into", "Merge into", typed.into)
                        .control(Control::Suggestions(names))
                        .focused(),
                );
            }
            TagAction::Delete => form.consequences.push(Consequence::bad(match now.accounts {
                0 => "No account has it.".to_owned(),
                _ => format!("It is removed from {accounts}. This cannot be undone."),
            })),
        }
        if verb != TagAction::Rename && now.accounts >= CONFIRM_FROM_ACCOUNTS {
            let label = "Type the name of the tag to confirm";
            form.fields.push(
                ConfirmationField::new("confirm", label, typed.confirm)
                    .hint(name)
                    .control(Control::ConfirmText { inputmode: "" }),
            );
        }
        form.respond(&self.viewer, &self.htmx).await
    }

    async fn redirect_with_toast(&self, text: String) -> Result<Response, Error> {
        let toast = Toast::success(text);
        self.viewer.toast(toast).await?;
        Ok(render::redirect("/tags"))
    }
}
