//! Renaming a tag, merging it into another, deleting it: a page and a dialog each, bound to what they showed.

use askama::Template;
use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::annotations::tags::{self as annotations, TagChangeOutcome, TagSnapshot};
use crate::app::App;
use crate::db::tags::{self, Counted};
use crate::domain::ids::TagId;
use crate::domain::text::{folded, grouped, isolated};
use crate::web::access::{Annotate, May};
use crate::web::error::Error;
use crate::web::form::{Field, Form, Kept};
use crate::web::htmx::Htmx;
use crate::web::shell::{Section, Shell, Toast};
use crate::web::{page, paths};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/tags/{id}/rename", get(rename).post(do_rename))
        .route("/tags/{id}/merge", get(merge).post(do_merge))
        .route("/tags/{id}/delete", get(delete).post(do_delete))
}

/// How many names are offered while somebody types.
const OFFERED: i64 = 300;
/// From so many accounts on, the name has to be typed: there is no undo.
const TYPED_FROM: i64 = 100;

/// What is to be done with a tag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Rename,
    Merge,
    Delete,
}

impl Verb {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Merge => "merge",
            Self::Delete => "delete",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Rename => "Rename",
            Self::Merge => "Merge",
            Self::Delete => "Delete",
        }
    }
}

/// Who asks, and about which tag as it is now.
struct Desk {
    app: App,
    may: May<Annotate>,
    htmx: Htmx,
    id: TagId,
    /// None where it is not there any more.
    now: Option<Counted>,
}

impl FromRequestParts<App> for Desk {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let may = May::from_request_parts(parts, app).await?;
        let Path(id) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::NotFound)?;
        let id: TagId = id.parse().map_err(|_| Error::NotFound)?;
        Ok(Self {
            app: app.clone(),
            may,
            htmx: Htmx::of(&parts.headers),
            id,
            now: tags::by_id(&app.db, id).await?,
        })
    }
}

/// What was typed, and what the form showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    version: i64,
    accounts: i64,
    name: Field,
    into: Field,
    confirm: Field,
}

#[derive(Template)]
#[template(path = "tags/change.html", blocks = ["dialog"])]
struct Page {
    shell: Shell,
    verb: Verb,
    id: TagId,
    name: String,
    seen: TagSnapshot,
    typed: Typed,
    offered: Vec<String>,
    /// What changed while the form was open; empty where nothing did.
    conflict: String,
}

impl Page {
    /// "no account", "1 account", "1,204 accounts".
    fn accounts(&self) -> String {
        on(self.seen.accounts)
    }

    fn must_type(&self) -> bool {
        self.verb != Verb::Rename && self.seen.accounts >= TYPED_FROM
    }

    fn list(&self) -> String {
        paths::with_query("/accounts", [("tag", self.name.as_str())])
    }
}

fn on(accounts: i64) -> String {
    match accounts {
        0 => "no account".to_owned(),
        1 => "1 account".to_owned(),
        many => format!("{} accounts", grouped(many)),
    }
}

fn is_now(now: &Counted) -> String {
    format!(
        "It is called “{}” now, on {}.",
        isolated(&now.tag.name),
        on(now.accounts)
    )
}

/// `GET /tags/{id}/rename`
async fn rename(desk: Desk, kept: Kept) -> Result<Response, Error> {
    desk.open(Verb::Rename, &kept).await
}

/// `POST /tags/{id}/rename`
async fn do_rename(desk: Desk, Form(mut typed): Form<Typed>) -> Result<Response, Error> {
    if desk.changed_since(Verb::Rename, &typed) {
        return desk.conflict(Verb::Rename, typed).await;
    }
    let Some(name) = typed.name.read(annotations::parse_name) else {
        return desk.invalid(Verb::Rename, typed).await;
    };
    match annotations::rename(&desk.app, desk.may.actor(), desk.id, typed.version, &name).await? {
        TagChangeOutcome::Done => desk.done(format!("The tag is called {} now.", isolated(&name))).await,
        TagChangeOutcome::NameTaken => {
            typed.name.refuse(format!(
                "There is a tag “{}” already. To make the two one, merge this tag into it.",
                isolated(&name)
            ));
            desk.invalid(Verb::Rename, typed).await
        }
        TagChangeOutcome::Stale | TagChangeOutcome::Gone => desk.conflict(Verb::Rename, typed).await,
    }
}

/// `GET /tags/{id}/merge`
async fn merge(desk: Desk, kept: Kept) -> Result<Response, Error> {
    desk.open(Verb::Merge, &kept).await
}

/// `POST /tags/{id}/merge`
async fn do_merge(desk: Desk, Form(mut typed): Form<Typed>) -> Result<Response, Error> {
    if desk.changed_since(Verb::Merge, &typed) {
        return desk.conflict(Verb::Merge, typed).await;
    }
    let into = match typed.into.read(annotations::parse_name) {
        Some(name) => match tags::by_name(&desk.app.db, &name).await? {
            Some(tag) if tag.id != desk.id => Some(tag),
            Some(_) => {
                typed.into.refuse("This is the same tag. Choose another one.");
                None
            }
            None => {
                typed.into.refuse("There is no such tag. Choose one from the list.");
                None
            }
        },
        None => None,
    };
    let confirmed = desk.is_confirmed(&mut typed);
    let Some(into) = into.filter(|_| confirmed) else {
        return desk.invalid(Verb::Merge, typed).await;
    };
    match annotations::merge(&desk.app, desk.may.actor(), desk.id, typed.seen(), into.id).await? {
        TagChangeOutcome::Done => {
            let text = format!(
                "{} merged into the tag {}.",
                isolated(desk.name()),
                isolated(&into.name)
            );
            desk.done(text).await
        }
        _ => desk.conflict(Verb::Merge, typed).await,
    }
}

/// `GET /tags/{id}/delete`
async fn delete(desk: Desk, kept: Kept) -> Result<Response, Error> {
    desk.open(Verb::Delete, &kept).await
}

/// `POST /tags/{id}/delete`
async fn do_delete(desk: Desk, Form(mut typed): Form<Typed>) -> Result<Response, Error> {
    if desk.changed_since(Verb::Delete, &typed) {
        return desk.conflict(Verb::Delete, typed).await;
    }
    if !desk.is_confirmed(&mut typed) {
        return desk.invalid(Verb::Delete, typed).await;
    }
    match annotations::delete(&desk.app, desk.may.actor(), desk.id, typed.seen()).await? {
        // Somebody else was quicker, or the form was sent twice.
        TagChangeOutcome::Done | TagChangeOutcome::Gone => {
            desk.done(format!("The tag {} is deleted.", isolated(desk.name())))
                .await
        }
        _ => desk.conflict(Verb::Delete, typed).await,
    }
}

impl Typed {
    const fn seen(&self) -> TagSnapshot {
        TagSnapshot {
            version: self.version,
            accounts: self.accounts,
        }
    }
}

impl Desk {
    fn name(&self) -> &str {
        self.now.as_ref().map_or("", |now| now.tag.name.as_str())
    }

    /// Whether the tag is another by now than the form showed. A form that is shown again, for whatever reason, shows the
    /// tag as it is: so it has to say that.
    fn changed_since(&self, verb: Verb, typed: &Typed) -> bool {
        self.now.as_ref().is_some_and(|now| {
            now.tag.version != typed.version || (verb != Verb::Rename && now.accounts != typed.accounts)
        })
    }

    /// Whether the name was typed where it has to be.
    fn is_confirmed(&self, typed: &mut Typed) -> bool {
        let accounts = self.now.as_ref().map_or(0, |now| now.accounts);
        let confirmed = accounts < TYPED_FROM || folded(&typed.confirm.value) == folded(self.name());
        if !confirmed {
            typed
                .confirm
                .refuse(format!("Type {} to confirm.", isolated(self.name())));
        }
        confirmed
    }

    async fn open(&self, verb: Verb, kept: &Kept) -> Result<Response, Error> {
        let now = self.now.as_ref().ok_or(Error::NotFound)?;
        let (typed, conflict) = match kept.fill() {
            Some(typed) if self.changed_since(verb, &typed) => (typed, is_now(now)),
            Some(typed) => (typed, String::new()),
            None => {
                let name = now.tag.name.as_str().into();
                (
                    Typed {
                        name,
                        ..Typed::default()
                    },
                    String::new(),
                )
            }
        };
        self.show(StatusCode::OK, verb, typed, conflict).await
    }

    async fn invalid(&self, verb: Verb, typed: Typed) -> Result<Response, Error> {
        self.show(StatusCode::UNPROCESSABLE_ENTITY, verb, typed, String::new())
            .await
    }

    /// The tag as it is now, with the bar that says so and what was typed.
    async fn conflict(&self, verb: Verb, typed: Typed) -> Result<Response, Error> {
        let now = tags::by_id(&self.app.db, self.id).await?;
        let Some(now) = now else {
            return Err(Error::Conflict(
                "This tag is not there any more: somebody deleted it or merged it into another while the form was open."
                    .to_owned(),
            ));
        };
        self.show(StatusCode::CONFLICT, verb, typed, is_now(&now)).await
    }

    async fn show(&self, status: StatusCode, verb: Verb, typed: Typed, conflict: String) -> Result<Response, Error> {
        let now = tags::by_id(&self.app.db, self.id).await?.ok_or(Error::NotFound)?;
        let mut offered = Vec::new();
        if verb == Verb::Merge {
            offered = tags::names(&self.app.db, OFFERED).await?;
            offered.retain(|name| *name != now.tag.name);
        }
        let title = format!("{} the tag {}", verb.label(), now.tag.name);
        let page = Page {
            shell: self.may.shell(title, Section::Tags).await?,
            verb,
            id: self.id,
            name: now.tag.name,
            seen: TagSnapshot {
                version: now.tag.version,
                accounts: now.accounts,
            },
            typed,
            offered,
            conflict,
        };
        let mut response = page::render(&self.htmx, &page, &page.as_dialog())?;
        *response.status_mut() = status;
        Ok(response)
    }

    async fn done(&self, text: String) -> Result<Response, Error> {
        let toast = Toast {
            kind: "success",
            text,
            undo: None,
        };
        self.may.toast(toast).await?;
        Ok(page::redirect("/tags"))
    }
}
